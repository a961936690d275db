//! The personalised and the generic answer side by side; blind, where people are to rate them.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Api,
    caller::{Named, Reach},
    error::Error,
    list::{Cursor, Limit, List},
    name::Name,
    reading::Asked,
};
use crate::person::{self, Answer, AttributeId, ComparisonId, RequestId, Signals, UserRef};

/// Two answers to one request.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum Comparison {
    /// Which answer is which is hidden.
    Blind(Blind),
    /// With everything known of both answers.
    Open(Box<Open>),
}

/// Two answers to one request, with everything known of both.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Open {
    /// Always `comparison`.
    #[schema(value_type = String, example = "comparison")]
    object: &'static str,
    id: ComparisonId,
    /// Always false.
    blind: bool,
    /// Whose app.
    app: String,
    /// Whose.
    user: String,
    /// The request both answer.
    request: RequestId,
    /// Unix seconds.
    created_at: i64,
    /// The model that answered.
    model: Option<String>,
    /// What was asked.
    prompt: String,
    /// What went into the personalised request.
    attributes: Vec<AttributeId>,
    personalized: Answer,
    generic: Answer,
    signals: Signals,
    /// Whether the personalised answer is B to a blind reader.
    personalized_is_second: bool,
}

/// Two answers to one request, for a rater who must not know which is which.
///
/// Holds nothing by which they could be told apart: no attributes, no tokens, no times of their own.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Blind {
    /// Always `comparison`.
    #[schema(value_type = String, example = "comparison")]
    object: &'static str,
    id: ComparisonId,
    /// Always true.
    blind: bool,
    /// Whose app.
    app: String,
    /// Whose.
    user: String,
    /// Unix seconds.
    created_at: i64,
    /// What was asked.
    prompt: String,
    /// A, then B.
    answers: [Labelled; 2],
}

/// One answer of a blind comparison.
#[derive(Debug, Serialize, ToSchema)]
struct Labelled {
    /// `A` or `B`.
    #[schema(value_type = String, example = "A")]
    label: &'static str,
    text: String,
}

impl Comparison {
    fn of(who: UserRef, held: person::Comparison, blind: bool) -> Self {
        if blind {
            return Self::Blind(Blind::of(who, held));
        }
        Self::Open(Box::new(Open {
            object: "comparison",
            id: held.id,
            blind: false,
            app: who.app,
            user: who.user,
            request: held.request,
            created_at: held.created_at,
            model: held.model,
            prompt: held.prompt,
            attributes: held.attributes,
            personalized: held.personalized,
            generic: held.generic,
            signals: held.signals,
            personalized_is_second: held.personalized_is_second,
        }))
    }
}

impl Blind {
    fn of(who: UserRef, held: person::Comparison) -> Self {
        let (a, b) = if held.personalized_is_second {
            (held.generic, held.personalized)
        } else {
            (held.personalized, held.generic)
        };
        Self {
            object: "comparison",
            id: held.id,
            blind: true,
            app: who.app,
            user: who.user,
            created_at: held.created_at,
            prompt: held.prompt,
            answers: [Labelled { label: "A", text: a.text }, Labelled { label: "B", text: b.text }],
        }
    }
}

/// There is no such comparison among the people in reach.
pub(super) const fn no_such(param: &'static str) -> Error {
    Error::NotFound { what: "comparison", param }
}

/// Which comparisons.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Only this user's.
    #[param(inline)]
    user: Option<Name>,
    /// Whether which answer is which is hidden.
    #[serde(default)]
    #[param(required = false)]
    blind: bool,
    /// The most on one page.
    #[serde(default)]
    #[param(value_type = u8, required = false, minimum = 1, maximum = 100, default = 20)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[param(inline)]
    cursor: Option<Cursor>,
}

/// Comparisons of one user, or of everyone in reach, newest first.
#[utoipa::path(get, path = "/comparisons", tag = "comparisons",
    params(Wanted), responses((status = 200, body = List<Comparison>)))]
pub(super) async fn list_comparisons(
    State(api): State<Api>,
    reach: Reach,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<List<Comparison>>, Error> {
    let before = wanted.cursor.map(Cursor::last);
    let limit = wanted.limit.get();
    let (items, has_more) = match wanted.user {
        Some(user) => {
            let who = reach.who(user)?;
            let page = api.people.comparisons(&who, before, limit).await?;
            let items = page.items.into_iter().map(|held| (who.clone(), held)).collect();
            (items, page.has_more)
        }
        None => {
            let page = api.people.all_comparisons(reach.app(), before, limit).await?;
            (page.items, page.has_more)
        }
    };
    let last = items.last().map(|(_, held): &(_, person::Comparison)| held.id.0);
    let show = |(who, held)| Comparison::of(who, held, wanted.blind);
    Ok(Json(List::new(items.into_iter().map(show).collect(), last, has_more)))
}

/// How to show a comparison.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Shown {
    /// Whether which answer is which is hidden.
    #[serde(default)]
    #[param(required = false)]
    blind: bool,
}

/// One comparison.
#[utoipa::path(get, path = "/comparisons/{id}", tag = "comparisons",
    params(("id" = ComparisonId, Path, description = "The comparison"), Shown),
    responses((status = 200, body = Comparison)))]
pub(super) async fn get_comparison(
    State(api): State<Api>,
    reach: Reach,
    Named(id): Named<'c'>,
    Asked(shown): Asked<Shown>,
) -> Result<Json<Comparison>, Error> {
    let found = api.people.comparison(id).await?;
    let (who, held) = found.filter(|(who, _)| reach.sees(who)).ok_or(no_such("id"))?;
    Ok(Json(Comparison::of(who, held, shown.blind)))
}
