//! The seeds of `fuzz/`, through the same checks, so that they hold also where no fuzzer runs.

use std::{fs, path::Path};

use crate::checks::{chat, events, headers};

fn replay(target: &str, check: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let mut count = 0;
    for seed in fs::read_dir(folder).unwrap() {
        let path = seed.unwrap().path();
        println!("{}", path.display());
        check(&fs::read(path).unwrap());
        count += 1;
    }
    assert!(count > 0);
}

#[test]
fn of_the_view() {
    replay("view", chat::view);
}

#[test]
fn of_the_splice() {
    replay("splice", chat::splice);
}

#[test]
fn of_the_events() {
    replay("events", events::check);
}

#[test]
fn of_the_headers() {
    replay("headers", headers::check);
}
