//! A connection where sockets are blocked: events by long polling, requests as HTTP requests one after the other. The
//! engine notices no difference: what it asks is answered in its order, and what is lost ends the connection.

use std::time::Duration;

use futures::future::{Either, select};
use sealpost_protocol::{
    Bytes, ProblemKind,
    poll::{PollBatch, PollNext, PollOpened},
    socket::{ClientFrame, CloseCode, ServerFrame, from_cbor, to_cbor},
};
use tokio::sync::{Mutex, mpsc};

use super::{
    connection::News,
    http::{self, decode_problem},
};
use crate::{
    engine::RequestFailure,
    platform::{self, Http},
};

/// How often a batch is asked for before the connection counts as lost, and the pause between. The server repeats it.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_secs(1);

/// The way to the server by HTTP, with a session.
#[derive(Clone)]
pub(super) struct Poller {
    pub http: Http,
    pub server_url: String,
    pub token: Bytes,
}

/// Why a post has no answer.
enum Failed {
    /// Nobody knows whether it arrived.
    Lost,
    /// The server refused it; the code with which a socket would have ended, if there is one.
    Refused(Option<CloseCode>),
}

impl Failed {
    fn code(self) -> Option<CloseCode> {
        match self {
            Self::Lost => None,
            Self::Refused(code) => code,
        }
    }
}

impl Poller {
    /// Opens a poll: as good as a socket that was welcomed.
    pub(super) async fn open(&self) -> Result<PollOpened, Option<CloseCode>> {
        self.post("poll/open", Vec::new()).await.map_err(Failed::code)
    }

    /// Runs an open poll until it ends or `outgoing` does.
    pub(super) async fn run(
        &self,
        poll: Bytes,
        outgoing: &mut mpsc::Receiver<ClientFrame>,
        news: &mpsc::Sender<News>,
    ) -> Option<CloseCode> {
        let turn = Mutex::new(());
        let asking = Box::pin(self.ask(poll, news, &turn));
        let sending = Box::pin(self.send(outgoing, news, &turn));
        match select(asking, sending).await {
            Either::Left((code, _)) | Either::Right((code, _)) => code,
        }
    }

    /// Passes on what happens until the poll ends. It waits for the answer to a request that is on its way: as on a socket,
    /// nothing that a request caused comes before its answer.
    async fn ask(&self, poll: Bytes, news: &mpsc::Sender<News>, turn: &Mutex<()>) -> Option<CloseCode> {
        let mut acknowledged = 0;
        loop {
            let batch = match self.next(&poll, acknowledged).await {
                Ok(batch) => batch,
                Err(code) => return code,
            };
            if batch.number > acknowledged {
                acknowledged = batch.number;
                let _turn = turn.lock().await;
                for event in batch.events {
                    news.send(News::Frame(ServerFrame::Event { event })).await.ok()?;
                }
            }
            if let Some(code) = batch.closed {
                return CloseCode::from_u16(code);
            }
        }
    }

    /// The next batch. A lost answer loses nothing: the batch is there until it is acknowledged.
    async fn next(&self, poll: &Bytes, acknowledged: u64) -> Result<PollBatch, Option<CloseCode>> {
        let ask = PollNext { poll: poll.clone(), acknowledged };
        let body = to_cbor(&ask).map_err(|_| None)?;
        let mut tries = 1;
        loop {
            match self.post("poll/next", body.clone()).await {
                Ok(batch) => return Ok(batch),
                Err(Failed::Lost) if tries < TRIES => tries += 1,
                Err(failed) => return Err(failed.code()),
            }
            platform::sleep(PAUSE).await;
        }
    }

    /// Sends requests one after the other, so that what the engine asks keeps its order, until there is nobody left who
    /// could give any or one is lost.
    async fn send(
        &self,
        outgoing: &mut mpsc::Receiver<ClientFrame>,
        news: &mpsc::Sender<News>,
        turn: &Mutex<()>,
    ) -> Option<CloseCode> {
        while let Some(frame) = outgoing.recv().await {
            let ClientFrame::Request { id, request } = frame else { continue };
            let _turn = turn.lock().await;
            let answer = match http::call(&self.http, &self.server_url, Some(self.token.clone()), &request).await {
                Ok(response) => ServerFrame::Response { id, response },
                Err(RequestFailure::Problem(problem)) => match ended(problem.kind()) {
                    Some(code) => return Some(code),
                    None => ServerFrame::Problem { id, problem },
                },
                Err(RequestFailure::Lost) => return None,
            };
            news.send(News::Frame(answer)).await.ok()?;
        }
        None
    }

    /// Posts to a path that is no operation.
    async fn post<T: serde::de::DeserializeOwned>(&self, path: &str, body: Vec<u8>) -> Result<T, Failed> {
        let url = format!("{}/v1/{path}", self.server_url);
        let answer = self.http.post(&url, Some(&self.token.to_base64url()), body).await.map_err(|_| Failed::Lost)?;
        if (200..300).contains(&answer.status) {
            return from_cbor(&answer.body).map_err(|_| Failed::Refused(None));
        }
        // A gateway that answers for a server that it cannot reach is as good as no answer.
        let problem = decode_problem(&answer.body).ok_or(Failed::Lost)?;
        Err(Failed::Refused(ended(problem.kind())))
    }
}

/// The code with which a socket would have ended for the same reason.
fn ended(kind: ProblemKind) -> Option<CloseCode> {
    match kind {
        ProblemKind::SignedOut => Some(CloseCode::SignedOut),
        ProblemKind::DeviceRevoked => Some(CloseCode::DeviceRevoked),
        _ => None,
    }
}
