//! `/keys`: every key of the console. The script shows this page on `?`; where the keys of the menu lead is
//! said once, by the menu.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::failed;
use super::lang::Lang;
use super::page::{Page, show};
use crate::auth::Reader;
use crate::http::App;
use crate::http::visit::Visit;

/// Keys between blanks, and what they do in Chinese and English.
const KEYS: [(&str, &str, &str); 6] = [
    ("?", "显示这张表", "show this list"),
    ("/", "查找工单：编号或两个以上的字", "find cases: a number, or two characters at least"),
    ("j k", "下一行、上一行", "the next row, the one before"),
    ("Enter", "打开这一行", "open the row"),
    ("x", "选中或取消这一行（可成批办理处）", "tick the row, where rows can be dealt with together"),
    ("Esc", "关上，或离开输入框", "close, or leave a field"),
];

#[derive(Template)]
#[template(path = "keys.html")]
struct Keys {
    page: Page,
    keys: Vec<(Vec<&'static str>, &'static str)>,
}

/// `GET /keys`
pub async fn get(State(app): State<Arc<App>>, visit: Visit, reader: Reader) -> Response {
    match Page::inside(&app, &visit, &reader).await {
        Ok(page) => show(StatusCode::OK, &Keys { keys: keys(visit.lang), page }),
        Err(problem) => failed(&app, &visit, Some(&reader), problem).await,
    }
}

fn keys(l: Lang) -> Vec<(Vec<&'static str>, &'static str)> {
    KEYS.iter().map(|(keys, zh, en)| (keys.split(' ').collect(), l.t(zh, en))).collect()
}
