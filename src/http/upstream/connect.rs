//! Connections to the provider: its name, its addresses, TLS, and which HTTP is spoken.

use std::{io, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use http::{Uri, uri::Scheme};
use socket2::{SockRef, TcpKeepalive};
use tokio::{
    net::TcpStream,
    time::{Instant, timeout, timeout_at},
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName, pem::PemObject as _},
    },
};

use super::names::Names;
use crate::http::BoxError;

/// After so long without a byte the system asks whether the other side is still there.
const KEEPALIVE: Duration = Duration::from_secs(60);
const H2: &[u8] = b"h2";
const HTTP_11: &[u8] = b"http/1.1";

/// Why the certificates to trust are not at hand.
#[derive(Debug, thiserror::Error)]
pub enum Roots {
    /// None of the system's can be read, and no others are named.
    #[error("cannot read the system's root certificates, which `upstream.base_url` needs: {0}")]
    System(String),
    /// The file cannot be read, or holds none.
    #[error("cannot read certificates from {path} (`upstream.ca_file`): {reason}")]
    File {
        /// The file.
        path: String,
        /// Why not.
        reason: String,
    },
}

/// How to connect to one provider.
#[derive(Debug)]
pub(super) struct Connector {
    host: String,
    port: u16,
    names: Names,
    tls: Option<Tls>,
    speaks_h2: bool,
    /// For all of it.
    timeout: Duration,
}

struct Tls {
    name: ServerName<'static>,
    /// Offers HTTP/2 and HTTP/1.1.
    either: TlsConnector,
    /// Offers HTTP/1.1, for what HTTP/2 has not.
    only_http1: TlsConnector,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A connection on which nothing was said yet.
pub(super) enum Connected {
    Plain { stream: TcpStream, is_h2: bool },
    Secure { stream: Box<TlsStream<TcpStream>>, is_h2: bool },
}

impl Connector {
    /// To the host of `base`; root certificates are read only where it is to be reached by TLS.
    pub(super) fn new(
        base: &Uri,
        ca_file: Option<&Path>,
        http2_prior_knowledge: bool,
        timeout: Duration,
    ) -> Result<Self, Roots> {
        let host = base.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let is_https = base.scheme() == Some(&Scheme::HTTPS);
        let port = base.port_u16().unwrap_or(if is_https { 443 } else { 80 });
        let tls = is_https.then(|| tls(&host, ca_file)).transpose()?;
        let names = Names::of(host.clone(), port);
        let speaks_h2 = http2_prior_knowledge && !is_https;
        Ok(Self { host, port, names, tls, speaks_h2, timeout })
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// How long connecting may take.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Whether a connection may turn out to carry many requests at once.
    pub(super) fn may_speak_h2(&self) -> bool {
        self.speaks_h2 || self.tls.is_some()
    }

    /// Connects. `only_http1` is for what HTTP/2 has not.
    pub(super) async fn connect(&self, only_http1: bool) -> Result<Connected, BoxError> {
        let deadline = Instant::now() + self.timeout;
        timeout_at(deadline, self.connect_by(deadline, only_http1)).await?
    }

    async fn connect_by(&self, deadline: Instant, only_http1: bool) -> Result<Connected, BoxError> {
        let stream = self.reach(deadline).await?;
        // Without it a request in two writes waits for an acknowledgement.
        stream.set_nodelay(true)?;
        SockRef::from(&stream).set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE))?;
        let Some(tls) = &self.tls else {
            return Ok(Connected::Plain { stream, is_h2: self.speaks_h2 && !only_http1 });
        };
        let connector = if only_http1 { &tls.only_http1 } else { &tls.either };
        let stream = Box::new(connector.connect(tls.name.clone(), stream).await?);
        let is_h2 = stream.get_ref().1.alpn_protocol() == Some(H2);
        Ok(Connected::Secure { stream, is_h2 })
    }

    async fn reach(&self, deadline: Instant) -> Result<TcpStream, BoxError> {
        match self.host.parse() {
            Ok(address) => first_of(&[SocketAddr::new(address, self.port)], deadline).await,
            Err(_) => first_of(&self.names.addresses().await?, deadline).await,
        }
    }
}

/// The first address that takes the connection; the time is divided among them.
async fn first_of(addresses: &[SocketAddr], deadline: Instant) -> Result<TcpStream, BoxError> {
    let mut failed: BoxError = "its name has no address".into();
    for (at, address) in addresses.iter().enumerate() {
        let left = deadline.saturating_duration_since(Instant::now());
        let share = left / u32::try_from(addresses.len() - at).unwrap_or(u32::MAX);
        match timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => failed = error.into(),
            Err(elapsed) => failed = elapsed.into(),
        }
    }
    Err(failed)
}

