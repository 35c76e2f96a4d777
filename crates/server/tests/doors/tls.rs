//! HTTPS by the server itself, with certificates in files.

use std::{fs, io, net::SocketAddr, path::Path, sync::Arc};

use sealpost_server::{
    check_certificate,
    config::{Config, TlsMode},
};
use tempfile::TempDir;
use tokio::{io::AsyncReadExt as _, net::TcpStream};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName, pem::PemObject as _},
    },
};

use crate::{
    http::{self, Answer},
    server::TestServer,
};

/// Whose the certificates of the tests are.
const HOST: &str = "chat.sealpost.test";

fn stored(file: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/doors/certificates").join(file)
}

fn certificate(name: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_file(stored(&format!("{name}.pem"))).unwrap()
}

/// Puts a certificate and its key where the server looks for them.
fn install(folder: &Path, name: &str) {
    fs::copy(stored(&format!("{name}.pem")), folder.join("certificate.pem")).unwrap();
    fs::copy(stored(&format!("{name}.key.pem")), folder.join("key.pem")).unwrap();
}

fn with_files(config: &mut Config, folder: &Path) {
    config.tls.mode = TlsMode::Files;
    config.tls.certificate = folder.join("certificate.pem");
    config.tls.key = folder.join("key.pem");
}

/// A server with the first certificate, and where it looks for it.
async fn with_first() -> (TempDir, TestServer) {
    let folder = tempfile::tempdir().unwrap();
    install(folder.path(), "first");
    let server = TestServer::with(|config| with_files(config, folder.path())).await;
    (folder, server)
}

/// Connects as one who trusts the certificates of the tests.
async fn connect(address: SocketAddr) -> io::Result<TlsStream<TcpStream>> {
    connect_as(address, HOST, &[certificate("first"), certificate("second")]).await
}

/// Connects to a host as one who trusts these certificates alone.
pub async fn connect_as(
    address: SocketAddr,
    host: &'static str,
    trusts: &[CertificateDer<'static>],
) -> io::Result<TlsStream<TcpStream>> {
    let mut trusted = RootCertStore::empty();
    for certificate in trusts {
        trusted.add(certificate.clone()).unwrap();
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(trusted)
        .with_no_client_auth();
    let stream = TcpStream::connect(address).await?;
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from(host).unwrap(), stream).await
}

async fn get(address: SocketAddr, path: &str) -> Answer {
    http::exchange(connect(address).await.unwrap(), HOST, "GET", path, &[], b"").await
}

/// The certificate that the server shows.
async fn shown(server: &TestServer) -> CertificateDer<'static> {
    let stream = connect(server.address).await.unwrap();
    stream.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned()
}

#[tokio::test]
async fn it_is_spoken_alone_and_browsers_are_told_to_keep_to_it() {
    let (_folder, server) = with_first().await;
    let answer = get(server.address, "/healthz").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("strict-transport-security"), Some("max-age=31536000"));

    let mut plain = TcpStream::connect(server.address).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut plain, b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP"), "nothing is answered in clear");

    let in_clear = TestServer::start().await;
    assert_eq!(in_clear.get("/healthz", &[]).await.header("strict-transport-security"), None);
}

#[tokio::test]
async fn a_new_certificate_counts_from_the_next_connection() {
    let (folder, server) = with_first().await;
    assert_eq!(shown(&server).await, certificate("first"));

    // Half of the change is no change: the key does not belong to the certificate yet.
    fs::write(folder.path().join("certificate.pem"), [&fs::read(stored("second.pem")).unwrap()[..], b"\n"].concat())
        .unwrap();
    assert_eq!(shown(&server).await, certificate("first"));
    fs::remove_file(folder.path().join("key.pem")).unwrap();
    assert_eq!(shown(&server).await, certificate("first"));
    fs::copy(stored("second.key.pem"), folder.path().join("key.pem")).unwrap();
    assert_eq!(shown(&server).await, certificate("second"));
}

#[tokio::test]
async fn files_that_were_mended_are_taken() {
    let (folder, server) = with_first().await;
    assert_eq!(shown(&server).await, certificate("first"));
    let key = fs::read(stored("second.key.pem")).unwrap();
    fs::copy(stored("second.pem"), folder.path().join("certificate.pem")).unwrap();
    fs::write(folder.path().join("key.pem"), vec![b'x'; key.len()]).unwrap();
    assert_eq!(shown(&server).await, certificate("first"));
    // As if it had only not been readable: neither its size nor its time says that anything is different.
    let time = fs::metadata(folder.path().join("key.pem")).unwrap().modified().unwrap();
    fs::write(folder.path().join("key.pem"), key).unwrap();
    fs::File::options().write(true).open(folder.path().join("key.pem")).unwrap().set_modified(time).unwrap();
    assert_eq!(shown(&server).await, certificate("second"));
}

#[tokio::test]
async fn who_never_ends_a_handshake_holds_up_nobody() {
    let (_folder, server) = with_first().await;
    let mut silent = Vec::new();
    // More than are begun at a time.
    for _ in 0..300 {
        silent.push(TcpStream::connect(server.address).await.unwrap());
    }
    assert_eq!(get(server.address, "/healthz").await.status, 200);
    drop(silent);
}

#[test]
fn what_is_wrong_with_the_files_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::in_folder(folder.path());
    config.tls.mode = TlsMode::Files;
    assert!(config.faults().iter().any(|fault| fault.contains("tls.certificate")));
    with_files(&mut config, folder.path());
    assert_eq!(config.faults(), Vec::<String>::new());
    let mut key_itself = config.clone();
    key_itself.tls.key = "-----BEGIN PRIVATE KEY-----\nsecret".into();
    let faults = key_itself.faults().join(" ");
    assert!(faults.contains("names of files") && !faults.contains("secret"), "{faults}");
    let fault = || check_certificate(&config).unwrap_err().to_string();
    assert!(fault().contains("certificate.pem holds no certificate"), "{}", fault());
    install(folder.path(), "first");
    check_certificate(&config).unwrap();
    fs::write(folder.path().join("key.pem"), "no key").unwrap();
    assert!(fault().contains("key.pem holds no private key"), "{}", fault());
    fs::copy(stored("second.key.pem"), folder.path().join("key.pem")).unwrap();
    assert!(fault().contains("cannot be used"), "{}", fault());
}
