//! What a request may cost, counted: times differ from run to run and from machine to machine, allocations hardly do.
//!
//! The real server runs in this process between a client and a provider that allocate nothing, so that every
//! allocation of the process is the server's. Each case is run twice, with few and with many requests, each time from
//! the start of a server to its stop: the difference is what requests cost, work put off until later included, and what
//! starting and stopping cost is not in it. The bare relay of the bench is counted the same way, beside.
//!
//! `cargo test --test budget -- --nocapture` prints the table. Where less is counted than a budget says, lower it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop at once")]
#![allow(
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it prints a table; its counts are far below 2^52"
)]

#[path = "../benches/wire/floor.rs"]
mod floor;
#[path = "../benches/wire/people.rs"]
mod people;
#[allow(dead_code, reason = "shared with the bench, which sends more")]
#[path = "../benches/wire/workload.rs"]
mod workload;

use std::{
    alloc::System,
    fmt::Write as _,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    thread,
};

use memchr::memmem;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use tactful::config::{Config, Server, Store, Upstream};
use tokio::runtime::Runtime;

use self::workload::Needs;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What a request of 1 KiB may cost, as a debug build counts it.
struct Budget {
    case: Case,
    /// Allocations and reallocations.
    allocations: f64,
    /// Bytes allocated.
    bytes: f64,
}

/// Beside each, what was counted when it was last set. The bare relay: 12 and 17,300; with the splice 15 and 17,500.
const BUDGETS: [Budget; 4] = [
    // 19 and 18,000.
    Budget { case: Case::Untouched, allocations: 20.5, bytes: 19_000.0 },
    // 23 and 19,100.
    Budget { case: Case::NoUser, allocations: 25.0, bytes: 20_300.0 },
    // 26 and 20,000.
    Budget { case: Case::Nothing, allocations: 28.5, bytes: 21_500.0 },
    // 85 and 25,900.
    Budget { case: Case::One, allocations: 93.0, bytes: 28_000.0 },
];

/// Requests of a short run and of a long one.
const RUNS: [usize; 2] = [50, 250];

/// How often a case that is over its budget is counted.
const TRIES: usize = 3;

/// What is asked, and of whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Case {
    /// The bare relay, without and with a splice: nothing that speaks HTTP through hyper can do less.
    Relay,
    Splice,
    /// A path that is not chat.
    Untouched,
    /// Chat, without a user.
    NoUser,
    /// Chat with a person of a hundred attributes, of which none bears on what they ask.
    Nothing,
    /// The same, and one does.
    One,
}

impl Case {
    fn request(self) -> Vec<u8> {
        let (path, body) = match self {
            Self::Untouched => ("embeddings", workload::embeddings(1 << 10)),
            Self::One => ("chat/completions", workload::chat(Needs::One, 1 << 10, false)),
            _ => ("chat/completions", workload::chat(Needs::Nothing, 1 << 10, false)),
        };
        let user = matches!(self, Self::Nothing | Self::One).then(|| people::name(0));
        [workload::head(path, user.as_deref(), "", body.len()), body].concat()
    }

    /// What its answers must say of themselves.
    fn outcome(self) -> &'static [u8] {
        match self {
            Self::Relay | Self::Splice => b"",
            Self::Untouched | Self::NoUser => b"x-tactful-outcome: bypassed\r\n",
            Self::Nothing => b"x-tactful-outcome: generic\r\n",
            Self::One => b"x-tactful-outcome: personalized\r\n",
        }
    }
}

/// What was counted.
#[derive(Clone, Copy, Debug)]
struct Count {
    allocations: f64,
    bytes: f64,
}

impl Count {
    fn now() -> Self {
        let stats = ALLOCATOR.stats();
        Self {
            allocations: (stats.allocations + stats.reallocations) as f64,
            bytes: stats.bytes_allocated as f64,
        }
    }
}

#[test]
fn a_request_allocates_within_its_budget() {
    let folder = tempfile::tempdir().unwrap();
    let mut stores = stores(folder.path());
    let upstream = provider();

    let mut told = String::from("per request of 1 KiB: allocations (budget), bytes (budget)\n");
    let mut any_is_over = false;
    for case in [Case::Relay, Case::Splice] {
        let Count { allocations, bytes } = cost(case, &mut stores, upstream);
        writeln!(told, "  {:<12} {allocations:8.1} {:10} {bytes:10.0}", format!("{case:?}"), "")
            .unwrap();
    }
    for Budget { case, allocations, bytes } in BUDGETS {
        let is_over = |it: Count| it.allocations > allocations || it.bytes > bytes;
        // On a busy machine the server's own clockwork ticks more often while it is counted.
        let tries = (0..TRIES).map(|_| cost(case, &mut stores, upstream));
        let mut counted = Count { allocations: f64::INFINITY, bytes: f64::INFINITY };
        for it in tries {
            counted.allocations = counted.allocations.min(it.allocations);
            counted.bytes = counted.bytes.min(it.bytes);
            if !is_over(counted) {
                break;
            }
        }
        let over = is_over(counted);
        let spare = counted.allocations < allocations * 0.85 || counted.bytes < bytes * 0.85;
        writeln!(
            told,
            "  {:<12} {:8.1} {:>10} {:10.0} {:>10}{}",
            format!("{case:?}"),
            counted.allocations,
            format!("({allocations})"),
            counted.bytes,
            format!("({bytes})"),
            match (over, spare) {
                (true, _) => "  over: find what allocates, or say in BUDGETS why more is needed",
                (false, true) => "  far below: lower BUDGETS, so that it stays so",
                (false, false) => "",
            }
        )
        .unwrap();
        any_is_over |= over;
    }
    println!("{told}");
    assert!(!any_is_over, "{told}");
}

