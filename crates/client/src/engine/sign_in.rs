//! Signing in with the password, and with the recovery code: both end in a new device of the account.

use sealpost_mls::identity::{DeviceKey, ListKeyCertificate};
use sealpost_protocol::{
    Bytes, DeviceId, ProblemKind,
    account::{
        Backup, Done, Me, PasswordFinish, PasswordStart, Recover, RegistrationStarted, SignInFinish, SignInStart,
        SignInStarted, SignedIn,
    },
};
use zeroize::Zeroizing;

use super::{
    CommandId, Result,
    keys::{AccountKeys, BY_PASSWORD, BY_RECOVERY_CODE, Key, SharedKeys},
    opaque::{NewPassword, SignInError, SignInState},
    purpose::Purpose,
    recovery::{self, RecoveryCode},
    requests::Answered,
    sign_up::{CommandResult, refuse_guessable},
    turn::Turn,
};
use crate::{
    command::{Answer, Failure},
    store::Session,
};

/// A sign-in on its way.
pub(crate) struct SigningIn {
    command: CommandId,
    password: Zeroizing<String>,
    /// Until the first answer.
    state: Option<SignInState>,
    /// From the first answer on.
    export_key: Option<Key>,
    /// What to say in place of wrong credentials: why the sign-up that this follows was refused.
    refusal: Option<Failure>,
}

/// A recovery on its way.
pub(crate) struct Recovering {
    command: CommandId,
    password: Zeroizing<String>,
    code: RecoveryCode,
    /// From the first answer on.
    opened: Option<Opened>,
    state: Option<NewPassword>,
}

/// What the recovery code opened.
struct Opened {
    token: Bytes,
    me: Me,
    keys: AccountKeys,
    backup_version: u64,
}

pub(super) fn wrong_credentials() -> Failure {
    Failure::new(ProblemKind::WrongCredentials.name(), "the username, password or code is wrong")
}

pub(super) fn broken_backup() -> Failure {
    Failure::new("internal", "the account's backup could not be opened")
}

