//! Each rule is broken once; the server's view and a member refuse it for the same reason, and stay as they were.
#![allow(clippy::unwrap_used)]

use openmls::prelude::{
    BasicCredential, CredentialWithKey, Extension, Extensions, LeafNodeParameters, UnknownExtension,
};
use rand::{RngCore, SeedableRng, rngs::StdRng};

use crate::{
    CommitBundle, Context, GroupError, Member, MemoryStore, Policy, PublicError, Roles, RuleViolation, Suite, Who,
    generate_key_package,
    group::ROLES_EXTENSION,
    identity::{Credential, Delisting, DeviceList, LeaveStatement, RemovalProof},
    testing::{Chat, NOW, Person, each_suite},
};

/// Both the server and device `witness` refuse the commit of `by` for this reason.
fn assert_refused(chat: &Chat, by: usize, witness: usize, bundle: &CommitBundle, expected: RuleViolation) {
    match chat.offer(by, bundle).err().unwrap() {
        PublicError::Rule(violation) => assert_eq!(violation, expected),
        other => unreachable!("{other:?}"),
    }
    match chat.receive(witness, &bundle.commit).unwrap_err() {
        GroupError::Rule(violation) => assert_eq!(violation, expected),
        other => unreachable!("{other:?}"),
    }
    assert_eq!(chat.group(witness).epoch(), chat.view.epoch());
}

fn people() -> (Person, Person, Person) {
    (Person::new(1), Person::new(2), Person::new(3))
}

#[test]
fn only_admins_add_other_accounts() {
    each_suite(|suite| {
        let (alice, bob, carol) = people();
        let mut chat = Chat::of_admin(suite, &alice, &[&bob]);
        let bundle = chat.make_add(1, &[&carol.device(1)]);
        assert_refused(&chat, 1, 0, &bundle, RuleViolation::AddByNonAdmin);
        chat.devices[1].run(|context| chat.group_of_context(context).clear_pending_commit(context)).unwrap();
        chat.add(1, vec![bob.device(2)]);
    });
}

#[test]
fn members_add_others_where_the_policy_lets_them() {
    each_suite(|suite| {
        let (alice, bob, carol) = people();
        let mut chat = Chat::of_admin(suite, &alice, &[&bob]);
        let policy = Policy { add: Who::Members, ..Policy::default() };
        let roles = chat.view.roles().with_policy(policy);
        let open = chat.make(0, |group, context| group.set_roles(context, &roles));
        chat.accept(0, &open).unwrap();
        assert_eq!(chat.view.roles().policy(), policy);
        chat.add(1, vec![carol.device(1)]);
        let removal = chat.make(1, |group, context| group.remove(context, &[2], &[]));
        assert_refused(&chat, 1, 0, &removal, RuleViolation::RemoveByNonAdmin);
    });
}

#[test]
fn only_admins_remove_other_accounts() {
    each_suite(|suite| {
        let (alice, bob, carol) = people();
        let chat = Chat::of_admin(suite, &alice, &[&bob, &carol]);
        let bundle = chat.make(1, |group, context| group.remove(context, &[2], &[]));
        assert_refused(&chat, 1, 0, &bundle, RuleViolation::RemoveByNonAdmin);
    });
}

fn statement(chat: &Chat, by: usize) -> LeaveStatement {
    let group = chat.group(by);
    chat.devices[by].run(|context| group.leave_statement(context)).unwrap()
}

#[test]
fn anyone_removes_who_left_with_all_devices() {
    each_suite(|suite| {
        let (alice, bob, carol) = people();
        let mut chat = Chat::of_admin(suite, &alice, &[&bob, &carol]);
        chat.join(carol.device(2)).unwrap();
        let left = statement(&chat, 2);
        assert!(chat.view.verify_leave(&left).is_ok() && chat.group(0).verify_leave(&left).is_ok());
        let one = chat.make(1, |group, context| group.remove(context, &[2], &[RemovalProof::Leave(left.clone())]));
        assert_refused(&chat, 1, 0, &one, RuleViolation::InvalidProof);
        chat.devices[1].run(|context| chat.group_of_context(context).clear_pending_commit(context)).unwrap();

        let both = chat.make(1, |group, context| group.remove(context, &[2, 3], &[RemovalProof::Leave(left.clone())]));
        let checked = chat.accept(1, &both).unwrap();
        assert_eq!(checked.change.left, [carol.account]);
        chat.assert_agreed();
        assert!(chat.view.verify_leave(&left).is_err());

        let again = carol.device(1);
        // Another key package than the first time, from another part of the device's random numbers.
        again.rng.borrow_mut().next_u64();
        chat.add(0, vec![again]);
        assert!(chat.view.verify_leave(&left).is_err(), "who is added again did not leave again");
    });
}

