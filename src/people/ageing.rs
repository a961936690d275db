//! What a person has no longer: attributes they never said yes to, receipts they want kept no longer.

use super::{Error, People, record};
use crate::{
    person::{Attribute, AttributeId, Change, Changes, Profile, Tombstone, clock},
    store::{self, AppTag, Batch, Kind, Place, Row, UserKey, UserTag, Write},
};

/// How many of a person's own lapsed receipts go with each new one.
const LAPSED_AT_ONCE: usize = 8;

/// How far a sweep came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Swept {
    /// How many attributes went.
    pub gone: u64,
    /// Where to go on; none: everyone was seen.
    pub next: Option<UserTag>,
}

/// The most deletions that are remembered of a person.
const TOMBSTONES_MAX: usize = 1_000;

/// Lets go of the oldest tombstones where these changes would leave too many.
pub(super) fn oldest_tombstones(user: UserTag, profile: &Profile, changes: &Changes) -> Vec<Write> {
    let new = changes.iter().filter(|change| matches!(change, Change::Tombstone(_))).count();
    let over =
        if new == 0 { 0 } else { (profile.tombstones.len() + new).saturating_sub(TOMBSTONES_MAX) };
    let mut oldest: Vec<_> = profile.tombstones.iter().collect();
    if over > 0 {
        oldest.sort_unstable_by_key(|tombstone| tombstone.deleted_at);
    }
    let place = |tombstone: &&Tombstone| Place { user, kind: Kind::Tombstone, id: tombstone.id.0 };
    oldest.iter().take(over).map(|tombstone| Write::Delete(place(tombstone))).collect()
}

impl People {
    /// Deletes what lapsed by `now` of up to `people_max` people, from `next` of the sweep before on. For those who
    /// do not come back: of the others it goes with the next change.
    ///
    /// # Errors
    /// When the store fails; what was deleted until then stays deleted.
    pub async fn sweep_lapsed(
        &self,
        now: i64,
        mut after: Option<UserTag>,
        people_max: usize,
    ) -> Result<Swept, Error> {
        let mut gone = 0;
        for _ in 0..people_max {
            let last = after.map(last_of);
            let Some(row) = self.inner.store.walk(last, 1).await?.pop() else {
                return Ok(Swept { gone, next: None });
            };
            let user = row.place.user;
            after = Some(user);
            gone += match self.let_go_of_unconfirmed(user, now).await {
                Ok(went) => went,
                // Erased, changed meanwhile or damaged: the next sweep sees them again, the others go on.
                Err(
                    Error::Erased | Error::Unreadable { .. } | Error::Store(store::Error::Conflict),
                ) => 0,
                Err(e) => return Err(e),
            };
        }
        Ok(Swept { gone, next: after })
    }

    async fn let_go_of_unconfirmed(&self, user: UserTag, now: i64) -> Result<u64, Error> {
        let Some(key) = self.inner.key(user).await? else { return Ok(0) };
        let mark = key.mark;
        // Not by way of the cache, which is for those who speak.
        let (revision, rows) = self.inner.store.load(user, &[Kind::Attribute]).await?;
        let find = move || lapsed_of(&key, &rows, now);
        let lapsed = tokio::task::spawn_blocking(find).await.unwrap_or_else(|_| {
            Err(store::Error::engine("decode attributes", "the task was stopped").into())
        })?;
        if lapsed.is_empty() {
            return Ok(0);
        }
        // No record is written, so no app is either.
        let app = AppTag([0; 8]);
        let writes = deletions(user, &lapsed);
        self.commit(Batch { app, user, key: Some(mark), guard: Some(revision), writes }).await?;
        Ok(lapsed.len() as u64)
    }

    /// Where a person keeps receipts for a shorter time than the operator, the old ones go as new ones come.
    pub(super) async fn let_go_of_lapsed(
        &self,
        user: UserTag,
        profile: &Profile,
        writes: &mut Vec<Write>,
    ) -> Result<(), Error> {
        let adds = |w: &Write| matches!(w, Write::Put(row) if row.place.kind == Kind::Receipt);
        let Some(before) = lapse(profile).filter(|_| writes.iter().any(adds)) else {
            return Ok(());
        };
        let store = &self.inner.store;
        let lapsed = store.newest(user, Kind::Receipt, Some(before), LAPSED_AT_ONCE).await?;
        writes.extend(lapsed.into_iter().map(|row| Write::Delete(row.place)));
        Ok(())
    }
}

/// Takes out what lapsed by now. Returns it, and when the next one lapses.
pub(super) fn part(profile: &mut Profile, now: i64) -> (Vec<AttributeId>, Option<i64>) {
    let gone = profile.attributes.extract_if(.., |held| has_lapsed(held, now));
    let gone = gone.map(|held| held.id).collect();
    (gone, profile.attributes.iter().filter_map(Attribute::lapses_at).min())
}

pub(super) fn deletions(user: UserTag, attributes: &[AttributeId]) -> Vec<Write> {
    let place = |id: &AttributeId| Place { user, kind: Kind::Attribute, id: id.0 };
    attributes.iter().map(|id| Write::Delete(place(id))).collect()
}

/// Receipts before this identifier have lapsed, where the person says how long they are kept.
pub(super) fn lapse(profile: &Profile) -> Option<[u8; 16]> {
    const DAY: i64 = 86_400;
    let days = profile.settings.retention_days?;
    Some(record::first_id_at(clock::now() - DAY * i64::from(days)))
}

fn has_lapsed(held: &Attribute, now: i64) -> bool {
    held.lapses_at().is_some_and(|at| at <= now)
}

fn lapsed_of(key: &UserKey, rows: &[Row], now: i64) -> Result<Vec<AttributeId>, Error> {
    let mut lapsed = Vec::new();
    for row in rows {
        let held: Attribute = record::read(key, row)?;
        if has_lapsed(&held, now) {
            lapsed.push(held.id);
        }
    }
    Ok(lapsed)
}

/// After every record of a user there can be.
fn last_of(user: UserTag) -> Place {
    const LAST: Kind = Kind::ALL[Kind::ALL.len() - 1];
    Place { user, kind: LAST, id: [u8::MAX; 16] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::person::Category;

    #[test]
    fn the_oldest_deletion_is_forgotten_first() {
        let mark = |deleted_at| Tombstone {
            id: AttributeId::fresh(),
            category: Category::Other,
            stems: Vec::new(),
            deleted_at,
        };
        let user = UserTag([1; 16]);
        let held = (0..).take(TOMBSTONES_MAX).map(|at| mark(5_000 - at)).collect();
        let profile = Profile { tombstones: held, ..Profile::default() };
        assert_eq!(oldest_tombstones(user, &profile, &Vec::new()), []);
        let oldest = profile.tombstones.last().unwrap().id.0;
        let place = Place { user, kind: Kind::Tombstone, id: oldest };
        let one_more = vec![Change::Tombstone(mark(9_000))];
        assert_eq!(oldest_tombstones(user, &profile, &one_more), [Write::Delete(place)]);
    }
}
