//! Linking a new device: two meet, pass messages, and the new one gets a session if the other approves.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use sealpost_protocol::{Bytes, ProblemKind, account::*, device::*, linking::*};

use crate::{person::Person, server::TestServer};

/// Two devices that have met and said all but the last message.
pub struct Meeting {
    pub new_key: Bytes,
    pub old_key: Bytes,
}

fn bytes(value: u8) -> Bytes {
    vec![value; 32].into()
}

async fn offer(server: &TestServer) -> LinkingOffered {
    server.call(None, LinkingOffer { offer: bytes(1) }).await.unwrap()
}

/// A new device and this one meet.
pub async fn meet(server: &TestServer, person: &Person) -> Meeting {
    let LinkingOffered { number, key: new_key, .. } = offer(server).await;
    let joined = server.call(Some(&person.token), LinkingJoin { number }).await.unwrap();
    assert_eq!(joined.offer, bytes(1));
    let old_key = joined.key;
    server.call(None, LinkingWrite { key: old_key.clone(), message: bytes(2) }).await.unwrap();
    server.call(None, LinkingWrite { key: new_key.clone(), message: bytes(3) }).await.unwrap();
    Meeting { new_key, old_key }
}

async fn refusal<O: sealpost_protocol::Operation>(server: &TestServer, token: Option<&Bytes>, body: O) -> ProblemKind
where
    O::Response: std::fmt::Debug,
{
    server.call(token, body).await.unwrap_err().kind()
}

#[tokio::test]
async fn an_approved_device_gets_a_session_and_can_list_itself() {
    let server = TestServer::start().await;
    let alice = Person::register(&server, "alice").await;
    let Meeting { new_key, old_key } = meet(&server, &alice).await;
    let finish = LinkingFinish { key: new_key.clone() };
    assert_eq!(refusal(&server, None, finish.clone()).await, ProblemKind::NotFound, "not approved yet");
    let approve = LinkingApprove { key: old_key.clone(), message: bytes(4) };
    for _ in 0..2 {
        server.call(Some(&alice.token), approve.clone()).await.expect("repeating it is harmless");
    }
    for key in [&new_key, &old_key] {
        let said = server.call(None, LinkingRead { key: key.clone() }).await.unwrap();
        assert_eq!((said.answer, said.reveal, said.approval), (Some(bytes(2)), Some(bytes(3)), Some(bytes(4))));
        assert!(!said.refused);
    }
    let lost = server.call(None, finish.clone()).await.unwrap().session_token;
    let signed_in = server.call(None, finish.clone()).await.unwrap();
    assert_eq!(signed_in.me.profile.account, alice.account);
    assert_eq!(refusal(&server, Some(&lost), MeRead {}).await, ProblemKind::SignedOut, "one session for one device");
    // It holds the list key by now, and lists itself with it.
    let mut laptop = Person::new("alice");
    laptop.token = signed_in.session_token;
    let key = laptop.device_key.public_key();
    laptop.list = alice.list.next(&alice.list_key, &alice.list_key_certificate, Some((laptop.device, key)), &[]);
    laptop.credential = alice.certify(&laptop);
    server.call(Some(&laptop.token), laptop.publication()).await.unwrap();
    assert_eq!(refusal(&server, None, finish).await, ProblemKind::NotFound, "once it is linked that is over");
    // Nobody has shown that they know the password.
    let write = BackupWrite::from(crate::person::backup(2));
    assert_eq!(refusal(&server, Some(&laptop.token), write).await, ProblemKind::NotAllowed);
    let start = PasswordStart { message: crate::person::registration_request() };
    server.call(Some(&laptop.token), start).await.unwrap();
    let upload = Person::new("anyone").registration(&server, None).await.unwrap().upload;
    let finish = PasswordFinish { upload, backup: crate::person::backup(2), keep_sessions: false };
    assert_eq!(refusal(&server, Some(&laptop.token), finish).await, ProblemKind::NotAllowed);
}

