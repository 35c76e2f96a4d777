//! The socket door: one WebSocket is one [`Session`]. Frames in, frames out; what they mean is the session's matter.
//!
//! Requests of a connection are answered one after the other, in the order in which they came, so what a client
//! pipelines keeps its order; reading pauses meanwhile, which is all the back-pressure there is and needs to be.

use std::{net::IpAddr, sync::Arc, time::Duration};

use axum::{
    extract::{
        State, WebSocketUpgrade,
        ws::{CloseFrame, Message, WebSocket},
    },
    http::{HeaderMap, header},
    response::{IntoResponse as _, Response},
};
use sealpost_protocol::{
    Problem, ProblemKind,
    socket::{
        ClientFrame, CloseCode, HEARTBEAT_SECONDS, PROTOCOL_VERSION, SUBPROTOCOL_CBOR, SUBPROTOCOL_JSON, ServerFrame,
    },
};
use serde::Deserialize;
use tokio::time::{Instant, timeout};

use crate::{
    codec::Codec,
    http::{Doors, PeerAddress, refuse},
    session::Session,
};

/// A connection must say hello within this time.
const HELLO_WITHIN: Duration = Duration::from_secs(10);
/// A connection that takes one frame for longer than this is too slow.
const SEND_WITHIN: Duration = Duration::from_secs(30);
/// A client has this long to close a connection that the server closes.
const CLOSE_WITHIN: Duration = Duration::from_secs(2);
/// Two missed pings and some delay.
const SILENCE_MAX: Duration = Duration::from_secs(HEARTBEAT_SECONDS as u64 * 2 + 15);
/// tungstenite's own buffer would cost 128 KiB a connection.
const READ_BUFFER_BYTES: usize = 4096;
/// Requests refused for their number in a row before the connection is closed.
const REFUSALS_MAX: u32 = 100;

/// `GET /v1/socket`: checks the Origin and the subprotocol, then talks frames.
pub(crate) async fn upgrade(
    State(doors): State<Arc<Doors>>,
    PeerAddress(address): PeerAddress,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !origin_is_allowed(&headers, &doors.app.config().server.allowed_origins) {
        return refuse(Codec::Json, &Problem::new(ProblemKind::NotAllowed).with_detail("this origin may not connect"));
    }
    let Ok(place) = Arc::clone(&doors.connections).try_acquire_owned() else {
        return refuse(Codec::Json, &Problem::new(ProblemKind::Unavailable).with_detail("too many connections"));
    };
    let frame_max = doors.app.config().limits.frame_bytes;
    let upgrade = upgrade
        .protocols([SUBPROTOCOL_CBOR, SUBPROTOCOL_JSON])
        .read_buffer_size(READ_BUFFER_BYTES)
        // What is a little too large is read and told so; what is far too large is not read at all.
        .max_message_size(frame_max.saturating_mul(2))
        .max_frame_size(frame_max.saturating_mul(2));
    let codec = match upgrade.selected_protocol().map(|protocol| protocol.as_bytes()) {
        Some(name) if name == SUBPROTOCOL_CBOR.as_bytes() => Codec::Cbor,
        Some(name) if name == SUBPROTOCOL_JSON.as_bytes() => Codec::Json,
        _ => {
            let detail = format!("the subprotocols are {SUBPROTOCOL_JSON} and {SUBPROTOCOL_CBOR}");
            return refuse(Codec::Json, &Problem::new(ProblemKind::InvalidRequest).with_detail(detail));
        }
    };
    let tasks = doors.tasks.clone();
    upgrade
        .on_upgrade(move |socket| {
            tasks.track_future(async move {
                Connection { socket, codec, frame_max, heard: Instant::now(), refusals: 0 }.run(&doors, address).await;
                drop(place);
            })
        })
        .into_response()
}

/// Browsers always name the origin of the page; native clients name none.
fn origin_is_allowed(headers: &HeaderMap, allowed: &[String]) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    if allowed.iter().any(|one| one == origin) {
        return true;
    }
    // A proxy may have taken the TLS off, so the scheme of the page is not known here.
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    origin.split_once("://").is_some_and(|(_, authority)| Some(authority) == host)
}

