//! What a message is to this version: something to show, or something about another message.

use super::{
    Body, Disposition, MessageId, MimiContent, NestedPart,
    poll::{Poll, Vote},
};

/// The content type of reactions.
pub const EMOJI: &str = "text/plain;charset=utf-8";
/// Longest emoji, in bytes: families with skin tones have about 40.
const EMOJI_MAX: usize = 64;

/// What a message is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A text, as Markdown.
    Text(String),
    /// A poll.
    Poll(Poll),
    /// Something about the message `target`.
    Amendment {
        /// Which message it is about.
        target: MessageId,
        /// What it does.
        change: Change,
    },
    /// A message that this version cannot show.
    Unsupported,
    /// Something about another message that this version does not understand: there is nothing to show.
    Ignored,
}

/// What an amendment does to its message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Gives it this text.
    Edit(String),
    /// Deletes it.
    Delete,
    /// Reacts to it with this emoji.
    React(String),
    /// Takes this reaction back.
    Unreact(MessageId),
    /// Votes in it.
    Vote(Vote),
}

/// Whether this is short enough to be an emoji and no text.
pub fn is_emoji(text: &str) -> bool {
    // A few emoji are letters to Unicode: i, M and the squared ones.
    let letter = |c: char| c.is_alphabetic() && !matches!(c, 'ℹ' | 'Ⓜ' | '\u{1F130}'..='\u{1F189}');
    let plain = |c: char| letter(c) || c.is_whitespace() || c.is_control() || is_bidi_control(c);
    !text.is_empty() && text.len() <= EMOJI_MAX && !text.is_ascii() && !text.chars().any(plain)
}

/// Whether a character overrides or isolates the direction of what follows. Marks (U+200E, U+200F) do neither.
pub fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// `text` without what could turn around what stands beside it.
pub fn without_bidi_controls(text: &str) -> String {
    text.chars().filter(|&c| !is_bidi_control(c)).collect()
}

impl MimiContent {
    /// What the message is.
    pub fn kind(&self) -> Kind {
        if self.body.disposition == Disposition::Reaction {
            return self.reaction();
        }
        if let Some(target) = self.replaces {
            return match (&self.body.body, self.body.shown_text()) {
                (Body::Null, _) => Kind::Amendment { target, change: Change::Delete },
                (_, Some(text)) => Kind::Amendment { target, change: Change::Edit(without_bidi_controls(text)) },
                _ => Kind::Ignored,
            };
        }
        if let Some(vote) = Vote::of(&self.body) {
            let Some(target) = self.in_reply_to else { return Kind::Ignored };
            return Kind::Amendment { target, change: Change::Vote(vote) };
        }
        match (Poll::of(&self.body), self.body.shown_text()) {
            (Some(poll), _) => Kind::Poll(poll),
            (None, Some(text)) => Kind::Text(without_bidi_controls(text)),
            // Files of which nothing is said.
            (None, None) if !self.attachments().is_empty() => Kind::Text(String::new()),
            (None, None) => Kind::Unsupported,
        }
    }

    fn reaction(&self) -> Kind {
        let Some(target) = self.in_reply_to else { return Kind::Ignored };
        match (&self.body.body, self.replaces) {
            (Body::Null, Some(reaction)) => Kind::Amendment { target, change: Change::Unreact(reaction) },
            (Body::Single { content, .. }, None) => match std::str::from_utf8(content) {
                Ok(emoji) if is_emoji(emoji) => Kind::Amendment { target, change: Change::React(emoji.to_owned()) },
                _ => Kind::Ignored,
            },
            _ => Kind::Ignored,
        }
    }
}

impl NestedPart {
    /// Nothing: with `replaces` it deletes a message, or takes a reaction back.
    pub fn null(disposition: Disposition) -> Self {
        Self { disposition, language: String::new(), body: Body::Null }
    }

    /// A reaction.
    pub fn reaction(emoji: &str) -> Self {
        Self::single(Disposition::Reaction, EMOJI, emoji.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::content::MARKDOWN;
    use sealpost_protocol::{AccountId, ConversationId};

    const TARGET: MessageId = MessageId([1; 32]);

    fn content(body: NestedPart) -> MimiContent {
        MimiContent::new(AccountId([1; 16]), ConversationId([2; 16]), [3; 16], body)
    }

    fn text(text: &str) -> NestedPart {
        NestedPart::single(Disposition::Render, MARKDOWN, text.as_bytes())
    }

    #[test]
    fn what_is_about_another_message_is_told_from_messages() {
        let amendment = |change| Kind::Amendment { target: TARGET, change };
        let replaces = |body| MimiContent { replaces: Some(TARGET), ..content(body) };
        let answers = |body| MimiContent { in_reply_to: Some(TARGET), ..content(body) };
        assert_eq!(content(text("hi")).kind(), Kind::Text("hi".into()));
        assert_eq!(answers(text("hi")).kind(), Kind::Text("hi".into()));
        assert_eq!(replaces(text("ho")).kind(), amendment(Change::Edit("ho".into())));
        assert_eq!(replaces(NestedPart::null(Disposition::Render)).kind(), amendment(Change::Delete));
        assert_eq!(answers(NestedPart::reaction("❤")).kind(), amendment(Change::React("❤".into())));
        let reaction = MessageId([9; 32]);
        let back = MimiContent { replaces: Some(reaction), ..answers(NestedPart::null(Disposition::Reaction)) };
        assert_eq!(back.kind(), amendment(Change::Unreact(reaction)));
        assert_eq!(content(NestedPart::reaction("❤")).kind(), Kind::Ignored);
        assert_eq!(answers(NestedPart::reaction("not an emoji")).kind(), Kind::Ignored);
    }

    #[test]
    fn overrides_of_direction_are_taken_out_and_marks_stay() {
        assert_eq!(content(text("a\u{202E}b\u{2066}c\u{200F}")).kind(), Kind::Text("abc\u{200F}".into()));
    }

    #[test]
    fn emoji_are_short_and_no_words() {
        for emoji in ["❤", "👍🏽", "👨‍👩‍👧‍👦", "1\u{FE0F}\u{20E3}", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"]
        {
            assert!(is_emoji(emoji), "{emoji}");
        }
        for other in ["", "a", "👍 ", "ok👍", "12", "да", "好", &"👍".repeat(17)] {
            assert!(!is_emoji(other), "{other}");
        }
    }
}
