//! Keys made of keys, sealed values, and the account's backup: its keys under a random backup key, which is wrapped once
//! for each way to open it.
//!
//! Composed of HKDF-SHA256 (RFC 5869), HMAC-SHA256 and AES-256-GCM with random 96-bit nonces.

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sealpost_mls::{
    Randomness,
    identity::{ListKey, ListKeyCertificate},
};
use sealpost_protocol::{
    AccountId, Bytes, PasskeyId,
    account::{Backup, Wrapping},
};
use sha2::Sha256;
use zeroize::Zeroizing;

/// A secret key of 32 bytes.
pub(super) type Key = Zeroizing<[u8; 32]>;

/// [`Wrapping::kind`] of the OPAQUE export key.
pub(super) const BY_PASSWORD: &str = "password";
/// [`Wrapping::kind`] of the recovery code.
pub(super) const BY_RECOVERY_CODE: &str = "recovery-code";
/// [`Wrapping::kind`] of a passkey; there is one wrapping for each.
pub(super) const BY_PASSKEY: &str = "passkey";

const NONCE_LEN: usize = 12;
/// Without the key of the recovery code, as the first version wrote it.
const FIRST_FORMAT: u8 = 1;
/// Without former archive keys.
const SECOND_FORMAT: u8 = 2;
/// Without passkeys.
const THIRD_FORMAT: u8 = 3;
const BACKUP_FORMAT: u8 = 4;
const SHARED_FORMAT: u8 = 1;

/// A random key.
pub(super) fn random_key(rng: &mut dyn Randomness) -> Key {
    let mut key = Zeroizing::new([0; 32]);
    rng.fill_bytes(key.as_mut());
    key
}

/// The key that `secret` gives for one purpose.
pub(super) fn derive(secret: &[u8], purpose: &str) -> Key {
    let mut key = Zeroizing::new([0; 32]);
    // Fails for lengths above 255 hashes only.
    let derived = Hkdf::<Sha256>::new(None, secret).expand(purpose.as_bytes(), key.as_mut());
    debug_assert!(derived.is_ok());
    key
}

/// HMAC-SHA256.
pub(super) fn mac(key: &Key, data: &[u8]) -> [u8; 32] {
    // Takes keys of every length.
    let Ok(mac) = <Hmac<Sha256> as Mac>::new_from_slice(&**key) else { return [0; 32] };
    mac.chain_update(data).finalize().into_bytes().into()
}

/// `nonce || AES-256-GCM ciphertext`; `about` is authenticated with it.
pub(crate) fn seal(key: &[u8; 32], about: &[u8], plaintext: &[u8], rng: &mut dyn Randomness) -> Vec<u8> {
    let mut sealed = vec![0; NONCE_LEN];
    rng.fill_bytes(&mut sealed);
    let nonce: [u8; NONCE_LEN] = sealed.as_slice().try_into().unwrap_or_default();
    let payload = Payload { msg: plaintext, aad: about };
    // Fails above 64 GiB only; an empty ciphertext never opens.
    sealed.extend(Aes256Gcm::new(key.into()).encrypt(&nonce.into(), payload).unwrap_or_default());
    sealed
}

/// What [`seal`] sealed, if key and `about` are the same and nothing was changed.
pub(crate) fn open(key: &[u8; 32], about: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, ciphertext) = sealed.split_at_checked(NONCE_LEN)?;
    let nonce: [u8; NONCE_LEN] = nonce.try_into().ok()?;
    let payload = Payload { msg: ciphertext, aad: about };
    Aes256Gcm::new(key.into()).decrypt(&nonce.into(), payload).ok().map(Zeroizing::new)
}

/// The keys that every device of an account holds, until one of them is revoked: then the others get new ones.
#[derive(Clone)]
pub(super) struct SharedKeys {
    pub list_key: Key,
    pub list_key_certificate: Vec<u8>,
    pub vault_key: Key,
    pub archive_key: Key,
    /// The archive keys of generations before, with these, in the order of the generations.
    pub former_archive_keys: Vec<(u64, Key)>,
}

