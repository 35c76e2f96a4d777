//! A window of one conversation's messages: a fixed number of queries, whatever is in it.

use std::collections::HashMap;

use sealpost_protocol::{AccountId, BlobId, Timestamp};

use super::{People, Read, delivery, first_line, person};
use crate::{
    content::{
        MessageId,
        attachment::{self, About},
        markdown, mention, poll,
    },
    engine::{
        amendments::may_edit,
        files::Moving,
        present::{Present, present},
        turn::Memory,
    },
    snapshot::{
        Attachment, AttachmentKind, AttachmentState, Delivery, ItemContent, Message, Notice, Person, Poll, PollOption,
        Quote, Reaction, RefusedChange, SendFailure, Timeline, TimelineItem,
    },
    store::{
        Amendment, Conversation, FileRow, FileState, ItemKind, Own, QuotedRow, Store, StoredChange, StoredNotice,
        TimelineRow,
    },
};

/// Most items of a timeline at once.
const ITEMS_MAX: u32 = 10_000;

/// The rows of a window, oldest first, and whether there are others.
struct Window {
    rows: Vec<TimelineRow>,
    has_older: bool,
    has_newer: bool,
}

/// What is shown with the messages of a window.
struct Shown<'a> {
    at: &'a Conversation,
    me: AccountId,
    /// By the server's clock.
    now: Timestamp,
    clock_offset: i64,
    amendments: HashMap<MessageId, Vec<Amendment>>,
    quoted: HashMap<MessageId, QuotedRow>,
    files: HashMap<BlobId, FileRow>,
    moving: &'a Moving,
}

pub(super) fn timeline(
    store: Store<'_>,
    memory: &Memory,
    me: AccountId,
    conversation: &Conversation,
    limit: u32,
    around: Option<&str>,
) -> Read<Timeline> {
    let Window { rows, has_older, has_newer } = window(store, conversation, limit.min(ITEMS_MAX), around)?;
    let items = items(store, memory, (me, conversation), rows, true)?;
    let id = conversation.id;
    Ok(Timeline {
        conversation: id,
        items,
        has_older,
        restoring: memory.archiving.restores(store, id)?,
        has_newer,
        first_unread: store.first_unread(id, conversation.read_seq)?,
        last_seq: conversation.applied_seq,
    })
}

/// The items of consecutive rows of a conversation, oldest first, as `me` sees them. Without `disappearing`, what answers a
/// message that disappears does not repeat it.
pub(in crate::engine) fn items(
    store: Store<'_>,
    memory: &Memory,
    (me, at): (AccountId, &Conversation),
    rows: Vec<TimelineRow>,
    disappearing: bool,
) -> Read<Vec<TimelineItem>> {
    let (from, to) = (rows.first().map_or(0, |row| row.sort), rows.last().map_or(0, |row| row.sort));
    let id = at.id;
    let mut people: People =
        store.people_in(id, from, to)?.into_iter().map(|person| (person.account, person)).collect();
    let mut amendments: HashMap<MessageId, Vec<Amendment>> = HashMap::new();
    for amendment in store.amendments_in(id, from, to)? {
        amendments.entry(amendment.target).or_default().push(amendment);
    }
    let quoted = store.quoted_in(id, from, to)?.into_iter().filter(|quoted| disappearing || !quoted.disappears);
    let quoted = quoted.map(|quoted| (quoted.message_id, quoted)).collect();
    let (now, clock_offset) = (memory.now.saturating_add_signed(memory.clock_offset), memory.clock_offset);
    let files = store.files_in(id, from, to)?.into_iter().map(|row| (row.file.blob, row)).collect();
    let shown = Shown { at, me, now, clock_offset, amendments, quoted, files, moving: &memory.moving };
    rows.into_iter().map(|row| item(store, &shown, row, &mut people)).collect()
}

fn window(store: Store<'_>, at: &Conversation, limit: u32, around: Option<&str>) -> Read<Window> {
    let size = limit as usize;
    let place = around.map(|key| store.place(at.id, key)).transpose()?.flatten();
    let Some(place) = place else {
        let mut rows = store.newest_items(at.id, limit + 1)?;
        let has_older = rows.len() > size;
        rows.truncate(size);
        rows.reverse();
        return Ok(Window { rows, has_older, has_newer: false });
    };
    // The item itself is one more.
    let mut rows = store.items_to(at.id, place, limit + 2)?;
    let has_older = rows.len() > size + 1;
    rows.truncate(size + 1);
    rows.reverse();
    let mut newer = store.items_after(at.id, place, limit + 1)?;
    let has_newer = newer.len() > size;
    newer.truncate(size);
    rows.append(&mut newer);
    Ok(Window { rows, has_older, has_newer })
}

