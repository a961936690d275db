//! The client of a streamed answer: reads events as they come and compares their times with the clock.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, ensure};
use memchr::memmem;
use tokio::{net::TcpStream, task::JoinSet};

use crate::{
    machine::monotonic,
    message::Wire,
    workload::{STAMP, STAMP_DIGITS},
};

/// Events are read in pieces of up to this size.
const READ_BYTES: usize = 64 << 10;

/// When the events of streamed answers came, in nanoseconds.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    /// From the request to the first event, of every stream.
    pub(crate) first: Vec<u64>,
    /// From the upstream's write to our read, of every event.
    pub(crate) delays: Vec<u64>,
}

/// Hears as many streams at once as there are connections, one after the other on each.
pub(crate) async fn hear(
    address: SocketAddr,
    connections: usize,
    streams: usize,
    request: &[u8],
) -> Result<Heard> {
    let mut hearing = JoinSet::new();
    for _ in 0..connections {
        let (stream, request) = (TcpStream::connect(address).await?, request.to_vec());
        hearing.spawn(async move {
            let mut wire = Wire::new(stream, READ_BYTES)?;
            let mut heard = Heard::default();
            for _ in 0..streams {
                hear_one(&mut wire, &request, &mut heard).await?;
            }
            Ok::<_, anyhow::Error>(heard)
        });
    }
    let mut whole = Heard::default();
    while let Some(heard) = hearing.join_next().await {
        let heard = heard?.context("a stream broke")?;
        whole.first.extend(heard.first);
        whole.delays.extend(heard.delays);
    }
    Ok(whole)
}

/// Opens a stream and reads its first event; the rest stays on its way.
pub(crate) async fn open(address: SocketAddr, request: &[u8]) -> Result<Wire> {
    let mut wire = Wire::new(TcpStream::connect(address).await?, 4 << 10)?;
    wire.write(request).await?;
    start(&mut wire).await?;
    let mut events = Events::default();
    let mut delays = Vec::new();
    loop {
        events.decode(&mut wire)?;
        events.take(0, &mut delays);
        if !delays.is_empty() {
            return Ok(wire);
        }
        ensure!(wire.wait().await?, "the stream ended early");
    }
}

async fn hear_one(wire: &mut Wire, request: &[u8], heard: &mut Heard) -> Result<()> {
    let asked = monotonic();
    wire.write(request).await?;
    start(wire).await?;
    let mut events = Events::default();
    let before = heard.delays.len();
    let mut is_first = true;
    loop {
        let now = monotonic();
        events.decode(wire)?;
        events.take(now, &mut heard.delays);
        if is_first && heard.delays.len() > before {
            heard.first.push(now - asked);
            is_first = false;
        }
        if events.ended {
            return Ok(());
        }
        ensure!(wire.wait().await?, "the stream ended early");
    }
}

async fn start(wire: &mut Wire) -> Result<()> {
    let head = wire.head().await?.context("no answer")?;
    ensure!(wire.read().starts_with(b"HTTP/1.1 200"), "the stream was refused");
    wire.take(head);
    Ok(())
}

/// The text of a stream, out of its chunks: a proxy may cut them otherwise than the upstream did.
#[derive(Debug, Default)]
struct Events {
    text: Vec<u8>,
    /// Bytes of the present chunk that are still to come, its line end included.
    left: usize,
    ended: bool,
}

impl Events {
    /// Takes what is here.
    fn decode(&mut self, wire: &mut Wire) -> Result<()> {
        let mut taken = 0;
        while !self.ended {
            let here = &wire.read()[taken..];
            if self.left == 0 {
                let Some(line) = memmem::find(here, b"\r\n") else { break };
                let size = usize::from_str_radix(std::str::from_utf8(&here[..line])?, 16)?;
                taken += line + 2;
                self.left = size + 2;
                self.ended = size == 0;
                if self.ended && wire.read().len() < taken + 2 {
                    // The last line end is still to come.
                    self.ended = false;
                    self.left = 0;
                    taken -= line + 2;
                    break;
                }
                if self.ended {
                    taken += 2;
                }
            } else {
                let some = here.len().min(self.left);
                if some == 0 {
                    break;
                }
                let text = some.min(self.left.saturating_sub(2));
                self.text.extend_from_slice(&here[..text]);
                self.left -= some;
                taken += some;
            }
        }
        wire.take(taken);
        Ok(())
    }

    /// Takes the events that are wholly here, and says how late they are.
    fn take(&mut self, now: u64, delays: &mut Vec<u64>) {
        let mut taken = 0;
        while let Some(at) = memmem::find(&self.text[taken..], STAMP) {
            let digits = taken + at + STAMP.len();
            let Some(stamp) = self.text.get(digits..digits + STAMP_DIGITS) else { break };
            let sent = std::str::from_utf8(stamp).ok().and_then(|stamp| stamp.parse().ok());
            delays.push(now.saturating_sub(sent.unwrap_or(now)));
            taken = digits + STAMP_DIGITS;
        }
        self.text.drain(..taken);
    }
}
