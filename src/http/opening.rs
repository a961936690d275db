//! How a connection begins: by TLS where a certificate is set, and in HTTP/1.1 or HTTP/2.

use std::{fmt, io, path::Path, sync::Arc};

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    },
};

/// The certificate that the server shows.
#[derive(Clone)]
pub struct Certificate {
    pub(super) acceptor: TlsAcceptor,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Certificate(***)")
    }
}

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum NoCertificate {
    /// The chain cannot be read, or is empty.
    #[error("cannot read certificates from {path} (`server.tls_cert_file`): {reason}")]
    Chain {
        /// The file.
        path: String,
        /// Why not.
        reason: String,
    },
    /// The key cannot be read.
    #[error("cannot read a private key from {path} (`server.tls_key_file`): {reason}")]
    Key {
        /// The file.
        path: String,
        /// Why not. Nothing of the key.
        reason: String,
    },
    /// The two do not belong together.
    #[error(
        "`server.tls_cert_file` and `server.tls_key_file` do not belong together, or are of no use here: {0}"
    )]
    Pair(String),
}

impl Certificate {
    /// Reads a chain and its key (PEM).
    ///
    /// # Errors
    /// When either does not read, or they do not fit.
    pub fn read(chain: &Path, key: &Path) -> Result<Self, NoCertificate> {
        let failed =
            |reason: String| NoCertificate::Chain { path: chain.display().to_string(), reason };
        let certificates = CertificateDer::pem_file_iter(chain)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| failed(error.to_string()))?;
        if certificates.is_empty() {
            return Err(failed("there is none in it".into()));
        }
        let key = PrivateKeyDer::from_pem_file(key).map_err(|error| NoCertificate::Key {
            path: key.display().to_string(),
            reason: error.to_string(),
        })?;
        let pair = |error: tokio_rustls::rustls::Error| NoCertificate::Pair(error.to_string());
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(pair)?
            .with_no_client_auth()
            .with_single_cert(certificates, key)
            .map_err(pair)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)) })
    }
}

/// What a client that speaks HTTP/2 without asking says first (RFC 9113, 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Reads until it is clear whether this is HTTP/2. What was read, and whether it is.
pub(super) async fn sniff(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<(Vec<u8>, bool)> {
    let mut first = Vec::with_capacity(PREFACE.len());
    while PREFACE.starts_with(&first) && first.len() < PREFACE.len() {
        let mut more = [0; PREFACE.len()];
        let read = stream.read(&mut more[first.len()..]).await?;
        if read == 0 {
            break;
        }
        let end = first.len() + read;
        first.extend_from_slice(&more[first.len()..end]);
    }
    let is_h2 = first == PREFACE;
    Ok((first, is_h2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_preface_is_told_from_anything_else_however_it_is_cut() {
        for (bytes, is_h2) in [
            ([PREFACE, b"rest"].concat(), true),
            (b"PRI * HTTP/1.1\r\n\r\n".to_vec(), false),
            (b"POST / HTTP/1.1\r\n\r\n".to_vec(), false),
            (b"PRI".to_vec(), false),
            (Vec::new(), false),
        ] {
            let mut cut = slowly(&bytes);
            let (first, found) = sniff(&mut cut).await.unwrap();
            assert_eq!(found, is_h2);
            assert!(bytes.starts_with(&first) && first.len() <= PREFACE.len());
        }
    }

    /// Gives a byte at a time.
    fn slowly(bytes: &[u8]) -> impl AsyncRead + Unpin + '_ {
        struct Slow<'a>(&'a [u8]);
        impl AsyncRead for Slow<'_> {
            fn poll_read(
                self: std::pin::Pin<&mut Self>,
                _: &mut std::task::Context<'_>,
                into: &mut tokio::io::ReadBuf<'_>,
            ) -> std::task::Poll<io::Result<()>> {
                let this = self.get_mut();
                let (first, rest) = this.0.split_at(this.0.len().min(1));
                into.put_slice(first);
                this.0 = rest;
                std::task::Poll::Ready(Ok(()))
            }
        }
        Slow(bytes)
    }
}
