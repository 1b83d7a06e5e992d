//! The servers of a trial: started, killed without warning, started again.

use std::fs::File;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A process that is killed and started again on the same files.
pub struct Server {
    name: String,
    log: PathBuf,
    program: PathBuf,
    arguments: Vec<String>,
    /// User and group, where it must not run as root.
    runs_as: Option<(u32, u32)>,
    child: Option<Child>,
    /// How often it was killed.
    pub killed: usize,
    /// How often it ended by itself.
    pub ended: usize,
}

impl Server {
    /// A server that is not running yet; its words go to a file of its name.
    pub fn new(folder: &Path, name: &str, program: &Path, arguments: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            log: folder.join(format!("{name}.log")),
            program: program.to_owned(),
            arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
            runs_as: None,
            child: None,
            killed: 0,
            ended: 0,
        }
    }

    /// Starts it.
    pub fn start(&mut self) {
        let log = File::options().append(true).create(true).open(&self.log).expect("a log file");
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a file"))
            .stderr(log);
        if let Some((user, group)) = self.runs_as {
            command.uid(user).gid(group).current_dir("/");
        }
        self.child = Some(command.spawn().unwrap_or_else(|error| panic!("{}: {error}", self.name)));
    }

    /// Whether it runs; an end of its own is counted.
    pub fn runs(&mut self) -> bool {
        let Some(child) = &mut self.child else { return false };
        match child.try_wait().expect("its state") {
            None => true,
            Some(_) => {
                self.child = None;
                self.ended += 1;
                false
            }
        }
    }

    /// SIGKILL for it and all its children, as a power cut would.
    pub fn kill(&mut self) {
        if !self.runs() {
            return;
        }
        let Some(mut child) = self.child.take() else { return };
        let children = children(child.id());
        child.kill().expect("it can be killed");
        for pid in children {
            signal("KILL", pid);
        }
        child.wait().expect("it ends");
        self.killed += 1;
    }

    /// Asks it to stop, and waits for it.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            signal("TERM", child.id());
            for _ in 0..100 {
                if child.try_wait().expect("its state").is_some() {
                    return;
                }
                std::thread::sleep(Duration::from_millis(100));
            }
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

fn signal(name: &str, pid: u32) {
    let _ = Command::new("kill").args(["-s", name, &pid.to_string()]).stderr(Stdio::null()).status();
}

/// PostgreSQL's processes are groups of their own: they are found by their parent.
fn children(parent: u32) -> Vec<u32> {
    let path = format!("/proc/{parent}/task/{parent}/children");
    let listed = std::fs::read_to_string(path).unwrap_or_default();
    listed.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

/// A port that is free now.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// A NATS server with `JetStream` in this folder; the program and its address.
pub fn nats(folder: &Path, program: &Path) -> (Server, String) {
    let port = free_port();
    let config = folder.join("nats.conf");
    let store = folder.join("nats").display().to_string();
    let text = format!("listen: 127.0.0.1:{port}\njetstream {{ store_dir: {store:?} }}\n");
    std::fs::write(&config, text).expect("written");
    let server = Server::new(folder, "nats", program, &["-c", &config.display().to_string()]);
    (server, format!("nats://127.0.0.1:{port}"))
}

/// A fresh PostgreSQL cluster in this folder, never run as root; the server and its address.
pub fn postgres(folder: &Path) -> (Server, String) {
    let bin = postgres_bin();
    let runs_as = if is_root() { Some(postgres_user()) } else { None };
    let home = folder.join("pg");
    std::fs::create_dir(&home).expect("a folder");
    if let Some((user, group)) = runs_as {
        std::os::unix::fs::chown(&home, Some(user), Some(group)).expect("given away");
    }
    let data = home.join("data").display().to_string();
    let mut initdb = Command::new(bin.join("initdb"));
    initdb.args(["-D", &data, "-U", "whistlepost", "-A", "trust", "-E", "UTF8", "--locale=C"]);
    if let Some((user, group)) = runs_as {
        initdb.uid(user).gid(group).current_dir("/");
    }
    assert!(initdb.stdout(Stdio::null()).status().expect("initdb runs").success(), "initdb fails");
    let (port, sockets) = (free_port().to_string(), home.display().to_string());
    let arguments = ["-D", &data, "-p", &port, "-h", "127.0.0.1", "-k", &sockets];
    let mut server = Server::new(folder, "postgres", &bin.join("postgres"), &arguments);
    server.runs_as = runs_as;
    (server, format!("postgres://whistlepost@127.0.0.1:{port}/postgres"))
}

fn postgres_bin() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").expect("Debian's postgresql");
    let newest = versions
        .flatten()
        .max_by_key(|entry| entry.file_name().to_string_lossy().parse::<u32>().unwrap_or_default());
    newest.expect("a version of PostgreSQL").path().join("bin")
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}

/// User and group of Debian's `postgres`.
fn postgres_user() -> (u32, u32) {
    let users = std::fs::read_to_string("/etc/passwd").expect("the users");
    let line = users.lines().find(|line| line.starts_with("postgres:")).expect("the user postgres");
    let mut fields = line.split(':').skip(2).map(|field| field.parse().expect("a number"));
    (fields.next().expect("a user"), fields.next().expect("a group"))
}
