//! Opening everything, to know that it opens.

use std::collections::HashMap;

use super::{Error, People, receipts::read_page, record};
use crate::store::{Census, Kind, Row, UserKey, UserTag};

impl People {
    /// Reads and opens every record. Says what is there, and how many records do not open.
    ///
    /// # Errors
    /// When the store fails or its structure is damaged.
    pub async fn check(&self) -> Result<(Census, u64), Error> {
        const AT_ONCE: usize = 200;
        let census = self.inner.store.check().await?;
        let mut key: Option<(UserTag, Option<UserKey>)> = None;
        let (mut after, mut unreadable) = (None, 0);
        loop {
            let rows = self.inner.store.walk(after, AT_ONCE).await?;
            let Some(last) = rows.last() else { return Ok((census, unreadable)) };
            after = Some(last.place);
            for row in rows {
                let user = row.place.user;
                if key.as_ref().is_none_or(|(of, _)| *of != user) {
                    key = Some((user, self.inner.key(user).await?));
                }
                let opens =
                    key.as_ref().and_then(|(_, key)| key.as_ref()).is_some_and(|k| opens(k, &row));
                if !opens && self.is_still_there(&row).await? {
                    unreadable += 1;
                }
            }
        }
    }

    /// Erased or changed since it was read is not damage.
    async fn is_still_there(&self, row: &Row) -> Result<bool, Error> {
        let now = self.inner.store.get(&[row.place]).await?.into_iter().flatten().next();
        Ok(now.as_ref() == Some(row))
    }
}

fn opens(key: &UserKey, row: &Row) -> bool {
    use crate::person::{Attribute, AttributeId, Comparison, Judgment, Settings, Tombstone};
    match row.place.kind {
        Kind::Name => record::read::<record::Name>(key, row).is_ok(),
        Kind::Settings => record::read::<Settings>(key, row).is_ok(),
        Kind::Attribute => record::read::<Attribute>(key, row).is_ok(),
        Kind::Tombstone => record::read::<Tombstone>(key, row).is_ok(),
        Kind::Receipt => read_page(key, row).is_ok(),
        Kind::Comparison => record::read::<Comparison>(key, row).is_ok(),
        Kind::Judgment => record::read::<Judgment>(key, row).is_ok(),
        Kind::Uses => record::read::<HashMap<AttributeId, u64>>(key, row).is_ok(),
    }
}
