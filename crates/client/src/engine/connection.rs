//! The connection: when to connect, what to ask once there is one, and what the server pushes.

use sealpost_protocol::{
    ConversationId, Timestamp,
    socket::{self, CloseCode, Kept, Welcome},
};

use super::{
    Effect, RequestFailure, Result, TimerId,
    turn::{Due, Memory, Turn},
};
use crate::{
    command::{Answer, Failure},
    snapshot::{self, SnapshotKey},
    store::{Phase, Session},
};

/// First and longest wait before connecting again, in milliseconds; the actual one is random below it.
const RECONNECT_FIRST: u64 = 500;
const RECONNECT_LONGEST: u64 = 30_000;
/// How often what is done once in a while is looked for, in milliseconds.
const MAINTENANCE_EVERY: u64 = 10 * 60 * 1000;
/// How soon after connecting, in milliseconds.
const FIRST_SWEEP: u64 = 20_000;
/// How long the server has to push what it said that it has before it is asked for, in milliseconds.
const PUSH_PATIENCE: u64 = 1_000;
/// In how many conversations others' cursors are asked for after connecting.
const CURSORS_ASKED: u32 = 20;
/// Of how many people names and pictures are asked for again after connecting.
const REFRESHED: u32 = 100;

/// How the socket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Link {
    /// Not wanted.
    #[default]
    Idle,
    /// Asked for.
    Connecting,
    /// There, and the server sends what waited.
    CatchingUp,
    /// There, and everything that waited is here.
    Online,
    /// Asked to end.
    Closing,
    /// Lost; the reconnect timer runs.
    Waiting,
    /// The server speaks another version.
    UpdateNeeded,
}

impl Link {
    fn is_open(self) -> bool {
        matches!(self, Self::Connecting | Self::CatchingUp | Self::Online)
    }

    pub(super) fn shown(self) -> snapshot::Connection {
        match self {
            Self::Idle | Self::Connecting => snapshot::Connection::Connecting,
            Self::CatchingUp => snapshot::Connection::CatchingUp,
            Self::Online => snapshot::Connection::Online,
            Self::Closing | Self::Waiting => snapshot::Connection::Offline,
            Self::UpdateNeeded => snapshot::Connection::UpdateNeeded,
        }
    }
}

fn reconnect_limit(attempt: u32) -> u64 {
    RECONNECT_FIRST.saturating_mul(1 << attempt.min(10)).min(RECONNECT_LONGEST)
}

impl Memory {
    /// What a memory that was emptied after a failure has to keep, and how the engine comes back.
    pub(super) fn resume(&mut self, lost: &Self, now: Timestamp) -> Vec<Effect> {
        self.next_request = lost.next_request;
        self.clock_offset = lost.clock_offset;
        self.clocks_compared = lost.clocks_compared;
        self.attempt = lost.attempt + 1;
        self.activity.looking = lost.activity.looking;
        // The timer is set even though the end of the socket sets it again: that event may not come, or fail as well.
        self.link = Link::Waiting;
        let again = Effect::Timer { id: TimerId::Reconnect, at: now + reconnect_limit(self.attempt) };
        let changed = Effect::Changed(vec![SnapshotKey::Connection]);
        let socket = lost.link.is_open() || lost.link == Link::Closing;
        socket.then_some(Effect::Disconnect).into_iter().chain([again, changed]).collect()
    }
}

