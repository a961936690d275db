//! Comparisons and judgments: one person's, or everyone's.

use std::{collections::HashMap, sync::atomic::Ordering};

use serde::de::DeserializeOwned;

use super::{Error, Page, People, record};
use crate::{
    person::{Comparison, ComparisonId, Judgment, UserRef},
    store::{Kind, Row, UserKey, UserTag},
};

impl People {
    /// Comparisons of a person, newest first, older than `before`.
    ///
    /// # Errors
    /// When the store fails or a record does not open.
    pub async fn comparisons(
        &self,
        who: &UserRef,
        before: Option<[u8; 16]>,
        limit: usize,
    ) -> Result<Page<Comparison>, Error> {
        self.own(who, Kind::Comparison, before, limit).await
    }

    /// Judgments about a person's data, newest first, older than `before`.
    ///
    /// # Errors
    /// When the store fails or a record does not open.
    pub async fn judgments(
        &self,
        who: &UserRef,
        before: Option<[u8; 16]>,
        limit: usize,
    ) -> Result<Page<Judgment>, Error> {
        self.own(who, Kind::Judgment, before, limit).await
    }

    /// Comparisons of everyone (of one app, where given), newest first, with whose they are.
    ///
    /// # Errors
    /// When the store fails. A record that does not open is left out ([`Self::unreadable_skipped`]).
    pub async fn all_comparisons(
        &self,
        app: Option<&str>,
        before: Option<[u8; 16]>,
        limit: usize,
    ) -> Result<Page<(UserRef, Comparison)>, Error> {
        self.all(Kind::Comparison, app, before, limit).await
    }

    /// One comparison, and whose it is.
    ///
    /// # Errors
    /// When the store fails or the record does not open.
    pub async fn comparison(
        &self,
        id: ComparisonId,
    ) -> Result<Option<(UserRef, Comparison)>, Error> {
        let Some(row) = self.inner.store.find(Kind::Comparison, id.0).await? else {
            return Ok(None);
        };
        self.open_row(&row, &mut HashMap::new()).await
    }

    /// Judgments of everyone (of one app, where given), newest first, with whose data they are about.
    ///
    /// # Errors
    /// When the store fails. A record that does not open is left out ([`Self::unreadable_skipped`]).
    pub async fn all_judgments(
        &self,
        app: Option<&str>,
        before: Option<[u8; 16]>,
        limit: usize,
    ) -> Result<Page<(UserRef, Judgment)>, Error> {
        self.all(Kind::Judgment, app, before, limit).await
    }

    /// How often a record that did not open was left out of a list over everyone, since the start.
    #[must_use]
    pub fn unreadable_skipped(&self) -> u64 {
        self.inner.unreadable_skipped.load(Ordering::Relaxed)
    }

    async fn own<T: DeserializeOwned>(
        &self,
        who: &UserRef,
        kind: Kind,
        before: Option<[u8; 16]>,
        limit: usize,
    ) -> Result<Page<T>, Error> {
        let user = self.tag(who);
        let Some(key) = self.held(user).await?.key.clone() else {
            return Ok(Page { items: Vec::new(), has_more: false });
        };
        let rows = self.inner.store.newest(user, kind, before, limit.saturating_add(1)).await?;
        let has_more = rows.len() > limit;
        let items: Result<_, _> =
            rows.iter().take(limit).map(|row| record::read(&key, row)).collect();
        Ok(Page { items: items?, has_more })
    }

    /// Reads on where records of people erased meanwhile leave a page short, so that a page is never empty while
    /// there is more.
    async fn all<T: DeserializeOwned>(
        &self,
        kind: Kind,
        app: Option<&str>,
        mut before: Option<[u8; 16]>,
        limit: usize,
    ) -> Result<Page<(UserRef, T)>, Error> {
        let app = app.map(|app| self.inner.vault.app(app));
        let mut people = HashMap::new();
        let mut items = Vec::new();
        loop {
            let wanted = limit.saturating_sub(items.len()).saturating_add(1);
            let rows = self.inner.store.timeline(kind, app, before, wanted).await?;
            for row in &rows {
                if let Some(item) = self.or_skipped(self.open_row(row, &mut people).await)? {
                    if items.len() == limit {
                        return Ok(Page { items, has_more: true });
                    }
                    items.push(item);
                }
                before = Some(row.place.id);
            }
            if rows.len() < wanted {
                return Ok(Page { items, has_more: false });
            }
        }
    }

    /// Of everyone's records one that does not open is left out, so that it does not hide the others.
    pub(super) fn or_skipped<T>(&self, read: Result<Option<T>, Error>) -> Result<Option<T>, Error> {
        let Err(Error::Unreadable { kind }) = read else { return read };
        if self.inner.unreadable_skipped.fetch_add(1, Ordering::Relaxed) == 0 {
            tracing::warn!(
                kind,
                "a record does not open and was left out: run `tactful store check`"
            );
        }
        Ok(None)
    }

    /// Opens someone's record; none where they were erased meanwhile.
    pub(super) async fn open_row<T: DeserializeOwned>(
        &self,
        row: &Row,
        people: &mut HashMap<UserTag, Option<(UserKey, UserRef)>>,
    ) -> Result<Option<(UserRef, T)>, Error> {
        let user = row.place.user;
        if let std::collections::hash_map::Entry::Vacant(unknown) = people.entry(user) {
            unknown.insert(self.inner.whose(user).await?);
        }
        let Some(Some((key, who))) = people.get(&user) else { return Ok(None) };
        match record::read(key, row) {
            Ok(value) => Ok(Some((who.clone(), value))),
            Err(_) if !self.inner.is_current(user, key).await? => Ok(None),
            Err(e) => Err(e),
        }
    }
}
