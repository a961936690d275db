use serde_json::json;

use super::*;
use crate::{
    learn,
    person::{Attribute, Basis, Category, Evidence, Lesson, Profile, Sensitivity, Status, Usage},
};

fn learned(status: Status, basis: Basis) -> Attribute {
    Attribute {
        id: AttributeId::fresh(),
        text: "Has diabetes".into(),
        category: Category::Health,
        sensitivity: Sensitivity::Sensitive,
        status,
        basis,
        confidence: 0.8,
        evidence: vec![Evidence {
            quote: "I have diabetes".into(),
            conversation: None,
            said_at: 5,
        }],
        usage: Usage::Auto,
        domain: None,
        created_at: 5,
        last_seen_at: 5,
        expires_at: Some(i64::MAX),
        superseded_by: None,
        uses: 0,
        tokens: 2,
    }
}

#[tokio::test]
async fn what_a_person_enters_is_active_at_once_and_reads_back() {
    let house = House::open().await;
    let (status, held) = house
        .ask("POST", "/users/ann/attributes", Some(json!({ "text": " Is vegetarian " })))
        .await;
    assert_eq!(status, StatusCode::CREATED);
    let mut keys: Vec<_> = held.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    let promised = [
        "basis",
        "category",
        "confidence",
        "created_at",
        "evidence",
        "expires_at",
        "id",
        "last_seen_at",
        "object",
        "sensitivity",
        "status",
        "text",
        "use",
        "user",
        "uses",
    ];
    assert_eq!(keys, promised);
    assert_eq!(held["object"], "attribute");
    assert_eq!((&held["user"], &held["text"]), (&json!("ann"), &json!("Is vegetarian")));
    assert_eq!((&held["status"], &held["basis"]), (&json!("active"), &json!("entered")));
    assert_eq!((&held["confidence"], &held["uses"]), (&json!(1.0), &json!(0)));
    assert_eq!((&held["evidence"], &held["expires_at"]), (&json!([]), &Value::Null));
    let id = held["id"].as_str().unwrap();
    assert_eq!(house.get(&format!("/users/ann/attributes/{id}")).await, held);
    let profile = house.people.read(&person("mail", "ann")).await.unwrap();
    assert_eq!(profile.profile.attributes[0].tokens, 2);
}

#[tokio::test]
async fn what_is_entered_of_a_sensitive_category_is_sensitive_and_active() {
    let house = House::open().await;
    for body in [
        json!({ "text": "Has diabetes" }),
        json!({ "text": "Prays daily", "category": "religion", "sensitivity": "ordinary" }),
        json!({ "text": "Was adopted", "category": "family", "sensitivity": "sensitive" }),
    ] {
        let (_, held) = house.ask("POST", "/users/ann/attributes", Some(body)).await;
        assert_eq!(
            (&held["sensitivity"], &held["status"]),
            (&json!("sensitive"), &json!("active"))
        );
    }
}

