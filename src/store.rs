//! Where records live: the [`Store`] trait, its engines, and the seal on everything they hold.
//!
//! An engine sees keyed hashes, kinds, ids and sealed bytes; never a name, never a word. A networked
//! engine implements the same trait as the embedded one, and both pass the same contract suite
//! (`tests/store_contract.rs`).
//!
//! Three keys stand above each other: the [`MasterKey`] in a file of its own opens the root key; from the root key
//! follow the [`Vault`]'s tags and the key that wraps each user's data key; a data key opens that user's records.
//! Destroying a wrapped data key makes the records unreadable wherever copies of them lie.

mod keyring;
mod master_key;
mod seal;
mod sled;
mod vault;

use std::path::PathBuf;

use async_trait::async_trait;

pub use master_key::MasterKey;
pub use seal::{SEAL_BYTES, Secret};
pub use sled::{SledOptions, SledStore};
pub use vault::{UserKey, Vault};

/// A user as an engine sees them: a keyed hash of app and user id.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct UserTag(pub [u8; 16]);

/// An app as an engine sees it: a keyed hash of its name.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct AppTag(pub [u8; 8]);

/// What a record is. The numbers are part of the stored format.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Kind {
    /// The user's own id and app, so that a record found by time can say whose it is.
    Name = 1,
    /// What the person allows.
    Settings = 2,
    /// An attribute.
    Attribute = 3,
    /// The mark of a deleted attribute.
    Tombstone = 4,
    /// A page of receipts.
    Receipt = 5,
    /// A comparison. Also found by time over all users.
    Comparison = 6,
    /// A judgment. Also found by time over all users.
    Judgment = 7,
    /// How often each attribute was used.
    Uses = 8,
}

impl Kind {
    /// Every kind there is.
    pub const ALL: [Self; 8] = [
        Self::Name,
        Self::Settings,
        Self::Attribute,
        Self::Tombstone,
        Self::Receipt,
        Self::Comparison,
        Self::Judgment,
        Self::Uses,
    ];

    /// The kinds that make up a profile: only a batch that touches one of them moves the user's [`Revision`].
    pub const PROFILE: [Self; 3] = [Self::Settings, Self::Attribute, Self::Tombstone];

    /// Its name, for messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Settings => "settings",
            Self::Attribute => "attribute",
            Self::Tombstone => "tombstone",
            Self::Receipt => "receipt",
            Self::Comparison => "comparison",
            Self::Judgment => "judgment",
            Self::Uses => "uses",
        }
    }

    /// Whether records of this kind age and go ([`Store::expire`]).
    #[must_use]
    pub const fn ages(self) -> bool {
        matches!(self, Self::Receipt | Self::Comparison | Self::Judgment)
    }

    /// Whether records of this kind are also found by time over all users ([`Store::timeline`]).
    #[must_use]
    pub const fn on_timeline(self) -> bool {
        matches!(self, Self::Comparison | Self::Judgment)
    }
}

/// Where a record lives. Also the associated data of its seal: sealed bytes moved elsewhere do not open.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Place {
    /// Whose.
    pub user: UserTag,
    /// What.
    pub kind: Kind,
    /// Which. Time-ordered; all zero where a user has one of the kind.
    pub id: [u8; 16],
}

/// A sealed record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// Where it lives.
    pub place: Place,
    /// Its sealed bytes; at most [`ROW_BYTES_MAX`].
    pub sealed: Vec<u8>,
}

/// The largest sealed record: sled moves larger values into files that outlive their deletion.
pub const ROW_BYTES_MAX: usize = 120 * 1024;

/// How often a user's profile changed. 0: never written.
///
/// Counts only batches that touch a kind of [`Kind::PROFILE`], so that a receipt does not disturb a writer of
/// attributes.
pub type Revision = u64;

/// Which of a user's keys: the first bytes of its nonce, drawn anew for every key.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct KeyMark(pub [u8; 8]);

impl KeyMark {
    /// The mark of this key.
    #[must_use]
    pub fn of(key: &WrappedKey) -> Self {
        let mut mark = [0; 8];
        mark.copy_from_slice(&key[..8]);
        Self(mark)
    }
}

/// One change of a [`Batch`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Write {
    /// Hold this record in place of the one that was there.
    Put(Row),
    /// Hold nothing there.
    Delete(Place),
    /// Queue a job.
    Push {
        /// Its place in the queue; time-ordered.
        job: [u8; 16],
        /// Its sealed bytes.
        sealed: Vec<u8>,
    },
    /// The job is done. Refuses the whole batch with [`Error::Gone`] where there is no such job any more.
    Done {
        /// Its place in the queue.
        job: [u8; 16],
    },
}

/// Changes to one user's records that take effect together or not at all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Batch {
    /// Whose app.
    pub app: AppTag,
    /// Whose.
    pub user: UserTag,
    /// Refuses the batch with [`Error::KeyGone`] unless this is the user's key: what was sealed before an erasure
    /// cannot come back after it.
    pub key: Option<KeyMark>,
    /// Refuses the batch with [`Error::Conflict`] unless the user stands at this revision.
    pub guard: Option<Revision>,
    /// What changes, in this order.
    pub writes: Vec<Write>,
}

/// A queued job, leased to one worker.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Job {
    /// Its place in the queue.
    pub job: [u8; 16],
    /// Whose.
    pub user: UserTag,
    /// Its sealed bytes.
    pub sealed: Vec<u8>,
}

/// A key, wrapped under the one above it (a user's under the root key, the root key under the master key): 24 bytes nonce, 32 bytes key, 16 bytes tag.
pub type WrappedKey = [u8; 72];

