//! A device made by hand: an account with its keys and an MLS state in memory, and requests exactly as a test wants them.
//!
//! For what no engine would send (a bad client), and for benchmarks of the server alone.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use argon2::{Algorithm, Argon2, Params};
use opaque_ke::{
    CipherSuite, ClientRegistration, ClientRegistrationFinishParameters, Identifiers, RegistrationResponse,
    Ristretto255, TripleDh,
};
use rand::{Rng as _, rngs::OsRng};
use sealpost_mls::{
    Context, Group, GroupId, MemoryStore, Randomness, Roles, Suite, generate_key_package,
    identity::{Credential, DeviceCertificate, DeviceKey, DeviceList, ListKey, ListKeyCertificate, RootKey},
};
use sealpost_protocol::{
    AccountId, Bytes, ClientId, ConversationId, DeviceId, Operation, Problem, Request, Response,
    account::{Backup, RegistrationFinish, RegistrationStart, Wrapping},
    conversation::{Append, CommitUpload, ConversationCreate, ConversationSummary, LogAppend},
    device::{KeyPackagesClaim, KeyPackagesWrite},
};
use sealpost_server::{App, Caller};

struct OpaqueSuite;

impl CipherSuite for OpaqueSuite {
    type OprfCs = Ristretto255;
    type KeyExchange = TripleDh<Ristretto255, sha2::Sha512>;
    type Ksf = Argon2<'static>;
}

/// How requests get to the server.
#[derive(Clone)]
pub enum Door {
    /// As a call in this process.
    App(Arc<App>),
    /// As JSON over HTTP, to this address.
    Http(String, reqwest::Client),
}

impl Door {
    /// The HTTP door at `url`.
    pub fn http(url: &str) -> Self {
        let client = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
        Self::Http(url.to_owned(), client)
    }

    /// Calls an operation.
    ///
    /// # Errors
    /// The server's problem.
    pub async fn call<O: Operation>(&self, token: Option<&Bytes>, request: O) -> Result<O::Response, Problem> {
        match self {
            Self::App(app) => {
                let caller = match token {
                    Some(token) => app.authenticate(None, token).await?,
                    None => Caller::anonymous(None),
                };
                let request: Request = request.into();
                let response: Response = app.call(&caller, request).await?;
                Ok(response.try_into().unwrap_or_else(|other| panic!("{} is answered by {other:?}", O::NAME)))
            }
            Self::Http(url, client) => {
                let mut post = client.post(format!("{url}/v1/{}", O::NAME)).json(&request);
                if let Some(token) = token {
                    post = post.bearer_auth(token.to_base64url());
                }
                let answer = post.send().await.expect("the server answers");
                if answer.status().is_success() {
                    Ok(answer.json().await.expect("an answer"))
                } else {
                    Err(answer.json().await.expect("a problem document"))
                }
            }
        }
    }
}

/// An account with its one device, all its keys and its MLS state in the open. Nothing to do with a server yet.
pub struct Keys {
    /// Whose it is.
    pub account: AccountId,
    /// Which it is.
    pub device: DeviceId,
    /// What its leaves say.
    pub credential: Credential,
    certificate: DeviceCertificate,
    list_certificate: ListKeyCertificate,
    list: DeviceList,
    root_public_key: [u8; 32],
    key: DeviceKey,
    store: MemoryStore,
}

impl Keys {
    /// A new account.
    pub fn generate(rng: &mut dyn Randomness) -> Self {
        Self::of_account(rng, 1).remove(0)
    }

    /// The devices of a new account, which came to it one after the other.
    pub fn of_account(rng: &mut dyn Randomness, devices: u64) -> Vec<Self> {
        let account = AccountId(id(rng));
        let (root, list_key) = (RootKey::generate(rng), ListKey::generate(rng));
        let list_certificate = ListKeyCertificate::sign(&root, account, 1, &list_key);
        let mut made: Vec<Self> = Vec::new();
        for version in 1..=devices {
            let (device, key) = (DeviceId(id(rng)), DeviceKey::generate(rng));
            let certificate = DeviceCertificate::sign(&list_key, &list_certificate, device, &key, version);
            let list = match made.last() {
                None => DeviceList::first(&list_key, &list_certificate, device, key.public_key()),
                Some(before) => before.list.next(&list_key, &list_certificate, Some((device, key.public_key())), &[]),
            };
            let credential = Credential::new(root.public_key(), list_certificate.clone(), certificate.clone());
            let (list_certificate, root_public_key) = (list_certificate.clone(), root.public_key());
            let store = MemoryStore::new();
            made.push(Self {
                account,
                device,
                credential,
                certificate,
                list_certificate,
                list,
                root_public_key,
                key,
                store,
            });
        }
        made
    }

