//! From the start of the process to its first answer.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use serde_json::json;

use crate::{
    Run,
    child::{self, Process},
    contestants::Kind,
    figures::{Rounds, Table, verdict},
    load::Crowd,
    machine::resident,
    people,
    workload::attributes,
};

pub(crate) async fn run(run: &mut Run) -> Result<()> {
    let users = if run.quick { 500 } else { 10_000 };
    let held = users * attributes().len();
    println!(
        "\nSTART, from exec to the first answer (no user); medians (min–max) of several starts"
    );
    let mut table = Table::new(&["", "ms", "at most", "", "RSS then"]);

    let mut empty = Rounds::default();
    let mut memory = 0.0;
    for _ in 0..if run.quick { 2 } else { 7 } {
        let folder = child::folder()?;
        let store = folder.path().join("store");
        let (time, process) = start(run, &store).await?;
        empty.push(time.as_secs_f64() * 1e3);
        memory = resident(&process.child)? as f64 / 1e6;
    }
    row(run, &mut table, "on an empty store", &empty, 50.0, memory);

    let folder = child::folder()?;
    let store = folder.path().join("store");
    let began = Instant::now();
    people::fill(&store, users).await?;
    let made = began.elapsed().as_secs_f64();
    let mut stopped = Rounds::default();
    let mut killed = Rounds::default();
    for _ in 0..if run.quick { 1 } else { 3 } {
        let (time, process) = start(run, &store).await?;
        stopped.push(time.as_secs_f64() * 1e3);
        drop(process);
        let (time, process) = start(run, &store).await?;
        killed.push(time.as_secs_f64() * 1e3);
        memory = resident(&process.child)? as f64 / 1e6;
        ensure!(process.stop()?, "it did not stop in good order");
    }
    // What is asked of a million is asked of fewer, too.
    row(run, &mut table, &format!("{held} attributes, after a stop"), &stopped, 1_000.0, memory);
    row(run, &mut table, &format!("{held} attributes, after a kill"), &killed, 1_000.0, memory);
    let size = size(&store)? as f64 / 1e6;
    table.print(&format!(
        "a store of {held} attributes over {users} users: {size:.0} MB on disk, made in {made:.0} s through the library"
    ));
    Ok(())
}

async fn start(run: &Run, store: &Path) -> Result<(Duration, Process)> {
    let command = child::tactful(run.upstream.address, store);
    let log = child::folder()?;
    let began = Instant::now();
    let process = child::serve(command, &run.cores.proxy, &run.cores.load, log)?;
    let mut crowd = Crowd::connect(process.address, 1, Kind::NoUser.requests(1 << 10)).await?;
    let head = crowd.ask_once().await?;
    let time = began.elapsed();
    ensure!(head.starts_with("HTTP/1.1 200"), "the first answer is {head}");
    Ok((time, process))
}

fn row(run: &mut Run, table: &mut Table, what: &str, times: &Rounds, at_most: f64, memory: f64) {
    table.row(vec![
        what.into(),
        times.told(1),
        format!("{at_most:.0}"),
        verdict(times.median(), at_most).into(),
        format!("{memory:.1} MB"),
    ]);
    run.record(json!({
        "section": "start", "what": what, "ms": times.json(), "at_most_ms": at_most, "rss_mb": memory,
    }));
}

/// What a folder takes on the disk, in bytes.
fn size(folder: &Path) -> Result<u64> {
    use std::os::unix::fs::MetadataExt as _;
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let (path, data) = {
            let entry = entry?;
            (entry.path(), entry.metadata()?)
        };
        bytes += if data.is_dir() { size(&path)? } else { data.blocks() * 512 };
    }
    Ok(bytes)
}
