//! The one door to what is held about people: cached reads, guarded writes, erasure.
//!
//! Seals and opens records, keeps the decoded profiles of recent speakers, and makes every change to a profile a
//! guarded read-change-write, so that two writers never undo each other. Knows the domain and the store; no HTTP.

use std::{sync::Arc, time::Duration};

use crate::{
    person::{
        Changes, Comparison, ComparisonId, Judgment, Lesson, Profile, Receipt, RequestId, UserRef,
    },
    select::Prepared,
    store,
};

/// A person as requests see them: what is held, and what the selector made of it once.
#[derive(Debug)]
pub struct Person {
    /// What is held and allowed.
    pub profile: Profile,
    /// The selector's features, one per attribute of the profile.
    pub prepared: Prepared,
}

/// A moment in a person's erasures: changes that began before an erasure are refused after it.
#[derive(Clone, Copy, Debug)]
pub struct Epoch(u64);

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Whether there is more after it.
    pub has_more: bool,
}

/// A lesson in the hands of one worker.
#[derive(Debug)]
pub struct Leased {
    /// Whose.
    pub who: UserRef,
    /// What to learn from.
    pub lesson: Lesson,
    job: [u8; 16],
}

/// What an erasure removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// Whether anything was held.
    pub existed: bool,
    /// Records and queued lessons that went.
    pub records: u64,
    /// When, Unix seconds.
    pub erased_at: i64,
}

/// Why people's records could not be read or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A record did not open under its user's key, or holds what no version of this program wrote.
    #[error("a record of kind {kind} does not open: run `tactful store check`")]
    Unreadable {
        /// Its kind.
        kind: &'static str,
    },
    /// The person was erased after this began.
    #[error("the person was erased meanwhile")]
    Erased,
    /// Others kept changing the same person.
    #[error("the person's records kept changing; try again")]
    Contended,
}

/// The one door to what is held about people.
#[derive(Debug)]
pub struct People {}

#[allow(
    unused_variables,
    clippy::unused_async,
    clippy::todo,
    reason = "signatures, to be filled in"
)]
impl People {
    /// Where this person stands in their erasures; taken when a request begins, handed to [`Self::append`] when it ends.
    #[must_use]
    pub fn epoch(&self, who: &UserRef) -> Epoch {
        todo!()
    }

    /// The person as held; an empty profile where nothing is. Never creates anything. Cached; a miss is loaded by a
    /// task of its own, so that a caller who stops waiting still leaves the cache warm.
    pub async fn read(&self, who: &UserRef) -> Result<Arc<Person>, Error> {
        todo!()
    }

    /// Reads, changes and writes a profile as one step; `change` may run several times. Creates the person where
    /// nothing is held. No changes: nothing is written.
    pub async fn update<T, F>(&self, who: &UserRef, change: F) -> Result<T, Error>
    where
        F: FnMut(&Profile) -> (Changes, T) + Send,
        T: Send,
    {
        todo!()
    }

    /// Adds records that change no profile (receipts, comparisons, lessons), unless the person was erased since.
    pub async fn append(&self, who: &UserRef, since: Epoch, changes: Changes) -> Result<(), Error> {
        todo!()
    }

    /// A person's receipts, newest first, older than `before`.
    pub async fn receipts(
        &self,
        who: &UserRef,
        before: Option<[u8; 16]>,
        limit: usize,
    ) -> Result<Page<Receipt>, Error> {
        todo!()
    }

    /// The receipt of one request.
    pub async fn receipt(
        &self,
        who: &UserRef,
        request: RequestId,
    ) -> Result<Option<Receipt>, Error> {
        todo!()
    }

    /// Comparisons of a person, newest first, older than `before`.
    pub async fn comparisons(
        &self,
        who: &UserRef,
        before: Option<[u8; 16]>,
        limit: usize,
    ) -> Result<Page<Comparison>, Error> {
        todo!()
    }

    /// Comparisons of everyone (of one app, where given), newest first, with whose they are.
    pub async fn all_comparisons(
        &self,
        app: Option<&str>,
        before: Option<[u8; 16]>,
        limit: usize,
    ) -> Result<Page<(UserRef, Comparison)>, Error> {
        todo!()
    }

    /// One comparison, and whose it is.
    pub async fn comparison(
        &self,
        id: ComparisonId,
    ) -> Result<Option<(UserRef, Comparison)>, Error> {
        todo!()
    }

    /// Judgments of everyone (of one app, where given), newest first, with whose data they are about.
    pub async fn all_judgments(
        &self,
        app: Option<&str>,
        before: Option<[u8; 16]>,
        limit: usize,
    ) -> Result<Page<(UserRef, Judgment)>, Error> {
        todo!()
    }

    /// Destroys the person's key and everything held about them. Lessons and answers under way are refused after it.
    pub async fn erase(&self, who: &UserRef) -> Result<Erasure, Error> {
        todo!()
    }

    /// Up to `limit` lessons nobody works on, leased for `lease`. A lesson that does not open any more is dropped
    /// and counted.
    pub async fn lessons(&self, limit: usize, lease: Duration) -> Result<Vec<Leased>, Error> {
        todo!()
    }

    /// Marks a lesson learned and makes the changes it led to, as one step. `change` may run several times.
    /// An erased person or a lesson done by another worker: nothing changes, [`Error::Erased`].
    pub async fn learned<T, F>(&self, lesson: &Leased, change: F) -> Result<T, Error>
    where
        F: FnMut(&Profile) -> (Changes, T) + Send,
        T: Send,
    {
        todo!()
    }

    /// How many lessons wait.
    pub async fn lessons_waiting(&self) -> Result<u64, Error> {
        todo!()
    }

    /// Makes everything written survive a power cut.
    pub async fn flush(&self) -> Result<(), Error> {
        todo!()
    }
}
