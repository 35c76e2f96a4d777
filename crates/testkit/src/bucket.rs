//! A real S3 server in this process: its bucket is a folder.

use std::path::{Path, PathBuf};

use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
};
use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};
use s3s_fs::FileSystem;
use sealpost_server::config::Blobs;
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};

const BUCKET: &str = "attachments";
const USER: &str = "sealpost";
const SECRET: &str = "a secret of the tests";

/// A bucket, and the server that has it. Both end when this is dropped.
pub struct Bucket {
    folder: TempDir,
    endpoint: String,
    serving: JoinHandle<()>,
}

impl Bucket {
    /// Makes an empty bucket and serves it on a free port of 127.0.0.1.
    pub async fn serve() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join(BUCKET)).expect("a folder for the bucket");
        let files = FileSystem::new(folder.path()).expect("a folder to serve");
        let mut builder = S3ServiceBuilder::new(files);
        builder.set_auth(SimpleAuth::from_single(USER, SECRET));
        let service = builder.build();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let service = service.clone();
                tokio::spawn(async move {
                    // Who hangs up has what they wanted.
                    let _ = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self { folder, endpoint, serving }
    }

    /// What a server is configured with to use it.
    pub fn config(&self) -> Blobs {
        Blobs {
            url: format!("s3://{BUCKET}/of-tests"),
            endpoint: self.endpoint.clone(),
            access_key_id: USER.to_owned(),
            secret_access_key: SECRET.to_owned(),
            ..Blobs::default()
        }
    }

    /// Where its objects are files.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().join(BUCKET)
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// The files in a folder and the folders in it.
pub(crate) fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path() {
            path if path.is_dir() => found.extend(files_under(&path)),
            path => found.push(path),
        }
    }
    found
}
