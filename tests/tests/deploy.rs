//! What is delivered beside the program says what the program says.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the root").to_owned()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every figure that this text asks for, without the endings of a histogram.
fn figures(text: &str) -> BTreeSet<String> {
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let names = text.match_indices("whistlepost_").map(|(at, _)| {
        let rest = &text[at..];
        rest[..rest.find(|c| !word(c)).unwrap_or(rest.len())].to_owned()
    });
    let plain = |name: String| {
        let ending = ["_bucket", "_sum", "_count"].into_iter().find(|ending| name.ends_with(ending));
        ending.map_or(name.clone(), |ending| name[..name.len() - ending.len()].to_owned())
    };
    names.map(plain).collect()
}

/// Every source file of the program.
fn source(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            source(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&std::fs::read_to_string(path).expect("a file"));
        }
    }
}

#[test]
fn dashboard_and_alerts_ask_for_figures_that_exist() {
    let mut program = String::new();
    source(&root().join("engine/src"), &mut program);
    source(&root().join("gateway/src"), &mut program);
    for file in ["deploy/scaled/monitoring/grafana.json", "deploy/scaled/monitoring/alerts.yaml"] {
        let asked = figures(&read(file));
        assert!(asked.len() >= 10, "{file} asks for {asked:?}");
        for name in asked {
            assert!(program.contains(&format!("\"{name}\"")), "{file}: there is no {name}");
        }
    }
    let board: serde_json::Value =
        serde_json::from_str(&read("deploy/scaled/monitoring/grafana.json")).expect("json");
    assert!(board["panels"].as_array().is_some_and(|panels| panels.len() >= 10));
}

#[test]
fn the_leases_that_alerts_name_are_those_that_are_taken() {
    let alerts = read("deploy/scaled/monitoring/alerts.yaml");
    for lease in [gateway::loops::DEADLINES, gateway::bus_loops::PUBLISHER] {
        assert!(alerts.contains(&format!("lease=\"{lease}\"")), "{lease}");
    }
}

#[test]
fn what_the_read_me_of_the_scaled_set_up_names_is_there() {
    let text = read("deploy/scaled/README.md");
    for (at, _) in text.match_indices("](") {
        let rest = &text[at + 2..];
        let link = &rest[..rest.find(')').expect("an end")];
        assert!(root().join("deploy/scaled").join(link).exists(), "{link}");
    }
}
