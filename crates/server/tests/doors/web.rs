//! The web app's files, their headers, and the OpenAPI document.

use crate::server::TestServer;

#[tokio::test]
async fn pages_come_with_a_strict_policy() {
    let server = TestServer::start().await;
    for path in ["/", "/chats/some-id"] {
        let answer = server.get(path, &[]).await;
        assert_eq!(answer.status, 200);
        assert!(answer.header("content-type").unwrap().starts_with("text/html"));
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval';"), "{policy}");
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
    for path in ["/assets/missing.js", "/%2e%2e/Cargo.toml", "/../Cargo.toml"] {
        assert_eq!(server.get(path, &[]).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn other_origins_are_answered_only_where_configured() {
    let server = TestServer::with(|config| config.server.allowed_origins = vec!["https://www.example".into()]).await;
    let allowed = |origin: &'static str| {
        let headers = [("origin", origin), ("content-type", "application/json")];
        let server = &server;
        async move {
            let answer = server.post("/v1/me/read", &headers, b"{}").await;
            answer.header("access-control-allow-origin").map(str::to_owned)
        }
    };
    assert_eq!(allowed("https://www.example").await.as_deref(), Some("https://www.example"));
    assert_eq!(allowed("https://evil.example").await, None);
}

#[tokio::test]
async fn the_openapi_document_is_the_reviewed_one() {
    let server = TestServer::start().await;
    let answer = server.get("/v1/openapi.json", &[]).await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    insta::assert_snapshot!("openapi", answer.text());
    let document: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    for (operation, ..) in sealpost_protocol::operation::OPERATIONS {
        assert!(document["paths"][format!("/v1/{operation}")]["post"].is_object(), "{operation}");
    }
    let text = answer.text();
    for reference in text.split("#/components/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(document.pointer(&format!("/components/{name}")).is_some(), "{name} is named but not described");
    }
}
