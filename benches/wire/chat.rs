//! Chat requests, closed loop: who asks again as soon as they were answered.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use crate::{
    Run,
    child::Process,
    contestants::{Contestant, Kind},
    figures::{Rounds, Table, quantile, sorted, verdict},
    load::Crowd,
    machine::SETTLE_MAX,
};

struct Cell {
    bytes: usize,
    connections: usize,
}

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

fn cells(quick: bool) -> Vec<Cell> {
    let cell = |(bytes, connections)| Cell { bytes, connections };
    let small = [(KIB, 1), (KIB, 32), (KIB, 256)];
    let middle = [(100 * KIB, 1), (100 * KIB, 32), (100 * KIB, 256)];
    let middle = if quick { &middle[1..2] } else { &middle[..] };
    small.iter().chain(middle).chain(&[(MIB, 1)]).copied().map(cell).collect()
}

/// `100 KiB`.
fn size(bytes: usize) -> String {
    if bytes >= MIB { format!("{} MiB", bytes / MIB) } else { format!("{} KiB", bytes / KIB) }
}

#[derive(Debug, Default)]
struct Figures {
    per_second: Rounds,
    p50: Rounds,
    p99: Rounds,
    cpu: Rounds,
    busy: Rounds,
    unexpected: u64,
    /// It was still at work when it should have been idle.
    is_behind: bool,
}

pub(crate) async fn run(run: &mut Run) -> Result<()> {
    let mut contestants = Vec::new();
    for kind in Kind::CHAT {
        let contestant = Contestant::start(kind, run.upstream.address, &run.cores).await?;
        check(&contestant).await.with_context(|| kind.name())?;
        contestants.push(contestant);
    }
    let (rounds, warm, time) = if run.quick { (2, 50, 150) } else { (5, 300, 1_000) };
    println!(
        "\nCHAT, closed loop: {rounds} rounds in turn, {time} ms each after {warm} ms of warm-up; medians (min–max). CPU is the\n\
        proxy's own, work it put off included (\"and more\": it was not done with it {} s later). Comparisons and hold-out are off; receipts and lessons are on.\n\
        core %: of one core; above 100 it falls behind.",
        SETTLE_MAX.as_secs()
    );
    for cell in cells(run.quick) {
        let mut figures: Vec<Figures> = contestants.iter().map(|_| Figures::default()).collect();
        for _ in 0..rounds {
            for (contestant, figures) in contestants.iter().zip(&mut figures) {
                let (warm, time) = (Duration::from_millis(warm), Duration::from_millis(time));
                round(contestant, &cell, warm, time, figures)
                    .await
                    .with_context(|| contestant.kind.name())?;
            }
        }
        report(run, &cell, &contestants, &figures);
    }
    for contestant in &contestants {
        let logged = contestant.process.as_ref().and_then(Process::logged);
        if let Some((lines, last)) = logged {
            println!("\n{} logged {lines} lines, the last: {last}", contestant.kind.name());
        }
    }
    Ok(())
}

/// Whether it does what it stands for.
async fn check(contestant: &Contestant) -> Result<()> {
    let mut crowd = Crowd::connect(contestant.address, 1, contestant.kind.requests(KIB)).await?;
    let head = crowd.ask_once().await?;
    ensure!(
        head.starts_with("HTTP/1.1 200"),
        "answered {}",
        head.lines().next().unwrap_or_default()
    );
    let told =
        |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    let outcome = told("x-tactful-outcome: ");
    let expected = match contestant.kind {
        Kind::Direct | Kind::Relay | Kind::Splice => "",
        Kind::Untouched | Kind::NoUser => "bypassed",
        Kind::Nothing | Kind::NothingOfMany => "generic",
        Kind::One | Kind::Compared => "personalized",
    };
    let reason = told("x-tactful-reason: ");
    ensure!(outcome == expected, "outcome is {outcome:?} ({reason}) where it must be {expected:?}");
    if contestant.kind == Kind::One {
        let used = told("x-tactful-attributes: ").split(',').count();
        ensure!(used == 1, "{used} attributes were used where it must be one");
    }
    Ok(())
}

async fn round(
    contestant: &Contestant,
    cell: &Cell,
    warm: Duration,
    time: Duration,
    figures: &mut Figures,
) -> Result<()> {
    let requests = contestant.kind.requests(cell.bytes);
    let mut crowd = Crowd::connect(contestant.address, cell.connections, requests).await?;
    crowd.ask_for(warm).await?;
    let cpu = contestant.process.as_ref().map(|process| process.cpu);
    let before = cpu.map(|cpu| cpu.settle()).transpose()?;
    let sample = crowd.ask_for(time).await?;
    let after = cpu.map(|cpu| cpu.settle()).transpose()?;
    let count = sample.nanos.len() as f64;
    if let Some(((before, _), (after, is_idle))) = before.zip(after) {
        let spent = (after - before).as_secs_f64();
        figures.cpu.push(spent * 1e6 / count);
        figures.busy.push(spent / time.as_secs_f64() * 100.0);
        figures.is_behind |= !is_idle;
    }
    let nanos = sorted(sample.nanos.iter().map(|nanos| *nanos as f64).collect());
    figures.per_second.push(count / time.as_secs_f64());
    figures.p50.push(quantile(&nanos, 0.5) / 1e3);
    figures.p99.push(quantile(&nanos, 0.99) / 1e3);
    figures.unexpected += sample.unexpected;
    Ok(())
}

