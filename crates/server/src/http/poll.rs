//! `POST /v1/poll/open` and `POST /v1/poll/next`: what a socket would bring, for clients whose sockets are blocked.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::HeaderMap,
    response::Response,
};
use sealpost_protocol::{Problem, ProblemKind, poll::PollNext};

use super::{
    Doors, PeerAddress,
    operation::{answer_codec, bearer_token, body_codec, read_body, respond},
};
use crate::{caller::hash_secret, session::Session};

/// Opens a poll for the session, in place of the one that it had.
pub(super) async fn open(
    State(doors): State<Arc<Doors>>,
    PeerAddress(address): PeerAddress,
    headers: HeaderMap,
) -> Response {
    let accept = answer_codec(&headers);
    let outcome = async {
        let token = bearer_token(&headers)?.ok_or_else(|| Problem::new(ProblemKind::SignedOut))?;
        if doors.draining.is_cancelled() {
            return Err(Problem::new(ProblemKind::Unavailable));
        }
        let place = Arc::clone(&doors.connections).try_acquire_owned();
        let place = place.map_err(|_| Problem::new(ProblemKind::Unavailable).with_detail("too many connections"))?;
        let caller = doors.app.authenticate(address, &token).await?;
        doors.app.count_request(&caller)?;
        let session = Session::open(&doors.app, address, &token).await?;
        let token_hash = hash_secret(&token);
        let opened = doors.polls.open(session, token_hash, place);
        let body = accept.encode(&opened);
        let watching = Arc::clone(&doors);
        doors.tasks.spawn(async move { watching.polls.watch(token_hash, &opened, &watching.draining).await });
        body
    };
    respond(accept, outcome.await)
}

/// The next batch of the session's poll.
pub(super) async fn next(
    State(doors): State<Arc<Doors>>,
    PeerAddress(address): PeerAddress,
    request: Request,
) -> Response {
    let accept = answer_codec(request.headers());
    let outcome = async {
        let codec = body_codec(request.headers())?;
        let token = bearer_token(request.headers())?.ok_or_else(|| Problem::new(ProblemKind::SignedOut))?;
        let caller = doors.app.authenticate(address, &token).await?;
        doors.app.count_request(&caller)?;
        let ask: PollNext = codec.decode(&read_body(request).await?)?;
        let token_hash = hash_secret(&token);
        // A task of its own: a client that hangs up must not stop it between what it took and what it keeps.
        let asked = Arc::clone(&doors);
        let asking = doors.tasks.spawn(async move { asked.polls.next(token_hash, &ask, &asked.draining).await });
        accept.encode(&asking.await.map_err(|_| Problem::new(ProblemKind::Internal))??)
    };
    respond(accept, outcome.await)
}