/// A store for each server there may be: one that was just closed may still be locked.
fn stores(folder: &Path) -> Vec<PathBuf> {
    let runtime = runtime();
    let stores = (0..BUDGETS.len() * TRIES * RUNS.len()).map(|at| {
        let store = folder.join(format!("store-{at}"));
        runtime.block_on(people::fill(&store, 1)).unwrap();
        store
    });
    let mut stores: Vec<_> = stores.collect();
    stores.reverse();
    stores
}

/// What one request costs.
fn cost(case: Case, stores: &mut Vec<PathBuf>, upstream: SocketAddr) -> Count {
    let [short, long] = RUNS.map(|requests| run(case, stores, upstream, requests));
    let more = (RUNS[1] - RUNS[0]) as f64;
    Count {
        allocations: (long.allocations - short.allocations) / more,
        bytes: (long.bytes - short.bytes) / more,
    }
}

/// What a server's life with so many requests costs.
fn run(case: Case, stores: &mut Vec<PathBuf>, upstream: SocketAddr, requests: usize) -> Count {
    let request = case.request();
    let before = Count::now();
    let runtime = runtime();
    if matches!(case, Case::Relay | Case::Splice) {
        let splice = (case == Case::Splice)
            .then(|| floor::Splice { at: workload::SPLICE_AT, block: workload::block().into() });
        let (address, work) = runtime.block_on(async {
            let listener = floor::listen(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
            (listener.local_addr().unwrap(), floor::work(listener, upstream, splice))
        });
        let work = runtime.spawn(work);
        ask(address, case, &request, requests);
        work.abort();
    } else {
        let config = config(&stores.pop().unwrap(), upstream);
        let running = runtime.block_on(tactful::app::start(config)).unwrap();
        ask(running.address, case, &request, requests);
        assert!(runtime.block_on(running.stop()).unwrap(), "answers were still under way");
    }
    drop(runtime);
    let after = Count::now();
    Count { allocations: after.allocations - before.allocations, bytes: after.bytes - before.bytes }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

/// Nothing is compared or held out, and a slow machine misses no deadline.
fn config(store: &Path, upstream: SocketAddr) -> Config {
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let mut config = Config {
        server: Server { listen: any, admin_listen: any, ..Server::default() },
        upstream: Upstream { base_url: format!("http://{upstream}/v1"), ..Upstream::default() },
        store: Store { path: store.into(), ..Store::default() },
        ..Config::default()
    };
    config.selection.deadline_ms = 20_000;
    config.shadow.sample_rate = 0.0;
    config.holdout.rate = 0.0;
    config
}

/// One after the other on one connection. Allocates nothing.
fn ask(address: SocketAddr, case: Case, request: &[u8], requests: usize) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut bytes = [0; 16 << 10];
    for _ in 0..requests {
        stream.write_all(request).unwrap();
        let (message, head) = read(&mut stream, &mut bytes).unwrap();
        assert!(
            message.starts_with(b"HTTP/1.1 200"),
            "{case:?}: {}",
            String::from_utf8_lossy(head)
        );
        let outcome = case.outcome();
        assert!(
            outcome.is_empty() || memmem::find(head, outcome).is_some(),
            "{case:?}: {}",
            String::from_utf8_lossy(head)
        );
    }
}

/// Answers every request at once. Allocates nothing for a request.
fn provider() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            stream.set_nodelay(true).unwrap();
            let answer = workload::answer();
            thread::spawn(move || {
                let mut bytes = [0; 16 << 10];
                while read(&mut stream, &mut bytes).is_some() {
                    stream.write_all(&answer).unwrap();
                }
            });
        }
    });
    address
}

/// A message of known length and its head; none where the other side has left.
fn read<'b>(stream: &mut TcpStream, bytes: &'b mut [u8]) -> Option<(&'b [u8], &'b [u8])> {
    let mut filled = 0;
    loop {
        if let Some(end) = memmem::find(&bytes[..filled], b"\r\n\r\n") {
            let head = end + 4;
            let whole = head + length(&bytes[..head]);
            while filled < whole {
                filled += stream.read(&mut bytes[filled..whole]).ok().filter(|read| *read > 0)?;
            }
            return Some((&bytes[..whole], &bytes[..head]));
        }
        filled += stream.read(&mut bytes[filled..]).ok().filter(|read| *read > 0)?;
    }
}

fn length(head: &[u8]) -> usize {
    const NAME: &[u8] = b"\r\ncontent-length: ";
    let at = memmem::find(head, NAME).unwrap() + NAME.len();
    let digits = head[at..].iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |length, digit| length * 10 + usize::from(digit - b'0'))
}