#[test]
fn a_statement_is_of_this_group_and_this_person() {
    each_suite(|suite| {
        let (alice, bob, carol) = people();
        let chat = Chat::of_admin(suite, &alice, &[&bob, &carol]);
        let group = chat.group(1);
        let id = |generation, epoch| (chat.id.conversation, generation, epoch);
        let sign = |place, who| LeaveStatement::sign(place, who, &chat.devices[1].key, &group.own_leaf_key());
        let (of_bob, of_carol) = (chat.devices[1].id(), chat.devices[2].id());
        let wrong = [sign(id(1, 1), of_carol), sign(id(2, 1), of_bob), sign(id(1, 2), of_bob)];
        for statement in wrong {
            assert!(chat.view.verify_leave(&statement).is_err());
            let bundle = chat.make(1, |group, context| group.remove(context, &[2], &[RemovalProof::Leave(statement)]));
            assert_refused(&chat, 1, 0, &bundle, RuleViolation::InvalidProof);
            chat.devices[1].run(|context| chat.group_of_context(context).clear_pending_commit(context)).unwrap();
        }
        assert!(chat.view.verify_leave(&sign(id(1, 1), of_bob)).is_ok());
        let direct = Chat::direct(suite, &alice, &bob);
        assert!(direct.view.verify_leave(&statement(&direct, 1)).is_err(), "nobody leaves a direct conversation");
    });
}

/// That of the person's devices only these are listed, as its fifth list says.
fn delisting(person: &Person, stays: &[u8]) -> Delisting {
    let (key, certificate) = (&person.list, &person.list_certificate);
    let add = |list: &DeviceList, number| {
        let device = person.device(number);
        list.next(key, certificate, Some((device.credential.device, device.key.public_key())), &[])
    };
    let first = person.device(1);
    let first = DeviceList::first(key, certificate, first.credential.device, first.key.public_key());
    let all = (2..=4).fold(first, |list, number| add(&list, number));
    let leaving: Vec<_> = (1..=4).filter(|number| !stays.contains(number)).collect();
    let leaving: Vec<_> = leaving.into_iter().map(|number| person.device(number).credential.device).collect();
    Delisting::new(certificate.clone(), all.next(key, certificate, None, &leaving))
}

#[test]
fn anyone_removes_a_device_that_its_account_lists_no_longer() {
    each_suite(|suite| {
        let (alice, bob, carol) = people();
        let mut chat = Chat::of_admin(suite, &alice, &[&bob, &carol]);
        let by_list = RemovalProof::Delisting(delisting(&carol, &[2]));
        let only = chat.make(1, |group, context| group.remove(context, &[2], std::slice::from_ref(&by_list)));
        assert_refused(&chat, 1, 0, &only, RuleViolation::RemoveByNonAdmin);
        chat.devices[1].run(|context| chat.group_of_context(context).clear_pending_commit(context)).unwrap();
        assert!(chat.group(1).delisted(&delisting(&carol, &[2])).unwrap().is_empty(), "an account's last device stays");

        chat.join(carol.device(2)).unwrap();
        assert_eq!(chat.group(1).delisted(&delisting(&carol, &[2])).unwrap(), [2]);
        let removal = chat.make(1, |group, context| group.remove(context, &[2], std::slice::from_ref(&by_list)));
        let checked = chat.accept(1, &removal).unwrap();
        assert_eq!((checked.change.delisted, checked.change.left), (vec![2], Vec::new()));
        chat.assert_agreed();

        let mut direct = Chat::direct(suite, &alice, &bob);
        direct.join(bob.device(2)).unwrap();
        let removal = removal_of_the_second(&direct, RemovalProof::Delisting(delisting(&bob, &[2])));
        direct.accept(0, &removal).unwrap();
        direct.assert_agreed();
    });
}

