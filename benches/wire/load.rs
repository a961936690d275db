//! The load generator: connections that ask again as soon as they were answered.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use memchr::memmem;
use tokio::{net::TcpStream, task::JoinSet};

use crate::message::Wire;

/// Answers are read in pieces of up to this size; their heads must fit.
const READ_BYTES: usize = 64 << 10;

/// What is asked.
#[derive(Debug)]
pub(crate) struct Requests {
    /// The heads, taken in turn; one for each user.
    heads: Vec<Vec<u8>>,
    body: Vec<u8>,
    /// What the head of every answer must hold beside its status of 200; empty: nothing.
    marker: &'static str,
    turn: AtomicUsize,
}

impl Requests {
    pub(crate) fn new(heads: Vec<Vec<u8>>, body: Vec<u8>, marker: &'static str) -> Self {
        Self { heads, body, marker, turn: AtomicUsize::new(0) }
    }

    fn next(&self) -> &[u8] {
        match self.heads.as_slice() {
            [only] => only,
            heads => &heads[self.turn.fetch_add(1, Ordering::Relaxed) % heads.len()],
        }
    }

    /// One request; whether it was answered as it had to be.
    pub(crate) async fn ask(&self, wire: &mut Wire) -> std::io::Result<bool> {
        wire.write_message(self.next(), &self.body).await?;
        let head = wire.head().await?.ok_or(std::io::ErrorKind::UnexpectedEof)?;
        let is_expected = self.is_expected(&wire.read()[..head]);
        wire.skip_message(head).await?;
        Ok(is_expected)
    }

    fn is_expected(&self, head: &[u8]) -> bool {
        head.starts_with(b"HTTP/1.1 200")
            && (self.marker.is_empty() || memmem::find(head, self.marker.as_bytes()).is_some())
    }
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Sample {
    /// How long each request took, in nanoseconds.
    pub(crate) nanos: Vec<u64>,
    /// Answers that were not what the contestant stands for: another status, or another outcome.
    pub(crate) unexpected: u64,
}

/// What came of requests that were sent all at once.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Burst {
    /// Answered as they had to be.
    pub(crate) answered: u64,
    /// Answered otherwise: 503, or generic past the deadline.
    pub(crate) refused: u64,
    /// Connections that broke.
    pub(crate) broken: u64,
}

/// Connections to one contestant.
#[derive(Debug)]
pub(crate) struct Crowd {
    wires: Vec<Wire>,
    requests: Arc<Requests>,
}

impl Crowd {
    pub(crate) async fn connect(
        address: SocketAddr,
        connections: usize,
        requests: Requests,
    ) -> Result<Self> {
        let mut wires = Vec::with_capacity(connections);
        for _ in 0..connections {
            wires.push(Wire::new(TcpStream::connect(address).await?, READ_BYTES)?);
        }
        Ok(Self { wires, requests: Arc::new(requests) })
    }

    /// Asks on every connection, again and again, until the time is over; the requests under way then are ended.
    pub(crate) async fn ask_for(&mut self, time: Duration) -> Result<Sample> {
        let until = Instant::now() + time;
        let mut asking = JoinSet::new();
        for wire in self.wires.drain(..) {
            asking.spawn(ask(wire, Arc::clone(&self.requests), until));
        }
        let mut whole = Sample::default();
        while let Some(asked) = asking.join_next().await {
            let (wire, sample) = asked?.context("a connection broke under load")?;
            self.wires.push(wire);
            whole.nanos.extend(sample.nanos);
            whole.unexpected += sample.unexpected;
        }
        ensure!(!whole.nanos.is_empty(), "nothing was answered");
        Ok(whole)
    }

    /// One request on every connection, all at once.
    pub(crate) async fn ask_each_once(&mut self) -> Result<Burst> {
        let mut asking = JoinSet::new();
        for mut wire in self.wires.drain(..) {
            let requests = Arc::clone(&self.requests);
            asking.spawn(async move { requests.ask(&mut wire).await });
        }
        let mut burst = Burst::default();
        for answer in asking.join_all().await {
            match answer {
                Ok(true) => burst.answered += 1,
                Ok(false) => burst.refused += 1,
                Err(_) => burst.broken += 1,
            }
        }
        Ok(burst)
    }

    /// The connections, and what is asked on them.
    pub(crate) fn into_parts(self) -> (Vec<Wire>, Arc<Requests>) {
        (self.wires, self.requests)
    }

    /// One request; the head of its answer.
    pub(crate) async fn ask_once(&mut self) -> Result<String> {
        let wire = self.wires.first_mut().context("no connection")?;
        wire.write_message(self.requests.next(), &self.requests.body).await?;
        let length = wire.head().await?.context("no answer")?;
        let head = String::from_utf8_lossy(&wire.read()[..length]).into_owned();
        wire.skip_message(length).await?;
        Ok(head)
    }
}

async fn ask(
    mut wire: Wire,
    requests: Arc<Requests>,
    until: Instant,
) -> std::io::Result<(Wire, Sample)> {
    let mut sample = Sample::default();
    let mut began = Instant::now();
    while began < until {
        if !requests.ask(&mut wire).await? {
            sample.unexpected += 1;
        }
        let ended = Instant::now();
        sample.nanos.push((ended - began).as_nanos() as u64);
        began = ended;
    }
    Ok((wire, sample))
}
