//! Linking: a new device and one that is signed in meet here and pass messages, which the server cannot read.

use rand::{Rng as _, RngCore as _, rngs::OsRng};
use sealpost_protocol::{
    Bytes, Problem, ProblemKind,
    account::{Done, SignedIn},
    linking::{
        LinkingApprove, LinkingFinish, LinkingJoin, LinkingJoined, LinkingMessages, LinkingOffer, LinkingOffered,
        LinkingRead, LinkingRefuse, LinkingWrite, MEETING_LASTS, MESSAGE_MAX, NUMBER_ALPHABET, NUMBER_LEN, OFFER_LASTS,
    },
};

use super::{at_most, exactly_32, problem, sessions};
use crate::{
    app::App,
    caller::{CallingDevice, hash_secret},
    store::{LinkingMet, LinkingSide, SessionKind},
};

/// So many numbers are tried before there is none free.
const TRIES_MAX: u32 = 8;

/// Keeps an offer under a number that is free.
pub(super) async fn offer(app: &App, body: LinkingOffer) -> Result<LinkingOffered, Problem> {
    exactly_32("offer", &body.offer)?;
    let (key, expires) = (random_key(), app.now().saturating_add(OFFER_LASTS));
    for _ in 0..TRIES_MAX {
        let number = random_number();
        if app.store.add_linking(&number, hash_secret(&key), &body.offer, expires).await? {
            return Ok(LinkingOffered { number, key, expires });
        }
    }
    Err(problem(ProblemKind::Unavailable).with_detail("too many devices are being linked just now"))
}

/// The first who comes gets the offer.
pub(super) async fn join(app: &App, caller: CallingDevice, body: LinkingJoin) -> Result<LinkingJoined, Problem> {
    let (key, now) = (random_key(), app.now());
    let times = (now, now.saturating_add(MEETING_LASTS));
    let who = (caller.account, caller.device);
    match app.store.join_linking(&body.number, hash_secret(&key), who, times).await? {
        LinkingMet::Done(offer) => Ok(LinkingJoined { key, offer: Bytes(offer) }),
        LinkingMet::Used => Err(problem(ProblemKind::LinkingCodeUsed)),
        LinkingMet::Expired => Err(problem(ProblemKind::LinkingCodeExpired)),
        LinkingMet::Unknown => Err(problem(ProblemKind::NotFound)),
    }
}

/// Passes a message on, once in each turn. Repeating it does nothing.
pub(super) async fn write(app: &App, body: LinkingWrite) -> Result<Done, Problem> {
    at_most("message", body.message.len(), MESSAGE_MAX)?;
    let (side, said) = side(app, &body.key).await?;
    let key = hash_secret(&body.key);
    let before = match side {
        LinkingSide::Old => said.answer,
        LinkingSide::New => said.reveal,
    };
    if before.is_some_and(|before| before == body.message) || app.store.write_linking(side, key, &body.message).await? {
        return Ok(Done {});
    }
    Err(problem(ProblemKind::NotAllowed).with_detail("it is not your turn"))
}

/// What was said so far.
pub(super) async fn read(app: &App, body: LinkingRead) -> Result<LinkingMessages, Problem> {
    Ok(side(app, &body.key).await?.1)
}

/// The last message, of the device that came.
pub(super) async fn approve(app: &App, caller: CallingDevice, body: LinkingApprove) -> Result<Done, Problem> {
    at_most("message", body.message.len(), MESSAGE_MAX)?;
    let (_, said) = side(app, &body.key).await?;
    let key = hash_secret(&body.key);
    let is_repeated = said.approval.is_some_and(|before| before == body.message);
    if is_repeated || app.store.approve_linking(key, (caller.account, caller.device), &body.message).await? {
        return Ok(Done {});
    }
    Err(problem(ProblemKind::NotAllowed).with_detail("there is nothing to approve"))
}

/// Either side has enough of it.
pub(super) async fn refuse(app: &App, body: LinkingRefuse) -> Result<Done, Problem> {
    exactly_32("key", &body.key)?;
    app.store.refuse_linking(hash_secret(&body.key)).await?;
    Ok(Done {})
}

/// A session for the new device, without a device as yet.
pub(super) async fn finish(app: &App, body: LinkingFinish) -> Result<SignedIn, Problem> {
    exactly_32("key", &body.key)?;
    let key = hash_secret(&body.key);
    let account = app.store.approved_linking(key, app.now()).await?.ok_or_else(not_met)?;
    let made = sessions::make(app, account, None, SessionKind::Linked);
    if !app.store.finish_linking(key, &made.session).await? {
        return Err(not_met());
    }
    sessions::signed_in(app, &made).await
}

async fn side(app: &App, key: &Bytes) -> Result<(LinkingSide, LinkingMessages), Problem> {
    exactly_32("key", key)?;
    app.store.linking(hash_secret(key), app.now()).await?.ok_or_else(not_met)
}

fn not_met() -> Problem {
    problem(ProblemKind::NotFound)
}

fn random_key() -> Bytes {
    let mut key = [0; 32];
    OsRng.fill_bytes(&mut key);
    key.into()
}

fn random_number() -> String {
    (0..NUMBER_LEN).map(|_| char::from(NUMBER_ALPHABET[OsRng.gen_range(0..NUMBER_ALPHABET.len())])).collect()
}
