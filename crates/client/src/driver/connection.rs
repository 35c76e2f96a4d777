//! One connection to the server, from hello to close: frames to and from bytes, heartbeat, silence. Where sockets cannot
//! be opened it goes by long polling.
//!
//! Reading and writing never wait for each other, so a server that stops reading while it writes blocks nothing for good.

use std::time::Duration;

use futures::future::{Either, select};
use sealpost_protocol::{
    Bytes,
    poll::PollOpened,
    socket::{ClientFrame, CloseCode, PROTOCOL_VERSION, SUBPROTOCOL_CBOR, ServerFrame, Welcome, from_cbor, to_cbor},
};
use tokio::sync::mpsc;

use super::{poll::Poller, route::Route};
use crate::platform::{self, SocketInput, SocketReceiver, SocketSender};

/// Longest time from the beginning to the server's welcome.
const WELCOME_TIMEOUT: Duration = Duration::from_secs(15);
/// Longest silence, in heartbeats; a server answers each.
const SILENT_HEARTBEATS: u32 = 2;
/// Longest time for saying goodbye.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// What became of a connection.
#[derive(Debug)]
pub(super) enum News {
    /// The server welcomed us.
    Welcome(Welcome),
    /// A frame came, other than a welcome or an answer to a ping.
    Frame(ServerFrame),
    /// It is over; nothing follows.
    Closed(Option<CloseCode>),
}

/// To where a connection goes, and what is known of the ways there.
pub(super) struct Way {
    pub socket_url: String,
    pub poller: Poller,
    pub route: Route,
}

/// What a connection goes over.
enum Opened {
    Socket(SocketSender, SocketReceiver, Welcome),
    Poll(PollOpened),
}

/// Runs a connection until it ends or until `outgoing` does. `news` ends with [`News::Closed`], unless nobody takes it.
pub(super) async fn run(way: Way, mut outgoing: mpsc::Receiver<ClientFrame>, news: mpsc::Sender<News>) {
    // Who asked may have changed their mind: then nobody takes news, and there is no need to give any.
    let opening = Box::pin(open(&way));
    let code = match select(opening, Box::pin(news.closed())).await {
        Either::Left((Ok(Opened::Socket(sender, receiver, welcome)), _)) => {
            over_socket((sender, receiver, welcome), &mut outgoing, &news).await
        }
        Either::Left((Ok(Opened::Poll(opened)), _)) => over_polls(&way, opened, &mut outgoing, &news).await,
        Either::Left((Err(code), _)) => code,
        Either::Right(_) => None,
    };
    let _ = news.send(News::Closed(code)).await;
}

/// Opens a socket, or a poll where that is known to be the way.
async fn open(way: &Way) -> Result<Opened, Option<CloseCode>> {
    if way.route.polls_first(platform::now()) {
        match way.poller.open().await {
            Ok(opened) => return Ok(Opened::Poll(opened)),
            Err(None) => way.route.polling_fails(),
            Err(code) => return Err(code),
        }
    }
    match try_socket(way).await {
        Ok((sender, receiver, welcome)) => {
            way.route.socket_works();
            Ok(Opened::Socket(sender, receiver, welcome))
        }
        // What the server itself says holds for every way to it.
        Err(Some(code)) => Err(Some(code)),
        Err(None) if way.route.socket_fails() => way.poller.open().await.map(Opened::Poll),
        Err(None) => Err(None),
    }
}

/// Opens a socket and says hello, within a time.
async fn try_socket(way: &Way) -> Result<Connected, Option<CloseCode>> {
    let connecting = Box::pin(hello(&way.socket_url, way.poller.token.clone()));
    match select(connecting, Box::pin(platform::sleep(WELCOME_TIMEOUT))).await {
        Either::Left((connected, _)) => connected,
        Either::Right(_) => Err(None),
    }
}

/// Runs a connection over a socket that was welcomed.
async fn over_socket(
    (mut sender, mut receiver, welcome): Connected,
    outgoing: &mut mpsc::Receiver<ClientFrame>,
    news: &mpsc::Sender<News>,
) -> Option<CloseCode> {
    let heartbeat = Duration::from_secs(welcome.heartbeat_seconds.max(1).into());
    let _ = news.send(News::Welcome(welcome)).await;
    let reading = Box::pin(read(&mut receiver, news, heartbeat));
    let writing = Box::pin(write(&mut sender, outgoing, heartbeat));
    let code = match select(reading, writing).await {
        Either::Left((code, _)) => code,
        Either::Right(((), _)) => None,
    };
    select(Box::pin(sender.close()), Box::pin(platform::sleep(CLOSE_TIMEOUT))).await;
    code
}

