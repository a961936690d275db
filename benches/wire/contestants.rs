//! Who is measured.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use tokio::net::TcpStream;

use crate::{
    child::{self, ADMIN_KEY, Process},
    load::Requests,
    machine::Cores,
    message::Wire,
    people,
    upstream::SCRIPT,
    workload::{self, Needs},
};

/// What runs, and what is asked of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Direct,
    Relay,
    Splice,
    Untouched,
    NoUser,
    Nothing,
    NothingOfMany,
    One,
    Compared,
}

impl Kind {
    /// Who takes part in chat, whole answers.
    pub(crate) const CHAT: [Self; 8] = [
        Self::Direct,
        Self::Relay,
        Self::Splice,
        Self::Untouched,
        Self::NoUser,
        Self::Nothing,
        Self::NothingOfMany,
        Self::One,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Direct => "upstream directly",
            Self::Relay => "bare relay",
            Self::Splice => "bare relay with a splice",
            Self::Untouched => "tactful, untouched path",
            Self::NoUser => "tactful, no user",
            Self::Nothing => "tactful, nothing selected",
            Self::NothingOfMany => "tactful, nothing, 1,000 users",
            Self::One => "tactful, one selected",
            Self::Compared => "tactful, one, with the tap",
        }
    }

    /// What its CPU time is held against.
    pub(crate) fn base(self) -> Option<(Self, &'static str)> {
        match self {
            Self::Direct | Self::Relay | Self::Splice => None,
            Self::Untouched => Some((Self::Relay, "relay")),
            _ => Some((Self::Splice, "splice")),
        }
    }

    /// What its answers must say.
    fn marker(self) -> &'static str {
        match self {
            Self::Direct | Self::Relay | Self::Splice => "",
            Self::Untouched | Self::NoUser => "x-tactful-outcome: bypassed\r\n",
            Self::Nothing | Self::NothingOfMany => "x-tactful-outcome: generic\r\n",
            Self::One | Self::Compared => "x-tactful-outcome: personalized\r\n",
        }
    }

    pub(crate) fn requests(self, bytes: usize) -> Requests {
        let (path, body) = match self {
            Self::Untouched => ("embeddings", workload::embeddings(bytes)),
            _ => ("chat/completions", workload::chat(self.needs(), bytes, false)),
        };
        Requests::new(self.heads(path, "", body.len()), body, self.marker())
    }

    /// A request for a streamed answer; `script` tells the upstream how to stream.
    pub(crate) fn request_for_stream(self, script: &str) -> Vec<u8> {
        let body = workload::chat(self.needs(), 1 << 10, true);
        let extra = format!("{SCRIPT}: {script}\r\n");
        let mut heads = self.heads("chat/completions", &extra, body.len());
        [heads.swap_remove(0), body].concat()
    }

    fn needs(self) -> Needs {
        if matches!(self, Self::One | Self::Compared) { Needs::One } else { Needs::Nothing }
    }

    fn has_user(self) -> bool {
        matches!(self, Self::Nothing | Self::One | Self::Compared)
    }

    fn heads(self, path: &str, extra: &str, length: usize) -> Vec<Vec<u8>> {
        let head = |user: Option<&str>| workload::head(path, user, extra, length);
        match self {
            Self::NothingOfMany => (0..MANY).map(|at| head(Some(&people::name(at)))).collect(),
            _ => vec![head(self.has_user().then_some(USER))],
        }
    }
}

/// The one user of the bench.
const USER: &str = "marit";

/// How many users there are where there are many.
const MANY: usize = 1_000;

/// One of them, running.
#[derive(Debug)]
pub(crate) struct Contestant {
    pub(crate) kind: Kind,
    pub(crate) address: SocketAddr,
    /// None for the upstream itself: it is not a proxy.
    pub(crate) process: Option<Process>,
}

impl Contestant {
    /// Starts it in front of this upstream.
    pub(crate) async fn start(kind: Kind, upstream: SocketAddr, cores: &Cores) -> Result<Self> {
        let process = match kind {
            Kind::Direct => return Ok(Self { kind, address: upstream, process: None }),
            Kind::Relay | Kind::Splice => floor(upstream, kind == Kind::Splice, cores)?,
            _ => {
                let folder = child::folder()?;
                let store = folder.path().join("store");
                if kind == Kind::NothingOfMany {
                    people::fill(&store, MANY).await?;
                }
                let mut command = child::tactful(upstream, &store);
                if kind == Kind::Compared {
                    command.env("TACTFUL__SHADOW__SAMPLE_RATE", "1");
                    command.env("TACTFUL__SHADOW__MAX_IN_FLIGHT", "1000");
                    command.env("TACTFUL__SHADOW__DAILY_TOKEN_BUDGET", "1000000000000");
                }
                let process = child::serve(command, &cores.proxy, &cores.load, folder)?;
                if kind.has_user() {
                    enter(process.address).await?;
                }
                process
            }
        };
        Ok(Self { kind, address: process.address, process: Some(process) })
    }
}

/// Starts the floor.
pub(crate) fn floor(upstream: SocketAddr, splices: bool, cores: &Cores) -> Result<Process> {
    let upstream = upstream.to_string();
    child::again(
        &["floor", &upstream, if splices { "splice" } else { "relay" }],
        &cores.proxy,
        &cores.load,
    )
}

/// Has the user state their hundred attributes through the personal API.
pub(crate) async fn enter(address: SocketAddr) -> Result<()> {
    let mut wire = Wire::new(TcpStream::connect(address).await?, 64 << 10)?;
    for text in workload::attributes() {
        let body = json!({ "text": text }).to_string();
        let head = format!(
            "POST /tactful/v1/users/{USER}/attributes HTTP/1.1\r\nhost: 127.0.0.1\r\n\
            authorization: Bearer {ADMIN_KEY}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        wire.write_message(head.as_bytes(), body.as_bytes()).await?;
        let length = wire.head().await?.context("no answer of the personal API")?;
        let told = String::from_utf8_lossy(&wire.read()[..length]).into_owned();
        ensure!(
            told.starts_with("HTTP/1.1 201"),
            "the personal API did not take {text:?}: {}",
            told.lines().next().unwrap_or_default()
        );
        wire.skip_message(length).await?;
    }
    // What was just entered counts as said lately; it is the same for everyone who is measured.
    tokio::time::sleep(Duration::from_millis(50)).await;
    Ok(())
}
