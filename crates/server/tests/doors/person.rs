//! A person with a device: registers and signs in as a client does, and works with MLS groups directly.

use std::time::{SystemTime, UNIX_EPOCH};

use opaque_ke::{
    CipherSuite, ClientLogin, ClientLoginFinishParameters, ClientRegistration, ClientRegistrationFinishParameters,
    CredentialResponse, RegistrationResponse, Ristretto255, TripleDh,
};
use rand::{Rng as _, rngs::OsRng};
use sealpost_mls::{
    Context, MemoryStore, Suite, generate_key_package,
    identity::{Credential, DeviceCertificate, DeviceKey, DeviceList, ListKey, ListKeyCertificate, RootKey},
};
use sealpost_protocol::{AccountId, Bytes, DeviceId, Problem, account::*, device::*};
use sha2::{Digest as _, Sha256};

use crate::server::TestServer;

pub const SUITE: Suite = Suite::Classic;
pub const PASSWORD: &str = "correct horse battery staple";

/// The same as the server's but for the cost of Argon2id, which only the client pays.
pub struct Opaque;

impl CipherSuite for Opaque {
    type OprfCs = Ristretto255;
    type KeyExchange = TripleDh<Ristretto255, sha2::Sha512>;
    type Ksf = argon2::Argon2<'static>;
}

pub fn cheap() -> argon2::Argon2<'static> {
    let parameters = argon2::Params::new(8, 1, 1, None).unwrap();
    argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, parameters)
}

pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// One device of a person, signed in.
pub struct Person {
    pub username: String,
    pub account: AccountId,
    pub device: DeviceId,
    pub token: Bytes,
    pub root: RootKey,
    pub list_key: ListKey,
    pub list_key_certificate: ListKeyCertificate,
    pub list: DeviceList,
    pub device_key: DeviceKey,
    pub credential: Credential,
    pub store: MemoryStore,
    pub recovery_token: Bytes,
}

impl Person {
    /// Registers, without any check of the answer left to the caller.
    pub async fn register(server: &TestServer, username: &str) -> Self {
        Self::try_register(server, username, None).await.unwrap()
    }

    pub async fn try_register(server: &TestServer, username: &str, invite: Option<&str>) -> Result<Self, Problem> {
        let mut person = Self::new(username);
        let request = person.registration(server, invite).await?;
        person.token = server.call(None, request).await?.session_token;
        Ok(person)
    }

