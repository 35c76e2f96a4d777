//! Signing up: everything that an account begins with is made here and goes to the server in one request.

use sealpost_mls::identity::{
    Credential, DeviceCertificate, DeviceKey, DeviceList, ListKey, ListKeyCertificate, RootKey,
};
use sealpost_protocol::{
    AccountId, DeviceId, ProblemKind,
    account::{
        RegistrationFinish, RegistrationStart, RegistrationStarted, SignedIn, is_valid_display_name, is_valid_username,
    },
};
use zeroize::Zeroizing;

use super::{
    CommandId, RequestFailure, Result,
    keys::{AccountKeys, Key, SharedKeys, random_key},
    opaque::NewPassword,
    password,
    purpose::{Purpose, Task},
    recovery::{self, RecoveryCode},
    requests::{Answered, is_temporary},
    turn::Turn,
};
use crate::{
    command::{Answer, Failure},
    snapshot::SnapshotKey,
    store::Session,
};

/// How often the last request is sent when its answer is lost: nobody knows then whether the account was made.
const FINISH_ATTEMPTS: u32 = 6;

/// Between the first request and its answer.
pub(crate) struct SigningUp {
    command: CommandId,
    username: String,
    display_name: String,
    password: Zeroizing<String>,
    invite: Option<String>,
    state: NewPassword,
}

/// Between the last request and its answer.
pub(crate) struct Finishing {
    command: CommandId,
    password: Zeroizing<String>,
    session: Session,
    request: RegistrationFinish,
    attempt: u32,
}

pub(super) type CommandResult = Option<std::result::Result<Answer, Failure>>;

/// Why a new password is not taken, if it is not.
pub(super) fn refuse_guessable(password: &str, names: &[String]) -> Option<Failure> {
    let strength = password::strength(password, names);
    let detail = || format!("this password could be guessed: {:?}", strength.hint);
    (!strength.accepted).then(|| Failure::new("guessable-password", detail()))
}

/// Whether a refusal is what a second request for the same account gets: its name, id or invite is used.
fn may_be_made(failure: &RequestFailure) -> bool {
    let RequestFailure::Problem(problem) = failure else { return false };
    matches!(problem.kind(), ProblemKind::UsernameTaken | ProblemKind::IdTaken | ProblemKind::RegistrationClosed)
}

