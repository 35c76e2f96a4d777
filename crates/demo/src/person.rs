//! Someone at a real client, with a database in memory.

use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use rand::Rng;
use sealpost_client::{
    Client, ClientOptions, DatabaseLocation, EngineConfig,
    command::{Answer, Command, Failure},
    snapshot::{Delivery, ItemContent, Session, Snapshot, SnapshotKey, TimelineItem},
};
use sealpost_protocol::{AccountId, ClientId, ConversationId};

use crate::PASSWORD;

/// How long one thing may take to come about.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long one message is written.
const TYPING: Duration = Duration::from_millis(1500);
/// How long to wait before the server is tried again while it starts.
const PAUSE: Duration = Duration::from_millis(300);

pub struct Person {
    client: Client,
    pub account: AccountId,
}

impl Person {
    /// Signs up, or signs in if the demonstration was prepared before: gives whether the account is new.
    ///
    /// # Errors
    /// When the server does not come up or refuses.
    pub async fn arrives(server_url: &str, username: &str, display_name: &str) -> Result<(Self, bool)> {
        let engine = EngineConfig { any_password: true, ..EngineConfig::default() };
        let options = ClientOptions { server_url: server_url.to_owned(), database: DatabaseLocation::Memory, engine };
        let client = Client::open(options).await?;
        let sign_up = || Command::SignUp {
            username: username.to_owned(),
            display_name: display_name.to_owned(),
            password: PASSWORD.to_owned(),
            invite: None,
        };
        let trying = async {
            loop {
                match client.command(sign_up()).await {
                    Err(failure) if failure.kind == "offline" => tokio::time::sleep(PAUSE).await,
                    outcome => return outcome,
                }
            }
        };
        let new = match tokio::time::timeout(PATIENCE, trying).await? {
            Ok(_) => true,
            Err(failure) if failure.kind == "username-taken" => {
                let sign_in = Command::SignIn { username: username.to_owned(), password: PASSWORD.to_owned() };
                client.command(sign_in).await.map_err(|failure| failed(&failure))?;
                false
            }
            Err(failure) => return Err(failed(&failure)),
        };
        let Snapshot::Session(Session::SignedIn { me, recovery_code, .. }) =
            snapshot(&client, SnapshotKey::Session).await?
        else {
            bail!("{username} is not signed in");
        };
        let person = Self { client, account: me.account };
        if let Some(code) = recovery_code {
            person.does(Command::ConfirmRecoveryCode { code }).await?;
        }
        Ok((person, new))
    }

    /// The group with this name, once this device has joined it.
    pub async fn finds_group(&self, name: &str) -> Result<ConversationId> {
        let mut changes = self.client.changes();
        let waiting = async {
            loop {
                let Snapshot::Conversations(list) = snapshot(&self.client, SnapshotKey::Conversations).await? else {
                    bail!("there is no list");
                };
                if let Some(row) = list.rows.iter().find(|row| row.name == name && !row.joining) {
                    return Ok(row.conversation);
                }
                changes.next().await.ok_or_else(|| anyhow!("the client has stopped"))?;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await?
    }

    /// Gives a command.
    ///
    /// # Errors
    /// When it fails or does not end.
    pub async fn does(&self, command: Command) -> Result<Answer> {
        tokio::time::timeout(PATIENCE, self.client.command(command)).await?.map_err(|failure| failed(&failure))
    }

    /// Opens the direct chat with someone.
    pub async fn direct(&self, other: &Self) -> Result<ConversationId> {
        conversation(self.does(Command::StartDirect { account: other.account }).await?)
    }

    /// Makes a group.
    pub async fn group(&self, name: &str, others: &[&Self]) -> Result<ConversationId> {
        let members = others.iter().map(|other| other.account).collect();
        conversation(self.does(Command::CreateGroup { name: name.to_owned(), members }).await?)
    }

    /// Writes a message, in answer to another if `reply_to` names one; gives its key once the server has it.
    pub async fn says(&self, at: ConversationId, text: &str, reply_to: Option<&str>) -> Result<String> {
        self.types(at).await?;
        let id = ClientId(rand::thread_rng().r#gen());
        let reply_to = reply_to.map(str::to_owned);
        self.does(Command::SendText { conversation: at, id, text: text.to_owned(), reply_to }).await?;
        self.sent(at, id).await
    }

    /// Types for a moment, as people do.
    async fn types(&self, conversation: ConversationId) -> Result<()> {
        self.does(Command::SetTyping { conversation, typing: true }).await?;
        tokio::time::sleep(TYPING).await;
        Ok(())
    }

    /// Asks something; gives the poll's key once the server has it.
    pub async fn asks(&self, at: ConversationId, question: &str, options: &[&str]) -> Result<String> {
        let id = ClientId(rand::thread_rng().r#gen());
        let (question, options) = (question.to_owned(), options.iter().map(|&option| option.to_owned()).collect());
        self.does(Command::SendPoll { conversation: at, id, question, options, multiple: true }).await?;
        self.sent(at, id).await
    }

    async fn sent(&self, at: ConversationId, id: ClientId) -> Result<String> {
        let key = id.to_string();
        let is_sent = |item: &TimelineItem| {
            item.key == key
                && matches!(&item.content, ItemContent::Message(message)
                    if !matches!(message.delivery, Some(Delivery::Pending | Delivery::Failed) | None))
        };
        self.until(at, is_sent).await?;
        Ok(key)
    }

    /// Waits until a message is here.
    pub async fn sees(&self, at: ConversationId, key: &str) -> Result<()> {
        self.until(at, |item| item.key == key).await
    }

    /// Has read everything that is here.
    pub async fn reads(&self, conversation: ConversationId) -> Result<()> {
        let Snapshot::Timeline(timeline) = snapshot(&self.client, SnapshotKey::newest(conversation, 1)).await? else {
            bail!("there is no timeline");
        };
        self.does(Command::MarkRead { conversation, seq: timeline.last_seq }).await.map(drop)
    }

    /// Reacts with an emoji.
    pub async fn reacts(&self, conversation: ConversationId, key: &str, emoji: &str) -> Result<()> {
        self.sees(conversation, key).await?;
        let (key, emoji) = (key.to_owned(), emoji.to_owned());
        self.does(Command::React { conversation, key, emoji, add: true }).await.map(drop)
    }

    /// Waits until an item of a conversation is as wanted.
    async fn until(&self, at: ConversationId, wanted: impl Fn(&TimelineItem) -> bool) -> Result<()> {
        let mut changes = self.client.changes();
        let waiting = async {
            loop {
                let shown = snapshot(&self.client, SnapshotKey::newest(at, 200)).await?;
                if matches!(shown, Snapshot::Timeline(timeline) if timeline.items.iter().any(&wanted)) {
                    return Ok(());
                }
                changes.next().await.ok_or_else(|| anyhow!("the client has stopped"))?;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await?
    }
}

async fn snapshot(client: &Client, key: SnapshotKey) -> Result<Snapshot> {
    client.snapshot(key).await.map_err(|failure| failed(&failure))
}

fn conversation(answer: Answer) -> Result<ConversationId> {
    match answer {
        Answer::Conversation { conversation } => Ok(conversation),
        _ => bail!("there is no conversation"),
    }
}

fn failed(failure: &Failure) -> anyhow::Error {
    anyhow!("{}: {}", failure.kind, failure.detail)
}
