//! A connection to the server that is nothing but frames: so that thousands of them cost little beside what is measured.

use std::{io, net::SocketAddr};

use futures::{SinkExt as _, StreamExt as _};
use sealpost_protocol::{
    Bytes, Operation,
    socket::{ClientFrame, CloseCode, PROTOCOL_VERSION, SUBPROTOCOL_CBOR, ServerFrame, from_cbor, to_cbor},
};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{
        Message,
        client::IntoClientRequest as _,
        http::{HeaderValue, header::SEC_WEBSOCKET_PROTOCOL},
        protocol::WebSocketConfig,
    },
};

/// Bytes that a connection reads ahead.
const READ_BUFFER: usize = 4096;

/// The connection is over, for this reason if the server gave one.
#[derive(Debug, Clone, Copy)]
pub struct Ended(pub Option<CloseCode>);

/// A connection.
pub struct Connection {
    socket: WebSocketStream<TcpStream>,
    requests: u64,
}

impl Connection {
    /// Connects and says hello, without waiting for the welcome. The system keeps up to `unread` bytes that nobody reads,
    /// or as many as it likes.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn open(address: SocketAddr, token: &Bytes, unread: Option<u32>) -> Result<Self, Ended> {
        let stream = connect(address, unread).await.map_err(|_| Ended(None))?;
        let mut request = format!("ws://{address}/v1/socket").into_client_request().map_err(|_| Ended(None))?;
        request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL_CBOR));
        let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER);
        let (socket, _) = client_async_with_config(request, stream, Some(config)).await.map_err(|_| Ended(None))?;
        let mut connection = Self { socket, requests: 0 };
        let hello = ClientFrame::Hello { token: token.clone(), version: PROTOCOL_VERSION, capabilities: Vec::new() };
        connection.send(&hello).await?;
        Ok(connection)
    }

    /// Waits for the next frame.
    ///
    /// # Errors
    /// When there is none any more.
    pub async fn next(&mut self) -> Result<ServerFrame, Ended> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Binary(frame))) => return from_cbor(&frame).map_err(|_| Ended(None)),
                Some(Ok(Message::Close(frame))) => {
                    return Err(Ended(frame.and_then(|frame| CloseCode::from_u16(frame.code.into()))));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(Ended(None)),
            }
        }
    }

    /// Asks for something; the answer comes among the frames, with the number that this gives.
    ///
    /// # Errors
    /// When the connection is over.
    pub async fn ask<O: Operation>(&mut self, request: O) -> Result<u64, Ended> {
        self.requests += 1;
        let id = self.requests;
        self.send(&ClientFrame::Request { id, request: request.into() }).await?;
        Ok(id)
    }

    /// Says that it is there.
    ///
    /// # Errors
    /// When the connection is over.
    pub async fn ping(&mut self) -> Result<(), Ended> {
        self.send(&ClientFrame::Ping {}).await
    }

    async fn send(&mut self, frame: &ClientFrame) -> Result<(), Ended> {
        let bytes = to_cbor(frame).map_err(|_| Ended(None))?;
        self.socket.send(Message::Binary(bytes.into())).await.map_err(|_| Ended(None))
    }
}

async fn connect(address: SocketAddr, unread: Option<u32>) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    if let Some(bytes) = unread {
        socket.set_recv_buffer_size(bytes)?;
    }
    let stream = socket.connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}
