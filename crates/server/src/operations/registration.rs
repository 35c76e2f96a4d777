//! Registration: account, first device and session at once, or nothing.

use sealpost_mls::identity::{DeviceCertificate, DeviceChain, DeviceList, IdentityError, ListKeyCertificate};
use sealpost_protocol::{
    Problem, ProblemKind,
    account::{RegistrationFinish, RegistrationStart, RegistrationStarted, SignedIn, is_valid_username},
};

use super::{backup, exactly_32, invalid, invalid_identity, problem, profiles, sessions};
use crate::{
    app::App,
    caller::hash_secret,
    config::RegistrationMode,
    fan_out,
    store::{FirstDevice, NewDevice, Registered, Registration, SessionKind},
};

/// First step. Says early what the second step would refuse.
pub(super) async fn start(app: &App, body: RegistrationStart) -> Result<RegistrationStarted, Problem> {
    check_username(&body.username)?;
    let (_, replaces) = check_invite(app, body.invite.as_deref(), &body.username).await?;
    if !replaces && app.store.is_username_taken(&body.username).await? {
        return Err(problem(ProblemKind::UsernameTaken));
    }
    let message =
        app.passwords.start_registration(&body.username, &body.message).map_err(|error| invalid(error.to_string()))?;
    Ok(RegistrationStarted { message: message.into() })
}

/// Second step.
pub(super) async fn finish(app: &App, body: RegistrationFinish) -> Result<SignedIn, Problem> {
    check_username(&body.username)?;
    let (invite, _) = check_invite(app, body.invite.as_deref(), &body.username).await?;
    profiles::check_display_name(&body.display_name)?;
    backup::check(&body.backup)?;
    if body.backup.version != 1 {
        return Err(invalid("the first backup has version 1"));
    }
    let device = check_first_device(&body)?;
    let opaque_record = app.passwords.finish_registration(&body.upload).map_err(|error| invalid(error.to_string()))?;
    let made = sessions::make(app, body.account, Some(body.device), SessionKind::Full);
    let registration = Registration {
        account: body.account,
        root_public_key: exactly_32("root_public_key", &body.root_public_key)?,
        recovery_token_hash: exactly_32("recovery_token_hash", &body.recovery_token_hash)?,
        username: body.username,
        display_name: body.display_name,
        opaque_record,
        backup: body.backup,
        device,
        session: made.session.clone(),
        invite,
        now: app.now(),
    };
    match app.store.register(&registration).await? {
        Registered::Done { replaced } => {
            if let Some(replaced) = replaced {
                app.hub.end_sessions(replaced, None, None);
                // The account is there: who is not told now finds out when they connect.
                if let Err(error) = fan_out::people::profile_changed(app, replaced).await {
                    tracing::warn!(error = %error, "contacts could not be told that someone began anew");
                }
            }
            sessions::signed_in(app, &made).await
        }
        Registered::UsernameTaken => Err(problem(ProblemKind::UsernameTaken)),
        Registered::IdTaken => Err(problem(ProblemKind::IdTaken)),
        Registered::InviteRefused => Err(invite_refused()),
    }
}

/// SHA-256 of the invite, where one is needed, and whether it lets someone take the place of the account that has this
/// username.
async fn check_invite(app: &App, invite: Option<&str>, username: &str) -> Result<(Option<[u8; 32]>, bool), Problem> {
    let code_hash = invite.map(|code| hash_secret(code.trim().as_bytes()));
    let open = match code_hash {
        Some(code_hash) => app.store.open_invite(code_hash, app.now()).await?,
        None => None,
    };
    if let Some(replaced) = open.and_then(|open| open.replaces) {
        let profile = app.store.profile(replaced).await?;
        let has_name = profile.is_some_and(|profile| profile.username == username && profile.successor.is_none());
        return if has_name { Ok((code_hash, true)) } else { Err(invite_refused()) };
    }
    match (app.config().registration.mode, code_hash) {
        (RegistrationMode::Open, _) => Ok((None, false)),
        (RegistrationMode::Closed, _) => Err(problem(ProblemKind::RegistrationClosed)),
        (RegistrationMode::Invite, None) => {
            Err(problem(ProblemKind::RegistrationClosed).with_detail("registration here needs an invite"))
        }
        (RegistrationMode::Invite, Some(_)) if open.is_none() => Err(invite_refused()),
        (RegistrationMode::Invite, code_hash) => Ok((code_hash, false)),
    }
}

fn invite_refused() -> Problem {
    problem(ProblemKind::RegistrationClosed).with_detail("that invite is unknown, used or expired")
}

fn check_username(username: &str) -> Result<(), Problem> {
    if is_valid_username(username) {
        return Ok(());
    }
    Err(invalid("a username has 3 to 32 of a-z, 0-9, _ and . and starts with a letter"))
}

/// The first device, if root key, list key, certificate and list belong together.
fn check_first_device(body: &RegistrationFinish) -> Result<FirstDevice, Problem> {
    let root = exactly_32("root_public_key", &body.root_public_key)?;
    let verify = || -> Result<DeviceCertificate, IdentityError> {
        let list_key = ListKeyCertificate::from_bytes(&body.list_key_certificate)?;
        let list = DeviceList::from_bytes(&body.device_list)?;
        let certificate = DeviceCertificate::from_bytes(&body.device_certificate)?;
        certificate.verify(&list_key)?;
        let fits = list_key.generation == 1
            && [list_key.account, list.account, certificate.account] == [body.account; 3]
            && certificate.device == body.device
            && certificate.list_version == 1
            && list.devices.len() == 1
            && list.entry(&body.device).is_some_and(|entry| entry.signature_key == certificate.signature_key);
        if !fits {
            return Err(IdentityError::Mismatch);
        }
        DeviceChain::verify(&root, &[list_key], vec![list])?;
        Ok(certificate)
    };
    let certificate = verify().map_err(invalid_identity)?;
    Ok(FirstDevice {
        device: NewDevice {
            device: body.device,
            certificate: body.device_certificate.to_vec(),
            signature_key: certificate.signature_key,
        },
        list: body.device_list.to_vec(),
        list_key_certificate: body.list_key_certificate.to_vec(),
    })
}
