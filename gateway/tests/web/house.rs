//! A whole house in a temporary folder, its clock in hand, spoken to over HTTP.
#![allow(dead_code, reason = "each test file uses some of it")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test ends where it cannot go on")]

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Request, Response, StatusCode, header};
use domain::ids::UnitId;
use engine::clock::TurnedClock;
use gateway::auth::{Account, Accounts, Role, Throttle};
use gateway::compose::{self, Settings};
use gateway::config::Proxies;
use gateway::http::{App, router};
use gateway::status::Status;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

pub const COMMUNITY: &str = "320506001012";
pub const GRID: &str = "320506001012001";
pub const STREET: &str = "320506001";
pub const OTHER_STREET: &str = "320506002";
pub const DISTRICT: &str = "320506";
const PASSWORD: &str = "a long secret";

pub struct House {
    pub app: Arc<App>,
    pub clock: TurnedClock,
    house: compose::House,
    folder: tempfile::TempDir,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: axum::http::HeaderMap,
    pub text: String,
    pub bytes: Vec<u8>,
}

impl Answer {
    async fn of(response: Response<Body>) -> Answer {
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.expect("a body");
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
            bytes: bytes.into(),
        }
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    pub fn cookie(&self) -> Option<String> {
        let all = self.headers.get_all(header::SET_COOKIE).iter();
        let mut values = all.filter_map(|value| value.to_str().ok());
        values.find_map(|value| {
            value.starts_with("whistlepost=").then(|| value.split(';').next().unwrap_or("").to_owned())
        })
    }

    pub fn location(&self) -> &str {
        self.headers.get(header::LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The value of a hidden field.
    pub fn field(&self, name: &str) -> String {
        let mark = format!("name=\"{name}\" value=\"");
        let from = self.text.find(&mark).unwrap_or_else(|| panic!("no field {name}")) + mark.len();
        self.text[from..].split('"').next().expect("a value").to_owned()
    }
}

/// Somebody who signed in.
pub struct Visitor<'h> {
    house: &'h House,
    pub cookie: String,
    pub csrf: String,
}

impl House {
    pub async fn new() -> House {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = TurnedClock::at("2026-11-20T10:00:00+08:00".parse().expect("a time"));
        let rules = Arc::new(domain::sample::rulebook().expect("the sample's rules"));
        // What a street edits: the sample's own files.
        let rules_folder = folder.path().join("rules");
        sample_files(&rules_folder);
        let settings = Settings { clock: Arc::new(clock.clone()), ..Settings::new(folder.path(), rules) };
        let house = compose::House::open(settings).await.expect("a house");
        let accounts = Accounts::in_memory().await.expect("accounts");
        let status = Status::new(&house.registry, CancellationToken::new()).expect("figures");
        let app = App {
            engine: house.engine.clone(),
            intake: house.intake.clone(),
            evidence: house.evidence.clone(),
            views: house.views.clone(),
            accounts,
            rules_folder: Some(rules_folder),
            throttle: Throttle::default(),
            metrics: house.registry.clone(),
            status,
            secure_cookies: true,
            trusted_proxies: Proxies::default(),
            demo: false,
        };
        House { app: Arc::new(app), clock, house, folder }
    }

    /// The account of this name; made when it is first needed, because hashing is slow.
    async fn account(&self, name: &str) {
        if self.app.accounts.find(name).await.expect("accounts").is_some() {
            return;
        }
        let (role, unit) = match name {
            "wang" => (Role::Handler, COMMUNITY),
            "ducha" => (Role::Supervisor, STREET),
            "farducha" => (Role::Supervisor, OTHER_STREET),
            "paidan" => (Role::Dispatcher, DISTRICT),
            "jiepai" => (Role::Dispatcher, STREET),
            "admin" => (Role::Admin, DISTRICT),
            "farwang" => (Role::Handler, OTHER_STREET),
            "farpai" => (Role::Dispatcher, OTHER_STREET),
            "faradmin" => (Role::Admin, OTHER_STREET),
            "shequpaidan" => (Role::Dispatcher, COMMUNITY),
            "shequducha" => (Role::Supervisor, COMMUNITY),
            "shequadmin" => (Role::Admin, COMMUNITY),
            "gao" => (Role::Handler, GRID),
            "jiedao" => (Role::Handler, STREET),
            "gongan" => (Role::Handler, "D-gongan"),
            "chengguan" => (Role::Handler, "D-chengguan"),
            "quducha" => (Role::Supervisor, DISTRICT),
            other => panic!("who is {other}?"),
        };
        let account = Account { name: name.into(), display: name.into(), role, unit: UnitId::new(unit) };
        self.app.accounts.add(&account, PASSWORD).await.expect("added");
    }

    pub async fn send(&self, mut request: Request<Body>) -> Answer {
        let socket: SocketAddr = "10.1.2.3:4000".parse().expect("an address");
        request.extensions_mut().insert(ConnectInfo(socket));
        Answer::of(router(self.app.clone()).oneshot(request).await.expect("an answer")).await
    }