/// The keys of an account that its backup holds.
#[derive(Clone)]
pub(super) struct AccountKeys {
    /// Who the account is. Leaves memory with this.
    pub root: Key,
    pub shared: SharedKeys,
    /// What the recovery code wraps the backup key with, so that it does so again when another way to open the backup changes.
    /// Nothing in a backup of the first version.
    pub recovery_key: Option<Key>,
    /// What each passkey wraps the backup key with, for the same reason.
    pub passkeys: Vec<(PasskeyId, Key)>,
}

/// A backup that was opened, by whichever way.
pub(super) struct OpenedBackup {
    pub keys: AccountKeys,
    backup_key: Key,
    version: u64,
    wrappings: Vec<Wrapping>,
}

type FormerKeys = Vec<(u64, Bytes)>;
type PasskeyKeys = Vec<(PasskeyId, Bytes)>;
type SharedFields = (u8, Bytes, Bytes, Bytes, Bytes, FormerKeys);
type FirstFields = (u8, Bytes, Bytes, Bytes, Bytes, Bytes);
type SecondFields = (u8, Bytes, Bytes, Bytes, Bytes, Bytes, Option<Bytes>);
type ThirdFields = (u8, Bytes, Bytes, Bytes, Bytes, Bytes, Option<Bytes>, FormerKeys);
type Fields = (u8, Bytes, Bytes, Bytes, Bytes, Bytes, Option<Bytes>, FormerKeys, PasskeyKeys);

fn about_backup(account: AccountId, version: u64) -> Vec<u8> {
    [b"sealpost backup v1".as_slice(), account.as_bytes(), &version.to_be_bytes()].concat()
}

fn about_wrapping(account: AccountId, kind: &str) -> Vec<u8> {
    [b"sealpost wrapping v1".as_slice(), account.as_bytes(), kind.as_bytes()].concat()
}

fn part(bytes: &[u8]) -> Bytes {
    Bytes(bytes.to_vec())
}

impl SharedKeys {
    /// The list key's certificate, if that is this list key's, and the root key's with this public key.
    pub(super) fn certificate(&self, root_public_key: &[u8; 32]) -> Option<ListKeyCertificate> {
        let certificate = ListKeyCertificate::from_bytes(&self.list_key_certificate).ok()?;
        certificate.verify(root_public_key).ok()?;
        (certificate.public_key == ListKey::from_secret(&self.list_key).public_key()).then_some(certificate)
    }

    /// CBOR: `[1, list key, list key certificate, vault key, archive key, [[generation, archive key], ...]]`.
    pub(super) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let fields: SharedFields = (
            SHARED_FORMAT,
            part(&*self.list_key),
            part(&self.list_key_certificate),
            part(&*self.vault_key),
            part(&*self.archive_key),
            self.former(),
        );
        written(&fields)
    }

    /// Reads what [`Self::encode`] wrote.
    pub(super) fn decode(plaintext: &[u8]) -> Option<Self> {
        let (format, list_key, certificate, vault_key, archive_key, former): SharedFields =
            ciborium::from_reader(plaintext).ok()?;
        (format == SHARED_FORMAT).then_some(())?;
        Self::read(&list_key, certificate, &vault_key, &archive_key, &former)
    }

    fn read(
        list_key: &[u8],
        certificate: Bytes,
        vault_key: &[u8],
        archive_key: &[u8],
        former: &FormerKeys,
    ) -> Option<Self> {
        let former = former.iter().map(|(generation, key)| Some((*generation, secret(key)?)));
        Some(Self {
            list_key: secret(list_key)?,
            list_key_certificate: certificate.0,
            vault_key: secret(vault_key)?,
            archive_key: secret(archive_key)?,
            former_archive_keys: former.collect::<Option<_>>()?,
        })
    }

    fn former(&self) -> FormerKeys {
        self.former_archive_keys.iter().map(|(generation, key)| (*generation, part(&**key))).collect()
    }
}

