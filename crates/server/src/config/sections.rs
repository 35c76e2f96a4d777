//! The sections of the configuration. The doc line of a key is what `config sample` prints above it.

use std::{net::IpAddr, net::SocketAddr, path::PathBuf};

use serde::{Deserialize, Serialize};

/// A key as the sample shows it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    /// Its name in its section.
    pub name: &'static str,
    /// What it is for; one line of text for each doc line.
    pub docs: &'static [&'static str],
}

macro_rules! section {
    ($(#[doc = $section_doc:literal])+ pub struct $section:ident {
        $($(#[doc = $doc:literal])+ pub $key:ident: $type:ty = $default:expr,)*
    }) => {
        $(#[doc = $section_doc])+
        #[derive(Clone, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $section { $($(#[doc = $doc])+ pub $key: $type,)* }

        impl Default for $section {
            fn default() -> Self {
                Self { $($key: $default,)* }
            }
        }

        // Values may be secrets.
        impl std::fmt::Debug for $section {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($section)).finish_non_exhaustive()
            }
        }

        impl $section {
            pub(super) const DOC: &'static str = concat!($($section_doc),+);

            /// Every key with its default.
            pub(super) fn describe() -> Vec<(Key, toml::Value)> {
                let defaults = toml::Table::try_from(Self::default()).unwrap_or_default();
                [$(Key { name: stringify!($key), docs: &[$($doc),+] },)*]
                    .into_iter()
                    .filter_map(|key| defaults.get(key.name).cloned().map(|value| (key, value)))
                    .collect()
            }
        }
    };
}

section! {
    /// Where the server listens and keeps its data.
    pub struct Server {
        /// Address and port. Browsers give the app what it needs on localhost and over HTTPS only.
        pub listen: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 8080)),
        /// Folder of the embedded database. One server at a time.
        pub data: PathBuf = PathBuf::from("./sealpost-data"),
        /// Other web origins that may open the socket and call the operations, such as "https://www.example".
        pub allowed_origins: Vec<String> = Vec::new(),
        /// Addresses of proxies whose X-Forwarded-For names the client.
        pub trusted_proxies: Vec<IpAddr> = Vec::new(),
        /// Seconds that connections get to finish when the server stops.
        pub drain_seconds: u64 = 10,
    }
}

section! {
    /// HTTPS by the server itself, where no proxy in front does it.
    pub struct Tls {
        /// "off": HTTP; "files": HTTPS with the certificate and key below, which are read anew when they change; "acme": HTTPS
        /// with certificates that the server gets and renews by itself, for which port 443 of the domains must lead to it.
        pub mode: TlsMode = TlsMode::Off,
        /// PEM file with the certificate and those that lead from it to its authority.
        pub certificate: PathBuf = PathBuf::new(),
        /// PEM file with the certificate's private key.
        pub key: PathBuf = PathBuf::new(),
        /// Names to get a certificate for, such as ["chat.example"].
        pub domains: Vec<String> = Vec::new(),
        /// E-mail address that the authority may write to; may stay empty.
        pub contact: String = String::new(),
        /// The authority's ACME directory. With "acme" one agrees to its terms of use.
        pub directory: String = "https://acme-v02.api.letsencrypt.org/directory".to_owned(),
        /// PEM file with the root certificate of an ACME server of one's own; empty for those that the machine trusts.
        pub authority: PathBuf = PathBuf::new(),
    }
}

/// Whether the server does HTTPS itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TlsMode {
    /// No: HTTP.
    Off,
    /// With a certificate and key in files.
    Files,
    /// With certificates from an authority.
    Acme,
}

section! {
    /// Who may register.
    pub struct Registration {
        /// "open": anyone; "invite": with an invite; "closed": no one.
        pub mode: RegistrationMode = RegistrationMode::Open,
    }
}

/// Who may register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RegistrationMode {
    /// Anyone.
    Open,
    /// Whoever has an invite.
    Invite,
    /// No one.
    Closed,
}

section! {
    /// Where accounts and conversations are stored.
    pub struct Database {
        /// Empty for SQLite in the data folder, or postgres://user:password@host/database.
        pub url: String = String::new(),
    }
}

