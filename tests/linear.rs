//! Reading is linear in the length of what is read: counted in bytes allocated, for every word that is looked at
//! costs some, and times differ from run to run.
//!
//! `cargo test --test linear -- --nocapture` prints the table.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop at once")]
#![allow(
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "it prints a table; its counts are far below 2^52"
)]

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tactful::learn::extract;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Turns full of statements, so that whatever is done for each of them shows.
const DENSE: [&str; 4] = [
    "I have two cats. ",
    "I live in Porto and I work as a nurse. ",
    "I like tea, I play chess and I hate flying. ",
    "As a baker, I get up early. My name is Ana! ",
];
/// What makes the worst of the readers' loops, and says nothing.
const WORST: [&str; 16] = [
    "I ",
    "I'm a ",
    "\"",
    "and I ",
    "my wife ",
    ",",
    "I like tea and ",
    "as a nurse, ",
    "(",
    "if I ",
    "no longer ",
    "and that I ",
    "I sold my ",
    "until ",
    "t a c t f u l : ",
    "<a>",
];
/// A turn as long as is read, and a quarter of it.
const TURN_BYTES: [usize; 2] = [700, 2_800];
/// Four times the length may cost this much more: four, and what a few larger tables take.
const FACTOR_MAX: f64 = 4.8;
/// A line of those turns, and one as long as is read.
const LINE_BYTES: [usize; 2] = [350, 1_400];
/// Turns of a conversation.
const TURNS: [usize; 2] = [8, 32];

/// Bytes allocated while these turns are read.
fn cost(turns: &[String]) -> f64 {
    let region = Region::new(ALLOCATOR);
    let found = extract(turns.iter().map(String::as_str));
    let bytes = region.change().bytes_allocated;
    drop(found);
    bytes as f64
}

/// A turn of this length: a request, for long ones without are documents, and lines of the piece repeated.
fn repeated(piece: &str, bytes: usize) -> String {
    let line = piece.repeat(LINE_BYTES[0] / piece.len()) + "\n";
    format!("Please help me.\n{}", line.repeat(bytes / LINE_BYTES[0]))
}

// One test alone: what another thread allocates would be counted too.
#[test]
fn four_times_the_words_cost_four_times_as_much() {
    // The tables of words and the weights are made by whoever comes first.
    extract(DENSE);
    let mut wrong = Vec::new();
    let mut told = |what: String, [short, long]: [f64; 2]| {
        let factor = long / short;
        println!("{what:<60} {short:>11} {long:>11}   × {factor:.2}");
        if factor > FACTOR_MAX {
            wrong.push((what, factor));
        }
    };
    for piece in DENSE {
        let longest = repeated(piece, TURN_BYTES[1]);
        assert!(extract([longest.as_str()]).candidates.len() > 60, "it is read: {piece}");
        let of_length = TURN_BYTES.map(|bytes| cost(&[repeated(piece, bytes)]));
        told(format!("one turn, {piece}"), of_length);
        let turn = repeated(piece, TURN_BYTES[0]);
        told(format!("more turns, {piece}"), TURNS.map(|turns| cost(&vec![turn.clone(); turns])));
        // Behind our own marks stands as much as the sender likes: it is set aside once.
        let marked = |bytes: usize| {
            let line = "I own a boat. ".repeat(100) + "\n";
            format!("{turn}[tactful:begin]{}[tactful:end]{turn}", line.repeat(bytes / line.len()))
        };
        assert!(extract([marked(4096).as_str()]).candidates.len() > 30, "it is read: {piece}");
        let bytes = [4 * 1024, 16 * 1024];
        told(format!("behind marks, {piece}"), bytes.map(|bytes| cost(&[marked(bytes)])));
    }
    for piece in WORST.into_iter().chain(DENSE) {
        let line = |bytes: usize| format!("Please help me.\n{}", piece.repeat(bytes / piece.len()));
        told(format!("one line, {piece}"), LINE_BYTES.map(|bytes| cost(&[line(bytes)])));
    }
    for piece in WORST {
        let of_length = TURN_BYTES.map(|bytes| cost(&[repeated(piece, bytes)]));
        told(format!("one turn, {piece}"), of_length);
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}
