//! What operators see: metrics and health, and who may look at what.

use serde_json::json;

use super::{
    provider::Provider,
    server::{Server, Start},
    wire::{ask, request, until},
};

#[test]
fn every_metric_that_is_promised_is_there() {
    let provider = Provider::model();
    let server = Start::before(&provider).set("SHADOW__SAMPLE_RATE", "1").run();
    server.chat("ana", "I'm vegetarian. If I were a pilot, I would own a plane.");
    let held = server.learned("ana", "vegetarian");
    server.chat("ana", "Can you suggest a quick dinner for me tonight?");
    server.ask("GET", "/v1/models", &[], b"");
    until("a comparison", || server.list("/comparisons?user=ana").pop());
    let judgment = json!({ "stage": "attribute", "user": "ana", "attribute": held["id"], "verdict": "accepted", "rater": "ana" });
    assert_eq!(server.api("POST", "/judgments", Some(judgment)).status(), 201);
    server.settled(2);
    until("the receipts", || {
        (server.metric("tactful_receipts_total{result=\"kept\"}") >= 1.0).then_some(())
    });
    let metrics = server.metrics();
    let histograms = [
        "request_overhead_seconds",
        "upstream_time_to_first_byte_seconds",
        "attributes_considered",
        "attributes_selected",
        "injected_tokens",
    ];
    for name in histograms {
        assert!(metrics.contains(&format!("\ntactful_{name}_bucket{{le=\"")), "{name}");
        assert!(server.metric(&format!("tactful_{name}_count")) >= 1.0, "{name}");
    }
    for sample in [
        "requests_total{outcome=\"personalized\",reason=\"\",route=\"chat\"} 1",
        "requests_total{outcome=\"generic\",reason=\"no_attributes\",route=\"chat\"} 1",
        "requests_total{outcome=\"bypassed\",reason=\"\",route=\"relay\"} 1",
        "selection_seconds_count{stage=\"load\"}",
        "selection_seconds_count{stage=\"score\"}",
        "extraction_jobs_total{result=\"learned\"} 1",
        "extraction_jobs_total{result=\"nothing_said\"} 1",
        "extraction_queue_depth 0",
        "attributes_learned_total{basis=\"stated\",category=\"diet\"} 1",
        "attributes_refused_total{reason=",
        "shadow_requests_total{result=\"kept\"} 1",
        "judgments_total{rater_kind=\"human\",stage=\"attribute\",verdict=\"accepted\"} 1",
        "store_errors_total{op=\"write\"} 0",
        "store_operation_seconds_count{op=\"write\"}",
    ] {
        assert!(metrics.contains(&format!("\ntactful_{sample}")), "{sample} in\n{metrics}");
    }
    for figure in tactful::metrics::FIGURES {
        assert!(metrics.contains(&format!("\ntactful_{figure} ")), "{figure}");
        assert!(metrics.contains(&format!("\ntactful_{figure}_samples ")), "{figure}");
    }
    for word in ["ana", "vegetarian", "dinner", "m-1"] {
        assert!(!metrics.contains(word), "{word}");
    }
}

#[test]
fn the_figures_are_the_ones_that_are_promised() {
    assert_eq!(
        tactful::metrics::FIGURES,
        [
            "selection_rate",
            "empty_share",
            "over_selection_ratio",
            "false_injection_rate",
            "missed_need_rate",
            "no_better_than_generic_rate",
            "harm_rate",
            "mention_rate",
            "idle_injection_rate",
            "sensitive_injection_rate",
            "judge_human_gap",
        ]
    );
}

#[test]
fn it_is_healthy_and_ready() {
    let provider = Provider::model();
    let server = Server::before(&provider);
    for (path, says) in [("/healthz", "ok\n"), ("/readyz", "ready\n")] {
        let reply = ask(server.admin, &request("GET", path, &[], b""));
        assert_eq!((reply.status(), reply.text().as_str()), (200, says));
    }
    let reply = ask(server.admin, &request("GET", "/metrics", &[], b""));
    assert!(reply.head.get("content-type").unwrap().starts_with("text/plain; version=0.0.4"));
    assert_eq!(ask(server.admin, &request("GET", "/v1/models", &[], b"")).status(), 404);
}

#[test]
fn nobody_sees_what_is_held_without_a_key() {
    let provider = Provider::model();
    let server = Server::before(&provider);
    server.enter("ana", "Is vegetarian");
    let wrong = format!("Bearer {}x", server.key);
    for key in [None, Some("Bearer "), Some(wrong.as_str()), Some(server.key.as_str())] {
        let headers: Vec<_> = key.map(|key| ("authorization", key)).into_iter().collect();
        for (method, path) in [
            ("GET", "/users/ana/attributes"),
            ("DELETE", "/users/ana"),
            ("GET", "/users/ana/uses"),
            ("GET", "/users/ana/settings"),
            ("GET", "/comparisons"),
            ("GET", "/reports/personalization"),
        ] {
            let reply = server.ask(method, &format!("/tactful/v1{path}"), &headers, b"");
            assert_eq!((reply.status(), reply.error_code().as_str()), (401, "invalid_api_key"));
            assert_eq!(reply.head.get("www-authenticate"), Some("Bearer"), "{method} {path}");
        }
    }
    assert_eq!(server.held("ana").len(), 1);
    assert!(!provider.has_more(), "the personal API is no part of the relay");
}

#[test]
fn the_api_describes_itself_and_knows_its_paths() {
    let provider = Provider::model();
    let server = Server::before(&provider);
    let document = server.api("GET", "/openapi.json", None).json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    assert_eq!(server.api("GET", "/nothing", None).error_code(), "not_found");
    for beside in ["/tactful/v1nope", "/tactful", "/nope"] {
        assert_eq!(server.ask("GET", beside, &[], b"").error_code(), "unknown_path", "{beside}");
    }
    let wrong = server.api("PUT", "/comparisons", None);
    assert_eq!((wrong.status(), wrong.error_code().as_str()), (405, "method_not_allowed"));
}