fn removal_of_the_second(chat: &Chat, proof: RemovalProof) -> CommitBundle {
    chat.make(0, |group, context| group.remove(context, &[1], &[proof]))
}

#[test]
fn a_list_takes_only_what_its_account_left_out() {
    each_suite(|suite| {
        let (alice, bob, carol) = people();
        let mut chat = Chat::of_admin(suite, &alice, &[&bob, &carol]);
        chat.join(carol.device(2)).unwrap();
        let refused = |proofs: &[Delisting], expected| {
            let proofs: Vec<_> = proofs.iter().cloned().map(RemovalProof::Delisting).collect();
            let bundle = chat.make(1, |group, context| group.remove(context, &[2], &proofs));
            assert_refused(&chat, 1, 0, &bundle, expected);
            chat.devices[1].run(|context| chat.group_of_context(context).clear_pending_commit(context)).unwrap();
        };
        // Nobody is left out; the other device is; someone else signs; an account that is not here; the same twice.
        refused(&[delisting(&carol, &[1, 2])], RuleViolation::InvalidProof);
        refused(&[delisting(&carol, &[1])], RuleViolation::RemoveByNonAdmin);
        refused(&[delisting(&carol.impostor(), &[2])], RuleViolation::InvalidProof);
        refused(&[delisting(&Person::new(4), &[2])], RuleViolation::InvalidProof);
        refused(&[delisting(&carol, &[2]), delisting(&carol, &[2])], RuleViolation::InvalidProof);
    });
}

#[test]
fn authenticated_data_are_proofs_or_nothing() {
    each_suite(|suite| {
        let (alice, bob, _) = people();
        let chat = Chat::of_admin(suite, &alice, &[&bob]);
        let bundle = chat.make(0, |group, context| group.commit_with_data(context, b"something else"));
        assert!(matches!(chat.offer(0, &bundle), Err(PublicError::Rule(RuleViolation::InvalidProof))));
        let refused = chat.receive(1, &bundle.commit).unwrap_err();
        assert!(matches!(refused, GroupError::Rule(RuleViolation::InvalidProof)));
    });
}

#[test]
fn a_group_keeps_an_admin() {
    each_suite(|suite| {
        let (alice, bob, carol) = people();
        let mut chat = Chat::of_admin(suite, &alice, &[&bob, &carol]);
        let nobody = Roles::group([Person::new(9).account]);
        let bundle = chat.make(0, |group, context| group.set_roles(context, &nobody));
        assert_refused(&chat, 0, 1, &bundle, RuleViolation::NoAdminLeft);
        chat.devices[0].run(|context| chat.group_of_context(context).clear_pending_commit(context)).unwrap();

        let roles = chat.view.roles().with_admin(bob.account, true);
        let promote = chat.make(0, |group, context| group.set_roles(context, &roles));
        chat.accept(0, &promote).unwrap();
        let left = statement(&chat, 1);
        let removal = chat.make(2, |group, context| group.remove(context, &[1], &[RemovalProof::Leave(left)]));
        let checked = chat.accept(2, &removal).unwrap();
        assert_eq!(checked.change.roles, Some(Roles::group([alice.account])), "who left is an admin no longer");
        chat.assert_agreed();

        // No server lets the last admin leave; if one did, the others go on.
        let last = statement(&chat, 0);
        let removal = chat.make(1, |group, context| group.remove(context, &[0], &[RemovalProof::Leave(last)]));
        chat.accept(1, &removal).unwrap();
        chat.assert_agreed();
    });
}

#[test]
fn one_may_remove_ones_own_devices() {
    each_suite(|suite| {
        let (alice, bob, _) = people();
        let mut chat = Chat::of_admin(suite, &alice, &[&bob]);
        chat.join(bob.device(2)).unwrap();
        let bundle = chat.make(2, |group, context| group.remove(context, &[1], &[]));
        chat.accept(2, &bundle).unwrap();
        chat.assert_agreed();
    });
}

