use serde_json::json;

use super::*;
use crate::person::RequestReason;

#[tokio::test]
async fn a_use_says_what_was_used_and_why_in_words() {
    let house = House::open().await;
    let attribute = AttributeId::fresh();
    let used = receipt(&[attribute]);
    let unused = Receipt { reason: Some(RequestReason::Holdout), ..receipt(&[]) };
    [&used, &unused].iter().for_each(|held| house.note(&person("mail", "ann"), held));
    let list = house.get("/users/ann/uses").await;
    let newest = &list["data"][0];
    assert_eq!((&newest["object"], &newest["id"]), (&json!("use"), &json!(unused.id)));
    assert_eq!((&newest["outcome"], &newest["reason"]), (&json!("generic"), &json!("holdout")));
    assert!(newest["explanation"].as_str().unwrap().contains("at random"));
    let older = &list["data"][1];
    assert_eq!((&older["request"], &older["user"]), (&json!(used.request), &json!("ann")));
    assert_eq!((&older["reason"], &older["explanation"]), (&Value::Null, &Value::Null));
    let expected = json!([{
        "attribute": attribute, "score": 0.5, "used": true, "reason": "changes_the_answer",
        "explanation": "It changes the answer to what was asked.",
    }]);
    assert_eq!(older["considered"], expected);
}

#[tokio::test]
async fn pages_of_uses_meet() {
    let house = House::open().await;
    let receipts: Vec<_> = (0..3).map(|_| receipt(&[])).collect();
    receipts.iter().for_each(|held| house.note(&person("mail", "ann"), held));
    let first = house.get("/users/ann/uses?limit=2").await;
    assert_eq!(first["has_more"], true);
    house.note(&person("mail", "ann"), &receipt(&[]));
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = house.get(&format!("/users/ann/uses?limit=2&cursor={cursor}")).await;
    assert_eq!((&second["has_more"], &second["next_cursor"]), (&json!(false), &Value::Null));
    let ids = |page: &Value| -> Vec<Value> {
        page["data"].as_array().unwrap().iter().map(|held| held["id"].clone()).collect()
    };
    assert_eq!(
        [ids(&first), ids(&second)].concat(),
        [json!(receipts[2].id), json!(receipts[1].id), json!(receipts[0].id)]
    );
}
