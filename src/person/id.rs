//! Identifiers: time-ordered, 16 bytes, written with the prefix of what they name.

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

/// A time-ordered identifier (UUIDv7, RFC 9562) of a record.
///
/// `P` is the prefix it is written with, e.g. `attr_018f…`. Ordering is by creation time to the millisecond.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id<const P: char>(pub [u8; 16]);

/// A text that is not an identifier of the expected kind.
#[derive(Debug, thiserror::Error)]
#[error("expected an id that starts with `{expected}` and has 32 hexadecimal digits")]
pub struct IdError {
    expected: &'static str,
}

const fn prefix(kind: char) -> &'static str {
    match kind {
        'a' => "attr_",
        'u' => "use_",
        'c' => "cmp_",
        'j' => "jdg_",
        'r' => "req_",
        'l' => "job_",
        _ => "id_",
    }
}

impl<const P: char> Id<P> {
    /// A fresh identifier, later than every one this process made before.
    #[must_use]
    pub fn fresh() -> Self {
        #[expect(clippy::disallowed_methods, reason = "ids are made here")]
        Self(uuid::Uuid::now_v7().into_bytes())
    }

    /// Reads what [`fmt::Display`] wrote.
    ///
    /// # Errors
    /// When the prefix or the digits are not those of this kind of identifier.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let error = || IdError { expected: prefix(P) };
        let digits = text.strip_prefix(prefix(P)).ok_or_else(error)?;
        let mut bytes = [0; 16];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| error())?;
        Ok(Self(bytes))
    }
}

impl<const P: char> fmt::Display for Id<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = [0; 32];
        hex::encode_to_slice(self.0, &mut digits).map_err(|_| fmt::Error)?;
        f.write_str(prefix(P))?;
        f.write_str(str::from_utf8(&digits).map_err(|_| fmt::Error)?)
    }
}

impl<const P: char> fmt::Debug for Id<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<const P: char> Serialize for Id<P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, const P: char> Deserialize<'de> for Id<P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl<const P: char> PartialSchema for Id<P> {
    fn schema() -> RefOr<Schema> {
        let pattern = format!("^{}[0-9a-fA-F]{{32}}$", prefix(P));
        ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern)).into()
    }
}

impl<const P: char> ToSchema for Id<P> {
    fn name() -> Cow<'static, str> {
        Cow::Owned(format!("{}id", prefix(P)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_and_refuses_another_kind() {
        let id = Id::<'a'>::fresh();
        assert_eq!(Id::<'a'>::parse(&id.to_string()).unwrap(), id);
        assert!(Id::<'c'>::parse(&id.to_string()).is_err());
        assert!(Id::<'a'>::parse("attr_../../etc").is_err());
    }

    #[test]
    fn ids_ascend() {
        let ids: Vec<_> = (0..1000).map(|_| Id::<'a'>::fresh()).collect();
        assert!(ids.is_sorted());
    }
}
