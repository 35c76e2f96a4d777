//! What takes more than to be signed in: a new password, a new recovery code, passkeys, to revoke devices. Someone types the
//! present password, or to revoke devices shows the recovery code or a passkey instead: that opens the backup, which is sealed
//! anew in one step with what changes. Until the server has taken it everything is as it was.

use sealpost_protocol::{
    AccountId, Bytes, DeviceId, PasskeyId, Request,
    account::{
        Backup, BackupWrite, Done, PasswordFinish, PasswordStart, Recover, RegistrationStarted, SignInStart,
        SignInStarted, SignOut, SignedIn,
    },
};
use zeroize::Zeroizing;

use super::{
    CommandId, Result,
    keys::{AccountKeys, BY_PASSKEY, BY_PASSWORD, BY_RECOVERY_CODE, Key, OpenedBackup},
    opaque::{NewPassword, SignInState},
    passkeys::{Passkey, PasskeyChange, no_passkey},
    purpose::Purpose,
    recovery::{self, RecoveryCode},
    requests::{Answered, Outcome, typed},
    revoke::{RevokeStep, Revoking},
    sign_in::{broken_backup, wrong_credentials},
    sign_up::{CommandResult, refuse_guessable},
    turn::Turn,
};
use crate::{
    command::{Answer, Failure, Proof},
    snapshot::SnapshotKey,
};

/// What a request of this kind is for.
pub(crate) enum CredentialsPurpose {
    Prove(Box<Proving>),
    Proven(Box<Proving>),
    /// The recovery code or a passkey was shown.
    Shown(Box<Shown>),
    Revoke(Box<Revoking>, RevokeStep),
    NewPassword(Box<Changing>),
    Changed(Box<Changing>),
    /// The session that was made to show the password is over: nobody waits for it.
    Over,
}

/// Someone shows that they know the password.
pub(crate) struct Proving {
    command: CommandId,
    password: Zeroizing<String>,
    /// Until the first answer.
    state: Option<SignInState>,
    /// From the first answer on.
    export_key: Option<Key>,
    change: Change,
}

/// What they want changed.
enum Change {
    Password(Zeroizing<String>),
    Code(RecoveryCode),
    Passkeys(PasskeyChange),
    Devices(Vec<DeviceId>),
}

/// Someone shows that they have the recovery code or a passkey, to revoke devices.
pub(crate) struct Shown {
    command: CommandId,
    /// What opens the backup, and how.
    way: (&'static str, Key),
    devices: Vec<DeviceId>,
}

/// The backup is open, and the change on its way.
pub(crate) struct Changing {
    pub command: CommandId,
    /// Of a session made for this alone.
    pub token: Bytes,
    pub account: AccountId,
    pub keys: AccountKeys,
    pub version: u64,
    pub of: Of,
}

/// What of it changes.
pub(crate) enum Of {
    /// The password: itself, and where it stands.
    Password(Option<Box<(Zeroizing<String>, NewPassword)>>),
    Code,
    Passkeys(PasskeyChange),
}

/// The backup does not say what the recovery code wraps with, so sealed anew it would not open by the code.
pub(super) fn needs_new_code() -> Failure {
    let detail = "the recovery code is older than this: replace it first, so that it stays valid";
    Failure::new("needs-new-code", detail)
}

impl Turn<'_> {
    pub(super) fn change_password(
        &mut self,
        command: CommandId,
        current: String,
        new: String,
    ) -> Result<CommandResult> {
        let Some(session) = self.session()? else { return Ok(Some(Err(wrong_credentials()))) };
        let new = Zeroizing::new(new);
        let names = [session.username.clone(), session.display_name];
        if let Some(failure) = refuse_guessable(&new, &names).filter(|_| !self.config.any_password) {
            return Ok(Some(Err(failure)));
        }
        self.prove(command, session.username, current, Change::Password(new))
    }

    /// A code that is no account's yet.
    pub(super) fn new_recovery_code(&mut self) -> std::result::Result<Answer, Failure> {
        Ok(Answer::RecoveryCode { code: RecoveryCode::generate(self.rng).to_text() })
    }

