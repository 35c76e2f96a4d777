//! Certificates that the server gets by itself, from a real ACME server: Pebble, which `SEALPOST_TEST_PEBBLE` names. Without
//! it the test says that it is skipped.

use std::{
    fs, io,
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::Duration,
};

use sealpost_server::{
    check_certificate,
    config::{Config, TlsMode},
};
use tempfile::TempDir;
use tokio_rustls::rustls::pki_types::{CertificateDer, pem::PemObject as _};

use crate::{http, server::TestServer, tls};

/// What the certificates are for; the authority finds it by the system's resolver.
const HOST: &str = "localhost";

/// An authority that is not there yet: the ports where it will be, and the certificate by which it will be known.
struct Place {
    folder: TempDir,
    listen: SocketAddr,
    management: SocketAddr,
}

/// An authority; it ends with this.
struct Authority(Child);

impl Drop for Authority {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_address() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let own = rcgen::generate_simple_self_signed([HOST.to_owned()]).unwrap();
        fs::write(folder.path().join("own.pem"), own.cert.pem()).unwrap();
        fs::write(folder.path().join("own.key.pem"), own.key_pair.serialize_pem()).unwrap();
        Self { folder, listen: free_address(), management: free_address() }
    }

    fn with_acme(&self, config: &mut Config) {
        config.tls.mode = TlsMode::Acme;
        config.tls.domains = vec![HOST.to_owned()];
        config.tls.contact = "host@sealpost.test".to_owned();
        config.tls.directory = format!("https://{HOST}:{}/dir", self.listen.port());
        config.tls.authority = self.folder.path().join("own.pem");
    }

    /// Starts the authority, which looks for proofs at `server`.
    fn open(&self, pebble: &str, server: SocketAddr) -> Authority {
        let file = |name: &str| self.folder.path().join(name).to_str().unwrap().to_owned();
        let config = serde_json::json!({ "pebble": {
            "listenAddress": self.listen.to_string(),
            "managementListenAddress": self.management.to_string(),
            "certificate": file("own.pem"),
            "privateKey": file("own.key.pem"),
            "httpPort": server.port(),
            "tlsPort": server.port(),
        }});
        fs::write(file("pebble.json"), config.to_string()).unwrap();
        let mut pebble = Command::new(pebble);
        // It would refuse one nonce in twenty, to see whether clients try again: they do, later each time.
        let settings = [("PEBBLE_VA_NOSLEEP", "1"), ("PEBBLE_WFE_NONCEREJECT", "0")];
        pebble.args(["-config", &file("pebble.json")]).envs(settings);
        Authority(pebble.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    /// The root of what the authority gives, once it is there.
    async fn root(&self) -> CertificateDer<'static> {
        let own = CertificateDer::from_pem_file(self.folder.path().join("own.pem")).unwrap();
        let stream =
            eventually(async || tls::connect_as(self.management, HOST, std::slice::from_ref(&own)).await).await;
        let answer = http::exchange(stream, HOST, "GET", "/roots/0", &[], b"").await;
        CertificateDer::from_pem_slice(&answer.body).unwrap()
    }
}

/// Tries until it succeeds.
async fn eventually<T>(attempt: impl AsyncFn() -> io::Result<T>) -> T {
    let trying = async {
        loop {
            match attempt().await {
                Ok(done) => return done,
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), trying).await.expect("it succeeds within a minute")
}

async fn serves_with_a_certificate_of(root: &CertificateDer<'static>, server: &TestServer) {
    let stream = eventually(async || tls::connect_as(server.address, HOST, std::slice::from_ref(root)).await).await;
    let answer = http::exchange(stream, HOST, "GET", "/healthz", &[], b"").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("strict-transport-security"), Some("max-age=31536000"));
}

#[tokio::test]
#[allow(clippy::print_stdout)]
async fn a_certificate_is_got_and_kept() {
    let Ok(pebble) = std::env::var("SEALPOST_TEST_PEBBLE") else {
        println!("skipped: SEALPOST_TEST_PEBBLE names no ACME server");
        return;
    };
    let place = Place::new();
    // Before it has one nobody is answered, and it tries again until the authority is there.
    let server = TestServer::with(|config| place.with_acme(config)).await;
    let own = CertificateDer::from_pem_file(place.folder.path().join("own.pem")).unwrap();
    let refused = tls::connect_as(server.address, HOST, &[own]).await.unwrap_err().to_string();
    assert!(refused.contains("alert"), "{refused}");
    let authority = place.open(&pebble, server.address);
    let root = place.root().await;
    serves_with_a_certificate_of(&root, &server).await;

    // It needs no authority to go on with what it has.
    drop(authority);
    let folder = server.stop().await;
    #[cfg(unix)]
    {
        let mode = fs::metadata(folder.path().join("acme")).unwrap().permissions();
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777, 0o700);
    }
    let server = TestServer::in_folder(folder, |config| place.with_acme(config)).await;
    serves_with_a_certificate_of(&root, &server).await;
    server.stop().await;
}

#[test]
fn what_is_wrong_with_the_configuration_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::in_folder(folder.path());
    config.tls.mode = TlsMode::Acme;
    config.tls.directory = "http://acme.test/dir".to_owned();
    config.tls.contact = "mailto:host@sealpost.test".to_owned();
    let faults = config.faults().join(" ");
    for key in ["tls.domains", "tls.directory", "tls.contact"] {
        assert!(faults.contains(key), "{faults}");
    }
    config.tls.domains = vec!["*.sealpost.test".to_owned()];
    assert!(config.faults().join(" ").contains("*.sealpost.test"));
    config.tls.authority = folder.path().join("nobody.pem");
    let error = check_certificate(&config).unwrap_err().to_string();
    assert!(error.contains("nobody.pem holds no certificate"), "{error}");
}