    /// Someone with keys, not yet known to a server.
    pub fn new(username: &str) -> Self {
        let (account, device) = (AccountId(OsRng.r#gen()), DeviceId(OsRng.r#gen()));
        let root = RootKey::generate(&mut OsRng);
        let list_key = ListKey::generate(&mut OsRng);
        let device_key = DeviceKey::generate(&mut OsRng);
        let list_key_certificate = ListKeyCertificate::sign(&root, account, 1, &list_key);
        let list = DeviceList::first(&list_key, &list_key_certificate, device, device_key.public_key());
        let certificate = DeviceCertificate::sign(&list_key, &list_key_certificate, device, &device_key, 1);
        Self {
            username: username.to_owned(),
            account,
            device,
            token: Bytes::default(),
            credential: Credential::new(root.public_key(), list_key_certificate.clone(), certificate),
            root,
            list_key,
            list_key_certificate,
            list,
            device_key,
            store: MemoryStore::new(),
            recovery_token: Bytes::from(OsRng.r#gen::<[u8; 32]>()),
        }
    }

    /// The second step of registration, after the first was done.
    pub async fn registration(&self, server: &TestServer, invite: Option<&str>) -> Result<RegistrationFinish, Problem> {
        let started = ClientRegistration::<Opaque>::start(&mut OsRng, PASSWORD.as_bytes()).unwrap();
        let start = RegistrationStart {
            username: self.username.clone(),
            message: started.message.serialize().to_vec().into(),
            invite: invite.map(str::to_owned),
        };
        let answer = server.call(None, start).await?;
        let response = RegistrationResponse::deserialize(&answer.message).unwrap();
        let ksf = cheap();
        let parameters = ClientRegistrationFinishParameters::new(Default::default(), Some(&ksf));
        let finished = started.state.finish(&mut OsRng, PASSWORD.as_bytes(), response, parameters).unwrap();
        Ok(RegistrationFinish {
            account: self.account,
            username: self.username.clone(),
            display_name: format!("{} Example", self.username),
            upload: finished.message.serialize().to_vec().into(),
            root_public_key: self.root.public_key().into(),
            list_key_certificate: self.list_key_certificate.to_bytes().into(),
            device: self.device,
            device_certificate: self.credential.certificate.to_bytes().into(),
            device_list: self.list.to_bytes().into(),
            backup: backup(1),
            recovery_token_hash: <[u8; 32]>::from(Sha256::digest(&*self.recovery_token)).into(),
            invite: invite.map(str::to_owned),
        })
    }

    /// A second device of the same person: signed in, certified and listed, with nothing but the list key in common.
    pub async fn second_device(&self, server: &TestServer) -> Self {
        self.try_second_device(server).await.unwrap()
    }

    pub async fn try_second_device(&self, server: &TestServer) -> Result<Self, Problem> {
        let mut other = Self::new(&self.username);
        let signed_in = sign_in(server, &self.username, PASSWORD).await.unwrap();
        other.token = signed_in.session_token;
        other.account = self.account;
        other.root = RootKey::from_secret(&self.root.secret());
        other.list_key = ListKey::from_secret(&self.list_key.secret());
        other.list_key_certificate = self.list_key_certificate.clone();
        let key = other.device_key.public_key();
        other.list = self.list.next(&self.list_key, &self.list_key_certificate, Some((other.device, key)), &[]);
        other.credential = self.certify(&other);
        server.call(Some(&other.token), other.publication()).await?;
        Ok(other)
    }

    /// What this person's list key says of another of her devices, as its list has it.
    pub fn certify(&self, other: &Self) -> Credential {
        let (key, list_key) = (&self.list_key, &self.list_key_certificate);
        let certificate = DeviceCertificate::sign(key, list_key, other.device, &other.device_key, other.list.version);
        Credential::new(self.root.public_key(), list_key.clone(), certificate)
    }

    /// The same account, device and session with these keys and a certificate of their own.
    pub fn pretending(&self, root: RootKey, list_key: ListKey, device_key: DeviceKey, list_version: u64) -> Self {
        let list_key_certificate = ListKeyCertificate::sign(&root, self.account, 1, &list_key);
        let certificate =
            DeviceCertificate::sign(&list_key, &list_key_certificate, self.device, &device_key, list_version);
        Self {
            account: self.account,
            device: self.device,
            token: self.token.clone(),
            credential: Credential::new(root.public_key(), list_key_certificate.clone(), certificate),
            root,
            list_key,
            list_key_certificate,
            device_key,
            ..Self::new(&self.username)
        }
    }

    /// Three who hold the session but are not the published device: with another root key, with another device key, and
    /// with another certificate of the same keys.
    pub fn pretenders(&self) -> [Self; 3] {
        let root = || RootKey::from_secret(&self.root.secret());
        let list_key = || ListKey::from_secret(&self.list_key.secret());
        let device_key = || DeviceKey::from_secret(&self.device_key.secret());
        [
            self.pretending(RootKey::generate(&mut OsRng), ListKey::generate(&mut OsRng), device_key(), 1),
            self.pretending(root(), list_key(), DeviceKey::generate(&mut OsRng), 1),
            self.pretending(root(), list_key(), device_key(), 2),
        ]
    }

    /// What publishes this device's list and certificate.
    pub fn publication(&self) -> DeviceListWrite {
        let certificate = self.credential.certificate.to_bytes().into();
        DeviceListWrite {
            list: self.list.to_bytes().into(),
            device: Some(NewDevice { device: self.device, certificate }),
        }
    }

    /// Runs `operation` as this device.
    pub fn work<T>(&self, operation: impl FnOnce(&Context<'_>) -> T) -> T {
        operation(&Context::new(&self.store, &mut OsRng, &self.device_key, &self.credential))
    }

    pub fn key_package(&self, last_resort: bool) -> Bytes {
        self.work(|context| generate_key_package(context, SUITE, now(), last_resort)).unwrap().into()
    }

    /// Puts key packages on the server.
    pub async fn upload_key_packages(&self, server: &TestServer, count: usize) -> u32 {
        let key_packages = (0..count).map(|_| self.key_package(false)).collect();
        let write = KeyPackagesWrite { key_packages, last_resort: Some(self.key_package(true)) };
        server.call(Some(&self.token), write).await.unwrap().left
    }
}

/// The first message of a registration or of a new password.
pub fn registration_request() -> Bytes {
    let started = ClientRegistration::<Opaque>::start(&mut OsRng, PASSWORD.as_bytes()).unwrap();
    started.message.serialize().to_vec().into()
}

/// Signs in with a password.
pub async fn sign_in(server: &TestServer, username: &str, password: &str) -> Result<SignedIn, Problem> {
    let started = ClientLogin::<Opaque>::start(&mut OsRng, password.as_bytes()).unwrap();
    let start = SignInStart { username: username.to_owned(), message: started.message.serialize().to_vec().into() };
    let answer = server.call(None, start).await?;
    let response = CredentialResponse::deserialize(&answer.message).unwrap();
    let ksf = cheap();
    let parameters = ClientLoginFinishParameters::new(None, Default::default(), Some(&ksf));
    // With a wrong password the client notices by itself; what an attacker would send instead is nonsense.
    let message = match started.state.finish(&mut OsRng, password.as_bytes(), response, parameters) {
        Ok(finished) => finished.message.serialize().to_vec(),
        Err(_) => vec![7; 64],
    };
    server.call(None, SignInFinish { sign_in: answer.sign_in, message: message.into() }).await
}

/// A backup as the server sees one.
pub fn backup(version: u64) -> Backup {
    let wrapping = |kind: &str| Wrapping { kind: kind.to_owned(), ciphertext: vec![1; 60].into() };
    Backup {
        version,
        ciphertext: vec![2; 120].into(),
        wrappings: vec![wrapping("password"), wrapping("recovery-code")],
    }
}