    pub(super) fn set_recovery_code(
        &mut self,
        command: CommandId,
        shown: &str,
        typed: &str,
        password: String,
    ) -> Result<CommandResult> {
        let Some(session) = self.session()? else { return Ok(Some(Err(wrong_credentials()))) };
        let Some(code) = RecoveryCode::parse(typed).filter(|typed| typed.to_text() == shown) else {
            return Ok(Some(Err(Failure::new("wrong-code", "that is not the new recovery code"))));
        };
        self.prove(command, session.username, password, Change::Code(code))
    }

    pub(super) fn add_passkey(
        &mut self,
        command: CommandId,
        secret: Bytes,
        credential: Bytes,
        password: String,
    ) -> Result<CommandResult> {
        let Some(session) = self.session()? else { return Ok(Some(Err(wrong_credentials()))) };
        match PasskeyChange::add(secret, credential) {
            Some(change) => self.prove(command, session.username, password, Change::Passkeys(change)),
            None => Ok(Some(Err(no_passkey()))),
        }
    }

    pub(super) fn remove_passkey(
        &mut self,
        command: CommandId,
        passkey: PasskeyId,
        password: String,
    ) -> Result<CommandResult> {
        let Some(session) = self.session()? else { return Ok(Some(Err(wrong_credentials()))) };
        self.prove(command, session.username, password, Change::Passkeys(PasskeyChange::Remove(passkey)))
    }

    /// Revokes own devices; `proof` is the password, the recovery code or a passkey.
    pub(super) fn revoke_devices(
        &mut self,
        command: CommandId,
        devices: Vec<DeviceId>,
        proof: Proof,
    ) -> Result<CommandResult> {
        let Some(session) = self.session()? else { return Ok(Some(Err(wrong_credentials()))) };
        if devices.contains(&session.device) {
            return Ok(Some(Err(Failure::new("invalid-request", "to leave with this device, sign out"))));
        }
        let (request, way): (Request, _) = match proof {
            Proof::Password { password } => {
                return self.prove(command, session.username, password, Change::Devices(devices));
            }
            Proof::RecoveryCode { code } => {
                let Some(code) = RecoveryCode::parse(&code) else {
                    return Ok(Some(Err(Failure::new("wrong-code", "that is not a recovery code"))));
                };
                let request = Recover { username: session.username, recovery_token: Bytes(code.token().to_vec()) };
                (request.into(), (BY_RECOVERY_CODE, code.wrapping_key()))
            }
            Proof::Passkey { secret } => {
                let Some(passkey) = Passkey::read(secret) else { return Ok(Some(Err(no_passkey()))) };
                (passkey.request().into(), (BY_PASSKEY, passkey.wrapping_key()))
            }
        };
        let flow = Shown { command, way, devices };
        self.ask_http(request, Purpose::Credentials(CredentialsPurpose::Shown(Box::new(flow))), None);
        Ok(None)
    }

    fn shown_to_revoke(&mut self, flow: Shown, answer: Answered<SignedIn>) -> Result<()> {
        let Shown { command, way, devices } = flow;
        match answer {
            Ok(signed_in) => self.open_to_revoke(command, &signed_in, way, devices),
            Err(failure) => {
                self.finish(command, Err(failure.into()));
                Ok(())
            }
        }
    }

