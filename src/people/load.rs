//! Reading a person from the store.

use std::{
    collections::HashMap,
    sync::{Arc, atomic::AtomicBool},
};

use super::{
    Error, Inner, People, Person, ageing,
    cache::Held,
    detached,
    record::{self, Name},
};
use crate::{
    person::{AttributeId, Profile, UserRef, clock},
    select,
    store::{self, Kind, Place, Row, UserKey, UserTag},
};

const HELD: [Kind; 5] = [Kind::Name, Kind::Settings, Kind::Attribute, Kind::Tombstone, Kind::Uses];
/// A key can change between its reading and that of what it opens; twice in a row it does not.
const LOADS_MAX: usize = 3;

impl People {
    pub(super) fn cached_as(&self, user: UserTag) -> Option<Arc<Held>> {
        let stands = |held: &Arc<Held>| held.until.is_none_or(|until| clock::now() < until);
        self.inner.cache.get(user).filter(stands)
    }

    pub(super) async fn held(&self, user: UserTag) -> Result<Arc<Held>, Error> {
        if let Some(held) = self.cached_as(user) {
            return Ok(held);
        }
        let inner = Arc::clone(&self.inner);
        let Ok(place) = Arc::clone(&inner.loads).try_acquire_owned() else {
            return Err(Error::Busy);
        };
        detached(async move {
            let held = inner.load(user).await;
            drop(place);
            held
        })
        .await
    }
}

impl Inner {
    async fn load(&self, user: UserTag) -> Result<Arc<Held>, Error> {
        let mut loads = 0;
        loop {
            loads += 1;
            let since = self.cache.since(user);
            let key = self.key(user).await?;
            let (revision, rows) = self.store.load(user, &HELD).await?;
            // Decoding and preparing a long life takes milliseconds of computing.
            let decode = move || {
                let named = rows.iter().any(|row| row.place.kind == Kind::Name);
                let mut profile = decode(key.as_ref(), &rows)?;
                let (lapsed, until) = ageing::part(&mut profile, clock::now());
                let prepared = select::prepare(&profile);
                let person = Arc::new(Person { profile, prepared });
                let uses_moved = AtomicBool::new(false);
                Ok(Arc::new(Held { person, revision, named, lapsed, until, key, uses_moved }))
            };
            let held = self.runtime.spawn_blocking(decode).await.unwrap_or_else(|_| {
                Err(store::Error::engine("decode a profile", "the task was stopped").into())
            });
            match held {
                Ok(held) => {
                    self.cache.put(user, &held, since);
                    return Ok(held);
                }
                Err(Error::Unreadable { .. }) if loads < LOADS_MAX => {}
                Err(e) => return Err(e),
            }
        }
    }

    /// The user's key, opened.
    pub(super) async fn key(&self, user: UserTag) -> Result<Option<UserKey>, Error> {
        let wrapped = self.store.key(user).await?;
        Ok(wrapped.map(|wrapped| self.vault.open_key(user, &wrapped)).transpose()?)
    }

    /// The user's key and who they are; none where they were erased.
    pub(super) async fn whose(&self, user: UserTag) -> Result<Option<(UserKey, UserRef)>, Error> {
        let Some(key) = self.key(user).await? else { return Ok(None) };
        let place = Place { user, kind: Kind::Name, id: record::ONLY };
        let Some(row) = self.store.get(&[place]).await?.into_iter().flatten().next() else {
            return Ok(None);
        };
        match record::read::<Name>(&key, &row) {
            Ok(name) => Ok(Some((key, name.into()))),
            // Erased and back again between the two reads.
            Err(_) if !self.is_current(user, &key).await? => Ok(None),
            Err(e) => Err(e),
        }
    }

    pub(super) async fn is_current(&self, user: UserTag, key: &UserKey) -> Result<bool, Error> {
        Ok(self.key(user).await?.is_some_and(|now| now.mark == key.mark))
    }
}

fn decode(key: Option<&UserKey>, rows: &[Row]) -> Result<Profile, Error> {
    let Some(key) = key else {
        // Records without a key: an erasure in progress, or a keyring that is not theirs.
        return match rows.first() {
            None => Ok(Profile::default()),
            Some(row) => Err(Error::Unreadable { kind: row.place.kind.as_str() }),
        };
    };
    let mut profile = Profile { fingerprint_key: key.fingerprint_key(), ..Profile::default() };
    let mut uses: HashMap<AttributeId, u64> = HashMap::new();
    for row in rows {
        match row.place.kind {
            Kind::Uses => uses = record::read(key, row)?,
            Kind::Settings => profile.settings = record::read(key, row)?,
            Kind::Attribute => profile.attributes.push(record::read(key, row)?),
            Kind::Tombstone => profile.tombstones.push(record::read(key, row)?),
            Kind::Name | Kind::Receipt | Kind::Comparison | Kind::Judgment => {}
        }
    }
    for attribute in &mut profile.attributes {
        attribute.uses = uses.get(&attribute.id).copied().unwrap_or(0);
    }
    profile.attributes.sort_by_key(|attribute| (attribute.created_at, attribute.id));
    Ok(profile)
}
