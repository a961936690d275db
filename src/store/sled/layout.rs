//! What lies where in the one tree.
//!
//! | key | value |
//! |---|---|
//! | `r` user kind id | sealed record |
//! | `t` kind id user | app: the index by time, for kinds that age |
//! | `v` user | revision |
//! | `q` job | user, sealed job |
//! | `x` user | nothing: an erasure that is not finished |
//! | `m` | magic, format version, store id |
//! | `c` | the seal of the last close: see `tally` |

use super::super::{AppTag, Error, Kind, Place, Revision, Row, UserTag};

pub(super) const MARKER: &[u8] = b"m";
pub(super) const RECORDS: &[u8] = b"r";
pub(super) const QUEUE: &[u8] = b"q";
pub(super) const ERASURES: &[u8] = b"x";
pub(super) const TIMES: &[u8] = b"t";
pub(super) const CLOSED: &[u8] = b"c";

pub(super) const MAGIC: [u8; 8] = *b"TACTFUL1";
pub(super) const VERSION: u8 = 3;
/// Those that are read. 2 differs in what a close leaves, and in nothing else: it is marked as the newer.
pub(super) const VERSIONS: [u8; 2] = [2, VERSION];

pub(super) fn marker(version: u8, store_id: [u8; 16]) -> Vec<u8> {
    [&MAGIC[..], &[version], &store_id].concat()
}

pub(super) fn record(place: &Place) -> Vec<u8> {
    [RECORDS, &place.user.0, &[place.kind as u8], &place.id].concat()
}

pub(super) fn records_of(user: UserTag, kind: Option<Kind>) -> Vec<u8> {
    let mut key = [RECORDS, &user.0].concat();
    key.extend(kind.map(|kind| kind as u8));
    key
}

pub(super) fn read_record(key: &[u8], value: &[u8]) -> Result<Row, Error> {
    let place = read_place(key).ok_or_else(|| not_ours("a record's key"))?;
    Ok(Row { place, sealed: value.to_vec() })
}

fn read_place(key: &[u8]) -> Option<Place> {
    let (user, rest) = key.strip_prefix(RECORDS)?.split_first_chunk::<16>()?;
    let (kind, id) = rest.split_first()?;
    let kind = Kind::ALL.into_iter().find(|known| *known as u8 == *kind)?;
    Some(Place { user: UserTag(*user), kind, id: id.try_into().ok()? })
}

pub(super) fn time(place: &Place) -> Vec<u8> {
    [TIMES, &[place.kind as u8], &place.id, &place.user.0].concat()
}

pub(super) fn times_of(kind: Kind, id: Option<[u8; 16]>) -> Vec<u8> {
    let mut key = [TIMES, &[kind as u8]].concat();
    key.extend(id.into_iter().flatten());
    key
}

pub(super) fn read_time(key: &[u8], value: &[u8]) -> Result<(Place, AppTag), Error> {
    let read = || {
        let (kind, rest) = key.strip_prefix(TIMES)?.split_first()?;
        let kind = Kind::ALL.into_iter().find(|known| *known as u8 == *kind)?;
        let (id, user) = rest.split_first_chunk::<16>()?;
        let place = Place { user: UserTag(user.try_into().ok()?), kind, id: *id };
        Some((place, AppTag(value.try_into().ok()?)))
    };
    read().ok_or_else(|| not_ours("an index entry"))
}

pub(super) fn revision(user: UserTag) -> Vec<u8> {
    [b"v", &user.0[..]].concat()
}

pub(super) fn read_revision(value: Option<&[u8]>) -> Result<Revision, Error> {
    let Some(value) = value else { return Ok(0) };
    let bytes = value.try_into().map_err(|_| not_ours("a revision"))?;
    Ok(Revision::from_be_bytes(bytes))
}

pub(super) fn job(job: [u8; 16]) -> Vec<u8> {
    [QUEUE, &job].concat()
}

pub(super) fn job_value(user: UserTag, sealed: &[u8]) -> Vec<u8> {
    [&user.0[..], sealed].concat()
}

pub(super) fn read_job<'v>(
    key: &[u8],
    value: &'v [u8],
) -> Result<([u8; 16], UserTag, &'v [u8]), Error> {
    let read = || {
        let job = key.strip_prefix(QUEUE)?.try_into().ok()?;
        let (user, sealed) = value.split_first_chunk::<16>()?;
        Some((job, UserTag(*user), sealed))
    };
    read().ok_or_else(|| not_ours("a queued job"))
}

pub(super) fn erasure(user: UserTag) -> Vec<u8> {
    [ERASURES, &user.0].concat()
}

pub(super) fn read_erasure(key: &[u8]) -> Result<UserTag, Error> {
    let user = key.strip_prefix(ERASURES).and_then(|user| user.try_into().ok());
    user.map(UserTag).ok_or_else(|| not_ours("an erasure"))
}

/// What to say of bytes that no version of this program wrote.
pub(super) fn not_ours(what: &str) -> Error {
    Error::Damaged(format!(
        "the store is damaged: {what} does not hold what was written. Put back the whole directory from a backup"
    ))
}

pub(super) fn failed(doing: &'static str) -> impl Fn(::sled::Error) -> Error {
    move |e| match e {
        ::sled::Error::Corruption { .. } => Error::Damaged(format!(
            "the store is damaged: sled could not {doing} because bytes on disk changed. Put back the whole \
             directory from a backup"
        )),
        e => Error::engine(doing, e),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_back() {
        let place = Place { user: UserTag([1; 16]), kind: Kind::Judgment, id: [2; 16] };
        assert_eq!(read_record(&record(&place), b"s").unwrap().place, place);
        assert!(record(&place).starts_with(&records_of(place.user, Some(place.kind))));
        let (read, app) = read_time(&time(&place), &[3; 8]).unwrap();
        assert_eq!((read, app), (place, AppTag([3; 8])));
        assert!(time(&place).starts_with(&times_of(place.kind, Some(place.id))));
        let value = job_value(place.user, b"sealed");
        assert_eq!(read_job(&job([4; 16]), &value).unwrap(), ([4; 16], place.user, &b"sealed"[..]));
        assert_eq!(read_erasure(&erasure(place.user)).unwrap(), place.user);
    }

    #[test]
    fn keys_of_other_shapes_are_damage() {
        assert!(read_record(b"r123", b"").is_err());
        assert!(read_time(b"t1", b"").is_err());
        assert!(read_job(b"q", b"short").is_err());
        assert!(read_revision(Some(b"1")).is_err());
    }
}
