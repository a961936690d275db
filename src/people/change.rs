//! Changing what is held: read, change and write as one step.

use std::{borrow::Cow, sync::Arc};

use super::{
    Addition, Epoch, Error, Inner, Leased, People, ageing,
    cache::Held,
    detached,
    record::{self, Name, ONLY},
};
use crate::{
    person::{Change, Changes, Profile, UserRef},
    store::{self, Batch, Kind, Place, Revision, UserKey, UserTag, WrappedKey, Write},
};

/// How often a change is tried anew because another process changed the same person.
const ATTEMPTS_MAX: usize = 8;

impl People {
    /// Reads, changes and writes a profile as one step; `change` may run several times. Creates the person where
    /// nothing is held. No changes: nothing is written.
    ///
    /// # Errors
    /// [`Error::Erased`] when the person was erased since the call, [`Error::Contended`] when other processes kept
    /// changing them; otherwise when the store fails.
    pub async fn update<T, F>(&self, who: &UserRef, change: F) -> Result<T, Error>
    where
        F: FnMut(&Profile) -> (Changes, T) + Send,
        T: Send,
    {
        self.change(who, self.epoch(), None, change).await
    }

    /// Marks a lesson learned and makes the changes it led to, as one step. `change` may run several times.
    /// An erased person or a lesson done by another worker: nothing changes, [`Error::Erased`].
    ///
    /// # Errors
    /// As [`Self::update`].
    pub async fn learned<T, F>(&self, lesson: &Leased, change: F) -> Result<T, Error>
    where
        F: FnMut(&Profile) -> (Changes, T) + Send,
        T: Send,
    {
        self.change(&lesson.who, lesson.since, Some(lesson.job), change).await
    }

    /// Adds records that change no profile (comparisons, judgments, lessons), unless the person was erased since.
    ///
    /// # Errors
    /// [`Error::Erased`] when the person was erased since; otherwise when the store fails.
    pub async fn append(&self, who: &UserRef, since: Epoch, changes: Changes) -> Result<(), Error> {
        let addition = Addition { who: who.clone(), since, changes };
        self.append_all(vec![addition]).await.pop().unwrap_or_else(|| Err(lost("no result")))
    }

    /// Adds as [`Self::append`] does, for many people with one wait for the disk. Each addition stands for itself; the
    /// results are in their order. All are in memory at once: the caller bounds them.
    pub async fn append_all(&self, additions: Vec<Addition>) -> Vec<Result<(), Error>> {
        let mut batches = Vec::with_capacity(additions.len());
        // None: its batch says what becomes of it.
        let mut settled = Vec::with_capacity(additions.len());
        for addition in additions {
            settled.push(match self.addition(addition).await {
                Ok(Some(batch)) => {
                    batches.push(batch);
                    None
                }
                Ok(None) => Some(Ok(())),
                Err(error) => Some(Err(error)),
            });
        }
        let mut written = self.commit_all(batches).await.into_iter();
        let mut next = || written.next().unwrap_or_else(|| Err(lost("no result")));
        settled.into_iter().map(|settled| settled.unwrap_or_else(&mut next)).collect()
    }

    /// What is written for an addition; none: nothing.
    async fn addition(
        &self,
        Addition { who, since, changes }: Addition,
    ) -> Result<Option<Batch>, Error> {
        if changes.is_empty() {
            return Ok(None);
        }
        let user = self.tag(&who);
        let held = self.held(user).await?;
        let key = self.key_to_append(user, &held, since).await?;
        // After the key was read: an erasure from here on takes the key, and the store refuses what it sealed.
        self.inner.erasures.check(user, since)?;
        let writes = self.writes(&who, user, &held, &key, changes)?;
        Ok(Some(self.batch(&who, user, &key, None, writes)))
    }

    async fn change<T, F>(
        &self,
        who: &UserRef,
        since: Epoch,
        job: Option<[u8; 16]>,
        mut change: F,
    ) -> Result<T, Error>
    where
        F: FnMut(&Profile) -> (Changes, T) + Send,
        T: Send,
    {
        let user = self.tag(who);
        let _turn = self.inner.turns.of(user).await;
        for _ in 0..ATTEMPTS_MAX {
            self.inner.erasures.check(user, since)?;
            let held = self.held(user).await?;
            let (key, fresh) = self.key_to_write(user, &held)?;
            let (changes, value) = change(&shown(&held, &key));
            if changes.is_empty() && job.is_none() {
                return Ok(value);
            }
            if let Some(fresh) = fresh
                && self.inner.store.keep_key(user, fresh).await? != fresh
            {
                // Another process made one first: the change must see the fingerprint key that follows from it.
                self.inner.cache.forget(user);
                continue;
            }
            // First: what a change puts in the same place stays.
            let mut writes = ageing::deletions(user, &held.lapsed);
            writes.extend(ageing::oldest_tombstones(user, &held.person.profile, &changes));
            writes.extend(self.writes(who, user, &held, &key, changes)?);
            writes.extend(job.map(|job| Write::Done { job }));
            match self.commit(self.batch(who, user, &key, Some(held.revision), writes)).await {
                Ok(()) => return Ok(value),
                Err(Error::Store(store::Error::Conflict)) => {}
                Err(e) => return Err(e),
            }
        }
        Err(Error::Contended)
    }

    fn key_to_write(
        &self,
        user: UserTag,
        held: &Held,
    ) -> Result<(UserKey, Option<WrappedKey>), Error> {
        if let Some(key) = &held.key {
            return Ok((key.clone(), None));
        }
        let (key, wrapped) = self.inner.vault.fresh_key(user)?;
        Ok((key, Some(wrapped)))
    }