/// Why a conversation with a client is over.
enum End {
    /// The client is gone.
    Gone,
    /// The server says why.
    Close(CloseCode),
}

impl From<CloseCode> for End {
    fn from(code: CloseCode) -> Self {
        Self::Close(code)
    }
}

struct Connection {
    socket: WebSocket,
    codec: Codec,
    /// Largest frame that is taken, in bytes.
    frame_max: usize,
    heard: Instant,
    refusals: u32,
}

impl Connection {
    async fn run(mut self, doors: &Doors, address: Option<IpAddr>) {
        let Err(end) = self.converse(doors, address).await;
        if let End::Close(code) = end {
            let frame = CloseFrame { code: code as u16, reason: reason(code).into() };
            // Read on until the client has closed too: bytes that nobody reads would make the system drop the frame.
            let _ = timeout(CLOSE_WITHIN, async {
                if self.socket.send(Message::Close(Some(frame))).await.is_ok() {
                    while self.socket.recv().await.is_some_and(|received| received.is_ok()) {}
                }
            })
            .await;
        }
    }

    async fn converse(&mut self, doors: &Doors, address: Option<IpAddr>) -> Result<std::convert::Infallible, End> {
        let mut session = self.greet(doors, address).await?;
        loop {
            tokio::select! {
                frame = receive(&mut self.socket) => self.handle(&mut session, frame?).await?,
                () = session.changed() => self.deliver(&mut session).await?,
                () = doors.draining.cancelled() => return Err(CloseCode::Draining.into()),
                () = tokio::time::sleep_until(self.heard + SILENCE_MAX) => return Err(CloseCode::TooSlow.into()),
            }
        }
    }

    /// The first frame names the session; the answer is `welcome`.
    async fn greet(&mut self, doors: &Doors, address: Option<IpAddr>) -> Result<Session, End> {
        let frame = timeout(HELLO_WITHIN, receive(&mut self.socket)).await.map_err(|_| CloseCode::TooSlow)??;
        let hello = self.codec.decode(&self.payload(frame)?);
        let Ok(ClientFrame::Hello { token, version, .. }) = hello else {
            return Err(CloseCode::BadFrame.into());
        };
        if version != PROTOCOL_VERSION {
            return Err(CloseCode::Version.into());
        }
        let session = Session::open(&doors.app, address, &token).await.map_err(|problem| match problem.kind() {
            ProblemKind::SignedOut => CloseCode::SignedOut,
            ProblemKind::DeviceRevoked => CloseCode::DeviceRevoked,
            ProblemKind::RateLimited => CloseCode::RateLimited,
            _ => CloseCode::Overloaded,
        })?;
        self.send(&ServerFrame::Welcome(session.welcome())).await?;
        Ok(session)
    }

    async fn handle(&mut self, session: &mut Session, message: Message) -> Result<(), End> {
        self.heard = Instant::now();
        if matches!(message, Message::Ping(_) | Message::Pong(_)) {
            return Ok(());
        }
        session.keep_alive().await?;
        let payload = self.payload(message)?;
        let frame = match self.codec.decode(&payload) {
            Ok(frame) => frame,
            Err(problem) => return self.answer_unreadable(&payload, problem).await,
        };
        match frame {
            ClientFrame::Request { id, request } => {
                let outcome = session.request(request).await;
                self.count_refusals(&outcome)?;
                self.send(&match outcome {
                    Ok(response) => ServerFrame::Response { id, response },
                    Err(problem) => ServerFrame::Problem { id, problem },
                })
                .await
            }
            ClientFrame::Ping {} => self.send(&ServerFrame::Pong {}).await,
            ClientFrame::Hello { .. } => Err(CloseCode::BadFrame.into()),
        }
    }

