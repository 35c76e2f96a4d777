//! Where a request comes from, for rate limits.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, FromRequestParts, connect_info::Connected},
    http::{HeaderMap, request::Parts},
    serve::IncomingStream,
};

use super::Doors;
use crate::listeners::{ClearListener, TlsListener};

/// Who is at the other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(SocketAddr);

impl Connected<IncomingStream<'_, ClearListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, ClearListener>) -> Self {
        Self(*stream.remote_addr())
    }
}

impl Connected<IncomingStream<'_, TlsListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, TlsListener>) -> Self {
        Self(*stream.remote_addr())
    }
}

/// The client's address, where it is known. A proxy's word counts only if the proxy is configured as trusted.
pub(crate) struct PeerAddress(pub(crate) Option<IpAddr>);

impl FromRequestParts<Arc<Doors>> for PeerAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, doors: &Arc<Doors>) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<Peer>>().map(|info| info.0.0.ip().to_canonical());
        let trusted = &doors.app.config().server.trusted_proxies;
        Ok(Self(peer.map(|peer| client_behind(peer, &parts.headers, trusted))))
    }
}

/// The last address that no trusted proxy vouches for as another proxy.
fn client_behind(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    let values = headers.get_all("x-forwarded-for");
    let hops: Vec<&str> = values.iter().filter_map(|value| value.to_str().ok()).flat_map(|v| v.split(',')).collect();
    let mut client = peer;
    for hop in hops.into_iter().rev() {
        let next = if trusted.contains(&client) { hop.trim().parse::<IpAddr>().ok() } else { None };
        match next {
            Some(address) => client = address.to_canonical(),
            None => break,
        }
    }
    client
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_forwarded_address_counts_only_from_a_trusted_proxy() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "198.51.100.9, 192.0.2.7".parse().unwrap());
        headers.append("x-forwarded-for", "10.0.0.2".parse().unwrap());
        assert_eq!(client_behind(ip("10.0.0.1"), &headers, &[]), ip("10.0.0.1"));
        assert_eq!(client_behind(ip("10.0.0.1"), &headers, &[ip("10.0.0.1")]), ip("10.0.0.2"));
        let trusted = [ip("10.0.0.1"), ip("10.0.0.2")];
        assert_eq!(client_behind(ip("10.0.0.1"), &headers, &trusted), ip("192.0.2.7"), "the rest is the client's word");
    }
}
