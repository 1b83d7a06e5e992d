//! JSON Lines: one object a line.

use domain::fault::Fault;
use serde_json::Value;

use super::lines::Line;
use super::text::not_utf8;

/// Reads one line.
///
/// # Errors
/// `LINE_TOO_LONG`, `NOT_UTF8`, `JSON_INVALID` with its column; the text itself is never told.
pub fn value(line: &Line<'_>) -> Result<Value, Fault> {
    let Line::Text(bytes) = line else { return Err(Line::too_long()) };
    let text = std::str::from_utf8(bytes).map_err(|_| not_utf8())?;
    serde_json::from_str(text).map_err(|error| {
        let column = error.column();
        let (zh, en) = match error.is_eof() {
            true => (
                format!("JSON 不完整，止于第 {column} 列"),
                format!("the JSON is cut off at column {column}"),
            ),
            false => (format!("第 {column} 列不是有效的 JSON"), format!("no valid JSON at column {column}")),
        };
        Fault::new("JSON_INVALID", zh, en)
    })
}
