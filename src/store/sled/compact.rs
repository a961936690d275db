//! Compaction: sled gives little space back, so a store that grew far beyond what lives in it is copied at start.
//!
//! The copy is made beside the original and takes its name only when it is whole and on the disk; the original goes
//! only after the copy was opened under its new name.

use std::{fs, path::Path};

use super::{
    super::Error,
    directory::{self, RECORDS, RECORDS_NEW, RECORDS_OLD},
    layout::failed,
    open::{open_tree, sync_db},
};

const COMPACT: &str = "compact";
/// Below this, the space is not worth the time.
const DUE_BYTES_MIN: u64 = 64 << 20;
const DUE_RATIO: u64 = 4;
const PIECE: usize = 1_000;
/// How many bytes lived when they were last counted.
const LIVE: &str = "live";

/// Whether the store is so small that counting it does not hold a start up.
pub(super) fn is_small(on_disk: u64) -> bool {
    on_disk <= DUE_BYTES_MIN
}

/// Whether the store takes more than four times what lives in it.
pub(super) fn is_due(on_disk: u64, live: u64) -> bool {
    !is_small(on_disk) && on_disk > live.saturating_mul(DUE_RATIO)
}

/// What lived when it was last counted; none: never, or it does not read.
pub(super) fn noted_live(path: &Path) -> Option<u64> {
    fs::read_to_string(path.join(LIVE)).ok()?.trim().parse().ok()
}

/// Writes down what lives, so that the next start need not count to know that no compaction is due.
pub(super) fn note_live(path: &Path, live: u64) {
    if let Err(error) = fs::write(path.join(LIVE), format!("{live}\n")) {
        tracing::warn!(%error, "what lives in the store was not written down: the next start counts it again");
    }
}

/// Copies what lives into a fresh store and gives it the original's name.
pub(super) fn copy(path: &Path, from: ::sled::Db, cache_bytes: u64) -> Result<(), Error> {
    let io = |e| Error::engine(COMPACT, e);
    let fresh = path.join(RECORDS_NEW);
    let into = open_tree(&fresh, cache_bytes)?;
    let mut piece = ::sled::Batch::default();
    let mut entries = 0_usize;
    for entry in from.iter() {
        let (key, value) = entry.map_err(failed(COMPACT))?;
        piece.insert(key, value);
        entries += 1;
        if entries.is_multiple_of(PIECE) {
            into.apply_batch(std::mem::take(&mut piece)).map_err(failed(COMPACT))?;
        }
    }
    into.apply_batch(piece).map_err(failed(COMPACT))?;
    into.flush().map_err(failed(COMPACT))?;
    if into.len() != entries {
        return Err(Error::engine(COMPACT, "the copy holds less than the original"));
    }
    drop(into);
    drop(from);
    sync_db(&fresh)?;
    directory::sync(&fresh).map_err(io)?;
    fs::rename(path.join(RECORDS), path.join(RECORDS_OLD)).map_err(io)?;
    fs::rename(&fresh, path.join(RECORDS)).map_err(io)?;
    directory::sync(path).map_err(io)
}

/// Removes the original of a copy that was opened. A no-op where there is none.
pub(super) fn remove_old(path: &Path) -> Result<(), Error> {
    let old = path.join(RECORDS_OLD);
    if !old.exists() {
        return Ok(());
    }
    fs::remove_dir_all(old).map_err(|e| Error::engine(COMPACT, e))
}
