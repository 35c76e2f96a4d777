//! The people of the table in `access.rs`: each has another part in the same group. And what is theirs, in requests that
//! name it.

use rand::{Rng as _, rngs::OsRng};
use sealpost_mls::{Group, Roles};
use sealpost_protocol::{
    AccountId, Bytes, ConversationId, LinkId, PasskeyId, RequestId, account::*, archive::*, conversation::*, device::*,
    link::*, linking::*, safety::*,
};
use serde_json::{Value, json, to_value};
use sha2::{Digest as _, Sha256};

use crate::{
    conversations::{addressed, entry, fresh, upload},
    linking::meet,
    person::{PASSWORD, Person, backup, registration_request, sign_in},
    revocation::revocation,
    server::TestServer,
};

/// What a caller is to the group, in the order of the table's columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Who made it, its only admin: what requests name is hers.
    Admin,
    /// A member who is no admin.
    Member,
    /// Another device of that member, which has not joined.
    NoLeaf,
    /// Left, and waits to be removed.
    Left,
    /// Was removed by the admin.
    Removed,
    /// Never had to do with it.
    Stranger,
}

pub const PARTS: [Part; 6] = [Part::Admin, Part::Member, Part::NoLeaf, Part::Left, Part::Removed, Part::Stranger];

/// Blanks the first message.
const DELETE_TOKEN: [u8; 32] = [4; 32];
/// The link into the group, and that into another one.
const LINK: LinkId = LinkId([7; 16]);
const OTHER_LINK: LinkId = LinkId([8; 16]);

/// The identifiers that requests name.
#[derive(Clone, Copy)]
pub struct Names {
    pub conversation: ConversationId,
    pub link: LinkId,
    pub request: RequestId,
}