impl Turn<'_> {
    pub(super) fn is_connected(&self) -> bool {
        matches!(self.memory.link, Link::CatchingUp | Link::Online)
    }

    fn set_link(&mut self, link: Link) {
        self.memory.link = link;
        self.changed.insert(SnapshotKey::Connection);
    }

    /// The session that is in use, if someone is signed in.
    pub(super) fn session(&self) -> Result<Option<Session>> {
        Ok(self.store.session()?.filter(|session| !session.ended))
    }

    pub(super) fn started(&mut self) -> Result<()> {
        self.changed.extend([SnapshotKey::Session, SnapshotKey::Connection, SnapshotKey::Conversations]);
        self.finish_signing_out()?;
        self.name_messages()?;
        self.recall_clock()
    }

    pub(super) fn connect_if_idle(&mut self, session: &Session) -> Result<()> {
        if self.memory.link == Link::Idle {
            self.set_link(Link::Connecting);
            self.effects.push(Effect::Connect { token: session.token.clone().into() });
        }
        Ok(())
    }

    pub(super) fn connected(&mut self, welcome: &Welcome) -> Result<()> {
        if self.memory.link != Link::Connecting {
            return Ok(());
        }
        self.set_link(Link::CatchingUp);
        if let Some(Kept { days, device_days }) = welcome.kept {
            self.store.set_kept((days, device_days))?;
            self.changed.insert(SnapshotKey::Settings);
        }
        self.memory.clock_offset = welcome.server_time.cast_signed().saturating_sub(self.now.cast_signed());
        self.memory.due = Due {
            archive: true,
            devices: true,
            passkeys: self.memory.due.passkeys,
            own_list: true,
            erasures: true,
            inbox: false,
            list: true,
            names: true,
            pictures: true,
            presence: true,
            profile: true,
            reports: true,
            settings: true,
            stored: true,
            told_lists: true,
            vault_read: true,
            vault_write: true,
        };
        self.archive_begins();
        self.clocks_compared()?;
        // The server may know less of it by now.
        self.memory.own_list = None;
        self.memory.key_packages_left = None;
        self.memory.inbox_told = 0;
        self.memory.asked.clear();
        self.memory.unreadable.clear();
        self.memory.vault_batch = None;
        self.memory.vault_refused.clear();
        self.memory.stale.extend(self.store.longest_unrefreshed(REFRESHED)?);
        for account in self.store.verified_people()? {
            self.make_sure_of(account)?;
        }
        self.memory.held.clear();
        self.memory.behind.clear();
        self.memory.states_retried.clear();
        self.memory.early_statements.clear();
        self.memory.resets.clear();
        self.memory.resets_allowed.clear();
        self.memory.forks_told.clear();
        self.memory.resets_refused.clear();
        self.memory.lost_told.clear();
        self.memory.attention.extend(self.store.unfinished()?);
        // Timers of the connection before may be lost with what set them.
        self.memory.maintenance = None;
        self.memory.sweep = self.now;
        self.activity_begins()?;
        self.maintain_at(self.now + FIRST_SWEEP);
        Ok(())
    }

    pub(super) fn disconnected(&mut self, code: Option<CloseCode>) -> Result<()> {
        let was = self.memory.link;
        let next = if self.session()?.is_none() {
            Link::Idle
        } else if code == Some(CloseCode::Version) {
            Link::UpdateNeeded
        } else {
            Link::Waiting
        };
        self.set_link(next);
        self.lose_socket_requests()?;
        self.sign_out_after_vault(false)?;
        self.activity_ends();
        self.reports_wait();
        for id in std::mem::take(&mut self.memory.creating)
            .into_iter()
            .flat_map(|(conversation, ids)| ids.into_iter().map(move |id| (id, conversation)))
        {
            // The conversation is here and is made as soon as there is a connection.
            self.finish(id.0, Ok(Answer::Conversation { conversation: id.1 }));
        }
        if matches!(code, Some(CloseCode::SignedOut | CloseCode::DeviceRevoked)) && was != Link::Closing {
            return self.session_ended();
        }
        if next == Link::Waiting {
            let busy = matches!(code, Some(CloseCode::Overloaded | CloseCode::RateLimited));
            let limit = reconnect_limit(self.memory.attempt + if busy { 4 } else { 0 });
            let at = self.now + self.jitter(limit);
            self.memory.attempt += 1;
            self.set_timer(TimerId::Reconnect, at);
        }
        Ok(())
    }

    fn lose_socket_requests(&mut self) -> Result<()> {
        let lost: Vec<_> = self.memory.open.iter().filter(|(_, open)| open.on_socket).map(|(id, _)| *id).collect();
        for id in lost {
            if let Some(open) = self.memory.open.remove(&id) {
                self.answered(open.purpose, Err(RequestFailure::Lost))?;
            }
        }
        Ok(())
    }

    pub(super) fn fired(&mut self, timer: TimerId) -> Result<()> {
        match timer {
            TimerId::Reconnect if self.memory.link == Link::Waiting => self.memory.link = Link::Idle,
            TimerId::Reconnect => {}
            TimerId::Cursors => self.memory.due.stored = true,
            TimerId::Retry => self.retry_due(),
            TimerId::Activity => self.activity_due()?,
            TimerId::Expiry => self.expire_due()?,
            TimerId::Archive => self.archive_due(),
            TimerId::Linking => self.linking_due()?,
            TimerId::Maintenance => {
                self.memory.maintenance = None;
                self.maintain()?;
            }
        }
        Ok(())
    }

    /// Makes the maintenance timer fire at `at` at the latest.
    pub(super) fn maintain_at(&mut self, at: Timestamp) {
        if self.memory.maintenance.is_none_or(|set| at < set) {
            self.memory.maintenance = Some(at);
            self.set_timer(TimerId::Maintenance, at);
        }
    }

    /// What waits for a time that is far off now is due at once: waiting for it would stall what it is for.
    pub(super) fn clock_set_back(&mut self) {
        let now = self.now;
        let held = self.memory.held.values_mut().chain(self.memory.absent.values_mut());
        held.for_each(|held| held.until = held.until.min(now));
        self.memory.active.values_mut().for_each(|active| *active = now.min(*active));
        self.memory.wake = self.memory.wake.iter().map(|(at, id)| (now.min(*at), *id)).collect();
        self.memory.sweep = self.memory.sweep.min(now);
        self.memory.maintenance = None;
        self.archive_clock_set_back();
        self.maintain_at(now);
        self.set_timer(TimerId::Retry, now);
        self.memory.expiry = None;
        self.set_timer(TimerId::Expiry, now);
        if self.memory.link == Link::Waiting {
            self.set_timer(TimerId::Reconnect, now);
        }
    }

    /// Looks at a conversation at `at`.
    pub(super) fn wake_at(&mut self, conversation: ConversationId, at: Timestamp) {
        self.memory.wake.insert((at, conversation));
        self.maintain_at(at);
    }

    /// Looks for what is done once in a while, and for what the server has and did not push.
    fn maintain(&mut self) -> Result<()> {
        if !self.is_connected() {
            return Ok(());
        }
        self.pull_missing()?;
        if self.now >= self.memory.sweep {
            self.memory.attention.extend(self.store.in_phase(Phase::Joined)?);
            self.memory.sweep = self.now + MAINTENANCE_EVERY;
        }
        let now = self.now;
        let due: Vec<_> = self.memory.wake.iter().filter(|(at, _)| *at <= now).map(|(_, id)| *id).collect();
        self.memory.wake.retain(|(at, _)| *at > now);
        self.memory.attention.extend(due);
        let next = self.memory.wake.first().map_or(u64::MAX, |(at, _)| *at).min(self.memory.sweep);
        self.maintain_at(next);
        Ok(())
    }

    /// The server should push more soon; if it does not, it is asked.
    pub(super) fn expect_push(&mut self) {
        self.maintain_at(self.now + PUSH_PATIENCE);
    }

    fn pull_missing(&mut self) -> Result<()> {
        let missing = self.store.lagging()?;
        self.memory.attention.extend(&missing);
        self.memory.behind.extend(missing);
        Ok(())
    }

    pub(super) fn pushed(&mut self, event: socket::Event) -> Result<()> {
        if !self.is_connected() {
            return Ok(());
        }
        match event {
            socket::Event::Entries(window) => self.take_window(window),
            socket::Event::Inbox(inbox) => self.take_inbox(inbox),
            socket::Event::Cursors(cursors) => self.take_cursors(&cursors),
            socket::Event::Conversation(summary) => self.learn(&summary),
            socket::Event::BacklogDone {} => self.backlog_done(),
            socket::Event::VaultChanged { version } => self.vault_changed(version),
            socket::Event::ArchiveChanged { version } => self.archive_changed(version),
            socket::Event::Typing(typing) => self.someone_types(&typing),
            socket::Event::Presence(presence) => self.presence_changed(&presence),
            socket::Event::Erased { conversation, seq } => self.entry_erased(conversation, seq),
            socket::Event::Leaving { conversation, statement } => self.someone_leaves(conversation, &statement),
            socket::Event::JoinRequests { conversation } => self.join_requests_changed(conversation),
            socket::Event::SettingsChanged(settings) => self.settings_changed(&settings),
            socket::Event::ProfileChanged { account } => self.profile_changed(account),
            // Lists of others are read when their certificates are checked against them.
            socket::Event::DeviceListChanged { account, .. } => {
                self.memory.due.own_list |= account == self.me()?;
                Ok(())
            }
        }
    }

    fn backlog_done(&mut self) -> Result<()> {
        self.set_link(Link::Online);
        self.memory.attempt = 0;
        self.pull_missing()?;
        self.join_requests_due()?;
        let expected = self.store.in_phase(Phase::Expected)?;
        self.memory.due.inbox |= !expected.is_empty();
        let wanted = self.store.unread_by_others(CURSORS_ASKED)?;
        self.memory.attention.extend(&wanted);
        self.memory.cursors_wanted.extend(wanted);
        Ok(())
    }

    pub(super) fn network_changed(&mut self, online: bool) -> Result<std::result::Result<Answer, Failure>> {
        if online {
            self.memory.attempt = 0;
            // What waits is due now; forgetting it would leave it undone.
            let now = self.now;
            self.memory.held.values_mut().for_each(|held| held.until = now);
            self.retry_due();
            if self.memory.link == Link::Waiting {
                self.memory.link = Link::Idle;
            }
        }
        Ok(Ok(Answer::Done))
    }

    /// Closes the socket, if there is one.
    pub(super) fn disconnect(&mut self) {
        if self.memory.link.is_open() {
            self.set_link(Link::Closing);
            self.effects.push(Effect::Disconnect);
        }
    }
}