impl OpenedBackup {
    /// Opens a backup by one of its wrappings.
    pub(super) fn open(backup: &Backup, account: AccountId, kind: &str, key: &Key) -> Option<Self> {
        let about = about_wrapping(account, kind);
        let of_kind = backup.wrappings.iter().filter(|wrapping| wrapping.kind == kind);
        let backup_key =
            of_kind.filter_map(|wrapping| open(key, &about, &wrapping.ciphertext)).find_map(|key| secret(&key))?;
        let plaintext = open(&backup_key, &about_backup(account, backup.version), &backup.ciphertext)?;
        let keys = AccountKeys::decode(&plaintext)?;
        Some(Self { keys, backup_key, version: backup.version, wrappings: backup.wrappings.clone() })
    }

    /// The next version, with other shared keys: all ways to open it stay.
    pub(super) fn with_shared(&self, account: AccountId, shared: SharedKeys, rng: &mut dyn Randomness) -> Backup {
        let (keys, version) = (AccountKeys { shared, ..self.keys.clone() }, self.version + 1);
        let ciphertext = seal(&self.backup_key, &about_backup(account, version), &keys.encode(), rng).into();
        Backup { version, ciphertext, wrappings: self.wrappings.clone() }
    }
}

impl AccountKeys {
    /// Seals the keys under a new backup key, and that once for each of the `ways` to open it.
    pub(super) fn seal(
        &self,
        account: AccountId,
        version: u64,
        ways: &[(&str, &Key)],
        rng: &mut dyn Randomness,
    ) -> Backup {
        let backup_key = random_key(rng);
        let ciphertext = seal(&backup_key, &about_backup(account, version), &self.encode(), rng).into();
        let wrap = |(kind, key): &(&str, &Key)| Wrapping {
            kind: (*kind).to_owned(),
            ciphertext: seal(key, &about_wrapping(account, kind), &*backup_key, rng).into(),
        };
        Backup { version, ciphertext, wrappings: ways.iter().map(wrap).collect() }
    }

    /// Seals the keys for a password, and for the recovery code and the passkeys that are known of.
    pub(super) fn rewrap(
        &self,
        account: AccountId,
        version: u64,
        export_key: &Key,
        rng: &mut dyn Randomness,
    ) -> Backup {
        let by_code = self.recovery_key.iter().map(|key| (BY_RECOVERY_CODE, key));
        let by_passkeys = self.passkeys.iter().map(|(_, key)| (BY_PASSKEY, key));
        let ways: Vec<_> = [(BY_PASSWORD, export_key)].into_iter().chain(by_code).chain(by_passkeys).collect();
        self.seal(account, version, &ways, rng)
    }

    /// Opens a backup by one of its wrappings.
    pub(super) fn open(backup: &Backup, account: AccountId, kind: &str, key: &Key) -> Option<Self> {
        Some(OpenedBackup::open(backup, account, kind, key)?.keys)
    }

    /// CBOR: `[4, root, list key, list key certificate, vault key, archive key, recovery key, [[generation, archive key], ...],
    /// [[passkey, its key], ...]]`.
    pub(super) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let shared = &self.shared;
        let fields: Fields = (
            BACKUP_FORMAT,
            part(&*self.root),
            part(&*shared.list_key),
            part(&shared.list_key_certificate),
            part(&*shared.vault_key),
            part(&*shared.archive_key),
            self.recovery_key.as_ref().map(|key| part(&**key)),
            shared.former(),
            self.passkeys.iter().map(|(passkey, key)| (*passkey, part(&**key))).collect(),
        );
        written(&fields)
    }

    /// Reads what [`Self::encode`] wrote, also as earlier versions did.
    pub(super) fn decode(plaintext: &[u8]) -> Option<Self> {
        let read = present(plaintext).or_else(|| third(plaintext)).or_else(|| second(plaintext));
        let (format, root, list_key, certificate, vault_key, archive_key, recovery_key, former, passkeys) =
            read.or_else(|| first(plaintext))?;
        (format == BACKUP_FORMAT).then_some(())?;
        let passkeys = passkeys.iter().map(|(passkey, key)| Some((*passkey, secret(key)?)));
        Some(Self {
            root: secret(&root)?,
            shared: SharedKeys::read(&list_key, certificate, &vault_key, &archive_key, &former)?,
            recovery_key: recovery_key.map(|key| secret(&key).ok_or(())).transpose().ok()?,
            passkeys: passkeys.collect::<Option<_>>()?,
        })
    }
}

