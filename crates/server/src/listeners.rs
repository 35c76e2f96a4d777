//! Where connections come from: in clear, or after a TLS handshake. Independent of where certificates
//! come from and of what is served.

use std::{collections::VecDeque, io, net::SocketAddr, time::Duration};

use axum::serve::Listener;
use tokio::{
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinSet},
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::acme;

/// How long a client may take for its handshake.
const PATIENCE: Duration = Duration::from_secs(10);
/// Most handshakes at a time. Who comes then takes the place of the one that has taken longest.
const HANDSHAKES_MAX: usize = 256;

/// Most bytes that the system keeps of what was written to a connection and not sent yet. It would keep megabytes for
/// whoever takes nothing, and what waits there can neither be taken back nor be brought up to date.
#[cfg(target_os = "linux")]
const UNSENT_MAX: u32 = 128 * 1024;

/// Frames are small and awaited: nothing is gained by holding them back.
async fn accept(listener: &mut TcpListener) -> (TcpStream, SocketAddr) {
    let (stream, address) = Listener::accept(listener).await;
    // One that is refused this is slower.
    let _ = stream.set_nodelay(true);
    // One that is refused this takes more memory.
    #[cfg(target_os = "linux")]
    let _ = socket2::SockRef::from(&stream).set_tcp_notsent_lowat(UNSENT_MAX);
    (stream, address)
}

/// Gives connections as they come.
pub(crate) struct ClearListener(pub(crate) TcpListener);

impl Listener for ClearListener {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        accept(&mut self.0).await
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

/// Accepts connections and gives those whose handshake succeeded.
pub(crate) struct TlsListener {
    listener: TcpListener,
    acceptor: TlsAcceptor,
    handshakes: JoinSet<Option<(TlsStream<TcpStream>, SocketAddr)>>,
    /// The same, the oldest first.
    begun: VecDeque<AbortHandle>,
}

impl TlsListener {
    pub(crate) fn new(listener: TcpListener, acceptor: TlsAcceptor) -> Self {
        Self { listener, acceptor, handshakes: JoinSet::new(), begun: VecDeque::new() }
    }

    /// Nobody waits for another's handshake.
    fn begin(&mut self, stream: TcpStream, address: SocketAddr) {
        self.begun.retain(|handshake| !handshake.is_finished());
        if self.begun.len() >= HANDSHAKES_MAX
            && let Some(oldest) = self.begun.pop_front()
        {
            oldest.abort();
        }
        let handshake = self.acceptor.accept(stream);
        let begun = self.handshakes.spawn(async move {
            match timeout(PATIENCE, handshake).await {
                // Who looked for the proof of an ACME challenge has seen it (RFC 8737 section 3).
                Ok(Ok(stream)) if stream.get_ref().1.alpn_protocol() == Some(acme::PROTOCOL) => None,
                Ok(Ok(stream)) => Some((stream, address)),
                // Whatever speaks no TLS, or stopped: it learns of it by the end of its connection.
                Ok(Err(_)) | Err(_) => None,
            }
        });
        self.begun.push_back(begun);
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            tokio::select! {
                Some(done) = self.handshakes.join_next() => {
                    if let Ok(Some(connection)) = done {
                        return connection;
                    }
                }
                (stream, address) = accept(&mut self.listener) => self.begin(stream, address),
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn the_system_keeps_little_for_who_takes_nothing() {
        let mut listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = accept(&mut listener).await;
        assert_eq!(socket2::SockRef::from(&stream).tcp_notsent_lowat().unwrap(), UNSENT_MAX);
    }
}
