//! The page of the dead letters, over HTTP: what an administrator sees, mends and replays.

use std::time::Duration;

use async_nats::jetstream;
use serde_json::json;
use tests::city::{City, until};
use tests::http::{self, Answer};

const PASSWORD: &str = "a long enough one";
const HTML: (&str, &str) = ("accept", "text/html");

/// Somebody who signed in.
struct Visitor {
    address: String,
    cookie: String,
}

impl Visitor {
    async fn new(address: &str, name: &str) -> Self {
        Self { address: address.to_owned(), cookie: http::sign_in(address, name, PASSWORD).await }
    }

    async fn get(&self, path: &str) -> Answer {
        http::get(&self.address, path, &[HTML, ("cookie", &self.cookie)]).await.expect("a page")
    }

    async fn post(&self, path: &str, fields: &str) -> Answer {
        let csrf = self.get("/cases").await.field("_csrf");
        let form = ("content-type", "application/x-www-form-urlencoded");
        let body = format!("_csrf={csrf}&{fields}");
        http::ask(&self.address, "POST", path, &[HTML, form, ("cookie", &self.cookie)], &body)
            .await
            .expect("an answer")
    }

    /// Follows the answer to where it points.
    async fn follow(&self, answer: &Answer) -> Answer {
        assert_eq!(answer.status, 303, "{}", answer.body);
        let place = answer.head.lines().find_map(|line| line.strip_prefix("location: ")).expect("a place");
        self.get(place).await
    }

