//! What types cannot hold: the plan of the house, checked over its own source.

use std::path::{Path, PathBuf};

/// Longest file, in lines.
const FILE_MAX: usize = 400;
/// Longest function, in lines.
const FUNCTION_MAX: usize = 70;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the root").to_owned()
}

fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for member in ["domain", "engine", "projections", "gateway", "tests", "benches"] {
        walk(&root().join(member), &mut found);
    }
    assert!(found.len() > 50, "the source is found");
    found
}

fn walk(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            if !path.ends_with("target") {
                walk(&path, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("a source file");
            found.push((path, text));
        }
    }
}

fn manifest(member: &str) -> String {
    std::fs::read_to_string(root().join(member).join("Cargo.toml")).expect("a manifest")
}

/// The `[dependencies]` of a member: what its product code may see.
fn dependencies(member: &str) -> String {
    let text = manifest(member);
    let start = text.find("[dependencies]").expect("dependencies");
    let rest = &text[start..];
    rest[..rest[1..].find("\n[").map_or(rest.len(), |end| end + 1)].to_owned()
}

#[test]
fn the_top_level_is_the_plan_of_the_house() {
    let planned = [
        "Cargo.toml",
        "domain",
        "engine",
        "projections",
        "gateway",
        "deploy",
        "tests",
        "benches",
        "README.md",
        "README.zh-CN.md",
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "docs",
        "Cargo.lock",
        "target",
    ];
    for entry in std::fs::read_dir(root()).expect("the root").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        assert!(name.starts_with('.') || planned.contains(&name.as_str()), "{name} is not in the plan");
    }
    for name in &planned[..13] {
        assert!(root().join(name).exists(), "{name} is missing");
    }
}

#[test]
fn arrows_point_to_the_domain_only() {
    let domain = dependencies("domain");
    for other in ["engine", "projections", "gateway", "tokio", "sqlx", "async-nats", "axum", "tracing"] {
        assert!(!domain.lines().any(|line| line.starts_with(other)), "domain depends on {other}");
    }
    assert!(
        !dependencies("engine").lines().any(|l| l.starts_with("projections") || l.starts_with("gateway"))
    );
    assert!(
        !dependencies("projections").lines().any(|l| l.starts_with("engine") || l.starts_with("gateway"))
    );
}

#[test]
fn the_domain_reads_no_clock_and_does_no_io() {
    let forbidden = [
        "Timestamp::now",
        "Zoned::now",
        "SystemTime",
        "Instant::now",
        "std::fs",
        "std::net",
        "std::env",
        "std::process",
        "println!",
        "eprintln!",
        "async fn",
        "rand::",
    ];
    for (path, text) in sources().iter().filter(|(path, _)| path.starts_with(root().join("domain/src"))) {
        for word in forbidden {
            assert!(!product(text).contains(word), "{}: {word}", path.display());
        }
    }
}

/// The part of a file above its specs.
fn product(text: &str) -> &str {
    text.split("\n#[cfg(test)]\nmod ").next().unwrap_or(text)
}

#[test]
fn only_the_engines_writer_appends() {
    for (path, text) in sources() {
        let inside = path.starts_with(root().join("engine"));
        let test = path.starts_with(root().join("tests")) || path.starts_with(root().join("benches"));
        if !inside && !test {
            for way in ["log::Entry", "store.append(", "store().append("] {
                assert!(!text.contains(way), "{} appends to the log", path.display());
            }
        }
    }
}

#[test]
fn one_file_joins_the_log_to_the_views() {
    let joins: Vec<_> = sources()
        .into_iter()
        .filter(|(path, text)| path.starts_with(root().join("gateway/src")) && text.contains("impl Feed for"))
        .map(|(path, _)| path)
        .collect();
    assert_eq!(joins, [root().join("gateway/src/feed.rs")]);
}