    pub(super) async fn key_to_append(
        &self,
        user: UserTag,
        held: &Held,
        since: Epoch,
    ) -> Result<UserKey, Error> {
        match &held.key {
            Some(key) => Ok(key.clone()),
            None => self.first_key(user, since).await,
        }
    }

    /// Makes the key of a person about whom nothing is held, in their turn: an erasure comes wholly before, and is
    /// noticed, or wholly after, and takes the key.
    async fn first_key(&self, user: UserTag, since: Epoch) -> Result<UserKey, Error> {
        let _turn = self.inner.turns.of(user).await;
        self.inner.erasures.check(user, since)?;
        let (_, fresh) = self.inner.vault.fresh_key(user)?;
        let kept = self.inner.store.keep_key(user, fresh).await?;
        Ok(self.inner.vault.open_key(user, &kept)?)
    }

    pub(super) fn writes(
        &self,
        who: &UserRef,
        user: UserTag,
        held: &Held,
        key: &UserKey,
        changes: Changes,
    ) -> Result<Vec<Write>, Error> {
        let mut writes = Vec::with_capacity(changes.len() + 1);
        if !held.named {
            writes.push(record::put(key, user, Kind::Name, ONLY, &Name::from(who))?);
        }
        for change in changes {
            writes.push(write(key, user, change)?);
        }
        Ok(writes)
    }

    pub(super) fn batch(
        &self,
        who: &UserRef,
        user: UserTag,
        key: &UserKey,
        guard: Option<Revision>,
        writes: Vec<Write>,
    ) -> Batch {
        Batch { app: self.inner.vault.app(&who.app), user, key: Some(key.mark), guard, writes }
    }

    pub(super) async fn commit(&self, batch: Batch) -> Result<(), Error> {
        let inner = Arc::clone(&self.inner);
        detached(async move { inner.commit(batch).await }).await
    }

    async fn commit_all(&self, batches: Vec<Batch>) -> Vec<Result<(), Error>> {
        if batches.is_empty() {
            return Vec::new();
        }
        let (count, inner) = (batches.len(), Arc::clone(&self.inner));
        let written = detached(async move { Ok(inner.commit_all(batches).await) }).await;
        written.unwrap_or_else(|error| (0..count).map(|_| Err(lost(error.to_string()))).collect())
    }
}

/// A write of which it is not known whether it took effect.
fn lost(why: impl Into<String>) -> Error {
    store::Error::engine("write", why.into()).into()
}

impl Inner {
    async fn commit(&self, batch: Batch) -> Result<(), Error> {
        let shown = shown_in(&batch);
        let written = self.store.write(batch).await;
        self.committed(shown, written)
    }

    pub(super) async fn commit_all(&self, batches: Vec<Batch>) -> Vec<Result<(), Error>> {
        let shown: Vec<_> = batches.iter().map(shown_in).collect();
        let written = self.store.write_all(batches).await;
        shown.into_iter().zip(written).map(|(shown, it)| self.committed(shown, it)).collect()
    }

    fn committed(
        &self,
        Shown { user, in_profile, in_uses }: Shown,
        written: Result<Revision, store::Error>,
    ) -> Result<(), Error> {
        if in_profile || written.is_err() {
            self.cache.forget(user);
        } else if in_uses {
            self.cache.uses_moved(user);
        }
        match written {
            Ok(_) => Ok(()),
            Err(store::Error::KeyGone | store::Error::Gone) => Err(Error::Erased),
            Err(e) => Err(e.into()),
        }
    }
}

/// Whose a batch is, and where it shows.
struct Shown {
    user: UserTag,
    in_profile: bool,
    in_uses: bool,
}

fn shown_in(batch: &Batch) -> Shown {
    let kinds = || {
        batch.writes.iter().filter_map(|write| match write {
            Write::Put(row) => Some(row.place.kind),
            Write::Delete(place) => Some(place.kind),
            Write::Push { .. } | Write::Done { .. } => None,
        })
    };
    let in_uses = kinds().any(|kind| kind == Kind::Uses);
    Shown { user: batch.user, in_profile: kinds().any(shows_in_profile), in_uses }
}

fn shows_in_profile(kind: Kind) -> bool {
    kind == Kind::Name || Kind::PROFILE.contains(&kind)
}

/// The profile a change sees: with the fingerprint key, even before the first write.
fn shown<'h>(held: &'h Held, key: &UserKey) -> Cow<'h, Profile> {
    let profile = &held.person.profile;
    if held.key.is_some() {
        return Cow::Borrowed(profile);
    }
    Cow::Owned(Profile { fingerprint_key: key.fingerprint_key(), ..profile.clone() })
}

fn write(key: &UserKey, user: UserTag, change: Change) -> Result<Write, Error> {
    match change {
        Change::Attribute(it) => record::put(key, user, Kind::Attribute, it.id.0, &it),
        Change::Forget(id) => Ok(Write::Delete(Place { user, kind: Kind::Attribute, id: id.0 })),
        Change::Tombstone(it) => record::put(key, user, Kind::Tombstone, it.id.0, &it),
        Change::Settings(it) => record::put(key, user, Kind::Settings, ONLY, &it),
        Change::Comparison(it) => record::put(key, user, Kind::Comparison, it.id.0, &it),
        Change::Judgment(it) => record::put(key, user, Kind::Judgment, it.id.0, &it),
        Change::Learn(it) => record::push(key, user, crate::person::Id::<'l'>::fresh().0, &it),
    }
}
