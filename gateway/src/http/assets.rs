//! The stylesheet, the script and the drawings, compiled in: the binary needs no folder beside it.

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::problem::{EdgeCode, Problem};

const CSS: &str = include_str!("../../assets/console.css");
/// Three files to read, one to load.
const JS: &str = concat!(
    include_str!("../../assets/console.js"),
    include_str!("../../assets/keys.js"),
    include_str!("../../assets/case.js")
);
const ICONS: &str = include_str!("../../assets/icons.svg");
const FAVICON: &str = include_str!("../../assets/favicon.svg");

/// Changes when an asset does: part of their addresses, so that they may be cached.
pub fn build() -> &'static str {
    use std::sync::LazyLock;
    static BUILD: LazyLock<String> = LazyLock::new(|| {
        use sha2::{Digest, Sha256};
        hex::encode(&Sha256::new().chain_update(CSS).chain_update(JS).finalize()[..6])
    });
    &BUILD
}

/// `GET /assets/{file}`
pub async fn get(Path(file): Path<String>) -> Response {
    let (kind, body) = match file.as_str() {
        "console.css" => ("text/css; charset=utf-8", CSS),
        "console.js" => ("text/javascript; charset=utf-8", JS),
        "icons.svg" => ("image/svg+xml", ICONS),
        "favicon.svg" => ("image/svg+xml", FAVICON),
        _ => return Problem::from(EdgeCode::PageNotFound).into_response(),
    };
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=86400")], body).into_response()
}
