//! A NATS server as `deploy/nats` describes it: TLS, one account for everybody outside, nkeys.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use async_nats::jetstream::consumer::PullConsumer;
use async_nats::jetstream::{self, Context};
use async_nats::{Client, ConnectOptions};

use crate::chaos::servers::{Server, free_port};

/// The NATS servers to test with, as `tests/run` names them; none where the tests run without it.
pub fn nats_servers() -> Vec<PathBuf> {
    match std::env::var("WHISTLEPOST_TEST_NATS_SERVERS") {
        Ok(programs) => programs.split(':').map(PathBuf::from).collect(),
        Err(_) if std::env::var_os("WHISTLEPOST_TEST_NATS").is_some() => vec!["nats-server".into()],
        Err(_) => {
            eprintln!("skipped: run tests/run");
            Vec::new()
        }
    }
}

/// The server of `deploy/nats/nats.conf`, with accounts as `whistlepost nats-config` generates them.
pub struct House {
    /// Where everything lies: `keys/`, `ca.pem`, `config.toml`.
    pub folder: PathBuf,
    /// Its address.
    pub url: String,
    _server: Server,
}

impl House {
    /// Starts it in this folder, for these hotlines and all units of the sample.
    pub fn start(folder: &Path, program: &Path, sources: &[&str]) -> Self {
        let port = free_port();
        let url = format!("tls://localhost:{port}");
        let keys = folder.join("keys").display().to_string();
        let config = folder.join("config.toml");
        let text = format!(
            "[nats]\nurl = {url:?}\nca = {ca:?}\nnkey_seed_file = {seed:?}\nsources = {sources:?}\n",
            ca = folder.join("ca.pem"),
            seed = folder.join("keys/WHISTLEPOST.nk"),
        );
        std::fs::write(&config, text).expect("written");
        let generated = Command::new(crate::whistlepost())
            .args(["nats-config", "--keys", &keys, "--config", &config.display().to_string()])
            .output()
            .expect("the binary runs");
        assert!(generated.status.success(), "{}", String::from_utf8_lossy(&generated.stderr));
        std::fs::write(folder.join("accounts.conf"), generated.stdout).expect("written");
        certificates(folder);
        let deployed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/nats/nats.conf");
        let text = std::fs::read_to_string(deployed).expect("the configuration");
        let here = |name: &str| format!("\"{}\"", folder.join(name).display());
        let text = text
            .replace("\"0.0.0.0:4222\"", &format!("\"127.0.0.1:{port}\""))
            .replace("\"127.0.0.1:8222\"", &format!("\"127.0.0.1:{}\"", free_port()))
            .replace("\"127.0.0.1:8222\"", &format!("\"127.0.0.1:{}\"", free_port()))
            .replace("\"/var/lib/nats\"", &here("nats"))
            .replace("100GB", "1GB")
            .replace("\"server.pem\"", &here("server.pem"))
            .replace("\"server-key.pem\"", &here("server-key.pem"));
        let conf = folder.join("nats.conf");
        std::fs::write(&conf, text).expect("written");
        let mut server = Server::new(folder, "nats", program, &["-c", &conf.display().to_string()]);
        server.start();
        Self { folder: folder.to_owned(), url, _server: server }
    }

    /// The configuration of `serve`.
    pub fn config(&self) -> String {
        self.folder.join("config.toml").display().to_string()
    }

    /// Signs in with the seed of this name.
    pub async fn sign_in(&self, name: &str) -> (Client, Context) {
        let seed = std::fs::read_to_string(self.seed(name)).expect("a seed");
        let options = || {
            ConnectOptions::with_nkey(seed.trim().to_owned())
                .add_root_certificates(self.folder.join("ca.pem"))
                .require_tls(true)
                .request_timeout(Some(Duration::from_secs(2)))
        };
        for _ in 0..100 {
            if let Ok(client) = options().connect(&self.url).await {
                return (client.clone(), jetstream::new(client));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{name} cannot sign in");
    }

    /// Waits until the house has made this consumer.
    pub async fn wait_for_place(&self, stream: &str, durable: &str) {
        let (_, ours) = self.sign_in("WHISTLEPOST").await;
        for _ in 0..600 {
            let place: Result<PullConsumer, _> = ours.get_consumer_from_stream(durable, stream).await;
            if place.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{durable} of {stream} is not made");
    }

    /// The file with this seed.
    pub fn seed(&self, name: &str) -> PathBuf {
        self.folder.join("keys").join(format!("{name}.nk"))
    }
}

/// A throw-away authority and the server's certificate.
fn certificates(folder: &Path) {
    use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    // Authority and server must not share a name, or the server seems to vouch for itself.
    params.distinguished_name.push(DnType::CommonName, "authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = params.self_signed(&key).expect("a certificate");
    let issuer = Issuer::new(params, key);
    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).expect("parameters");
    params.distinguished_name.push(DnType::CommonName, "localhost");
    let server = params.signed_by(&key, &issuer).expect("a certificate");
    for (name, text) in
        [("ca.pem", authority.pem()), ("server.pem", server.pem()), ("server-key.pem", key.serialize_pem())]
    {
        std::fs::write(folder.join(name), text).expect("written");
    }
}
