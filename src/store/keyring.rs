//! The users' wrapped keys, in a file of fixed slots that are overwritten in place.
//!
//! An append-only engine keeps what it deleted for a long time. A key destroyed here is overwritten with zeros and
//! synced, and with it everything sealed under it is lost, wherever copies lie. Copies of *this file* (backups,
//! snapshots, a copy-on-write filesystem, the spare blocks of an SSD) still hold it.
//!
//! Slot 0 is the header: magic, version, store id, wrapped root key. Every other slot of 128 bytes holds
//! `user tag 16 | wrapped key 72 | zeros 36 | crc32 4`, or zeros: free.

use std::{
    collections::HashMap,
    fs::{self, File, OpenOptions},
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{Error, UserTag, WrappedKey};

const SLOT: usize = 128;
const CRC_AT: usize = SLOT - 4;
const MAGIC: [u8; 8] = *b"TACTKEYS";
const VERSION: u8 = 1;

type Slot = [u8; SLOT];

/// The users' wrapped keys. Only where each one lies is kept in memory.
#[derive(Debug)]
pub(super) struct Keyring {
    file: File,
    path: PathBuf,
    /// Which store this belongs to.
    pub(super) store_id: [u8; 16],
    slots: Mutex<Slots>,
}

#[derive(Debug, Default)]
struct Slots {
    root: Option<WrappedKey>,
    of: HashMap<UserTag, u64>,
    free: Vec<u64>,
    /// Overwritten, and not known to be on the disk yet.
    dying: Vec<(UserTag, u64)>,
    /// The first slot past the end.
    next: u64,
}

impl Keyring {
    /// Makes an empty keyring. The file appears whole or not at all.
    pub(super) fn create(path: &Path, store_id: [u8; 16]) -> Result<(), Error> {
        let draft = path.with_extension("new");
        let made = || {
            if draft.exists() {
                fs::remove_file(&draft)?;
            }
            let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
            file.write_all_at(&header(store_id, None), 0)?;
            file.sync_all()?;
            fs::rename(&draft, path)
        };
        made().map_err(|e| Error::engine("make the keyring", e))
    }

    /// Opens a keyring and reads where every key lies.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let failed = |e| Error::engine("read the keyring", e);
        let file = OpenOptions::new().read(true).write(true).open(path).map_err(failed)?;
        let bytes = fs::read(path).map_err(failed)?;
        // A cut last slot is a key that was never acknowledged: its place is used again.
        let mut all = bytes.chunks_exact(SLOT);
        let (store_id, root) = all
            .next()
            .and_then(|slot| slot.try_into().ok())
            .ok_or_else(|| damaged(path, "it ends before its header does"))
            .and_then(|slot| read_header(slot, path))?;
        let mut slots = Slots { root, next: 1, ..Slots::default() };
        let mut broken = 0_u64;
        for slot in all {
            let at = slots.next;
            slots.next += 1;
            if slot.iter().all(|&byte| byte == 0) {
                slots.free.push(at);
            } else if let Some((user, _)) = slot.try_into().ok().and_then(read_slot) {
                if slots.of.insert(user, at).is_some() {
                    return Err(damaged(path, "a user has two keys"));
                }
            } else {
                broken += 1;
            }
        }
        if broken > 0 {
            return Err(damaged(
                path,
                &format!("{broken} of its slots do not hold what was written"),
            ));
        }
        Ok(Self { file, path: path.to_owned(), store_id, slots: Mutex::new(slots) })
    }

    /// Whether nothing was ever kept here: neither a root key nor a user's.
    pub(super) fn is_untouched(&self) -> bool {
        let slots = self.slots();
        slots.root.is_none() && slots.next == 1
    }

    /// How many users have a key.
    pub(super) fn len(&self) -> u64 {
        self.slots().of.len() as u64
    }

    /// Keeps the root key of a store that has none; returns the one that is kept.
    pub(super) fn keep_root(&self, fresh: WrappedKey) -> Result<WrappedKey, Error> {
        let mut slots = self.slots();
        if let Some(kept) = slots.root {
            return Ok(kept);
        }
        if slots.next > 1 {
            return Err(damaged(&self.path, "it holds users' keys, and no root key to open them"));
        }
        self.put(0, &header(self.store_id, Some(&fresh)))?;
        slots.root = Some(fresh);
        drop(slots);
        self.sync()?;
        Ok(fresh)
    }

    /// Whether a user has a key.
    pub(super) fn holds(&self, user: UserTag) -> bool {
        self.slots().of.contains_key(&user)
    }

    /// A user's wrapped key.
    pub(super) fn get(&self, user: UserTag) -> Result<Option<WrappedKey>, Error> {
        let slots = self.slots();
        slots.of.get(&user).map(|&at| self.read(at, user)).transpose()
    }

    /// Keeps a key for a user who has none; returns the one that is kept.
    pub(super) fn keep(&self, user: UserTag, key: WrappedKey) -> Result<WrappedKey, Error> {
        let mut slots = self.slots();
        if let Some(&at) = slots.of.get(&user) {
            return self.read(at, user);
        }
        let at = slots.free.last().copied().unwrap_or(slots.next);
        self.put(at, &user_slot(user, &key))?;
        if slots.free.pop().is_none() {
            slots.next += 1;
        }
        slots.of.insert(user, at);
        // Synced without the lock: the kernel does several at once.
        drop(slots);
        self.sync()?;
        Ok(key)
    }

    /// Overwrites a user's key with zeros, synced. Returns whether there was one. Failed, it does all of it again when
    /// called again: a failed sync may have dropped what it was to write.
    pub(super) fn destroy(&self, user: UserTag) -> Result<bool, Error> {
        let mut slots = self.slots();
        if let Some(at) = slots.of.remove(&user) {
            slots.dying.push((user, at));
        }
        let mut dying = slots.dying.iter().filter(|(of, _)| *of == user).peekable();
        if dying.peek().is_none() {
            return Ok(false);
        }
        for (_, at) in dying {
            self.put(*at, &[0; SLOT])?;
        }
        drop(slots);
        self.sync()?;
        let mut slots = self.slots();
        let Slots { dying, free, .. } = &mut *slots;
        free.extend(dying.extract_if(.., |(of, _)| *of == user).map(|(_, at)| at));
        Ok(true)
    }

    /// Makes everything written survive a power cut.
    pub(super) fn sync(&self) -> Result<(), Error> {
        self.file.sync_data().map_err(|e| Error::engine("sync the keyring", e))
    }

    fn read(&self, at: u64, user: UserTag) -> Result<WrappedKey, Error> {
        let mut slot = [0; SLOT];
        self.file
            .read_exact_at(&mut slot, at * SLOT as u64)
            .map_err(|e| Error::engine("read the keyring", e))?;
        match read_slot(&slot) {
            Some((holder, key)) if holder == user => Ok(key),
            _ => Err(damaged(&self.path, "a slot changed under a running process")),
        }
    }

    fn put(&self, at: u64, slot: &Slot) -> Result<(), Error> {
        self.file
            .write_all_at(slot, at * SLOT as u64)
            .map_err(|e| Error::engine("write the keyring", e))
    }

    fn slots(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn damaged(path: &Path, what: &str) -> Error {
    Error::Damaged(format!(
        "the keyring {} is damaged: {what}. Put back this file from a backup; without it the records cannot be read",
        path.display()
    ))
}

fn header(store_id: [u8; 16], root: Option<&WrappedKey>) -> Slot {
    let mut slot = [0; SLOT];
    slot[..8].copy_from_slice(&MAGIC);
    slot[8] = VERSION;
    slot[16..32].copy_from_slice(&store_id);
    if let Some(root) = root {
        slot[32..104].copy_from_slice(root);
    }
    with_crc(slot)
}

fn read_header(slot: &Slot, path: &Path) -> Result<([u8; 16], Option<WrappedKey>), Error> {
    if slot[..8] != MAGIC {
        return Err(Error::Foreign(format!(
            "{} is not a keyring of this program: set `store.path` to an empty directory",
            path.display()
        )));
    }
    if slot[8] != VERSION {
        return Err(Error::Foreign(format!(
            "the keyring {} has format {}, and this program knows {VERSION}: run the version that wrote it, or a \
             newer one",
            path.display(),
            slot[8]
        )));
    }
    if !crc_holds(slot) {
        return Err(damaged(path, "its header does not hold what was written"));
    }
    let store_id = std::array::from_fn(|i| slot[16 + i]);
    let root: WrappedKey = std::array::from_fn(|i| slot[32 + i]);
    Ok((store_id, (root != [0; 72]).then_some(root)))
}

fn user_slot(user: UserTag, key: &WrappedKey) -> Slot {
    let mut slot = [0; SLOT];
    slot[..16].copy_from_slice(&user.0);
    slot[16..88].copy_from_slice(key);
    with_crc(slot)
}

fn read_slot(slot: &Slot) -> Option<(UserTag, WrappedKey)> {
    crc_holds(slot)
        .then(|| (UserTag(std::array::from_fn(|i| slot[i])), std::array::from_fn(|i| slot[16 + i])))
}

fn with_crc(mut slot: Slot) -> Slot {
    let crc = crc32fast::hash(&slot[..CRC_AT]);
    slot[CRC_AT..].copy_from_slice(&crc.to_le_bytes());
    slot
}

fn crc_holds(slot: &Slot) -> bool {
    crc32fast::hash(&slot[..CRC_AT]).to_le_bytes() == slot[CRC_AT..]
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: UserTag = UserTag([1; 16]);
    const BEN: UserTag = UserTag([2; 16]);

    fn made() -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("keys");
        Keyring::create(&path, [7; 16]).unwrap();
        (directory, path)
    }

    #[test]
    fn the_first_key_is_kept_and_survives() {
        let (_directory, path) = made();
        let keys = Keyring::open(&path).unwrap();
        assert!(keys.is_untouched());
        assert_eq!(keys.keep_root([5; 72]).unwrap(), [5; 72]);
        assert_eq!(keys.keep_root([6; 72]).unwrap(), [5; 72]);
        assert_eq!(keys.keep(ANN, [3; 72]).unwrap(), [3; 72]);
        assert_eq!(keys.keep(ANN, [4; 72]).unwrap(), [3; 72]);
        let again = Keyring::open(&path).unwrap();
        assert_eq!(again.store_id, [7; 16]);
        assert_eq!(again.get(ANN).unwrap(), Some([3; 72]));
        assert_eq!(again.get(BEN).unwrap(), None);
        assert_eq!(again.keep_root([6; 72]).unwrap(), [5; 72]);
    }

    #[test]
    fn a_destroyed_key_is_gone_from_the_file_and_its_slot_used_again() {
        let (_directory, path) = made();
        let keys = Keyring::open(&path).unwrap();
        keys.keep(ANN, [3; 72]).unwrap();
        keys.keep(BEN, [4; 72]).unwrap();
        assert!(keys.destroy(ANN).unwrap());
        assert!(!keys.destroy(ANN).unwrap());
        let bytes = fs::read(&path).unwrap();
        assert!(
            !bytes.windows(16).any(|w| w == [3; 16] || w == ANN.0),
            "the bytes are still there"
        );
        let again = Keyring::open(&path).unwrap();
        assert_eq!(again.get(ANN).unwrap(), None);
        assert_eq!(again.get(BEN).unwrap(), Some([4; 72]));
        again.keep(ANN, [5; 72]).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().len(), 3 * SLOT as u64);
    }

    #[test]
    fn a_key_whose_end_did_not_reach_the_disk_is_destroyed_again() {
        let (_directory, path) = made();
        let mut keys = Keyring::open(&path).unwrap();
        keys.keep(ANN, [3; 72]).unwrap();
        // It takes every write, keeps none, and cannot be synced.
        let null = OpenOptions::new().read(true).write(true).open("/dev/null").unwrap();
        let file = std::mem::replace(&mut keys.file, null);
        for _ in 0..2 {
            assert!(keys.destroy(ANN).is_err());
            assert!(!keys.holds(ANN), "a key that may be gone was still in use");
        }
        keys.file = file;
        assert!(keys.destroy(ANN).unwrap());
        assert_eq!(Keyring::open(&path).unwrap().get(ANN).unwrap(), None);
        assert!(!keys.destroy(ANN).unwrap());
        keys.keep(BEN, [4; 72]).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().len(), 2 * SLOT as u64);
    }

    #[test]
    fn a_cut_last_slot_is_tolerated_and_other_damage_reported() {
        let (_directory, path) = made();
        let keys = Keyring::open(&path).unwrap();
        keys.keep_root([5; 72]).unwrap();
        keys.keep(ANN, [3; 72]).unwrap();
        keys.keep(BEN, [4; 72]).unwrap();
        drop(keys);
        let whole = fs::read(&path).unwrap();

        fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        let cut = Keyring::open(&path).unwrap();
        assert_eq!(cut.get(BEN).unwrap(), None);
        cut.keep(BEN, [6; 72]).unwrap();
        assert_eq!(Keyring::open(&path).unwrap().get(BEN).unwrap(), Some([6; 72]));

        for at in 0..whole.len() {
            let mut garbled = whole.clone();
            garbled[at] ^= 0x40;
            fs::write(&path, &garbled).unwrap();
            assert!(Keyring::open(&path).is_err(), "byte {at} was garbled unnoticed");
        }
        fs::write(&path, &whole[..100]).unwrap();
        assert!(matches!(Keyring::open(&path), Err(Error::Damaged(_))));
    }
}