fn present(plaintext: &[u8]) -> Option<Fields> {
    ciborium::from_reader(plaintext).ok()
}

fn third(plaintext: &[u8]) -> Option<Fields> {
    let (format, root, list, certificate, vault, archive, recovery, former): ThirdFields =
        ciborium::from_reader(plaintext).ok()?;
    let fields = (BACKUP_FORMAT, root, list, certificate, vault, archive, recovery, former, Vec::new());
    (format == THIRD_FORMAT).then_some(fields)
}

fn second(plaintext: &[u8]) -> Option<Fields> {
    let (format, root, list, certificate, vault, archive, recovery): SecondFields =
        ciborium::from_reader(plaintext).ok()?;
    let fields = (BACKUP_FORMAT, root, list, certificate, vault, archive, recovery, Vec::new(), Vec::new());
    (format == SECOND_FORMAT).then_some(fields)
}

fn first(plaintext: &[u8]) -> Option<Fields> {
    let (format, root, list, certificate, vault, archive): FirstFields = ciborium::from_reader(plaintext).ok()?;
    let fields = (BACKUP_FORMAT, root, list, certificate, vault, archive, None, Vec::new(), Vec::new());
    (format == FIRST_FORMAT).then_some(fields)
}

fn written(fields: &impl serde::Serialize) -> Zeroizing<Vec<u8>> {
    let mut plaintext = Zeroizing::new(Vec::with_capacity(2048));
    let written = ciborium::into_writer(fields, &mut *plaintext);
    debug_assert!(written.is_ok());
    plaintext
}

