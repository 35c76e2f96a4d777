//! Three people with two devices each, through a whole life of a group.
#![allow(clippy::unwrap_used)]

use super::{Chat, Person, each_suite};
use crate::{Group, Processed, Roles};

#[test]
fn three_people_with_two_devices() {
    each_suite(|suite| {
        let (alice, bob, carol) = (Person::new(1), Person::new(2), Person::new(3));
        let mut chat = Chat::of_admin(suite, &alice, &[&bob, &carol]);
        for person in [&alice, &bob, &carol] {
            chat.join(person.device(2)).unwrap();
        }
        (0..6).for_each(|number| chat.say(number, format!("this is {number}").as_bytes()));

        let heal = chat.make(4, |group, context| group.update(context));
        assert!(chat.accept(4, &heal).unwrap().change.updated);
        chat.say(4, b"healed");

        let carols: Vec<u32> = chat
            .view
            .members()
            .unwrap()
            .into_iter()
            .filter(|member| member.account == carol.account)
            .map(|member| member.leaf_index)
            .collect();
        let remove = chat.make(3, |group, context| group.remove(context, &carols, &[]));
        assert_eq!(chat.accept(3, &remove).unwrap().change.removed.len(), 2);
        chat.assert_agreed();
        assert_eq!(chat.devices.len(), 4);
        chat.say(0, b"carol left");

        let roles = Roles::group([alice.account, bob.account]);
        let promote = chat.make(0, |group, context| group.set_roles(context, &roles));
        chat.accept(0, &promote).unwrap();
        chat.assert_agreed();
        chat.add(1, vec![carol.device(3), carol.device(4)]);
        chat.say(5, b"carol is back on new devices");
        assert_eq!(chat.view.roles(), &roles);
    });
}

#[test]
fn of_two_concurrent_commits_one_wins_and_the_other_is_made_anew() {
    each_suite(|suite| {
        let (alice, bob) = (Person::new(1), Person::new(2));
        let mut chat = Chat::of_admin(suite, &alice, &[&bob]);
        let lost = chat.make(1, |group, context| group.update(context));
        let won = chat.make(0, |group, context| group.update(context));
        assert!(chat.group(1).has_pending_commit());
        chat.accept(0, &won).unwrap();
        assert!(!chat.group(1).has_pending_commit() && !chat.group(1).commit_is_own(&lost.commit));
        assert!(chat.offer(1, &lost).is_err());
        let again = chat.make(1, |group, context| group.update(context));
        chat.accept(1, &again).unwrap();
        chat.assert_agreed();
        chat.say(1, b"nothing lost");
    });
}

#[test]
fn a_pending_commit_survives_a_restart_and_can_be_cleared() {
    each_suite(|suite| {
        let (alice, bob) = (Person::new(1), Person::new(2));
        let mut chat = Chat::of_admin(suite, &alice, &[&bob]);
        let bundle = chat.make(0, |group, context| group.update(context));
        let reloaded: Group = chat.group(0);
        assert!(reloaded.has_pending_commit() && reloaded.commit_is_own(&bundle.commit));
        let mut group = chat.group(0);
        let own = chat.devices[0].run(|context| group.process(context, &bundle.commit)).unwrap();
        assert!(matches!(own, Processed::OwnPendingCommit));
        chat.devices[0].run(|context| group.clear_pending_commit(context)).unwrap();
        assert!(!chat.group(0).has_pending_commit() && !chat.group(0).commit_is_own(&bundle.commit));
        chat.assert_agreed();
        let again = chat.make(0, |group, context| group.update(context));
        chat.accept(0, &again).unwrap();
        chat.say(0, b"after the restart");
    });
}
