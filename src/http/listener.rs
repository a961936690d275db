//! Bound ports: one socket for each worker, all on the same address.

use std::{io, net::SocketAddr};

use tokio::net::{TcpListener, TcpSocket};

/// Connections that wait to be accepted, for each socket.
const BACKLOG: u32 = 1024;

/// A bound port.
#[derive(Debug)]
pub struct Listener {
    inner: std::net::TcpListener,
    address: SocketAddr,
}

impl Listener {
    /// Binds `address`, for this process alone; port 0 takes a free one.
    ///
    /// # Errors
    /// When the address is in use or not ours.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        Self::listen(socket_at(address)?)
    }

    /// Binds `address` so many times: the system divides the connections among the sockets.
    ///
    /// # Errors
    /// When the address is in use, also by another process that shares its own, or not ours.
    pub fn bind_shared(address: SocketAddr, sockets: usize) -> io::Result<Vec<Self>> {
        // The first is bound alone, so that it fails where anybody else is, and only then lets the others in.
        let first = socket_at(address)?;
        let address = first.local_addr()?;
        if sockets > 1 {
            first.set_reuseport(true)?;
        }
        let others = (1..sockets).map(|_| {
            let socket = socket_for(address)?;
            socket.set_reuseport(true)?;
            socket.bind(address)?;
            Ok(socket)
        });
        let sockets: Vec<_> =
            std::iter::once(Ok(first)).chain(others).collect::<io::Result<_>>()?;
        sockets.into_iter().map(Self::listen).collect()
    }

    fn listen(socket: TcpSocket) -> io::Result<Self> {
        let inner = socket.listen(BACKLOG)?.into_std()?;
        let address = inner.local_addr()?;
        Ok(Self { inner, address })
    }

    /// The address in use.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// To accept with on the runtime that this is called on.
    pub(super) fn attach(self) -> io::Result<TcpListener> {
        TcpListener::from_std(self.inner)
    }
}

fn socket_for(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A port whose last connections are still being forgotten is free.
    socket.set_reuseaddr(true)?;
    Ok(socket)
}

fn socket_at(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = socket_for(address)?;
    socket.bind(address)?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_shared_port_is_one_port_and_nobody_elses() {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let shared = Listener::bind_shared(any, 3).unwrap();
        let address = shared[0].address();
        assert!(shared.iter().all(|listener| listener.address() == address));
        for another in
            [Listener::bind(address).map(drop), Listener::bind_shared(address, 3).map(drop)]
        {
            assert_eq!(another.unwrap_err().kind(), io::ErrorKind::AddrInUse);
        }
    }
}