impl Turn<'_> {
    pub(super) fn sign_in(&mut self, command: CommandId, username: String, password: String) -> Result<CommandResult> {
        let username = username.trim().to_lowercase();
        self.start_sign_in(command, username, Zeroizing::new(password), None);
        Ok(None)
    }

    pub(super) fn start_sign_in(
        &mut self,
        command: CommandId,
        username: String,
        password: Zeroizing<String>,
        refusal: Option<Failure>,
    ) {
        let Some((state, message)) = SignInState::start(&password, self.rng) else {
            self.finish(command, Err(wrong_credentials()));
            return;
        };
        let flow = SigningIn { command, password, state: Some(state), export_key: None, refusal };
        let request = SignInStart { username, message: message.into() };
        self.ask_http(request, Purpose::SignInStart(Box::new(flow)), None);
    }

    pub(super) fn sign_in_started(&mut self, mut flow: SigningIn, answer: Answered<SignInStarted>) -> Result<()> {
        let result = answer.map_err(Failure::from).and_then(|started| {
            let (request, export_key) = self.answer_sign_in(flow.state.take(), &flow.password, &started)?;
            flow.export_key = Some(export_key);
            Ok(request)
        });
        match result {
            Ok(request) => self.ask_http(request, Purpose::SignInFinish(Box::new(flow)), None),
            Err(failure) => self.refuse_sign_in(flow, failure),
        }
        Ok(())
    }

    /// What shows the server that the password is known, and the key that opens the backup.
    pub(super) fn answer_sign_in(
        &mut self,
        state: Option<SignInState>,
        password: &str,
        started: &SignInStarted,
    ) -> std::result::Result<(SignInFinish, Key), Failure> {
        let state = state.ok_or_else(wrong_credentials)?;
        let finished = state.finish(password, &started.message, self.config.stretching, self.rng);
        let (message, export_key) = finished.map_err(|error| match error {
            SignInError::WrongPassword => wrong_credentials(),
            SignInError::Malformed => Failure::new("internal", "the server's answer is not valid"),
        })?;
        Ok((SignInFinish { sign_in: started.sign_in, message: message.into() }, export_key))
    }

    pub(super) fn sign_in_finished(&mut self, flow: SigningIn, answer: Answered<SignedIn>) -> Result<()> {
        let result = answer.map_err(Failure::from).and_then(|signed_in| {
            let account = signed_in.me.profile.account;
            let keys = flow
                .export_key
                .as_ref()
                .and_then(|key| AccountKeys::open(&signed_in.backup, account, BY_PASSWORD, key));
            Ok((keys.ok_or_else(broken_backup)?, signed_in))
        });
        match result {
            Ok((keys, signed_in)) => {
                let account = signed_in.me.profile.account;
                // Made here, by a registration whose answer was lost: the person has not seen the code yet.
                let code = self.store.registration_code(account)?;
                let session = self.new_device(&signed_in.me, signed_in.session_token, keys)?;
                if let Some(code) = code.filter(|_| session.is_some()) {
                    self.store.remove_registration(account)?;
                    self.store.set_recovery_code(Some(&code))?;
                    self.store.vault_set(recovery::VAULT_RECORD, code.as_bytes())?;
                }
                self.finish_entry(flow.command, session)
            }
            Err(failure) => {
                self.refuse_sign_in(flow, failure);
                Ok(())
            }
        }
    }

    fn refuse_sign_in(&mut self, flow: SigningIn, failure: Failure) {
        let wrong = failure.kind == ProblemKind::WrongCredentials.name();
        let failure = flow.refusal.filter(|_| wrong).unwrap_or(failure);
        self.finish(flow.command, Err(failure));
    }

    pub(super) fn recover(
        &mut self,
        command: CommandId,
        username: String,
        code: &str,
        password: String,
    ) -> Result<CommandResult> {
        let (password, username) = (Zeroizing::new(password), username.trim().to_lowercase());
        let Some(code) = RecoveryCode::parse(code) else {
            return Ok(Some(Err(Failure::new("wrong-code", "that is not a recovery code: look for a typing error"))));
        };
        if let Some(failure) = refuse_guessable(&password, std::slice::from_ref(&username)) {
            return Ok(Some(Err(failure)));
        }
        let request = Recover { username, recovery_token: Bytes(code.token().to_vec()) };
        let flow = Recovering { command, password, code, opened: None, state: None };
        self.ask_http(request, Purpose::Recover(Box::new(flow)), None);
        Ok(None)
    }

    pub(super) fn recover_started(&mut self, mut flow: Recovering, answer: Answered<SignedIn>) -> Result<()> {
        let result = answer.map_err(Failure::from).and_then(|signed_in| {
            let account = signed_in.me.profile.account;
            let key = flow.code.wrapping_key();
            let keys =
                AccountKeys::open(&signed_in.backup, account, BY_RECOVERY_CODE, &key).ok_or_else(broken_backup)?;
            let (state, message) = NewPassword::start(&flow.password, self.rng).ok_or_else(broken_backup)?;
            flow.state = Some(state);
            let (token, backup_version) = (signed_in.session_token, signed_in.backup.version);
            flow.opened = Some(Opened { token: token.clone(), me: signed_in.me, keys, backup_version });
            Ok((message, token))
        });
        match result {
            Ok((message, token)) => {
                let request = PasswordStart { message: message.into() };
                self.ask_http(request, Purpose::PasswordStart(Box::new(flow)), Some(token));
            }
            Err(failure) => self.finish(flow.command, Err(failure)),
        }
        Ok(())
    }

    pub(super) fn password_started(
        &mut self,
        mut flow: Recovering,
        answer: Answered<RegistrationStarted>,
    ) -> Result<()> {
        let result = answer.map_err(Failure::from).and_then(|started| {
            let state = flow.state.take().ok_or_else(broken_backup)?;
            let (upload, export_key) = state
                .finish(&flow.password, &started.message, self.config.stretching, self.rng)
                .ok_or_else(|| Failure::new("internal", "the server's answer is not valid"))?;
            let opened = flow.opened.as_ref().ok_or_else(broken_backup)?;
            let backup = self.rewrapped(opened, &flow.code, &export_key);
            Ok((PasswordFinish { upload: upload.into(), backup, keep_sessions: false }, opened.token.clone()))
        });
        match result {
            Ok((request, token)) => self.ask_http(request, Purpose::PasswordFinish(Box::new(flow)), Some(token)),
            Err(failure) => self.finish(flow.command, Err(failure)),
        }
        Ok(())
    }

    /// The same keys under a new backup key, wrapped for the new password and the same recovery code.
    fn rewrapped(&mut self, opened: &Opened, code: &RecoveryCode, export_key: &Key) -> Backup {
        let keys = AccountKeys { recovery_key: Some(code.wrapping_key()), ..opened.keys.clone() };
        keys.rewrap(opened.me.profile.account, opened.backup_version + 1, export_key, self.rng)
    }

    pub(super) fn password_finished(&mut self, flow: Recovering, answer: Answered<Done>) -> Result<()> {
        match (answer, flow.opened) {
            (Ok(_), Some(opened)) => {
                let session = self.new_device(&opened.me, opened.token, opened.keys)?;
                // Who typed the code has it.
                self.store.vault_set(recovery::VAULT_RECORD, &[])?;
                self.finish_entry(flow.command, session)
            }
            (Ok(_), None) => {
                self.finish(flow.command, Err(broken_backup()));
                Ok(())
            }
            (Err(failure), _) => {
                self.finish(flow.command, Err(failure.into()));
                Ok(())
            }
        }
    }

    /// This becomes a new device of the account whose backup was opened.
    pub(super) fn new_device(&mut self, me: &Me, token: Bytes, keys: AccountKeys) -> Result<Option<Session>> {
        // The root key that the backup holds says who the account is, not the server.
        let root = sealpost_mls::identity::RootKey::from_secret(&keys.root);
        self.new_device_with(me, token, &root.public_key(), keys.shared)
    }

    /// This becomes a new device of the account with this root key. If the same person was signed in here, what timelines show
    /// stays. Nothing if keys, or what the server says of the account, are of another one.
    pub(super) fn new_device_with(
        &mut self,
        me: &Me,
        token: Bytes,
        root_public_key: &[u8; 32],
        keys: SharedKeys,
    ) -> Result<Option<Session>> {
        let certificate = keys.certificate(root_public_key);
        let certificate = certificate.filter(|certificate| certificate.account == me.profile.account);
        let Some(ListKeyCertificate { generation, .. }) = certificate else { return Ok(None) };
        if me.profile.root_public_key.as_ref() != root_public_key {
            return Ok(None);
        }
        let before = self.store.session()?;
        let before = before.filter(|before| before.account == me.profile.account);
        if before.is_some() {
            self.store.leave_all()?;
            self.store.forget_mls_state()?;
        } else {
            self.store.erase()?;
        }
        let session = Session {
            account: me.profile.account,
            username: me.profile.username.clone(),
            display_name: me.profile.display_name.clone(),
            root_public_key: *root_public_key,
            device: DeviceId(self.random()),
            device_key: DeviceKey::generate(self.rng).secret(),
            token: token.0,
            list_key: keys.list_key,
            list_key_certificate: keys.list_key_certificate,
            vault_key: keys.vault_key,
            archive_key: keys.archive_key,
            generation,
            credential: None,
            ended: false,
            recovery_code: None,
            last_resort_made: 0,
            vault_version: 0,
        };
        self.begin_session(&session)?;
        self.store.add_former_archive_keys(&keys.former_archive_keys)?;
        if let Some(before) = before {
            self.store.set_former_device(before.device)?;
        }
        Ok(Some(session))
    }

    pub(super) fn finish_entry(&mut self, command: CommandId, session: Option<Session>) -> Result<()> {
        let result = session.map(|_| Answer::Done).ok_or_else(broken_backup);
        self.finish(command, result);
        Ok(())
    }
}
