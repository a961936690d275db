//! The provider of the bench: answers at once, with as little work as an answer can take.
//!
//! What it does is named by the request header `x-bench`; without it, one answer of about 1 KB.

use std::net::SocketAddr;

use anyhow::Result;
use tokio::net::TcpListener;

use crate::{child, message::Wire, workload};

/// Requests come in pieces of up to this size.
const READ_BYTES: usize = 256 << 10;

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
        wire.skip_message(head).await?;
        wire.write(answer).await?;
    }
    Ok(())
}
