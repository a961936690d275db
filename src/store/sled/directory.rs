//! The directory a store lives in: what belongs there, whose it is, and a compaction that was cut short.
//!
//! `keys` the keyring · `records/` sled's files · `tally` how they were left at the last close, `tally.new` while it is
//! written · `live` how many bytes lived in them when they were last counted · `lock` held while open ·
//! `records.new/`, `records.old/` while a compaction runs. `master.key` and `admin.key` may lie beside them.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use super::super::Error;

pub(super) const RECORDS: &str = "records";
/// A copy that may not be whole.
pub(super) const RECORDS_NEW: &str = "records.new";
/// What a whole copy took the place of.
pub(super) const RECORDS_OLD: &str = "records.old";
const KEYS: &str = "keys";
const LOCK: &str = "lock";

/// Names that a directory may hold and still count as empty. `lost+found` is what an empty volume holds.
const NEUTRAL: [&str; 6] =
    [LOCK, "keys.new", "master.key", "master.key.new", "admin.key", "lost+found"];

pub(super) fn keys(directory: &Path) -> PathBuf {
    directory.join(KEYS)
}

/// Whether nothing was ever stored here.
pub(super) fn is_new(directory: &Path) -> bool {
    [KEYS, RECORDS, RECORDS_NEW, RECORDS_OLD].iter().all(|name| !directory.join(name).exists())
}

/// Makes the directory where there is none, and refuses one that holds something else.
pub(super) fn claim(directory: &Path) -> Result<(), Error> {
    let failed = |e: io::Error| {
        let named = format!("{} (`store.path`): {e}", directory.display());
        Error::engine("open its directory", named)
    };
    if !directory.exists() {
        return make(directory).map_err(failed);
    }
    if !is_new(directory) {
        return Ok(());
    }
    let entries = fs::read_dir(directory).map_err(failed)?;
    for entry in entries {
        let name = entry.map_err(failed)?.file_name();
        if !NEUTRAL.iter().any(|neutral| name == *neutral) {
            return Err(Error::Foreign(format!(
                "{} holds something else (`{}`): set `store.path` to an empty directory or one that does not exist",
                directory.display(),
                name.to_string_lossy()
            )));
        }
    }
    Ok(())
}

/// Takes the directory for this process, until the file is dropped.
pub(super) fn lock(directory: &Path) -> Result<File, Error> {
    let failed = |e| Error::engine("lock its directory", e);
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(directory.join(LOCK))
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Locked { path: directory.to_owned() }),
        Err(TryLockError::Error(e)) => Err(failed(e)),
    }
}

/// Brings a compaction that was cut short back to one whole store. Whatever stands alone is kept.
pub(super) fn settle(directory: &Path) -> Result<(), Error> {
    let at = |name: &str| directory.join(name);
    let settled = || {
        if !at(RECORDS).exists() && at(RECORDS_OLD).exists() {
            fs::rename(at(RECORDS_OLD), at(RECORDS))?;
        }
        if at(RECORDS).exists() && at(RECORDS_NEW).exists() {
            fs::remove_dir_all(at(RECORDS_NEW))?;
        }
        sync(directory)
    };
    settled().map_err(|e| Error::engine("finish a compaction that was cut short", e))
}

pub(super) fn make(directory: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(directory)
}

/// Makes renames in this directory survive a power cut.
pub(super) fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_compaction_settles_to_the_whole_copy() {
        // (what lies there, what it holds) before; what `records` holds after.
        let cases: [(&[(&str, &str)], &str); 4] = [
            (&[(RECORDS, "whole")], "whole"),
            (&[(RECORDS, "whole"), (RECORDS_NEW, "half")], "whole"),
            (&[(RECORDS_OLD, "whole"), (RECORDS_NEW, "perhaps half")], "whole"),
            (&[(RECORDS, "copy"), (RECORDS_OLD, "whole")], "copy"),
        ];
        for (before, after) in cases {
            let directory = tempfile::tempdir().unwrap();
            for (name, holds) in before {
                fs::create_dir(directory.path().join(name)).unwrap();
                fs::write(directory.path().join(name).join("db"), holds).unwrap();
            }
            settle(directory.path()).unwrap();
            let held = fs::read_to_string(directory.path().join(RECORDS).join("db")).unwrap();
            assert_eq!(held, after);
            assert!(!directory.path().join(RECORDS_NEW).exists());
        }
    }
}
