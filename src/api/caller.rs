//! Whose data a request may see, and whom it names.

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::{header, request::Parts},
};

use super::{Api, error::Error, name::Name};
use crate::{
    access::{Caller, DEFAULT_APP},
    person::{Id, UserRef},
};

/// The header by which the operator names the app whose users are meant.
pub(super) const APP_HEADER: &str = "x-tactful-app";

/// The people a request may see. Taken by every handler of personal data, so that none runs without a known key.
#[derive(Clone, Debug)]
pub(super) struct Reach {
    /// The one app; none: all of them.
    app: Option<String>,
    /// Whether a person cannot be named without naming their app.
    names_apps: bool,
}

impl Reach {
    /// The one app whose people are in reach; none: every app's.
    pub(super) fn app(&self) -> Option<&str> {
        self.app.as_deref()
    }

    /// The person of this name. The operator names their app too, where there are any.
    pub(super) fn who(&self, user: Name) -> Result<UserRef, Error> {
        if self.app.is_none() && self.names_apps {
            return Err(Error::invalid(
                APP_HEADER,
                format!("`{APP_HEADER}` has to name the user's app"),
            ));
        }
        let app = self.app().unwrap_or(DEFAULT_APP).to_owned();
        Ok(UserRef { app, user: user.into() })
    }

    /// Whether this person is in reach.
    pub(super) fn sees(&self, who: &UserRef) -> bool {
        self.app().is_none_or(|app| app == who.app)
    }
}

impl FromRequestParts<Api> for Reach {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Error> {
        let authorization = parts.headers.get(header::AUTHORIZATION);
        let app = match api.access.caller(authorization).ok_or(Error::Unauthorized)? {
            Caller::App(name) => Some(name.to_owned()),
            Caller::Admin => match parts.headers.get(APP_HEADER) {
                None => None,
                Some(named) => {
                    let known = named.to_str().ok().filter(|app| api.access.knows(app));
                    Some(known.ok_or(NO_SUCH_APP)?.to_owned())
                }
            },
        };
        Ok(Self { app, names_apps: api.access.has_apps() })
    }
}

const NO_SUCH_APP: Error = Error::NotFound { what: "app", param: APP_HEADER };

/// The person whom a path names.
pub(super) struct Who(pub(super) UserRef);

impl FromRequestParts<Api> for Who {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Error> {
        let reach = Reach::from_request_parts(parts, api).await?;
        let user = path_part(parts, api, "user").await?;
        let user =
            Name::try_from(user).map_err(|error| Error::invalid("user", error.to_string()))?;
        Ok(Self(reach.who(user)?))
    }
}

/// The record that a path names.
pub(super) struct Named<const P: char>(pub(super) Id<P>);

impl<const P: char> FromRequestParts<Api> for Named<P> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Error> {
        let id = path_part(parts, api, "id").await?;
        Id::parse(&id).map(Self).map_err(|error| Error::invalid("id", error.to_string()))
    }
}

async fn path_part(parts: &mut Parts, api: &Api, name: &'static str) -> Result<String, Error> {
    let not_text = || Error::invalid(name, format!("`{name}` is not percent-encoded UTF-8"));
    let params = RawPathParams::from_request_parts(parts, api).await.map_err(|_| not_text())?;
    params
        .iter()
        .find_map(|(key, value)| (key == name).then(|| value.to_owned()))
        .ok_or(Error::NoSuchPath)
}
