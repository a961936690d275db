//! Opening: every state a directory can be in ends in a whole store or in a sentence that says what to do.

use std::{
    fs::File,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use super::{
    super::{Error, keyring::Keyring, seal::fill_random},
    Engine, SledOptions, compact,
    count::{Changes, Count, Counted, count},
    directory,
    flusher::Flusher,
    layout::{self, failed},
    queue::Queue,
    tally::{self, Seal, Tally},
};

impl Engine {
    pub(super) fn open(path: &Path, options: SledOptions) -> Result<Self, Error> {
        directory::claim(path)?;
        let lock = directory::lock(path)?;
        directory::settle(path)?;
        let keyring = open_keyring(path)?;
        let records = path.join(directory::RECORDS);
        if !records.exists() && !keyring.is_untouched() {
            return Err(Error::Damaged(format!(
                "{} is missing, and there are keys for what it held: put back the whole directory from a backup",
                records.display()
            )));
        }
        let mut tree = open_tree(&records, options.cache_bytes)?;
        check_marker(&tree, &keyring, &records)?;
        let tally = tally::read(path)?;
        if let Some(tally) = &tally {
            tally::check_end(path, &tree, tally)?;
        }
        let counted = count_now(path, &tree)?;
        if let (Some(tally), Some(counted)) = (&tally, &counted) {
            tally::check_count(path, tally, counted.entries)?;
        }
        compact::remove_old(path)?;
        let on_disk = tree.size_on_disk().map_err(failed("read"))?;
        if counted.is_some_and(|counted| compact::is_due(on_disk, counted.bytes)) {
            if let Err(e) = compact::copy(path, tree, options.cache_bytes) {
                // A full disk, most likely: the original still serves.
                tracing::warn!(error = %e, "the store was not compacted");
                directory::settle(path)?;
            }
            tree = open_tree(&records, options.cache_bytes)?;
            check_marker(&tree, &keyring, &records)?;
            compact::remove_old(path)?;
        }
        if tally.is_some() {
            tally::remove(path)?;
        }
        mark(&tree, &keyring)?;
        let jobs = tree.scan_prefix(layout::QUEUE).count();
        let engine = Self {
            flusher: Flusher::start(tree.clone())?,
            count: Arc::new(counted.map_or_else(Count::unknown, Count::known)),
            tree,
            keyring,
            queue: Mutex::new(Queue::new(jobs, options.queue_max)),
            locks: [const { Mutex::new(()) }; super::LOCKS],
            directory: path.to_owned(),
            entries_before: tally.map(|tally| tally.entries),
            _lock: lock,
        };
        if counted.is_none() {
            engine.count_beside(tally)?;
        }
        engine.finish_erasures()?;
        Ok(engine)
    }

    /// Counts beside the first requests, and holds what was there at the open to the tally.
    fn count_beside(&self, tally: Option<Tally>) -> Result<(), Error> {
        let path = self.directory.clone();
        self.count.start(self.tree.clone(), move |counted| judge(&path, tally.as_ref(), counted))
    }

    /// Closes in good order: the next start can tell whether everything is still there.
    pub(super) fn close(&self) -> Result<(), Error> {
        let mut seal = Seal::default();
        fill_random(&mut seal)?;
        self.flush_to_disk()?;
        let mut last = Changes::default();
        last.insert(layout::CLOSED.to_vec(), seal);
        self.count.change(&self.tree, last).map_err(failed("close"))?;
        self.flush_to_disk()?;
        // Killed before, and closed before it was counted again: nothing to hold it to.
        let Some(entries) = self.count.entries(self.entries_before) else { return Ok(()) };
        tally::write(&self.directory, entries, seal).map_err(|e| Error::engine("close", e))
    }

    /// sled's own flush hands the bytes to the system; only a sync of the file itself waits for the disk.
    pub(super) fn flush_to_disk(&self) -> Result<(), Error> {
        self.tree.flush().map_err(failed("flush"))?;
        sync_db(&self.directory.join(directory::RECORDS))?;
        self.keyring.sync()
    }
}

/// Holds what was counted to the tally, and writes down what is damaged: an opened store has no tally any more.
fn judge(path: &Path, tally: Option<&Tally>, counted: Result<Counted, Error>) -> Result<(), Error> {
    let judged = counted.and_then(|counted| {
        compact::note_live(path, counted.bytes);
        tally.map_or(Ok(()), |tally| tally::check_count(path, tally, counted.entries))
    });
    if let Err(Error::Damaged(what)) = &judged
        && let Err(error) = tally::write_damaged(path, what)
    {
        tracing::warn!(%error, "the next start will not know that the store is damaged");
    }
    judged
}

/// Counts what is there, where that takes no time worth mentioning or a compaction may be due.
fn count_now(path: &Path, tree: &::sled::Db) -> Result<Option<Counted>, Error> {
    let on_disk = tree.size_on_disk().map_err(failed("read"))?;
    let is_small = compact::is_small(on_disk);
    if !is_small && compact::noted_live(path).is_some_and(|live| !compact::is_due(on_disk, live)) {
        return Ok(None);
    }
    let counted = count(tree)?;
    if !is_small {
        compact::note_live(path, counted.bytes);
    }
    Ok(Some(counted))
}

fn open_keyring(path: &Path) -> Result<Keyring, Error> {
    let keys = directory::keys(path);
    if !keys.exists() {
        if !directory::is_new(path) {
            return Err(Error::Damaged(format!(
                "the keyring {} is missing, and without it the records beside it cannot be read: put it back from a \
                 backup",
                keys.display()
            )));
        }
        let mut store_id = [0; 16];
        fill_random(&mut store_id)?;
        Keyring::create(&keys, store_id)?;
        directory::sync(path).map_err(|e| Error::engine("make the keyring", e))?;
    }
    Keyring::open(&keys)
}

/// sled panics on some damaged files where it should return an error.
pub(super) fn open_tree(records: &Path, cache_bytes: u64) -> Result<::sled::Db, Error> {
    directory::make(records).map_err(|e| Error::engine("make the records' directory", e))?;
    let config = ::sled::Config::new()
        .path(records)
        .cache_capacity(cache_bytes)
        .flush_every_ms(Some(500))
        .mode(::sled::Mode::HighThroughput);
    let damaged = |what: &str| {
        Error::Damaged(format!(
            "{} is damaged: {what}. Put back the whole directory from a backup; nothing was changed",
            records.display()
        ))
    };
    // A store closed a moment ago in this process may hold sled's lock a little longer; ours already says that no
    // other process has it.
    let mut patience = 40;
    loop {
        match catch_unwind(AssertUnwindSafe(|| config.open())) {
            Ok(Ok(tree)) => return Ok(tree),
            Ok(Err(::sled::Error::Io(e))) if e.to_string().contains("lock") && patience > 0 => {
                patience -= 1;
                thread::sleep(Duration::from_millis(50));
            }
            Ok(Err(::sled::Error::Io(e))) if e.kind() != std::io::ErrorKind::InvalidData => {
                return Err(Error::engine("open the records", e));
            }
            Ok(Err(_)) => return Err(damaged("sled does not recognise what it wrote")),
            Err(_panic) => return Err(damaged("sled stopped while reading it")),
        }
    }
}

/// The marker says that these records belong to this keyring. A store that kept nothing yet may lack it.
fn check_marker(tree: &::sled::Db, keyring: &Keyring, records: &Path) -> Result<(), Error> {
    let Some(found) = tree.get(layout::MARKER).map_err(failed("read"))? else {
        if keyring.is_untouched() && tree.is_empty() {
            return mark(tree, keyring);
        }
        return Err(Error::Damaged(format!(
            "{} lacks its marker: its files were changed or exchanged. Put back the whole directory from a backup",
            records.display()
        )));
    };
    let of_ours = |version: &u8| *found == *layout::marker(*version, keyring.store_id);
    if layout::VERSIONS.iter().any(of_ours) {
        return Ok(());
    }
    let head = layout::MAGIC.len();
    Err(Error::Foreign(if found.get(..head) != Some(&layout::MAGIC[..]) {
        format!(
            "{} was not written by this program: set `store.path` to an empty directory",
            records.display()
        )
    } else if !found.get(head).is_some_and(|version| layout::VERSIONS.contains(version)) {
        format!(
            "{} has another format than this program knows: run the version that wrote it, or set `store.path` to an \
             empty directory",
            records.display()
        )
    } else {
        format!(
            "the keyring beside {} belongs to another store: put back its own",
            records.display()
        )
    }))
}

/// Marks the records as this keyring's and of this format, where they are not: an older program, which knows nothing
/// of what this one leaves at a close, must refuse them.
fn mark(tree: &::sled::Db, keyring: &Keyring) -> Result<(), Error> {
    let failed = || failed("mark the store");
    let marker = layout::marker(layout::VERSION, keyring.store_id);
    if tree.get(layout::MARKER).map_err(failed())?.is_some_and(|found| *found == *marker) {
        return Ok(());
    }
    tree.insert(layout::MARKER, marker).map_err(failed())?;
    tree.flush().map_err(failed())?;
    Ok(())
}

/// Waits until what sled wrote is on the disk.
pub(super) fn sync_db(records: &Path) -> Result<(), Error> {
    let synced = File::open(records.join("db")).and_then(|file| file.sync_all());
    synced.map_err(|e| Error::engine("sync the records", e))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(path: &Path) -> Result<Engine, Error> {
        Engine::open(path, SledOptions::default())
    }

    #[test]
    fn damage_that_counting_meets_is_told_to_the_next_start() {
        let directory = tempfile::tempdir().unwrap();
        drop(open(directory.path()).unwrap());
        let stopped = Err(Error::engine("count", "the disk is slow"));
        judge(directory.path(), None, stopped).unwrap_err();
        drop(open(directory.path()).unwrap());
        judge(directory.path(), None, Err(Error::Damaged("sled stopped".into()))).unwrap_err();
        for _ in 0..2 {
            let error = open(directory.path()).unwrap_err();
            assert!(matches!(error, Error::Damaged(_)), "{error:?}");
            for told in ["tally", "an earlier start", "sled stopped"] {
                assert!(error.to_string().contains(told), "expected `{told}` in: {error}");
            }
        }
    }

    #[test]
    fn what_is_closed_before_it_was_counted_is_held_to_its_tally_all_the_same() {
        let directory = tempfile::tempdir().unwrap();
        // The first close of all adds the seal.
        drop(open(directory.path()).unwrap());
        for round in 0..3_u8 {
            let mut engine = open(directory.path()).unwrap();
            engine.count = Arc::new(Count::unknown());
            let mut changes = Changes::default();
            changes.insert(layout::revision(super::super::UserTag([round; 16])), [0; 8]);
            engine.count.change(&engine.tree, changes).unwrap();
            let entries = engine.tree.len() as u64;
            drop(engine);
            let tally = tally::read(directory.path()).unwrap().unwrap();
            assert_eq!(tally.entries, entries, "round {round}");
        }
    }

    #[test]
    fn a_store_of_the_format_before_is_taken_on_and_others_are_refused() {
        let directory = tempfile::tempdir().unwrap();
        let marked = |version| {
            let engine = open(directory.path()).unwrap();
            let marker = layout::marker(version, engine.keyring.store_id);
            engine.tree.insert(layout::MARKER, marker).unwrap();
        };
        marked(layout::VERSIONS[0]);
        let engine = open(directory.path()).unwrap();
        let marker = layout::marker(layout::VERSION, engine.keyring.store_id);
        assert_eq!(*engine.tree.get(layout::MARKER).unwrap().unwrap(), *marker);
        drop(engine);
        marked(layout::VERSION + 1);
        let error = open(directory.path()).unwrap_err();
        assert!(error.to_string().contains("another format"), "{error}");
    }
}