/// Runs a connection by long polling, until it ends or a socket can be opened again.
async fn over_polls(
    way: &Way,
    opened: PollOpened,
    outgoing: &mut mpsc::Receiver<ClientFrame>,
    news: &mpsc::Sender<News>,
) -> Option<CloseCode> {
    tracing::info!("Sockets to the server cannot be opened: polling it instead");
    let _ = news.send(News::Welcome(opened.welcome)).await;
    let polling = Box::pin(way.poller.run(opened.poll, outgoing, news));
    match select(polling, Box::pin(until_a_socket_opens(way))).await {
        Either::Left((code, _)) => code,
        Either::Right(((), _)) => None,
    }
}

/// Tries a socket once in a while. The next connection goes over one as soon as that works.
async fn until_a_socket_opens(way: &Way) {
    loop {
        platform::sleep(way.route.polling_works(platform::now())).await;
        if try_socket(way).await.is_ok() {
            return way.route.socket_works();
        }
    }
}

type Connected = (SocketSender, SocketReceiver, Welcome);

/// Opens the socket, says hello and waits for the welcome.
async fn hello(socket_url: &str, token: Bytes) -> Result<Connected, Option<CloseCode>> {
    let (mut sender, mut receiver) = platform::connect(socket_url, SUBPROTOCOL_CBOR).await.map_err(|_| None)?;
    let hello = ClientFrame::Hello { token, version: PROTOCOL_VERSION, capabilities: Vec::new() };
    sender.send(to_cbor(&hello).map_err(|_| None)?).await.map_err(|_| None)?;
    match receiver.next().await {
        SocketInput::Frame(frame) => match from_cbor(&frame) {
            Ok(ServerFrame::Welcome(welcome)) => Ok((sender, receiver, welcome)),
            _ => Err(None),
        },
        SocketInput::Closed(code) => Err(code.and_then(CloseCode::from_u16)),
    }
}

/// Passes frames on until the socket ends, is silent for too long or brings what cannot be read.
async fn read(receiver: &mut SocketReceiver, news: &mpsc::Sender<News>, heartbeat: Duration) -> Option<CloseCode> {
    loop {
        let silence = Box::pin(platform::sleep(heartbeat * SILENT_HEARTBEATS));
        let input = match select(Box::pin(receiver.next()), silence).await {
            Either::Left((input, _)) => input,
            Either::Right(_) => return None,
        };
        match input {
            SocketInput::Frame(bytes) => match from_cbor(&bytes) {
                Ok(ServerFrame::Pong {}) => {}
                Ok(frame) => news.send(News::Frame(frame)).await.ok()?,
                Err(error) => {
                    tracing::warn!(%error, "The server sent a frame that cannot be read");
                    return None;
                }
            },
            SocketInput::Closed(code) => return code.and_then(CloseCode::from_u16),
        }
    }
}

/// Sends frames and heartbeats until there is nobody left who could give any, or the socket is gone.
async fn write(sender: &mut SocketSender, outgoing: &mut mpsc::Receiver<ClientFrame>, heartbeat: Duration) {
    let mut beat = Box::pin(platform::sleep(heartbeat));
    loop {
        let frame = match select(Box::pin(outgoing.recv()), &mut beat).await {
            Either::Left((Some(frame), _)) => frame,
            Either::Left((None, _)) => return,
            Either::Right(_) => {
                beat = Box::pin(platform::sleep(heartbeat));
                ClientFrame::Ping {}
            }
        };
        let Ok(bytes) = to_cbor(&frame) else { return };
        if sender.send(bytes).await.is_err() {
            // The reading side learns why.
            return std::future::pending().await;
        }
    }
}

#[cfg(test)]
mod tests {
    // The handshake's callback has the library's type, large error included.
    #![allow(clippy::unwrap_used, clippy::result_large_err)]
    use futures::{SinkExt, StreamExt};
    use sealpost_protocol::{
        Response,
        account::{Done, MeRead},
        socket::Event,
    };
    use tokio::net::{TcpListener, TcpStream};
    use tokio_tungstenite::{
        WebSocketStream, accept_hdr_async,
        tungstenite::{
            Message,
            handshake::server::{Request, Response as Handshake},
            protocol::CloseFrame,
        },
    };

    use super::*;
    use crate::platform::Http;

    /// The server's side of one connection, frame by frame.
    struct Peer(WebSocketStream<TcpStream>);

    impl Peer {
        async fn accept(listener: &TcpListener) -> Self {
            let (stream, _) = listener.accept().await.unwrap();
            let agree = |request: &Request, mut response: Handshake| {
                let name = "sec-websocket-protocol";
                response.headers_mut().insert(name, request.headers().get(name).unwrap().clone());
                Ok(response)
            };
            Self(accept_hdr_async(stream, agree).await.unwrap())
        }

        async fn receive(&mut self) -> ClientFrame {
            match self.0.next().await.unwrap().unwrap() {
                Message::Binary(bytes) => from_cbor(&bytes).unwrap(),
                other => panic!("{other:?}"),
            }
        }

