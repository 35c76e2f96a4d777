//! Encrypting application messages.

use crate::{Context, Group, GroupError, wire::to_tls};

impl Group {
    /// Encrypts `plaintext`, which the caller has padded, as a `PrivateMessage` (a serialised `MLSMessage`). The key is
    /// used up: what this returns must only leave after the store is durable.
    ///
    /// # Errors
    /// [`GroupError::Mls`] if the device is no longer a member.
    pub fn encrypt(&mut self, context: &Context<'_>, plaintext: &[u8]) -> Result<Vec<u8>, GroupError> {
        let message = self.mls.create_message(&context.provider, context.device_key, plaintext);
        let message = message.map_err(|error| context.failed(error, |error| GroupError::Mls(error.into())))?;
        to_tls(&message).map_err(|error| GroupError::Mls(error.into()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::testing::{Chat, Person, each_suite};

    #[test]
    fn what_one_says_every_other_reads() {
        each_suite(|suite| {
            let (alice, bob) = (Person::new(1), Person::new(2));
            let chat = Chat::direct(suite, &alice, &bob);
            chat.say(0, b"hello");
            chat.say(1, b"");
            chat.say(1, &[7; 5000]);
        });
    }

    #[test]
    fn a_ciphertext_is_padded_by_nothing_and_holds_no_plaintext() {
        each_suite(|suite| {
            let (alice, bob) = (Person::new(1), Person::new(2));
            let chat = Chat::direct(suite, &alice, &bob);
            let mut group = chat.group(0);
            let mut length = |text: &[u8]| {
                let message = chat.devices[0].run(|context| group.encrypt(context, text)).unwrap();
                assert!(!message.windows(16).any(|window| text.starts_with(window)));
                message.len()
            };
            assert_eq!(length(&[b'a'; 256]) + 256, length(&[b'a'; 512]));
        });
    }
}
