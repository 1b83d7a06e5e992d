//! The demo as its users see it: a real browser signs in, clicks, and measures what it finds.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use headless_chrome::protocol::cdp::Emulation;
use headless_chrome::protocol::cdp::Page::CaptureScreenshotFormatOption;
use headless_chrome::{Browser, LaunchOptions, Tab};
use tests::Service;

/// Widths of a desk and of a phone, in CSS pixels.
const WIDTHS: [(u32, u32); 2] = [(1440, 900), (390, 844)];
const PASSWORD: &str = "whistlepost-demo";

fn browser(size: (u32, u32)) -> Option<Browser> {
    let Ok(path) = std::env::var("WHISTLEPOST_TEST_CHROMIUM") else {
        eprintln!("skipped: run tests/run");
        return None;
    };
    let quiet = [
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
        "--lang=zh-CN",
    ];
    let options = LaunchOptions::default_builder()
        .path(Some(PathBuf::from(path)))
        .sandbox(false)
        .window_size(Some(size))
        .args(quiet.iter().map(OsStr::new).collect())
        .idle_browser_timeout(Duration::from_secs(120))
        .build()
        .expect("options");
    Some(Browser::new(options).expect("a browser"))
}

fn sign_in(browser: &Browser, service: &Service, name: &str) -> Arc<Tab> {
    let tab = browser.new_tab().expect("a tab");
    tab.navigate_to(&format!("{}/sign-in?lang=zh", service.address)).expect("a page");
    tab.wait_for_element("#password").expect("a form");
    // By script: typing key by key takes the driver seconds.
    let filled = format!(
        "document.querySelector('#name').value = {name:?}; document.querySelector('#password').value = {PASSWORD:?}; \
         document.querySelector('form button.primary').click(); true"
    );
    tab.evaluate(&filled, false).expect("filled in");
    tab.wait_for_element("nav").expect("signed in");
    tab
}

/// A window is never narrower than its own frame: a phone's width is set on the page itself.
fn resize(tab: &Tab, (width, height): (u32, u32)) {
    tab.call_method(Emulation::SetDeviceMetricsOverride {
        width,
        height,
        device_scale_factor: 1.0,
        mobile: false,
        scale: None,
        screen_width: None,
        screen_height: None,
        position_x: None,
        position_y: None,
        dont_set_visible_size: None,
        screen_orientation: None,
        viewport: None,
        display_feature: None,
        device_posture: None,
    })
    .expect("resized");
}