impl Turn<'_> {
    pub(super) fn sign_up(
        &mut self,
        command: CommandId,
        username: String,
        display_name: String,
        password: String,
        invite: Option<String>,
    ) -> Result<CommandResult> {
        let password = Zeroizing::new(password);
        let (username, display_name) = (username.trim().to_owned(), display_name.trim().to_owned());
        if !is_valid_username(&username) {
            let detail = "a username has 3 to 32 of a-z, 0-9, _ and ., and starts with a letter";
            return Ok(Some(Err(Failure::new("invalid-username", detail))));
        }
        if !is_valid_display_name(&display_name) {
            return Ok(Some(Err(Failure::new("invalid-name", "a name has 1 to 64 characters"))));
        }
        if !self.config.any_password
            && let Some(failure) = refuse_guessable(&password, &[username.clone(), display_name.clone()])
        {
            return Ok(Some(Err(failure)));
        }
        let Some((state, message)) = NewPassword::start(&password, self.rng) else {
            return Ok(Some(Err(Failure::new("internal", "the password cannot be used"))));
        };
        let request = RegistrationStart { username: username.clone(), message: message.into(), invite: invite.clone() };
        let flow = SigningUp { command, username, display_name, password, invite, state };
        self.ask_http(request, Purpose::SignUpStart(Box::new(flow)), None);
        Ok(None)
    }

    pub(super) fn sign_up_started(&mut self, flow: SigningUp, answer: Answered<RegistrationStarted>) -> Result<()> {
        let started = match answer {
            Ok(started) => started,
            // An earlier attempt, whose answer was lost, may have made the account.
            Err(failure) if may_be_made(&failure) && self.store.has_registration(&flow.username)? => {
                self.start_sign_in(flow.command, flow.username, flow.password, Some(failure.into()));
                return Ok(());
            }
            Err(failure) => {
                self.finish(flow.command, Err(failure.into()));
                return Ok(());
            }
        };
        let SigningUp { command, username, display_name, password, invite, state } = flow;
        let Some((upload, export_key)) = state.finish(&password, &started.message, self.config.stretching, self.rng)
        else {
            self.finish(command, Err(Failure::new("internal", "the server's answer is not valid")));
            return Ok(());
        };
        let (session, mut request) = self.new_account(username, display_name, &export_key);
        request.upload = upload.into();
        request.invite = invite;
        // Before the request leaves: its answer may be lost, and this device closed.
        self.store.add_registration(&session)?;
        self.ask_finish(Finishing { command, password, session, request, attempt: 1 });
        Ok(())
    }

    /// Sends again what waited long enough.
    pub(super) fn resume_sign_up(&mut self) {
        if self.is_free(Task::SignUp) {
            for flow in std::mem::take(&mut self.memory.finishing) {
                self.ask_finish(flow);
            }
        }
    }

    fn ask_finish(&mut self, flow: Finishing) {
        let request = flow.request.clone();
        self.ask_http(request, Purpose::SignUpFinish(Box::new(flow)), None);
    }

    /// Every key of a new account, and what the server gets of them.
    fn new_account(
        &mut self,
        username: String,
        display_name: String,
        export_key: &Key,
    ) -> (Session, RegistrationFinish) {
        let (account, device) = (AccountId(self.random()), DeviceId(self.random()));
        let root = RootKey::generate(self.rng);
        let list_key = ListKey::generate(self.rng);
        let device_key = DeviceKey::generate(self.rng);
        let certificate = ListKeyCertificate::sign(&root, account, 1, &list_key);
        let list = DeviceList::first(&list_key, &certificate, device, device_key.public_key());
        let device_certificate = DeviceCertificate::sign(&list_key, &certificate, device, &device_key, list.version);
        let code = RecoveryCode::generate(self.rng);
        let shared = SharedKeys {
            list_key: list_key.secret(),
            list_key_certificate: certificate.to_bytes(),
            vault_key: random_key(self.rng),
            archive_key: random_key(self.rng),
            former_archive_keys: Vec::new(),
        };
        let keys =
            AccountKeys { root: root.secret(), shared, recovery_key: Some(code.wrapping_key()), passkeys: Vec::new() };
        let backup = keys.rewrap(account, 1, export_key, self.rng);
        let request = RegistrationFinish {
            account,
            username: username.clone(),
            display_name: display_name.clone(),
            upload: Default::default(),
            root_public_key: root.public_key().into(),
            list_key_certificate: keys.shared.list_key_certificate.clone().into(),
            device,
            device_certificate: device_certificate.to_bytes().into(),
            device_list: list.to_bytes().into(),
            backup,
            recovery_token_hash: code.token_hash().into(),
            invite: None,
        };
        let session = Session {
            account,
            username,
            display_name,
            root_public_key: root.public_key(),
            device,
            device_key: device_key.secret(),
            token: Vec::new(),
            list_key: keys.shared.list_key,
            list_key_certificate: keys.shared.list_key_certificate,
            vault_key: keys.shared.vault_key,
            archive_key: keys.shared.archive_key,
            generation: 1,
            credential: Some(Credential::new(root.public_key(), certificate, device_certificate).to_bytes()),
            ended: false,
            recovery_code: Some(code.to_text()),
            last_resort_made: 0,
            vault_version: 0,
        };
        (session, request)
    }

    pub(super) fn sign_up_finished(&mut self, mut flow: Finishing, answer: Answered<SignedIn>) -> Result<()> {
        match answer {
            Ok(signed_in) => {
                let mut session = flow.session;
                session.token = signed_in.session_token.0;
                self.store.erase()?;
                self.begin_session(&session)?;
                if let Some(code) = &session.recovery_code {
                    self.store.vault_set(recovery::VAULT_RECORD, code.as_bytes())?;
                }
                self.finish(flow.command, Ok(Answer::Done));
            }
            Err(failure) if is_temporary(&failure) && flow.attempt < FINISH_ATTEMPTS => {
                flow.attempt += 1;
                self.memory.finishing.push(flow);
                self.hold(Task::SignUp, Some(&failure));
            }
            // The account was made by an attempt whose answer was lost: it is ours if the password opens it.
            Err(failure) if flow.attempt > 1 && may_be_made(&failure) => {
                self.went_well(Task::SignUp);
                self.start_sign_in(flow.command, flow.session.username.clone(), flow.password, Some(failure.into()));
            }
            Err(failure) => {
                self.went_well(Task::SignUp);
                if flow.attempt == 1 && !is_temporary(&failure) {
                    self.store.remove_registration(flow.session.account)?;
                }
                self.finish(flow.command, Err(failure.into()));
            }
        }
        Ok(())
    }

    /// Someone is signed in here from now on.
    pub(super) fn begin_session(&mut self, session: &Session) -> Result<()> {
        self.store.set_session(session)?;
        self.store.pin(session.account, &session.root_public_key)?;
        self.store.set_names(session.account, &session.username, &session.display_name)?;
        self.introduce_device(session.device)?;
        self.memory.identity = None;
        self.memory.groups.clear();
        self.memory.attempt = 0;
        self.changed.extend([SnapshotKey::Session, SnapshotKey::Connection, SnapshotKey::Conversations]);
        Ok(())
    }
}
