//! What the server takes and refuses beside the rules of membership, and what it must never get to see.
#![allow(clippy::unwrap_used)]

use crate::{
    CommitBundle, CommitUpload, GROUP_INFO_MAX, PublicError, PublicView, Suite, WELCOME_SECRETS_MAX,
    group::CONVERSATION_KEY_EXTENSION,
    testing::{Chat, KEY, Person, each_suite},
    wire::{GroupInfoMessage, WelcomeMessage, to_tls},
};

fn people() -> (Person, Person, Person) {
    (Person::new(1), Person::new(2), Person::new(3))
}

fn refused(chat: &Chat, by: usize, bundle: &CommitBundle) -> PublicError {
    chat.offer(by, bundle).err().unwrap()
}

#[test]
fn the_exported_group_info_holds_no_conversation_key_and_serves_to_join() {
    each_suite(|suite| {
        let (alice, bob, _) = people();
        let mut chat = Chat::direct(suite, &alice, &bob);
        assert!(!chat.view.group_info().windows(KEY.len()).any(|window| window == KEY));
        let info = GroupInfoMessage::read(chat.view.group_info()).unwrap();
        assert!(info.is_plain());
        assert!(info.verify(&chat.devices[0].key.public_key()).is_ok());
        assert!(info.verify(&chat.devices[1].key.public_key()).is_err());
        chat.join(bob.device(2)).unwrap();
        chat.say(2, b"joined with what the server had");
    });
}

#[test]
fn a_restored_view_follows_on_like_the_original() {
    each_suite(|suite| {
        let (alice, bob, carol) = people();
        let mut chat = Chat::of_admin(suite, &alice, &[&bob, &carol]);
        let bundle = chat.make(0, |group, context| group.remove(context, &[1], &[]));
        chat.accept(0, &bundle).unwrap();
        for _ in 0..2 {
            let restored = PublicView::restore(chat.view.group_info(), chat.view.ratchet_tree()).unwrap();
            assert_eq!(restored.members().unwrap(), chat.view.members().unwrap());
            assert_eq!(restored.tree_hash(), chat.view.tree_hash());
            assert_eq!((restored.epoch(), restored.id()), (chat.view.epoch(), chat.view.id()));
            chat.view = restored;
            chat.add(0, vec![bob.device(1), bob.device(2), bob.device(3)]);
            let update = chat.make(1, |group, context| group.update(context));
            chat.accept(1, &update).unwrap();
            let mine: Vec<u32> = chat
                .view
                .members()
                .unwrap()
                .into_iter()
                .filter(|member| member.account == bob.account)
                .map(|member| member.leaf_index)
                .collect();
            let remove = chat.make(0, |group, context| group.remove(context, &mine, &[]));
            chat.accept(0, &remove).unwrap();
            chat.assert_agreed();
        }
    });
}

#[test]
fn a_leaf_that_outlived_its_key_package_locks_nobody_out() {
    each_suite(|suite| {
        let (alice, bob, _) = people();
        let roles = crate::Roles::direct(alice.account, bob.account);
        let creator = alice.device(1);
        let id = crate::GroupId { conversation: sealpost_protocol::ConversationId([9; 16]), generation: 1 };
        let (group_info, tree) = creator.run(|context| {
            crate::Group::create(context, id, suite, &roles, 0).unwrap().export_group_info(context).unwrap()
        });
        assert!(matches!(PublicView::new(&group_info, &tree), Err(PublicError::InvalidGroup(_))));
        let view = PublicView::restore(&group_info, &tree).unwrap();
        let mut chat = Chat { id, suite, view, devices: vec![creator] };
        chat.add(0, vec![bob.device(1)]);
        chat.join(bob.device(2)).unwrap();
        chat.say(2, b"nobody is locked out");
    });
}

#[test]
fn views_and_groups_move_between_threads() {
    fn send_and_sync<T: Send + Sync>() {}
    fn send<T: Send>() {}
    send_and_sync::<PublicView>();
    send::<crate::Group>();
    send::<crate::ReceivedCommit>();
}

#[test]
fn a_refused_commit_leaves_the_view_as_it_was() {
    each_suite(|suite| {
        let (alice, bob, _) = people();
        let mut chat = Chat::direct(suite, &alice, &bob);
        let bundle = chat.make(0, |group, context| group.update(context));
        let before = (chat.view.epoch(), chat.view.tree_hash());
        assert!(matches!(refused(&chat, 1, &bundle), PublicError::WrongSender));
        assert_eq!((chat.view.epoch(), chat.view.tree_hash()), before);
        chat.accept(0, &bundle).unwrap();
        assert!(matches!(refused(&chat, 0, &bundle), PublicError::WrongEpoch { commit: 1, group: 2 }));
    });
}

#[test]
fn a_commit_of_another_group_is_refused() {
    let (alice, bob, _) = people();
    let chat = Chat::direct(Suite::default(), &alice, &bob);
    let mut other = Chat::new(Suite::default(), alice.device(5), &crate::Roles::group([alice.account]));
    other.id.generation = 1;
    let bundle = chat.make(0, |group, context| group.update(context));
    let message = other.make(0, |group, context| group.update(context));
    assert!(!matches!(refused(&chat, 0, &message), PublicError::Rule(_)));
    let mut foreign = bundle.clone();
    // The last byte of the group id: its generation.
    let place = foreign.commit.windows(24).position(|window| window == chat.id.to_bytes()).unwrap() + 23;
    foreign.commit[place] ^= 1;
    assert!(matches!(refused(&chat, 0, &foreign), PublicError::WrongGroup));
}

