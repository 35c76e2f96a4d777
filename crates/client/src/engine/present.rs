//! What a message is by now: a pure function of its amendments, whatever the order in which they came.

use std::collections::{BTreeMap, HashMap};

use sealpost_protocol::{AccountId, Timestamp};

use crate::{
    content::{MessageId, poll},
    store::{Amendment, AmendmentKind},
};

/// Most reactions of one person to one message.
pub(super) const REACTIONS_MAX: usize = 20;

/// What a message is by now. Amendments that wait to be sent count; those that failed do not.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Present<'a> {
    /// By its author.
    pub deleted: bool,
    /// The log has the deletion.
    pub deletion_logged: bool,
    /// What it was changed to, oldest first: when, and the text as it travelled.
    pub edits: Vec<(Timestamp, &'a str)>,
    /// By emoji, first used first.
    pub reactions: Vec<(&'a str, Vec<AccountId>)>,
    /// Who voted, and for what.
    pub votes: Vec<(AccountId, Vec<u32>)>,
    /// Why an edit or deletion could not be sent.
    pub failure: Option<&'a str>,
}

/// What a message of `author` is by now; `poll` if it is one.
pub(super) fn present<'a>(author: AccountId, poll: Option<&poll::Poll>, amendments: &'a [Amendment]) -> Present<'a> {
    let mut ordered: Vec<&Amendment> = amendments.iter().collect();
    // What waits comes after everything that the log has, in the order in which it was done.
    ordered.sort_by_key(|amendment| amendment.seq.unwrap_or(u64::MAX));
    let mut present = Present::default();
    let (mut reactions, mut votes) = (Reactions::default(), HashMap::new());
    for (number, amendment) in ordered.into_iter().enumerate() {
        let by_author = amendment.sender == author;
        if let Some(failure) = &amendment.failure {
            present.failure = Some(failure);
            continue;
        }
        match amendment.kind {
            AmendmentKind::Edit if by_author && poll.is_none() => {
                if let Ok(text) = std::str::from_utf8(&amendment.content) {
                    present.edits.push((amendment.time, text));
                }
            }
            AmendmentKind::Delete if by_author => {
                present.deleted = true;
                present.deletion_logged |= amendment.seq.is_some();
            }
            AmendmentKind::Edit | AmendmentKind::Delete => {}
            AmendmentKind::React => reactions.add(amendment),
            AmendmentKind::Unreact => reactions.take_back(amendment),
            AmendmentKind::Vote => {
                if let Some(vote) = vote(poll, amendment) {
                    votes.insert(amendment.sender, (number, vote));
                }
            }
        }
    }
    present.reactions = reactions.by_emoji();
    let voted: BTreeMap<_, _> = votes.into_iter().map(|(account, (number, vote))| (number, (account, vote))).collect();
    present.votes = voted.into_values().filter(|(_, vote)| !vote.is_empty()).collect();
    present
}

/// Reactions while the amendments are gone through in their order.
#[derive(Default)]
struct Reactions<'a> {
    /// Every reaction there was, by message id: what may be taken back.
    all: HashMap<MessageId, &'a Amendment>,
    /// Of each person the emoji that stand, each with its number in the order of reactions.
    standing: HashMap<AccountId, BTreeMap<&'a str, usize>>,
    count: usize,
}

impl<'a> Reactions<'a> {
    fn add(&mut self, amendment: &'a Amendment) {
        let Ok(emoji) = std::str::from_utf8(&amendment.content) else { return };
        self.all.entry(amendment.message_id).or_insert(amendment);
        let own = self.standing.entry(amendment.sender).or_default();
        if own.len() < REACTIONS_MAX && !own.contains_key(emoji) {
            own.insert(emoji, self.count);
            self.count += 1;
        }
    }

    /// Two devices of a person may have reacted with the same emoji: taking one back takes back both.
    fn take_back(&mut self, amendment: &Amendment) {
        let Ok(reaction) = <[u8; 32]>::try_from(amendment.content.as_slice()).map(MessageId) else { return };
        let taken_back = self.all.get(&reaction).filter(|known| known.sender == amendment.sender);
        if let Some(emoji) = taken_back.and_then(|reaction| std::str::from_utf8(&reaction.content).ok())
            && let Some(own) = self.standing.get_mut(&amendment.sender)
        {
            own.remove(emoji);
        }
    }

    /// By emoji, first used first.
    fn by_emoji(self) -> Vec<(&'a str, Vec<AccountId>)> {
        let of_person = |(account, own): (AccountId, BTreeMap<&'a str, usize>)| {
            own.into_iter().map(move |(emoji, number)| (number, (emoji, account)))
        };
        let ordered: BTreeMap<_, _> = self.standing.into_iter().flat_map(of_person).collect();
        let (mut places, mut by_emoji) = (HashMap::new(), Vec::new());
        for (emoji, account) in ordered.into_values() {
            let place = *places.entry(emoji).or_insert_with(|| {
                by_emoji.push((emoji, Vec::new()));
                by_emoji.len() - 1
            });
            if let Some((_, people)) = by_emoji.get_mut(place) {
                people.push(account);
            }
        }
        by_emoji
    }
}

