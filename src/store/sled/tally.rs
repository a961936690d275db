//! How a store was left when it was last closed in good order: how many entries it held, and what was written last.
//! sled takes a garbled end of its log for a write that was cut short, and says nothing of what it leaves out; the
//! tally does. A store that was killed has none, and is not held to one.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Write as _},
    path::{Path, PathBuf},
};

use super::{super::Error, directory, layout};

const TALLY: &str = "tally";
/// A tally that may not be whole.
const TALLY_NEW: &str = "tally.new";
/// How a tally begins that says what was found damaged.
const DAMAGED: &str = "damaged: ";

/// What the last write before a close put under [`layout::CLOSED`]: another one at each close.
pub(super) type Seal = [u8; 16];

#[derive(Clone, Copy, Debug)]
pub(super) struct Tally {
    pub(super) entries: u64,
    /// None: written by a version that had none.
    pub(super) seal: Option<Seal>,
}

fn path(directory: &Path) -> PathBuf {
    directory.join(TALLY)
}

/// Writes down how the store is left.
pub(super) fn write(directory: &Path, entries: u64, seal: Seal) -> io::Result<()> {
    replace(directory, &format!("{entries} {}\n", hex::encode(seal)))
}

/// Writes down what was found damaged, for the next start to refuse.
pub(super) fn write_damaged(directory: &Path, what: &str) -> io::Result<()> {
    replace(directory, &format!("{DAMAGED}{what}\n"))
}

/// Whole or not at all: half a tally would refuse a store that is whole.
fn replace(directory: &Path, text: &str) -> io::Result<()> {
    let fresh = directory.join(TALLY_NEW);
    let mut file = File::create(&fresh)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(fresh, path(directory))?;
    directory::sync(directory)
}

/// How the store was left, where it was left in good order. Refuses what was found damaged before.
pub(super) fn read(directory: &Path) -> Result<Option<Tally>, Error> {
    let path = path(directory);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(Error::engine("read its tally", e)),
    };
    if let Some(what) = text.strip_prefix(DAMAGED) {
        return Err(Error::Damaged(format!(
            "{} says what an earlier start found: {}",
            path.display(),
            what.trim_end()
        )));
    }
    let mut words = text.split_whitespace();
    let entries = words.next().and_then(|word| word.parse().ok());
    let mut seal = Seal::default();
    let seal = match words.next() {
        None => Some(None),
        Some(word) => hex::decode_to_slice(word, &mut seal).ok().map(|()| Some(seal)),
    };
    let (Some(entries), Some(seal)) = (entries, seal) else {
        return Err(damaged(directory, &format!("{} does not read", path.display())));
    };
    Ok(Some(Tally { entries, seal }))
}

/// Refuses what does not end as it was closed.
pub(super) fn check_end(directory: &Path, tree: &::sled::Db, tally: &Tally) -> Result<(), Error> {
    let last = tree.get(layout::CLOSED).map_err(layout::failed("read"))?;
    match tally.seal {
        Some(seal) if last.is_none_or(|last| *last != seal) => Err(damaged(
            directory,
            &format!(
                "{} does not hold what was written last before it was closed",
                directory.join(directory::RECORDS).display()
            ),
        )),
        _ => Ok(()),
    }
}

/// Refuses what holds more or less than when it was closed.
pub(super) fn check_count(directory: &Path, tally: &Tally, found: u64) -> Result<(), Error> {
    if tally.entries == found {
        return Ok(());
    }
    let records = directory.join(directory::RECORDS);
    Err(damaged(
        directory,
        &format!(
            "{} held {found} records when it was opened, and {} when it was closed before",
            records.display(),
            tally.entries
        ),
    ))
}

/// Takes the tally away: from here on the store changes.
pub(super) fn remove(directory: &Path) -> Result<(), Error> {
    let removed = fs::remove_file(path(directory)).and_then(|()| directory::sync(directory));
    removed.map_err(|e| Error::engine("remove its tally", e))
}

fn damaged(directory: &Path, what: &str) -> Error {
    Error::Damaged(format!(
        "{what}: put back the whole directory from a backup, or delete {} to go on with what is left",
        path(directory).display(),
    ))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn a_tally_is_replaced_whole() {
        let directory = tempfile::tempdir().unwrap();
        write(directory.path(), 1, [1; 16]).unwrap();
        let mut before = File::open(path(directory.path())).unwrap();
        write(directory.path(), 2, [2; 16]).unwrap();
        let mut text = String::new();
        before.read_to_string(&mut text).unwrap();
        assert!(text.starts_with("1 "), "it was written over: `{text}`");
        let read = read(directory.path()).unwrap().unwrap();
        assert_eq!((read.entries, read.seal), (2, Some([2; 16])));
        // A write that was cut short is none.
        remove(directory.path()).unwrap();
        fs::write(directory.path().join(TALLY_NEW), "3 03").unwrap();
        assert!(super::read(directory.path()).unwrap().is_none());
        write(directory.path(), 4, [4; 16]).unwrap();
        assert!(!directory.path().join(TALLY_NEW).exists());
    }
}
