//! `POST /v1/<operation>`: a body in, the operation's answer out, in JSON or CBOR.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{FromRequest as _, Path, Request, State, rejection::PathRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use sealpost_protocol::{
    Access, Problem, ProblemKind, account::*, activity::*, archive::*, bytes, conversation::*, device::*, link::*,
    linking::*, operation::OPERATIONS, safety::*,
};

use super::{Doors, PeerAddress, refuse};
use crate::{caller::Caller, codec::Codec};

const CBOR: &str = "application/cbor";
const JSON: &str = "application/json";

macro_rules! decode_by_name {
    ($($name:literal $request:ident -> $response:ident, $access:ident, $doc:literal;)*) => {
        fn decode(codec: Codec, name: &str, body: &[u8]) -> Result<sealpost_protocol::Request, Problem> {
            match name {
                $($name => codec.decode::<$request>(body).map(Into::into),)*
                _ => Err(unknown_operation()),
            }
        }

        fn encode(codec: Codec, response: &sealpost_protocol::Response) -> Result<Vec<u8>, Problem> {
            match response {
                $(sealpost_protocol::Response::$request(body) => codec.encode(body),)*
            }
        }
    };
}
sealpost_protocol::for_each_operation!(decode_by_name);

/// Calls an operation.
pub(super) async fn call(
    State(doors): State<Arc<Doors>>,
    PeerAddress(address): PeerAddress,
    name: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response {
    let accept = answer_codec(request.headers());
    let outcome = async {
        let Path(name) = name.map_err(|_| unknown_operation())?;
        let (codec, token) = (body_codec(request.headers())?, bearer_token(request.headers())?);
        let caller = match token {
            Some(token) => doors.app.authenticate(address, &token).await?,
            None => Caller::anonymous(address),
        };
        // Before the body is read: who may not call costs next to nothing.
        caller.require(access_of(&name)?)?;
        let body = read_body(request).await?;
        let request = decode(codec, &name, &body)?;
        // A task of its own: a client that hangs up must not stop an operation half-way, between what it wrote and whom
        // it tells.
        let app = Arc::clone(&doors.app);
        let called = doors.tasks.spawn(async move { app.call(&caller, request).await });
        let response = called.await.map_err(|_| Problem::new(ProblemKind::Internal))??;
        encode(accept, &response)
    };
    respond(accept, outcome.await)
}

/// An encoded answer, or why there is none.
pub(super) fn respond(accept: Codec, outcome: Result<Vec<u8>, Problem>) -> Response {
    match outcome {
        Ok(body) => {
            let content_type = if accept == Codec::Cbor { CBOR } else { JSON };
            ([(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, "no-store")], body).into_response()
        }
        Err(problem) => refuse(accept, &problem),
    }
}

/// Operations are posted, even those that only read: their parameters belong into no log of addresses.
pub(super) async fn wrong_method(headers: HeaderMap) -> Response {
    refuse(answer_codec(&headers), &Problem::new(ProblemKind::WrongMethod))
}

fn access_of(name: &str) -> Result<Access, Problem> {
    let known = OPERATIONS.iter().find(|(known, ..)| *known == name);
    known.map(|(_, access, _)| *access).ok_or_else(unknown_operation)
}

fn unknown_operation() -> Problem {
    Problem::new(ProblemKind::NotFound).with_detail("there is no such operation")
}

pub(super) async fn read_body(request: Request) -> Result<Bytes, Problem> {
    Bytes::from_request(request, &()).await.map_err(|rejection| {
        let too_large = rejection.status() == StatusCode::PAYLOAD_TOO_LARGE;
        Problem::new(if too_large { ProblemKind::TooLarge } else { ProblemKind::InvalidRequest })
    })
}

pub(super) fn body_codec(headers: &HeaderMap) -> Result<Codec, Problem> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return Ok(Codec::Json) };
    let essence = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    match essence.to_ascii_lowercase().as_str() {
        CBOR => Ok(Codec::Cbor),
        JSON => Ok(Codec::Json),
        _ => Err(Problem::new(ProblemKind::InvalidRequest).with_detail(format!("bodies are {JSON} or {CBOR}"))),
    }
}

pub(super) fn answer_codec(headers: &HeaderMap) -> Codec {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accept.contains(CBOR) { Codec::Cbor } else { Codec::Json }
}

/// The session's token, if the request has one.
///
/// # Errors
/// `signed-out` for a header that holds no token: a client that meant to be signed in is not.
pub(super) fn bearer_token(headers: &HeaderMap) -> Result<Option<Vec<u8>>, Problem> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let token = value.to_str().ok().and_then(|text| text.strip_prefix("Bearer ")).and_then(bytes::decode);
    token.map(Some).ok_or_else(|| Problem::new(ProblemKind::SignedOut))
}
