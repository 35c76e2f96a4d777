//! Certificates that the server gets by itself from an authority, by ACME (RFC 8555). That its names lead here is shown on
//! the HTTPS port itself (TLS-ALPN-01, RFC 8737). Independent of how connections are accepted and of what is served.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::StreamExt as _;
use rustls_acme::{AcmeConfig, AcmeState, EventOk, ResolvesServerCertAcme, caches::DirCache};
use tokio::time::timeout;
use tokio_rustls::rustls::{
    ClientConfig, RootCertStore,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, pem::PemObject as _},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};

use crate::{config::Tls, store::make_private_folder, tls::CertificateError};

/// What an authority negotiates that looks for the proof.
pub(crate) const PROTOCOL: &[u8] = b"acme-tls/1";
/// Where certificates and the account are kept, in the data folder.
const FOLDER: &str = "acme";
/// After so long everything is looked at afresh: whether a certificate is due is told by a clock that may have been wrong, and
/// an authority may have stopped answering.
const AFRESH: Duration = Duration::from_secs(24 * 60 * 60);
/// Reading what is kept takes less.
const PATIENCE: Duration = Duration::from_secs(10);

/// The certificate that connections are shown.
#[derive(Debug, Default)]
pub(crate) struct Shown(Mutex<Option<Arc<ResolvesServerCertAcme>>>);

impl Shown {
    fn current(&self) -> MutexGuard<'_, Option<Arc<ResolvesServerCertAcme>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_some(&self) -> bool {
        self.current().is_some()
    }

    fn set(&self, resolver: Arc<ResolvesServerCertAcme>) {
        *self.current() = Some(resolver);
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let current = self.current().clone();
        current?.resolve(hello)
    }
}

/// Gets certificates and renews them in time, while it runs.
pub(crate) struct Renewal {
    tls: Tls,
    folder: PathBuf,
    client: Arc<ClientConfig>,
    shown: Arc<Shown>,
}

impl Renewal {
    /// Keeps what it gets in the folder of the server's data.
    pub(crate) fn new(tls: &Tls, data: &Path, provider: &Arc<CryptoProvider>) -> Result<Self, CertificateError> {
        let client = ClientConfig::builder_with_provider(Arc::clone(provider))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(trusted(tls)?)
            .with_no_client_auth();
        Ok(Self { tls: tls.clone(), folder: data.join(FOLDER), client: Arc::new(client), shown: Arc::default() })
    }

    /// What it gets, as connections are shown it.
    pub(crate) fn shown(&self) -> Arc<Shown> {
        Arc::clone(&self.shown)
    }

    /// Never ends, unless there is nowhere to keep keys.
    pub(crate) async fn run(self) {
        if let Err(error) = make_private_folder(&self.folder) {
            tracing::error!(%error, "no certificate can be had: its folder cannot be made");
            return;
        }
        loop {
            let mut state = self.state();
            // A certificate that is shown stays until what is kept was read anew.
            if self.shown.is_some() {
                let _ = timeout(PATIENCE, take_next(&mut state)).await;
            }
            self.shown.set(state.resolver());
            let _ = timeout(AFRESH, async { while take_next(&mut state).await {} }).await;
        }
    }

    fn state(&self) -> AcmeState<io::Error> {
        let mut config = AcmeConfig::new_with_client_config(&self.tls.domains, Arc::clone(&self.client))
            .directory(&self.tls.directory)
            .cache(DirCache::new(self.folder.clone()));
        if !self.tls.contact.is_empty() {
            config = config.contact_push(format!("mailto:{}", self.tls.contact));
        }
        config.state()
    }
}

/// Goes on until something has happened; false if nothing will any more.
async fn take_next(state: &mut AcmeState<io::Error>) -> bool {
    match state.next().await {
        Some(Ok(EventOk::DeployedCachedCert)) => tracing::debug!("the certificate that was kept is in use"),
        Some(Ok(EventOk::DeployedNewCert)) => tracing::info!("a new certificate is in use"),
        Some(Ok(EventOk::CertCacheStore | EventOk::AccountCacheStore)) => {}
        Some(Err(error)) => tracing::warn!(%error, "no certificate could be had yet; it is tried again"),
        None => return false,
    }
    true
}

/// Whose certificates the ACME server's own is trusted by.
fn trusted(tls: &Tls) -> Result<RootCertStore, CertificateError> {
    let mut trusted = RootCertStore::empty();
    if tls.authority.as_os_str().is_empty() {
        trusted.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if trusted.is_empty() {
            return Err(CertificateError::NoAuthorities);
        }
        return Ok(trusted);
    }
    let failed = |source| CertificateError::File { path: tls.authority.clone(), what: "certificate", source };
    for certificate in CertificateDer::pem_file_iter(&tls.authority).map_err(failed)? {
        trusted.add(certificate.map_err(failed)?)?;
    }
    Ok(trusted)
}