#[test]
fn a_direct_conversation_has_two_accounts() {
    each_suite(|suite| {
        let (alice, bob, carol) = people();
        let chat = Chat::direct(suite, &alice, &bob);
        let bundle = chat.make_add(0, &[&carol.device(1)]);
        assert_refused(&chat, 0, 1, &bundle, RuleViolation::NotOfThisDirect);
        let other = Chat::direct(suite, &alice, &bob);
        let removal = other.make(0, |group, context| group.remove(context, &[1], &[]));
        let refused = other.offer(0, &removal).err().unwrap();
        assert!(matches!(refused, PublicError::Rule(RuleViolation::RemoveByNonAdmin)));
    });
}

#[test]
fn roles_are_changed_by_admins_of_groups_only() {
    each_suite(|suite| {
        let (alice, bob, _) = people();
        let chat = Chat::of_admin(suite, &alice, &[&bob]);
        let grab = chat.make(1, |group, context| group.set_roles(context, &Roles::group([bob.account])));
        assert_refused(&chat, 1, 0, &grab, RuleViolation::RolesNotAllowed);
        let direct = Chat::direct(suite, &alice, &bob);
        for roles in [Roles::group([alice.account]), Roles::direct(alice.account, alice.account)] {
            let change = direct.make(0, |group, context| group.set_roles(context, &roles));
            assert!(direct.offer(0, &change).is_err() && direct.receive(1, &change.commit).is_err());
            direct.devices[0].run(|context| direct.group_of_context(context).clear_pending_commit(context)).unwrap();
        }
    });
}

#[test]
fn the_group_context_holds_roles_and_nothing_else() {
    each_suite(|suite| {
        let (alice, bob, _) = people();
        let chat = Chat::of_admin(suite, &alice, &[&bob]);
        let no_admin = Extension::Unknown(ROLES_EXTENSION, UnknownExtension(Roles::group([]).to_bytes()));
        let mut extensions = Roles::group([alice.account]).context_extensions().unwrap();
        extensions.add_or_replace(no_admin).unwrap();
        let without = Extensions::from_vec(Vec::new()).unwrap();
        for extensions in [extensions, without] {
            let bundle = chat.make(0, |group, context| group.commit_extensions(context, extensions));
            assert_refused(&chat, 0, 1, &bundle, RuleViolation::InvalidGroupContext);
            chat.devices[0].run(|context| chat.group_of_context(context).clear_pending_commit(context)).unwrap();
        }
    });
}

#[test]
fn a_leaf_needs_a_credential_that_proves_it() {
    each_suite(|suite| {
        let (alice, bob, carol) = people();
        let chat = Chat::of_admin(suite, &alice, &[&bob]);
        let (thief, victim) = (carol.device(1), bob.device(2));
        let (store, mut rng) = (MemoryStore::new(), StdRng::seed_from_u64(7));
        let context = Context::new(&store, &mut rng, &thief.key, &victim.credential);
        let package = generate_key_package(&context, suite, *NOW, false).unwrap();
        assert!(crate::inspect_key_package(&package, *NOW).is_err());
        let bundle = chat.make(0, |group, context| group.add(context, &[&package], &[], None));
        assert_refused(&chat, 0, 1, &bundle, RuleViolation::InvalidCredential);
    });
}

#[test]
fn a_device_has_one_leaf() {
    each_suite(|suite| {
        let (alice, bob, _) = people();
        let chat = Chat::of_admin(suite, &alice, &[&bob]);
        let twin = bob.device_with_key(1, StdRng::seed_from_u64(99));
        let bundle = chat.make_add(0, &[&twin]);
        assert_refused(&chat, 0, 1, &bundle, RuleViolation::DuplicateDevice);
    });
}