    /// The response itself, for a feed that never ends.
    pub async fn open(&self, request: Request<Body>) -> Response<Body> {
        router(self.app.clone()).oneshot(request).await.expect("an answer")
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).header("accept", "text/html").body(Body::empty()).expect("a request"))
            .await
    }

    pub async fn try_sign_in(&self, name: &str, password: &str) -> Answer {
        self.account(name).await;
        let page = self.get("/sign-in").await;
        let body = format!(
            "_csrf={}&name={name}&password={}&next=",
            page.field("_csrf"),
            password.replace(' ', "+")
        );
        let request = Request::post("/sign-in")
            .header(header::COOKIE, page.cookie().expect("a visit"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body));
        self.send(request.expect("a request")).await
    }

    pub async fn sign_in(&self, name: &str) -> Visitor<'_> {
        let answer = self.try_sign_in(name, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        let cookie = answer.cookie().expect("a session");
        let visitor = Visitor { house: self, cookie, csrf: String::new() };
        let page = visitor.get("/cases").await;
        Visitor { csrf: page.field("_csrf"), ..visitor }
    }

    /// A bearer token of this account.
    pub async fn token(&self, name: &str) -> String {
        self.account(name).await;
        self.app.accounts.issue_token(name).await.expect("a token").as_str().to_owned()
    }

    pub async fn api(&self, token: &str, method: &str, path: &str, body: impl Into<Body>) -> Answer {
        let request =
            Request::builder().method(method).uri(path).header("authorization", format!("Bearer {token}"));
        self.send(request.body(body.into()).expect("a request")).await
    }

    /// A case in the community's hands; its number.
    pub async fn case(&self, id: &str) -> String {
        let complaint = json!({
            "external_id": id, "source": "12345", "received_at": "2026-11-20T09:59:00+08:00",
            "title": "露天烧烤扰民", "text": "我叫王小明，电话13812345678", "address": "龙桥社区", "item": "0306",
            "reporter": {"name": "王小明", "phone": "13812345678"},
        });
        self.take_in(&complaint).await
    }

    /// A complaint, taken in; its case's number.
    pub async fn take_in(&self, complaint: &Value) -> String {
        let token = self.token("paidan").await;
        let answer = self.api(&token, "POST", "/api/v1/complaints", complaint.to_string()).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        self.settle().await;
        answer.json()["case_no"].as_str().expect("a number").to_owned()
    }

    /// Where its files are.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Edits a file of the rules.
    pub fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.app.rules_folder.as_ref().expect("a folder").join(file);
        let text = std::fs::read_to_string(&path).expect("a file");
        assert!(text.contains(from), "{file} does not say {from}");
        std::fs::write(&path, text.replace(from, to)).expect("a file");
    }

    /// What the views show and the log does not say.
    pub async fn differences(&self) -> Vec<String> {
        let views = self.app.views.compare(self.house.feed(), self.app.rules()).await.expect("compared");
        views.iter().map(ToString::to_string).collect()
    }

    /// Carries out the revision that was confirmed.
    pub async fn revise(&self) {
        let mut reviser = gateway::reviser::Reviser::new(self.app.engine.clone(), self.app.views.clone());
        loop {
            self.settle().await;
            if !reviser.step().await.expect("a step") {
                break;
            }
        }
    }

    /// Lets the views take in what the log has.
    pub async fn settle(&self) {
        self.house.catch_up().await.expect("views");
    }

    /// Passes every deadline that is due.
    pub async fn pass_deadlines(&self) {
        let mut sweeper = engine::deadlines::Sweeper::new(self.app.engine.clone());
        while sweeper.step().await.expect("deadlines") > 0 {}
        self.settle().await;
    }

    pub async fn events(&self, no: &str) -> Vec<&'static str> {
        let found = self.app.views.find(no, &projections::Scope::All).await.expect("views");
        let history = self.app.engine.case(found[0].case_id).await.expect("log").expect("a case");
        history.events.iter().map(|recorded| recorded.event.event_type()).collect()
    }
}

/// Writes the sample's files where they can be edited.
fn sample_files(folder: &Path) {
    use domain::sample::{CALENDAR, CATALOGUE, LADDER, SLA, UNITS};
    for (file, text) in [
        ("org/units.csv", UNITS),
        ("calendar/cn.json", CALENDAR),
        ("policy/catalogue.csv", CATALOGUE),
        ("policy/sla.toml", SLA),
        ("policy/ladder.toml", LADDER),
    ] {
        let path = folder.join(file);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
}

impl Visitor<'_> {
    pub fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::COOKIE, &self.cookie)
            .header("accept", "text/html")
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.house.send(self.request("GET", path).body(Body::empty()).expect("a request")).await
    }

    /// Posts a form, its token included.
    pub async fn post(&self, path: &str, form: &str) -> Answer {
        self.post_with(path, &format!("_csrf={}&{form}", self.csrf)).await
    }

    pub async fn post_with(&self, path: &str, form: &str) -> Answer {
        let request =
            self.request("POST", path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.house.send(request.body(Body::from(form.to_owned())).expect("a request")).await
    }
}
