//! Whoever cannot see the screen, or use a mouse, works here too: axe-core on every page in both schemes, and
//! a day's path on the keyboard alone.

use std::time::Duration;

use serde_json::json;
use tests::Service;
use tests::browser::{WIDTHS, ask, browser, open, picture, prefer, press, sign_in, sign_in_afresh, until};

const PAGES: [(&str, &[&str]); 5] = [
    (
        "ducha",
        &[
            "/desk",
            "/waiting",
            "/callbacks",
            "/cases",
            "/board",
            "/board?by=rung&lang=en",
            "/report?lang=zh",
            "/themes",
            "/new",
            "/keys",
            "/screen",
            "/docs/errors/NOT_SIGNED",
            "/no-such-page",
        ],
    ),
    ("paidan", &["/triage", "/import"]),
    ("admin", &["/rules"]),
    ("wangge", &["/inbox"]),
    ("chengguan", &["/inbox", "/inbox?lang=en"]),
];

/// What is wrong with the open page, as axe says it: serious and critical only.
fn violations(tab: &headless_chrome::Tab, axe: &str) -> Vec<String> {
    tab.evaluate(axe, false).expect("axe is there");
    let run = "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})\
        .then(found => JSON.stringify(found.violations\
        .filter(one => ['serious', 'critical'].includes(one.impact))\
        .flatMap(one => one.nodes.map(node => one.id + ': ' + node.html.slice(0, 160)))))";
    let found = tab.evaluate(run, true).expect("axe ran").value.expect("a list");
    serde_json::from_str(found.as_str().expect("text")).expect("a list")
}

#[test]
fn no_page_has_a_serious_fault_of_accessibility_light_or_dark() {
    let data = tempfile::tempdir().expect("a folder");
    let Ok(axe) = std::env::var("WHISTLEPOST_TEST_AXE") else {
        eprintln!("skipped: run tests/run");
        return;
    };
    let axe = std::fs::read_to_string(axe).expect("axe-core");
    let Some(browser) = browser(WIDTHS[0]) else { return };
    let service = Service::start(&["demo", "--quiet"], data.path());
    let mut faults = Vec::new();
    for (user, pages) in PAGES {
        let tab = sign_in_afresh(&browser, &service, user);
        let mut pages: Vec<String> = pages.iter().map(|page| (*page).to_owned()).collect();
        open(&tab, &service, "/cases");
        let first = ask(&tab, "document.querySelector('main .row a.title')?.getAttribute('href') ?? ''");
        pages.extend(first.as_str().filter(|case| !case.is_empty()).map(ToOwned::to_owned));
        for page in pages {
            for scheme in ["light", "dark"] {
                prefer(&tab, scheme);
                open(&tab, &service, &page);
                let found = violations(&tab, &axe);
                faults.extend(found.into_iter().map(|fault| format!("{user} {page} {scheme}: {fault}")));
            }
        }
    }
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn the_keyboard_alone_goes_to_a_list_through_its_rows_and_into_a_case() {
    let data = tempfile::tempdir().expect("a folder");
    let Some(browser) = browser(WIDTHS[0]) else { return };
    let service = Service::start(&["demo", "--quiet"], data.path());
    let tab = sign_in(&browser, &service, "ducha");
    open(&tab, &service, "/desk");
    press(&tab, "Tab");
    assert_eq!(ask(&tab, "document.activeElement.className"), json!("skip"), "the skip link comes first");
    let patience = Duration::from_secs(5);
    press(&tab, "g");
    press(&tab, "c");
    assert!(until(&tab, "location.pathname === '/cases'", patience), "g c opens the cases");
    let rows = "[...document.querySelectorAll('main .row a.title')].indexOf(document.activeElement)";
    assert!(until(&tab, "document.readyState === 'complete'", patience));
    press(&tab, "j");
    press(&tab, "j");
    assert_eq!(ask(&tab, rows), json!(1), "j goes down");
    press(&tab, "k");
    assert_eq!(ask(&tab, rows), json!(0), "k goes up");
    press(&tab, "?");
    assert!(until(&tab, "!!document.querySelector('dialog[open] kbd')", patience), "? shows the keys");
    picture(&tab, "keys-dialog");
    press(&tab, "Escape");
    assert!(until(&tab, "!document.querySelector('dialog[open]')", patience));
    press(&tab, "/");
    assert_eq!(ask(&tab, "document.activeElement.id"), json!("find"));
    press(&tab, "j");
    assert_eq!(ask(&tab, "document.activeElement.value"), json!("j"), "a key that is typed is a letter");
    press(&tab, "Escape");
    press(&tab, "j");
    press(&tab, "Enter");
    assert!(until(&tab, "/^\\/cases\\/2/.test(location.pathname)", patience), "Enter opens the case");
}
