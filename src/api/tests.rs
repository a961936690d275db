//! The personal API by what it does: requests in at the router, replies out, over a real store.

mod access;
mod attributes;
mod comparisons;
mod document;
mod errors;
mod judgments;
mod people;
mod reports;
mod uses;

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    http::{Request, Response, StatusCode, header},
};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;

use super::{Api, ROOT, router};
use crate::{
    access::{Access, App, KeyHash},
    people::{CacheBounds, People},
    person::{
        Answer, AttributeId, Change, Changes, Comparison, ComparisonId, Considered, Outcome,
        Reason, Receipt, ReceiptId, RequestId, Signals, UserRef,
    },
    store::{MasterKey, SledOptions, SledStore},
};

/// The admin key.
const ADMIN: &str = "admin-key";
/// The keys of the apps `mail` and `shop`.
const MAIL: &str = "mail-key";
const SHOP: &str = "shop-key";

/// A server over a store of its own, gone when dropped.
struct House {
    people: People,
    router: Router,
    _directory: tempfile::TempDir,
}

/// A reply: its status and its JSON.
type Reply = (StatusCode, Value);

impl House {
    async fn open() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store =
            SledStore::open(&directory.path().join("store"), SledOptions::default()).unwrap();
        let master = MasterKey::load_or_create(&directory.path().join("master.key")).unwrap();
        let people = People::open(Arc::new(store), &master, CacheBounds::default()).await.unwrap();
        let app = |name: &str, key: &str| App { name: name.into(), key: KeyHash::of(key) };
        let access = Access::new(KeyHash::of(ADMIN), vec![app("mail", MAIL), app("shop", SHOP)]);
        let router = router(Api {
            people: people.clone(),
            access: Arc::new(access),
            count_tokens: |text| u32::try_from(text.split_whitespace().count()).unwrap(),
            metrics: Arc::new(crate::metrics::Metrics::new().unwrap()),
        });
        Self { people, router, _directory: directory }
    }

    async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// Sends a request as the app `mail`.
    async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> Reply {
        self.ask_as(MAIL, method, path, body).await
    }

    async fn ask_as(&self, key: &str, method: &str, path: &str, body: Option<Value>) -> Reply {
        let request = request(method, path)
            .header(header::AUTHORIZATION, format!("Bearer {key}"))
            .body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())));
        read(self.send(request.unwrap()).await).await
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask("GET", path, None).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }

    /// Enters an attribute for ann of `mail`, and returns its id.
    async fn enter(&self, text: &str) -> String {
        let body = serde_json::json!({ "text": text });
        let (status, held) = self.ask("POST", "/users/ann/attributes", Some(body)).await;
        assert_eq!(status, StatusCode::CREATED, "{held}");
        held["id"].as_str().unwrap().to_owned()
    }

    /// Holds these for a person, as the rest of the program would.
    async fn hold(&self, who: &UserRef, changes: Changes) {
        self.people.update(who, |_| (changes.clone(), ())).await.unwrap();
    }

    fn note(&self, who: &UserRef, receipt: &Receipt) {
        assert!(self.people.note(who, self.people.epoch(), receipt.clone()));
    }
}

fn request(method: &str, path: &str) -> http::request::Builder {
    Request::builder()
        .method(method)
        .uri(format!("{ROOT}{path}"))
        .header(header::CONTENT_TYPE, "application/json")
}

async fn read(response: Response<Body>) -> Reply {
    let status = response.status();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

/// What is the matter: status, param and code. Panics unless the error has the OpenAI shape.
fn refusal((status, body): &Reply) -> (u16, Option<&str>, &str) {
    let error = body["error"].as_object().unwrap_or_else(|| panic!("no error in {body}"));
    let keys: Vec<_> = error.keys().map(String::as_str).collect();
    assert_eq!(keys, ["code", "message", "param", "type"]);
    assert!(!error["message"].as_str().unwrap().is_empty());
    let kind = if status.is_server_error() { "server_error" } else { "invalid_request_error" };
    assert_eq!(error["type"], kind);
    (status.as_u16(), error["param"].as_str(), error["code"].as_str().unwrap())
}

fn person(app: &str, user: &str) -> UserRef {
    UserRef { app: app.into(), user: user.into() }
}

fn receipt(used: &[AttributeId]) -> Receipt {
    let considered = used.iter().map(|&attribute| Considered {
        attribute,
        score: 0.5,
        used: true,
        reason: Reason::ChangesTheAnswer,
    });
    let id = ReceiptId::fresh();
    Receipt {
        id,
        request: crate::person::Id(id.0),
        conversation: None,
        created_at: crate::person::clock::now(),
        model: Some("small".into()),
        outcome: if used.is_empty() { Outcome::Generic } else { Outcome::Personalized },
        reason: None,
        considered: considered.collect(),
        considered_total: 1,
        injected_tokens: 3,
        scorer: "test".into(),
    }
}

fn comparison(personalized_is_second: bool) -> Comparison {
    let answer = |text: &str, tokens| Answer {
        text: text.into(),
        completion_tokens: Some(tokens),
        milliseconds: 777,
        ..Answer::default()
    };
    Comparison {
        id: ComparisonId::fresh(),
        request: RequestId::fresh(),
        created_at: crate::person::clock::now(),
        model: None,
        prompt: "What shall I cook?".into(),
        attributes: vec![AttributeId::fresh()],
        personalized: answer("Lentils.", 101),
        generic: answer("Roast.", 202),
        signals: Signals { mention_rate: 1.0, ..Signals::default() },
        personalized_is_second,
    }
}

fn kept(comparison: &Comparison) -> Changes {
    vec![Change::Comparison(Box::new(comparison.clone()))]
}
