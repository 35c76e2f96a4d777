//! A socket as a client has it, in either subprotocol.

use futures::{SinkExt as _, StreamExt as _};
use sealpost_protocol::{
    Bytes, Operation, Problem, Response,
    socket::{
        ClientFrame, CloseCode, Event, PROTOCOL_VERSION, SUBPROTOCOL_CBOR, SUBPROTOCOL_JSON, ServerFrame, Welcome,
        from_cbor, to_cbor,
    },
};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{self, Message, client::IntoClientRequest as _},
};

use crate::server::TestServer;

pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    json: bool,
    next_id: u64,
    /// Events that came while an answer was awaited.
    pub events: Vec<Event>,
}

/// What ended a socket, as its client sees it.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended {
    Closed(CloseCode),
    Gone,
}

impl Socket {
    /// Opens a socket without saying hello.
    pub async fn open(server: &TestServer, subprotocol: &str, headers: &[(&str, &str)]) -> tungstenite::Result<Self> {
        let mut request = format!("ws://{}/v1/socket", server.address).into_client_request()?;
        if !subprotocol.is_empty() {
            request.headers_mut().insert("sec-websocket-protocol", subprotocol.parse().unwrap());
        }
        for (name, value) in headers {
            request
                .headers_mut()
                .insert(tungstenite::http::HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        }
        let (stream, _) = connect_async(request).await?;
        Ok(Self { stream, json: subprotocol == SUBPROTOCOL_JSON, next_id: 1, events: Vec::new() })
    }

    /// Opens a socket and says hello.
    pub async fn connect(server: &TestServer, token: &Bytes) -> Self {
        Self::connect_as(server, token, SUBPROTOCOL_CBOR).await.0
    }

    pub async fn connect_as(server: &TestServer, token: &Bytes, subprotocol: &str) -> (Self, Welcome) {
        let mut socket = Self::open(server, subprotocol, &[]).await.unwrap();
        socket.hello(token, PROTOCOL_VERSION).await;
        match socket.receive().await.unwrap() {
            ServerFrame::Welcome(welcome) => (socket, welcome),
            other => panic!("expected welcome, got {other:?}"),
        }
    }

    pub async fn hello(&mut self, token: &Bytes, version: u32) {
        self.send(&ClientFrame::Hello { token: token.clone(), version, capabilities: Vec::new() }).await;
    }

    pub async fn send(&mut self, frame: &ClientFrame) {
        let message = match self.json {
            true => Message::Text(serde_json::to_string(frame).unwrap().into()),
            false => Message::Binary(to_cbor(frame).unwrap().into()),
        };
        self.stream.send(message).await.unwrap();
    }

    pub async fn send_raw(&mut self, message: Message) {
        // The server may have closed already; the test then finds out by receiving.
        let _ = self.stream.send(message).await;
    }

    pub async fn receive(&mut self) -> Result<ServerFrame, Ended> {
        match self.stream.next().await {
            Some(Ok(Message::Text(text))) => Ok(serde_json::from_str(&text).unwrap()),
            Some(Ok(Message::Binary(bytes))) => Ok(from_cbor(&bytes).unwrap()),
            Some(Ok(Message::Close(Some(frame)))) => {
                Err(CloseCode::from_u16(frame.code.into()).map_or(Ended::Gone, Ended::Closed))
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Box::pin(self.receive()).await,
            _ => Err(Ended::Gone),
        }
    }

    /// Calls an operation; events that come first are kept.
    pub async fn call<O: Operation>(&mut self, request: O) -> Result<O::Response, Problem> {
        let id = self.next_id;
        self.next_id += 1;
        self.send(&ClientFrame::Request { id, request: request.into() }).await;
        self.answer(id).await.map(|response| O::Response::try_from(response).unwrap_or_else(|_| panic!("another type")))
    }

    pub async fn answer(&mut self, expected: u64) -> Result<Response, Problem> {
        loop {
            match self.receive().await.unwrap() {
                ServerFrame::Event { event } => self.events.push(event),
                ServerFrame::Response { id, response } if id == expected => return Ok(response),
                ServerFrame::Problem { id, problem } if id == expected => return Err(problem),
                other => panic!("expected an answer to {expected}, got {other:?}"),
            }
        }
    }

    /// The next event.
    pub async fn event(&mut self) -> Event {
        if !self.events.is_empty() {
            return self.events.remove(0);
        }
        match self.receive().await.unwrap() {
            ServerFrame::Event { event } => event,
            other => panic!("expected an event, got {other:?}"),
        }
    }

    /// Events up to and with the end of the backlog.
    pub async fn backlog(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        loop {
            match self.event().await {
                Event::BacklogDone {} => return events,
                event => events.push(event),
            }
        }
    }

    /// The first event that `choose` takes; others are dropped.
    pub async fn event_that<T>(&mut self, choose: impl Fn(Event) -> Option<T>) -> T {
        loop {
            if let Some(chosen) = choose(self.event().await) {
                return chosen;
            }
        }
    }

    /// Receives until the end; says what ended it.
    pub async fn ended(&mut self) -> Ended {
        loop {
            if let Err(ended) = self.receive().await {
                return ended;
            }
        }
    }
}
