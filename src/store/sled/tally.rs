//! How many records there were when the store was last closed in good order. sled takes a garbled end of its log for a
//! write that was cut short, and says nothing of the records it leaves out; the tally does.

use std::{
    fs::{self, File},
    io::{ErrorKind, Write as _},
    path::{Path, PathBuf},
};

use super::{super::Error, directory};

const TALLY: &str = "tally";

fn path(directory: &Path) -> PathBuf {
    directory.join(TALLY)
}

/// Writes down how many records there are. A store that is killed has no tally, and is not held to one.
pub(super) fn write(directory: &Path, tree: &::sled::Db) -> std::io::Result<()> {
    let mut file = File::create(path(directory))?;
    writeln!(file, "{}", tree.len())?;
    file.sync_all()?;
    directory::sync(directory)
}

/// Holds the records to the tally, if there is one, and takes it away: from here on they change.
pub(super) fn check(directory: &Path, tree: &::sled::Db) -> Result<(), Error> {
    let failed = |e| Error::engine("read its tally", e);
    let path = path(directory);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(failed(e)),
    };
    let found = tree.len();
    if text.trim().parse() != Ok(found) {
        return Err(Error::Damaged(format!(
            "{} holds {found} records, and held {} when it was closed: put back the whole directory from a backup, or \
             delete {} to go on with what is left",
            directory.join(directory::RECORDS).display(),
            text.trim().chars().filter(char::is_ascii_digit).collect::<String>(),
            path.display(),
        )));
    }
    fs::remove_file(&path).map_err(failed)?;
    directory::sync(directory).map_err(failed)
}
