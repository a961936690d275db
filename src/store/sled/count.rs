//! How many entries there are, and how many bytes live in them: counted once, at the open or, where there is much,
//! beside the first requests, and kept while they change.

use std::{
    collections::HashMap,
    ops::Bound,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use super::{super::Error, layout::failed};

/// What is counted at once, while no change is made: so many entries, and no more once they come to so many bytes.
const PIECE_ENTRIES: u64 = 200;
const PIECE_BYTES: u64 = 256 << 10;
/// Between two pieces: the gate is not fair, and who waits to change something would find it closed again.
const PAUSE: Duration = Duration::from_millis(1);

/// Changes of entries that take effect together. Of several at one key the last counts.
#[derive(Debug, Default)]
pub(super) struct Changes(HashMap<Vec<u8>, Option<Vec<u8>>>);

impl Changes {
    pub(super) fn insert(&mut self, key: Vec<u8>, value: impl Into<Vec<u8>>) {
        self.0.insert(key, Some(value.into()));
    }

    pub(super) fn remove(&mut self, key: impl Into<Vec<u8>>) {
        self.0.insert(key.into(), None);
    }
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) entries: u64,
    pub(super) bytes: u64,
}

/// Counts everything, before anything changes.
pub(super) fn count(tree: &::sled::Tree) -> Result<Counted, Error> {
    let mut counted = Counted::default();
    for entry in tree.iter() {
        let (key, value) = entry.map_err(failed("count the records"))?;
        counted.entries += 1;
        counted.bytes += (key.len() + value.len()) as u64;
    }
    Ok(counted)
}

/// The entries of one tree, which nobody changes but by [`Count::change`].
#[derive(Debug)]
pub(super) struct Count {
    /// Shared by those who change entries, taken alone for each piece that is counted: a change falls before or after
    /// it. Who changes the same entry takes turns already.
    gate: RwLock<()>,
    known: Mutex<Known>,
    stopping: AtomicBool,
    /// What counting found wrong; everything is refused with it from then on.
    damage: OnceLock<String>,
    counting: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug)]
struct Known {
    /// By how many there are more than at the open.
    more: i64,
    /// How many there are up to `end`.
    found: i64,
    bytes: u64,
    end: End,
}

/// How far was counted.
#[derive(Debug)]
enum End {
    At(Vec<u8>),
    All,
}

impl Count {
    /// Of a tree that was counted.
    pub(super) fn known(counted: Counted) -> Self {
        Self::new(Known {
            more: 0,
            found: i64::try_from(counted.entries).unwrap_or(i64::MAX),
            bytes: counted.bytes,
            end: End::All,
        })
    }

    /// Of a tree that is still to be counted: [`Self::start`].
    pub(super) fn unknown() -> Self {
        Self::new(Known { more: 0, found: 0, bytes: 0, end: End::At(Vec::new()) })
    }

    fn new(known: Known) -> Self {
        Self {
            gate: RwLock::default(),
            known: Mutex::new(known),
            stopping: AtomicBool::new(false),
            damage: OnceLock::new(),
            counting: Mutex::default(),
        }
    }

    /// Changes entries, and counts.
    pub(super) fn change(&self, tree: &::sled::Tree, changes: Changes) -> ::sled::Result<()> {
        let _open = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        let mut batch = ::sled::Batch::default();
        let mut moved = Vec::with_capacity(changes.0.len());
        for (key, value) in changes.0 {
            let more = i64::from(value.is_some()) - i64::from(tree.contains_key(&key)?);
            match value {
                Some(value) => batch.insert(key.as_slice(), value),
                None => batch.remove(key.as_slice()),
            }
            if more != 0 {
                moved.push((key, more));
            }
        }
        tree.apply_batch(batch)?;
        let mut known = self.lock();
        for (key, more) in moved {
            known.more += more;
            if known.end.is_past(&key) {
                known.found += more;
            }
        }
        Ok(())
    }

