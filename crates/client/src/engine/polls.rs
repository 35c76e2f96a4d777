//! Polls: asking and voting.

use sealpost_protocol::{ClientId, ConversationId};

use super::{Result, conversations::Outcome, present::present, turn::Turn};
use crate::{
    command::{Answer, Failure},
    content::{
        MimiContent,
        poll::{Poll, Vote},
    },
};

impl Turn<'_> {
    pub(super) fn send_poll(
        &mut self,
        at: ConversationId,
        id: ClientId,
        question: &str,
        options: &[String],
        multiple: bool,
    ) -> Result<Outcome> {
        let (conversation, sender) = match self.may_send(at)? {
            Ok(may) => may,
            Err(failure) => return Ok(Err(failure)),
        };
        let Some(poll) = Poll::new(question, options, multiple) else {
            let detail = "a poll has a question of at most 1000 characters and 2 to 12 answers of at most 200";
            return Ok(Err(Failure::new("invalid-request", detail)));
        };
        let content = self.new_message(&conversation, sender, poll.body())?;
        self.enqueue(&conversation, id, content)
    }

    pub(super) fn vote(&mut self, at: ConversationId, key: &str, choices: &[u32]) -> Result<Outcome> {
        let to = match self.amending(at, key)? {
            Ok(to) => to,
            Err(failure) => return Ok(Err(failure)),
        };
        let mut vote = Vote(choices.to_vec());
        vote.0.sort_unstable();
        vote.0.dedup();
        let poll = to.item.poll.as_deref().and_then(Poll::from_bytes);
        let Some(poll) = poll.filter(|poll| vote.fits(poll)) else {
            return Ok(Err(Failure::new("invalid-request", "this cannot be chosen here")));
        };
        let amendments = self.store.amendments_of(to.conversation.id, to.message_id)?;
        let votes = present(to.sender, Some(&poll), &amendments).votes;
        let before = votes.into_iter().find(|(account, _)| *account == to.sender).map(|(_, choices)| choices);
        if before.unwrap_or_default() == vote.0 {
            return Ok(Ok(Answer::Done));
        }
        let content = MimiContent { in_reply_to: Some(to.message_id), ..self.about(&to, vote.body()) };
        let id = self.client_id();
        self.enqueue(&to.conversation, id, content)
    }
}
