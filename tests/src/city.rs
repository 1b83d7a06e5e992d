//! A city under test: a database of its own, a NATS server of its own, and gateways on both.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use sqlx::{Connection, Executor, PgConnection};

use crate::{Service, whistlepost};

/// The master key of a city.
const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// A city; its database and its server are gone with it.
pub struct City {
    /// Configuration, data and passwords.
    pub folder: tempfile::TempDir,
    /// Where NATS listens.
    pub nats: String,
    nats_port: u16,
    nats_server: Option<Child>,
    server: String,
    database: String,
}

impl City {
    /// An empty one; none where the servers of `tests/run` are missing.
    pub async fn found() -> Option<City> {
        let Ok(server) = std::env::var("WHISTLEPOST_TEST_POSTGRES") else {
            eprintln!("skipped: run tests/run");
            return None;
        };
        let database = format!("city_{}", uuid::Uuid::new_v4().simple());
        let mut connection = PgConnection::connect(&server).await.expect("PostgreSQL");
        connection.execute(format!("CREATE DATABASE {database}").as_str()).await.expect("a database");
        let folder = tempfile::tempdir().expect("a folder");
        let nats_port = free_port();
        let nats = format!("nats://127.0.0.1:{nats_port}");
        let mut city = City { folder, nats, nats_port, nats_server: None, server, database };
        city.start_nats();
        std::fs::write(city.config(), city.configuration(&city.database_url())).expect("written");
        Some(city)
    }

    /// Starts NATS, or starts it again on what it has stored.
    pub fn start_nats(&mut self) {
        let child = Command::new("nats-server")
            .args(["-a", "127.0.0.1", "-p", &self.nats_port.to_string(), "-js", "-sd"])
            .arg(self.folder.path().join("nats"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("nats-server");
        self.nats_server = Some(child);
    }

    /// Kills NATS.
    pub fn stop_nats(&mut self) {
        if let Some(mut server) = self.nats_server.take() {
            server.kill().expect("killed");
            server.wait().expect("ended");
        }
    }

    /// The URL of the database.
    pub fn database_url(&self) -> String {
        let (server, _) = self.server.rsplit_once('/').expect("a URL with a database");
        format!("{server}/{}", self.database)
    }

    /// The configuration over this database.
    pub fn configuration(&self, database: &str) -> String {
        format!(
            "data = {:?}\nmaster_key = {KEY:?}\n[postgres]\nurl = {database:?}\nwait_seconds = 60\n[nats]\nurl = [{:?}]\n",
            self.folder.path().join("default").display().to_string(),
            self.nats,
        )
    }

    /// The configuration file that all gateways share.
    pub fn config(&self) -> PathBuf {
        self.folder.path().join("config.toml")
    }

    /// The folder of this gateway.
    pub fn data(&self, gateway: &str) -> PathBuf {
        self.folder.path().join(gateway)
    }

    /// Starts a gateway.
    pub fn serve(&self, gateway: &str) -> Service {
        self.serve_with(gateway, &self.config())
    }

    /// Starts a gateway that may take its time.
    pub async fn serve_soon(&self, gateway: &str) -> Service {
        let (config, data) = (self.config().display().to_string(), self.data(gateway));
        let start = move || Service::start(&["serve", "--config", &config], &data);
        tokio::task::spawn_blocking(start).await.expect("it starts")
    }

    /// Starts a gateway with a configuration of its own.
    pub fn serve_with(&self, gateway: &str, config: &Path) -> Service {
        Service::start(&["serve", "--config", &config.display().to_string()], &self.data(gateway))
    }

    /// Runs a command of the command line against the city, in a folder of its own.
    pub fn run(&self, arguments: &[&str], stdin: &str) -> Output {
        self.run_in("command", arguments, stdin)
    }

    /// Runs a command in the folder of this gateway.
    pub fn run_in(&self, gateway: &str, arguments: &[&str], stdin: &str) -> Output {
        use std::io::Write;
        let mut child = Command::new(whistlepost())
            .arg("--config")
            .arg(self.config())
            .arg("--data")
            .arg(self.data(gateway))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        child.stdin.take().expect("stdin").write_all(stdin.as_bytes()).expect("read");
        child.wait_with_output().expect("it ends")
    }

    /// Makes an account with the command line.
    pub fn account(&self, name: &str, role: &str, password: &str) {
        let made = self.run(
            &["account", "add", name, "--role", role, "--unit", "320506", "--password-stdin"],
            &format!("{password}\n"),
        );
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }
}

impl Drop for City {
    fn drop(&mut self) {
        self.stop_nats();
        // Through a program of its own: there is no waiting for a future here.
        let (server, database) = (self.server.clone(), self.database.clone());
        let dropped = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let mut connection = PgConnection::connect(&server).await.expect("PostgreSQL");
                let drop = format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)");
                connection.execute(drop.as_str()).await.expect("dropped");
            });
        });
        let _ = dropped.join();
    }
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port()
}

/// Waits until the question has an answer; how long that took.
pub async fn until<T>(what: &str, most: Duration, mut ask: impl AsyncFnMut() -> Option<T>) -> (T, Duration) {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return (answer, started.elapsed());
        }
        assert!(started.elapsed() < most, "{what}: not within {most:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What `/readyz` says; none where nobody answers.
pub async fn readiness(service: &Service) -> Option<Value> {
    let answer = crate::http::get(&service.address, "/readyz", &[]).await.ok()?;
    serde_json::from_str(&answer.body).ok()
}
