//! Configuration: a TOML file, then `SEALPOST__SECTION__KEY` variables, each key with a default and a line that says
//! what it is for. `SEALPOST__SECTION__KEY_FILE` names a file that holds the value, for secrets.
//!
//! Independent of the rest of the server: plain values and nothing that is opened or started.

mod load;
mod sample;
mod sections;

use std::path::PathBuf;

pub use load::{ConfigError, DEFAULT_FILE, load};
pub use sample::sample;
pub use sections::{
    Admin, Blobs, Database, Limits, Log, LogFormat, Registration, RegistrationMode, Retention, Server, Session, Tls,
    TlsMode,
};

use sections::Key;
use serde::Deserialize;

/// Everything that a host can choose.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where the server listens and keeps its data.
    pub server: Server,
    /// HTTPS by the server itself.
    pub tls: Tls,
    /// Who may register.
    pub registration: Registration,
    /// Where accounts and conversations are stored.
    pub database: Database,
    /// Where attachments are stored.
    pub blobs: Blobs,
    /// How long people stay signed in.
    pub session: Session,
    /// How long messages are kept for devices that are away.
    pub retention: Retention,
    /// How much one person or address may ask for.
    pub limits: Limits,
    /// What the host's moderators may do.
    pub admin: Admin,
    /// What the server writes about itself.
    pub log: Log,
}

impl Config {
    /// The configuration of a server whose data are in `data`, everything else by default.
    pub fn in_folder(data: impl Into<PathBuf>) -> Self {
        let mut config = Self::default();
        config.server.data = data.into();
        config
    }

    /// What is wrong with values that are well formed each, one sentence a fault.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let url = &self.database.url;
        if !url.is_empty() && !["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
            faults.push("database.url must be empty (SQLite) or start with postgres://".to_owned());
        }
        if !self.blobs.url.is_empty() && self.blobs.bucket().is_none_or(|(bucket, _)| bucket.is_empty()) {
            faults.push("blobs.url must be empty (a folder) or name a bucket as in s3://bucket".to_owned());
        }
        if self.tls.mode == TlsMode::Files
            && [&self.tls.certificate, &self.tls.key].iter().any(|path| path.as_os_str().is_empty())
        {
            faults.push("tls.certificate and tls.key must name files where tls.mode is \"files\"".to_owned());
        }
        if self.tls.mode == TlsMode::Acme && self.tls.domains.is_empty() {
            faults.push("tls.domains must name at least one domain where tls.mode is \"acme\"".to_owned());
        }
        for domain in &self.tls.domains {
            if !is_domain(domain) {
                faults.push(format!("tls.domains: {domain:?} is not a name such as chat.example"));
            }
        }
        if !self.tls.contact.is_empty() && (!self.tls.contact.contains('@') || self.tls.contact.contains(':')) {
            faults.push("tls.contact must be an e-mail address such as you@example.org".to_owned());
        }
        if !self.tls.directory.starts_with("https://") {
            faults.push("tls.directory must start with https://".to_owned());
        }
        if [&self.tls.certificate, &self.tls.key].iter().any(|path| path.to_string_lossy().contains('\n')) {
            // Not shown: it may be the key itself.
            faults.push(
                "tls.certificate and tls.key are names of files: set SEALPOST__TLS__KEY, not ..._FILE".to_owned(),
            );
        }
        if self.session.days == 0 {
            faults.push("session.days must be at least 1".to_owned());
        }
        let Retention { days, device_days } = self.retention;
        if days == 0 || device_days > days {
            faults.push("retention.days must be at least 1, and retention.device_days not more than that".to_owned());
        }
        if self.limits.frame_bytes < MIN_FRAME_BYTES {
            faults.push(format!("limits.frame_bytes must be at least {MIN_FRAME_BYTES}"));
        }
        if (1..MIN_ADMIN_TOKEN).contains(&self.admin.token.len()) {
            faults.push(format!("admin.token must be empty or have at least {MIN_ADMIN_TOKEN} characters"));
        }
        for origin in &self.server.allowed_origins {
            let is_origin = url::Url::parse(origin).is_ok_and(|url| url.origin().ascii_serialization() == *origin);
            if !is_origin {
                faults
                    .push(format!("server.allowed_origins: {origin:?} is not an origin such as https://chat.example"));
            }
        }
        faults
    }
}

/// Whether a certificate can be had for it by TLS-ALPN-01: a name, without a port, and none that stands for several.
fn is_domain(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-.".contains(letter))
}

/// A commit of 100 additions and its group info must fit into one frame.
const MIN_FRAME_BYTES: usize = 1024 * 1024;

/// A token that nobody guesses.
const MIN_ADMIN_TOKEN: usize = 24;

/// The keys of a section with their defaults.
type Keys = Vec<(Key, toml::Value)>;

/// Every section's name, its meaning and its keys, in the order of the sample.
fn describe() -> Vec<(&'static str, &'static str, Keys)> {
    vec![
        ("server", Server::DOC, Server::describe()),
        ("tls", Tls::DOC, Tls::describe()),
        ("registration", Registration::DOC, Registration::describe()),
        ("database", Database::DOC, Database::describe()),
        ("blobs", Blobs::DOC, Blobs::describe()),
        ("session", Session::DOC, Session::describe()),
        ("retention", Retention::DOC, Retention::describe()),
        ("limits", Limits::DOC, Limits::describe()),
        ("admin", Admin::DOC, Admin::describe()),
        ("log", Log::DOC, Log::describe()),
    ]
}
