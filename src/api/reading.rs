//! What clients send, read into types, and refused in words of our own.
//!
//! The words of serde repeat what was sent; a refusal names the field and what is expected of it, nothing else.

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::{header, request::Parts},
};
use bytes::Bytes;
use serde::{Deserialize, Deserializer, de::DeserializeOwned};

use super::error::Error;

/// A JSON body.
pub(super) struct Body<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        if kind.is_some_and(|kind| !kind.to_str().is_ok_and(is_json)) {
            return Err(Error::NotJson);
        }
        let bytes =
            Bytes::from_request(request, state).await.map_err(|rejection| {
                match rejection.status().as_u16() {
                    413 => Error::TooLarge,
                    _ => Error::Invalid { param: None, message: "the body broke off".into() },
                }
            })?;
        let mut json = serde_json::Deserializer::from_slice(&bytes);
        let value = serde_path_to_error::deserialize(&mut json)
            .map_err(|error| if error.inner().is_data() { refuse(&error) } else { not_json() })?;
        json.end().map_err(|_| not_json())?;
        Ok(Self(value))
    }
}

fn not_json() -> Error {
    Error::Invalid { param: None, message: "the body is not valid JSON".into() }
}

fn is_json(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// The query of a URL.
pub(super) struct Asked<T>(pub(super) T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let query = parts.uri.query().unwrap_or_default();
        read(serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes())))
            .map(Self)
    }
}

/// Reads a value, or says which field is not what it must be.
pub(super) fn read<'de, D, T>(deserializer: D) -> Result<T, Error>
where
    D: Deserializer<'de, Error: std::fmt::Display>,
    T: Deserialize<'de>,
{
    serde_path_to_error::deserialize(deserializer).map_err(|error| refuse(&error))
}

/// Puts a refusal of serde into words that repeat nothing of what was sent.
fn refuse(error: &serde_path_to_error::Error<impl std::fmt::Display>) -> Error {
    let path = Some(error.path().to_string()).filter(|path| path != ".");
    let said = error.inner().to_string();
    // serde_json says where, too; the byte position helps nobody who reads the field's name.
    let said = said.rfind(" at line ").map_or(&*said, |at| &said[..at]);
    // In these two the name is one of ours.
    for (begins, is) in [("missing field `", "is missing"), ("duplicate field `", "is there twice")]
    {
        if let Some(name) = said.strip_prefix(begins) {
            let name = name.trim_end_matches('`');
            let name = path.map_or_else(|| name.to_owned(), |path| format!("{path}.{name}"));
            return Error::invalid(&name, format!("`{name}` {is}"));
        }
    }
    // A field of the client's own naming may hold anything; it is repeated only where it looks like a name.
    let param = path.filter(|path| path.len() <= 64 && path.chars().all(is_of_a_path));
    let what =
        param.as_ref().map_or_else(|| "the request".to_owned(), |param| format!("`{param}`"));
    let unknown = said.starts_with("unknown field");
    let message = match expectation(said) {
        Some(names) if unknown => format!("{what} is not a field here: {names}"),
        _ if unknown => format!("{what} is not a field here"),
        Some(expected) => format!("{what} is not valid: {expected}"),
        None => format!("{what} is not valid"),
    };
    Error::Invalid { param, message }
}

/// What a refusal expects, which is all in it that is not the client's.
fn expectation(said: &str) -> Option<&str> {
    // The refusals of our own types begin with it.
    if said.starts_with("expected ") {
        return Some(said);
    }
    if said.contains("was not `true` or `false`") {
        return Some("expected true or false");
    }
    said.rfind(", expected ").map(|at| &said[at + 2..])
}

fn is_of_a_path(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '[' | ']')
}
