//! A real server on a port of its own, with a data folder of its own.

use std::{
    net::SocketAddr,
    sync::{Arc, atomic::AtomicU64},
};

use sealpost_protocol::{Bytes, Operation, Problem};
use sealpost_server::{App, Clock, Config, Server};
use serde::Serialize;
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::http::{self, Answer};

pub struct TestServer {
    pub address: SocketAddr,
    pub server: Server,
    pub folder: TempDir,
    serving: JoinHandle<std::io::Result<()>>,
}

impl TestServer {
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::in_folder(tempfile::tempdir().unwrap(), change).await
    }

    pub async fn in_folder(folder: TempDir, change: impl FnOnce(&mut Config)) -> Self {
        Self::open(folder, Clock::System, change).await
    }

    /// One that runs by this clock, in milliseconds.
    pub async fn at(clock: Arc<AtomicU64>) -> Self {
        Self::open(tempfile::tempdir().unwrap(), Clock::Manual(clock), |_| {}).await
    }

    async fn open(folder: TempDir, clock: Clock, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::in_folder(folder.path());
        config.limits.registrations_per_hour = 0;
        config.server.drain_seconds = 5;
        change(&mut config);
        let server = Server::over(App::open(config, clock).await.unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let running = server.clone();
        let serving = tokio::spawn(async move { running.serve(listener).await });
        Self { address, server, folder, serving }
    }

    /// Stops it as a signal would, and gives back the data folder.
    pub async fn stop(self) -> TempDir {
        self.server.shutdown().await;
        self.serving.await.unwrap().unwrap();
        self.folder
    }

    pub async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        http::send(self.address, "GET", path, headers, b"").await
    }

    pub async fn post(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        http::send(self.address, "POST", path, headers, body).await
    }

    /// Calls an operation by its name as JSON.
    pub async fn post_json(&self, operation: &str, token: Option<&Bytes>, body: &impl Serialize) -> Answer {
        let bearer = token.map(|token| format!("Bearer {}", token.to_base64url()));
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(bearer.as_deref().map(|value| ("authorization", value)));
        self.post(&format!("/v1/{operation}"), &headers, &serde_json::to_vec(body).unwrap()).await
    }

    /// Calls an operation as JSON.
    pub async fn call<O: Operation>(&self, token: Option<&Bytes>, request: O) -> Result<O::Response, Problem> {
        let answer = self.post_json(O::NAME, token, &request).await;
        match answer.status {
            200 => Ok(serde_json::from_slice(&answer.body).unwrap()),
            _ => Err(problem(&answer)),
        }
    }
}

/// The problem document of a refused request.
pub fn problem(answer: &Answer) -> Problem {
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{}", answer.text());
    let problem: Problem = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(problem.status, answer.status);
    problem
}