fn report(run: &mut Run, cell: &Cell, contestants: &[Contestant], figures: &[Figures]) {
    let of = |kind| contestants.iter().position(|it| it.kind == kind).map(|at| &figures[at]);
    let mut table = Table::new(&[
        "",
        "req/s",
        "p50 µs",
        "p99 µs",
        "CPU µs/request",
        "core %",
        "times",
        "",
        "at most",
        "",
        "wrong",
    ]);
    for (contestant, figures) in contestants.iter().zip(figures) {
        let kind = contestant.kind;
        let has_cpu = contestant.process.is_some();
        let ratio =
            kind.base().and_then(|(base, name)| Some((figures.cpu.over(&of(base)?.cpu), name)));
        let target = target(kind, cell);
        let or_none = |is: bool, text: String| if is { text } else { "–".into() };
        table.row(vec![
            kind.name().into(),
            format!("{:.0}", figures.per_second.median()),
            format!("{:.1}", figures.p50.median()),
            format!("{:.1}", figures.p99.median()),
            or_none(
                has_cpu,
                figures.cpu.told(1) + if figures.is_behind { " and more" } else { "" },
            ),
            or_none(has_cpu, format!("{:.0}", figures.busy.median())),
            ratio.as_ref().map_or_else(String::new, |(ratio, _)| ratio.told(2)),
            ratio.as_ref().map_or_else(String::new, |(_, name)| format!("× {name}")),
            target.map_or_else(String::new, |target| format!("{target:.2}")),
            ratio.as_ref().zip(target).map_or_else(String::new, |((ratio, _), target)| {
                verdict(ratio.median(), target).into()
            }),
            if figures.unexpected > 0 { figures.unexpected.to_string() } else { String::new() },
        ]);
        run.record(json!({
            "section": "chat", "bytes": cell.bytes, "connections": cell.connections, "contestant": kind.name(),
            "requests_per_second": figures.per_second.json(), "p50_us": figures.p50.json(), "p99_us": figures.p99.json(),
            "cpu_us_per_request": has_cpu.then(|| figures.cpu.json()),
            "times": ratio.as_ref().map(|(ratio, _)| ratio.json()), "against": ratio.as_ref().map(|(_, name)| name),
            "at_most": target, "unexpected": figures.unexpected,
        }));
    }
    let s = if cell.connections == 1 { "" } else { "s" };
    table.print(&format!("bodies of {}, {} connection{s}", size(cell.bytes), cell.connections));
    if cell.bytes == KIB && cell.connections == 1 {
        added(run, contestants, figures);
    }
}

/// CPU time over that of the floor.
fn target(kind: Kind, cell: &Cell) -> Option<f64> {
    let large = cell.bytes > 100 * KIB;
    match kind {
        Kind::Untouched => Some(1.15),
        Kind::Nothing | Kind::NothingOfMany => Some(if large { 2.0 } else { 1.4 }),
        Kind::One => Some(if large { 2.0 } else { 1.8 }),
        _ => None,
    }
}

/// What a proxy adds to the time of a request where nobody waits for anybody.
fn added(run: &mut Run, contestants: &[Contestant], figures: &[Figures]) {
    let direct = &figures[0];
    let mut table =
        Table::new(&["added over no proxy", "p50 µs", "at most", "", "p99 µs", "at most", ""]);
    for (contestant, figures) in contestants.iter().zip(figures).skip(1) {
        let (p50, p99) = (figures.p50.minus(&direct.p50), figures.p99.minus(&direct.p99));
        let is_held = matches!(contestant.kind, Kind::Nothing | Kind::NothingOfMany | Kind::One);
        let held = |at_most: f64, measured: f64| match is_held {
            true => [format!("{at_most:.0}"), verdict(measured, at_most).into()],
            false => [String::new(), String::new()],
        };
        let ([most50, is50], [most99, is99]) = (held(20.0, p50.median()), held(70.0, p99.median()));
        table.row(vec![
            contestant.kind.name().into(),
            p50.told(1),
            most50,
            is50,
            p99.told(1),
            most99,
            is99,
        ]);
        run.record(json!({
            "section": "added", "contestant": contestant.kind.name(), "p50_us": p50.json(), "p99_us": p99.json(),
        }));
    }
    table.print("bodies of 1 KiB, 1 connection");
}
