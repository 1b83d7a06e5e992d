//! A whole file of text: rules, maps, calendars.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use domain::fault::Fault;

/// Rules are written by hand: nothing larger is one.
const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// Reads a file of rules whole.
///
/// # Errors
/// `FILE_UNREADABLE`, `FILE_TOO_LARGE`, `NOT_UTF8` with its line.
pub fn read(path: &Path) -> Result<String, Fault> {
    let name = path.display().to_string();
    let unreadable = |error: std::io::Error| {
        Fault::new("FILE_UNREADABLE", format!("无法读取：{error}"), format!("cannot be read: {error}"))
            .in_file(&name)
    };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(
            Fault::new("FILE_TOO_LARGE", "文件超过 16 MB", "the file is larger than 16 MB").in_file(&name)
        );
    }
    String::from_utf8(bytes).map_err(|error| {
        let sound = error.as_bytes().iter().take(error.utf8_error().valid_up_to());
        let line = sound.filter(|byte| **byte == b'\n').count() as u64 + 1;
        not_utf8().in_file(&name).at_line(line)
    })
}

/// The text is in another encoding.
pub fn not_utf8() -> Fault {
    Fault::new("NOT_UTF8", "不是 UTF-8 编码，请另存为 UTF-8", "not UTF-8; save the file as UTF-8")
}