#[tokio::test]
async fn the_same_text_again_is_the_same_attribute_confirmed() {
    let house = House::open().await;
    let id = house.enter("Is vegetarian").await;
    house
        .ask("PATCH", &format!("/users/ann/attributes/{id}"), Some(json!({ "status": "paused" })))
        .await;
    let (status, held) =
        house.ask("POST", "/users/ann/attributes", Some(json!({ "text": "is Vegetarian" }))).await;
    assert_eq!((status, &held["id"]), (StatusCode::OK, &json!(id)));
    assert_eq!(held["status"], "active");
    assert_eq!(house.get("/users/ann/attributes").await["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_correction_changes_what_it_names_and_nothing_else() {
    let house = House::open().await;
    let held = learned(Status::Pending, Basis::Inferred);
    house.hold(&person("mail", "ann"), vec![Change::Attribute(held.clone())]).await;
    let path = format!("/users/ann/attributes/{}", held.id);
    let before = house.get(&path).await;
    assert_eq!(
        before["evidence"],
        json!([{ "quote": "I have diabetes", "conversation": null, "said_at": 5 }])
    );

    let (_, same) = house.ask("PATCH", &path, Some(json!({}))).await;
    assert_eq!(same, before);

    let (_, confirmed) = house.ask("PATCH", &path, Some(json!({ "status": "active" }))).await;
    assert_eq!((&confirmed["status"], &confirmed["expires_at"]), (&json!("active"), &Value::Null));
    assert_eq!(confirmed["basis"], "inferred");

    let (_, forbidden) = house.ask("PATCH", &path, Some(json!({ "use": "never" }))).await;
    assert_eq!((&forbidden["use"], &forbidden["status"]), (&json!("never"), &json!("active")));

    let said = json!({ "text": "Cycles to work", "category": "interest", "status": "paused", "use": "always_ask" });
    let (status, corrected) = house.ask("PATCH", &path, Some(said)).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        (&corrected["text"], &corrected["category"]),
        (&json!("Cycles to work"), &json!("interest"))
    );
    assert_eq!(
        (&corrected["basis"], &corrected["sensitivity"]),
        (&json!("entered"), &json!("ordinary"))
    );
    assert_eq!((&corrected["status"], &corrected["use"]), (&json!("paused"), &json!("always_ask")));
    assert_eq!(house.get(&path).await, corrected);
}

#[tokio::test]
async fn a_deleted_attribute_leaves_a_mark_and_no_word() {
    let house = House::open().await;
    let id = house.enter("Is vegetarian").await;
    let path = format!("/users/ann/attributes/{id}");
    let (status, gone) = house.ask("DELETE", &path, None).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(gone, json!({ "id": id, "object": "attribute", "deleted": true }));
    let profile = &house.people.read(&person("mail", "ann")).await.unwrap().profile;
    assert!(profile.attributes.is_empty());
    assert_eq!(profile.tombstones.len(), 1);
    assert_eq!(profile.tombstones[0].id.to_string(), id);
    for method in ["GET", "DELETE"] {
        assert_eq!(refusal(&house.ask(method, &path, None).await), (404, Some("id"), "not_found"));
    }
}

#[tokio::test]
async fn a_list_is_filtered_and_newest_first() {
    let house = House::open().await;
    let (first, second) = (house.enter("Has diabetes").await, house.enter("Is vegetarian").await);
    let third = house.enter("Plays the cello").await;
    house
        .ask(
            "PATCH",
            &format!("/users/ann/attributes/{second}"),
            Some(json!({ "status": "paused" })),
        )
        .await;
    for (query, expected) in [
        ("", vec![&third, &second, &first]),
        ("?status=active", vec![&third, &first]),
        ("?status=paused", vec![&second]),
        ("?category=health&status=active", vec![&first]),
        ("?category=diet", vec![&second]),
        ("?category=union", vec![]),
    ] {
        let list = house.get(&format!("/users/ann/attributes{query}")).await;
        let ids: Vec<_> = list["data"].as_array().unwrap().iter().map(|a| &a["id"]).collect();
        assert_eq!(ids, expected, "{query}");
        assert_eq!((&list["object"], &list["has_more"]), (&json!("list"), &json!(false)));
        assert_eq!(list.as_object().unwrap().get("next_cursor"), Some(&Value::Null));
    }
}

#[tokio::test]
async fn pages_meet_though_something_is_added_or_deleted_between_them() {
    let house = House::open().await;
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(house.enter(&format!("Owns {n} cats")).await);
    }
    ids.reverse();
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = house.get(&format!("/users/ann/attributes?limit=2{cursor}")).await;
        let data = page["data"].as_array().unwrap();
        seen.extend(data.iter().map(|a| a["id"].as_str().unwrap().to_owned()));
        if page["has_more"] == false {
            break;
        }
        assert_eq!(data.len(), 2);
        cursor = format!("&cursor={}", page["next_cursor"].as_str().unwrap());
        house.enter(&format!("Was entered after {} were seen", seen.len())).await;
        // Even the very thing a page ended with may go.
        if seen.len() == 2 {
            let last = seen.last().unwrap();
            house.ask("DELETE", &format!("/users/ann/attributes/{last}"), None).await;
        }
    }
    assert_eq!(seen, ids);
}

