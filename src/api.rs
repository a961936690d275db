//! The personal API: people see, correct and erase what is held about them, and judge what came of it.
//!
//! One file per resource. Every handler of personal data takes a `caller::Reach` (or a `caller::Who`, made by
//! one), so none runs without a known key, and what is out of reach reads as what does not exist. Every refusal has
//! the shape that OpenAI clients read, and repeats nothing of what was sent. Knows nothing of chat requests.

mod attributes;
mod caller;
mod comparisons;
mod document;
mod error;
mod judgments;
mod list;
mod name;
mod reading;
mod reports;
mod settings;
mod text;
mod users;
mod uses;

use std::{fmt, sync::Arc};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{HeaderValue, header},
    middleware,
    response::Response,
    routing::any,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::error::Error;
use crate::{access::Access, metrics::Metrics, people::People};

/// Where the personal API is mounted.
pub const ROOT: &str = "/tactful/v1";
/// The longest body that is read.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;

/// What the personal API works with.
#[derive(Clone)]
pub struct Api {
    /// The people.
    pub people: People,
    /// The keys we know.
    pub access: Arc<Access>,
    /// What a text costs a model to read.
    pub count_tokens: fn(&str) -> u32,
    /// Where judgments are counted.
    pub metrics: Arc<Metrics>,
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api").finish_non_exhaustive()
    }
}

/// The personal API, mounted at [`ROOT`]. Serves nothing outside of it, so that it merges with other routers.
pub fn router(api: Api) -> Router {
    let (served, _) = served().split_for_parts();
    let served = served
        .fallback(async || Error::NoSuchPath)
        .method_not_allowed_fallback(async || Error::WrongMethod)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(middleware::map_response(not_kept))
        .with_state(api);
    // The one path under the root that nesting leaves out.
    let slash = any(async || Error::NoSuchPath);
    Router::new().nest(ROOT, served).route(&format!("{ROOT}/"), slash)
}

/// Every route with its description: what is served and what is documented are one list.
fn served() -> OpenApiRouter<Api> {
    use self::attributes::{correct::*, enter::*, *};
    use self::{
        comparisons::*, document::*, judgments::*, reports::*, settings::*, users::*, uses::*,
    };
    OpenApiRouter::new()
        .routes(routes!(list_attributes, create_attribute))
        .routes(routes!(get_attribute, patch_attribute, delete_attribute))
        .routes(routes!(list_uses))
        .routes(routes!(get_settings, put_settings))
        .routes(routes!(erase_user))
        .routes(routes!(post_judgment))
        .routes(routes!(list_comparisons))
        .routes(routes!(get_comparison))
        .routes(routes!(get_report))
        .routes(routes!(get_openapi))
}

/// Personal data stays in no cache between here and the client.
async fn not_kept(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests;