    /// Works on the MLS state.
    pub fn run<T>(&self, work: impl FnOnce(&Context<'_>) -> T) -> T {
        work(&Context::new(&self.store, &mut OsRng, &self.key, &self.credential))
    }
}

/// A registered device.
pub struct HandDevice {
    /// How it reaches the server.
    pub door: Door,
    /// Its session.
    pub token: Bytes,
    /// Who it is.
    pub keys: Keys,
}

impl std::ops::Deref for HandDevice {
    type Target = Keys;
    fn deref(&self) -> &Keys {
        &self.keys
    }
}

impl HandDevice {
    /// Makes an account whose only device this is, with `key_packages` key packages.
    pub async fn register(door: &Door, username: &str, key_packages: usize) -> Self {
        let keys = Keys::generate(&mut OsRng);
        let upload = opaque_upload(door, username).await;
        let wrapping = Wrapping { kind: "password".to_owned(), ciphertext: vec![0; 64].into() };
        let request = RegistrationFinish {
            account: keys.account,
            username: username.to_owned(),
            display_name: username.to_owned(),
            upload,
            root_public_key: keys.root_public_key.into(),
            list_key_certificate: keys.list_certificate.to_bytes().into(),
            device: keys.device,
            device_certificate: keys.certificate.to_bytes().into(),
            device_list: keys.list.to_bytes().into(),
            backup: Backup { version: 1, ciphertext: vec![0; 64].into(), wrappings: vec![wrapping] },
            recovery_token_hash: [0; 32].into(),
            invite: None,
        };
        let signed_in = door.call(None, request).await.expect("registration succeeds");
        let made = Self { door: door.clone(), token: signed_in.session_token, keys };
        made.publish_key_packages(key_packages).await;
        made
    }

    async fn publish_key_packages(&self, many: usize) {
        if many == 0 {
            return;
        }
        let one = |_| self.run(|context| generate_key_package(context, Suite::Classic, now(), false)).expect("one");
        let key_packages = (0..many).map(|number| one(number).into()).collect();
        self.call(KeyPackagesWrite { key_packages, last_resort: None }).await.expect("key packages are taken");
    }

    /// Calls an operation as this device.
    ///
    /// # Errors
    /// The server's problem.
    pub async fn call<O: Operation>(&self, request: O) -> Result<O::Response, Problem> {
        self.door.call(Some(&self.token), request).await
    }

    /// Makes a group of the classic suite with the first devices of `others`; gives the group at epoch 1.
    pub async fn make_group(&self, others: &[&Self]) -> (Group, ConversationSummary) {
        let claim = KeyPackagesClaim {
            claim: ClientId(OsRng.r#gen()),
            accounts: others.iter().map(|other| other.account).collect(),
            suite: Suite::Classic.number(),
            conversation: None,
        };
        let claimed = self.call(claim).await.expect("key packages are handed out");
        let packages: Vec<Bytes> = claimed.key_packages.into_iter().map(|claimed| claimed.key_package).collect();
        self.make_group_of(Suite::Classic, &packages).await
    }

    /// Makes a group of those whose key packages these are; gives the group at epoch 1.
    pub async fn make_group_of(&self, suite: Suite, packages: &[Bytes]) -> (Group, ConversationSummary) {
        let id = GroupId { conversation: ConversationId(OsRng.r#gen()), generation: 1 };
        let (mut group, group_info, ratchet_tree, commit) = self.run(|context| {
            let roles = Roles::group([self.account]);
            let mut group = Group::create(context, id, suite, &roles, now()).expect("a group");
            let (group_info, tree) = group.export_group_info(context).expect("its public data");
            let commit =
                if packages.is_empty() { group.update(context) } else { group.add(context, packages, &[], None) };
            (group, group_info, tree, commit.expect("a commit"))
        });
        let create = ConversationCreate {
            conversation: id.conversation,
            direct_with: None,
            suite: suite.number(),
            group_info: group_info.into(),
            ratchet_tree: ratchet_tree.into(),
            client_id: ClientId(OsRng.r#gen()),
            commit: upload(&commit),
            state: None,
        };
        let summary = self.call(create).await.expect("the conversation is made");
        self.run(|context| group.merge_pending_commit(context)).expect("the commit is merged");
        (group, summary)
    }

    /// An entry for a group's present epoch.
    pub fn entry(&self, group: &Group, append: Append) -> LogAppend {
        let GroupId { conversation, generation } = group.id();
        LogAppend { conversation, generation, epoch: group.epoch(), client_id: ClientId(OsRng.r#gen()), append }
    }
}

/// A commit as it is appended.
pub fn upload(bundle: &sealpost_mls::CommitBundle) -> CommitUpload {
    CommitUpload {
        commit: bundle.commit.clone().into(),
        welcome: bundle.welcome.clone().map(Into::into),
        group_info: bundle.group_info.clone().into(),
    }
}

fn id(rng: &mut dyn Randomness) -> [u8; 16] {
    let mut id = [0; 16];
    rng.fill_bytes(&mut id);
    id
}

/// Unix seconds.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// The record of some password.
async fn opaque_upload(door: &Door, username: &str) -> Bytes {
    let password = b"a password that nobody asks for";
    let started = ClientRegistration::<OpaqueSuite>::start(&mut OsRng, password).expect("a registration");
    let message = started.message.serialize().to_vec().into();
    let start = RegistrationStart { username: username.to_owned(), message, invite: None };
    let answer = door.call(None, start).await.expect("registration starts");
    let response = RegistrationResponse::deserialize(&answer.message).expect("a registration response");
    let cheap = Argon2::new(Algorithm::Argon2id, argon2::Version::V0x13, Params::new(8, 1, 1, None).expect("cheap"));
    let parameters = ClientRegistrationFinishParameters::new(Identifiers::default(), Some(&cheap));
    let finished = started.state.finish(&mut OsRng, password, response, parameters).expect("a registration record");
    finished.message.serialize().to_vec().into()
}
