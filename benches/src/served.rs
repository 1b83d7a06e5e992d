//! The product itself: the binary works on a data folder, serves, and is asked over HTTP.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::Failure;

/// What everybody signs in with.
pub const PASSWORD: &str = "only for measuring 1";
/// How long a service that starts is waited for.
const PATIENCE: Duration = Duration::from_secs(600);

/// A data folder, and the program that works on it.
pub struct House {
    program: PathBuf,
    /// The folder.
    pub data: PathBuf,
    options: Vec<OsString>,
}

impl House {
    /// The program, or the one beside this one, on this folder.
    ///
    /// # Errors
    /// This program does not know where it is.
    pub fn new(program: Option<PathBuf>, data: PathBuf) -> Result<Self, Failure> {
        let beside = std::env::current_exe()?.with_file_name("whistlepost");
        Ok(Self { program: program.unwrap_or(beside), data, options: Vec::new() })
    }

    /// With one more option on every command.
    #[must_use]
    pub fn with(mut self, option: &str, value: &Path) -> Self {
        self.options.extend([option.into(), value.into()]);
        self
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--data").arg(&self.data).args(&self.options).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs it to its end, with this on its input; what it printed.
    ///
    /// # Errors
    /// It did not end well; what it complained of.
    pub fn run(&self, arguments: &[&str], input: &str) -> Result<String, Failure> {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes())?;
        }
        let output = child.wait_with_output()?;
        if !output.status.success() {
            let (said, told) =
                (String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
            return Err(format!("{arguments:?}: {said}{told}").into());
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Imports complaints as if they came in now; what the program says of it.
    ///
    /// # Errors
    /// A file that cannot be written, or an import that did not end well.
    pub fn import(&self, complaints: impl Iterator<Item = Value>, more: &[&str]) -> Result<Value, Failure> {
        std::fs::create_dir_all(&self.data)?;
        let file = self.data.join("complaints.jsonl");
        let mut out = std::io::BufWriter::new(std::fs::File::create(&file)?);
        for complaint in complaints {
            writeln!(out, "{complaint}")?;
        }
        out.into_inner()?;
        let path = file.to_str().ok_or("a folder with a strange name")?;
        let told = self.run(&[["import", path].as_slice(), more].concat(), "")?;
        std::fs::remove_file(file)?;
        Ok(serde_json::from_str(told.lines().last().ok_or("an import that says nothing")?)?)
    }

    /// An account, made where it is not there yet.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn account(&self, name: &str, role: &str, unit: &str) -> Result<(), Failure> {
        if !self.run(&["account", "list"], "")?.contains(name) {
            let line = ["account", "add", name, "--role", role, "--unit", unit, "--password-stdin"];
            self.run(&line, &format!("{PASSWORD}\n"))?;
        }
        Ok(())
    }

    /// A token of this account.
    ///
    /// # Errors
    /// There is no such account.
    pub fn token(&self, name: &str) -> Result<String, Failure> {
        Ok(self.run(&["account", "token", name], "")?.trim().to_owned())
    }
}

/// The running service.
pub struct Service {
    child: Child,
    /// Where it listens.
    pub url: String,
    /// Who asks it.
    pub agent: ureq::Agent,
}

impl Drop for Service {
    fn drop(&mut self) {
        // It ends with the bench, however that ends.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Service {
    /// Starts it, and waits until it is ready.
    ///
    /// # Errors
    /// What it said before it ended.
    pub fn start(house: &House) -> Result<Self, Failure> {
        let mut serve = house.command(&["serve", "--address", "127.0.0.1:0"]);
        let mut child = serve.stdout(Stdio::null()).spawn()?;
        let mut said = BufReader::new(child.stderr.take().ok_or("it cannot be heard")?).lines();
        let mut heard = String::new();
        let url = loop {
            let Some(line) = said.next().transpose()? else { return Err(heard.into()) };
            if let Some(at) = line.find("http://127.0.0.1:") {
                break line[at..].trim().to_owned();
            }
            heard.push_str(&line);
        };
        // What it says later must be read too, or it would stand still.
        thread::spawn(move || said.for_each(drop));
        let config = ureq::Agent::config_builder().max_redirects(0).http_status_as_error(false);
        let agent = config.timeout_global(Some(Duration::from_secs(60))).build().new_agent();
        let service = Self { child, url, agent };
        let waiting = Instant::now();
        while service.agent.get(format!("{}/readyz", service.url)).call()?.status() != 200 {
            if waiting.elapsed() > PATIENCE {
                return Err("the service is not ready".into());
            }
            thread::sleep(Duration::from_millis(200));
        }
        Ok(service)
    }

    /// Asks the interface; the document that it answers with.
    ///
    /// # Errors
    /// Another answer than 200.
    pub fn get(&self, token: &str, path: &str) -> Result<Value, Failure> {
        let url = format!("{}/api/v1/{path}", self.url);
        let answer = self.agent.get(url).header("authorization", format!("Bearer {token}")).call()?;
        document(path, answer)
    }

    /// Sends a document to the interface; the one that it answers with.
    ///
    /// # Errors
    /// Another answer than 200.
    pub fn post(&self, token: &str, path: &str, body: &Value) -> Result<Value, Failure> {
        let url = format!("{}/api/v1/{path}", self.url);
        let ask = self.agent.post(url).header("authorization", format!("Bearer {token}"));
        document(path, ask.header("content-type", "application/json").send(body.to_string())?)
    }
}

fn document(path: &str, mut answer: ureq::http::Response<ureq::Body>) -> Result<Value, Failure> {
    let text = answer.body_mut().read_to_string()?;
    match answer.status().as_u16() {
        200 => Ok(serde_json::from_str(&text)?),
        other => Err(format!("{path} was answered {other}: {text}").into()),
    }
}
