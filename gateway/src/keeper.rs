//! Who carries the log into the views of a data folder: one process at a time, by a lock on a file.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

/// The right to fold the log into the views of this folder. It ends with the process, however that ends.
#[derive(Debug)]
pub struct Keeper {
    _locked: File,
}

impl Keeper {
    /// The right, or none where another process has it.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn take(data: &Path) -> io::Result<Option<Self>> {
        let file =
            OpenOptions::new().create(true).truncate(false).write(true).open(data.join("views.lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _locked: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

#[cfg(test)]
mod specs {
    use super::*;

    #[test]
    fn one_at_a_time_keeps_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let first = Keeper::take(folder.path()).unwrap();
        assert!(first.is_some());
        assert!(Keeper::take(folder.path()).unwrap().is_none());
        drop(first);
        assert!(Keeper::take(folder.path()).unwrap().is_some());
    }
}
