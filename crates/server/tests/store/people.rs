//! Settings, what they hide, pictures, and who shares what with whom.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use sealpost_protocol::{
    Bytes,
    safety::{AccountSettings, WhoMayMessage},
};
use sealpost_server::store::{ConversationCreated, NewConversation, Shared};

use crate::{database::Database, fixtures::*};

const DEFAULT: AccountSettings =
    AccountSettings { read_receipts: true, presence: true, who_may_message: WhoMayMessage::Everyone };

pub async fn settings_are_those_written_last(db: Arc<Database>) {
    let [alice, bob] = [register(&db.store, "alice").await, register(&db.store, "bob").await];
    let both = [alice.account, bob.account];
    assert_eq!(db.store.account_settings(alice.account).await.unwrap(), DEFAULT);
    for who_may_message in [WhoMayMessage::SharedGroups, WhoMayMessage::Nobody] {
        let settings = AccountSettings { read_receipts: false, presence: false, who_may_message };
        db.store.write_account_settings(alice.account, settings).await.unwrap();
        assert_eq!(db.store.account_settings(alice.account).await.unwrap(), settings);
    }
    let only_alice = BTreeSet::from([alice.account]);
    assert_eq!(db.store.hiding_reads(&both).await.unwrap(), only_alice);
    assert_eq!(db.store.hiding_presence(&both).await.unwrap(), only_alice);
    assert_eq!(db.store.choosy(&both).await.unwrap(), [(alice.account, WhoMayMessage::Nobody)]);
    db.store.write_account_settings(alice.account, DEFAULT).await.unwrap();
    assert_eq!(db.store.hiding_reads(&both).await.unwrap(), BTreeSet::new());
    assert!(db.store.choosy(&both).await.unwrap().is_empty());
    assert!(db.store.choosy(&[]).await.unwrap().is_empty());
}

pub async fn when_someone_was_there_goes_with_their_presence(db: Arc<Database>) {
    let [alice, bob] = [register(&db.store, "alice").await, register(&db.store, "bob").await];
    let both = BTreeSet::from([alice.account, bob.account]);
    db.store.write_last_seen(&both, NOW).await.unwrap();
    db.store.write_last_seen(&BTreeSet::from([bob.account]), NOW + HOUR).await.unwrap();
    let seen = |account| db.store.last_seen(std::slice::from_ref(account));
    assert_eq!(seen(&alice.account).await.unwrap(), [(alice.account, NOW)]);
    assert_eq!(seen(&bob.account).await.unwrap(), [(bob.account, NOW + HOUR)]);
    let hidden = AccountSettings { presence: false, ..DEFAULT };
    db.store.write_account_settings(alice.account, hidden).await.unwrap();
    assert_eq!(seen(&alice.account).await.unwrap(), []);
    assert_eq!(seen(&bob.account).await.unwrap().len(), 1);
}

pub async fn a_picture_has_one_more_version_at_each_change(db: Arc<Database>) {
    let alice = register(&db.store, "alice").await;
    let version = async || db.store.profile(alice.account).await.unwrap().unwrap().picture_version;
    assert_eq!(version().await, 0);
    assert_eq!(db.store.picture(alice.account).await.unwrap().version, 0);
    let picture = Bytes(vec![7; 100]);
    assert_eq!(db.store.write_picture(alice.account, Some(&picture)).await.unwrap(), 1);
    let read = db.store.picture(alice.account).await.unwrap();
    assert_eq!((read.version, read.picture), (1, Some(picture)));
    assert_eq!(db.store.write_picture(alice.account, None).await.unwrap(), 2);
    let read = db.store.picture(alice.account).await.unwrap();
    assert_eq!((read.version, read.picture), (2, None));
    assert_eq!(version().await, 2);
    assert_eq!(db.store.search_accounts("ali", 5).await.unwrap()[0].picture_version, 2);
}

pub async fn what_two_accounts_share_is_known(db: Arc<Database>) {
    let [alice, bob, carol] =
        [register(&db.store, "alice").await, register(&db.store, "bob").await, register(&db.store, "carol").await];
    let all = [alice.account, bob.account, carol.account];
    let sharing = async |account| db.store.sharing_with(account, &all).await.unwrap();
    assert_eq!(sharing(alice.account).await, BTreeMap::new());
    let direct = NewConversation { direct_with: Some(bob.account), ..new_conversation(&alice, &[&bob]) };
    assert!(matches!(db.store.create_conversation(&direct).await.unwrap(), ConversationCreated::Done(_)));
    group(&db.store, &alice, &[&carol]).await;
    let (direct, in_group) = (Shared { direct: true, group: false }, Shared { direct: false, group: true });
    assert_eq!(sharing(alice.account).await, BTreeMap::from([(bob.account, direct), (carol.account, in_group)]));
    assert_eq!(sharing(bob.account).await, BTreeMap::from([(alice.account, direct)]));
    assert_eq!(db.store.sharing_with(bob.account, &[carol.account]).await.unwrap(), BTreeMap::new());
    group(&db.store, &bob, &[&alice]).await;
    let both = Shared { direct: true, group: true };
    assert_eq!(sharing(bob.account).await, BTreeMap::from([(alice.account, both)]));
}
