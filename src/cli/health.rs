//! `tactful health`: for container engines, which have no other client in the image.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use anyhow::{Context as _, bail};
use bytes::Bytes;
use http_body_util::Empty;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};

use super::{Failure, Files, block_on, say::say};

/// A server that takes longer is not well.
const PATIENCE: Duration = Duration::from_secs(3);

pub(super) fn run(files: &Files) -> Result<(), Failure> {
    let address = reachable(files.load()?.server.admin_listen);
    block_on(async { Ok(ask(address).await?) })?;
    say!("ok");
    Ok(())
}

async fn ask(address: SocketAddr) -> anyhow::Result<()> {
    let client: Client<HttpConnector, Empty<Bytes>> =
        Client::builder(TokioExecutor::new()).build_http();
    let asked = client.get(format!("http://{address}/healthz").parse()?);
    let answer = tokio::time::timeout(PATIENCE, asked)
        .await
        .with_context(|| format!("{address} did not answer within {} s", PATIENCE.as_secs()))?
        .with_context(|| format!("no server answers on {address} (`server.admin_listen`)"))?;
    if !answer.status().is_success() {
        bail!("{address} answered {}", answer.status());
    }
    Ok(())
}

/// A server that listens on every address is asked on this machine's own.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_is_asked_on_this_machines_own() {
        for (listen, asked) in [
            ("0.0.0.0:9090", "127.0.0.1:9090"),
            ("[::]:9090", "[::1]:9090"),
            ("10.1.2.3:9090", "10.1.2.3:9090"),
        ] {
            assert_eq!(reachable(listen.parse().unwrap()), asked.parse().unwrap());
        }
    }
}