fn secret(bytes: &[u8]) -> Option<Key> {
    bytes.try_into().ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rand::rngs::OsRng;

    const ACCOUNT: AccountId = AccountId([1; 16]);

    fn passkey(number: u8) -> (PasskeyId, Key) {
        (PasskeyId([number; 16]), Zeroizing::new([number; 32]))
    }

    fn keys() -> AccountKeys {
        let key = |n: u8| Zeroizing::new([n; 32]);
        let shared = SharedKeys {
            list_key: key(2),
            list_key_certificate: vec![3; 90],
            vault_key: key(4),
            archive_key: key(5),
            former_archive_keys: vec![(1, key(6))],
        };
        AccountKeys { root: key(1), shared, recovery_key: Some(key(8)), passkeys: vec![passkey(10), passkey(11)] }
    }

    #[test]
    fn a_backup_opens_by_each_of_its_wrappings_and_by_nothing_else() {
        let (password, code) = (Zeroizing::new([7; 32]), Zeroizing::new([8; 32]));
        let ways = [(BY_PASSWORD, &password), (BY_RECOVERY_CODE, &code)];
        let mut backup = keys().seal(ACCOUNT, 3, &ways, &mut OsRng);
        for (kind, key) in ways {
            let opened = AccountKeys::open(&backup, ACCOUNT, kind, key).unwrap();
            assert_eq!((opened.root, opened.shared.archive_key), (keys().root, keys().shared.archive_key));
        }
        assert!(AccountKeys::open(&backup, ACCOUNT, BY_PASSWORD, &code).is_none());
        assert!(AccountKeys::open(&backup, AccountId([2; 16]), BY_PASSWORD, &password).is_none());
        backup.version = 2;
        assert!(AccountKeys::open(&backup, ACCOUNT, BY_PASSWORD, &password).is_none());
    }

    #[test]
    fn a_backup_of_the_first_version_is_read() {
        let part = |n: u8| Bytes(vec![n; 32]);
        let first: FirstFields = (1, part(1), part(2), Bytes(vec![3; 90]), part(4), part(5));
        let mut plaintext = Vec::new();
        ciborium::into_writer(&first, &mut plaintext).unwrap();
        let read = AccountKeys::decode(&plaintext).unwrap();
        assert_eq!((read.shared.archive_key, read.recovery_key), (keys().shared.archive_key, None));
    }

    #[test]
    fn a_backup_of_the_second_version_is_read() {
        let part = |n: u8| Bytes(vec![n; 32]);
        let second: SecondFields = (2, part(1), part(2), Bytes(vec![3; 90]), part(4), part(5), Some(part(8)));
        let read = AccountKeys::decode(&written(&second)).unwrap();
        assert_eq!((read.shared.vault_key, read.recovery_key), (keys().shared.vault_key, keys().recovery_key));
        assert!(read.shared.former_archive_keys.is_empty());
    }

    #[test]
    fn a_backup_of_the_third_version_is_read() {
        let part = |n: u8| Bytes(vec![n; 32]);
        let former = vec![(1, part(6))];
        let third: ThirdFields = (3, part(1), part(2), Bytes(vec![3; 90]), part(4), part(5), Some(part(8)), former);
        let read = AccountKeys::decode(&written(&third)).unwrap();
        assert_eq!(read.shared.former_archive_keys, keys().shared.former_archive_keys);
        assert!(read.passkeys.is_empty());
        let read = AccountKeys::decode(&keys().encode()).unwrap();
        assert_eq!(read.passkeys, keys().passkeys);
    }

    #[test]
    fn other_shared_keys_open_by_every_way_as_before() {
        let (password, code) = (Zeroizing::new([7; 32]), Zeroizing::new([8; 32]));
        let backup = keys().rewrap(ACCOUNT, 4, &password, &mut OsRng);
        let opened = OpenedBackup::open(&backup, ACCOUNT, BY_RECOVERY_CODE, &code).unwrap();
        let shared = SharedKeys { vault_key: Zeroizing::new([9; 32]), ..keys().shared };
        let next = opened.with_shared(ACCOUNT, shared, &mut OsRng);
        assert_eq!(next.version, 5);
        for (kind, key) in [(BY_PASSWORD, &password), (BY_RECOVERY_CODE, &code)] {
            let keys = AccountKeys::open(&next, ACCOUNT, kind, key).unwrap();
            assert_eq!(*keys.shared.vault_key, [9; 32]);
            assert_eq!(keys.shared.former_archive_keys.len(), 1);
        }
    }

    #[test]
    fn shared_keys_are_read_as_they_were_written() {
        let shared = keys().shared;
        let read = SharedKeys::decode(&shared.encode()).unwrap();
        assert_eq!(
            (read.list_key, read.vault_key, read.archive_key),
            (shared.list_key, shared.vault_key, shared.archive_key)
        );
        assert_eq!(read.former_archive_keys, shared.former_archive_keys);
        assert!(SharedKeys::decode(&keys().encode()).is_none());
    }

    #[test]
    fn a_new_password_leaves_the_recovery_code_and_the_passkeys_as_they_are() {
        let (password, code) = (Zeroizing::new([7; 32]), Zeroizing::new([8; 32]));
        let backup = keys().rewrap(ACCOUNT, 4, &password, &mut OsRng);
        let [(_, one), (_, other)] = [passkey(10), passkey(11)];
        let ways = [(BY_PASSWORD, &password), (BY_RECOVERY_CODE, &code), (BY_PASSKEY, &one), (BY_PASSKEY, &other)];
        for (kind, key) in ways {
            assert_eq!(AccountKeys::open(&backup, ACCOUNT, kind, key).unwrap().root, keys().root);
        }
        assert!(AccountKeys::open(&backup, ACCOUNT, BY_PASSKEY, &passkey(12).1).is_none());
        assert!(AccountKeys::open(&backup, ACCOUNT, BY_PASSWORD, &one).is_none());
    }

    #[test]
    fn what_was_changed_does_not_open() {
        let sealed = seal(&[1; 32], b"here", b"secret", &mut OsRng);
        assert_eq!(open(&[1; 32], b"here", &sealed).unwrap().as_slice(), b"secret");
        assert!(open(&[1; 32], b"there", &sealed).is_none());
        assert!(open(&[2; 32], b"here", &sealed).is_none());
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert!(open(&[1; 32], b"here", &changed).is_none());
        }
        assert!(open(&[1; 32], b"here", &sealed[..5]).is_none());
    }
}
