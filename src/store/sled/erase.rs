//! Letting go: one user's everything, or what has grown old.

use super::{
    super::{Error, Kind, Place, UserTag, WrappedKey},
    Engine,
    count::Changes,
    directory,
    layout::{self, failed},
    open::sync_db,
};

const ERASE: &str = "erase";
/// A batch stays in memory until it is whole; a long life is let go of in pieces.
const PIECE: usize = 1_000;

impl Engine {
    pub(super) fn keep_key(&self, user: UserTag, key: WrappedKey) -> Result<WrappedKey, Error> {
        let _only = self.lock(user);
        if self.is_noted(user)? {
            // An erasure failed half-way; nothing new may stand under its note.
            self.finish(user)?;
        }
        self.keyring.keep(user, key)
    }

    /// First a note that this erasure began, then the key, then what it opened: whenever the process stops, or the
    /// power, the next start finishes what the note says. Each is on the disk before the next begins.
    pub(super) fn erase(&self, user: UserTag) -> Result<u64, Error> {
        let _only = self.lock(user);
        if self.keyring.holds(user) {
            let mut note = Changes::default();
            note.insert(layout::erasure(user), []);
            self.change(note, ERASE)?;
            self.sync()?;
        }
        self.finish(user)
    }

    fn finish(&self, user: UserTag) -> Result<u64, Error> {
        if !self.keyring.destroy(user)? && self.is_noted(user)? {
            // Destroyed by a process that may have stopped before it knew.
            self.keyring.sync()?;
        }
        let gone = self.sweep(user)?;
        self.sync()?;
        Ok(gone)
    }

    fn change(&self, changes: Changes, doing: &'static str) -> Result<(), Error> {
        self.count.change(&self.tree, changes).map_err(failed(doing))
    }

    fn is_noted(&self, user: UserTag) -> Result<bool, Error> {
        self.tree.contains_key(layout::erasure(user)).map_err(failed(ERASE))
    }

    fn sync(&self) -> Result<(), Error> {
        self.tree.flush().map_err(failed(ERASE))?;
        sync_db(&self.directory.join(directory::RECORDS))
    }

    /// Finishes erasures that a stopped process left behind.
    pub(super) fn finish_erasures(&self) -> Result<(), Error> {
        for entry in self.tree.scan_prefix(layout::ERASURES) {
            let (key, _) = entry.map_err(failed(ERASE))?;
            self.erase(layout::read_erasure(&key)?)?;
        }
        Ok(())
    }

    /// Removes every entry of a user; the note of the erasure last. Returns how many records and jobs went.
    fn sweep(&self, user: UserTag) -> Result<u64, Error> {
        let mut gone = 0;
        let mut piece = Changes::default();
        let mut in_piece = 0;
        for entry in self.tree.scan_prefix(layout::records_of(user, None)) {
            let (key, value) = entry.map_err(failed(ERASE))?;
            let place = layout::read_record(&key, &value)?.place;
            piece.remove(key.as_ref());
            if place.kind.ages() {
                piece.remove(layout::time(&place));
            }
            in_piece += 1;
            gone += 1;
            if in_piece == PIECE {
                self.change(std::mem::take(&mut piece), ERASE)?;
                in_piece = 0;
            }
        }
        let mut jobs = Vec::new();
        for entry in self.tree.scan_prefix(layout::QUEUE) {
            let (key, value) = entry.map_err(failed(ERASE))?;
            let (job, holder, _) = layout::read_job(&key, &value)?;
            if holder == user {
                piece.remove(key.as_ref());
                jobs.push(job);
            }
        }
        piece.remove(layout::revision(user));
        piece.remove(layout::erasure(user));
        self.change(piece, ERASE)?;
        gone += jobs.len() as u64;
        let mut queue = self.queue();
        jobs.into_iter().for_each(|job| queue.ended(job));
        Ok(gone)
    }

    pub(super) fn expire(&self, kind: Kind, before: [u8; 16], limit: usize) -> Result<u64, Error> {
        const EXPIRE: &str = "expire records";
        let old = layout::times_of(kind, None)..layout::times_of(kind, Some(before));
        let mut places: Vec<Place> = Vec::new();
        for entry in self.tree.range(old).take(limit) {
            let (key, value) = entry.map_err(failed(EXPIRE))?;
            places.push(layout::read_time(&key, &value)?.0);
        }
        for place in &places {
            let _only = self.lock(place.user);
            let mut both = Changes::default();
            both.remove(layout::record(place));
            both.remove(layout::time(place));
            self.change(both, EXPIRE)?;
        }
        self.tree.flush().map_err(failed(EXPIRE))?;
        Ok(places.len() as u64)
    }
}