fn tls(host: &str, ca_file: Option<&Path>) -> Result<Tls, Roots> {
    let name = ServerName::try_from(host.to_owned())
        .map_err(|error| Roots::System(format!("{host} is no name for TLS: {error}")))?;
    let roots = Arc::new(roots(ca_file)?);
    let offering = |protocols: &[&[u8]]| {
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| Roots::System(error.to_string()))?
            .with_root_certificates(Arc::clone(&roots))
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        Ok::<_, Roots>(TlsConnector::from(Arc::new(config)))
    };
    Ok(Tls { name, either: offering(&[H2, HTTP_11])?, only_http1: offering(&[HTTP_11])? })
}

/// The system's certificates and those of the file.
fn roots(ca_file: Option<&Path>) -> Result<RootCertStore, Roots> {
    let mut roots = RootCertStore::empty();
    let system = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(system.certs);
    if let Some(path) = ca_file {
        let failed = |reason: String| Roots::File { path: path.display().to_string(), reason };
        let before = roots.len();
        for certificate in
            CertificateDer::pem_file_iter(path).map_err(|error| failed(error.to_string()))?
        {
            let certificate = certificate.map_err(|error| failed(error.to_string()))?;
            roots.add(certificate).map_err(|error| failed(error.to_string()))?;
        }
        if roots.len() == before {
            return Err(failed("there is no certificate in it".into()));
        }
    }
    if roots.is_empty() {
        let reason = system.errors.first().map_or_else(
            || io::Error::from(io::ErrorKind::NotFound).to_string(),
            ToString::to_string,
        );
        return Err(Roots::System(reason));
    }
    Ok(roots)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use tokio::net::TcpSocket;

    use super::*;

    /// Longer than anything here takes.
    const PATIENCE: Duration = Duration::from_secs(20);

    fn listening() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        (listener, address)
    }

    /// To a provider whose name is looked up in this way.
    fn named(
        timeout: Duration,
        look_up: impl Fn() -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static,
    ) -> Connector {
        let base = Uri::from_static("http://provider.test");
        let connector = Connector::new(&base, None, false, timeout).unwrap();
        Connector { names: Names::by(look_up), ..connector }
    }

    /// Whether connecting is given up for the time it takes.
    async fn is_given_up(connector: &Connector) -> bool {
        let connecting = timeout(PATIENCE, connector.connect(false)).await.unwrap();
        connecting.err().unwrap().is::<tokio::time::error::Elapsed>()
    }

    #[tokio::test]
    async fn a_host_that_takes_the_connection_and_says_nothing_more_is_given_up() {
        let (_listener, address) = listening();
        let base: Uri = format!("https://{address}").parse().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let ca_file = folder.path().join("ca.pem");
        let ca = rcgen::generate_simple_self_signed(Vec::new()).unwrap();
        std::fs::write(&ca_file, ca.cert.pem()).unwrap();
        let connector =
            Connector::new(&base, Some(&ca_file), false, Duration::from_millis(100)).unwrap();
        assert!(is_given_up(&connector).await);
    }

    #[tokio::test]
    async fn a_name_that_nobody_finds_is_given_up() {
        let (_let_go, gate) = std::sync::mpsc::channel::<()>();
        let gate = std::sync::Mutex::new(gate);
        let connector = named(Duration::from_millis(100), move || {
            let _ = gate.lock().unwrap().recv();
            Ok(Vec::new())
        });
        for _ in 0..3 {
            assert!(is_given_up(&connector).await);
        }
    }

    #[tokio::test]
    async fn every_address_of_a_name_is_tried() {
        let (_listener, there) = listening();
        // Nobody listens where the port is somebody's.
        let taken = TcpSocket::new_v4().unwrap();
        taken.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let nobody = taken.local_addr().unwrap();

        let connector = named(PATIENCE, move || Ok(vec![nobody, there, nobody]));
        let Connected::Plain { stream, .. } = connector.connect(false).await.unwrap() else {
            panic!("not by TLS");
        };
        assert_eq!(stream.peer_addr().unwrap(), there);
        let connector = named(PATIENCE, move || Ok(vec![nobody, nobody]));
        assert!(connector.connect(false).await.is_err());
    }

    #[tokio::test]
    async fn what_is_written_to_the_provider_waits_for_no_acknowledgement() {
        let (_listener, there) = listening();
        let connector = named(PATIENCE, move || Ok(vec![there]));
        let Connected::Plain { stream, .. } = connector.connect(false).await.unwrap() else {
            panic!("not by TLS");
        };
        assert!(stream.nodelay().unwrap());
    }
}