#[tokio::test]
async fn a_code_is_good_once_and_for_a_minute() {
    let clock = Arc::new(AtomicU64::new(1_790_000_000_000));
    let server = TestServer::at(Arc::clone(&clock)).await;
    let (alice, bob) = (Person::register(&server, "alice").await, Person::register(&server, "bob").await);
    let join = async |number: &str| server.call(Some(&alice.token), LinkingJoin { number: number.to_owned() }).await;
    let (used, late) = (offer(&server).await, offer(&server).await);
    // Its answer may be lost: the same device comes again, until it has said something.
    join(&used.number).await.unwrap();
    let key = join(&used.number).await.unwrap().key;
    let bobs = Some(&bob.token);
    let by_bob = server.call(bobs, LinkingJoin { number: used.number.clone() }).await.unwrap_err();
    assert_eq!(by_bob.kind(), ProblemKind::LinkingCodeUsed);
    server.call(None, LinkingWrite { key, message: bytes(2) }).await.unwrap();
    assert_eq!(join(&used.number).await.unwrap_err().kind(), ProblemKind::LinkingCodeUsed);
    assert_eq!(late.expires - clock.load(Ordering::SeqCst), OFFER_LASTS);
    clock.fetch_add(OFFER_LASTS, Ordering::SeqCst);
    assert_eq!(join(&late.number).await.unwrap_err().kind(), ProblemKind::LinkingCodeExpired);
    assert_eq!(refusal(&server, None, LinkingRead { key: late.key }).await, ProblemKind::NotFound);
    let unknown = if used.number == "0000" || late.number == "0000" { "1111" } else { "0000" };
    assert_eq!(join(unknown).await.unwrap_err().kind(), ProblemKind::NotFound);
    // Those who have met have longer.
    server.call(None, LinkingRead { key: used.key.clone() }).await.unwrap();
    clock.fetch_add(MEETING_LASTS, Ordering::SeqCst);
    assert_eq!(refusal(&server, None, LinkingRead { key: used.key }).await, ProblemKind::NotFound);
}

#[tokio::test]
async fn each_speaks_in_turn_and_once() {
    let server = TestServer::start().await;
    let (alice, bob) = (Person::register(&server, "alice").await, Person::register(&server, "bob").await);
    let LinkingOffered { number, key: new_key, .. } = offer(&server).await;
    let write = |key: &Bytes, value| LinkingWrite { key: key.clone(), message: bytes(value) };
    assert_eq!(refusal(&server, None, write(&new_key, 3)).await, ProblemKind::NotAllowed, "nobody came yet");
    let old_key = server.call(Some(&alice.token), LinkingJoin { number }).await.unwrap().key;
    assert_eq!(refusal(&server, None, write(&new_key, 3)).await, ProblemKind::NotAllowed, "nothing was answered yet");
    let approve = LinkingApprove { key: old_key.clone(), message: bytes(4) };
    server.call(None, write(&old_key, 2)).await.unwrap();
    server.call(None, write(&old_key, 2)).await.expect("repeating it is harmless");
    assert_eq!(refusal(&server, None, write(&old_key, 5)).await, ProblemKind::NotAllowed, "said otherwise before");
    assert_eq!(refusal(&server, Some(&alice.token), approve.clone()).await, ProblemKind::NotAllowed, "too early");
    server.call(None, write(&new_key, 3)).await.unwrap();
    assert_eq!(refusal(&server, Some(&bob.token), approve.clone()).await, ProblemKind::NotAllowed, "another account");
    for nobody in [bytes(9), Bytes::from(vec![1])] {
        let kind = refusal(&server, None, LinkingRead { key: nobody.clone() }).await;
        assert!(matches!(kind, ProblemKind::NotFound | ProblemKind::InvalidRequest), "{nobody:?}");
    }
    let large = LinkingWrite { key: new_key.clone(), message: vec![0; MESSAGE_MAX + 1].into() };
    assert_eq!(refusal(&server, None, large).await, ProblemKind::TooLarge);
    let odd = LinkingOffer { offer: vec![0; 31].into() };
    assert_eq!(refusal(&server, None, odd).await, ProblemKind::InvalidRequest);
    server.call(None, LinkingRefuse { key: new_key.clone() }).await.unwrap();
    assert!(server.call(None, LinkingRead { key: old_key }).await.unwrap().refused);
    assert_eq!(refusal(&server, Some(&alice.token), approve).await, ProblemKind::NotAllowed, "refused");
    assert_eq!(refusal(&server, None, LinkingFinish { key: new_key }).await, ProblemKind::NotFound);
}

#[tokio::test]
async fn a_device_that_was_revoked_meanwhile_links_nobody() {
    let server = TestServer::start().await;
    let alice = Person::register(&server, "alice").await;
    let laptop = alice.second_device(&server).await;
    let Meeting { new_key, old_key } = meet(&server, &laptop).await;
    server.call(Some(&laptop.token), LinkingApprove { key: old_key, message: bytes(4) }).await.unwrap();
    let list = laptop.list.next(&alice.list_key, &alice.list_key_certificate, None, &[laptop.device]);
    let write = DeviceListWrite { list: list.to_bytes().into(), device: None };
    server.call(Some(&alice.token), write).await.unwrap();
    assert_eq!(refusal(&server, None, LinkingFinish { key: new_key }).await, ProblemKind::NotFound);
}
