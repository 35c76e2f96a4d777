//! The web app, embedded in the binary. A build without it serves a page that says how to build it.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri, header},
};
use rust_embed::{EmbeddedFile, RustEmbed};
use sealpost_protocol::bytes;

/// What the app may load and where it may connect: itself, and nothing inline.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    worker-src 'self'; connect-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; font-src 'self'; \
    manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// Vite puts a hash of the content into the names of these.
const HASHED: &str = "assets/";
const INDEX: &str = "index.html";
const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><title>Sealpost</title>\
    <p>The server runs, but this build does not contain the web app. Build and start both with: cargo xtask run";

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct App;

/// Files of the app; `index.html` for its routes.
pub(super) async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response<Body> {
    if method != Method::GET && method != Method::HEAD {
        return plain(StatusCode::METHOD_NOT_ALLOWED, "text/plain", "");
    }
    let path = uri.path().trim_start_matches('/');
    // Routes of the app have no dot in their last part; files that are missing must not look like the app.
    let is_route = path.rsplit('/').next().is_some_and(|last| !last.contains('.'));
    let path = if is_route { INDEX } else { path };
    match find(path, &headers) {
        Some((file, encoding)) => file_response(path, file, encoding, &headers),
        None if is_route => plain(StatusCode::OK, "text/html; charset=utf-8", NOT_BUILT),
        None => plain(StatusCode::NOT_FOUND, "text/plain", "There is no such file\n"),
    }
}

/// The file, made smaller at build time where the browser takes that.
fn find(path: &str, headers: &HeaderMap) -> Option<(EmbeddedFile, Option<&'static str>)> {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let takes_brotli = accepted.split(',').any(|one| one.split(';').next().is_some_and(|name| name.trim() == "br"));
    if takes_brotli && let Some(file) = App::get(&format!("{path}.br")) {
        return Some((file, Some("br")));
    }
    App::get(path).map(|file| (file, None))
}

fn file_response(
    path: &str,
    file: EmbeddedFile,
    encoding: Option<&'static str>,
    headers: &HeaderMap,
) -> Response<Body> {
    let tag = format!("\"{}\"", bytes::encode(&file.metadata.sha256_hash()));
    let unchanged = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response = if unchanged {
        plain(StatusCode::NOT_MODIFIED, "", "")
    } else {
        plain(StatusCode::OK, mime_guess::from_path(path).first_or_octet_stream().essence_str(), "")
    };
    if !unchanged {
        *response.body_mut() = Body::from(file.data);
    }
    let cache = if path.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let answer = response.headers_mut();
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    answer.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        answer.insert(header::ETAG, tag);
    }
    if let Some(encoding) = encoding {
        answer.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

fn plain(status: StatusCode, content_type: &str, body: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY));
    if let Ok(content_type) = HeaderValue::from_str(content_type) {
        headers.insert(header::CONTENT_TYPE, content_type);
    }
    response
}
