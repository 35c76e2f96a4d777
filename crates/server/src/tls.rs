//! HTTPS by the server itself, with a certificate that it gets (acme.rs), or from files that are read anew when they have
//! changed. Independent of who connects and of what is served.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        self, ServerConfig,
        crypto::{CryptoProvider, ring},
        pki_types::{
            CertificateDer, PrivateKeyDer,
            pem::{self, PemObject as _},
        },
        server::{ClientHello, ResolvesServerCert},
        sign::CertifiedKey,
    },
};

use crate::{
    acme::{self, Renewal},
    config::{Config, TlsMode},
};

/// Why HTTPS cannot be offered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// A file is not there, or holds no PEM of the kind.
    #[error("{path} holds no {what}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What was looked for in it.
        what: &'static str,
        /// Why it was not found.
        source: pem::Error,
    },
    /// There is nobody by whom the ACME server could be trusted.
    #[error("this machine trusts no certificate authority: install its ca-certificates, or name one in tls.authority")]
    NoAuthorities,
    /// They do not fit together.
    #[error("the certificate and its key cannot be used: {0}")]
    Unusable(#[from] rustls::Error),
}

/// Reads the certificate, to say what is wrong with it before anything is served. One that is still to be got is not waited
/// for.
///
/// # Errors
/// When the files that the configuration names cannot be used.
pub fn check_certificate(config: &Config) -> Result<(), CertificateError> {
    https(config).map(|_| ())
}

/// HTTPS as the server offers it.
pub(crate) struct Https {
    /// Accepts connections.
    pub acceptor: TlsAcceptor,
    /// To be run as long as connections are accepted, where certificates are got.
    pub renewal: Option<Renewal>,
}

/// What accepts TLS connections; nothing where they are not offered.
pub(crate) fn https(config: &Config) -> Result<Option<Https>, CertificateError> {
    let (tls, provider) = (&config.tls, Arc::new(ring::default_provider()));
    // Sockets are upgraded from HTTP/1.1.
    let mut protocols = vec![b"http/1.1".to_vec()];
    let (resolver, renewal): (Arc<dyn ResolvesServerCert>, _) = match tls.mode {
        TlsMode::Off => return Ok(None),
        TlsMode::Files => (Arc::new(Certificate::open(&tls.certificate, &tls.key, Arc::clone(&provider))?), None),
        TlsMode::Acme => {
            protocols.push(acme::PROTOCOL.to_vec());
            let renewal = Renewal::new(tls, &config.server.data, &provider)?;
            (renewal.shown(), Some(renewal))
        }
    };
    let mut server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(resolver);
    server.alpn_protocols = protocols;
    Ok(Some(Https { acceptor: TlsAcceptor::from(Arc::new(server)), renewal }))
}

/// Tells whether files have changed: when they were written, and their sizes.
type Written = [Option<(SystemTime, u64)>; 2];

/// A certificate with its key, as the files have it.
#[derive(Debug)]
struct Certificate {
    chain: PathBuf,
    key: PathBuf,
    provider: Arc<CryptoProvider>,
    loaded: Mutex<Loaded>,
}

#[derive(Debug)]
struct Loaded {
    /// Of which files it is.
    of: Written,
    certified: Arc<CertifiedKey>,
    /// Files of which it was said that they cannot be used.
    unusable: Option<Written>,
}

impl Certificate {
    fn open(chain: &Path, key: &Path, provider: Arc<CryptoProvider>) -> Result<Self, CertificateError> {
        let written = [written(chain), written(key)];
        let certified = Arc::new(read(chain, key, &provider)?);
        let loaded = Mutex::new(Loaded { of: written, certified, unusable: None });
        Ok(Self { chain: chain.to_owned(), key: key.to_owned(), provider, loaded })
    }

    /// What the files hold now; what they held before, while they cannot be used.
    fn current(&self) -> Arc<CertifiedKey> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        let now = [written(&self.chain), written(&self.key)];
        if loaded.of != now {
            match read(&self.chain, &self.key, &self.provider) {
                Ok(certified) => {
                    tracing::info!("the certificate was read anew");
                    *loaded = Loaded { of: now, certified: Arc::new(certified), unusable: None };
                }
                Err(error) if loaded.unusable != Some(now) => {
                    tracing::warn!(error = %error, "the former certificate stays in use");
                    loaded.unusable = Some(now);
                }
                Err(_) => {}
            }
        }
        Arc::clone(&loaded.certified)
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current())
    }
}

fn written(path: &Path) -> Option<(SystemTime, u64)> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

fn read(chain: &Path, key: &Path, provider: &CryptoProvider) -> Result<CertifiedKey, CertificateError> {
    let failed = |path: &Path, what| {
        let path = path.to_owned();
        move |source| CertificateError::File { path, what, source }
    };
    let certificates = CertificateDer::pem_file_iter(chain).map_err(failed(chain, "certificate"))?;
    let certificates = certificates.collect::<Result<Vec<_>, _>>().map_err(failed(chain, "certificate"))?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(failed(key, "private key"))?;
    Ok(CertifiedKey::from_der(certificates, private, provider)?)
}
