//! What the tests that cross a crate border share: the binary as its user starts it.

pub mod browser;
pub mod bus;
pub mod chaos;
pub mod city;
pub mod http;
pub mod line;
pub mod metrics;
pub mod walk;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The binary, built beside the tests (`tests/run` builds the whole workspace first).
pub fn whistlepost() -> PathBuf {
    built("whistlepost")
}

/// A program of the workspace, from the build folder that this program or test is in.
pub fn built(name: &str) -> PathBuf {
    let own = std::env::current_exe().expect("our own path");
    let found = own.ancestors().skip(1).take(2).map(|folder| folder.join(name)).find(|path| path.exists());
    found.unwrap_or_else(|| panic!("{name} is not built: cargo build --workspace"))
}

/// A service under test; it is killed when dropped.
pub struct Service {
    child: Child,
    /// Where it listens, `http://127.0.0.1:…`.
    pub address: String,
    /// How long until it said so.
    pub ready_after: Duration,
}

impl Service {
    /// Starts `demo` or `serve` with these arguments on a free port and waits for its address.
    pub fn start(arguments: &[&str], data: &Path) -> Self {
        let started = Instant::now();
        let mut child = Command::new(whistlepost())
            .args(arguments)
            .args(["--address", "127.0.0.1:0", "--data"])
            .arg(data)
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("the binary starts");
        let mut lines = BufReader::new(child.stderr.take().expect("stderr")).lines();
        let mut seen = Vec::new();
        let address = loop {
            let line = match lines.next() {
                Some(line) => line.expect("text"),
                None => panic!("the service ended before it listened:\n{}", seen.join("\n")),
            };
            if let Some(at) = line.find("http://127.0.0.1:") {
                break line[at..].trim().to_owned();
            }
            seen.push(line);
        };
        // Its words go on: somebody must read them, or it would stand still on a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address, ready_after: started.elapsed() }
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Tells it to stop, as a service manager does, and waits for its end; its exit code.
    pub fn stop(mut self) -> Option<i32> {
        let told = Command::new("kill").args(["-TERM", &self.pid().to_string()]).status().expect("kill runs");
        assert!(told.success(), "it was running");
        self.child.wait().expect("it ends").code()
    }

    /// Kills it, as a power cut would.
    pub fn kill(mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it ends");
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
