//! Who may ask: the operator's admin key and the apps' keys.
//!
//! Knows keys by their SHA-256 alone and compares in constant time. Knows no routes and no people, so that the
//! proxy and the personal API recognise the same app by the same code.

use std::{fmt, str::FromStr};

use http::HeaderValue;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// The app of everyone where no apps are configured.
pub const DEFAULT_APP: &str = "default";

/// The SHA-256 of a key. The key itself is not kept.
#[derive(Clone)]
pub struct KeyHash([u8; 32]);

/// A text that is not the SHA-256 of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected the SHA-256 of a key, 64 hexadecimal digits: `printf %s KEY | sha256sum`")]
pub struct KeyHashError;

impl KeyHash {
    /// The hash of this key.
    #[must_use]
    pub fn of(key: &str) -> Self {
        Self(Sha256::digest(key).into())
    }

    /// Whether both are the hash of one key; takes as long for a near miss as for a far one.
    fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl FromStr for KeyHash {
    type Err = KeyHashError;

    fn from_str(text: &str) -> Result<Self, KeyHashError> {
        let mut hash = [0; 32];
        hex::decode_to_slice(text, &mut hash).map_err(|_| KeyHashError)?;
        Ok(Self(hash))
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// One app and the key it shows.
#[derive(Clone, Debug)]
pub struct App {
    /// Its name. Its users are its own.
    pub name: String,
    /// The hash of its key.
    pub key: KeyHash,
}

/// Who shows a key we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller<'a> {
    /// The operator: users of every app.
    Admin,
    /// This app: its own users.
    App(&'a str),
}

/// The keys we know.
#[derive(Clone, Debug)]
pub struct Access {
    admin: KeyHash,
    apps: Vec<App>,
}

impl Access {
    /// Knows the operator's key and these apps.
    #[must_use]
    pub fn new(admin: KeyHash, apps: Vec<App>) -> Self {
        Self { admin, apps }
    }

    /// Whose key an `Authorization: Bearer` header shows; none: nobody's.
    #[must_use]
    pub fn caller(&self, authorization: Option<&HeaderValue>) -> Option<Caller<'_>> {
        let shown = KeyHash::of(bearer(authorization?)?);
        // Every key is compared, whichever matches, so that time does not tell which app answered.
        let admin = self.admin.matches(&shown).then_some(Caller::Admin);
        self.apps.iter().fold(admin, |caller, app| {
            let matches = app.key.matches(&shown);
            caller.or_else(|| matches.then_some(Caller::App(&app.name)))
        })
    }

    /// The app that sends a chat request.
    ///
    /// Without configured apps everyone is [`DEFAULT_APP`]'s, whatever key they send upstream. The operator's key is
    /// no app's: none, so that it is refused and never relayed.
    #[must_use]
    pub fn app_of(&self, authorization: Option<&HeaderValue>) -> Option<&str> {
        match self.caller(authorization) {
            Some(Caller::App(name)) => Some(name),
            Some(Caller::Admin) => None,
            None => self.apps.is_empty().then_some(DEFAULT_APP),
        }
    }

    /// Whether apps are configured, so that a user's name alone says not whose they are.
    #[must_use]
    pub fn has_apps(&self) -> bool {
        !self.apps.is_empty()
    }

    /// Whether an app of this name can have users.
    #[must_use]
    pub fn knows(&self, app: &str) -> bool {
        app == DEFAULT_APP || self.apps.iter().any(|known| known.name == app)
    }
}

fn bearer(authorization: &HeaderValue) -> Option<&str> {
    let (scheme, key) = authorization.to_str().ok()?.split_once(' ')?;
    let key = key.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !key.is_empty()).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shows(text: &str) -> HeaderValue {
        HeaderValue::from_str(text).unwrap()
    }

    fn two_apps() -> Access {
        let app = |name: &str, key: &str| App { name: name.into(), key: KeyHash::of(key) };
        Access::new(KeyHash::of("root"), vec![app("mail", "key-a"), app("shop", "key-b")])
    }

    #[test]
    fn a_key_names_its_holder_and_nothing_else_does() {
        let access = two_apps();
        assert_eq!(access.caller(Some(&shows("Bearer root"))), Some(Caller::Admin));
        assert_eq!(access.caller(Some(&shows("bearer key-b"))), Some(Caller::App("shop")));
        for wrong in ["Bearer key-c", "Bearer ", "Bearer", "Basic key-a", "key-a", "Bearer key-a x"]
        {
            assert_eq!(access.caller(Some(&shows(wrong))), None, "{wrong}");
        }
        assert_eq!(access.caller(None), None);
    }

    #[test]
    fn without_apps_every_chat_request_is_the_default_apps() {
        let access = Access::new(KeyHash::of("root"), Vec::new());
        assert_eq!(access.app_of(None), Some(DEFAULT_APP));
        assert_eq!(access.app_of(Some(&shows("Bearer sk-anything"))), Some(DEFAULT_APP));
        assert_eq!(access.app_of(Some(&shows("Bearer root"))), None);
        assert_eq!(access.caller(Some(&shows("Bearer sk-anything"))), None);
    }

    #[test]
    fn with_apps_a_chat_request_needs_an_apps_key() {
        let access = two_apps();
        assert_eq!(access.app_of(Some(&shows("Bearer key-a"))), Some("mail"));
        assert_eq!(access.app_of(Some(&shows("Bearer sk-anything"))), None);
        assert_eq!(access.app_of(None), None);
    }

    #[test]
    fn a_hash_reads_back_from_hex_and_prints_nothing() {
        let written = hex::encode(Sha256::digest("key-a"));
        assert!(written.parse::<KeyHash>().unwrap().matches(&KeyHash::of("key-a")));
        assert!("key-a".parse::<KeyHash>().is_err());
        assert!(!format!("{:?}", two_apps()).contains(&written[..8]));
        assert_eq!(format!("{:?}", KeyHash::of("key-a")), "***");
    }
}
