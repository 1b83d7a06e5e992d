//! The demo as its users see it: a real browser signs in, clicks, and measures what it finds.

use std::time::Duration;

use tests::Service;
use tests::browser::{WIDTHS, ask, browser, open, picture, resize, sign_in, sign_in_afresh};

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
            ("ducha", "/keys"),
            ("ducha", "/screen"),
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
