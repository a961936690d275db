//! Deleted stays deleted, and what lies on the disk is never in the clear.

use std::path::Path;

use super::{
    provider::Provider,
    server::{Server, Start},
    wire::until,
};

/// A word no program has in its files.
const WORD: &str = "Quetzaltenango";

/// Whether these bytes stand anywhere in the files of a directory.
fn lies_in(directory: &Path, word: &str) -> bool {
    std::fs::read_dir(directory).unwrap().map(Result::unwrap).any(|entry| {
        if entry.file_type().unwrap().is_dir() {
            return lies_in(&entry.path(), word);
        }
        let bytes = std::fs::read(entry.path()).unwrap();
        memchr::memmem::find(&bytes, word.as_bytes()).is_some()
    })
}

fn living_there() -> (Provider, Server) {
    let provider = Provider::model();
    let server = Server::before(&provider);
    server.chat("visitor-of-guatemala", &format!("I live in {WORD}."));
    server.learned("visitor-of-guatemala", WORD);
    (provider, server)
}

#[test]
fn a_deleted_attribute_is_not_learned_again() {
    let (_provider, server) = living_there();
    let user = "visitor-of-guatemala";
    let id = server.held(user)[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/users/{user}/attributes/{id}");
    assert_eq!(server.api("DELETE", &path, None).json()["deleted"], true);
    assert_eq!(server.api("GET", &path, None).status(), 404);

    server.chat(user, &format!("I live in {WORD}, and I own a red bicycle."));
    server.learned(user, "bicycle");
    assert!(!serde_json::to_string(&server.held(user)).unwrap().contains("Lives in"));
    assert_eq!(server.held(user).len(), 1);
}

#[test]
fn an_erased_person_is_gone_down_to_the_bytes() {
    let (provider, mut server) = living_there();
    let user = "visitor-of-guatemala";
    server.chat(user, &format!("Where should I go for a day trip near {WORD}?"));
    server.settled(2);
    until("a receipt", || (!server.list(&format!("/users/{user}/uses")).is_empty()).then_some(()));
    let erased = server.api("DELETE", &format!("/users/{user}"), None).json();
    assert_eq!(
        (&erased["object"], &erased["key_destroyed"]),
        (&"erasure_receipt".into(), &true.into())
    );
    assert!(erased["records"].as_u64().unwrap() >= 2, "{erased}");
    assert!(server.held(user).is_empty());
    assert!(server.list(&format!("/users/{user}/uses")).is_empty());
    let again = server.api("DELETE", &format!("/users/{user}"), None).json();
    assert_eq!(again["records"], 0);

    // The person may come back, as somebody about whom nothing is known.
    let reply = server.chat(user, "Where should I go for a day trip this weekend?");
    assert_eq!(reply.reason(), "no_attributes");
    server.settled(3);
    assert!(server.stop().success());
    assert!(!lies_in(&server.store(), WORD) && !lies_in(&server.store(), user));
    let server = server.again(&provider).run();
    assert!(server.held(user).is_empty());
}

#[test]
fn nothing_lies_on_the_disk_in_the_clear() {
    let provider = Provider::model();
    let mut server = Start::before(&provider).set("SHADOW__SAMPLE_RATE", "1").run();
    let user = "visitor-of-guatemala";
    server.enter(user, &format!("Lives in {WORD}"));
    server.chat(user, &format!("Where should I go for a day trip near {WORD}?"));
    until("a receipt", || server.list(&format!("/users/{user}/uses")).pop());
    until("a comparison", || server.list(&format!("/comparisons?user={user}")).pop());
    let prompt = "day trip near";
    assert!(server.stop().success());
    for word in [WORD, user, prompt, super::provider::PERSONALIZED, super::provider::GENERIC] {
        assert!(!lies_in(&server.store(), word), "{word}");
    }
}

#[test]
fn keys_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let provider = Provider::model();
    let server = Server::before(&provider);
    for name in ["master.key", "admin.key", "keys"] {
        let mode = std::fs::metadata(server.store().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name}");
    }
}