        async fn send(&mut self, frame: &ServerFrame) {
            self.0.send(Message::Binary(to_cbor(frame).unwrap().into())).await.unwrap();
        }

        async fn close(&mut self, code: u16) {
            let frame = CloseFrame { code: code.into(), reason: "".into() };
            self.0.close(Some(frame)).await.unwrap();
        }
    }

    struct Running {
        outgoing: mpsc::Sender<ClientFrame>,
        news: mpsc::Receiver<News>,
    }

    /// A connection that has been welcomed, and its peer.
    async fn welcomed(heartbeat_seconds: u32) -> (Running, Peer) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut running = start(&format!("ws://{}/v1/socket", listener.local_addr().unwrap()));
        let mut peer = Peer::accept(&listener).await;
        let hello = peer.receive().await;
        assert!(matches!(hello, ClientFrame::Hello { token, version: PROTOCOL_VERSION, .. } if token.len() == 32));
        let welcome = Welcome {
            incarnation: vec![1; 16].into(),
            server_time: 7,
            heartbeat_seconds,
            frame_max: 1 << 20,
            kept: None,
        };
        peer.send(&ServerFrame::Welcome(welcome.clone())).await;
        assert!(matches!(running.news.recv().await, Some(News::Welcome(got)) if got == welcome));
        (running, peer)
    }

    fn start(url: &str) -> Running {
        let (outgoing, frames) = mpsc::channel(8);
        let (sender, news) = mpsc::channel(8);
        let poller = Poller {
            http: Http::new().unwrap(),
            server_url: url.trim_end_matches("/v1/socket").replace("ws://", "http://"),
            token: vec![3; 32].into(),
        };
        tokio::spawn(run(Way { socket_url: url.to_owned(), poller, route: Route::default() }, frames, sender));
        Running { outgoing, news }
    }

    #[tokio::test]
    async fn frames_go_both_ways_in_their_order() {
        let (mut running, mut peer) = welcomed(30).await;
        for id in [1, 2] {
            running.outgoing.send(ClientFrame::Request { id, request: MeRead {}.into() }).await.unwrap();
        }
        for expected in [1, 2] {
            assert!(matches!(peer.receive().await, ClientFrame::Request { id, .. } if id == expected));
        }
        peer.send(&ServerFrame::Event { event: Event::BacklogDone {} }).await;
        peer.send(&ServerFrame::Response { id: 1, response: Response::SignOut(Done {}) }).await;
        assert!(matches!(running.news.recv().await, Some(News::Frame(ServerFrame::Event { .. }))));
        assert!(matches!(running.news.recv().await, Some(News::Frame(ServerFrame::Response { id: 1, .. }))));
    }

    #[tokio::test]
    async fn the_servers_reason_for_closing_is_told() {
        for (code, expected) in [(4401, Some(CloseCode::SignedOut)), (1001, Some(CloseCode::Draining)), (1000, None)] {
            let (mut running, mut peer) = welcomed(30).await;
            peer.close(code).await;
            assert!(matches!(running.news.recv().await, Some(News::Closed(got)) if got == expected));
            assert!(running.news.recv().await.is_none());
        }
    }

    #[tokio::test]
    async fn a_refused_hello_tells_the_reason() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut running = start(&format!("ws://{}/", listener.local_addr().unwrap()));
        let mut peer = Peer::accept(&listener).await;
        peer.receive().await;
        peer.close(4406).await;
        assert!(matches!(running.news.recv().await, Some(News::Closed(Some(CloseCode::Version)))));
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_a_closed_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}/", listener.local_addr().unwrap());
        drop(listener);
        assert!(matches!(start(&url).news.recv().await, Some(News::Closed(None))));
    }

    #[tokio::test]
    async fn a_frame_that_cannot_be_read_ends_the_connection() {
        let (mut running, mut peer) = welcomed(30).await;
        peer.0.send(Message::Binary(vec![0xff, 0x00].into())).await.unwrap();
        assert!(matches!(running.news.recv().await, Some(News::Closed(None))));
    }

    #[tokio::test]
    async fn heartbeats_are_sent_and_silence_ends_the_connection() {
        let (mut running, mut peer) = welcomed(1).await;
        assert!(matches!(peer.receive().await, ClientFrame::Ping {}));
        peer.send(&ServerFrame::Pong {}).await;
        assert!(matches!(peer.receive().await, ClientFrame::Ping {}));
        // No answer any more.
        assert!(matches!(running.news.recv().await, Some(News::Closed(None))));
    }

    #[tokio::test]
    async fn dropping_the_way_out_closes_the_socket() {
        let (running, mut peer) = welcomed(30).await;
        drop(running.outgoing);
        assert!(matches!(peer.0.next().await, Some(Ok(Message::Close(_)))));
    }
}
