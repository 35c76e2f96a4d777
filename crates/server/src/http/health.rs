//! Whether the process lives, and whether it can serve.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode};

use super::Doors;

/// `GET /healthz`: the process answers.
pub(super) async fn alive() -> &'static str {
    "alive\n"
}

/// `GET /readyz`: the database answers and the server is not about to stop.
pub(super) async fn ready(State(doors): State<Arc<Doors>>) -> (StatusCode, &'static str) {
    if doors.draining.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining\n");
    }
    match doors.app.check_store().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n"),
    }
}
