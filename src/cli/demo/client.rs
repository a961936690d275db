//! A client of the server, as an app and a person would be.

use std::net::SocketAddr;

use anyhow::{Context as _, bail};
use bytes::Bytes;
use http::{HeaderMap, Method, Request};
use http_body_util::{BodyExt as _, Full};
use hyper_util::{
    client::legacy::{Client as Http, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::Value;

pub(super) struct Client {
    http: Http<HttpConnector, Full<Bytes>>,
    pub(super) server: SocketAddr,
    pub(super) admin: SocketAddr,
    pub(super) key: String,
}

/// What came back for one chat turn.
pub(super) struct Reply {
    headers: HeaderMap,
    pub(super) text: String,
}

impl Reply {
    /// A header; empty where there is none.
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Client {
    pub(super) fn new(server: SocketAddr, admin: SocketAddr, key: &str) -> Self {
        Self {
            http: Http::builder(TokioExecutor::new()).build_http(),
            server,
            admin,
            key: key.to_owned(),
        }
    }

    /// One chat turn of this user.
    pub(super) async fn chat(&self, user: &str, prompt: &str) -> anyhow::Result<Reply> {
        let body = serde_json::json!({ "model": "demo", "user": user, "messages": [{ "role": "user", "content": prompt }] });
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("http://{}/v1/chat/completions", self.server))
            .header("content-type", "application/json")
            .body(Full::from(body.to_string()))?;
        let answer = self.http.request(request).await.context("the proxy did not answer")?;
        let headers = answer.headers().clone();
        let status = answer.status();
        let body: Value = serde_json::from_slice(&answer.into_body().collect().await?.to_bytes())?;
        if !status.is_success() {
            bail!("the proxy answered {status}: {}", body["error"]["message"]);
        }
        let text = body["choices"][0]["message"]["content"].as_str().unwrap_or_default().to_owned();
        Ok(Reply { headers, text })
    }

    /// What the personal API says at this path.
    pub(super) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let request = Request::builder()
            .uri(format!("http://{}/tactful/v1{path}", self.server))
            .header("authorization", format!("Bearer {}", self.key))
            .body(Full::default())?;
        let answer = self.http.request(request).await.context("the personal API did not answer")?;
        let status = answer.status();
        let body: Value = serde_json::from_slice(&answer.into_body().collect().await?.to_bytes())?;
        if !status.is_success() {
            bail!("the personal API answered {status}: {}", body["error"]["message"]);
        }
        Ok(body)
    }

    /// The labels and values of the samples whose lines begin like this.
    pub(super) async fn metrics(&self, line: &str) -> anyhow::Result<Vec<String>> {
        let text = self.metrics_text().await?;
        let samples = text.lines().filter_map(|found| found.strip_prefix(line));
        Ok(samples.map(|sample| sample.replace("\"} ", " × ")).collect())
    }

    async fn metrics_text(&self) -> anyhow::Result<String> {
        let request = Request::builder()
            .uri(format!("http://{}/metrics", self.admin))
            .body(Full::default())?;
        let body = self.http.request(request).await?.into_body().collect().await?.to_bytes();
        Ok(String::from_utf8_lossy(&body).into_owned())
    }

    /// The value of a metric whose line begins like this; 0 where there is none.
    pub(super) async fn metric(&self, line: &str) -> anyhow::Result<f64> {
        let text = self.metrics_text().await?;
        let value = text.lines().find_map(|found| found.strip_prefix(line)?.trim().parse().ok());
        Ok(value.unwrap_or(0.0))
    }
}
