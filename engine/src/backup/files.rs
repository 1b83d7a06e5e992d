//! The files of a backup: gzipped JSON lines, hashed as they are written.

use std::fs::{File, create_dir, read_dir, remove_dir_all, rename};
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{BackupError, FileEntry};

/// A folder that is being filled: under another name until it is complete, and gone where it never is.
pub(super) struct Partial {
    at: PathBuf,
    target: PathBuf,
    done: bool,
}

impl Partial {
    /// Beside the folder that is to be made.
    pub fn beside(target: &Path) -> Result<Self, BackupError> {
        let free = match read_dir(target) {
            Ok(mut entries) => entries.next().is_none(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
            Err(error) => return Err(BackupError::file(target, error)),
        };
        if !free {
            return Err(BackupError::Exists(target.to_owned()));
        }
        let target = std::path::absolute(target).map_err(|error| BackupError::file(target, error))?;
        let mut name = target.file_name().unwrap_or_default().to_owned();
        name.push(format!(".partial-{}", Uuid::new_v4().simple()));
        let at = target.with_file_name(name);
        if let Some(parent) = target.parent() {
            std::fs::create_dir_all(parent).map_err(|error| BackupError::file(parent, error))?;
        }
        private(&at).map_err(|error| BackupError::file(&at, error))?;
        Ok(Self { at, target, done: false })
    }

    /// Where to write meanwhile.
    pub fn path(&self) -> &Path {
        &self.at
    }

    /// Everything is on disk: now it has its name.
    pub fn complete(mut self) -> Result<(), BackupError> {
        let failed = |error| BackupError::file(&self.target, error);
        File::open(&self.at).and_then(|folder| folder.sync_all()).map_err(failed)?;
        rename(&self.at, &self.target).map_err(failed)?;
        self.done = true;
        let parent = self.target.parent().unwrap_or(&self.target);
        File::open(parent)
            .and_then(|folder| folder.sync_all())
            .map_err(|error| BackupError::file(parent, error))
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.done {
            drop(remove_dir_all(&self.at));
        }
    }
}

/// For its owner only: it holds what people said, if sealed.
fn private(path: &Path) -> std::io::Result<()> {
    create_dir(path)?;
    #[cfg(unix)]
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(())
}

/// Counts and hashes what goes through.
struct Hashed {
    file: BufWriter<File>,
    sha256: Sha256,
    bytes: u64,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write_all(bytes)?;
        self.sha256.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// Writes lines.
pub(super) struct Lines {
    path: PathBuf,
    name: &'static str,
    gzip: GzEncoder<Hashed>,
    count: u64,
}

impl Lines {
    pub fn create(folder: &Path, name: &'static str) -> Result<Self, BackupError> {
        let path = folder.join(name);
        let file = File::create_new(&path).map_err(|error| BackupError::file(&path, error))?;
        let hashed = Hashed { file: BufWriter::new(file), sha256: Sha256::new(), bytes: 0 };
        // Most of it is ciphertext, which nothing makes smaller.
        Ok(Self { path, name, gzip: GzEncoder::new(hashed, Compression::fast()), count: 0 })
    }

    pub fn write(&mut self, line: &impl Serialize) -> Result<(), BackupError> {
        serde_json::to_writer(&mut self.gzip, line)
            .map_err(std::io::Error::from)
            .and_then(|()| self.gzip.write_all(b"\n"))
            .map_err(|error| BackupError::file(&self.path, error))?;
        self.count += 1;
        Ok(())
    }

    /// On disk, and what the manifest says of it: its entry, and how many lines.
    pub fn finish(self) -> Result<(FileEntry, u64), BackupError> {
        let Self { path, name, gzip, count } = self;
        let failed = |error| BackupError::file(&path, error);
        let hashed = gzip.finish().map_err(failed)?;
        let file = hashed.file.into_inner().map_err(|error| failed(error.into_error()))?;
        file.sync_all().map_err(failed)?;
        let sha256 = hex::encode(hashed.sha256.finalize());
        Ok((FileEntry { name: name.to_owned(), bytes: hashed.bytes, sha256 }, count))
    }
}

/// Whether the file is the one of the manifest. `told` hears how many bytes were read.
pub(super) fn check(folder: &Path, entry: &FileEntry, mut told: impl FnMut(u64)) -> Result<(), BackupError> {
    let path = folder.join(&entry.name);
    let mut file = match File::open(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(BackupError::damaged(&entry.name, "it is missing"));
        }
        opened => opened.map_err(|error| BackupError::file(&path, error))?,
    };
    let mut sha256 = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut buffer).map_err(|error| BackupError::file(&path, error))?;
        if read == 0 {
            break;
        }
        sha256.update(&buffer[..read]);
        told(read as u64);
    }
    if hex::encode(sha256.finalize()) == entry.sha256 {
        return Ok(());
    }
    Err(BackupError::damaged(&entry.name, "its content is not what the manifest says"))
}

/// Reads lines, by the page.
pub(super) struct Reader<Line> {
    name: &'static str,
    lines: std::io::Lines<BufReader<MultiGzDecoder<File>>>,
    line: PhantomData<Line>,
}

impl<Line: DeserializeOwned> Reader<Line> {
    pub fn open(folder: &Path, name: &'static str) -> Result<Self, BackupError> {
        let path = folder.join(name);
        let file = File::open(&path).map_err(|error| BackupError::file(&path, error))?;
        Ok(Self { name, lines: BufReader::new(MultiGzDecoder::new(file)).lines(), line: PhantomData })
    }

    /// The next lines, at most so many; none at the end.
    pub fn page<T: TryFrom<Line, Error = &'static str>>(
        &mut self,
        limit: u32,
    ) -> Result<Vec<T>, BackupError> {
        let damaged = |error: &dyn std::fmt::Display| BackupError::damaged(self.name, error);
        let mut page = Vec::new();
        for line in self.lines.by_ref().take(limit as usize) {
            let line = line.map_err(|error| damaged(&error))?;
            let line: Line = serde_json::from_str(&line).map_err(|error| damaged(&error))?;
            page.push(T::try_from(line).map_err(|error| damaged(&error))?);
        }
        Ok(page)
    }
}
