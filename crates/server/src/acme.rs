//! Certificates that the server gets by itself from an authority, by ACME (RFC 8555). That its names lead here is shown on
//! the HTTPS port itself (TLS-ALPN-01, RFC 8737). Independent of how connections are accepted and of what is served.

use std::{io, path::Path, sync::Arc};

use futures::StreamExt as _;
use rustls_acme::{AcmeConfig, AcmeState, EventOk, ResolvesServerCertAcme, caches::DirCache};
use tokio_rustls::rustls::{
    ClientConfig, RootCertStore,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, pem::PemObject as _},
};

use crate::{config::Tls, tls::CertificateError};

/// What an authority negotiates that looks for the proof.
pub(crate) const PROTOCOL: &[u8] = b"acme-tls/1";
/// Where certificates and the account are kept, in the data folder, which only the server's user may enter.
const FOLDER: &str = "acme";

/// Gets certificates and renews them in time, while it runs.
pub(crate) struct Renewal(AcmeState<io::Error>);

/// What shows the certificate as soon as there is one, and what gets it.
pub(crate) fn begin(
    tls: &Tls,
    data: &Path,
    provider: &Arc<CryptoProvider>,
) -> Result<(Arc<ResolvesServerCertAcme>, Renewal), CertificateError> {
    let client = ClientConfig::builder_with_provider(Arc::clone(provider))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(trusted(tls)?)
        .with_no_client_auth();
    let mut config = AcmeConfig::new_with_client_config(&tls.domains, Arc::new(client))
        .directory(&tls.directory)
        .cache(DirCache::new(data.join(FOLDER)));
    if !tls.contact.is_empty() {
        config = config.contact_push(format!("mailto:{}", tls.contact));
    }
    let state = config.state();
    Ok((state.resolver(), Renewal(state)))
}

impl Renewal {
    /// Never ends.
    pub(crate) async fn run(mut self) {
        while let Some(event) = self.0.next().await {
            match event {
                Ok(EventOk::DeployedCachedCert) => tracing::info!("the certificate that was kept is in use"),
                Ok(EventOk::DeployedNewCert) => tracing::info!("a new certificate is in use"),
                Ok(EventOk::CertCacheStore | EventOk::AccountCacheStore) => {}
                Err(error) => tracing::warn!(%error, "no certificate could be had yet; it is tried again"),
            }
        }
    }
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
