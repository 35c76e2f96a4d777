//! Where something between client and server refuses sockets, people talk all the same: by long polling.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use sealpost_client::snapshot::{Delivery, Snapshot, SnapshotKey};
use sealpost_testkit::{Backend, TestClient, TestServer};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream},
};

/// What stands between: passes on every connection but those that ask for a socket, which it counts.
struct Proxy {
    address: SocketAddr,
    refused: Arc<AtomicUsize>,
}

impl Proxy {
    async fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, refused) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
        let count = Arc::clone(&refused);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let count = Arc::clone(&count);
                // A connection that breaks is the client's to notice.
                tokio::spawn(async move { drop(pass_on(stream, server, &count).await) });
            }
        });
        Self { address, refused }
    }
}

async fn pass_on(mut client: TcpStream, server: SocketAddr, refused: &AtomicUsize) -> std::io::Result<()> {
    let mut start = [0; 16];
    let mut len = 0;
    // Clients that open a connection in advance send nothing yet.
    while len < start.len() {
        match client.read(&mut start[len..]).await? {
            0 => return Ok(()),
            read => len += read,
        }
    }
    if start.starts_with(b"GET /v1/socket") {
        refused.fetch_add(1, Ordering::Relaxed);
        return client.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await;
    }
    let mut server = TcpStream::connect(server).await?;
    server.write_all(&start).await?;
    copy_bidirectional(&mut client, &mut server).await.map(drop)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_people_talk_where_sockets_are_refused() {
    let server = TestServer::start(Backend::Sqlite).await;
    let proxy = Proxy::before(server.address).await;
    let url = format!("http://{}", proxy.address);
    let (alice, bob) = (TestClient::sign_up(&url, "alice").await, TestClient::sign_up(&url, "bob").await);
    let chat = alice.start_direct(&bob).await;
    let mut said = Vec::new();
    for (number, person) in [&alice, &bob, &alice, &alice, &bob].into_iter().enumerate() {
        said.push(format!("message {number}"));
        person.says(chat, &said[number]).await;
        if number == 0 {
            bob.joins(chat).await;
        }
        for other in [&alice, &bob] {
            other.sees(chat, &said).await;
        }
    }
    alice.shows_delivery(chat, &said[3], Delivery::Delivered).await;
    for person in [&alice, &bob] {
        let online = person.until(SnapshotKey::Connection, "being online", |snapshot| match snapshot {
            Snapshot::Connection(sealpost_client::snapshot::Connection::Online) => Some(()),
            _ => None,
        });
        online.await;
    }
    assert!(proxy.refused.load(Ordering::Relaxed) >= 4, "each tried a socket twice");
    alice.closes().await;
    bob.closes().await;
}
