use serde_json::json;

use super::*;
use crate::person::{Judgment, JudgmentId, RaterKind, Relevance, Verdict};

fn said(verdict: Verdict, created_at: i64) -> Change {
    let (mut id, rater) = (JudgmentId::fresh(), "rita".into());
    // An id says when it was made: milliseconds, in its first six bytes.
    id.0[..6].copy_from_slice(&(created_at * 1000).to_be_bytes()[2..]);
    Change::Judgment(Judgment { id, verdict, rater, rater_kind: RaterKind::Human, created_at })
}

#[tokio::test]
async fn few_judgments_are_not_enough() {
    let house = House::open().await;
    let held = comparison(false);
    house.hold(&person("mail", "ann"), kept(&held)).await;
    let now = crate::person::clock::now();
    let rated = Verdict::Response { comparison: held.id, preference: 2 };
    house.hold(&person("mail", "ann"), vec![said(rated, now)]).await;
    let report = house.get("/reports/personalization").await;
    assert_eq!(
        (&report["object"], &report["complete"]),
        (&json!("personalization_report"), &json!(true))
    );
    let expected = json!({
        "value": null, "samples": 1, "low": null, "high": null, "note": "not enough human judgments",
    });
    assert_eq!(report["figures"]["harm_rate"], expected);
    assert_eq!(report["figures"]["mention_rate"]["value"], 1.0);
}

#[tokio::test]
async fn enough_judgments_make_figures_over_everyone_in_reach_since_then() {
    let house = House::open().await;
    let now = crate::person::clock::now();
    for n in 0..60 {
        let who = person(if n < 55 { "mail" } else { "shop" }, &format!("user {n}"));
        let attribute = AttributeId::fresh();
        let held = receipt(&[attribute]);
        let (request, verdict) = (held.request, Relevance::Irrelevant);
        let rated = Verdict::Response {
            comparison: ComparisonId::fresh(),
            preference: if n < 11 { 1 } else { 4 },
        };
        let created_at = if n % 2 == 0 { now } else { now - 40 * 86_400 };
        house.note(&who, &held);
        let changes = vec![
            said(Verdict::Relevance { request, attribute, verdict }, now),
            said(rated, now),
            said(
                Verdict::Response { comparison: ComparisonId::fresh(), preference: 1 },
                created_at,
            ),
        ];
        house.hold(&who, changes).await;
    }
    let report = house.get("/reports/personalization").await;
    let figures = &report["figures"];
    assert_eq!(
        (&figures["false_injection_rate"]["value"], &figures["false_injection_rate"]["samples"]),
        (&json!(1.0), &json!(55))
    );
    // Of two ratings a person, one of every other's is too old.
    assert_eq!((&figures["harm_rate"]["samples"]), 55 + 28);
    let (_, all) = house.ask_as(ADMIN, "GET", "/reports/personalization?since=0", None).await;
    assert_eq!(all["figures"]["false_injection_rate"]["samples"], 60);
    assert_eq!(all["figures"]["harm_rate"]["samples"], 120);
    assert_eq!(all["since"], 0);
    let (_, none) = house
        .ask_as(ADMIN, "GET", &format!("/reports/personalization?since={}", now + 9), None)
        .await;
    assert_eq!(none["figures"]["harm_rate"]["samples"], 0);
}
