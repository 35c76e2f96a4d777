//! What accounts and devices sign. Each has one encoding only: what is signed is what was read, encoded again.

use sealpost_mls::{
    decoders,
    identity::{
        Credential, Delisting, DeviceCertificate, DeviceList, ListKeyCertificate, RemovalProof, ResetStatement,
    },
    testing::Person,
};
use sealpost_protocol::DeviceId;

use crate::{Target, canonical, groups};

pub const TARGETS: [Target; 8] = [
    Target {
        name: "list_key_certificate",
        takes: |bytes| canonical(bytes, ListKeyCertificate::from_bytes(bytes).ok().map(|read| read.to_bytes())),
        seeds: || vec![Person::new(1).list_certificate.to_bytes()],
    },
    Target {
        name: "device_certificate",
        takes: |bytes| canonical(bytes, DeviceCertificate::from_bytes(bytes).ok().map(|read| read.to_bytes())),
        seeds: || vec![Person::new(1).device(1).credential.certificate.to_bytes()],
    },
    Target {
        name: "credential",
        takes: takes_credential,
        seeds: || vec![Person::new(1).device(1).credential.to_bytes()],
    },
    Target { name: "device_list", takes: takes_device_list, seeds: device_lists },
    Target {
        name: "removal_proof",
        takes: |bytes| canonical(bytes, RemovalProof::from_bytes(bytes).ok().map(|read| read.to_bytes())),
        seeds: || vec![groups::leave_statement(), delisting()],
    },
    Target {
        name: "removal_proofs",
        takes: |bytes| canonical(bytes, decoders::removal_proofs(bytes)),
        // An array of one, and of two.
        seeds: || {
            let (leave, delisting) = (groups::leave_statement(), delisting());
            vec![[&[0x81], leave.as_slice()].concat(), [&[0x82], leave.as_slice(), delisting.as_slice()].concat()]
        },
    },
    Target {
        name: "reset_statement",
        takes: |bytes| canonical(bytes, ResetStatement::from_bytes(bytes).ok().map(|read| read.to_bytes())),
        seeds: || vec![groups::reset_statement()],
    },
    Target { name: "roles", takes: |bytes| canonical(bytes, decoders::roles(bytes)), seeds: roles },
];

fn takes_credential(bytes: &[u8]) -> bool {
    let Ok(credential) = Credential::from_bytes(bytes) else { return false };
    // Whether it holds is another question; asking it must be safe.
    let _ = credential.verify(&credential.certificate.signature_key);
    canonical(bytes, Some(credential.to_bytes()))
}

fn takes_device_list(bytes: &[u8]) -> bool {
    let Ok(list) = DeviceList::from_bytes(bytes) else { return false };
    let _ = list.verify(&Person::new(1).list_certificate).and(list.follows(&list));
    canonical(bytes, Some(list.to_bytes()))
}

fn device_lists() -> Vec<Vec<u8>> {
    two_lists().map(|list| list.to_bytes()).into()
}

fn delisting() -> Vec<u8> {
    let [_, list] = two_lists();
    Delisting::new(Person::new(1).list_certificate, list).to_bytes()
}

fn two_lists() -> [DeviceList; 2] {
    let alice = Person::new(1);
    let [one, other] = [1, 2].map(|number| alice.device(number).key.public_key());
    let first = DeviceList::first(&alice.list, &alice.list_certificate, DeviceId([1; 16]), one);
    let second = first.next(&alice.list, &alice.list_certificate, Some((DeviceId([2; 16]), other)), &[]);
    [first, second]
}

/// Of a direct conversation, of a group, and of a group with a policy, as they are written in CBOR.
fn roles() -> Vec<Vec<u8>> {
    let account = |number: u8| [&[0x50][..], &[number; 16]].concat();
    let accounts = [&[0x82][..], &account(1), &account(2)].concat();
    vec![
        [&[0x83, 1, 1][..], &accounts].concat(),
        [&[0x83, 1, 2][..], &accounts].concat(),
        [&[0x86, 2, 2][..], &accounts, &[1, 2, 1]].concat(),
    ]
}