    /// A request whose id can be read is answered, so that one bad request does not cost the connection.
    async fn answer_unreadable(&mut self, payload: &[u8], problem: Problem) -> Result<(), End> {
        #[derive(Deserialize)]
        struct Numbered {
            frame: String,
            id: u64,
        }
        match self.codec.decode(payload) {
            Ok(Numbered { frame, id }) if frame == "request" => self.send(&ServerFrame::Problem { id, problem }).await,
            _ => Err(CloseCode::BadFrame.into()),
        }
    }

    fn count_refusals<T>(&mut self, outcome: &Result<T, Problem>) -> Result<(), CloseCode> {
        let refused = outcome.as_ref().is_err_and(|problem| problem.kind() == ProblemKind::RateLimited);
        self.refusals = if refused { self.refusals + 1 } else { 0 };
        if self.refusals > REFUSALS_MAX { Err(CloseCode::RateLimited) } else { Ok(()) }
    }

    async fn deliver(&mut self, session: &mut Session) -> Result<(), End> {
        for event in session.next_events().await? {
            self.send(&ServerFrame::Event { event }).await?;
        }
        Ok(())
    }

    fn payload(&self, message: Message) -> Result<Vec<u8>, CloseCode> {
        let bytes: Vec<u8> = match (self.codec, message) {
            (Codec::Json, Message::Text(text)) => text.as_bytes().to_vec(),
            (Codec::Cbor, Message::Binary(bytes)) => bytes.into(),
            _ => return Err(CloseCode::BadFrame),
        };
        if bytes.len() > self.frame_max { Err(CloseCode::TooLarge) } else { Ok(bytes) }
    }

    async fn send(&mut self, frame: &ServerFrame) -> Result<(), End> {
        let bytes = self.codec.encode(frame).map_err(|_| CloseCode::Overloaded)?;
        let message = match self.codec {
            Codec::Json => Message::Text(String::from_utf8(bytes).map_err(|_| CloseCode::Overloaded)?.into()),
            Codec::Cbor => Message::Binary(bytes.into()),
        };
        match timeout(SEND_WITHIN, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => Err(CloseCode::TooSlow.into()),
        }
    }
}

async fn receive(socket: &mut WebSocket) -> Result<Message, End> {
    use tokio_tungstenite::tungstenite::{Error, error::CapacityError};
    match socket.recv().await {
        None | Some(Ok(Message::Close(_))) => Err(End::Gone),
        Some(Ok(message)) => Ok(message),
        Some(Err(error)) => match error.into_inner().downcast_ref() {
            Some(Error::Capacity(CapacityError::MessageTooLong { .. })) => Err(CloseCode::TooLarge.into()),
            Some(Error::Utf8(_)) => Err(CloseCode::BadFrame.into()),
            _ => Err(End::Gone),
        },
    }
}

fn reason(code: CloseCode) -> &'static str {
    match code {
        CloseCode::Draining => "the server restarts, come back in a moment",
        CloseCode::Overloaded => "the server is overloaded, come back later",
        CloseCode::BadFrame => "a frame could not be read",
        CloseCode::SignedOut => "signed out",
        CloseCode::DeviceRevoked => "this device was removed",
        CloseCode::Version => "this protocol version is not spoken here",
        CloseCode::TooSlow => "too slow or silent",
        CloseCode::TooLarge => "a frame was too large",
        CloseCode::RateLimited => "too many requests",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn allowed(origin: Option<&str>, host: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        origin_is_allowed(&headers, &["https://www.example".to_owned()])
    }

    #[test]
    fn only_own_and_configured_origins_may_connect() {
        assert!(allowed(None, "chat.example"), "native clients have no origin");
        assert!(allowed(Some("https://chat.example"), "chat.example"));
        assert!(allowed(Some("http://localhost:8080"), "localhost:8080"));
        assert!(allowed(Some("https://www.example"), "chat.example"));
        assert!(!allowed(Some("https://evil.example"), "chat.example"));
        assert!(!allowed(Some("http://localhost:8081"), "localhost:8080"));
        assert!(!allowed(Some("null"), "chat.example"));
        assert!(!allowed(Some("https://www.example.evil"), "chat.example"));
    }
}
