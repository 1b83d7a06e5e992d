//! Opens a workbook once it is known to be one, to have no password and to be of bearable size.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use calamine::{Reader, Xlsx, XlsxError};
use domain::fault::Fault;
use zip::ZipArchive;

use super::Workbook;
use super::cells;

/// Largest file.
pub const FILE_MOST: u64 = 64 * 1024 * 1024;
/// Most that its parts may be together once they are unpacked.
const UNPACKED_MOST: u64 = 384 * 1024 * 1024;
/// Most that a part may be that is no sheet: such parts are kept whole in memory.
const PART_MOST: u64 = 96 * 1024 * 1024;
/// Most parts.
const PARTS_MOST: usize = 4_096;

pub(super) type Book = Xlsx<Cursor<Vec<u8>>>;

/// Whether these first bytes are those of a workbook: an XLSX or another ZIP, an old XLS or one with
/// a password.
pub fn is_workbook(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04") || head.starts_with(COMPOUND)
}

/// First bytes of the container that XLS has, and XLSX with a password.
const COMPOUND: &[u8] = &[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

/// Whether a file is a workbook. One that cannot be read is none: its reader says why.
pub fn is_workbook_file(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(8).read_to_end(&mut head));
    read.is_ok() && is_workbook(&head)
}

/// Reads a file.
///
/// # Errors
/// As [`read`], and `FILE_UNREADABLE`.
pub fn read_file(path: &Path) -> Result<Workbook, Fault> {
    let name = path.display().to_string();
    let unreadable = |error: io::Error| {
        Fault::new("FILE_UNREADABLE", format!("无法读取：{error}"), format!("cannot be read: {error}"))
    };
    let bytes = || {
        let mut bytes = Vec::new();
        File::open(path)?.take(FILE_MOST + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    bytes().map_err(unreadable).and_then(read).map_err(|fault| fault.in_file(&name))
}

/// Reads a workbook.
///
/// # Errors
/// `FORMAT_UNSUPPORTED`, `WORKBOOK_PASSWORD`, `WORKBOOK_TOO_LARGE`, `WORKBOOK_DAMAGED`.
pub fn read(bytes: Vec<u8>) -> Result<Workbook, Fault> {
    if bytes.len() as u64 > FILE_MOST {
        return Err(too_large());
    }
    if bytes.starts_with(COMPOUND) {
        return Err(if has_password(&bytes) { password() } else { old() });
    }
    if !is_workbook(&bytes) {
        return Err(Fault::new("FORMAT_UNSUPPORTED", "不是 XLSX 文件", "this is no XLSX file"));
    }
    measure(&bytes)?;
    // The reader is another's code: whatever it meets in a strange file must not end the service.
    let opened = catch_unwind(AssertUnwindSafe(|| {
        let mut book = Xlsx::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
        cells::workbook(&mut book)
    }));
    opened.unwrap_or_else(|_| Err(damaged(&"")))
}

/// Unpacks every part once, without keeping it: what the container says of their sizes may be untrue.
fn measure(bytes: &[u8]) -> Result<(), Fault> {
    let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
    if zip.len() > PARTS_MOST {
        return Err(too_large());
    }
    if zip.index_for_name("xl/workbook.xml").is_none() {
        return Err(Fault::new(
            "FORMAT_UNSUPPORTED",
            "是 ZIP，但不是 XLSX 文件",
            "a ZIP file, and no XLSX file",
        ));
    }
    let mut total = 0;
    for index in 0..zip.len() {
        let mut part = zip.by_index(index).map_err(|error| damaged(&error))?;
        if ![".xml", ".rels"].iter().any(|end| part.name().ends_with(end)) {
            continue;
        }
        let most = if part.name().starts_with("xl/worksheets/") { UNPACKED_MOST } else { PART_MOST };
        let size =
            io::copy(&mut part.by_ref().take(most + 1), &mut io::sink()).map_err(|error| damaged(&error))?;
        total += size;
        if size > most || total > UNPACKED_MOST {
            return Err(too_large());
        }
    }
    Ok(())
}

/// A workbook with a password holds one stream of this name.
fn has_password(bytes: &[u8]) -> bool {
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    bytes.windows(name.len()).any(|window| window == name)
}

fn password() -> Fault {
    Fault::new(
        "WORKBOOK_PASSWORD",
        "工作簿设有打开密码，请先取消密码",
        "the workbook has a password; take it off first",
    )
}

fn old() -> Fault {
    Fault::new("FORMAT_UNSUPPORTED", "是旧版 XLS 文件，请另存为 XLSX", "an old XLS file; save it as XLSX")
}

pub(super) fn too_large() -> Fault {
    Fault::new(
        "WORKBOOK_TOO_LARGE",
        "工作簿太大（或解压后太大），请拆成几个文件，或另存为 CSV",
        "the workbook is too large, or would be once unpacked; split it, or save it as CSV",
    )
}

/// What the reader says names parts of the file, never what stands in a cell.
pub(super) fn damaged(error: &dyn std::fmt::Display) -> Fault {
    let said: String = error.to_string().chars().filter(|c| !c.is_control()).take(120).collect();
    Fault::new(
        "WORKBOOK_DAMAGED",
        format!("工作簿已损坏，无法读取 {said}"),
        format!("the workbook is damaged and cannot be read {said}"),
    )
}

pub(super) fn unreadable(error: &XlsxError) -> Fault {
    match error {
        XlsxError::Password => password(),
        other => damaged(other),
    }
}

#[cfg(test)]
mod specs {
    use super::*;
    use std::io::Write;
    use zip::write::SimpleFileOptions;

    fn packed(parts: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in parts {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn refused(bytes: Vec<u8>) -> String {
        read(bytes).err().unwrap().code
    }

    #[test]
    fn what_is_no_workbook_is_told_from_a_damaged_one() {
        assert_eq!(refused(b"external_id,title\n".to_vec()), "FORMAT_UNSUPPORTED");
        assert_eq!(refused(packed(&[("a.txt", b"x".to_vec())])), "FORMAT_UNSUPPORTED");
        assert_eq!(refused(b"PK\x03\x04cut off".to_vec()), "WORKBOOK_DAMAGED");
        assert_eq!(refused(packed(&[("xl/workbook.xml", b"<nonsense".to_vec())])), "WORKBOOK_DAMAGED");
    }

    #[test]
    fn a_password_is_told_from_an_old_file() {
        let mut bytes = COMPOUND.to_vec();
        assert_eq!(refused(bytes.clone()), "FORMAT_UNSUPPORTED");
        bytes.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(refused(bytes), "WORKBOOK_PASSWORD");
    }

    #[test]
    fn a_file_that_would_fill_the_memory_is_refused_before_it_does() {
        let bomb = packed(&[
            ("xl/workbook.xml", b"<workbook/>".to_vec()),
            ("xl/sharedStrings.xml", vec![b' '; 100 * 1024 * 1024]),
        ]);
        assert!(bomb.len() < 1024 * 1024);
        assert_eq!(refused(bomb), "WORKBOOK_TOO_LARGE");
    }
}
