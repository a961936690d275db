//! What is held about each person and what was said of it: the material that a model learns from.

use super::{Error, People, record};
use crate::{
    person::{Attribute, Judgment, Settings, Stage, UserRef},
    store::{Kind, Row, UserTag},
};

/// What is held about one person, and what was said of it.
#[derive(Debug)]
pub struct Told {
    /// Who.
    pub who: UserRef,
    /// What they allow.
    pub settings: Settings,
    /// What is held, of every status.
    pub attributes: Vec<Attribute>,
    /// What was said of attributes, theirs and those gone since.
    pub judgments: Vec<Judgment>,
}

impl People {
    /// Hands over person by person. Returns how many records were left out because they do not open.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn each_told(&self, take: &mut (dyn FnMut(Told) + Send)) -> Result<u64, Error> {
        const AT_ONCE: usize = 200;
        let mut own: Vec<Row> = Vec::new();
        let (mut after, mut unreadable) = (None, 0);
        loop {
            let rows = self.inner.store.walk(after, AT_ONCE).await?;
            let ends = rows.is_empty();
            after = rows.last().map(|row| row.place);
            for row in rows {
                if own.first().is_some_and(|first| first.place.user != row.place.user) {
                    unreadable += self.hand_over(&std::mem::take(&mut own), take).await?;
                }
                let kinds = [Kind::Settings, Kind::Attribute, Kind::Judgment];
                own.extend(kinds.contains(&row.place.kind).then_some(row));
            }
            if ends {
                return Ok(unreadable + self.hand_over(&own, take).await?);
            }
        }
    }

    async fn hand_over(
        &self,
        rows: &[Row],
        take: &mut (dyn FnMut(Told) + Send),
    ) -> Result<u64, Error> {
        let Some(user) = rows.first().map(|row| row.place.user) else { return Ok(0) };
        let (key, who) = match self.whose(user).await? {
            Some(known) => known,
            None => return Ok(0),
        };
        let mut unreadable = 0;
        let settings = Settings::default();
        let mut told = Told { who, settings, attributes: Vec::new(), judgments: Vec::new() };
        for row in rows {
            let opened = match row.place.kind {
                Kind::Settings => record::read(&key, row).map(|settings| told.settings = settings),
                Kind::Attribute => record::read(&key, row).map(|held| told.attributes.push(held)),
                Kind::Judgment => record::read(&key, row).map(|said: Judgment| {
                    if said.verdict.stage() == Stage::Attribute {
                        told.judgments.push(said);
                    }
                }),
                _ => Ok(()),
            };
            if opened.is_err() {
                unreadable += 1;
                // What they allow is not known then.
                told.settings.learn &= row.place.kind != Kind::Settings;
            }
        }
        take(told);
        Ok(unreadable)
    }

    async fn whose(
        &self,
        user: UserTag,
    ) -> Result<Option<(crate::store::UserKey, UserRef)>, Error> {
        self.or_skipped(self.inner.whose(user).await)
    }
}
