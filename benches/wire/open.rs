//! A fixed rate, open loop: requests are due when they are due, whether or not earlier ones were answered, and their
//! time counts from then. A stall is seen by everyone whose turn falls into it; no omission is coordinated.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, anyhow};
use nix::sys::prctl;
use serde_json::json;
use tokio::{sync::Notify, task::JoinSet};

use crate::{
    Run,
    contestants::{Contestant, Kind},
    figures::{Rounds, Table, quantile, sorted},
    load::{Crowd, Requests},
    message::Wire,
};

const KINDS: [Kind; 7] = [
    Kind::Direct,
    Kind::Relay,
    Kind::Splice,
    Kind::NoUser,
    Kind::Nothing,
    Kind::NothingOfMany,
    Kind::One,
];

/// Requests that may be under way at once; what is due beyond them waits, and its wait counts.
const CONNECTIONS: usize = 64;

/// How long after the last request was due answers are waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// Ticks are at least so far apart; what falls due between two of them is sent together.
const TICK_MIN: Duration = Duration::from_micros(20);

pub(crate) async fn run(run: &mut Run) -> Result<()> {
    let mut contestants = Vec::new();
    for kind in KINDS {
        contestants.push(Contestant::start(kind, run.upstream.address, &run.cores).await?);
    }
    let splice = contestants.iter().find(|it| it.kind == Kind::Splice).context("no floor")?;
    let mut crowd = Crowd::connect(splice.address, 32, splice.kind.requests(1 << 10)).await?;
    crowd.ask_for(Duration::from_millis(300)).await?;
    let full = crowd.ask_for(Duration::from_secs(1)).await?.nanos.len() as f64;
    let (rounds, time) = if run.quick { (1, 400) } else { (3, 3_000) };
    println!(
        "\nOPEN LOOP, 1 KiB bodies, {time} ms in turn, {rounds} times over; time from when a request was due. The bare relay with a\n\
        splice does {full:.0} requests/s in the closed loop on 32 connections here."
    );
    for share in [0.5, 0.8] {
        let rate = full * share;
        let mut figures: Vec<[Rounds; 4]> =
            contestants.iter().map(|_| Default::default()).collect();
        for _ in 0..rounds {
            for (contestant, [p50, p99, p999, late]) in contestants.iter().zip(&mut figures) {
                round(contestant, rate, Duration::from_millis(200)).await?;
                let (nanos, left) = round(contestant, rate, Duration::from_millis(time))
                    .await
                    .with_context(|| contestant.kind.name())?;
                p50.push(quantile(&nanos, 0.5) / 1e3);
                p99.push(quantile(&nanos, 0.99) / 1e3);
                p999.push(quantile(&nanos, 0.999) / 1e3);
                late.push(left as f64 / nanos.len() as f64 * 100.0);
            }
        }
        let mut table = Table::new(&["", "p50 µs", "p99 µs", "p99.9 µs", "not answered %"]);
        for (contestant, [p50, p99, p999, late]) in contestants.iter().zip(&figures) {
            let kind = contestant.kind;
            let told = |rounds: &Rounds| rounds.told(0);
            table.row(vec![kind.name().into(), told(p50), told(p99), told(p999), late.told(1)]);
            run.record(json!({
                "section": "open", "requests_per_second": rate, "contestant": kind.name(), "p50_us": p50.json(),
                "p99_us": p99.json(), "p999_us": p999.json(), "not_answered_percent": late.json(),
            }));
        }
        table.print(&format!("{rate:.0} requests/s, {:.0} % of that", share * 100.0));
    }
    Ok(())
}

/// What is due and not yet asked.
#[derive(Debug)]
struct Due {
    times: Mutex<VecDeque<Instant>>,
    more: Notify,
    /// How many were not answered yet.
    left: AtomicU64,
}

impl Due {
    fn next(&self) -> Option<Instant> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    fn push(&self, at: Instant) {
        self.times.lock().unwrap_or_else(PoisonError::into_inner).push_back(at);
        self.more.notify_one();
    }

    /// One more was answered; after the last, nobody waits any longer.
    fn answered(&self) {
        if self.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.more.notify_waiters();
        }
    }

    fn is_over(&self) -> bool {
        self.left.load(Ordering::Relaxed) == 0
    }
}

/// How long each request took from when it was due, sorted, in nanoseconds; and how many were not answered in time,
/// which stand among them as if they had been answered when waiting for them ended.
async fn round(contestant: &Contestant, rate: f64, time: Duration) -> Result<(Vec<f64>, u64)> {
    let requests = contestant.kind.requests(1 << 10);
    let (wires, requests) =
        Crowd::connect(contestant.address, CONNECTIONS, requests).await?.into_parts();
    let count = (rate * time.as_secs_f64()) as u64;
    let due =
        Arc::new(Due { times: Mutex::default(), more: Notify::new(), left: AtomicU64::new(count) });
    let until = Instant::now() + time + PATIENCE;
    let mut asking = JoinSet::new();
    for wire in wires {
        asking.spawn(ask(wire, Arc::clone(&requests), Arc::clone(&due), until));
    }
    let began = Instant::now();
    let pacer = thread::spawn({
        let due = Arc::clone(&due);
        move || fall_due(&due, began, rate, count)
    });
    let mut nanos = Vec::with_capacity(count as usize);
    while let Some(asked) = asking.join_next().await {
        nanos.extend(asked??.into_iter().map(|nanos| nanos as f64));
    }
    pacer.join().map_err(|_| anyhow!("the pacer panicked"))??;
    let left = count - nanos.len() as u64;
    nanos.extend(
        (nanos.len() as u64..count).map(|at| {
            (until - (began + Duration::from_secs_f64(at as f64 / rate))).as_nanos() as f64
        }),
    );
    Ok((sorted(nanos), left))
}

/// Lets requests fall due at their times. On a thread that sleeps to the microsecond: tokio's timer counts
/// milliseconds.
fn fall_due(due: &Due, began: Instant, rate: f64, count: u64) -> Result<()> {
    prctl::set_timerslack(1)?;
    let mut at = 0;
    while at < count {
        let elapsed = began.elapsed();
        while at < count && at as f64 / rate <= elapsed.as_secs_f64() {
            due.push(began + Duration::from_secs_f64(at as f64 / rate));
            at += 1;
        }
        let next = Duration::from_secs_f64(at as f64 / rate).saturating_sub(began.elapsed());
        thread::sleep(next.max(TICK_MIN));
    }
    Ok(())
}

async fn ask(
    mut wire: Wire,
    requests: Arc<Requests>,
    due: Arc<Due>,
    until: Instant,
) -> std::io::Result<Vec<u64>> {
    let mut nanos = Vec::new();
    loop {
        let Some(at) = due.next() else {
            let more = tokio::time::timeout_at(until.into(), due.more.notified());
            if due.is_over() || more.await.is_err() {
                return Ok(nanos);
            }
            continue;
        };
        let asked = requests.ask(&mut wire);
        match tokio::time::timeout_at(until.into(), asked).await {
            Ok(answered) => answered?,
            Err(_) => return Ok(nanos),
        };
        nanos.push(at.elapsed().as_nanos() as u64);
        due.answered();
    }
}
