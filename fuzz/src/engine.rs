//! What clients read besides messages: what own devices keep on the server, the state of a conversation, invite links, and codes
//! that people type.

use sealpost_client::engine::decoders;
use sealpost_mls::testing::{Person, TestDevice};
use sealpost_protocol::{Bytes, socket::to_cbor};
use serde::Serialize;
use serde_json::json;

use crate::{Target, stable};

pub const TARGETS: [Target; 17] = [
    Target { name: "backup", takes: |bytes| stable(bytes, decoders::backup), seeds: backups },
    Target { name: "shared_keys", takes: |bytes| stable(bytes, decoders::shared_keys), seeds: shared_keys },
    Target { name: "link_answer", takes: |bytes| stable(bytes, decoders::link_answer), seeds: link_answers },
    Target {
        name: "link_reveal",
        takes: |bytes| stable(bytes, decoders::link_reveal),
        seeds: || vec![cbor(&(1, part(&[1; 1216]), part(&[2; 32]), "Firefox on Linux"))],
    },
    Target {
        name: "link_approval",
        takes: |bytes| stable(bytes, decoders::link_approval),
        seeds: || vec![cbor(&(1, part(&[1; 1400]), part(&[2; 64])))],
    },
    Target {
        name: "link_code",
        takes: |bytes| decoders::link_code(bytes).is_some(),
        seeds: || vec![b"k7qm-2fxd".to_vec(), link_qr()],
    },
    Target {
        name: "vault_record",
        takes: |bytes| stable(bytes, decoders::vault_record),
        seeds: || vec![cbor(&("settings", part(&[7; 40])))],
    },
    Target {
        name: "archive_segment",
        takes: |bytes| stable(bytes, decoders::archive_segment),
        seeds: || vec![archive_segment()],
    },
    Target { name: "agreed_record", takes: |bytes| stable(bytes, decoders::agreed_record), seeds: agreed_records },
    Target {
        name: "pins",
        takes: |bytes| stable(bytes, decoders::pins),
        seeds: || vec![cbor(&[(part(&[1; 16]), part(&[2; 32])), (part(&[3; 16]), part(&[4; 32]))])],
    },
    Target {
        name: "sealed_state",
        takes: |bytes| stable(bytes, decoders::sealed_state),
        seeds: || vec![cbor(&(2, part(&[7; 40]), part(&[0; 60])))],
    },
    Target {
        name: "state_record",
        takes: |bytes| stable(bytes, decoders::state_record),
        seeds: || vec![state_record()],
    },
    Target { name: "state", takes: |bytes| stable(bytes, decoders::state), seeds: || vec![state()] },
    Target { name: "announcement", takes: |bytes| stable(bytes, decoders::announcement), seeds: announcements },
    Target {
        name: "link_preview",
        takes: |bytes| stable(bytes, decoders::link_preview),
        seeds: || vec![cbor(&(1, 0x4e, "Cinema", "On Fridays", 12, true))],
    },
    Target {
        name: "link_fragment",
        takes: |bytes| stable(bytes, decoders::link_fragment),
        seeds: || vec![format!(" #{}\n", part(&[7; 32]).to_base64url()).into_bytes()],
    },
    Target {
        name: "recovery_code",
        takes: |bytes| stable(bytes, decoders::recovery_code),
        // Of a secret of zeros.
        seeds: || vec![b"0000-0000-0000-0000-0000-0000-0000-0000-vs3w".to_vec()],
    },
];

/// A message, a reaction and a notice, after their length.
fn archive_segment() -> Vec<u8> {
    let about = (1, 0x4e, Some("Choir"), None::<Bytes>);
    let message = (part(&[1; 16]), 4, 700, part(&[2; 16]), Some(part(b"la")), Some(part(&[3; 32])));
    let reaction = (part(&[4; 16]), part(&[5; 32]), part(&[3; 32]), 2, part(&[2; 16]), 5, 800, part(b"+"), None::<u32>);
    let encoded = cbor(&(1, about, [message], [reaction], [(6, 900, part(&[1, 2]))]));
    let length = u32::try_from(encoded.len()).expect("a short segment");
    [length.to_be_bytes().to_vec(), encoded].concat()
}

fn cbor(value: &impl Serialize) -> Vec<u8> {
    to_cbor(value).expect("every value can be CBOR")
}

fn part(bytes: &[u8]) -> Bytes {
    Bytes::from(bytes)
}

fn backups() -> Vec<Vec<u8>> {
    let key = || part(&[7; 32]);
    let certificate = || part(&Person::new(1).list_certificate.to_bytes());
    vec![
        cbor(&(1, key(), key(), certificate(), key(), key())),
        cbor(&(3, key(), key(), certificate(), key(), key(), Some(key()), [(1, key())])),
    ]
}

fn shared_keys() -> Vec<Vec<u8>> {
    let key = || part(&[7; 32]);
    vec![cbor(&(1, key(), part(&Person::new(1).list_certificate.to_bytes()), key(), key(), [(1, key()), (2, key())]))]
}

fn link_answers() -> Vec<Vec<u8>> {
    vec![cbor(&(1, part(&[1; 32]), Person::new(1).device(1).credential, part(&[2; 32])))]
}

fn link_qr() -> Vec<u8> {
    let (secret, offer) = (part(&[3; 16]).to_base64url(), part(&[4; 32]).to_base64url());
    format!("sealpost-link:1:K7QM:{secret}:{offer}").into_bytes()
}

fn agreed_records() -> Vec<Vec<u8>> {
    vec![
        cbor(
            &json!({"time": 1_700_000_000_000_u64, "muted_until": 5, "pinned": true, "hidden": ["a", "b"], "later": 0.5}),
        ),
        cbor(&json!({"time": 7, "archived": 3, "accepted": true, "deleted_up_to": 9, "read_up_to": 10})),
    ]
}

/// With a name, a description, a picture, a timer, and a link that ends.
fn state() -> Vec<u8> {
    let link = (part(&[5; 32]), Some(1_700_000_000_000_u64), Some(2), 1, true);
    cbor(&(2, 4, "Familie", "us", Some(part(&[9; 20])), Some(30), vec![link]))
}

fn state_record() -> Vec<u8> {
    let TestDevice { key, credential, .. } = Person::new(1).device(1);
    let signed = [decoders::CONVERSATION.as_bytes().as_slice(), &state()].concat();
    let signature = key.sign_for("conversation state", &signed);
    cbor(&(part(&state()), part(&credential.to_bytes()), part(&signature)))
}

/// A name, a timer, and who joined by a link.
fn announcements() -> Vec<Vec<u8>> {
    vec![cbor(&(1, 1, "Cinema")), cbor(&(1, 4, 60)), cbor(&(1, 5, part(&[1; 16])))]
}
