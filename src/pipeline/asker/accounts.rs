//! The keys that the model is asked with, each with a pause of its own: one that is refused, or has asked too much,
//! keeps no other waiting.

use std::{collections::HashMap, time::Duration};

use http::HeaderValue;

use super::rest::Rest;
use crate::pipeline::UpstreamKeys;

/// The keys that the model is asked with. As many as the configuration names.
#[derive(Debug)]
pub(super) struct Accounts {
    keys: UpstreamKeys,
    rests: HashMap<HeaderValue, Rest>,
}

/// One of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Account<'a> {
    pub(super) key: &'a HeaderValue,
    /// Of all the apps that ask with this key.
    pub(super) rest: &'a Rest,
}

impl Accounts {
    pub(super) fn new(keys: UpstreamKeys) -> Self {
        let all = keys.common.iter().chain(keys.by_app.values());
        let rests = all.map(|key| (key.clone(), Rest::default())).collect();
        Self { keys, rests }
    }

    /// Whose key an app's lessons are asked about with.
    pub(super) fn of(&self, app: &str) -> Option<Account<'_>> {
        let key = self.keys.of(app)?;
        Some(Account { key, rest: self.rests.get(key)? })
    }

    /// How long all of them rest.
    pub(super) fn all_rest(&self) -> Option<Duration> {
        // None is the least: of those that rest, the first to have rested.
        self.rests.values().map(Rest::left).min().flatten()
    }

    /// Whether one of them rests.
    pub(super) fn one_rests(&self) -> bool {
        self.rests.values().any(|rest| rest.left().is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_rests_for_all_who_ask_with_it_and_for_nobody_else() {
        let key = HeaderValue::from_static;
        let keys = UpstreamKeys {
            common: Some(key("common")),
            by_app: [("mail", "own"), ("shop", "common")]
                .map(|(app, value)| (app.to_owned(), key(value)))
                .into(),
        };
        let accounts = Accounts::new(keys);
        let rests = |app| accounts.of(app).unwrap().rest.left().is_some();
        assert!(accounts.all_rest().is_none() && !accounts.one_rests());
        accounts.of("shop").unwrap().rest.begin(None);
        assert_eq!(["shop", "blog", "mail"].map(rests), [true, true, false]);
        assert!(accounts.all_rest().is_none() && accounts.one_rests());
        accounts.of("mail").unwrap().rest.begin(Some(Duration::from_secs(900)));
        assert!(accounts.all_rest().is_some_and(|left| left.as_secs() < 2), "the first of them");
        assert!(Accounts::new(UpstreamKeys::default()).of("mail").is_none());
    }
}
