use std::collections::HashSet;

use super::*;

/// Every method and path that the contract names and this build serves.
const SERVED: [(&str, &str); 14] = [
    ("get", "/users/{user}/attributes"),
    ("post", "/users/{user}/attributes"),
    ("get", "/users/{user}/attributes/{id}"),
    ("patch", "/users/{user}/attributes/{id}"),
    ("delete", "/users/{user}/attributes/{id}"),
    ("get", "/users/{user}/uses"),
    ("get", "/users/{user}/settings"),
    ("put", "/users/{user}/settings"),
    ("delete", "/users/{user}"),
    ("post", "/judgments"),
    ("get", "/comparisons"),
    ("get", "/comparisons/{id}"),
    ("get", "/reports/personalization"),
    ("get", "/openapi.json"),
];

async fn document() -> Value {
    House::open().await.get("/openapi.json").await
}

#[tokio::test]
async fn the_document_lists_every_route_and_no_other() {
    let document = document().await;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
    let mut listed = HashSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            listed.insert((method.clone(), path.clone()));
        }
    }
    let served = SERVED.map(|(method, path)| (method.to_owned(), format!("{ROOT}{path}")));
    assert_eq!(listed, HashSet::from(served));
}

#[tokio::test]
async fn every_reference_leads_somewhere_and_every_operation_has_its_own_name() {
    let document = document().await;
    let mut references = Vec::new();
    walk(&document, &mut references);
    assert!(references.len() > 20);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    let mut names = HashSet::new();
    for item in document["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            assert!(names.insert(operation["operationId"].as_str().unwrap()));
            assert!(operation["summary"].is_string());
            assert!(operation["responses"]["default"].is_object());
            assert!(operation["security"].is_array());
        }
    }
}

#[tokio::test]
async fn the_document_bounds_what_is_bounded() {
    let document = document().await;
    let parameters =
        &document["paths"][format!("{ROOT}/users/{{user}}/attributes")]["get"]["parameters"];
    let limit = parameters.as_array().unwrap().iter().find(|p| p["name"] == "limit").unwrap();
    assert_eq!(
        (&limit["schema"]["minimum"], &limit["schema"]["maximum"]),
        (&1.into(), &100.into())
    );
    assert_eq!((&limit["in"], &limit["required"]), (&"query".into(), &false.into()));
    let text = &document["components"]["schemas"]["Text"];
    assert_eq!(text["type"], "string");
}

#[tokio::test]
async fn no_type_stands_in_for_another_of_its_name() {
    let document = document().await;
    let objects = [
        "Attribute",
        "Blind",
        "DeletedAttribute",
        "ErasureReceipt",
        "List_Attribute",
        "List_Comparison",
        "List_Use",
        "Open",
        "Report",
        "Use",
    ];
    for name in objects {
        let schema = &document["components"]["schemas"][name];
        assert!(schema["properties"]["object"].is_object(), "{name}");
    }
    let judgment = &document["components"]["schemas"]["KeptJudgment"]["allOf"];
    assert_eq!(judgment[0]["$ref"], "#/components/schemas/Judgment");
}

fn walk<'a>(value: &'a Value, references: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            references.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|value| walk(value, references));
        }
        Value::Array(items) => items.iter().for_each(|value| walk(value, references)),
        _ => {}
    }
}
