//! A configuration that cannot work is refused at once, with what is wrong and what to do.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sqlx::{Connection, Executor, PgConnection};
use tests::chaos::servers::{Server, free_port};
use tests::city::City;
use tests::whistlepost;

const SOON: Duration = Duration::from_secs(30);

/// What `serve` says until it ends, and how long that took.
fn refused(config: &Path, data: &Path) -> (String, Duration) {
    let started = Instant::now();
    let output = serve(config, data).wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(1));
    (String::from_utf8(output.stderr).expect("text"), started.elapsed())
}

fn serve(config: &Path, data: &Path) -> Child {
    Command::new(whistlepost())
        .args(["serve", "--address", "127.0.0.1:0", "--config"])
        .arg(config)
        .arg("--data")
        .arg(data)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts")
}

#[tokio::test]
async fn a_role_that_may_not_make_the_tables_is_told_who_may() {
    let Some(city) = City::found().await else { return };
    let role = format!("app_{}", uuid::Uuid::new_v4().simple());
    let mut owner = PgConnection::connect(&city.database_url()).await.expect("the owner signs in");
    owner.execute(format!("CREATE ROLE {role} LOGIN").as_str()).await.expect("a role");
    let url = city.database_url().replace("//whistlepost@", &format!("//{role}@"));
    std::fs::write(city.config(), city.configuration(&url)).expect("written");
    let (told, _) = refused(&city.config(), &city.data("a"));
    for words in ["TABLES_MISSING", "owner_url", &role, "属主", "their owner does"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(!told.contains("permission denied") && !told.contains("could take their guards away"), "{told}");
    let added = city.run(
        &["account", "add", "chief", "--role", "admin", "--unit", "320506", "--password-stdin"],
        "a long secret\n",
    );
    let told = String::from_utf8_lossy(&added.stderr).into_owned();
    assert!(told.contains("TABLES_MISSING"), "{told}");
    owner.execute(format!("DROP ROLE {role}").as_str()).await.expect("the role goes");
}

#[tokio::test]
async fn a_file_that_cannot_be_used_is_told_with_its_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let (config, nothing) = (folder.path().join("config.toml"), folder.path().join("nothing.pem"));
    std::fs::write(&nothing, "no certificate\n").expect("written");
    let (missing, nothing) = (folder.path().join("missing"), nothing.display().to_string());
    let url = "postgres://ann@127.0.0.1:9/w";
    for (text, key, path) in [
        (
            format!("[postgres]\nurl = {url:?}\npassword_file = {missing:?}"),
            "postgres.password_file",
            &missing,
        ),
        (format!("[nats]\nnkey_seed_file = {missing:?}"), "nats.nkey_seed_file", &missing),
        (format!("[nats]\nca = {missing:?}"), "nats.ca", &missing),
        (format!("[nats]\ncredentials = {missing:?}"), "nats.credentials", &missing),
        (
            format!("[postgres]\nurl = \"{url}?sslmode=verify-full&sslrootcert={nothing}\""),
            "postgres.url sslrootcert",
            &nothing.clone().into(),
        ),
    ] {
        std::fs::write(&config, text).expect("written");
        let (told, after) = refused(&config, &folder.path().join("data"));
        assert!(told.contains(key) && told.contains(&path.display().to_string()), "{key}: {told}");
        assert!(after < Duration::from_secs(10), "{key}: {after:?}");
    }
}

#[tokio::test]
async fn an_account_that_nats_does_not_know_is_told_by_name() {
    if std::env::var_os("WHISTLEPOST_TEST_NATS").is_none() {
        eprintln!("skipped: run tests/run");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let port = free_port();
    let arguments =
        ["-a", "127.0.0.1", "-p", &port.to_string(), "--user", "right", "--pass", "x", "-js", "-sd"];
    let store = folder.path().join("nats").display().to_string();
    let arguments: Vec<&str> = arguments.into_iter().chain([store.as_str()]).collect();
    let mut server = Server::new(folder.path(), "nats", Path::new("nats-server"), &arguments);
    server.start();
    let config = folder.path().join("config.toml");
    let url = format!("nats://127.0.0.1:{port}");
    std::fs::write(&config, format!("[nats]\nurl = {url:?}\nuser = \"wrong\"\npassword = \"secret\"\n"))
        .expect("written");
    let mut service = serve(&config, &folder.path().join("data"));
    let lines = BufReader::new(service.stderr.take().expect("stderr")).lines();
    let started = Instant::now();
    let mut told = lines.map_while(Result::ok).take_while(|_| started.elapsed() < SOON);
    let told = told.find(|line| line.contains("waiting")).unwrap_or_default();
    service.kill().expect("it runs");
    service.wait().expect("it ends");
    for words in [format!("{url} as user wrong"), "uthorization".to_owned(), "JetStream".to_owned()] {
        assert!(told.contains(&words), "{words}: {told}");
    }
    assert!(!told.contains("secret"), "{told}");
}