    /// Counts on a thread of its own, and hands what there was at the open to `judge`, or why that cannot be told;
    /// damage that it finds, every call is refused with from then on.
    pub(super) fn start(
        self: &Arc<Self>,
        tree: ::sled::Db,
        judge: impl FnOnce(Result<Counted, Error>) -> Result<(), Error> + Send + 'static,
    ) -> Result<(), Error> {
        let count = Arc::clone(self);
        let counting = thread::Builder::new().name("store-count".into()).spawn(move || {
            // sled panics on some damaged files where it should return an error.
            let counted = catch_unwind(AssertUnwindSafe(|| count.all(&tree)));
            let counted = counted.unwrap_or_else(|_panic| {
                Err(Error::Damaged(
                    "the store is damaged: sled stopped while reading it. Put back the whole directory from a backup"
                        .into(),
                ))
            });
            // None: closed meanwhile.
            match counted.transpose().map(judge) {
                Some(Err(Error::Damaged(what))) => {
                    tracing::error!("{what}");
                    let _first = count.damage.set(what);
                }
                Some(Err(error)) => tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the store was not counted"
                ),
                Some(Ok(())) | None => {}
            }
        });
        let counting = counting.map_err(|e| Error::engine("start the counting thread", e))?;
        *self.counting.lock().unwrap_or_else(PoisonError::into_inner) = Some(counting);
        Ok(())
    }

    /// Refuses where counting found damage.
    pub(super) fn check(&self) -> Result<(), Error> {
        match self.damage.get() {
            Some(what) => Err(Error::Damaged(what.clone())),
            None => Ok(()),
        }
    }

    /// Waits until everything is counted, whoever else waits for it.
    pub(super) fn finish(&self) {
        // Held until the thread has ended: who comes second waits here.
        let mut counting = self.counting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(counting) = counting.take() {
            // It panics only where a judge does, and that is told by the panic.
            let _ended = counting.join();
        }
    }

    /// Counts no further.
    pub(super) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        self.finish();
    }

    /// How many entries there are; none: not counted, and not known from `before`, the count at the open.
    pub(super) fn entries(&self, before: Option<u64>) -> Option<u64> {
        let known = self.lock();
        match (&known.end, before) {
            (End::All, _) => u64::try_from(known.found).ok(),
            (End::At(_), before) => before?.checked_add_signed(known.more),
        }
    }

    /// What there was at the open; none: told to stop.
    fn all(&self, tree: &::sled::Tree) -> Result<Option<Counted>, Error> {
        while !self.stopping.load(Ordering::Relaxed) {
            if let Some(counted) = self.some(tree)? {
                return Ok(Some(counted));
            }
            thread::sleep(PAUSE);
        }
        Ok(None)
    }

    /// Counts one piece; some: it was the last.
    fn some(&self, tree: &::sled::Tree) -> Result<Option<Counted>, Error> {
        let _alone = self.gate.write().unwrap_or_else(PoisonError::into_inner);
        let mut known = self.lock();
        let known = &mut *known;
        if let End::At(end) = &mut known.end {
            let mut piece = Counted::default();
            let rest = (Bound::Excluded(end.clone()), Bound::Unbounded);
            for entry in tree.range::<Vec<u8>, _>(rest) {
                let (key, value) = entry.map_err(failed("count the records"))?;
                let bytes = (key.len() + value.len()) as u64;
                known.found += 1;
                known.bytes += bytes;
                piece.entries += 1;
                piece.bytes += bytes;
                if piece.entries == PIECE_ENTRIES || piece.bytes >= PIECE_BYTES {
                    *end = key.to_vec();
                    return Ok(None);
                }
            }
            known.end = End::All;
        }
        let entries = u64::try_from(known.found - known.more).unwrap_or_default();
        Ok(Some(Counted { entries, bytes: known.bytes }))
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl End {
    fn is_past(&self, key: &[u8]) -> bool {
        match self {
            Self::At(end) => key <= end.as_slice(),
            Self::All => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_while_it_is_counted_is_counted_once() {
        let directory = tempfile::tempdir().unwrap();
        let tree = ::sled::open(directory.path()).unwrap();
        for n in 0..20_000_u32 {
            tree.insert(n.wrapping_mul(2_654_435_761).to_be_bytes(), b"x").unwrap();
        }
        let count = Arc::new(Count::unknown());
        let (said, heard) = std::sync::mpsc::channel();
        count
            .start(tree.clone(), move |counted| {
                said.send(counted?).unwrap();
                Ok(())
            })
            .unwrap();
        thread::scope(|scope| {
            for writer in 0..3_u32 {
                let (tree, count) = (&tree, &count);
                scope.spawn(move || {
                    // Everywhere, and each key its own: some are new, some go, some only change.
                    for n in (writer..30_000).step_by(3 * 5) {
                        let key = n.wrapping_mul(2_654_435_761).to_be_bytes().to_vec();
                        let mut changes = Changes::default();
                        if n % 2 == 0 {
                            changes.insert(key, *b"y");
                        } else {
                            changes.remove(key);
                        }
                        count.change(tree, changes).unwrap();
                    }
                });
            }
        });
        count.finish();
        assert_eq!(heard.recv().unwrap().entries, 20_000);
        assert_eq!(count.entries(None), Some(tree.len() as u64));
        assert_ne!(tree.len(), 20_000);
    }

    #[test]
    fn a_piece_is_bounded_by_entries_and_by_bytes() {
        for (bytes, most) in [(1, 200), (100 << 10, 3)] {
            let directory = tempfile::tempdir().unwrap();
            let tree = ::sled::open(directory.path()).unwrap();
            for n in 0..500_u32 {
                tree.insert(n.to_be_bytes(), vec![0; if n < 20 { bytes } else { 1 }]).unwrap();
            }
            let count = Count::unknown();
            assert_eq!(count.some(&tree).unwrap(), None);
            assert_eq!(count.lock().found, most, "of {bytes} bytes");
        }
    }

    #[test]
    fn whoever_waits_for_the_end_of_the_counting_waits_for_it() {
        let directory = tempfile::tempdir().unwrap();
        let tree = ::sled::open(directory.path()).unwrap();
        let count = Arc::new(Count::unknown());
        let (go, gone) = std::sync::mpsc::channel();
        count
            .start(tree, move |_| {
                gone.recv().unwrap();
                Err(Error::Damaged("found".into()))
            })
            .unwrap();
        thread::scope(|scope| {
            let first = scope.spawn(|| count.finish());
            // Until the first waits.
            while count.counting.try_lock().is_ok_and(|counting| counting.is_some()) {
                thread::yield_now();
            }
            let second = scope.spawn(|| {
                count.finish();
                count.check().is_err()
            });
            for _ in 0..1_000 {
                thread::yield_now();
            }
            go.send(()).unwrap();
            assert!(second.join().unwrap(), "the second did not wait");
            first.join().unwrap();
        });
    }

    #[test]
    fn what_is_not_counted_yet_is_known_from_before() {
        let directory = tempfile::tempdir().unwrap();
        let tree = ::sled::open(directory.path()).unwrap();
        tree.insert(b"a", b"x").unwrap();
        let count = Count::unknown();
        let mut changes = Changes::default();
        changes.insert(b"b".to_vec(), *b"y");
        changes.insert(b"c".to_vec(), *b"y");
        changes.remove(*b"a");
        count.change(&tree, changes).unwrap();
        assert_eq!(count.entries(Some(1)), Some(2));
        assert_eq!(count.entries(None), None);
    }
}