/// What someone voted for, if the poll has it.
fn vote(poll: Option<&poll::Poll>, amendment: &Amendment) -> Option<Vec<u32>> {
    let vote = poll::Vote::from_bytes(&amendment.content)?;
    vote.fits(poll?).then_some(vote.0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{content::poll::Vote, store::Own};
    use sealpost_protocol::ClientId;

    const ALICE: AccountId = AccountId([0xa1; 16]);
    const BOB: AccountId = AccountId([0xb0; 16]);

    fn amendment(seq: u64, sender: AccountId, kind: AmendmentKind, content: &[u8]) -> Amendment {
        Amendment {
            client_id: ClientId([seq as u8; 16]),
            message_id: MessageId([seq as u8; 32]),
            target: MessageId([0; 32]),
            kind,
            sender,
            own: Own::No,
            seq: (seq < 100).then_some(seq),
            time: seq,
            content: content.to_vec(),
            expires_in: None,
            failure: None,
        }
    }

    /// The same in every order.
    fn in_any_order(mut all: Vec<Amendment>, poll: Option<&poll::Poll>, check: impl Fn(Present<'_>)) {
        for _ in 0..all.len() {
            all.rotate_left(1);
            check(present(ALICE, poll, &all));
            all.reverse();
            check(present(ALICE, poll, &all));
            all.reverse();
        }
    }

    #[test]
    fn the_latest_edit_of_the_author_counts() {
        use AmendmentKind::{Delete, Edit};
        let all = vec![
            amendment(2, ALICE, Edit, b"two"),
            amendment(3, ALICE, Edit, b"three"),
            amendment(4, BOB, Edit, b"forged"),
            amendment(5, BOB, Delete, b""),
        ];
        in_any_order(all, None, |present| {
            assert_eq!(present.edits, [(2, "two"), (3, "three")]);
            assert!(!present.deleted);
        });
    }

    #[test]
    fn a_deletion_that_waits_hides_and_one_that_failed_does_not() {
        let mut all = vec![amendment(100, ALICE, AmendmentKind::Delete, b"")];
        let now = present(ALICE, None, &all);
        assert!(now.deleted && !now.deletion_logged);
        all[0].failure = Some("no".to_owned());
        let now = present(ALICE, None, &all);
        assert_eq!((now.deleted, now.failure), (false, Some("no")));
    }

    #[test]
    fn the_same_reaction_twice_is_one_and_is_taken_back_as_one_by_its_sender_only() {
        use AmendmentKind::{React, Unreact};
        let mut all = vec![
            amendment(1, BOB, React, "❤".as_bytes()),
            amendment(2, ALICE, React, "👍".as_bytes()),
            amendment(3, BOB, React, "👍".as_bytes()),
            amendment(4, BOB, React, "👍".as_bytes()),
            amendment(5, BOB, Unreact, &[2; 32]),
        ];
        in_any_order(all.clone(), None, |present| {
            assert_eq!(present.reactions, [("❤", vec![BOB]), ("👍", vec![ALICE, BOB])]);
        });
        all.push(amendment(6, BOB, Unreact, &[4; 32]));
        all.push(amendment(7, BOB, Unreact, &[1; 32]));
        all.push(amendment(8, BOB, React, "❤".as_bytes()));
        in_any_order(all, None, |present| {
            assert_eq!(present.reactions, [("👍", vec![ALICE]), ("❤", vec![BOB])]);
        });
    }

    #[test]
    fn a_person_has_at_most_twenty_reactions() {
        let emoji: Vec<String> = (0..25u32).map(|n| char::from_u32(0x1F600 + n).unwrap().to_string()).collect();
        let all: Vec<_> =
            (1..).zip(&emoji).map(|(n, emoji)| amendment(n, BOB, AmendmentKind::React, emoji.as_bytes())).collect();
        assert_eq!(present(ALICE, None, &all).reactions.len(), REACTIONS_MAX);
    }

    #[test]
    fn the_last_vote_of_each_counts_and_others_than_the_poll_has_do_not() {
        let poll = poll::Poll::new("?", &["a".to_owned(), "b".to_owned()], false).unwrap();
        let vote = |seq, sender, choices: &[u32]| {
            amendment(seq, sender, AmendmentKind::Vote, &Vote(choices.to_vec()).to_bytes())
        };
        let all = vec![vote(1, ALICE, &[0]), vote(2, BOB, &[0]), vote(3, BOB, &[1]), vote(4, BOB, &[0, 1])];
        in_any_order(all.clone(), Some(&poll), |present| {
            assert_eq!(present.votes, [(ALICE, vec![0]), (BOB, vec![1])]);
        });
        let none = [all, vec![vote(5, BOB, &[])]].concat();
        in_any_order(none.clone(), Some(&poll), |present| assert_eq!(present.votes, [(ALICE, vec![0])]));
        in_any_order(none, None, |present| assert!(present.votes.is_empty()));
    }
}