/// What a [`Store::check`] found.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Census {
    /// Users with a key.
    pub users: u64,
    /// Records held.
    pub records: u64,
    /// Jobs waiting.
    pub jobs: u64,
    /// Bytes on disk.
    pub bytes_on_disk: u64,
}

/// Why an engine did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The user's records changed meanwhile: read again, then write.
    #[error("the records changed meanwhile")]
    Conflict,
    /// The job was erased or done by another worker.
    #[error("the job is gone")]
    Gone,
    /// The user's key was destroyed, or is no longer the one the batch was sealed under.
    #[error("the user's key is gone")]
    KeyGone,
    /// A batch holds a record of another user than its own. A fault of the caller.
    #[error("a batch of one user holds a record of another")]
    Misplaced,
    /// The queue holds as many jobs as it may.
    #[error("the queue is full")]
    QueueFull,
    /// A record is larger than [`ROW_BYTES_MAX`].
    #[error("a record of {bytes} bytes is over the limit of {ROW_BYTES_MAX}")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Another process has the store open.
    #[error("{} is open in another process: stop that process, or set `store.path` to another directory", path.display())]
    Locked {
        /// Where it is.
        path: PathBuf,
    },
    /// What is there is not a store this program may write to. Says what was found and what to do.
    #[error("{0}")]
    Foreign(String),
    /// The master key is not the one that this store was made with.
    #[error(
        "the master key is not the one this store was made with: put the right one where `store.key_file` points, \
         or set `store.path` to an empty directory to start anew; without that key nothing in here can be read"
    )]
    WrongKey,
    /// The master key file cannot be used. Says what was found and what to do.
    #[error("{0}")]
    KeyFile(String),
    /// Sealed bytes do not open: wrong key, moved, or damaged.
    #[error("sealed bytes do not open")]
    Sealed,
    /// Something on disk is not what was written. Says what was found and what to do.
    #[error("{0}")]
    Damaged(String),
    /// The engine could not read or write.
    #[error("the store could not {doing}")]
    Engine {
        /// What it was doing.
        doing: &'static str,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    /// Wraps what an engine met while `doing`.
    pub(crate) fn engine(
        doing: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Engine { doing, source: source.into() }
    }
}

/// A place for sealed records: of one user in one batch, found by place, by user, or by time.
///
/// A write that returned is acknowledged: it survives `kill -9` of this process. Futures may be dropped at any
/// point; a dropped write took effect whole or not at all.
#[async_trait]
pub trait Store: Send + Sync {
    /// All records of a user of these kinds, by kind then id, and the revision they stand at.
    async fn load(&self, user: UserTag, kinds: &[Kind]) -> Result<(Revision, Vec<Row>), Error>;

    /// The records at these places, in this order.
    async fn get(&self, places: &[Place]) -> Result<Vec<Option<Row>>, Error>;

    /// A user's records of one kind, newest first, older than `before`.
    async fn newest(
        &self,
        user: UserTag,
        kind: Kind,
        before: Option<[u8; 16]>,
        limit: usize,
    ) -> Result<Vec<Row>, Error>;

    /// Records of one kind over all users (of one app, where given), newest first, older than `before`.
    /// Only for kinds that are [`Kind::on_timeline`].
    async fn timeline(
        &self,
        kind: Kind,
        app: Option<AppTag>,
        before: Option<[u8; 16]>,
        limit: usize,
    ) -> Result<Vec<Row>, Error>;

    /// The record of this kind and id, whoever's it is. Only for kinds that are [`Kind::on_timeline`].
    async fn find(&self, kind: Kind, id: [u8; 16]) -> Result<Option<Row>, Error>;

    /// Applies a batch whole, and returns the user's new revision.
    async fn write(&self, batch: Batch) -> Result<Revision, Error>;

    /// Applies batches of several users, each whole or not at all and whatever becomes of the others, and acknowledges
    /// them together. The results are in the order of the batches.
    async fn write_all(&self, batches: Vec<Batch>) -> Vec<Result<Revision, Error>>;

    /// Up to `limit` of the oldest jobs nobody holds a lease on, leased for `lease`. A job whose lease ran out is
    /// handed out again.
    async fn lease(&self, limit: usize, lease: std::time::Duration) -> Result<Vec<Job>, Error>;

    /// How many jobs wait or are leased.
    async fn queued(&self) -> Result<u64, Error>;

    /// Keeps the wrapped root key of a store that has none; returns the one that is kept, which may be an earlier one.
    async fn keep_root(&self, fresh: WrappedKey) -> Result<WrappedKey, Error>;

    /// A user's wrapped key.
    async fn key(&self, user: UserTag) -> Result<Option<WrappedKey>, Error>;

    /// Keeps a key for a user who has none; returns the one that is kept, which may be an earlier one.
    async fn keep_key(&self, user: UserTag, key: WrappedKey) -> Result<WrappedKey, Error>;

    /// Destroys the user's key, synced, then every record, timeline entry and job of theirs. Returns how many
    /// records and jobs went.
    async fn erase(&self, user: UserTag) -> Result<u64, Error>;

    /// Deletes records of a kind older than `before`, over all users, at most `limit` in one call. Returns how many.
    /// Only for kinds that [`Kind::ages`].
    async fn expire(&self, kind: Kind, before: [u8; 16], limit: usize) -> Result<u64, Error>;

    /// All records in the order of their places, after this one, at most `limit`.
    async fn walk(&self, after: Option<Place>, limit: usize) -> Result<Vec<Row>, Error>;

    /// Reads everything, and says what is there.
    async fn check(&self) -> Result<Census, Error>;

    /// Makes what was written survive a power cut.
    async fn flush(&self) -> Result<(), Error>;
}