    fn open_to_revoke(
        &mut self,
        command: CommandId,
        signed_in: &SignedIn,
        way: (&'static str, Key),
        devices: Vec<DeviceId>,
    ) -> Result<()> {
        let (account, token) = (signed_in.me.profile.account, signed_in.session_token.clone());
        let is_own = self.session()?.is_some_and(|session| session.account == account);
        let opened = OpenedBackup::open(&signed_in.backup, account, way.0, &way.1).filter(|_| is_own);
        match opened {
            Some(opened) => {
                let gathered = Default::default();
                let known = Vec::new();
                self.start_revoking(Revoking { command, token, opened, way, devices, known, tries: 0, gathered })
            }
            None if is_own => self.end_change(command, token, Err(broken_backup())),
            // A passkey of another account on this server.
            None => self.end_change(command, token, Err(wrong_credentials())),
        }
    }

    fn prove(
        &mut self,
        command: CommandId,
        username: String,
        password: String,
        change: Change,
    ) -> Result<CommandResult> {
        let password = Zeroizing::new(password);
        let Some((state, message)) = SignInState::start(&password, self.rng) else {
            return Ok(Some(Err(wrong_credentials())));
        };
        let flow = Proving { command, password, state: Some(state), export_key: None, change };
        let request = SignInStart { username, message: message.into() };
        self.ask_http(request, Purpose::Credentials(CredentialsPurpose::Prove(Box::new(flow))), None);
        Ok(None)
    }

    pub(super) fn credentials_answered(&mut self, purpose: CredentialsPurpose, outcome: Outcome) -> Result<()> {
        match purpose {
            CredentialsPurpose::Prove(flow) => self.prove_on(*flow, typed(outcome)),
            CredentialsPurpose::Proven(flow) => self.proven(*flow, typed(outcome)),
            CredentialsPurpose::NewPassword(flow) => self.new_password_started(*flow, typed(outcome)),
            CredentialsPurpose::Changed(flow) => self.credentials_changed(*flow, typed(outcome)),
            CredentialsPurpose::Shown(flow) => self.shown_to_revoke(*flow, typed(outcome)),
            CredentialsPurpose::Revoke(flow, step) => self.revoking_answered(*flow, step, outcome),
            CredentialsPurpose::Over => Ok(()),
        }
    }

    fn prove_on(&mut self, mut flow: Proving, answer: Answered<SignInStarted>) -> Result<()> {
        let result = answer.map_err(Failure::from).and_then(|started| {
            let (request, export_key) = self.answer_sign_in(flow.state.take(), &flow.password, &started)?;
            flow.export_key = Some(export_key);
            Ok(request)
        });
        match result {
            Ok(request) => {
                let purpose = CredentialsPurpose::Proven(Box::new(flow));
                self.ask_http(request, Purpose::Credentials(purpose), None);
            }
            Err(failure) => self.finish(flow.command, Err(failure)),
        }
        Ok(())
    }

    fn proven(&mut self, flow: Proving, answer: Answered<SignedIn>) -> Result<()> {
        let Proving { command, export_key, change, .. } = flow;
        let signed_in = match answer {
            Ok(signed_in) => signed_in,
            Err(failure) => {
                self.finish(command, Err(failure.into()));
                return Ok(());
            }
        };
        let change = match (change, export_key.clone()) {
            (Change::Devices(devices), Some(key)) => {
                return self.open_to_revoke(command, &signed_in, (BY_PASSWORD, key), devices);
            }
            (change, _) => change,
        };
        let (account, token) = (signed_in.me.profile.account, signed_in.session_token);
        let is_own = self.session()?.is_some_and(|session| session.account == account);
        let opened = export_key.filter(|_| is_own).and_then(|key| {
            let keys = AccountKeys::open(&signed_in.backup, account, BY_PASSWORD, &key)?;
            Some((key, keys))
        });
        let Some((export_key, keys)) = opened else {
            return self.end_change(command, token, Err(broken_backup()));
        };
        let version = signed_in.backup.version + 1;
        let flow = Changing { command, token, account, keys, version, of: Of::Code };
        match change {
            Change::Password(new) => self.start_new_password(flow, new),
            Change::Code(code) => self.write_new_code(flow, &signed_in.backup, &export_key, &code),
            Change::Passkeys(change) => self.change_passkeys(flow, &export_key, change),
            Change::Devices(_) => self.end_change(flow.command, flow.token, Err(broken_backup())),
        }
    }

    fn start_new_password(&mut self, mut flow: Changing, new: Zeroizing<String>) -> Result<()> {
        if flow.keys.recovery_key.is_none() {
            return self.end_change(flow.command, flow.token, Err(needs_new_code()));
        }
        let Some((state, message)) = NewPassword::start(&new, self.rng) else {
            return self.end_change(flow.command, flow.token, Err(broken_backup()));
        };
        flow.of = Of::Password(Some(Box::new((new, state))));
        let token = Some(flow.token.clone());
        let purpose = CredentialsPurpose::NewPassword(Box::new(flow));
        self.ask_http(PasswordStart { message: message.into() }, Purpose::Credentials(purpose), token);
        Ok(())
    }

    fn new_password_started(&mut self, mut flow: Changing, answer: Answered<RegistrationStarted>) -> Result<()> {
        let finished = answer.map_err(Failure::from).and_then(|started| {
            let Of::Password(password) = &mut flow.of else { return Err(broken_backup()) };
            let (new, state) = *password.take().ok_or_else(broken_backup)?;
            let finished = state.finish(&new, &started.message, self.config.stretching, self.rng);
            finished.ok_or_else(|| Failure::new("internal", "the server's answer is not valid"))
        });
        match finished {
            Ok((upload, export_key)) => {
                let backup = flow.keys.rewrap(flow.account, flow.version, &export_key, self.rng);
                let token = Some(flow.token.clone());
                let request = PasswordFinish { upload: upload.into(), backup, keep_sessions: true };
                let purpose = CredentialsPurpose::Changed(Box::new(flow));
                self.ask_http(request, Purpose::Credentials(purpose), token);
                Ok(())
            }
            Err(failure) => self.end_change(flow.command, flow.token, Err(failure)),
        }
    }

    fn write_new_code(
        &mut self,
        mut flow: Changing,
        backup: &Backup,
        export_key: &Key,
        code: &RecoveryCode,
    ) -> Result<()> {
        let key = code.wrapping_key();
        if AccountKeys::open(backup, flow.account, BY_RECOVERY_CODE, &key).is_some() {
            // An earlier attempt, whose answer was lost.
            return self.code_replaced(flow.command, flow.token);
        }
        flow.keys.recovery_key = Some(key);
        let backup = flow.keys.rewrap(flow.account, flow.version, export_key, self.rng);
        let recovery_token_hash = Some(code.token_hash().into());
        self.write_backup(flow, BackupWrite { recovery_token_hash, ..BackupWrite::from(backup) })
    }

    pub(super) fn write_backup(&mut self, flow: Changing, request: BackupWrite) -> Result<()> {
        let token = Some(flow.token.clone());
        let purpose = CredentialsPurpose::Changed(Box::new(flow));
        self.ask_http(request, Purpose::Credentials(purpose), token);
        Ok(())
    }

    /// The server has what is new.
    fn credentials_changed(&mut self, flow: Changing, answer: Answered<Done>) -> Result<()> {
        let Changing { command, token, of, .. } = flow;
        match (answer, of) {
            (Ok(_), Of::Code) => self.code_replaced(command, token),
            (Ok(_), Of::Passkeys(change)) => self.passkeys_changed(command, token, change),
            (Ok(_), Of::Password(_)) => self.end_change(command, token, Ok(Answer::Done)),
            (Err(failure), _) => self.end_change(command, token, Err(failure.into())),
        }
    }

    /// Who typed the new code has it, and the one before is worth nothing, also where it was still to be confirmed.
    fn code_replaced(&mut self, command: CommandId, token: Bytes) -> Result<()> {
        self.store.set_recovery_code(None)?;
        self.store.vault_set(recovery::VAULT_RECORD, &[])?;
        self.memory.due.vault_write = true;
        self.changed.insert(SnapshotKey::Session);
        self.end_change(command, token, Ok(Answer::Done))
    }

    pub(super) fn end_change(
        &mut self,
        command: CommandId,
        token: Bytes,
        result: std::result::Result<Answer, Failure>,
    ) -> Result<()> {
        self.finish(command, result);
        let purpose = Purpose::Credentials(CredentialsPurpose::Over);
        self.ask_http(SignOut { everywhere: false }, purpose, Some(token));
        Ok(())
    }
}