/// An address is opened with its rule, or it is one that machines ask without a visit.
#[test]
fn every_address_has_its_rule() {
    let gateway = root().join("gateway/src");
    for (path, text) in sources().into_iter().filter(|(path, _)| path.starts_with(&gateway)) {
        let doors: Vec<_> = product(&text).lines().filter(|line| line.contains(".route(")).collect();
        let machines = |line: &&str| line.contains("\"/healthz\"") || line.contains("\"/readyz\"");
        let known = path == gateway.join("http/doors.rs") || doors.iter().all(machines);
        assert!(known, "{}: {doors:?}", path.display());
    }
}

#[test]
fn files_are_short() {
    let long: Vec<_> = sources()
        .into_iter()
        .filter(|(_, text)| text.lines().count() > FILE_MAX)
        .map(|(path, text)| format!("{} {}", path.display(), text.lines().count()))
        .collect();
    assert!(long.is_empty(), "files over {FILE_MAX} lines:\n{}", long.join("\n"));
}

#[test]
fn functions_are_short() {
    let mut long = Vec::new();
    for (path, text) in sources() {
        let mut start: Option<(usize, usize, String)> = None;
        let mut named = 0;
        for (number, line) in text.lines().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let head = line.trim_start();
            if start.is_none() && is_function(head) && !head.ends_with(';') && !head.ends_with('}') {
                start = Some((number, indent, head.to_owned()));
                named = 0;
            // A match over every event names each of them on a line: a list, not steps.
            } else if head.starts_with("| ") && head.contains("::") {
                named += 1;
            } else if let Some((first, depth, name)) = &start
                && indent == *depth
                && line.trim_end() == format!("{}}}", " ".repeat(*depth))
            {
                if number - first + 1 - named > FUNCTION_MAX {
                    long.push(format!("{}:{} {name}", path.display(), first + 1));
                }
                start = None;
            }
        }
    }
    assert!(long.is_empty(), "functions over {FUNCTION_MAX} lines:\n{}", long.join("\n"));
}

fn is_function(head: &str) -> bool {
    let head = head.trim_start_matches("pub(crate) ").trim_start_matches("pub(super) ");
    let head = head.trim_start_matches("pub ").trim_start_matches("const ").trim_start_matches("async ");
    head.starts_with("fn ")
}

#[test]
fn every_refusal_has_its_page() {
    for code in domain::case::Code::ALL {
        let page = root().join("docs/errors").join(format!("{}.md", code.as_str()));
        assert!(page.exists(), "{} has no page", code.as_str());
    }
}

#[test]
fn every_fault_is_explained() {
    let known = std::fs::read_to_string(root().join("docs/errors/inputs.md")).expect("the page");
    for (path, text) in sources() {
        let tested = ["tests", "benches"].iter().any(|folder| path.starts_with(root().join(folder)));
        let specs = path.to_string_lossy().ends_with("_specs.rs");
        if tested || specs || path.iter().any(|part| part == "tests" || part == "examples") {
            continue;
        }
        for word in product(&text).split('"').skip(1).step_by(2).filter(|word| is_code(word)) {
            let page = root().join("docs/errors").join(format!("{word}.md"));
            assert!(page.exists() || known.contains(&format!("`{word}`")), "{word} in {}", path.display());
        }
    }
}

fn is_code(word: &str) -> bool {
    let shape = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let environment =
        ["WHISTLEPOST_", "PROPTEST_"].iter().any(|start| word.starts_with(start)) || word == "RUST_LOG";
    word.len() > 4
        && word.contains('_')
        && word.starts_with(char::is_alphabetic)
        && word.chars().all(shape)
        && !environment
}

#[test]
fn nothing_is_left_unfinished() {
    // Written in two halves, so that this file does not find itself.
    let marks = [
        concat!("to", "do!("),
        concat!("unimple", "mented!("),
        concat!("FIX", "ME"),
        concat!("#[ign", "ore"),
    ];
    for (path, text) in sources() {
        for mark in marks {
            assert!(!text.contains(mark), "{}: {mark}", path.display());
        }
    }
}
