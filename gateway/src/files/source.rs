//! Opens a file of complaints: plain or gzip, JSON Lines or CSV, told by its content.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use domain::fault::Fault;
use flate2::bufread::MultiGzDecoder;

const BUFFER: usize = 128 * 1024;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    JsonLines,
    /// A table with a header.
    Csv,
}

/// A file, ready to be read.
pub struct Source {
    /// Its text, unpacked.
    pub input: Box<dyn BufRead + Send>,
    /// How rows are written in it.
    pub format: Format,
}

/// Opens a file. `count` wraps the file itself, to count what is read of it.
///
/// # Errors
/// `FILE_UNREADABLE`, `FORMAT_UNSUPPORTED`.
pub fn open<R>(path: &Path, count: impl FnOnce(File) -> R) -> Result<Source, Fault>
where
    R: Read + Send + 'static,
{
    let name = path.display().to_string();
    let unreadable = |error: io::Error| {
        Fault::new("FILE_UNREADABLE", format!("无法读取：{error}"), format!("cannot be read: {error}"))
            .in_file(&name)
    };
    let file = File::open(path).map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.is_dir() {
        return Err(Fault::new("FILE_UNREADABLE", "是一个目录", "is a directory").in_file(&name));
    }
    let mut packed = BufReader::with_capacity(BUFFER, count(file));
    let is_gzip = packed.fill_buf().map_err(unreadable)?.starts_with(&[0x1f, 0x8b]);
    let mut input: Box<dyn BufRead + Send> = if is_gzip {
        Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(packed)))
    } else {
        Box::new(packed)
    };
    let head = input.fill_buf().map_err(unreadable)?;
    let format = format(head, path).map_err(|fault| fault.in_file(&name))?;
    Ok(Source { input, format })
}

/// The content decides; where it could be either, the name does.
fn format(head: &[u8], path: &Path) -> Result<Format, Fault> {
    let unsupported = |zh: &str, en: &str| Err(Fault::new("FORMAT_UNSUPPORTED", zh, en));
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    if head.starts_with(b"PK\x03\x04") || name.ends_with(".xlsx") || name.ends_with(".xls") {
        return unsupported("不是 XLSX 文件，也不是文本", "neither an XLSX file nor text");
    }
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return unsupported("是 UTF-16 编码，请另存为 UTF-8", "in UTF-16; save it as UTF-8");
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    if text.first() == Some(&b'{') {
        return Ok(Format::JsonLines);
    }
    let json = [".jsonl", ".ndjson", ".json"].iter().any(|end| name.trim_end_matches(".gz").ends_with(end));
    Ok(if json || text.first() == Some(&b'[') { Format::JsonLines } else { Format::Csv })
}

#[cfg(test)]
mod specs {
    use super::*;

    #[test]
    fn content_comes_before_the_name() {
        let of = |head: &[u8], name: &str| format(head, Path::new(name)).map_err(|fault| fault.code);
        assert_eq!(of(b"\xef\xbb\xbf{\"a\":1}", "x.csv"), Ok(Format::JsonLines));
        assert_eq!(of(b"a,b\n", "x"), Ok(Format::Csv));
        assert_eq!(of(b"spoiled first line\n{}", "x.jsonl.gz"), Ok(Format::JsonLines));
        assert_eq!(of(b"PK\x03\x04", "x.csv"), Err("FORMAT_UNSUPPORTED".to_owned()));
        assert_eq!(of(b"a,b\n", "x.xlsx"), Err("FORMAT_UNSUPPORTED".to_owned()));
    }
}