    async fn until(&self, path: &str, words: &str) -> Answer {
        for _ in 0..150 {
            let page = self.get(path).await;
            if page.body.contains(words) {
                return page;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{path} never says {words}: {}", self.get(path).await.body);
    }
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn complaint(id: &str, data: &serde_json::Value) -> String {
    json!({ "specversion": "1.0", "id": id, "source": "/test", "type": "whistlepost.complaint", "data": data })
        .to_string()
}

fn withdrawal(external_id: &str) -> String {
    let data = json!({ "external_id": external_id, "reason": "来电人要求撤销" });
    json!({ "specversion": "1.0", "id": "w-1", "source": "/test", "type": "whistlepost.withdrawal", "data": data })
        .to_string()
}

async fn publish(city: &City, payload: &str) {
    let bus = jetstream::new(async_nats::connect(&city.nats).await.expect("the bus"));
    for _ in 0..100 {
        let sent = bus.publish("whistle.320506.intake.12345", payload.to_owned().into()).await;
        if sent.expect("sent").await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the bus takes no message");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_mends_a_dead_letter_and_it_becomes_a_case() {
    let Some(mut city) = City::found().await else { return };
    city.account("chief", "admin", PASSWORD);
    city.account("ducha", "supervisor", PASSWORD);
    city.account("paidan", "dispatcher", PASSWORD);
    let service = city.serve("one");
    let (chief, ducha) =
        (Visitor::new(&service.address, "chief").await, Visitor::new(&service.address, "ducha").await);
    chief.until("/dead?lang=zh", "没有死信").await;
    publish(&city, "{\"specversion\":").await;
    let data = json!({ "external_id": "D-1", "text": "<script>alert(1)</script>秘密内容" });
    publish(&city, &complaint("m-1", &data)).await;
    let list = chief.until("/dead?lang=zh", "RECEIVED_AT_MISSING").await;
    assert!(list.body.contains("NOT_JSON") && list.body.contains("缺少受理时间"), "{}", list.body);
    assert!(!list.body.contains("秘密内容"), "the list shows nothing that a resident wrote");
    assert!(
        list.body.find("#2").expect("the second") < list.body.find("#1").expect("the first"),
        "newest first"
    );
    assert!(chief.get("/dead?lang=en").await.body.contains("The time of receipt is missing."));

    // A supervisor sees what is wrong, and not what was written; a dispatcher sees nothing.
    assert_eq!(ducha.get("/dead").await.status, 200);
    assert_eq!(ducha.get("/dead/2").await.status, 403);
    assert_eq!(ducha.post("/dead/2/discard", "").await.status, 403);
    let paidan = Visitor::new(&service.address, "paidan").await;
    assert_eq!(paidan.get("/dead").await.status, 403);

    let letter = chief.get("/dead/2?lang=zh").await;
    assert!(letter.body.contains("秘密内容") && letter.body.contains("The time of receipt is missing."));
    assert!(!letter.body.contains("<script>alert"), "what came in is never markup");
    // As it is, it dies again; mended, it is taken.
    let again = chief.follow(&chief.post("/dead/2/replay", "").await).await;
    assert!(again.body.contains("又成死信"), "{}", again.body);
    let mut mended = data;
    mended["received_at"] = json!("2026-11-20T09:00:00+08:00");
    let fields = format!("payload={}", encoded(&complaint("m-1", &mended)));
    // An order that waits for its complaint, for minutes, holds nobody else up.
    publish(&city, &withdrawal("D-2")).await;
    let taken = chief.follow(&chief.post("/dead/2/replay", &fields).await).await;
    assert!(taken.body.contains("已办理"), "{}", taken.body);
    // The one case of this outside id is shown, once the views have it.
    let shown = async || (chief.get("/cases?q=D-1").await.status == 303).then_some(());
    until("the case", Duration::from_secs(5), shown).await;
    let after = chief.follow(&chief.post("/dead/2/discard", "").await).await;
    assert!(!after.body.contains("/dead/2\""), "{}", after.body);
    assert_eq!(chief.get("/dead/2").await.status, 404);

    pictures(&service.address);
    city.stop_nats();
    let away = chief.until("/dead?lang=zh", "暂时连不上").await;
    assert_eq!(away.status, 200);
    assert_eq!(chief.get("/dead/1").await.status, 503);
}

#[tokio::test]
async fn a_house_without_a_bus_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let service = tests::Service::start(&["demo", "--quiet"], folder.path());
    let cookie = http::sign_in(&service.address, "admin", "whistlepost-demo").await;
    let page =
        http::get(&service.address, "/dead?lang=en", &[HTML, ("cookie", &cookie)]).await.expect("a page");
    assert!(page.body.contains("no message bus"), "{}", page.body);
}

/// Kept where a person can look at them: `target/screenshots`.
fn pictures(address: &str) {
    use headless_chrome::protocol::cdp::Page::CaptureScreenshotFormatOption;
    use headless_chrome::{Browser, LaunchOptions};
    let Ok(path) = std::env::var("WHISTLEPOST_TEST_CHROMIUM") else { return };
    for (width, height) in [(1440, 900), (500, 844)] {
        let options = LaunchOptions::default_builder()
            .path(Some(path.clone().into()))
            .sandbox(false)
            .window_size(Some((width, height)))
            .build()
            .expect("options");
        let browser = Browser::new(options).expect("a browser");
        let tab = browser.new_tab().expect("a tab");
        tab.navigate_to(&format!("{address}/sign-in?lang=zh")).expect("a page");
        tab.wait_for_element("#password").expect("a form");
        let fill = format!(
            "document.querySelector('#name').value='chief';document.querySelector('#password').value={PASSWORD:?};\
             document.querySelector('form button.primary').click();true"
        );
        tab.evaluate(&fill, false).expect("filled in");
        tab.wait_for_element("nav").expect("signed in");
        for (name, page) in [("dead", "/dead"), ("dead-letter", "/dead/1")] {
            tab.navigate_to(&format!("{address}{page}")).expect("a page");
            tab.wait_for_element("main h1").expect("a heading");
            std::thread::sleep(Duration::from_millis(300));
            let overflow = tab.evaluate("document.documentElement.scrollWidth > innerWidth", false);
            assert_eq!(overflow.expect("measured").value, Some(json!(false)), "{page} fits {width}");
            let png = tab.capture_screenshot(CaptureScreenshotFormatOption::Png, None, None, true);
            let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/screenshots");
            std::fs::create_dir_all(&folder).expect("a folder");
            std::fs::write(folder.join(format!("{name}-{width}.png")), png.expect("a picture"))
                .expect("kept");
        }
    }
}