impl Names {
    /// Identifiers of what never was.
    pub fn of_nothing() -> Self {
        Self {
            conversation: ConversationId(OsRng.r#gen()),
            link: LinkId(OsRng.r#gen()),
            request: RequestId(OsRng.r#gen()),
        }
    }
}

pub struct Cast {
    pub server: TestServer,
    /// What there is.
    pub names: Names,
    /// In the order of [`PARTS`].
    people: [Person; 6],
    /// Someone else, who changes what is their own.
    pub bystander: Person,
    /// A leave statement for each of them; who has none says that of the plain member.
    statements: [Bytes; 6],
    /// The admin's, with the removal of a second device, which was not sent yet.
    next_list: DeviceListWrite,
    /// A message of the admin that was not sent yet.
    message: LogAppend,
    /// A group of the admin that was not made yet.
    create: ConversationCreate,
    /// SHA-256 of the group's tree.
    tree: Bytes,
    /// Number of the message that can be blanked.
    seq: u64,
    /// Number of the entry by which someone was removed.
    pub removal: u64,
    /// Number of the last entry before someone left.
    pub left: u64,
}

async fn enter(server: &TestServer, username: &str) -> Person {
    let person = Person::register(server, username).await;
    person.upload_key_packages(server, 5).await;
    person
}

fn ask(person: &Person, link: LinkId) -> JoinRequestWrite {
    JoinRequestWrite { link, key_package: person.key_package(false), mac: vec![3; 32].into() }
}

fn open_link(conversation: ConversationId, link: LinkId) -> LinkWrite {
    LinkWrite { conversation, link, preview: Some(vec![1; 50].into()), expires: None }
}

fn statement(person: &Person, group: &Group) -> Bytes {
    person.work(|context| group.leave_statement(context)).unwrap().to_bytes().into()
}

impl Cast {
    pub async fn gather() -> Self {
        let server = TestServer::with(|config| config.limits.sign_ins_per_minute = 0).await;
        let [alice, bob] = [enter(&server, "alice").await, enter(&server, "bob").await];
        let [carol, dave] = [enter(&server, "carol").await, enter(&server, "dave").await];
        let [eve, frank] = [enter(&server, "eve").await, enter(&server, "frank").await];
        let bystander = enter(&server, "grace").await;
        let laptop = bob.second_device(&server).await;

        let (mut group, create) = alice.prepare(&server, Roles::group([alice.account]), &[&bob, &carol, &dave]).await;
        let conversation = create.conversation;
        server.call(Some(&alice.token), create).await.unwrap();
        alice.work(|context| group.merge_pending_commit(context)).unwrap();
        let bobs = statement(&bob, &bob.join_by_welcome(&server).await.group);
        let carols = statement(&carol, &carol.join_by_welcome(&server).await.group);
        let daves = statement(&dave, &dave.join_by_welcome(&server).await.group);

        let seq = server.call(Some(&alice.token), erasable(&alice, &mut group)).await.unwrap().seq;
        let removal = remove(&server, &alice, &mut group, dave.account).await;
        let alices = statement(&alice, &group);
        let state = StateWrite { conversation, base_version: 0, state: vec![5; 9].into() };
        server.call(Some(&bob.token), state).await.unwrap();
        let left = server.call(Some(&alice.token), alice.message(&mut group, "text")).await.unwrap().seq;
        let leave = ConversationLeave { conversation, statement: carols.clone() };
        server.call(Some(&carol.token), leave).await.unwrap();
        server.call(Some(&alice.token), open_link(conversation, LINK)).await.unwrap();
        let request = server.call(Some(&frank.token), ask(&frank, LINK)).await.unwrap().request;

        let next_list = furnish(&server, &alice, &frank, &carol).await;
        server.call(Some(&alice.token), segment(conversation)).await.unwrap();
        let (_, create) = alice.prepare(&server, Roles::group([alice.account]), &[&frank]).await;
        let message = alice.message(&mut group, "text");
        let tree = server.call(Some(&alice.token), GroupInfoRead { conversation }).await.unwrap().ratchet_tree;
        Self {
            names: Names { conversation, link: LINK, request },
            people: [alice, bob, laptop, carol, dave, eve],
            bystander,
            statements: [alices, bobs.clone(), bobs.clone(), carols, daves, bobs],
            next_list,
            message,
            create,
            tree: Sha256::digest(&*tree).as_slice().into(),
            seq,
            removal,
            left,
            server,
        }
    }

    pub fn person(&self, part: Part) -> &Person {
        &self.people[part as usize]
    }

    /// A request of this operation that names what is the admin's, or what never was. What only its owner can sign is in
    /// it as the owner signed it, and as the caller did where every caller has one.
    pub async fn request(&self, operation: &str, part: Part, names: Names) -> Value {
        let Names { conversation, .. } = names;
        let body = match operation {
            "device-lists/write" => to_value(&self.next_list),
            "key-packages/write" => to_value(KeyPackagesWrite {
                key_packages: vec![self.person(Part::Admin).key_package(false)],
                last_resort: None,
            }),
            "conversations/create" => to_value(&self.create),
            "conversations/leave" => {
                to_value(ConversationLeave { conversation, statement: self.statements[part as usize].clone() })
            }
            "log/append" => {
                let append = addressed(&self.message, conversation);
                to_value(LogAppend { conversation, client_id: fresh(), append, ..self.message.clone() })
            }
            "join-requests/write" => to_value(ask(self.person(part), names.link)),
            "password/start" => to_value(PasswordStart { message: registration_request() }),
            "password/finish" => {
                let upload = Person::new("anyone").registration(&self.server, None).await.unwrap().upload;
                to_value(PasswordFinish { upload, backup: backup(3), keep_sessions: false })
            }
            "backup/write" => to_value(BackupWrite::from(backup(2))),
            "sign-out" => to_value(SignOut { everywhere: true }),
            "devices/revoke" => to_value(revocation(&self.server, self.person(Part::Admin)).await),
            "linking/join" => {
                let number = self.server.call(None, LinkingOffer { offer: vec![1; 32].into() }).await.unwrap().number;
                to_value(LinkingJoin { number })
            }
            "linking/approve" => {
                let meeting = meet(&self.server, self.person(Part::Admin)).await;
                to_value(LinkingApprove { key: meeting.old_key, message: vec![4; 9].into() })
            }
            "state/write" => {
                let read = StateRead { conversation: self.names.conversation };
                let base_version = self.server.call(Some(&self.person(Part::Admin).token), read).await.unwrap().version;
                to_value(StateWrite { conversation, base_version, state: vec![6; 9].into() })
            }
            _ => Ok(self.filled(example(operation), names)),
        };
        body.unwrap()
    }

    /// The example, about what is named and about the admin.
    fn filled(&self, mut body: Value, names: Names) -> Value {
        let accounts = [self.person(Part::Admin).account, self.person(Part::Member).account];
        let known = json!({
            "account": accounts[0],
            "accounts": accounts,
            "conversation": names.conversation,
            "expires": null,
            "link": names.link,
            "request": names.request,
            "seq": self.seq,
            "token": Bytes::from(DELETE_TOKEN),
            "tree": self.tree,
        });
        fill(&mut body, &known);
        body
    }

    /// Everything that the admin can see of herself and of the group, to be compared.
    pub async fn everything(&self) -> Value {
        self.server.server.app().flush_receipts().await;
        let alice = self.person(Part::Admin);
        let conversation = self.names.conversation;
        let mut seen = Vec::new();
        for (operation, body) in [
            ("accounts/read", json!({ "accounts": [alice.account] })),
            ("backup/read", json!({})),
            ("passkeys/read", json!({})),
            ("vault/read", json!({ "after_version": 0 })),
            ("settings/read", json!({})),
            ("archive/list", json!({ "after_version": 0 })),
            ("pictures/read", json!({ "account": alice.account })),
            ("device-lists/read", json!({ "account": alice.account, "after_version": 0 })),
            ("key-packages/count", json!({})),
            ("inbox/read", json!({})),
            ("join-requests/own", json!({})),
            ("conversations/list", json!({})),
            ("log/read", json!({ "conversation": conversation, "after": 0 })),
            ("state/read", json!({ "conversation": conversation })),
            ("cursors/read", json!({ "conversation": conversation })),
            ("cursors/times", json!({ "conversation": conversation, "seq": self.seq })),
            ("links/read", json!({ "link": LINK })),
            ("join-requests/read", json!({ "conversation": conversation })),
        ] {
            let answer = self.server.post_json(operation, Some(&alice.token), &body).await;
            assert_eq!(answer.status, 200, "{operation}: {}", answer.text());
            seen.push(json!([operation, serde_json::from_slice::<Value>(&answer.body).unwrap()]));
        }
        let signed_in = sign_in(&self.server, "alice", PASSWORD).await.expect("the password is the same");
        assert_eq!(signed_in.me.profile.account, alice.account);
        Value::Array(seen)
    }
}

fn erasable(alice: &Person, group: &mut Group) -> LogAppend {
    let mut append = alice.message(group, "text");
    let Append::Application { delete_token_hash, .. } = &mut append.append else { panic!("an application message") };
    *delete_token_hash = Some(<[u8; 32]>::from(Sha256::digest(DELETE_TOKEN)).into());
    append
}

async fn remove(server: &TestServer, admin: &Person, group: &mut Group, account: AccountId) -> u64 {
    let member = group.members().unwrap().into_iter().find(|member| member.account == account).unwrap();
    let bundle = admin.work(|context| group.remove(context, &[member.leaf_index], &[])).unwrap();
    let appended = server.call(Some(&admin.token), entry(group, Append::Commit(upload(bundle)))).await.unwrap();
    admin.work(|context| group.merge_pending_commit(context)).unwrap();
    appended.seq
}

/// Gives the admin of everything that an account can have, each unlike what a new account has: then her next device list.
async fn furnish(server: &TestServer, alice: &Person, frank: &Person, carol: &Person) -> DeviceListWrite {
    // A Welcome that waits in her inbox, and a request of hers that waits in another group.
    frank.start_direct(server, alice).await;
    let (_, create) = frank.prepare(server, Roles::group([frank.account]), &[carol]).await;
    let other = server.call(Some(&frank.token), create).await.unwrap().conversation;
    server.call(Some(&frank.token), open_link(other, OTHER_LINK)).await.unwrap();
    let token = Some(&alice.token);
    server.call(token, ask(alice, OTHER_LINK)).await.unwrap();

    let changed = Backup { ciphertext: vec![9; 120].into(), ..backup(2) };
    let passkey = NewPasskey { passkey: PasskeyId([6; 16]), token_hash: vec![6; 32].into() };
    server.call(token, BackupWrite { passkey_added: Some(passkey), ..BackupWrite::from(changed) }).await.unwrap();
    let records = vec![VaultRecord { name: vec![1; 8].into(), value: Some(vec![2; 8].into()) }];
    server.call(token, VaultWrite { base_version: 0, generation: 1, records }).await.unwrap();
    let settings = AccountSettings { read_receipts: true, presence: true, who_may_message: WhoMayMessage::Nobody };
    server.call(token, SettingsWrite { settings }).await.unwrap();
    server.call(token, PictureWrite { picture: Some(vec![3; 30].into()) }).await.unwrap();
    let tablet = alice.second_device(server).await.second_device(server).await;
    let list = tablet.list.next(&alice.list_key, &alice.list_key_certificate, None, &[tablet.device]);
    DeviceListWrite { list: list.to_bytes().into(), device: None }
}

fn segment(conversation: ConversationId) -> ArchiveWrite {
    let (replaces, sealed, generation) = (Vec::new(), vec![7; 40].into(), 1);
    ArchiveWrite {
        conversation,
        first: 1,
        last: 3,
        revision: 1,
        as_of: 3,
        items: 2,
        replaces,
        generation,
        sealed,
        blobs: Vec::new(),
    }
}

/// Puts what is known wherever a body names such a thing.
fn fill(body: &mut Value, known: &Value) {
    match body {
        Value::Object(fields) => fields.iter_mut().for_each(|(name, value)| match known.get(name) {
            Some(known) => *value = known.clone(),
            None => fill(value, known),
        }),
        Value::Array(values) => values.iter_mut().for_each(|value| fill(value, known)),
        _ => {}
    }
}

/// A body that the operation can read, from the fixtures of the protocol.
pub fn example(operation: &str) -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../protocol/tests/fixtures/frames.json");
    let fixtures: Vec<Value> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let request = fixtures
        .iter()
        .filter(|fixture| fixture["type"] == "request")
        .map(|fixture| &fixture["json"])
        .find(|request| request["operation"] == operation)
        .unwrap_or_else(|| panic!("no fixture of {operation}"));
    request["body"].clone()
}
