use super::*;
use crate::api::caller::APP_HEADER;

/// Every operation, with a body that would do.
async fn operations(house: &House) -> Vec<(String, String)> {
    let (_, document) = house.ask("GET", "/openapi.json", None).await;
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let path = path.strip_prefix(ROOT).unwrap();
        let id = if path.starts_with("/comparisons") {
            ComparisonId::fresh().to_string()
        } else {
            AttributeId::fresh().to_string()
        };
        let path = path.replace("{user}", "ann").replace("{id}", &id);
        for method in item.as_object().unwrap().keys() {
            operations.push((method.to_uppercase(), path.clone()));
        }
    }
    operations
}

#[tokio::test]
async fn without_a_known_key_nothing_is_served_but_the_description() {
    let house = House::open().await;
    for (method, path) in operations(&house).await {
        for shown in [None, Some("Bearer wrong"), Some("Basic mail-key"), Some("Bearer ")] {
            let mut request = request(&method, &path);
            if let Some(shown) = shown {
                request = request.header(header::AUTHORIZATION, shown);
            }
            let response = house.send(request.body(Body::empty()).unwrap()).await;
            if path == "/openapi.json" {
                assert_eq!(response.status(), StatusCode::OK);
                continue;
            }
            assert_eq!(response.headers()[header::WWW_AUTHENTICATE], "Bearer", "{method} {path}");
            let reply = read(response).await;
            assert_eq!(refusal(&reply), (401, None, "invalid_api_key"), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn an_app_sees_its_own_users_alone() {
    let house = House::open().await;
    let id = house.enter("Is vegetarian").await;
    let one = format!("/users/ann/attributes/{id}");
    for (method, body) in [
        ("GET", None),
        ("PATCH", Some(serde_json::json!({ "status": "paused" }))),
        ("DELETE", None),
    ] {
        let reply = house.ask_as(SHOP, method, &one, body).await;
        assert_eq!(refusal(&reply), (404, Some("id"), "not_found"), "{method}");
    }
    let (_, list) = house.ask_as(SHOP, "GET", "/users/ann/attributes", None).await;
    assert_eq!(list["data"], serde_json::json!([]));
    let (_, erased) = house.ask_as(SHOP, "DELETE", "/users/ann", None).await;
    assert_eq!(erased["records"], 0);
    assert_eq!(house.get(&one).await["status"], "active");
}

#[tokio::test]
async fn an_app_sees_its_own_comparisons_alone_and_cannot_judge_anothers() {
    let house = House::open().await;
    let held = comparison(false);
    house.hold(&person("mail", "ann"), kept(&held)).await;
    let one = format!("/comparisons/{}", held.id);
    assert_eq!(house.get(&one).await["user"], "ann");
    let reply = house.ask_as(SHOP, "GET", &one, None).await;
    assert_eq!(refusal(&reply), (404, Some("id"), "not_found"));
    for list in ["/comparisons", "/comparisons?user=ann"] {
        let (_, list) = house.ask_as(SHOP, "GET", list, None).await;
        assert_eq!(list["data"], serde_json::json!([]));
    }
    let said = serde_json::json!({ "stage": "response", "user": "ann", "comparison": held.id, "preference": 4, "rater": "x" });
    let reply = house.ask_as(SHOP, "POST", "/judgments", Some(said)).await;
    assert_eq!(refusal(&reply), (404, Some("comparison"), "not_found"));
}

#[tokio::test]
async fn the_operator_names_the_app_where_there_are_any() {
    let house = House::open().await;
    let id = house.enter("Is vegetarian").await;
    let path = format!("/users/ann/attributes/{id}");
    let ask = async |app: Option<&str>| {
        let mut request = request("GET", &path).header(header::AUTHORIZATION, "Bearer admin-key");
        if let Some(app) = app {
            request = request.header(APP_HEADER, app);
        }
        read(house.send(request.body(Body::empty()).unwrap()).await).await
    };
    assert_eq!(ask(Some("mail")).await.0, StatusCode::OK);
    assert_eq!(refusal(&ask(Some("shop")).await), (404, Some("id"), "not_found"));
    assert_eq!(refusal(&ask(None).await), (400, Some(APP_HEADER), "invalid_value"));
    assert_eq!(refusal(&ask(Some("nobody")).await), (404, Some(APP_HEADER), "not_found"));
}

#[tokio::test]
async fn the_operator_sees_every_apps_comparisons() {
    let house = House::open().await;
    let (one, two) = (comparison(false), comparison(true));
    house.hold(&person("mail", "ann"), kept(&one)).await;
    house.hold(&person("shop", "bob"), kept(&two)).await;
    let (_, list) = house.ask_as(ADMIN, "GET", "/comparisons", None).await;
    let whose: Vec<_> =
        list["data"].as_array().unwrap().iter().map(|c| (&c["app"], &c["user"])).collect();
    assert_eq!(whose, [(&"shop".into(), &"bob".into()), (&"mail".into(), &"ann".into())]);
}

#[tokio::test]
async fn an_apps_key_does_not_reach_further_by_naming_another_app() {
    let house = House::open().await;
    let id = house.enter("Is vegetarian").await;
    let request = request("GET", &format!("/users/ann/attributes/{id}"))
        .header(header::AUTHORIZATION, format!("Bearer {SHOP}"))
        .header(APP_HEADER, "mail");
    let reply = read(house.send(request.body(Body::empty()).unwrap()).await).await;
    assert_eq!(refusal(&reply), (404, Some("id"), "not_found"));
}
