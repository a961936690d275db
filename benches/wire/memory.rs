//! Resident memory: idle, loaded, with streams open, and after a burst.

use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use crate::{
    Run,
    child::{self, Process},
    contestants::{self, Kind},
    figures::{Table, verdict},
    load::{Burst, Crowd},
    machine::{resident, resident_at_most},
    stream,
};

const MB: f64 = 1e6;

/// Streams open at once.
const STREAMS: usize = 1_000;

/// A burst: so many bodies of so many bytes, all at once.
const BURST: usize = 256;
const BURST_BYTES: usize = 8 << 20;

pub(crate) async fn run(run: &mut Run) -> Result<()> {
    println!(
        "\nMEMORY, resident, of a fresh process. The burst: {BURST} bodies of 8 MiB at once, of which those over the in-flight\n\
        budget are answered 503."
    );
    let mut table =
        Table::new(&["", "bare relay with a splice", "tactful", "at most", "", "what it includes"]);
    let upstream = run.upstream.address;
    let floor = contestants::floor(upstream, true, &run.cores)?;
    let folder = child::folder()?;
    let command = child::tactful(upstream, &folder.path().join("store"));
    let tactful = child::serve(command, &run.cores.proxy, &run.cores.load, folder)?;

    row(run, &mut table, "idle after the start", [&floor, &tactful], Some(15.0), "")?;
    ask(&floor, Kind::Splice, 1, Duration::ZERO).await?;
    ask(&tactful, Kind::NoUser, 1, Duration::ZERO).await?;
    row(run, &mut table, "after the first answer", [&floor, &tactful], None, "no user")?;
    contestants::enter(tactful.address).await?;
    let told = "100 attributes entered, so tokens were counted";
    let idle = row(run, &mut table, "with a person", [&floor, &tactful], Some(80.0), told)?;
    let time = Duration::from_secs(if run.quick { 1 } else { 5 });
    ask(&floor, Kind::Splice, 32, time).await?;
    ask(&tactful, Kind::Nothing, 32, time).await?;
    ask(&tactful, Kind::One, 32, time).await?;
    row(
        run,
        &mut table,
        "after load",
        [&floor, &tactful],
        None,
        "1 KiB bodies on 32 connections, nothing and one selected",
    )?;
    let of_floor = streams(&floor, Kind::Splice).await?;
    let of_tactful = streams(&tactful, Kind::Nothing).await?;
    table.row(vec![
        format!("each of {STREAMS} open streams"),
        format!("{of_floor:.1} KB"),
        format!("{of_tactful:.1} KB"),
        "40.0 KB".into(),
        verdict(of_tactful, 40.0).into(),
        "a user, nothing selected".into(),
    ]);
    run.record(json!({ "section": "memory", "what": "an open stream", "floor_kb": of_floor, "tactful_kb": of_tactful }));
    if run.quick {
        table.print("the same two processes from top to bottom; no burst in a quick run");
        return Ok(());
    }
    let bursts = [burst(&floor, Kind::Splice).await?, burst(&tactful, Kind::Nothing).await?];
    let [most_floor, most_tactful] = [&floor, &tactful].map(|it| resident_at_most(&it.child));
    let told = |burst: Burst| {
        let Burst { answered, refused, broken } = burst;
        format!("{answered} answered, {refused} refused, {broken} broken")
    };
    table.row(vec![
        "at most, in the burst".into(),
        format!("{:.1} MB", most_floor? as f64 / MB),
        format!("{:.1} MB", most_tactful? as f64 / MB),
        String::new(),
        String::new(),
        format!("relay: {}; tactful: {}", told(bursts[0]), told(bursts[1])),
    ]);
    tokio::time::sleep(Duration::from_secs(10)).await;
    let told = "at most 1.5 × idle with a person";
    row(run, &mut table, "10 s after the burst", [&floor, &tactful], Some(idle * 1.5), told)?;
    table.print("the same two processes from top to bottom");
    Ok(())
}

/// Adds a row, once both have come to rest; what tactful holds, in MB.
fn row(
    run: &mut Run,
    table: &mut Table,
    when: &str,
    [floor, tactful]: [&Process; 2],
    at_most: Option<f64>,
    remark: &str,
) -> Result<f64> {
    floor.cpu.settle()?;
    tactful.cpu.settle()?;
    let [floor, tactful] = [floor, tactful].map(|it| resident(&it.child));
    let (floor, tactful) = (floor? as f64 / MB, tactful? as f64 / MB);
    table.row(vec![
        when.into(),
        format!("{floor:.1} MB"),
        format!("{tactful:.1} MB"),
        at_most.map_or_else(String::new, |most| format!("{most:.1} MB")),
        at_most.map_or_else(String::new, |most| verdict(tactful, most).into()),
        remark.into(),
    ]);
    run.record(json!({ "section": "memory", "what": when, "floor_mb": floor, "tactful_mb": tactful, "at_most_mb": at_most }));
    Ok(tactful)
}

async fn ask(process: &Process, kind: Kind, connections: usize, time: Duration) -> Result<()> {
    let mut crowd = Crowd::connect(process.address, connections, kind.requests(1 << 10)).await?;
    crowd.ask_once().await?;
    if !time.is_zero() {
        crowd.ask_for(time).await?;
    }
    Ok(())
}

/// The memory that each of many open streams takes, in KB.
async fn streams(process: &Process, kind: Kind) -> Result<f64> {
    let request = kind.request_for_stream("hold");
    process.cpu.settle()?;
    let before = resident(&process.child)?;
    let mut open = Vec::with_capacity(STREAMS);
    for _ in 0..STREAMS {
        open.push(stream::open(process.address, &request).await?);
    }
    process.cpu.settle()?;
    let after = resident(&process.child)?;
    Ok((after as f64 - before as f64) / 1e3 / STREAMS as f64)
}

async fn burst(process: &Process, kind: Kind) -> Result<Burst> {
    let mut crowd = Crowd::connect(process.address, BURST, kind.requests(BURST_BYTES)).await?;
    crowd.ask_each_once().await
}