fn open(tab: &Tab, service: &Service, path: &str) {
    let address = format!("{}{path}", service.address);
    tab.navigate_to(&address).expect("a page");
    // Live pages are never quiet on the network: the document says when it is there.
    let there = format!("location.href === {address:?} && document.readyState === 'complete'");
    for _ in 0..200 {
        if ask(tab, &there) == serde_json::json!(true) {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{path} does not load");
}

/// What the page answers. Between two pages there is nobody to ask: then it is asked again.
fn ask(tab: &Tab, script: &str) -> serde_json::Value {
    for _ in 0..100 {
        if let Some(answer) = tab.evaluate(script, false).ok().and_then(|found| found.value) {
            return answer;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("no answer to {script}");
}

/// Kept where a person can look at them: `target/screenshots`.
fn picture(tab: &Tab, name: &str) {
    let png =
        tab.capture_screenshot(CaptureScreenshotFormatOption::Png, None, None, true).expect("a screenshot");
    assert!(png.len() > 5_000, "{name} is not empty");
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/screenshots");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join(format!("{name}.png")), png).expect("written");
}

#[test]
fn every_page_fits_desk_and_phone_and_has_something_on_it() {
    let data = tempfile::tempdir().expect("a folder");
    let service = Service::start(&["demo", "--quiet"], data.path());
    for size in WIDTHS {
        let Some(browser) = browser(size) else { return };
        let pages = [
            ("ducha", "/desk"),
            ("ducha", "/board"),
            ("ducha", "/board?lang=en"),
            ("ducha", "/cases?lang=zh"),
            ("ducha", "/waiting"),
            ("ducha", "/themes"),
            ("ducha", "/new"),
            ("paidan", "/triage"),
            ("paidan", "/import"),
            ("admin", "/rules"),
            ("wangge", "/inbox"),
            ("chengguan", "/inbox"),
        ];
        let (mut tab, mut who) = (None, "");
        for (user, path) in pages {
            if who != user {
                tab = Some(sign_in_afresh(&browser, &service, user));
                who = user;
            }
            let tab = tab.as_ref().expect("signed in");
            resize(tab, size);
            open(tab, &service, path);
            let wide =
                ask(tab, "document.documentElement.scrollWidth > document.documentElement.clientWidth");
            assert_eq!(wide, serde_json::json!(false), "{path} at {} scrolls sideways", size.0);
            let rows = ask(tab, "document.querySelectorAll('main :is(a[href], button, input, p)').length");
            assert!(rows.as_u64().is_some_and(|rows| rows > 0), "{path} has something on it");
            picture(tab, &format!("{}-{}", path.trim_matches('/').replace('?', "-"), size.0));
        }
    }
}

/// Signs out whoever is there, then in.
fn sign_in_afresh(browser: &Browser, service: &Service, user: &str) -> Arc<Tab> {
    for tab in browser.get_tabs().lock().expect("tabs").iter() {
        let _ = tab.delete_cookies(vec![]);
        let _ = tab.call_method(headless_chrome::protocol::cdp::Network::ClearBrowserCookies(None));
    }
    sign_in(browser, service, user)
}

#[test]
fn a_number_on_the_desk_opens_the_list_behind_it() {
    let data = tempfile::tempdir().expect("a folder");
    let service = Service::start(&["demo", "--quiet"], data.path());
    let Some(browser) = browser(WIDTHS[0]) else { return };
    let tab = sign_in(&browser, &service, "ducha");
    open(&tab, &service, "/desk");
    let tiles = ask(
        &tab,
        "JSON.stringify([...document.querySelectorAll('main a[href^=\"/cases?\"]')].map(a => \
         [a.getAttribute('href'), (a.textContent.match(/\\d+/) || ['0'])[0]]))",
    );
    let tiles: Vec<(String, String)> = serde_json::from_str(tiles.as_str().expect("text")).expect("tiles");
    assert!(tiles.len() >= 4, "{tiles:?}");
    let mut opened = 0;
    for (href, label) in tiles {
        let number: usize = label.parse().expect("a number");
        if number == 0 || number > 45 {
            continue;
        }
        open(&tab, &service, &href);
        let listed = ask(
            &tab,
            "new Set([...document.querySelectorAll('main a[href^=\"/cases/2\"]')].map(a => a.getAttribute('href'))).size",
        );
        assert_eq!(listed.as_u64(), Some(number as u64), "{label} opens {href}");
        opened += 1;
    }
    assert!(opened >= 3, "several numbers were followed");
}

#[test]
fn a_grid_worker_signs_with_one_click() {
    let data = tempfile::tempdir().expect("a folder");
    let service = Service::start(&["demo", "--quiet"], data.path());
    let Some(browser) = browser(WIDTHS[1]) else { return };
    let tab = sign_in(&browser, &service, "wangge");
    open(&tab, &service, "/inbox");
    let count =
        "[...document.querySelectorAll('main button')].filter(b => b.textContent.includes('签收')).length";
    let before = ask(&tab, count).as_u64().expect("a number");
    assert!(before > 0, "something is to be signed");
    tab.evaluate(
        "[...document.querySelectorAll('main button')].find(b => b.textContent.includes('签收')).click()",
        false,
    )
    .expect("clicked");
    std::thread::sleep(Duration::from_millis(500));
    for _ in 0..40 {
        open(&tab, &service, "/inbox");
        if ask(&tab, count).as_u64() == Some(before - 1) {
            return;
        }
        std::thread::sleep(Duration::from_millis(250));
    }
    panic!("the case is still to be signed");
}

#[test]
fn the_first_page_is_there_within_seconds_and_a_restart_goes_on() {
    let data = tempfile::tempdir().expect("a folder");
    let service = Service::start(&["demo", "--quiet"], data.path());
    let first = service.ready_after;
    service.kill();
    let again = Service::start(&["demo", "--quiet"], data.path());
    assert!(again.ready_after <= first, "the history is not made twice: {:?} {first:?}", again.ready_after);
}
