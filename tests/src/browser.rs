//! A real browser beside a service: signs in, opens pages, measures what it finds.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use headless_chrome::protocol::cdp::Emulation;
use headless_chrome::protocol::cdp::Page::CaptureScreenshotFormatOption;
use headless_chrome::{Browser, LaunchOptions, Tab};

use crate::Service;

/// Widths of a desk and of a phone, in CSS pixels.
pub const WIDTHS: [(u32, u32); 2] = [(1440, 900), (390, 844)];
const PASSWORD: &str = "whistlepost-demo";

/// A browser with a window of this size; none where the tests were started without one.
pub fn browser(size: (u32, u32)) -> Option<Browser> {
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

/// Signs in with the demo's password.
pub fn sign_in(browser: &Browser, service: &Service, name: &str) -> Arc<Tab> {
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
pub fn resize(tab: &Tab, (width, height): (u32, u32)) {
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

/// Opens a page and waits until it is there.
pub fn open(tab: &Tab, service: &Service, path: &str) {
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
pub fn ask(tab: &Tab, script: &str) -> serde_json::Value {
    for _ in 0..100 {
        if let Some(answer) = tab.evaluate(script, false).ok().and_then(|found| found.value) {
            return answer;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("no answer to {script}");
}

/// Kept where a person can look at them: `target/screenshots`.
pub fn picture(tab: &Tab, name: &str) {
    let png =
        tab.capture_screenshot(CaptureScreenshotFormatOption::Png, None, None, true).expect("a screenshot");
    assert!(png.len() > 5_000, "{name} is not empty");
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/screenshots");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join(format!("{name}.png")), png).expect("written");
}

/// Signs out whoever is there, then in.
pub fn sign_in_afresh(browser: &Browser, service: &Service, user: &str) -> Arc<Tab> {
    for tab in browser.get_tabs().lock().expect("tabs").iter() {
        let _ = tab.delete_cookies(vec![]);
        let _ = tab.call_method(headless_chrome::protocol::cdp::Network::ClearBrowserCookies(None));
    }
    sign_in(browser, service, user)
}

/// Shows the pages as somebody prefers them: `light` or `dark`.
pub fn prefer(tab: &Tab, scheme: &str) {
    let feature = Emulation::MediaFeature { name: "prefers-color-scheme".into(), value: scheme.into() };
    tab.call_method(Emulation::SetEmulatedMedia { media: None, features: Some(vec![feature]) })
        .expect("preferred");
}

/// Waits until the page says so.
pub fn until(tab: &Tab, script: &str, patience: Duration) -> bool {
    let started = std::time::Instant::now();
    while started.elapsed() < patience {
        if ask(tab, script) == serde_json::json!(true) {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}

/// Presses a key where the focus is.
pub fn press(tab: &Tab, key: &str) {
    tab.press_key(key).expect("pressed");
}