fn item(store: Store<'_>, shown: &Shown<'_>, row: TimelineRow, people: &mut People) -> Read<TimelineItem> {
    let (key, seq, time) = (row.key.clone(), row.seq, row.time);
    let content = match (row.kind, row.sender) {
        (ItemKind::Notice, _) | (_, None) => {
            ItemContent::Notice(notice(store, row.content.as_deref().unwrap_or_default(), people)?)
        }
        (_, Some(sender)) if row.deleted => {
            ItemContent::Deleted { sender: person(store, sender, people)?, own: row.own != Own::No }
        }
        (ItemKind::Message, Some(sender)) => {
            ItemContent::Message(Box::new(message(store, shown, row, sender, people)?))
        }
        (ItemKind::Unsupported, Some(sender)) => ItemContent::Unsupported { sender: person(store, sender, people)? },
    };
    Ok(TimelineItem { key, seq, time, content })
}

fn message(
    store: Store<'_>,
    shown: &Shown<'_>,
    row: TimelineRow,
    sender: AccountId,
    people: &mut People,
) -> Read<Message> {
    let none = Vec::new();
    let amendments = row.message_id.and_then(|id| shown.amendments.get(&id)).unwrap_or(&none);
    let asked = row.poll.as_deref().and_then(poll::Poll::from_bytes);
    let present = present(sender, asked.as_ref(), amendments);
    let mentioned = all(store, row.mentions.iter().copied(), people)?;
    let text = mention::from_wire(row.text.as_deref().unwrap_or_default(), &mentioned);
    let own = row.own != Own::No;
    let failure = row.failure.as_deref().or(present.failure).map(SendFailure::from_word);
    Ok(Message {
        sender: person(store, sender, people)?,
        own,
        body: markdown::blocks(&text, &mentioned),
        text,
        delivery: own.then(|| delivery_of(shown.at, &row, amendments, failure.is_some())),
        reply: row.reply_to.map(|id| quote(store, shown, id, people)).transpose()?,
        reactions: reactions(store, shown, &present, people)?,
        edited: row.edited,
        forwarded: row.forwarded,
        mentions_me: row.mentions_me,
        // Views count by this device's clock.
        expires: row.expires.map(|at| at.saturating_add_signed(shown.clock_offset.saturating_neg())),
        attachments: attachments(shown, row.attachments.as_deref()),
        poll: asked.map(|asked| poll_of(store, shown, asked, &present, people)).transpose()?,
        may_edit: may_edit(&row, shown.now),
        failure,
    })
}

fn attachments(shown: &Shown<'_>, kept: Option<&[u8]>) -> Vec<Attachment> {
    let kept = kept.map(attachment::from_bytes).unwrap_or_default();
    let attachment = |(blob, size, about): (BlobId, u64, About)| Attachment {
        blob,
        kind: about.kind,
        size,
        width: about.width,
        height: about.height,
        thumbhash: about.thumbhash_text(),
        duration: about.duration,
        state: state_of(shown, blob),
        name: about.name,
        content_type: about.content_type,
        waveform: about.waveform,
        description: about.description,
    };
    kept.into_iter().map(attachment).collect()
}

/// Where a file is. One that another message has taken cannot be opened here.
fn state_of(shown: &Shown<'_>, blob: BlobId) -> AttachmentState {
    let Some(row) = shown.files.get(&blob) else { return AttachmentState::Gone };
    let moved = |moving: Option<(BlobId, u64)>| moving.filter(|(moved, _)| *moved == blob).map(|(_, bytes)| bytes);
    match (row.state, moved(shown.moving.fetching)) {
        (FileState::ToUpload, _) => AttachmentState::Sending { done: moved(shown.moving.uploading).unwrap_or(0) },
        _ if row.here => AttachmentState::Here,
        (_, Some(done)) => AttachmentState::Fetching { done },
        (FileState::Gone, None) => AttachmentState::Gone,
        _ => AttachmentState::Remote,
    }
}

/// What the first file of a message is.
pub(super) fn first_kind(kept: Option<&[u8]>) -> Option<AttachmentKind> {
    attachment::from_bytes(kept?).first().map(|(_, _, about)| about.kind)
}

/// A message that is being changed waits as a new one does.
fn delivery_of(at: &Conversation, row: &TimelineRow, amendments: &[Amendment], failed: bool) -> Delivery {
    let waits = |amendment: &Amendment| amendment.own == Own::Device && amendment.seq.is_none();
    let changing = amendments.iter().any(|amendment| {
        amendment.kind == crate::store::AmendmentKind::Edit && amendment.failure.is_none() && waits(amendment)
    });
    delivery(at, row.seq.filter(|_| !changing), failed)
}

fn quote(store: Store<'_>, shown: &Shown<'_>, id: MessageId, people: &mut People) -> Read<Quote> {
    let Some(quoted) = shown.quoted.get(&id) else {
        return Ok(Quote { key: None, sender: None, text: String::new(), media: None, deleted: false });
    };
    let text = quoted.text.as_deref().filter(|_| !quoted.deleted).map(first_line).unwrap_or_default();
    let sender = quoted.sender.map(|sender| person(store, sender, people)).transpose()?;
    let media = first_kind(quoted.attachments.as_deref());
    Ok(Quote { key: Some(quoted.key.clone()), sender, text, media, deleted: quoted.deleted })
}

