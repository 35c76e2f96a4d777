//! `sealpost-stage sqlite|postgres`: a server with people in a group, for programs that know it only by its OpenAPI document.
//!
//! Writes what they need to call it, a line `NAME=value` each and an empty one at the end, and plays on until its
//! standard input ends.

use std::{
    env, io,
    io::{Read as _, Write as _},
    process::ExitCode,
};

use anyhow::{Context as _, bail};
use rand::{Rng as _, rngs::OsRng};
use sealpost_mls::Suite;
use sealpost_protocol::{
    Bytes, LinkId,
    conversation::{Append, GroupInfoRead},
    link::{JoinRequestWrite, LinkWrite},
    operation::OPERATIONS,
};
use sealpost_testkit::{
    Backend, ServerProcess,
    hand::{Door, HandDevice, now},
};
use sha2::{Digest as _, Sha256};

/// Limits that a program comes up against sooner than people; the others are off in any case.
const LIMITS: [&str; 4] = ["SIGN_INS_PER_MINUTE", "RECOVERIES_PER_HOUR", "SEARCHES_PER_MINUTE", "CLAIMS_PER_MINUTE"];
/// Key packages of each device.
const KEY_PACKAGES: usize = 20;

#[tokio::main]
async fn main() -> ExitCode {
    match play().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sealpost-stage: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn play() -> anyhow::Result<()> {
    let backend = match env::args().nth(1).as_deref() {
        Some("sqlite") => Backend::Sqlite,
        Some("postgres") => Backend::postgres().await.context("no PostgreSQL was given")?,
        _ => bail!("usage: sealpost-stage sqlite|postgres"),
    };
    let limits = LIMITS.map(|limit| format!("SEALPOST__LIMITS__{limit}"));
    let mut variables = vec![("SEALPOST__DATABASE__URL", backend.url())];
    variables.extend(limits.iter().map(|limit| (limit.as_str(), "0")));
    let server = ServerProcess::start(&variables);

    let operations: Vec<&str> = OPERATIONS.iter().map(|(name, ..)| *name).collect();
    let mut lines = vec![("URL", server.url()), ("OPERATIONS", operations.join(" "))];
    lines.extend(people(&Door::http(&server.url())).await?);
    let mut written = String::new();
    for (name, value) in lines {
        written.push_str(&format!("{name}={value}\n"));
    }
    let mut output = io::stdout();
    writeln!(output, "{written}")?;
    output.flush()?;
    tokio::task::spawn_blocking(|| io::stdin().read_to_end(&mut Vec::new())).await??;
    Ok(())
}

/// Alice, who has a group with bob, a link into it by which carol asks to come in, and a message that can be blanked; and dave, to
/// be signed out.
async fn people(door: &Door) -> anyhow::Result<Vec<(&'static str, String)>> {
    let alice = HandDevice::register(door, "alice", KEY_PACKAGES).await;
    let bob = HandDevice::register(door, "bob", KEY_PACKAGES).await;
    let carol = HandDevice::register(door, "carol", KEY_PACKAGES).await;
    let dave = HandDevice::register(door, "dave", KEY_PACKAGES).await;

    let (mut group, summary) = alice.make_group(&[&bob]).await;
    let conversation = summary.conversation;
    let delete_token: [u8; 32] = OsRng.r#gen();
    let message = alice.run(|context| group.encrypt(context, b"hello"))?.into();
    let delete_token_hash = Some(<[u8; 32]>::from(Sha256::digest(delete_token)).into());
    let append = Append::Application { message, expires_in: None, delete_token_hash, blobs: Vec::new() };
    alice.call(alice.entry(&group, append)).await?;

    let link = LinkId(OsRng.r#gen());
    alice.call(LinkWrite { conversation, link, preview: Some(vec![1; 64].into()), expires: None }).await?;
    let key_package =
        carol.run(|context| sealpost_mls::generate_key_package(context, Suite::Classic, now(), false))?.into();
    let asked = carol.call(JoinRequestWrite { link, key_package, mac: vec![2; 32].into() }).await?;
    let tree = alice.call(GroupInfoRead { conversation }).await?.ratchet_tree;
    Ok(vec![
        ("TOKEN", alice.token.to_base64url()),
        ("SPARE_TOKEN", dave.token.to_base64url()),
        ("ACCOUNT", bob.account.to_string()),
        ("DEVICE", bob.device.to_string()),
        ("CONVERSATION", conversation.to_string()),
        ("DELETE_TOKEN", Bytes::from(delete_token).to_base64url()),
        ("LINK", link.to_string()),
        ("REQUEST", asked.request.to_string()),
        ("TREE", Bytes::from(<[u8; 32]>::from(Sha256::digest(&*tree))).to_base64url()),
    ])
}
