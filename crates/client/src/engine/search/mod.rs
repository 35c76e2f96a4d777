//! Searching messages on this device.

mod query;
mod snippet;

use std::collections::HashMap;

use sealpost_protocol::ConversationId;

use super::{Result, conversations::Outcome, turn::Turn};
use crate::{
    command::{Answer, Hit},
    store::{Found, Wanted, any_word_starts},
};
pub(super) use query::Query;

/// Most hits in one answer.
const HITS_MAX: u32 = 200;

/// Conversations' names, as in the list.
type Names = HashMap<ConversationId, String>;

impl Turn<'_> {
    pub(super) fn search_messages(&mut self, query: &Query, at: Option<ConversationId>, limit: u32) -> Result<Outcome> {
        if query.is_empty() {
            return Ok(Ok(Answer::Hits { hits: Vec::new(), more: false }));
        }
        let at = match at.map(|at| self.resolve(at)).transpose()? {
            Some(Err(failure)) => return Ok(Err(failure)),
            Some(Ok(conversation)) => Some(conversation.id),
            None => None,
        };
        let names: HashMap<_, _> = self.store.conversation_names()?.into_iter().collect();
        let wanted = self.wanted(query, at, &names)?;
        let limit = limit.clamp(1, HITS_MAX);
        let mut found = self.store.search(&wanted, limit + 1)?;
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let hits = found.into_iter().map(|found| self.hit(found, query, &names)).collect::<Result<_>>()?;
        Ok(Ok(Answer::Hits { hits, more }))
    }

    fn wanted(&self, query: &Query, at: Option<ConversationId>, names: &Names) -> Result<Wanted> {
        let mut senders = Vec::new();
        for name in &query.from {
            match name.as_str() {
                "me" => senders.push(self.own_account()?),
                name => senders.extend(self.store.people_named(name)?),
            }
        }
        let is_named = |name: &str| query.inside.iter().any(|prefix| any_word_starts(name, prefix));
        let inside: Vec<_> = names.iter().filter(|(_, name)| is_named(name)).map(|(id, _)| *id).collect();
        let conversations = match at {
            Some(at) if query.inside.is_empty() || inside.contains(&at) => Some(vec![at]),
            Some(_) => Some(Vec::new()),
            None => (!query.inside.is_empty()).then_some(inside),
        };
        Ok(Wanted {
            words: query.expression(),
            conversations,
            senders: (!query.from.is_empty()).then_some(senders),
            before: query.before,
            after: query.after,
            link: query.link,
            poll: query.poll,
        })
    }

    fn hit(&self, found: Found, query: &Query, names: &Names) -> Result<Hit> {
        Ok(Hit {
            conversation: found.conversation,
            name: names.get(&found.conversation).cloned().unwrap_or_default(),
            key: found.key,
            sender: self.store.person(found.sender)?,
            time: found.time,
            snippet: snippet::cut(&found.text, &query.terms),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::store::{NewItem, Store, in_memory};
    use proptest::prelude::*;
    use sealpost_protocol::{AccountId, ClientId};

    /// Finds what people type, as the command does.
    fn finds(store: Store<'_>, typed: &str) -> bool {
        let query = Query::parse(typed, 0);
        let wanted = Wanted { words: query.expression(), ..Wanted::default() };
        !query.is_empty() && !store.search(&wanted, 1).unwrap().is_empty()
    }

    fn with_message(text: &str, test: impl FnOnce(Store<'_>)) {
        let connection = in_memory();
        let store = Store(&connection);
        let by = NewItem::by(AccountId([1; 16]), ConversationId([1; 16]), ClientId([1; 16]));
        let item = NewItem { seq: Some(1), time: 1, text: Some(text), ..by };
        assert!(store.add_item(&item).unwrap());
        test(store);
    }

    proptest! {
        #[test]
        fn a_message_is_found_by_each_of_its_words_and_their_beginnings(
            words in prop::collection::vec("[a-zA-Z]{2,9}|[äöüßéèñçÅø]{2,5}|[а-я]{2,8}|[ا-ي]{2,6}|[0-9]{2,5}|[一-龥]{1,5}|[ぁ-ん]{1,4}|[가-힣]{1,4}|[a-z]{1,3}[一-龥]{1,3}", 1..8),
            between in "[ ,.!?;:()\"'*_~\n-]{1,3}",
        ) {
            // An apostrophe or a dash alone would still be between words.
            let text = words.join(&format!(" {between} "));
            with_message(&text, |store| {
                for word in &words {
                    assert!(finds(store, word), "{word:?} in {text:?}");
                    for end in 2..=word.chars().count() {
                        let beginning: String = word.chars().take(end).collect();
                        assert!(finds(store, &beginning), "{beginning:?} in {text:?}");
                        assert!(finds(store, &format!("{} {beginning}", words[0])), "{beginning:?} in {text:?}");
                    }
                }
            });
        }

        #[test]
        fn nothing_that_is_typed_is_taken_for_an_expression(typed in "[\\PC\"*^:(){}+-]{0,40}") {
            with_message("some text", |store| {
                finds(store, &typed);
            });
        }
    }

    #[test]
    fn phrases_are_found_as_they_are_and_words_in_any_order() {
        with_message("The quick brown fox, again: naïve café", |store| {
            for typed in
                ["\"quick brown\"", "fox quick", "cafe naive", "QUICK", "\"brown fox\" qui", "NOT fox aga quick"]
            {
                assert_eq!(finds(store, typed), typed != "NOT fox aga quick", "{typed}");
            }
            assert!(!finds(store, "\"brown quick\""));
            assert!(!finds(store, "quickly"));
            assert!(!finds(store, "!!! ..."));
        });
    }
}
