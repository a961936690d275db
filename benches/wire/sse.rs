//! Streamed answers: what an event costs, and how much later it comes.

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use crate::{
    Run,
    contestants::{Contestant, Kind},
    figures::{Rounds, Table, quantile, sorted, verdict},
    stream::{self, Heard},
};

const KINDS: [Kind; 6] =
    [Kind::Direct, Kind::Relay, Kind::NoUser, Kind::Nothing, Kind::One, Kind::Compared];

/// Events of a stream.
const EVENTS: usize = 200;

/// How the upstream writes.
#[derive(Clone, Copy)]
struct Pace {
    told: &'static str,
    connections: usize,
    /// Between two events of a stream, in microseconds; 0: as fast as it can.
    pause: u64,
}

const PACES: [Pace; 2] = [
    Pace { told: "an event every 2 ms on each of 32 streams", connections: 32, pause: 2_000 },
    Pace { told: "events as fast as they can be written, 8 streams", connections: 8, pause: 0 },
];

#[derive(Debug, Default)]
struct Figures {
    cpu: Rounds,
    delay50: Rounds,
    delay99: Rounds,
    first: Rounds,
}

pub(crate) async fn run(run: &mut Run) -> Result<()> {
    let mut contestants = Vec::new();
    for kind in KINDS {
        contestants.push(Contestant::start(kind, run.upstream.address, &run.cores).await?);
    }
    let rounds = if run.quick { 1 } else { 5 };
    println!(
        "\nSSE, streams of {EVENTS} events, each written by the upstream on its own: {rounds} rounds in turn, medians (min–max).\n\
        CPU of an event: what streams of {EVENTS} cost over streams of one, so that the request is not in it. With the tap:\n\
        every answer is heard and compared (`shadow.sample_rate = 1`). First event: of streams one after the other on one\n\
        connection, from the request on."
    );
    for pace in PACES {
        let mut figures: Vec<Figures> = contestants.iter().map(|_| Figures::default()).collect();
        for _ in 0..rounds {
            for (contestant, figures) in contestants.iter().zip(&mut figures) {
                round(contestant, pace, run.quick, figures)
                    .await
                    .with_context(|| contestant.kind.name())?;
            }
        }
        report(run, pace, &contestants, &figures);
    }
    Ok(())
}

async fn round(
    contestant: &Contestant,
    pace: Pace,
    quick: bool,
    figures: &mut Figures,
) -> Result<()> {
    // Streams that pause take their time; others need more of them.
    let streams = match (pace.pause, quick) {
        (0, true) => 10,
        (0, false) => 60,
        (_, true) => 1,
        (_, false) => 3,
    };
    let long = contestant.kind.request_for_stream(&format!("{EVENTS} {}", pace.pause));
    let short = contestant.kind.request_for_stream("1 0");
    stream::hear(contestant.address, pace.connections, 2, &short).await?;
    let (_, cost_short) = measured(contestant, pace, streams, &short).await?;
    let (heard, cost_long) = measured(contestant, pace, streams, &long).await?;
    ensure!(heard.delays.len() == pace.connections * streams * EVENTS, "events were lost");
    if let Some((short, long)) = cost_short.zip(cost_long) {
        figures.cpu.push((long - short) / (EVENTS - 1) as f64);
    }
    // Alone: streams that begin together wait for each other.
    let alone = stream::hear(contestant.address, 1, if quick { 50 } else { 200 }, &short).await?;
    let [first, delays] = [alone.first, heard.delays]
        .map(|nanos| sorted(nanos.into_iter().map(|nanos| nanos as f64 / 1e3).collect()));
    figures.delay50.push(quantile(&delays, 0.5));
    figures.delay99.push(quantile(&delays, 0.99));
    figures.first.push(quantile(&first, 0.5));
    Ok(())
}

/// What was heard, and the CPU microseconds of one stream.
async fn measured(
    contestant: &Contestant,
    pace: Pace,
    streams: usize,
    request: &[u8],
) -> Result<(Heard, Option<f64>)> {
    let cpu = contestant.process.as_ref().map(|process| process.cpu);
    let before = cpu.map(|cpu| cpu.settle()).transpose()?;
    let heard = stream::hear(contestant.address, pace.connections, streams, request).await?;
    let after = cpu.map(|cpu| cpu.settle()).transpose()?;
    let cost = before.zip(after).map(|((before, _), (after, _))| {
        (after - before).as_secs_f64() * 1e6 / (pace.connections * streams) as f64
    });
    Ok((heard, cost))
}

fn report(run: &mut Run, pace: Pace, contestants: &[Contestant], figures: &[Figures]) {
    let mut table = Table::new(&[
        "",
        "CPU µs/event",
        "× relay",
        "at most",
        "",
        "delay p50 µs",
        "delay p99 µs",
        "first event p50 µs",
        "added",
        "at most",
        "",
    ]);
    let (direct, relay) = (&figures[0], &figures[1]);
    for (contestant, figures) in contestants.iter().zip(figures) {
        let kind = contestant.kind;
        let is_held = matches!(kind, Kind::NoUser | Kind::Nothing | Kind::One | Kind::Compared);
        let ratio = figures.cpu.over(&relay.cpu);
        let added = figures.first.minus(&direct.first);
        let some = |is: bool, text: String| if is { text } else { String::new() };
        let is_proxy = kind != Kind::Direct;
        table.row(vec![
            kind.name().into(),
            some(is_proxy, figures.cpu.told(2)),
            some(is_held, ratio.told(2)),
            some(is_held, "1.15".into()),
            some(is_held, verdict(ratio.median(), 1.15).into()),
            figures.delay50.told(0),
            figures.delay99.told(0),
            figures.first.told(0),
            some(is_proxy, added.told(0)),
            some(is_held, "300".into()),
            some(is_held, verdict(added.median(), 300.0).into()),
        ]);
        run.record(json!({
            "section": "sse", "pace": pace.told, "contestant": kind.name(), "cpu_us_per_event": is_proxy.then(|| figures.cpu.json()),
            "times_relay": is_held.then(|| ratio.json()), "delay_p50_us": figures.delay50.json(),
            "delay_p99_us": figures.delay99.json(), "first_event_us": figures.first.json(),
        }));
    }
    table.print(pace.told);
}