#[test]
fn a_welcome_is_for_exactly_those_who_are_added() {
    each_suite(|suite| {
        let (alice, bob, carol) = people();
        let chat = Chat::new(suite, alice.device(1), &crate::Roles::group([alice.account]));
        let (of_bob, of_carol) = (bob.device(1), carol.device(1));
        let packages = [chat.key_package(&of_bob), chat.key_package(&of_carol)];
        let bundle = chat.make(0, |group, context| group.add(context, &packages, &[], Some(&KEY)));
        let one = crate::trim_welcome(bundle.welcome.as_ref().unwrap(), &crate::testing::reference(&packages[0]));
        for welcome in [None, Some(one.unwrap())] {
            let changed = CommitBundle { welcome, ..bundle.clone() };
            assert!(matches!(refused(&chat, 0, &changed), PublicError::WelcomeMismatch));
        }
        assert!(chat.offer(0, &bundle).is_ok());
        let update = Chat::direct(suite, &alice, &bob);
        let mut healed = update.make(0, |group, context| group.update(context));
        healed.welcome = bundle.welcome;
        assert!(matches!(refused(&update, 0, &healed), PublicError::WelcomeMismatch));
    });
}

#[test]
fn joiners_are_given_no_more_than_they_need() {
    each_suite(|suite| {
        let (alice, bob, _) = people();
        let chat = Chat::new(suite, alice.device(1), &crate::Roles::group([alice.account]));
        let bundle = chat.make_add(0, &[&bob.device(1)]);
        let read = || WelcomeMessage::read(bundle.welcome.as_ref().unwrap()).unwrap();
        let (mut long_info, mut long_secrets) = (read(), read());
        long_info.encrypted_group_info = vec![0; GROUP_INFO_MAX + 1].into();
        long_secrets.secrets[0].ciphertext = vec![0; WELCOME_SECRETS_MAX].into();
        let with_welcome = |welcome| CommitBundle { welcome: Some(to_tls(&welcome).unwrap()), ..bundle.clone() };
        let long_public = CommitBundle { group_info: vec![0; GROUP_INFO_MAX + 1], ..bundle.clone() };
        for changed in [with_welcome(long_info), with_welcome(long_secrets), long_public] {
            assert!(matches!(refused(&chat, 0, &changed), PublicError::TooLarge { .. }));
        }
        assert!(matches!(PublicView::new(&[0; GROUP_INFO_MAX + 1], &[]), Err(PublicError::TooLarge { .. })));
        assert!(chat.offer(0, &bundle).is_ok());
    });
}

#[test]
fn a_group_info_fits_its_commit() {
    each_suite(|suite| {
        let (alice, bob, _) = people();
        let chat = Chat::direct(suite, &alice, &bob);
        let bundle = chat.make(0, |group, context| group.update(context));
        let other = chat.make(1, |group, context| group.update(context));
        let resigned = GroupInfoMessage::read(&bundle.group_info)
            .and_then(|info| info.without(CONVERSATION_KEY_EXTENSION, &chat.devices[1].key))
            .and_then(|info| to_tls(&info));
        let bare = GroupInfoMessage::read(&bundle.group_info)
            .and_then(|info| info.without(crate::wire::EXTERNAL_PUB, &chat.devices[0].key))
            .and_then(|info| to_tls(&info));
        let old = chat.view.group_info().to_vec();
        for group_info in [old, other.group_info, resigned.unwrap(), bare.unwrap()] {
            let changed = CommitBundle { group_info, ..bundle.clone() };
            assert!(matches!(refused(&chat, 0, &changed), PublicError::GroupInfo(_)));
        }
        assert!(chat.offer(0, &bundle).is_ok());
    });
}

#[test]
fn a_changed_commit_does_not_verify() {
    each_suite(|suite| {
        let (alice, bob, _) = people();
        let chat = Chat::direct(suite, &alice, &bob);
        let mut bundle = chat.make(0, |group, context| group.update(context));
        let middle = bundle.commit.len() / 2;
        bundle.commit[middle] ^= 1;
        assert!(matches!(refused(&chat, 0, &bundle), PublicError::InvalidCommit(_) | PublicError::Malformed(_)));
    });
}

#[test]
fn an_application_message_is_no_commit() {
    let (alice, bob, _) = people();
    let chat = Chat::direct(Suite::default(), &alice, &bob);
    let mut group = chat.group(0);
    let message = chat.devices[0].run(|context| group.encrypt(context, b"text")).unwrap();
    let upload = CommitUpload { commit: &message, welcome: None, group_info: chat.view.group_info() };
    let checked = chat.view.check(upload, chat.devices[0].id());
    assert!(matches!(checked, Err(PublicError::Malformed("commit"))));
}

proptest::proptest! {
    #[test]
    fn garbage_is_refused(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
        proptest::prop_assert!(PublicView::new(&bytes, &bytes).is_err());
        proptest::prop_assert!(PublicView::restore(&bytes, &bytes).is_err());
        proptest::prop_assert!(crate::trim_welcome(&bytes, &bytes).is_err());
        proptest::prop_assert!(crate::key_package_ref(&bytes).is_err() || bytes.len() > 3);
        proptest::prop_assert!(crate::inspect_key_package(&bytes, 0).is_err());
    }
}
