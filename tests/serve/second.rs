//! HTTP/2 by real peers: a client, a provider, and certificates made for the test.

use std::{
    net::SocketAddr,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread,
};

use bytes::Bytes;
use http::{Request, Response, Version, request::Parts};
use http_body_util::{BodyExt as _, Full, combinators::BoxBody};
use hyper::{
    body::Incoming,
    client::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    runtime::Runtime,
    time::timeout,
};
use tokio_rustls::{
    TlsAcceptor, TlsConnector,
    rustls::{
        ClientConfig, RootCertStore, ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject as _},
    },
};

use super::wire::PATIENCE;

pub(crate) type Body = BoxBody<Bytes, std::io::Error>;

pub(crate) fn whole(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed()
}

/// A certificate for this machine, and the one that signed it.
#[derive(Debug)]
pub(crate) struct Certificates {
    pub(crate) ca: String,
    pub(crate) chain: String,
    pub(crate) key: String,
}

impl Certificates {
    pub(crate) fn new() -> Self {
        let ca_key = rcgen::KeyPair::generate().unwrap();
        let mut ca = rcgen::CertificateParams::new(Vec::new()).unwrap();
        ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let ca_certificate = ca.self_signed(&ca_key).unwrap();
        let issuer = rcgen::Issuer::new(ca, ca_key);
        let key = rcgen::KeyPair::generate().unwrap();
        let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
        let leaf = rcgen::CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
        Self { ca: ca_certificate.pem(), chain: leaf.pem(), key: key.serialize_pem() }
    }

    pub(crate) fn write(&self, folder: &Path) {
        for (name, text) in
            [("ca.pem", &self.ca), ("cert.pem", &self.chain), ("key.pem", &self.key)]
        {
            std::fs::write(folder.join(name), text).unwrap();
        }
    }

    pub(crate) fn acceptor(&self, protocols: &[&[u8]]) -> TlsAcceptor {
        let chain = CertificateDer::pem_slice_iter(self.chain.as_bytes()).map(Result::unwrap);
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                chain.collect(),
                PrivateKeyDer::from_pem_slice(self.key.as_bytes()).unwrap(),
            )
            .unwrap();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        TlsAcceptor::from(Arc::new(config))
    }

    fn connector(&self, protocol: &[u8]) -> TlsConnector {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.ca.as_bytes()).unwrap()).unwrap();
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![protocol.to_vec()];
        TlsConnector::from(Arc::new(config))
    }
}

pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

/// A client that speaks one HTTP on one connection.
pub(crate) struct Client {
    pub(crate) runtime: Runtime,
    sender: Sent,
    authority: String,
}

enum Sent {
    One(http1::SendRequest<Full<Bytes>>),
    Two(http2::SendRequest<Full<Bytes>>),
}

impl Client {
    /// HTTP/2 in the clear.
    pub(crate) fn plain(address: SocketAddr) -> Self {
        let runtime = runtime();
        let sender = runtime.block_on(async {
            let stream = TcpStream::connect(address).await.unwrap();
            begin(&TokioExecutor::new(), stream, true).await
        });
        Self { runtime, sender, authority: address.to_string() }
    }

    /// By TLS, with this protocol agreed on.
    pub(crate) fn secure(address: SocketAddr, certificates: &Certificates, protocol: &str) -> Self {
        let runtime = runtime();
        let sender = runtime.block_on(async {
            let stream = TcpStream::connect(address).await.unwrap();
            let name = ServerName::try_from("localhost").unwrap();
            let connector = certificates.connector(protocol.as_bytes());
            let stream = connector.connect(name, stream).await.unwrap();
            assert_eq!(stream.get_ref().1.alpn_protocol(), Some(protocol.as_bytes()));
            begin(&TokioExecutor::new(), stream, protocol == "h2").await
        });
        Self { runtime, sender, authority: "localhost".into() }
    }

    fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Request<Full<Bytes>> {
        let is_two = matches!(self.sender, Sent::Two(_));
        let mut request = Request::builder().method(method).version(Version::HTTP_11);
        request = match is_two {
            true => request.uri(format!("http://{}{path}", self.authority)),
            false => request.uri(path).header("host", &self.authority),
        };
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Full::from(body.to_owned())).unwrap()
    }

    /// Asks; the answer is read to its head.
    pub(crate) fn begin(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> hyper::Result<Response<Incoming>> {
        let request = self.request(method, path, headers, body);
        let sender = &mut self.sender;
        self.runtime.block_on(async {
            timeout(PATIENCE, async {
                // A whole answer was read; that its connection noticed it may take a moment more.
                match sender {
                    Sent::One(sender) => {
                        sender.ready().await?;
                        sender.send_request(request).await
                    }
                    Sent::Two(sender) => {
                        sender.ready().await?;
                        sender.send_request(request).await
                    }
                }
            })
            .await
            .unwrap()
        })
    }

    /// Sends without waiting for an answer: what is returned must be kept, or the request is taken back.
    pub(crate) fn post_beside(
        &mut self,
        path: &str,
        body: &str,
    ) -> impl Future<Output = hyper::Result<Response<Incoming>>> + use<> {
        let request = self.request("POST", path, &[], body);
        let Sent::Two(sender) = &mut self.sender else { panic!("one after the other") };
        sender.send_request(request)
    }

    /// Asks, and reads the whole answer.
    pub(crate) fn ask(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> (http::response::Parts, String) {
        let (head, body) = self.begin(method, path, headers, body).unwrap().into_parts();
        let body = self.runtime.block_on(body.collect()).unwrap().to_bytes();
        (head, String::from_utf8(body.to_vec()).unwrap())
    }

    /// The next piece of a body that is not empty; none at its clean end.
    pub(crate) fn piece(&self, body: &mut Incoming) -> Option<hyper::Result<Bytes>> {
        loop {
            let frame = async { timeout(PATIENCE, body.frame()).await.unwrap() };
            match self.runtime.block_on(frame)?.map(|frame| frame.into_data().unwrap_or_default()) {
                Ok(empty) if empty.is_empty() => {}
                piece => return Some(piece),
            }
        }
    }
}

async fn begin<S>(executor: &TokioExecutor, stream: S, is_two: bool) -> Sent
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let stream = TokioIo::new(stream);
    if is_two {
        let (sender, connection) = http2::handshake(executor.clone(), stream).await.unwrap();
        hyper::rt::Executor::execute(executor, async { drop(connection.await) });
        return Sent::Two(sender);
    }
    let (sender, connection) = http1::handshake(stream).await.unwrap();
    hyper::rt::Executor::execute(executor, async { drop(connection.await) });
    Sent::One(sender)
}

/// A request as the provider saw it.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) head: Parts,
    pub(crate) body: Bytes,
}

/// A provider that speaks HTTP/2, or what it agrees on by TLS.
#[derive(Debug)]
pub(crate) struct Provider {
    pub(crate) address: SocketAddr,
    seen: Mutex<Receiver<Seen>>,
    /// Connections that it took.
    pub(crate) connections: Arc<AtomicUsize>,
}

impl Provider {
    /// Answers every request by `script`. `protocol` is what it offers by TLS.
    pub(crate) fn new<F>(
        tls: Option<(&Certificates, &str)>,
        script: impl Fn(Parts) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Response<Body>> + Send + 'static,
    {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, seen) = channel();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        let is_two = tls.is_none_or(|(_, protocol)| protocol == "h2");
        let acceptor = tls.map(|(made, protocol)| made.acceptor(&[protocol.as_bytes()]));
        let script = Arc::new(script);
        thread::spawn(move || {
            let runtime = runtime();
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).unwrap();
                while let Ok((stream, _)) = listener.accept().await {
                    counted.fetch_add(1, Ordering::SeqCst);
                    let (tell, script) = (tell.clone(), Arc::clone(&script));
                    let acceptor = acceptor.clone();
                    runtime.spawn(async move {
                        match acceptor {
                            None => serve(stream, is_two, tell, script).await,
                            Some(acceptor) => {
                                if let Ok(stream) = acceptor.accept(stream).await {
                                    serve(stream, is_two, tell, script).await;
                                }
                            }
                        }
                    });
                }
            });
        });
        Self { address, seen: Mutex::new(seen), connections }
    }

    pub(crate) fn next(&self) -> Seen {
        self.seen.lock().unwrap().recv_timeout(PATIENCE).unwrap()
    }
}

async fn serve<S, C, F>(stream: S, is_two: bool, tell: Sender<Seen>, script: Arc<C>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    C: Fn(Parts) -> F + Send + Sync + 'static,
    F: Future<Output = Response<Body>> + Send + 'static,
{
    let service = service_fn(move |request: Request<Incoming>| {
        let (tell, script) = (tell.clone(), Arc::clone(&script));
        async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await?.to_bytes();
            let _ = tell.send(Seen { head: head.clone(), body });
            Ok::<_, hyper::Error>(script(head).await)
        }
    });
    let stream = TokioIo::new(stream);
    let _ = if is_two {
        let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
        builder.serve_connection(stream, service).await
    } else {
        hyper::server::conn::http1::Builder::new().serve_connection(stream, service).await
    };
}