#[tokio::test]
async fn there_is_room_for_so_many_attributes() {
    let house = House::open().await;
    let many = (0..learn::ATTRIBUTES_MAX).map(|n| {
        let text = format!("Owns {n} cats");
        Change::Attribute(Attribute {
            text,
            id: AttributeId::fresh(),
            ..learned(Status::Active, Basis::Stated)
        })
    });
    house.hold(&person("mail", "ann"), many.collect()).await;
    let reply =
        house.ask("POST", "/users/ann/attributes", Some(json!({ "text": "Has a dog" }))).await;
    assert_eq!(refusal(&reply), (409, None, "too_many_attributes"));
}

#[tokio::test]
async fn consent_by_category_moves_what_waits_for_it() {
    let house = House::open().await;
    let stated = learned(Status::Pending, Basis::Stated);
    let inferred = Attribute { text: "Is ill".into(), ..learned(Status::Pending, Basis::Inferred) };
    let changes = [&stated, &inferred].map(|held| Change::Attribute(held.clone()));
    house.hold(&person("mail", "ann"), changes.into()).await;
    let consent = async |categories: Value| {
        let settings = json!({ "sensitive_categories": categories });
        let (status, _) = house.ask("PUT", "/users/ann/settings", Some(settings)).await;
        assert_eq!(status, StatusCode::OK);
        let at =
            async |id| house.get(&format!("/users/ann/attributes/{id}")).await["status"].clone();
        (at(stated.id).await, at(inferred.id).await)
    };
    assert_eq!(consent(json!(["religion"])).await, (json!("pending"), json!("pending")));
    assert_eq!(consent(json!(["health"])).await, (json!("active"), json!("pending")));
    assert_eq!(consent(json!([])).await, (json!("pending"), json!("pending")));
    let waits =
        house.get(&format!("/users/ann/attributes/{}", stated.id)).await["expires_at"].as_i64();
    assert!(waits.unwrap() > crate::person::clock::now(), "what waits lapses");
}

#[tokio::test]
async fn a_yes_ends_the_waiting_by_whatever_way_it_came() {
    let house = House::open().await;
    for by_way_of in [Status::Pending, Status::Paused, Status::Rejected, Status::Active] {
        let held = learned(by_way_of, Basis::Inferred);
        house.hold(&person("mail", "ann"), vec![Change::Attribute(held.clone())]).await;
        let path = format!("/users/ann/attributes/{}", held.id);
        let (_, said) = house.ask("PATCH", &path, Some(json!({ "status": "active" }))).await;
        let is = (&said["status"], &said["expires_at"], &said["confidence"]);
        assert_eq!(is, (&json!("active"), &Value::Null, &json!(1.0)), "{by_way_of:?}");
    }
}

#[tokio::test]
async fn what_is_dated_stays_so_by_whatever_way_the_yes_came() {
    let house = House::open().await;
    let now = crate::person::clock::now();
    let mut pregnant = learned(Status::Pending, Basis::Stated);
    pregnant.text = "Is pregnant".into();
    pregnant.evidence[0].said_at = now;
    pregnant.expires_at = Some(now + 999);
    let said = Attribute { id: AttributeId::fresh(), ..pregnant.clone() };
    let changes = [&pregnant, &said].map(|held| Change::Attribute(held.clone()));
    house.hold(&person("mail", "ann"), changes.into()).await;
    let weeks = async |held: &Attribute| {
        let held = house.get(&format!("/users/ann/attributes/{}", held.id)).await;
        assert_eq!(held["status"], "active");
        (held["expires_at"].as_i64().unwrap() - now) / (7 * 86_400)
    };
    let path = format!("/users/ann/attributes/{}", said.id);
    house.ask("PATCH", &path, Some(json!({ "status": "active" }))).await;
    assert_eq!(weeks(&said).await, 40);
    let consent = json!({ "sensitive_categories": ["health"] });
    house.ask("PUT", "/users/ann/settings", Some(consent)).await;
    assert_eq!(weeks(&pregnant).await, 40);
}

