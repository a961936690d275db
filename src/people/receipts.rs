//! Receipts: noted as answers end, written together within moments, listed as if each lay alone.
//!
//! A receipt is worth less than the answer it is for, so none is written by itself: what a person's turns left between
//! two writes lies in sealed records of many, pages, each under the id of its newest receipt and of requests that began
//! within [`PAGE_MILLIS`]. Whoever lists receipts sees those too that are not written yet.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{Mutex as AsyncMutex, Notify};

use super::{
    Epoch, Error, Page, People, ageing,
    cache::Held,
    detached,
    pages::{PAGE_RECEIPTS, Page as Stored},
    record::{self, ONLY},
};
use crate::{
    person::{AttributeId, Receipt, RequestId, UserRef},
    store::{Batch, Kind, Place, Row, UserKey, UserTag, Write},
};

/// The most receipts that are noted and not written yet; what comes then is not kept.
const NOTED_MAX: usize = 32_768;
/// From so many new ones on they are not left to wait.
const NOTED_MANY: usize = 8_192;
/// The receipts of one page are of requests that began within this time of each other.
const PAGE_MILLIS: u64 = 2_000;
/// Pages read at once.
const PAGES_AT_ONCE: usize = 8;
/// People whose receipts are written at once.
const PEOPLE_AT_ONCE: usize = 256;

/// What became of the receipts that were written together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Kept.
    pub kept: u64,
    /// Of people erased since.
    pub erased: u64,
    /// Not kept, because the store failed.
    pub failed: u64,
}

impl Written {
    fn add(&mut self, other: Self) {
        self.kept += other.kept;
        self.erased += other.erased;
        self.failed += other.failed;
    }

    fn count(&mut self, receipts: u64, result: Result<(), Error>) {
        match result {
            Ok(()) => self.kept += receipts,
            Err(Error::Erased) => self.erased += receipts,
            Err(error) => {
                self.failed += receipts;
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "receipts could not be kept"
                );
            }
        }
    }
}

/// Receipts that wait to be written.
#[derive(Default)]
pub(super) struct Noted {
    waiting: Mutex<Waiting>,
    /// Held while receipts are written: pages and counts of one person are written one after the other.
    writing: Arc<AsyncMutex<()>>,
    many: Notify,
}

/// Whose answers left which receipts.
type Left = (UserRef, Vec<(Epoch, Receipt)>);

#[derive(Default)]
struct Waiting {
    of: HashMap<UserRef, Vec<(Epoch, Receipt)>>,
    /// How many are in `of`.
    new: usize,
    /// How many there are: in `of`, in `due` and being written.
    count: usize,
    /// Older than those in `of`, and to be written now.
    due: HashMap<UserRef, Vec<(Epoch, Receipt)>>,
    /// Whose are being written.
    writing: HashSet<UserRef>,
    /// What became of those that were written, until someone asks.
    written: Written,
}

impl Waiting {
    /// Makes everything due.
    fn call(&mut self) {
        self.new = 0;
        for (who, mut receipts) in self.of.drain() {
            self.due.entry(who).or_default().append(&mut receipts);
        }
    }

    /// Takes what is due of some people.
    fn take_some(&mut self) -> Vec<Left> {
        self.due.extract_if(|_, _| true).take(PEOPLE_AT_ONCE).collect()
    }

    /// Takes what one person left, the oldest first.
    fn take_of(&mut self, who: &UserRef) -> Option<Left> {
        let mut receipts = self.due.remove(who).unwrap_or_default();
        if let Some(mut newer) = self.of.remove(who) {
            self.new -= newer.len();
            receipts.append(&mut newer);
        }
        (!receipts.is_empty()).then(|| (who.clone(), receipts))
    }

    /// Whether everything that this person left is written.
    fn is_settled(&self, who: &UserRef) -> bool {
        !self.of.contains_key(who) && !self.due.contains_key(who) && !self.writing.contains(who)
    }
}

/// Receipts that are being written. Dropped when that has ended, however it ended: what has come to nothing until then,
/// by a fault or a stop, counts as failed.
struct InHand {
    people: People,
    receipts: usize,
    written: Written,
}

impl Drop for InHand {
    fn drop(&mut self) {
        let Written { kept, erased, failed } = self.written;
        self.written.failed += (self.receipts as u64).saturating_sub(kept + erased + failed);
        let mut waiting = self.people.inner.noted.waiting();
        waiting.count -= self.receipts;
        waiting.writing.clear();
        waiting.written.add(self.written);
    }
}

