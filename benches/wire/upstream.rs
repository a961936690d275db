//! The provider of the bench: answers at once, with as little work as an answer can take.

use std::{net::SocketAddr, time::Duration};

use anyhow::Result;
use memchr::memmem;
use tokio::net::TcpListener;

use crate::{
    child,
    machine::monotonic,
    message::{Wire, header},
    workload,
};

/// Requests come in pieces of up to this size.
const READ_BYTES: usize = 256 << 10;

/// The request header that says how to stream, to those who ask for a stream: `EVENTS MICROSECONDS`, the pause between
/// two events; or `hold`, one event and then silence.
pub(crate) const SCRIPT: &str = "x-bench";

pub(crate) fn run() -> Result<()> {
    child::runtime()?.block_on(async {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        child::ready(listener.local_addr()?)?;
        let answer: &'static [u8] = Box::leak(workload::answer().into_boxed_slice());
        loop {
            let (stream, _) = listener.accept().await?;
            child::spawn(serve(Wire::new(stream, READ_BYTES)?, answer));
        }
    })
}

async fn serve(mut wire: Wire, answer: &'static [u8]) -> std::io::Result<()> {
    while let Some(head) = wire.head().await? {
        let script = header(&wire.read()[..head], SCRIPT.as_bytes())
            .map(|script| String::from_utf8_lossy(script).into_owned());
        let streams = match &script {
            Some(_) => memmem::find(wire.message(head).await?, br#""stream":true"#).is_some(),
            None => false,
        };
        wire.skip_message(head).await?;
        match script.filter(|_| streams).as_deref() {
            None => wire.write(answer).await?,
            Some("hold") => {
                wire.write(workload::STREAM_HEAD).await?;
                wire.write(&workload::event(monotonic())).await?;
                // Until the other side leaves.
                while wire.wait().await? {}
                return Ok(());
            }
            Some(script) => stream(&mut wire, script).await?,
        }
    }
    Ok(())
}

/// Every event a write of its own.
async fn stream(wire: &mut Wire, script: &str) -> std::io::Result<()> {
    let mut words = script.split(' ').map(|word| word.parse().unwrap_or(0));
    let (events, pause) = (words.next().unwrap_or(0), words.next().unwrap_or(0));
    wire.write(workload::STREAM_HEAD).await?;
    for at in 0..events {
        if at > 0 {
            match pause {
                0 => tokio::task::yield_now().await,
                micros => tokio::time::sleep(Duration::from_micros(micros)).await,
            }
        }
        wire.write(&workload::event(monotonic())).await?;
    }
    wire.write(&workload::end_of_events()).await
}
