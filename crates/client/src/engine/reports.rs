//! Reports to the host's moderators. Each waits here until the server has it, and goes under one id however often it is
//! sent, so that moderators get it once.

use sealpost_protocol::{
    AccountId, ClientId, ConversationId,
    account::Done,
    safety::{REPORT_MESSAGES_MAX, REPORT_TEXT_MAX, ReportWrite, ReportedMessage},
    socket::{from_cbor, to_cbor},
};

use super::{
    CommandId, Result,
    purpose::{Purpose, Task},
    requests::{Answered, is_temporary},
    sign_up::CommandResult,
    turn::Turn,
};
use crate::command::{Answer, Failure};

/// Most reports that wait.
const WAITING_MAX: u64 = 100;

impl Turn<'_> {
    pub(super) fn report(
        &mut self,
        command: CommandId,
        at: ConversationId,
        account: AccountId,
        keys: &[String],
        comment: String,
    ) -> Result<CommandResult> {
        let conversation = match self.resolve(at)? {
            Ok(conversation) => conversation,
            Err(failure) => return Ok(Some(Err(failure))),
        };
        if keys.len() > REPORT_MESSAGES_MAX || comment.len() > REPORT_TEXT_MAX {
            return Ok(Some(Err(Failure::new("too-large", "a report has at most 50 messages and 8 KiB of comment"))));
        }
        if self.store.reports_waiting()? >= WAITING_MAX {
            return Ok(Some(Err(Failure::new("rate-limited", "too many reports wait to be sent"))));
        }
        let mut messages = Vec::new();
        for key in keys {
            let shown = self.store.item(conversation.id, key)?;
            messages.extend(shown.and_then(|item| {
                let text = up_to(&item.text?, REPORT_TEXT_MAX).to_owned();
                Some(ReportedMessage { account: item.sender?, time: item.time, text })
            }));
        }
        let report = self.client_id();
        let request = ReportWrite { report, account, conversation: Some(conversation.id), comment, messages };
        self.store.add_report(report, &to_cbor(&request)?)?;
        if !self.is_connected() {
            return Ok(Some(Ok(Answer::Waits)));
        }
        self.memory.due.reports = true;
        self.memory.reporting.insert(report, command);
        Ok(None)
    }

    /// Sends the next report that the server does not have.
    pub(super) fn pump_reports(&mut self) -> Result<()> {
        if !self.memory.due.reports || !self.is_free(Task::Report) {
            return Ok(());
        }
        match self.store.next_report()? {
            Some((id, request)) => self.ask(from_cbor::<ReportWrite>(&request)?, Purpose::Report(id)),
            None => self.memory.due.reports = false,
        }
        Ok(())
    }

    pub(super) fn reported(&mut self, id: ClientId, answer: Answered<Done>) -> Result<()> {
        let result = match answer {
            Err(failure) if is_temporary(&failure) => {
                self.hold(Task::Report, Some(&failure));
                Ok(Answer::Waits)
            }
            answer => {
                self.store.remove_report(id)?;
                answer.map(|_| Answer::Done).map_err(Failure::from)
            }
        };
        if let Some(command) = self.memory.reporting.remove(&id) {
            self.finish(command, result);
        }
        Ok(())
    }

    /// Nobody waits for reports without a connection: they go when there is one.
    pub(super) fn reports_wait(&mut self) {
        for command in std::mem::take(&mut self.memory.reporting).into_values() {
            self.finish(command, Ok(Answer::Waits));
        }
    }
}

/// The beginning of a text, of at most so many bytes.
fn up_to(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or(0)).unwrap_or_default()
}