impl Noted {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl People {
    /// Keeps a receipt, unless the person is erased meanwhile: at once for whoever lists receipts, on disk when
    /// [`Self::write_noted`] ran. False: too many wait, and this one is not kept.
    #[must_use]
    pub fn note(&self, who: &UserRef, since: Epoch, receipt: Receipt) -> bool {
        let mut waiting = self.inner.noted.waiting();
        if waiting.count >= NOTED_MAX {
            return false;
        }
        waiting.count += 1;
        waiting.new += 1;
        let many = waiting.new == NOTED_MANY;
        match waiting.of.get_mut(who) {
            Some(receipts) => receipts.push((since, receipt)),
            None => {
                waiting.of.insert(who.clone(), vec![(since, receipt)]);
            }
        }
        drop(waiting);
        if many {
            self.inner.noted.many.notify_one();
        }
        true
    }

    /// Waits until so many receipts are noted that they should be written.
    pub async fn many_noted(&self) {
        self.inner.noted.many.notified().await;
    }

    /// Writes every receipt noted so far, and counts the uses in them. Says what became of these and of those that were
    /// written before for someone who looked.
    ///
    /// What fails is not tried again: it is counted, and the answers went out long ago.
    pub async fn write_noted(&self) -> Written {
        self.inner.noted.waiting().call();
        // Piece by piece: whoever looks at a person comes between two of them, behind those who came before.
        while self.write(Waiting::take_some).await {}
        std::mem::take(&mut self.inner.noted.waiting().written)
    }

    /// A person's receipts, newest first, older than `before`. Those that the person no longer wants kept are not
    /// shown.
    ///
    /// # Errors
    /// When the store fails or a record does not open.
    pub async fn receipts(
        &self,
        who: &UserRef,
        before: Option<[u8; 16]>,
        limit: usize,
    ) -> Result<Page<Receipt>, Error> {
        self.settle(who).await;
        let user = self.tag(who);
        let held = self.held(user).await?;
        let lapse = ageing::lapse(&held.person.profile).unwrap_or_default();
        let Some(key) = &held.key else {
            return Ok(Page { items: Vec::new(), has_more: false });
        };
        let wanted = |receipt: &Receipt| {
            receipt.id.0 >= lapse && before.is_none_or(|before| receipt.id.0 < before)
        };
        let mut next = before.map(|before| at_most_a_page_after(&before));
        let mut found: Vec<Receipt> = Vec::new();
        loop {
            let rows = self.inner.store.newest(user, Kind::Receipt, next, PAGES_AT_ONCE).await?;
            for row in &rows {
                found.extend(read_page(key, row)?.into_iter().filter(wanted));
            }
            found.sort_unstable_by_key(|receipt| std::cmp::Reverse(receipt.id.0));
            let last = rows.last().map(|row| row.place.id);
            let at_end = rows.len() < PAGES_AT_ONCE || last.is_some_and(|last| last < lapse);
            // Pages not read yet end before the last one read: nothing on them is newer than that.
            let settled = found.iter().take_while(|it| last.is_none_or(|last| it.id.0 >= last));
            if at_end || settled.count() > limit {
                let has_more = found.len() > limit;
                found.truncate(limit);
                return Ok(Page { items: found, has_more });
            }
            next = last;
        }
    }

    /// The receipt of one request.
    ///
    /// # Errors
    /// When the store fails or the record does not open.
    pub async fn receipt(
        &self,
        who: &UserRef,
        request: RequestId,
    ) -> Result<Option<Receipt>, Error> {
        self.settle(who).await;
        let user = self.tag(who);
        let Some(key) = self.held(user).await?.key.clone() else { return Ok(None) };
        let mut next = Some(at_most_a_page_after(&request.0));
        loop {
            let rows = self.inner.store.newest(user, Kind::Receipt, next, PAGES_AT_ONCE).await?;
            for row in &rows {
                if row.place.id < request.0 {
                    return Ok(None);
                }
                let page = read_page(&key, row)?;
                if let Some(receipt) = page.into_iter().find(|it| it.request == request) {
                    return Ok(Some(receipt));
                }
            }
            next = rows.last().map(|row| row.place.id);
            if rows.len() < PAGES_AT_ONCE {
                return Ok(None);
            }
        }
    }

    /// Writes what this person's answers left, before someone looks at it. Mostly there is nothing.
    pub(super) async fn settle(&self, who: &UserRef) {
        if !self.inner.noted.waiting().is_settled(who) {
            self.write(|waiting| waiting.take_of(who).into_iter().collect()).await;
        }
    }

    /// Writes what `take` takes of what waits, to its end even where the caller stops waiting; false where that is
    /// nothing. One after the other, so that whoever comes after finds written what was taken before.
    async fn write(&self, take: impl FnOnce(&mut Waiting) -> Vec<Left>) -> bool {
        let writing = Arc::clone(&self.inner.noted.writing).lock_owned().await;
        let left = {
            let mut waiting = self.inner.noted.waiting();
            let left = take(&mut waiting);
            waiting.writing = left.iter().map(|(who, _)| who.clone()).collect();
            left
        };
        if left.is_empty() {
            return false;
        }
        let receipts = left.iter().map(|(_, receipts)| receipts.len()).sum();
        let in_hand = InHand { people: self.clone(), receipts, written: Written::default() };
        let written = detached(async move {
            // Given back last.
            let _writing = writing;
            let mut in_hand = in_hand;
            let people = in_hand.people.clone();
            people.write_receipts(left, &mut in_hand.written).await;
            Ok(())
        });
        // How it ended is counted by what was in hand.
        let _ended = written.await;
        true
    }

