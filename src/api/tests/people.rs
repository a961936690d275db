use serde_json::json;

use super::*;

#[tokio::test]
async fn settings_read_back_as_they_were_put() {
    let house = House::open().await;
    let defaults = house.get("/users/ann/settings").await;
    let expected = json!({
        "mode": null, "learn": true, "sensitive_categories": [], "shared_domains": [], "retention_days": null,
    });
    assert_eq!(defaults, expected);
    let put = json!({
        "mode": "observe", "learn": false, "sensitive_categories": ["health", "health"],
        "shared_domains": ["work"], "retention_days": 7,
    });
    let (status, kept) = house.ask("PUT", "/users/ann/settings", Some(put)).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(kept["sensitive_categories"], json!(["health"]));
    assert_eq!(house.get("/users/ann/settings").await, kept);
    let (_, back) = house.ask("PUT", "/users/ann/settings", Some(json!({}))).await;
    assert_eq!(back, expected);
}

#[tokio::test]
async fn settings_out_of_bounds_are_refused() {
    let house = House::open().await;
    for (put, param) in [
        (json!({ "mode": "loud" }), "mode"),
        (json!({ "learn": "yes" }), "learn"),
        (json!({ "sensitive_categories": ["health", "secrets"] }), "sensitive_categories[1]"),
        (json!({ "shared_domains": [""] }), "shared_domains"),
        (
            json!({ "shared_domains": vec!["a"; 3000].join(",").split(',').enumerate().map(|(n, _)| n.to_string()).collect::<Vec<_>>() }),
            "shared_domains",
        ),
        (json!({ "retention_days": 0 }), "retention_days"),
        (json!({ "retention_days": -1 }), "retention_days"),
        (json!({ "colour": "red" }), "colour"),
    ] {
        let reply = house.ask("PUT", "/users/ann/settings", Some(put)).await;
        assert_eq!(refusal(&reply), (400, Some(param), "invalid_value"));
    }
}

#[tokio::test]
async fn an_erased_person_has_nothing_and_can_be_erased_again() {
    let house = House::open().await;
    house.enter("Is vegetarian").await;
    let held = comparison(false);
    house.hold(&person("mail", "ann"), kept(&held)).await;
    house.note(&person("mail", "ann"), &receipt(&[]));
    let before = crate::person::clock::now();
    let (status, erased) = house.ask("DELETE", "/users/ann", None).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!((&erased["object"], &erased["user"]), (&json!("erasure_receipt"), &json!("ann")));
    assert!(erased["erased_at"].as_i64().unwrap() >= before);
    assert!(erased["records"].as_u64().unwrap() >= 3);
    assert_eq!(erased["key_destroyed"], true);
    for list in
        ["/users/ann/attributes", "/users/ann/uses", "/comparisons?user=ann", "/comparisons"]
    {
        assert_eq!(house.get(list).await["data"], json!([]), "{list}");
    }
    let one = house.ask("GET", &format!("/comparisons/{}", held.id), None).await;
    assert_eq!(one.0, StatusCode::NOT_FOUND);
    let (status, again) = house.ask("DELETE", "/users/ann", None).await;
    assert_eq!((status, &again["records"]), (StatusCode::OK, &json!(0)));
    assert_eq!(again["key_destroyed"], false, "there was none any more");
}

#[tokio::test]
async fn a_users_name_may_hold_anything_that_can_be_encoded() {
    let house = House::open().await;
    let path = "/users/a%2Fb%20%C3%A4%3F/attributes";
    let (_, held) = house.ask("POST", path, Some(json!({ "text": "Is vegetarian" }))).await;
    assert_eq!(held["user"], "a/b ä?");
    assert_eq!(house.get(path).await["data"].as_array().unwrap().len(), 1);
    let who = person("mail", "a/b ä?");
    assert_eq!(house.people.read(&who).await.unwrap().profile.attributes.len(), 1);
}

#[tokio::test]
async fn a_name_that_the_proxy_would_read_otherwise_is_refused() {
    let house = House::open().await;
    let long = "a".repeat(257);
    for user in ["%20ana", "ana%20", "ana%E3%80%80", "%20", "a%0Ab", "a%00", "a%C2%85b", &long] {
        let reply = house.ask("GET", &format!("/users/{user}/attributes"), None).await;
        assert_eq!(refusal(&reply), (400, Some("user"), "invalid_value"), "{user}");
    }
    let reply = house.ask("GET", "/comparisons?user=+ana", None).await;
    assert_eq!(refusal(&reply), (400, Some("user"), "invalid_value"));
    house.get("/users/an%20a/attributes").await;
}

#[tokio::test]
async fn asking_about_nobody_makes_nobody() {
    let house = House::open().await;
    let id = AttributeId::fresh();
    house
        .ask("PATCH", &format!("/users/ann/attributes/{id}"), Some(json!({ "use": "never" })))
        .await;
    house.ask("DELETE", &format!("/users/ann/attributes/{id}"), None).await;
    house.get("/users/ann/attributes").await;
    assert!(!house.people.erase(&person("mail", "ann")).await.unwrap().existed);
}
