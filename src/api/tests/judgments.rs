use serde_json::json;

use super::*;
use crate::person::{Judgment, RaterKind, Verdict};

impl House {
    async fn judge(&self, said: Value) -> Reply {
        self.ask("POST", "/judgments", Some(said)).await
    }

    async fn judgments(&self) -> Vec<Judgment> {
        let page = self.people.all_judgments(Some("mail"), None, 100).await.unwrap();
        page.items.into_iter().map(|(_, judgment)| judgment).collect()
    }
}

#[tokio::test]
async fn a_verdict_on_an_attribute_is_kept() {
    let house = House::open().await;
    let id = house.enter("Is vegetarian").await;
    let said = json!({ "stage": "attribute", "user": "ann", "attribute": id, "verdict": "rejected", "rater": "rita" });
    let (status, kept) = house.judge(said).await;
    assert_eq!(status, StatusCode::CREATED, "{kept}");
    assert_eq!((&kept["object"], &kept["user"]), (&json!("judgment"), &json!("ann")));
    assert_eq!((&kept["stage"], &kept["verdict"]), (&json!("attribute"), &json!("rejected")));
    assert_eq!((&kept["rater"], &kept["rater_kind"]), (&json!("rita"), &json!("human")));
    assert_eq!(house.judgments().await.len(), 1);
    // Another's word changes nothing.
    assert_eq!(house.get(&format!("/users/ann/attributes/{id}")).await["status"], "active");
}

#[tokio::test]
async fn what_the_person_rejects_is_rejected() {
    let house = House::open().await;
    let id = house.enter("Is vegetarian").await;
    let say = async |kind: &str, verdict: &str| {
        let said = json!({
            "stage": "attribute", "user": "ann", "attribute": id, "verdict": verdict, "rater": "ann", "rater_kind": kind,
        });
        assert_eq!(house.judge(said).await.0, StatusCode::CREATED);
        house.get(&format!("/users/ann/attributes/{id}")).await["status"].clone()
    };
    assert_eq!(say("machine", "rejected").await, "active");
    assert_eq!(say("human", "uncertain").await, "active");
    assert_eq!(say("human", "rejected").await, "rejected");
}

#[tokio::test]
async fn a_verdict_on_a_use_needs_its_request_and_an_attribute() {
    let house = House::open().await;
    let attribute = AttributeId::fresh();
    let used = receipt(&[attribute]);
    house.note(&person("mail", "ann"), &used);
    let held = house.enter("Is vegetarian").await;
    let say = async |user: &str, request: Value, attribute: Value, verdict: &str| {
        let said = json!({
            "stage": "relevance", "user": user, "request": request, "attribute": attribute, "verdict": verdict,
            "rater": "rita",
        });
        house.judge(said).await
    };
    let request = json!(used.request);
    let (status, _) = say("ann", request.clone(), json!(attribute), "relevant").await;
    assert_eq!(status, StatusCode::CREATED, "used, though not held any more");
    let (status, _) = say("ann", request.clone(), json!(held), "missed").await;
    assert_eq!(status, StatusCode::CREATED, "held, though not considered");
    let stranger = say("ann", request.clone(), json!(AttributeId::fresh()), "missed").await;
    assert_eq!(refusal(&stranger), (404, Some("attribute"), "not_found"));
    let other = say("bob", request, json!(attribute), "relevant").await;
    assert_eq!(refusal(&other), (404, Some("request"), "not_found"));
    let unknown = say("ann", json!(RequestId::fresh()), json!(attribute), "relevant").await;
    assert_eq!(refusal(&unknown), (404, Some("request"), "not_found"));
    assert_eq!(house.judgments().await.len(), 2);
}

#[tokio::test]
async fn a_blind_preference_is_kept_as_if_it_had_not_been_blind() {
    let house = House::open().await;
    for (second, blind, said, kept) in [
        (false, false, 5, 5),
        (true, false, 5, 5),
        (true, true, 5, 5),
        (false, true, 5, 1),
        (false, true, 2, 4),
        (false, true, 3, 3),
    ] {
        let held = comparison(second);
        house.hold(&person("mail", "ann"), super::kept(&held)).await;
        let body = json!({
            "stage": "response", "user": "ann", "comparison": held.id, "preference": said, "blind": blind,
            "rater": "judge", "rater_kind": "machine",
        });
        let (status, reply) = house.judge(body).await;
        assert_eq!(status, StatusCode::CREATED);
        assert_eq!(reply["preference"], kept);
        let judgment = house.judgments().await.remove(0);
        assert_eq!(judgment.verdict, Verdict::Response { comparison: held.id, preference: kept });
        assert_eq!(judgment.rater_kind, RaterKind::Machine);
    }
}

#[tokio::test]
async fn what_a_judgment_is_about_must_be_there_and_the_persons() {
    let house = House::open().await;
    let held = comparison(false);
    house.hold(&person("mail", "ann"), kept(&held)).await;
    let id = house.enter("Is vegetarian").await;
    let of_another = json!({ "stage": "response", "user": "bob", "comparison": held.id, "preference": 3, "rater": "r" });
    assert_eq!(refusal(&house.judge(of_another).await), (404, Some("comparison"), "not_found"));
    let none = json!({ "stage": "response", "user": "ann", "comparison": ComparisonId::fresh(), "preference": 3, "rater": "r" });
    assert_eq!(refusal(&house.judge(none).await), (404, Some("comparison"), "not_found"));
    let of_another = json!({ "stage": "attribute", "user": "bob", "attribute": id, "verdict": "accepted", "rater": "r" });
    assert_eq!(refusal(&house.judge(of_another).await), (404, Some("attribute"), "not_found"));
    assert!(house.judgments().await.is_empty());
}

#[tokio::test]
async fn a_judgment_that_is_not_one_names_its_wrong_field() {
    let house = House::open().await;
    let good = json!({
        "stage": "response", "user": "ann", "comparison": ComparisonId::fresh(), "preference": 3, "rater": "rita",
    });
    for (field, value) in [
        ("stage", json!("mood")),
        ("stage", json!(3)),
        ("user", json!("")),
        ("user", json!("u".repeat(257))),
        ("comparison", json!("cmp_1")),
        ("comparison", json!(AttributeId::fresh())),
        ("preference", json!(0)),
        ("preference", json!(6)),
        ("preference", json!(2.5)),
        ("preference", json!("3")),
        ("rater", json!("")),
        ("rater_kind", json!("ghost")),
        ("blind", json!("yes")),
        ("verdict", json!("accepted")),
    ] {
        let mut said = good.clone();
        said[field] = value;
        assert_eq!(refusal(&house.judge(said).await), (400, Some(field), "invalid_value"));
    }
    for field in ["stage", "user", "comparison", "preference", "rater"] {
        let mut said = good.clone();
        said.as_object_mut().unwrap().remove(field);
        assert_eq!(refusal(&house.judge(said).await), (400, Some(field), "invalid_value"));
    }
    assert_eq!(refusal(&house.judge(json!([1])).await), (400, None, "invalid_value"));
}