    async fn write_receipts(&self, noted: Vec<Left>, written: &mut Written) {
        let mut batches = Vec::with_capacity(noted.len());
        let mut counts = Vec::with_capacity(noted.len());
        for (who, receipts) in noted {
            let count = receipts.len() as u64;
            match self.pages(&who, receipts).await {
                Ok((batch, kept)) => {
                    written.erased += count - kept;
                    batches.extend(batch);
                    counts.extend((kept > 0).then_some(kept));
                }
                Err(error) => written.count(count, Err(error)),
            }
        }
        for (count, result) in counts.into_iter().zip(self.inner.commit_all(batches).await) {
            written.count(count, result);
        }
    }

    /// One person's receipts as pages, and their uses counted; with how many receipts are still to be kept.
    async fn pages(
        &self,
        who: &UserRef,
        receipts: Vec<(Epoch, Receipt)>,
    ) -> Result<(Option<Batch>, u64), Error> {
        let user = self.tag(who);
        let held = self.held(user).await?;
        let since = receipts.iter().map(|(since, _)| *since).max();
        let Some(since) = since else { return Ok((None, 0)) };
        let key = &self.key_to_append(user, &held, since).await?;
        // After the key was read: an erasure from here on takes the key, and the store refuses what it sealed.
        let mut kept: Vec<Receipt> = receipts
            .into_iter()
            .filter(|(since, _)| self.inner.erasures.check(user, *since).is_ok())
            .map(|(_, receipt)| receipt)
            .collect();
        if kept.is_empty() {
            return Ok((None, 0));
        }
        kept.sort_unstable_by_key(|receipt| receipt.id.0);
        let mut writes = self.writes(who, user, &held, key, Vec::new())?;
        for page in pages_of(&kept) {
            let Some(newest) = page.last() else { continue };
            writes.push(record::put(key, user, Kind::Receipt, newest.id.0, &Stored::of(page))?);
        }
        writes.extend(self.counted(user, key, &held, &kept).await?);
        self.let_go_of_lapsed(user, &held.person.profile, &mut writes).await?;
        let count = kept.len() as u64;
        Ok((Some(self.batch(who, user, key, None, writes)), count))
    }

    /// The uses in these receipts, added to those counted before. What is no longer held is no longer counted.
    async fn counted(
        &self,
        user: UserTag,
        key: &UserKey,
        held: &Held,
        receipts: &[Receipt],
    ) -> Result<Option<Write>, Error> {
        let used = || {
            receipts
                .iter()
                .flat_map(|it| &it.considered)
                .filter(|it| it.used)
                .map(|it| it.attribute)
        };
        if used().next().is_none() {
            return Ok(None);
        }
        let place = Place { user, kind: Kind::Uses, id: ONLY };
        let row = self.inner.store.get(&[place]).await?.into_iter().flatten().next();
        let mut uses: HashMap<AttributeId, u64> = match row {
            Some(row) => record::read(key, &row)?,
            None => HashMap::new(),
        };
        used().for_each(|attribute| *uses.entry(attribute).or_default() += 1);
        uses.retain(|id, _| held.person.profile.attributes.iter().any(|it| it.id == *id));
        record::put(key, user, Kind::Uses, ONLY, &uses).map(Some)
    }
}

/// What a page holds.
pub(super) fn read_page(key: &UserKey, row: &Row) -> Result<Vec<Receipt>, Error> {
    let page: Stored = record::read(key, row)?;
    page.receipts().ok_or(Error::Unreadable { kind: row.place.kind.as_str() })
}

/// Sorted receipts cut into pages.
fn pages_of(receipts: &[Receipt]) -> impl Iterator<Item = &[Receipt]> {
    let mut rest = receipts;
    std::iter::from_fn(move || {
        let first = rest.first()?;
        let fits = |it: &&Receipt| millis(&it.id.0) - millis(&first.id.0) < PAGE_MILLIS;
        let count = rest.iter().take(PAGE_RECEIPTS).take_while(fits).count();
        let (page, after) = rest.split_at(count);
        rest = after;
        Some(page)
    })
}

/// The identifier before which every page begins that may hold this one.
fn at_most_a_page_after(id: &[u8; 16]) -> [u8; 16] {
    let mut after = [0; 16];
    after[..6].copy_from_slice(&(millis(id) + PAGE_MILLIS).min((1 << 48) - 1).to_be_bytes()[2..]);
    after
}

/// When an identifier was made, Unix milliseconds (UUIDv7, RFC 9562).
fn millis(id: &[u8; 16]) -> u64 {
    id[..6].iter().fold(0, |millis, byte| millis << 8 | u64::from(*byte))
}
