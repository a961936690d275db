//! A fault of ours costs a person their personalization, never their answer.

use super::{
    provider::{Provider, told},
    server::{Server, Start, turn},
    wire::until,
};

const DINNER: &str = "Can you suggest a quick dinner for me tonight?";

#[test]
fn records_that_cannot_be_read_leave_the_answer_generic() {
    let provider = Provider::model();
    let mut server = Server::before(&provider);
    server.enter("ana", "Is vegetarian");
    assert!(server.stop().success());
    // The keyring loses its last slot: the one key there is.
    let keys = server.store().join("keys");
    let bytes = std::fs::read(&keys).unwrap();
    std::fs::write(&keys, &bytes[..bytes.len() - 128]).unwrap();

    let server = server.again(&provider).run();
    let reply = server.chat("ana", DINNER);
    assert_eq!((reply.status(), reply.outcome(), reply.reason()), (200, "generic", "error"));
    assert_eq!(provider.next().text(), turn(DINNER));
    assert!(server.metric("tactful_store_errors_total{op=\"read\"}") >= 1.0);

    let refused = server.api("GET", "/users/ana/attributes", None);
    assert_eq!((refused.status(), refused.error_code().as_str()), (500, "store_failed"));
    assert_eq!(server.chat("ben", DINNER).reason(), "no_attributes", "others are served");
}

#[test]
fn a_full_queue_costs_the_lesson_and_not_the_receipt() {
    let provider = Provider::model();
    let server = Start::before(&provider).set("EXTRACTION__QUEUE_MAX", "0").run();
    server.enter("ana", "Is vegetarian");
    let reply =
        server.chat("ana", "I work as a nurse. Can you suggest a quick dinner for me tonight?");
    assert_eq!(reply.outcome(), "personalized");
    assert!(told(&provider.next().text()));
    until("the receipt", || server.list("/users/ana/uses").pop());
    until("its count", || {
        let line = "tactful_extraction_jobs_total{result=\"dropped_full\"}";
        (server.metric(line) == 1.0).then_some(())
    });
}
