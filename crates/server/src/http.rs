//! The HTTP door: `POST /v1/` and the name of an operation, the OpenAPI document, health, and the web app.
//!
//! Thin: what operations do is in `operations`.

mod admin;
mod blobs;
mod health;
mod openapi;
mod operation;
mod peer;
mod poll;
mod web;

use std::sync::Arc;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::{delete, get, post},
};
use sealpost_protocol::{Problem, ProblemKind, blob};
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::util::option_layer;
use tower_http::{catch_panic::CatchPanicLayer, cors::CorsLayer, set_header::SetResponseHeaderLayer};

use crate::{app::App, codec::Codec, config::TlsMode, poll::Polls, socket};

pub(crate) use peer::{Peer, PeerAddress};

/// What the doors share.
pub(crate) struct Doors {
    /// What they open to.
    pub app: Arc<App>,
    /// Cancelled when the server stops taking anything new.
    pub draining: CancellationToken,
    /// Every open socket.
    pub tasks: TaskTracker,
    /// Places for sockets and polls.
    pub connections: Arc<Semaphore>,
    /// Every open poll.
    pub polls: Polls,
}

/// Browsers ask for HTTPS by themselves for so long.
const A_YEAR: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Everything that the server answers over HTTP.
pub(crate) fn router(doors: Arc<Doors>) -> Router {
    let operations = Router::new()
        .route("/v1/{*operation}", post(operation::call))
        .route("/v1/openapi.json", get(openapi::document))
        .route("/v1/poll/open", post(poll::open))
        .route("/v1/poll/next", post(poll::next))
        .method_not_allowed_fallback(operation::wrong_method)
        .layer(DefaultBodyLimit::max(doors.app.config().limits.frame_bytes))
        .merge(blobs_router())
        .layer(cors(&doors.app.config().server.allowed_origins));
    let encrypted = doors.app.config().tls.mode != TlsMode::Off;
    Router::new()
        .merge(operations)
        .layer(middleware::from_fn_with_state(Arc::clone(&doors), blobs::tell_options))
        .route("/v1/socket", get(socket::upgrade))
        .route("/v1/admin/reports", get(admin::reports))
        .route("/v1/admin/reports/{number}", delete(admin::delete))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .fallback(web::serve)
        .layer(middleware::from_fn(security_headers))
        .layer(option_layer(
            encrypted.then(|| SetResponseHeaderLayer::overriding(header::STRICT_TRANSPORT_SECURITY, A_YEAR)),
        ))
        .layer(middleware::from_fn(log_request))
        .layer(CatchPanicLayer::custom(|_| refuse(Codec::Json, &Problem::new(ProblemKind::Internal))))
        .with_state(doors)
}

/// Blobs have no limit of bytes for a request: they are stored as they come.
fn blobs_router() -> Router<Arc<Doors>> {
    let one = get(blobs::read).head(blobs::offset).patch(blobs::append).delete(blobs::delete);
    Router::new()
        .route("/v1/blobs", post(blobs::create))
        .route("/v1/blobs/{id}", one)
        .method_not_allowed_fallback(operation::wrong_method)
}

/// Nothing is shared with other origins unless they are configured.
fn cors(origins: &[String]) -> CorsLayer {
    let origins: Vec<HeaderValue> = origins.iter().filter_map(|origin| origin.parse().ok()).collect();
    if origins.is_empty() {
        return CorsLayer::new();
    }
    CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::POST, Method::GET, Method::HEAD, Method::PATCH, Method::DELETE])
        .allow_headers(
            [header::AUTHORIZATION, header::CONTENT_TYPE, header::ACCEPT, header::RANGE]
                .into_iter()
                .chain(blobs::HEADERS)
                .collect::<Vec<_>>(),
        )
        .expose_headers(
            [header::RETRY_AFTER, header::LOCATION, header::CONTENT_RANGE]
                .into_iter()
                .chain(blobs::HEADERS)
                .collect::<Vec<_>>(),
        )
}

/// `problem` as an answer: RFC 9457 in JSON, or the same object in CBOR for who asked for CBOR.
pub(crate) fn refuse(codec: Codec, problem: &Problem) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let content_type = match codec {
        Codec::Json => "application/problem+json",
        Codec::Cbor => "application/cbor",
    };
    let body = codec.encode(problem).unwrap_or_default();
    let headers = [(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, "no-store")];
    let mut response = (status, headers, body).into_response();
    if let Some(seconds) = problem.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

async fn security_headers(request: Request, next: Next) -> Response {
    const HEADERS: [(HeaderName, &str); 4] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(self), microphone=(self), geolocation=(), interest-cohort=()",
        ),
    ];
    let mut response = next.run(request).await;
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Who knows a blob's id may read it.
fn logged_path(path: &str) -> &str {
    if path.starts_with(blob::PATH) { blob::PATH } else { path }
}

/// One line a request. The path of an operation names neither account nor conversation; that of a page of the web app can
/// name a conversation. No line names an account.
async fn log_request(request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), logged_path(request.uri().path()).to_owned());
    let started = tokio::time::Instant::now();
    let response = next.run(request).await;
    let millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let status = response.status().as_u16();
    tracing::debug!(http.method = %method, http.path = %path, http.status = status, http.millis = millis, "request");
    response
}
