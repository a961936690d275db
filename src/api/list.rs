//! Lists, a page at a time.
//!
//! A cursor is the id of the last thing on a page, and the next page is what is older than it: what is added
//! meanwhile shifts nothing.

use serde::{Deserialize, Serialize, Serializer};
use utoipa::ToSchema;

use crate::person::Id;

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct List<T: ToSchema> {
    /// Always `list`.
    #[schema(value_type = String, example = "list")]
    object: &'static str,
    /// What is on this page.
    data: Vec<T>,
    /// Whether there is more.
    has_more: bool,
    /// What to send as `cursor` for the next page; null on the last.
    next_cursor: Option<Cursor>,
}

impl<T: ToSchema> List<T> {
    /// The page of these things; `last` is the id of the last of them.
    pub(super) fn new(data: Vec<T>, last: Option<[u8; 16]>, has_more: bool) -> Self {
        let next_cursor = last.filter(|_| has_more).map(Cursor);
        Self { object: "list", data, has_more, next_cursor }
    }
}

/// Where a page ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(try_from = "String")]
#[schema(value_type = String, pattern = "^[0-9a-f]{32}$")]
pub(super) struct Cursor([u8; 16]);

impl Cursor {
    /// The id of the last thing on the page.
    pub(super) const fn last(self) -> [u8; 16] {
        self.0
    }
}

/// A text that no list gave as its cursor.
#[derive(Debug, thiserror::Error)]
#[error("expected the `next_cursor` of an earlier page, unchanged")]
pub(super) struct CursorError;

impl TryFrom<String> for Cursor {
    type Error = CursorError;

    fn try_from(text: String) -> Result<Self, CursorError> {
        let mut id = [0; 16];
        hex::decode_to_slice(text, &mut id).map_err(|_| CursorError)?;
        Ok(Self(id))
    }
}

impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(self.0))
    }
}

impl<const P: char> From<Id<P>> for Cursor {
    fn from(id: Id<P>) -> Self {
        Self(id.0)
    }
}

/// The most things on one page: 1 to 100, 20 where nothing is said.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Limit(usize);

impl Limit {
    /// How many.
    pub(super) const fn get(self) -> usize {
        self.0
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(20)
    }
}

/// A text that is no limit.
#[derive(Debug, thiserror::Error)]
#[error("expected a whole number from 1 to 100")]
pub(super) struct LimitError;

impl TryFrom<String> for Limit {
    type Error = LimitError;

    fn try_from(text: String) -> Result<Self, LimitError> {
        text.parse().ok().filter(|limit| (1..=100).contains(limit)).map(Self).ok_or(LimitError)
    }
}
