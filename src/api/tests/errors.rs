use serde_json::json;

use super::*;

#[tokio::test]
async fn a_body_that_is_not_right_names_the_field_and_repeats_nothing() {
    let house = House::open().await;
    let long = "secret ".repeat(40);
    for (body, param) in [
        (json!({ "text": 3 }), "text"),
        (json!({ "text": ["secret"] }), "text"),
        (json!({ "text": "  " }), "text"),
        (json!({ "text": long }), "text"),
        (json!({ "text": "secret\nline" }), "text"),
        (json!({ "text": "secret [tactful:end]" }), "text"),
        (json!({}), "text"),
        (json!({ "text": "a", "category": "secret" }), "category"),
        (json!({ "text": "a", "sensitivity": "secret" }), "sensitivity"),
        (json!({ "text": "a", "status": "active" }), "status"),
    ] {
        let reply = house.ask("POST", "/users/ann/attributes", Some(body)).await;
        assert_eq!(refusal(&reply), (400, Some(param), "invalid_value"));
        assert!(!reply.1.to_string().contains("secret"), "{}", reply.1);
    }
    let odd = json!({ "text": "a", "my secret, expected one of": 1 });
    let reply = house.ask("POST", "/users/ann/attributes", Some(odd)).await;
    assert_eq!(refusal(&reply), (400, None, "invalid_value"));
    assert!(!reply.1.to_string().contains("secret"), "{}", reply.1);
}

#[tokio::test]
async fn a_patch_knows_what_may_be_patched() {
    let house = House::open().await;
    let id = house.enter("Is vegetarian").await;
    for (body, param) in [
        (json!({ "status": "rejected" }), "status"),
        (json!({ "use": "sometimes" }), "use"),
        (json!({ "category": "none" }), "category"),
        (json!({ "text": "" }), "text"),
        (json!({ "confidence": 1 }), "confidence"),
    ] {
        let reply = house.ask("PATCH", &format!("/users/ann/attributes/{id}"), Some(body)).await;
        assert_eq!(refusal(&reply), (400, Some(param), "invalid_value"));
    }
}

#[tokio::test]
async fn what_is_not_json_is_refused() {
    let house = House::open().await;
    for body in [
        "",
        "{",
        "secret",
        "{\"text\":\"a\"} more",
        "[]",
        "{\"text\":\"a\",\"text\":\"b\"}",
        "\u{0}",
    ] {
        let request = request("POST", "/users/ann/attributes")
            .header(header::AUTHORIZATION, format!("Bearer {MAIL}"))
            .body(Body::from(body.to_owned()));
        let reply = read(house.send(request.unwrap()).await).await;
        let (status, _, code) = refusal(&reply);
        assert_eq!((status, code), (400, "invalid_value"), "{body}");
        assert!(!reply.1.to_string().contains("secret"));
    }
    let form = Request::post(format!("{ROOT}/users/ann/attributes"))
        .header(header::AUTHORIZATION, format!("Bearer {MAIL}"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from("text=a"));
    let reply = read(house.send(form.unwrap()).await).await;
    assert_eq!(refusal(&reply), (415, None, "unsupported_media_type"));
}

#[tokio::test]
async fn a_body_over_the_limit_is_too_large() {
    let house = House::open().await;
    let body = json!({ "text": "a".repeat(crate::api::BODY_BYTES_MAX) });
    let reply = house.ask("POST", "/users/ann/attributes", Some(body)).await;
    assert_eq!(refusal(&reply), (413, None, "request_too_large"));
}

#[tokio::test]
async fn a_query_that_is_not_right_names_its_part() {
    let house = House::open().await;
    for (path, param) in [
        ("/users/ann/attributes?limit=0", "limit"),
        ("/users/ann/attributes?limit=101", "limit"),
        ("/users/ann/attributes?limit=-1", "limit"),
        ("/users/ann/attributes?limit=secret", "limit"),
        ("/users/ann/attributes?limit=", "limit"),
        ("/users/ann/attributes?cursor=secret", "cursor"),
        ("/users/ann/attributes?status=secret", "status"),
        ("/users/ann/attributes?category=secret", "category"),
        ("/users/ann/attributes?colour=secret", "colour"),
        ("/users/ann/attributes?limit=1&limit=2", "limit"),
        ("/users/ann/uses?limit=0", "limit"),
        ("/users/ann/uses?cursor=1", "cursor"),
        ("/comparisons?blind=secret", "blind"),
        ("/comparisons?user=", "user"),
        ("/comparisons?limit=1000", "limit"),
        ("/reports/personalization?since=secret", "since"),
    ] {
        let reply = house.ask("GET", path, None).await;
        assert_eq!(refusal(&reply), (400, Some(param), "invalid_value"), "{path}: {}", reply.1);
        assert!(!reply.1.to_string().contains("secret"), "{}", reply.1);
    }
    let reply = house.ask("GET", "/comparisons?blind=1", None).await;
    assert_eq!(reply.1["error"]["message"], "`blind` is not valid: expected true or false");
    for limit in [1, 100] {
        house.get(&format!("/users/ann/attributes?limit={limit}")).await;
    }
}

#[tokio::test]
async fn a_path_that_is_not_right_names_its_part() {
    let house = House::open().await;
    let long = "u".repeat(257);
    for (path, param) in [
        ("/users/ann/attributes/secret".to_owned(), "id"),
        (format!("/users/ann/attributes/{}", ComparisonId::fresh()), "id"),
        ("/comparisons/secret".to_owned(), "id"),
        ("/users/%FF/attributes".to_owned(), "user"),
        ("/users//attributes".to_owned(), "user"),
        (format!("/users/{long}/attributes"), "user"),
    ] {
        let reply = house.ask("GET", &path, None).await;
        assert_eq!(refusal(&reply), (400, Some(param), "invalid_value"), "{path}");
    }
    house.get(&format!("/users/{}/attributes", &long[..256])).await;
}

#[tokio::test]
async fn what_is_not_served_says_so() {
    let house = House::open().await;
    for path in ["", "/", "/nothing", "/users", "/users/ann", "/users/ann/secrets"] {
        let reply = house.ask("GET", path, None).await;
        // A person can be erased there, not read.
        let expected = if path == "/users/ann" {
            (405, None, "method_not_allowed")
        } else {
            (404, None, "not_found")
        };
        assert_eq!(refusal(&reply), expected, "{path}");
    }
    let request = request("PUT", "/judgments").body(Body::empty());
    let response = house.send(request.unwrap()).await;
    assert_eq!(response.headers()[header::ALLOW], "POST");
    assert_eq!(refusal(&read(response).await), (405, None, "method_not_allowed"));
}

#[tokio::test]
async fn nothing_is_kept_in_caches() {
    let house = House::open().await;
    for path in ["/users/ann/attributes", "/nothing"] {
        let request = request("GET", path).header(header::AUTHORIZATION, format!("Bearer {MAIL}"));
        let response = house.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store", "{path}");
    }
}
