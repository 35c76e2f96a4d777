//! Polls and votes: two private content types in CBOR. A poll carries a text beside it, for who does not know them.

use serde::{Deserialize, Serialize};

use super::{Body, Disposition, MARKDOWN, NestedPart, Semantics, kind::without_bidi_controls};

/// The content type of polls.
pub const POLL: &str = "application/vnd.sealpost.poll+cbor";
/// The content type of votes.
pub const VOTE: &str = "application/vnd.sealpost.vote+cbor";
/// Fewest and most options.
pub const OPTIONS: std::ops::RangeInclusive<usize> = 2..=12;
/// Longest question and longest option, in characters.
pub const QUESTION_MAX: usize = 1_000;
pub const OPTION_MAX: usize = 200;

const FORMAT: u8 = 1;

/// A poll as it travels: `[1, question, options, multiple]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poll {
    /// What is asked.
    pub question: String,
    /// What can be chosen.
    pub options: Vec<String>,
    /// Whether several may be.
    pub multiple: bool,
}

/// A vote as it travels: `[1, choices]`, the numbers of options from 0. None takes the vote back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vote(pub Vec<u32>);

#[derive(Serialize, Deserialize)]
struct PollFields(u8, String, Vec<String>, bool);

#[derive(Serialize, Deserialize)]
struct VoteFields(u8, Vec<u32>);

fn encode(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let written = ciborium::into_writer(value, &mut bytes);
    debug_assert!(written.is_ok());
    bytes
}

impl Poll {
    /// A poll, unless something of it is empty or too long.
    pub fn new(question: &str, options: &[String], multiple: bool) -> Option<Self> {
        let clean = |text: &str| without_bidi_controls(text.trim());
        let poll =
            Self { question: clean(question), options: options.iter().map(|option| clean(option)).collect(), multiple };
        let fits = |text: &str, most: usize| !text.is_empty() && text.chars().count() <= most;
        let valid = fits(&poll.question, QUESTION_MAX)
            && OPTIONS.contains(&poll.options.len())
            && poll.options.iter().all(|option| fits(option, OPTION_MAX));
        valid.then_some(poll)
    }

    /// Its encoding.
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(&PollFields(FORMAT, self.question.clone(), self.options.clone(), self.multiple))
    }

    /// The poll that bytes encode.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let PollFields(format, question, options, multiple) = ciborium::from_reader(bytes).ok()?;
        if format == FORMAT { Self::new(&question, &options, multiple) } else { None }
    }

    /// Question and options, to be read by people.
    pub fn as_text(&self) -> String {
        let options: String = self.options.iter().map(|option| format!("\n- {option}")).collect();
        format!("{}\n{options}", self.question)
    }

    /// The body of a message: the receiver takes the part that it knows.
    pub fn body(&self) -> NestedPart {
        let parts = vec![
            NestedPart::single(Disposition::Render, POLL, &self.to_bytes()),
            NestedPart::single(Disposition::Render, MARKDOWN, self.as_text().as_bytes()),
        ];
        let body = Body::Multi { semantics: Semantics::ChooseOne, parts };
        NestedPart { disposition: Disposition::Render, language: String::new(), body }
    }

    /// The poll of a body, if it has one.
    pub(super) fn of(body: &NestedPart) -> Option<Self> {
        match &body.body {
            Body::Single { content_type, content } if content_type == POLL => Self::from_bytes(content),
            Body::Multi { semantics: Semantics::ChooseOne, parts } => parts.iter().find_map(Self::of),
            _ => None,
        }
    }
}

impl Vote {
    /// Its encoding.
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(&VoteFields(FORMAT, self.0.clone()))
    }

    /// The vote that bytes encode.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let VoteFields(format, mut choices) = ciborium::from_reader(bytes).ok()?;
        choices.sort_unstable();
        choices.dedup();
        (format == FORMAT && choices.len() <= *OPTIONS.end()).then_some(Self(choices))
    }

    /// The body of a message.
    pub fn body(&self) -> NestedPart {
        NestedPart::single(Disposition::Unspecified, VOTE, &self.to_bytes())
    }

    /// The vote of a body, if it is one.
    pub(super) fn of(body: &NestedPart) -> Option<Self> {
        match &body.body {
            Body::Single { content_type, content } if content_type == VOTE => Self::from_bytes(content),
            _ => None,
        }
    }

    /// Whether it chooses what the poll offers.
    pub fn fits(&self, poll: &Poll) -> bool {
        let most = if poll.multiple { poll.options.len() } else { 1 };
        self.0.len() <= most && self.0.iter().all(|choice| (*choice as usize) < poll.options.len())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::content::{Content, Kind, MimiContent};
    use sealpost_protocol::{AccountId, ConversationId};

    fn options(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn a_poll_is_one_to_who_knows_it_and_a_text_to_others() {
        let poll = Poll::new("Lunch?", &options(&["Soup", "Rice"]), false).unwrap();
        let content = MimiContent::new(AccountId([1; 16]), ConversationId([2; 16]), [3; 16], poll.body());
        let received = Content::decode(Content::new(content).unwrap().bytes()).unwrap();
        assert_eq!(received.meaning().kind(), Kind::Poll(poll));
        assert_eq!(received.meaning().shown_text(), Some("Lunch?\n\n- Soup\n- Rice"));
    }

    #[test]
    fn polls_have_two_to_twelve_options_that_say_something() {
        assert!(Poll::new("?", &options(&["a"]), false).is_none());
        assert!(Poll::new("?", &options(&["a", " "]), false).is_none());
        assert!(Poll::new("?", &vec!["a".to_owned(); 13], false).is_none());
        assert!(Poll::new(" ", &options(&["a", "b"]), false).is_none());
        assert!(Poll::new("?", &options(&["a", &"b".repeat(201)]), false).is_none());
    }

    #[test]
    fn a_vote_chooses_what_there_is_and_one_unless_several_may_be_chosen() {
        let poll = |multiple| Poll::new("?", &options(&["a", "b"]), multiple).unwrap();
        let vote = |choices: &[u32]| Vote::from_bytes(&Vote(choices.to_vec()).to_bytes()).unwrap();
        assert!(vote(&[1, 1]).fits(&poll(false)) && vote(&[]).fits(&poll(false)));
        assert!(!vote(&[0, 1]).fits(&poll(false)) && vote(&[0, 1]).fits(&poll(true)));
        assert!(!vote(&[2]).fits(&poll(true)));
    }
}