#[test]
fn an_account_has_one_root_key() {
    each_suite(|suite| {
        let (alice, bob, _) = people();
        let chat = Chat::of_admin(suite, &alice, &[&bob]);
        let bundle = chat.make_add(0, &[&bob.impostor().device(2)]);
        assert_refused(&chat, 0, 1, &bundle, RuleViolation::RootKeyMismatch);

        let intruder = bob.impostor().device(3);
        assert!(chat.external_commit(&intruder).is_err(), "the joining device sees it itself");
        let change = super::Change {
            committer: Member::new(2, intruder.key.public_key(), intruder.credential.clone()),
            external: true,
            added: Vec::new(),
            key_package_refs: Vec::new(),
            removed: Vec::new(),
            left: Vec::new(),
            delisted: Vec::new(),
            delistings: Vec::new(),
            updated: true,
            roles: None,
        };
        let checked = super::check(&change, &chat.view.members().unwrap(), chat.view.roles());
        assert_eq!(checked, Err(RuleViolation::RootKeyMismatch));
    });
}

#[test]
fn a_committer_stays_the_device_that_it_is() {
    each_suite(|suite| {
        let (alice, bob, _) = people();
        let chat = Chat::of_admin(suite, &alice, &[&bob]);
        let device = &chat.devices[1];
        let other = crate::identity::DeviceCertificate::sign(
            &bob.list,
            &bob.list_certificate,
            bob.device(2).credential.device,
            &device.key,
            1,
        );
        let credential = Credential::new(bob.root.public_key(), bob.list_certificate.clone(), other);
        let parameters = LeafNodeParameters::builder()
            .with_credential_with_key(CredentialWithKey {
                credential: BasicCredential::new(credential.to_bytes()).into(),
                signature_key: device.key.public_key().to_vec().into(),
            })
            .build();
        let bundle = chat.make(1, |group, context| group.commit_leaf(context, parameters));
        match chat.receive(0, &bundle.commit).unwrap_err() {
            GroupError::Rule(violation) => assert_eq!(violation, RuleViolation::LeafOfAnotherDevice),
            other => unreachable!("{other:?}"),
        }
        assert!(matches!(chat.offer(1, &bundle), Err(PublicError::WrongSender)));
        let upload = crate::CommitUpload { commit: &bundle.commit, welcome: None, group_info: &bundle.group_info };
        let as_claimed = chat.view.check(upload, (credential.account, credential.device));
        assert!(matches!(as_claimed, Err(PublicError::Rule(RuleViolation::LeafOfAnotherDevice))));
    });
}

#[test]
fn an_external_commit_removes_no_other_device() {
    each_suite(|suite| {
        let (alice, bob, _) = people();
        let chat = Chat::of_admin(suite, &alice, &[&bob]);
        // The same signature key under another device's name makes OpenMLS remove the first device's leaf.
        let first = bob.device(1);
        let certificate = crate::identity::DeviceCertificate::sign(
            &bob.list,
            &bob.list_certificate,
            bob.device(2).credential.device,
            &first.key,
            1,
        );
        let credential = Credential::new(bob.root.public_key(), bob.list_certificate.clone(), certificate);
        let device = crate::testing::TestDevice { credential, ..first };
        let join = chat.external_commit(&device).unwrap();
        let refused = chat.offer_external(&device, &join).err().unwrap();
        assert!(matches!(refused, PublicError::Rule(RuleViolation::ExternalRemovesOthers)));
        let refused = chat.receive(0, &join.commit).unwrap_err();
        assert!(matches!(refused, GroupError::Rule(RuleViolation::ExternalRemovesOthers)));
    });
}

#[test]
fn a_proposal_by_reference_is_refused() {
    let (alice, bob, _) = people();
    let chat = Chat::of_admin(Suite::default(), &alice, &[&bob]);
    let commit = chat.devices[1].run(|context| {
        let mut group = crate::Group::load(context, chat.id).unwrap().unwrap();
        group.commit_by_reference(context)
    });
    let upload = crate::CommitUpload { commit: &commit, welcome: None, group_info: &[] };
    assert!(matches!(chat.view.check(upload, chat.devices[1].id()), Err(PublicError::InvalidCommit(_))));
    assert!(chat.receive(0, &commit).is_err());
    assert_eq!(chat.group(0).epoch(), chat.view.epoch());
}
