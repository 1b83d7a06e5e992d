//! The integration kit of `docs/kit`, as an integrator runs it: against the service, on every server,
//! with nothing but the rights that `whistlepost nats-config` gives.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tests::bus::{House, nats_servers};
use tests::{Service, built};

const UNIT: &str = "320506001012001";

/// The Python that has the kit's packages.
fn python() -> Option<PathBuf> {
    let python = std::env::var_os("WHISTLEPOST_TEST_PYTHON").map(PathBuf::from);
    if python.is_none() {
        eprintln!("skipped: run tests/run");
    }
    python
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/kit").join(name)
}

fn complaints(folder: &Path, name: &str, ids: &[&str]) -> PathBuf {
    let line = |id: &&str| {
        let mut complaint = json!({
            "external_id": id, "item": "0101", "title": "垃圾桶满溢", "address": "长桥街道龙桥社区第1网格(样例)",
        });
        if !id.starts_with("BAD") {
            complaint["received_at"] = json!("2026-11-20T09:00:00+08:00");
        }
        format!("{complaint}\n")
    };
    let path = folder.join(name);
    std::fs::write(&path, ids.iter().map(line).collect::<String>()).expect("written");
    path
}

fn start(house: &House, program: &Path, arguments: &[&str]) -> Child {
    Command::new(program)
        .args(arguments)
        .current_dir(&house.folder)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the client starts")
}

fn words(child: Child) -> String {
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success());
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn hotline(house: &House, python: &Path, file: &Path, edition: &str, patience: &str) -> Value {
    let (script, seed) = (script("hotline.py"), house.seed("SOURCE_12345"));
    let arguments = [
        script.to_str(),
        Some("--url"),
        Some(&house.url),
        Some("--ca"),
        Some("ca.pem"),
        Some("--seed"),
        seed.to_str(),
        Some("--edition"),
        Some(edition),
        Some("--seconds"),
        Some("4"),
        Some("--patience"),
        Some(patience),
        file.to_str(),
    ];
    let arguments: Vec<_> = arguments.into_iter().flatten().collect();
    let told = words(start(house, python, &arguments));
    serde_json::from_str(told.lines().last().expect("a report")).expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_integrator_starts_from_the_kit() {
    let Some(python) = python() else { return };
    for program in nats_servers() {
        let folder = tempfile::tempdir().expect("a folder");
        let house = House::start(folder.path(), &program, &["12345", "web"]);
        let data = folder.path().join("data");
        let service = Service::start(&["serve", "--config", &house.config()], &data);
        // A consumer for each of hundreds of units is made first.
        house.wait_for_place("DISPATCH", UNIT).await;
        let (department, seed) = (script("department.py"), house.seed(&format!("UNIT_{UNIT}")));
        let mut department = start(
            &house,
            &python,
            &[
                department.to_str().expect("a path"),
                "--url",
                &house.url,
                "--ca",
                "ca.pem",
                "--seed",
                seed.to_str().expect("a path"),
                "--unit",
                UNIT,
                "--seconds",
                "0",
            ],
        );
        let web = complaints(folder.path(), "web.jsonl", &["W-1"]);
        let rust = start(
            &house,
            &built("kit-hotline"),
            &[
                &house.url,
                "ca.pem",
                house.seed("SOURCE_web").to_str().expect("a path"),
                "web",
                web.to_str().expect("a path"),
                "seen.txt",
                "20",
            ],
        );
        let file = complaints(folder.path(), "12345.jsonl", &["K-1", "K-2", "BAD-1"]);
        let first = hotline(&house, &python, &file, "1", "60");
        assert_eq!((&first["sent"], &first["confirmed"]), (&json!(3), &json!(3)), "{first}");
        assert_eq!((&first["accepted"], &first["refused"]), (&json!(2), &json!(1)), "{first}");
        assert_eq!(first["without_receipt"], json!([]), "{first}");
        assert_eq!(first["two_cases"], json!([]), "{first}");
        // Once more from the start, as after a crash: duplicates, and no second case.
        let again = hotline(&house, &python, &file, "2", "60");
        assert_eq!((&again["accepted"], &again["duplicate"]), (&json!(2), &json!(2)), "{again}");
        assert!(again["closed_or_signed"].as_u64() >= Some(6), "{again}");
        let rust = words(rust);
        assert!(rust.contains("accepted") && rust.contains("CaseSigned"), "{rust}");
        department.kill().expect("it runs until it is stopped");
        let department = department.wait_with_output().expect("its words").stdout;
        let department = String::from_utf8(department).expect("UTF-8");
        assert_eq!(department.lines().filter(|line| line.starts_with("result ")).count(), 3, "{department}");
        assert!(department.contains("回应回执 · accepted"), "{department}");
        assert!(!department.contains("回应回执 · refused"), "{department}");
        drop(service);
        // Nobody answers: the receipts that are there already are those of other messages.
        let unanswered = hotline(&house, &python, &file, "3", "3");
        assert_eq!(unanswered["without_receipt"], json!(["K-1/3", "K-2/3", "BAD-1/3"]), "{unanswered}");
    }
}