fn reactions(store: Store<'_>, shown: &Shown<'_>, present: &Present<'_>, people: &mut People) -> Read<Vec<Reaction>> {
    let reaction = |(emoji, accounts): &(&str, Vec<AccountId>)| {
        let own = accounts.contains(&shown.me);
        Ok(Reaction { emoji: (*emoji).to_owned(), people: all(store, accounts.iter().copied(), people)?, own })
    };
    present.reactions.iter().map(reaction).collect()
}

fn poll_of(
    store: Store<'_>,
    shown: &Shown<'_>,
    asked: poll::Poll,
    present: &Present<'_>,
    people: &mut People,
) -> Read<Poll> {
    let mut options = Vec::with_capacity(asked.options.len());
    for (number, text) in (0..).zip(asked.options) {
        let voted = present.votes.iter().filter(|(_, choices)| choices.contains(&number));
        let accounts: Vec<_> = voted.map(|(account, _)| *account).collect();
        let own = accounts.contains(&shown.me);
        options.push(PollOption { text, people: all(store, accounts.into_iter(), people)?, own });
    }
    let voters = u32::try_from(present.votes.len()).unwrap_or(u32::MAX);
    Ok(Poll { options, multiple: asked.multiple, voters })
}

fn all(store: Store<'_>, accounts: impl Iterator<Item = AccountId>, people: &mut People) -> Read<Vec<Person>> {
    accounts.map(|account| person(store, account, people)).collect()
}

fn notice(store: Store<'_>, content: &[u8], people: &mut People) -> Read<Notice> {
    let all = |accounts: Vec<_>, people: &mut People| all(store, accounts.into_iter(), people);
    Ok(match Store::read_notice(content)? {
        StoredNotice::Created { by } => Notice::Created { by: person(store, by, people)? },
        StoredNotice::Added { by, people: added } => {
            Notice::Added { by: person(store, by, people)?, people: all(added, people)? }
        }
        StoredNotice::Removed { by, people: removed } => {
            Notice::Removed { by: person(store, by, people)?, people: all(removed, people)? }
        }
        StoredNotice::Departed { person: who } => Notice::Departed { person: person(store, who, people)? },
        StoredNotice::JoinedByLink { person: who } => Notice::JoinedByLink { person: person(store, who, people)? },
        StoredNotice::Renamed { by, name } => Notice::Renamed { by: person(store, by, people)?, name },
        StoredNotice::DescriptionChanged { by } => Notice::DescriptionChanged { by: person(store, by, people)? },
        StoredNotice::PictureChanged { by } => Notice::PictureChanged { by: person(store, by, people)? },
        StoredNotice::TimerChanged { by, seconds } => Notice::TimerChanged { by: person(store, by, people)?, seconds },
        StoredNotice::AdminsChanged { by, people: changed, admin } => {
            Notice::AdminsChanged { by: person(store, by, people)?, people: all(changed, people)?, admin }
        }
        StoredNotice::PolicyChanged { by } => Notice::PolicyChanged { by: person(store, by, people)? },
        StoredNotice::NotAdded { people: refused } => Notice::NotAdded { people: all(refused, people)? },
        StoredNotice::Reset { by } => Notice::Reset { by: person(store, by, people)? },
        StoredNotice::DeviceJoined => Notice::DeviceJoined,
        StoredNotice::Missed { from, until, .. } => Notice::Missed { from, until },
        StoredNotice::Unreadable { cause } => Notice::Unreadable { cause },
        StoredNotice::Left => Notice::Left,
        StoredNotice::Stopped { cause } => Notice::Stopped { cause },
        StoredNotice::WentOn => Notice::WentOn,
        StoredNotice::OtherLog { person: who } => Notice::OtherLog { person: person(store, who, people)? },
        StoredNotice::OtherDevices { person: who } => Notice::OtherDevices { person: person(store, who, people)? },
        StoredNotice::BegunAnew { person: who } => Notice::BegunAnew { person: person(store, who, people)? },
        StoredNotice::NotDone { id, change, retry } => {
            Notice::NotDone { id: id.to_string(), change: refused(store, change, people)?, retry }
        }
    })
}

fn refused(store: Store<'_>, change: StoredChange, people: &mut People) -> Read<RefusedChange> {
    Ok(match change {
        StoredChange::Add(accounts) => RefusedChange::Add { people: all(store, accounts.into_iter(), people)? },
        StoredChange::Remove(accounts) => RefusedChange::Remove { people: all(store, accounts.into_iter(), people)? },
        StoredChange::Admin { person: who, admin } => {
            RefusedChange::Admin { person: person(store, who, people)?, admin }
        }
        StoredChange::Policy => RefusedChange::Policy,
        StoredChange::Name => RefusedChange::Name,
        StoredChange::Description => RefusedChange::Description,
        StoredChange::Picture => RefusedChange::Picture,
        StoredChange::Timer => RefusedChange::Timer,
        StoredChange::Link => RefusedChange::Link,
    })
}