section! {
    /// Where attachments are stored: encrypted photos, voice, videos and files.
    pub struct Blobs {
        /// Empty for the folder "blobs" in the data folder, or s3://bucket or s3://bucket/folder.
        pub url: String = String::new(),
        /// Address of a service that speaks S3, such as https://minio.example; empty for Amazon's own.
        pub endpoint: String = String::new(),
        /// The bucket's region.
        pub region: String = "us-east-1".to_owned(),
        /// Who the server is to that service.
        pub access_key_id: String = String::new(),
        /// The secret that goes with it.
        pub secret_access_key: String = String::new(),
        /// Largest attachment in bytes.
        pub max_bytes: u64 = 2 * 1024 * 1024 * 1024,
        /// Bytes that all attachments of one account may have; 0 means no limit.
        pub account_bytes: u64 = 20 * 1024 * 1024 * 1024,
        /// Hours that an attachment stays that no message and no archive tells of (any more).
        pub grace_hours: u32 = 30 * 24,
    }
}

impl Blobs {
    /// The bucket and what the names of its objects begin with; nothing for a folder.
    pub(crate) fn bucket(&self) -> Option<(&str, &str)> {
        let place = self.url.strip_prefix("s3://")?;
        Some(place.split_once('/').unwrap_or((place, "")))
    }
}

section! {
    /// How long people stay signed in.
    pub struct Session {
        /// Days after its last use that a session ends.
        pub days: u32 = 90,
    }
}

section! {
    /// How long messages are kept for devices that are away. What every device has is deleted within a few hours.
    pub struct Retention {
        /// Days for people none of whose devices has got a message.
        pub days: u32 = 365,
        /// Days for the other devices of people who have it.
        pub device_days: u32 = 30,
    }
}

section! {
    /// How much one person or address may ask for. 0 means no limit.
    pub struct Limits {
        /// Registrations an hour and address.
        pub registrations_per_hour: u32 = 30,
        /// Attempts to sign in, and questions whether a username is free, a minute and address. A username takes 20 times as
        /// many from all addresses together.
        pub sign_ins_per_minute: u32 = 30,
        /// Attempts with a recovery code an hour and address. A username takes 20 times as many from all addresses together.
        pub recoveries_per_hour: u32 = 20,
        /// Searches for people a minute and account.
        pub searches_per_minute: u32 = 120,
        /// Claims of key packages a minute and account. Of one other account it has as many an hour, and all accounts together
        /// have 20 times as many of one an hour.
        pub claims_per_minute: u32 = 120,
        /// Messages and commits a minute and account.
        pub appends_per_minute: u32 = 1200,
        /// Commits (changes of members and roles, renewed keys) a minute, account and conversation.
        pub commits_per_minute: u32 = 120,
        /// Accounts whose device lists are read a minute and account.
        pub device_lists_per_minute: u32 = 6000,
        /// Other changes a minute and account.
        pub writes_per_minute: u32 = 1200,
        /// Requests of any kind a minute and account.
        pub requests_per_minute: u32 = 12000,
        /// Largest request or frame in bytes.
        pub frame_bytes: usize = 8 * 1024 * 1024,
        /// Bytes that an account's archive of its history may have.
        pub archive_bytes: u64 = 2 * 1024 * 1024 * 1024,
        /// Most connections at a time.
        pub connections: usize = 20_000,
    }
}

section! {
    /// What the host's moderators may do: read reports at /v1/admin/reports and delete them.
    pub struct Admin {
        /// The bearer token that they show, at least 24 characters. Empty turns this off.
        pub token: String = String::new(),
    }
}

section! {
    /// What the server writes about itself, to standard output. Never what people say.
    pub struct Log {
        /// "text" for people or "json" for programs.
        pub format: LogFormat = LogFormat::Text,
        /// "error", "warn", "info", "debug" or "trace"; or a filter such as "warn,sealpost_server::http=debug".
        pub level: String = "info".to_owned(),
    }
}

impl Log {
    /// The filter that `level` stands for. Libraries say at most what "info" says: below that some of them write what
    /// passes through them.
    pub fn filter(&self) -> String {
        let directive = |directive: &str| match directive.trim().to_lowercase().as_str() {
            level @ ("debug" | "trace" | "4" | "5") => format!("info,sealpost_server={level}"),
            _ => directive.to_owned(),
        };
        self.level.split(',').map(directive).collect::<Vec<_>>().join(",")
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_say_no_more_than_info_however_a_level_is_written() {
        for (level, filter) in [
            ("trace", "info,sealpost_server=trace"),
            ("TRACE", "info,sealpost_server=trace"),
            (" Debug", "info,sealpost_server=debug"),
            ("5", "info,sealpost_server=5"),
            ("warn,TRACE", "warn,info,sealpost_server=trace"),
            ("warn,sealpost_server::http=debug", "warn,sealpost_server::http=debug"),
        ] {
            assert_eq!(Log { level: level.to_owned(), ..Log::default() }.filter(), filter);
        }
    }
}
