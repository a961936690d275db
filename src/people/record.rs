//! Records as bytes: JSON inside the seal.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use super::Error;
use crate::{
    person::{Lesson, UserRef},
    store::{self, Kind, Place, ROW_BYTES_MAX, Row, SEAL_BYTES, UserKey, UserTag, Write},
};

/// Where a user has one record of a kind.
pub(super) const ONLY: [u8; 16] = [0; 16];

/// Who a tag stands for.
#[derive(Serialize, Deserialize)]
pub(super) struct Name {
    app: String,
    user: String,
}

impl From<&UserRef> for Name {
    fn from(who: &UserRef) -> Self {
        Self { app: who.app.clone(), user: who.user.clone() }
    }
}

impl From<Name> for UserRef {
    fn from(name: Name) -> Self {
        Self { app: name.app, user: name.user }
    }
}

/// A record sealed for its place.
pub(super) fn put<T: Serialize>(
    key: &UserKey,
    user: UserTag,
    kind: Kind,
    id: [u8; 16],
    value: &T,
) -> Result<Write, Error> {
    let place = Place { user, kind, id };
    let sealed = key.secret.seal(&place, &to_bytes(value)?)?;
    Ok(Write::Put(Row { place, sealed }))
}

/// A lesson sealed for the queue.
pub(super) fn push(
    key: &UserKey,
    user: UserTag,
    job: [u8; 16],
    lesson: &Lesson,
) -> Result<Write, Error> {
    let sealed = key.secret.seal_job(user, job, &to_bytes(lesson)?)?;
    Ok(Write::Push { job, sealed })
}

/// What a record holds.
pub(super) fn read<T: DeserializeOwned>(key: &UserKey, row: &Row) -> Result<T, Error> {
    let unreadable = || Error::Unreadable { kind: row.place.kind.as_str() };
    let plain = key.secret.open(&row.place, &row.sealed).map_err(|_| unreadable())?;
    serde_json::from_slice(&plain).map_err(|_| unreadable())
}

/// What a queued job holds.
pub(super) fn read_lesson(
    key: &UserKey,
    user: UserTag,
    job: [u8; 16],
    sealed: &[u8],
) -> Result<Lesson, Error> {
    let unreadable = || Error::Unreadable { kind: "lesson" };
    let plain = key.secret.open_job(user, job, sealed).map_err(|_| unreadable())?;
    serde_json::from_slice(&plain).map_err(|_| unreadable())
}

/// The least identifier made at or after this second: what is less is older.
pub(super) fn first_id_at(seconds: i64) -> [u8; 16] {
    // UUIDv7 begins with 48 bits of Unix milliseconds.
    const LATEST: u64 = (1 << 48) - 1;
    let millis = u64::try_from(seconds).unwrap_or(0).saturating_mul(1_000).min(LATEST);
    let mut id = [0; 16];
    id[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
    id
}

fn to_bytes<T: Serialize>(value: &T) -> Result<Zeroizing<Vec<u8>>, Error> {
    let bytes = serde_json::to_vec(value).map(Zeroizing::new);
    // The cause could quote what is personal.
    let bytes =
        bytes.map_err(|_| store::Error::engine("encode", "a value that JSON cannot hold"))?;
    match bytes.len() + SEAL_BYTES {
        0..=ROW_BYTES_MAX => Ok(bytes),
        bytes => Err(store::Error::TooLarge { bytes }.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::person::{AttributeId, clock};

    #[test]
    fn identifiers_are_older_than_a_later_second() {
        let now = clock::now();
        let id = AttributeId::fresh().0;
        assert!(first_id_at(now) <= id && id < first_id_at(now + 2));
        assert_eq!(first_id_at(-5), [0; 16]);
        assert!(first_id_at(i64::MAX) > id);
    }
}
