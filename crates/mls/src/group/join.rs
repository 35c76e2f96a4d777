//! Joining by a Welcome.

use openmls::prelude::{
    CreationFromExternalError, MlsMessageBodyIn, MlsMessageIn, ProcessedWelcome, StagedWelcome, WelcomeError,
};
use zeroize::Zeroizing;

use super::{CONVERSATION_KEY_EXTENSION, Member, join_config};
use crate::{
    CONVERSATION_KEY_LEN, Context, Group, JoinError, rules,
    wire::{self, from_tls},
};

/// A group that was joined.
pub struct Joined {
    /// The group.
    pub group: Group,
    /// The conversation key, if the Welcome held one.
    pub conversation_key: Option<Zeroizing<[u8; CONVERSATION_KEY_LEN]>>,
    /// Who added this device.
    pub sender: Member,
    /// Every member; their root keys are for the caller to compare with what it pinned.
    pub members: Vec<Member>,
}

/// Joins by a Welcome (a serialised `MLSMessage`) with the `ratchet_tree` of its epoch. The key package is used up, and a
/// group of the same id is replaced.
///
/// Lifetimes in the tree are not checked: a leaf that was added in time stays valid.
///
/// # Errors
/// After an error the caller rolls its transaction back: the key package may be gone from the store.
pub fn from_welcome(context: &Context<'_>, welcome: &[u8], ratchet_tree: &[u8]) -> Result<Joined, JoinError> {
    let message: MlsMessageIn = from_tls(welcome).map_err(|_| JoinError::Malformed)?;
    let MlsMessageBodyIn::Welcome(welcome) = message.extract() else { return Err(JoinError::Malformed) };
    let tree = wire::ratchet_tree(ratchet_tree).map_err(|_| JoinError::Malformed)?;
    let provider = &context.provider;
    let processed = ProcessedWelcome::new_from_welcome(provider, &join_config(), welcome)
        .map_err(|error| context.failed(error, join_error))?;
    let conversation_key = processed
        .unverified_group_info()
        .extensions()
        .unknown(CONVERSATION_KEY_EXTENSION)
        .map(|extension| extension.0.as_slice().try_into().map(Zeroizing::new))
        .transpose()
        .map_err(|_| JoinError::NotSealpost)?;
    let staged = openmls::prelude::JoinBuilder::new(provider, processed)
        .with_ratchet_tree(tree)
        .skip_lifetime_validation()
        .replace_old_group()
        .build()
        .map_err(|error| context.failed(error, join_error))?;
    joined(context, staged, conversation_key)
}

fn joined(
    context: &Context<'_>,
    staged: StagedWelcome,
    conversation_key: Option<Zeroizing<[u8; CONVERSATION_KEY_LEN]>>,
) -> Result<Joined, JoinError> {
    let sender = staged.welcome_sender_index().u32();
    let mls = staged.into_group(&context.provider).map_err(|error| context.failed(error, join_error))?;
    let members = rules::verify_tree(mls.public_group())?;
    rules::roles(mls.public_group().group_context()).map_err(|_| JoinError::NotSealpost)?;
    let mut group = Group::new(mls, None).ok_or(JoinError::NotSealpost)?;
    group.set_pending(context, None)?;
    let sender = members.iter().find(|member| member.leaf_index == sender).cloned().ok_or(JoinError::NotSealpost)?;
    Ok(Joined { group, conversation_key, sender, members })
}

fn join_error<E>(error: WelcomeError<E>) -> JoinError
where
    E: std::error::Error + Send + Sync + 'static,
{
    match error {
        WelcomeError::NoMatchingKeyPackage | WelcomeError::JoinerSecretNotFound => JoinError::NoKeyPackage,
        WelcomeError::PublicGroupError(CreationFromExternalError::TreeHashMismatch) => JoinError::TreeMismatch,
        error => JoinError::Invalid(error.into()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        Suite, generate_key_package,
        testing::{Chat, NOW, Person, each_suite, reference},
        trim_welcome,
    };

    #[test]
    fn a_welcome_works_once_unless_the_package_is_the_last_resort() {
        each_suite(|suite| {
            let (alice, bob) = (Person::new(1), Person::new(2));
            for last_resort in [false, true] {
                let device = bob.device(1);
                let package = device.run(|context| generate_key_package(context, suite, *NOW, last_resort)).unwrap();
                let roles = crate::Roles::direct(alice.account, bob.account);
                let mut chat = Chat::new(suite, alice.device(1), &roles);
                let bundle = chat.make(0, |group, context| group.add(context, &[&package], &[], None));
                chat.accept(0, &bundle).unwrap();
                let welcome = bundle.welcome.unwrap();
                let joined = chat.welcome(&device, &welcome).unwrap();
                assert!(joined.conversation_key.is_none());
                assert_eq!(joined.members, chat.view.members().unwrap());
                match chat.welcome(&device, &welcome) {
                    Ok(_) => assert!(last_resort),
                    Err(error) => assert!(!last_resort && matches!(error, JoinError::NoKeyPackage)),
                }
            }
        });
    }

    #[test]
    fn a_trimmed_welcome_is_for_one_joiner_only() {
        each_suite(|suite| {
            let (alice, bob, carol) = (Person::new(1), Person::new(2), Person::new(3));
            let mut chat = Chat::new(suite, alice.device(1), &crate::Roles::group([alice.account]));
            let (of_bob, of_carol) = (bob.device(1), carol.device(1));
            let packages = [chat.key_package(&of_bob), chat.key_package(&of_carol)];
            let bundle = chat.make(0, |group, context| group.add(context, &packages, &[], None));
            chat.accept(0, &bundle).unwrap();
            let welcome = bundle.welcome.unwrap();
            let trimmed = trim_welcome(&welcome, &reference(&packages[0])).unwrap();
            assert!(trimmed.len() < welcome.len());
            assert!(matches!(chat.welcome(&of_carol, &trimmed), Err(JoinError::NoKeyPackage)));
            assert!(chat.welcome(&of_bob, &trimmed).is_ok());
            assert!(trim_welcome(&welcome, &[0; 32]).is_err());
        });
    }

    #[test]
    fn the_tree_of_another_epoch_is_told() {
        let (alice, bob) = (Person::new(1), Person::new(2));
        let mut chat = Chat::new(Suite::default(), alice.device(1), &crate::Roles::direct(alice.account, bob.account));
        let device = bob.device(1);
        let bundle = chat.make_add(0, &[&device]);
        chat.accept(0, &bundle).unwrap();
        let update = chat.make(0, |group, context| group.update(context));
        chat.view = chat.offer(0, &update).unwrap().view;
        let late = chat.welcome(&device, &bundle.welcome.unwrap());
        assert!(matches!(late, Err(JoinError::TreeMismatch)));
    }

    proptest::proptest! {
        #[test]
        fn garbage_is_malformed(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let device = Person::new(1).device(1);
            proptest::prop_assert!(device.run(|context| from_welcome(context, &bytes, &bytes)).is_err());
        }
    }
}