#[tokio::test]
async fn what_the_person_brings_back_stands_against_what_is_learned() {
    let house = House::open().await;
    let who = person("mail", "ann");
    let mut held = learned(Status::Superseded, Basis::Stated);
    held.text = "Lives in Lisbon".into();
    held.expires_at = None;
    house.hold(&who, vec![Change::Attribute(held.clone())]).await;
    let path = format!("/users/ann/attributes/{}", held.id);
    house.ask("PATCH", &path, Some(json!({ "status": "active" }))).await;
    let lesson = Lesson {
        turns: vec!["I live in Porto".into()],
        conversation: None,
        domain: None,
        said_at: 9,
    };
    let learn = |profile: &Profile| (learn::learn(&lesson, profile, 9, &|_| 1).changes, ());
    house.people.update(&who, learn).await.unwrap();
    assert_eq!(house.get(&path).await["status"], "active");
}

#[tokio::test]
async fn what_lapsed_is_neither_activated_by_consent_nor_renewed_by_a_lesson() {
    let house = House::open().await;
    let who = person("mail", "ann");
    let lesson = Lesson {
        turns: vec!["I am vegetarian.".into()],
        conversation: None,
        domain: None,
        said_at: 9,
    };
    let heard = learn::learn(&lesson, &Profile::default(), 9, &|_| 1).changes;
    let [Change::Attribute(heard)] = &heard[..] else { panic!("one thing was said") };
    let lapsed = |held: &Attribute| Attribute {
        id: AttributeId::fresh(),
        status: Status::Pending,
        expires_at: Some(5),
        ..held.clone()
    };
    let held = [lapsed(&learned(Status::Pending, Basis::Stated)), lapsed(heard)];
    house.hold(&who, held.clone().map(Change::Attribute).into()).await;

    let path = format!("/users/ann/attributes/{}", held[0].id);
    assert_eq!(house.ask("GET", &path, None).await.0, StatusCode::NOT_FOUND);
    let yes = json!({ "status": "active" });
    assert_eq!(house.ask("PATCH", &path, Some(yes)).await.0, StatusCode::NOT_FOUND);
    let learn = |profile: &Profile| (learn::learn(&lesson, profile, 9, &|_| 1).changes, ());
    house.people.update(&who, learn).await.unwrap();
    let consent = json!({ "sensitive_categories": ["health"] });
    house.ask("PUT", "/users/ann/settings", Some(consent)).await;
    let list = house.get("/users/ann/attributes").await;
    let ids: Vec<_> = list["data"].as_array().unwrap().iter().map(|held| &held["id"]).collect();
    assert_eq!(ids.len(), 1, "the lesson is learned anew, nothing else: {list}");
    assert!(held.iter().all(|held| *ids[0] != held.id.to_string()));
}

#[tokio::test]
async fn what_was_deleted_is_not_learned_again() {
    let house = House::open().await;
    let who = person("mail", "ann");
    let lesson = Lesson {
        turns: vec!["I live in Lisbon.".into()],
        conversation: None,
        domain: None,
        said_at: 9,
    };
    let hears = async || {
        let learn = |profile: &Profile| (learn::learn(&lesson, profile, 9, &|_| 1).changes, ());
        house.people.update(&who, learn).await.unwrap();
        let list = house.get("/users/ann/attributes").await;
        list["data"].as_array().unwrap().iter().map(|held| held["id"].clone()).collect::<Vec<_>>()
    };
    let learned = hears().await;
    assert_eq!(learned.len(), 1);
    let path = format!("/users/ann/attributes/{}", learned[0].as_str().unwrap());
    assert_eq!(house.ask("DELETE", &path, None).await.0, StatusCode::OK);
    assert_eq!(hears().await, [""; 0]);
}
