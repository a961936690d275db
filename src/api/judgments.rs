//! What people, and programs that say so, think of attributes, selections and answers.

mod new;

use axum::{Json, extract::State, http::StatusCode};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use self::new::{NewJudgment, OfAttribute, OfRelevance, OfResponse};
use super::{Api, attributes, caller::Reach, comparisons, error::Error, reading::Body};
use crate::{
    people::Epoch,
    person::{
        Attribute, Change, Changes, Judgment, JudgmentId, RaterKind, Status, Truth, UserRef,
        Verdict, clock,
    },
};

/// A judgment as it is kept.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KeptJudgment {
    /// Always `judgment`.
    #[schema(value_type = String, example = "judgment")]
    object: &'static str,
    /// Whose data it is about.
    user: String,
    #[serde(flatten)]
    held: Judgment,
}

/// Takes a judgment. The preference of a blind one is kept as if it had not been blind.
#[utoipa::path(post, path = "/judgments", tag = "judgments",
    request_body = NewJudgment, responses((status = 201, body = KeptJudgment)))]
pub(super) async fn post_judgment(
    State(api): State<Api>,
    reach: Reach,
    Body(sent): Body<Value>,
) -> Result<(StatusCode, Json<KeptJudgment>), Error> {
    let judgment = match NewJudgment::read(sent)? {
        NewJudgment::Attribute(new) => of_attribute(&api, &reach, new).await?,
        NewJudgment::Relevance(new) => of_relevance(&api, &reach, new).await?,
        NewJudgment::Response(new) => of_response(&api, &reach, new).await?,
    };
    count(&api, &judgment.held);
    Ok((StatusCode::CREATED, Json(judgment)))
}

async fn of_attribute(api: &Api, reach: &Reach, new: OfAttribute) -> Result<KeptJudgment, Error> {
    let verdict = Verdict::Attribute { attribute: new.attribute, verdict: new.verdict };
    let held = held(verdict, new.rater.into(), new.rater_kind);
    let who = reach.who(new.user)?;
    let known = api
        .people
        .update(&who, |profile| match attributes::find(profile, new.attribute) {
            None => (Changes::new(), false),
            Some(attribute) => {
                let mut changes = vec![Change::Judgment(held.clone())];
                changes.extend(denied(&who, attribute, &held));
                (changes, true)
            }
        })
        .await?;
    if known { Ok(shown(who, held)) } else { Err(no_such_attribute()) }
}

/// What the person themself says is not so is not used any more. Another rater's word changes nothing.
fn denied(who: &UserRef, attribute: &Attribute, judgment: &Judgment) -> Option<Change> {
    let by_the_person = judgment.rater_kind == RaterKind::Human && judgment.rater == who.user;
    let rejected = matches!(judgment.verdict, Verdict::Attribute { verdict: Truth::Rejected, .. });
    (by_the_person && rejected)
        .then(|| Change::Attribute(Attribute { status: Status::Rejected, ..attribute.clone() }))
}

async fn of_relevance(api: &Api, reach: &Reach, new: OfRelevance) -> Result<KeptJudgment, Error> {
    let who = reach.who(new.user)?;
    let since = api.people.epoch();
    let receipt = api.people.receipt(&who, new.request).await?;
    let receipt = receipt.ok_or(Error::NotFound { what: "request", param: "request" })?;
    // Deleted since, it can still be judged for that answer.
    let considered = receipt.considered.iter().any(|c| c.attribute == new.attribute);
    if !considered {
        let person = api.people.read(&who).await?;
        attributes::find(&person.profile, new.attribute).ok_or(no_such_attribute())?;
    }
    let (request, attribute, verdict) = (new.request, new.attribute, new.verdict);
    let verdict = Verdict::Relevance { request, attribute, verdict };
    keep(api, who, since, held(verdict, new.rater.into(), new.rater_kind)).await
}

async fn of_response(api: &Api, reach: &Reach, new: OfResponse) -> Result<KeptJudgment, Error> {
    let who = reach.who(new.user)?;
    let since = api.people.epoch();
    let found = api.people.comparison(new.comparison).await?;
    let (_, comparison) =
        found.filter(|(whose, _)| *whose == who).ok_or(comparisons::no_such("comparison"))?;
    // A blind rater prefers B over A; turned round where the personalised answer was A.
    let turned = new.blind && !comparison.personalized_is_second;
    let said = new.preference.get();
    let preference = if turned { 6 - said } else { said };
    let verdict = Verdict::Response { comparison: new.comparison, preference };
    keep(api, who, since, held(verdict, new.rater.into(), new.rater_kind)).await
}

async fn keep(
    api: &Api,
    who: UserRef,
    since: Epoch,
    held: Judgment,
) -> Result<KeptJudgment, Error> {
    api.people.append(&who, since, vec![Change::Judgment(held.clone())]).await?;
    Ok(shown(who, held))
}

fn count(api: &Api, held: &Judgment) {
    let labels = [held.verdict.stage().as_str(), held.verdict.label(), held.rater_kind.as_str()];
    api.metrics.judgments.with_label_values(&labels).inc();
}

fn held(verdict: Verdict, rater: String, rater_kind: RaterKind) -> Judgment {
    Judgment { id: JudgmentId::fresh(), verdict, rater, rater_kind, created_at: clock::now() }
}

fn shown(who: UserRef, held: Judgment) -> KeptJudgment {
    KeptJudgment { object: "judgment", user: who.user, held }
}

const fn no_such_attribute() -> Error {
    Error::NotFound { what: "attribute", param: "attribute" }
}
