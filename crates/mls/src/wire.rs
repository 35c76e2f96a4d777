//! The few MLS structures that OpenMLS does not let one take apart (RFC 9420 sections 6, 12.4.3 and 12.4.3.1), in TLS
//! presentation. Independent of groups: only reading, changing and writing them.

use openmls::prelude::{KeyPackageRef, OpenMlsCrypto as _, RatchetTreeIn};
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize, VLBytes};

use crate::{
    Suite,
    codec::Malformed,
    identity::{DeviceKey, IdentityError},
    provider::crypto,
};

pub(crate) const MLS_10: u16 = 1;
const WIRE_FORMAT_WELCOME: u16 = 3;
const WIRE_FORMAT_GROUP_INFO: u16 = 4;

/// Extension type of `external_pub` (RFC 9420 section 17.3).
pub(crate) const EXTERNAL_PUB: u16 = 4;

/// The TLS form of `value`.
pub(crate) fn to_tls(value: &impl tls_codec::Serialize) -> Result<Vec<u8>, Malformed> {
    value.tls_serialize_detached().map_err(|_| Malformed)
}

/// The value whose TLS form is exactly `bytes`.
pub(crate) fn from_tls<T: tls_codec::Deserialize>(bytes: &[u8]) -> Result<T, Malformed> {
    let mut rest = bytes;
    let value = T::tls_deserialize(&mut rest).map_err(|_| Malformed)?;
    if rest.is_empty() { Ok(value) } else { Err(Malformed) }
}

/// Reads a `ratchet_tree` (RFC 9420 section 12.4.3.3).
pub(crate) fn ratchet_tree(bytes: &[u8]) -> Result<RatchetTreeIn, Malformed> {
    from_tls(bytes)
}

/// An `MLSMessage` with a `Welcome`.
#[derive(Debug, TlsSerialize, TlsDeserialize, TlsSize)]
pub(crate) struct WelcomeMessage {
    version: u16,
    wire_format: u16,
    suite: u16,
    pub(crate) secrets: Vec<EncryptedGroupSecrets>,
    pub(crate) encrypted_group_info: VLBytes,
}

/// The secrets for one joiner.
#[derive(Debug, TlsSerialize, TlsDeserialize, TlsSize)]
pub(crate) struct EncryptedGroupSecrets {
    new_member: VLBytes,
    kem_output: VLBytes,
    pub(crate) ciphertext: VLBytes,
}

impl EncryptedGroupSecrets {
    /// Bytes of what is encrypted.
    pub(crate) fn len(&self) -> usize {
        self.kem_output.as_slice().len().saturating_add(self.ciphertext.as_slice().len())
    }
}

impl WelcomeMessage {
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let message: Self = from_tls(bytes)?;
        let welcome = message.version == MLS_10 && message.wire_format == WIRE_FORMAT_WELCOME;
        if welcome { Ok(message) } else { Err(Malformed) }
    }

    /// The key package references of those it is for, in its order.
    pub(crate) fn joiners(&self) -> impl Iterator<Item = &[u8]> {
        self.secrets.iter().map(|secrets| secrets.new_member.as_slice())
    }

    pub(crate) fn retain(&mut self, key_package_ref: &[u8]) {
        self.secrets.retain(|secrets| secrets.new_member.as_slice() == key_package_ref);
    }
}

/// An `MLSMessage` with a `GroupInfo`.
#[derive(Debug, TlsSerialize, TlsDeserialize, TlsSize)]
pub(crate) struct GroupInfoMessage {
    version: u16,
    wire_format: u16,
    to_be_signed: GroupInfoTbs,
    signature: VLBytes,
}

#[derive(Debug, TlsSerialize, TlsDeserialize, TlsSize)]
struct GroupInfoTbs {
    context: GroupContext,
    extensions: Vec<RawExtension>,
    confirmation_tag: VLBytes,
    signer: u32,
}

/// `GroupContext` (RFC 9420 section 8.1).
#[derive(Debug, TlsSerialize, TlsDeserialize, TlsSize)]
struct GroupContext {
    version: u16,
    suite: u16,
    group_id: VLBytes,
    epoch: u64,
    tree_hash: VLBytes,
    confirmed_transcript_hash: VLBytes,
    extensions: Vec<RawExtension>,
}

#[derive(Debug, TlsSerialize, TlsDeserialize, TlsSize)]
struct RawExtension {
    extension_type: u16,
    data: VLBytes,
}

/// `SignContent` (RFC 9420 section 5.1.2).
#[derive(Debug, TlsSerialize, TlsSize)]
struct SignContent {
    label: VLBytes,
    content: VLBytes,
}

impl GroupInfoMessage {
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let message: Self = from_tls(bytes)?;
        let group_info = message.version == MLS_10 && message.wire_format == WIRE_FORMAT_GROUP_INFO;
        if group_info { Ok(message) } else { Err(Malformed) }
    }

    /// The serialised `GroupContext`.
    pub(crate) fn context(&self) -> Result<Vec<u8>, Malformed> {
        to_tls(&self.to_be_signed.context)
    }

    pub(crate) fn suite(&self) -> Option<Suite> {
        Suite::from_number(self.to_be_signed.context.suite)
    }

    pub(crate) fn confirmation_tag(&self) -> &[u8] {
        self.to_be_signed.confirmation_tag.as_slice()
    }

    /// The leaf that signed.
    pub(crate) fn signer(&self) -> u32 {
        self.to_be_signed.signer
    }

    /// Whether `external_pub` is its one extension, so that it holds no secret and no second tree.
    pub(crate) fn is_plain(&self) -> bool {
        matches!(self.to_be_signed.extensions.as_slice(), [only] if only.extension_type == EXTERNAL_PUB)
    }

    pub(crate) fn verify(&self, signer_key: &[u8; 32]) -> Result<(), IdentityError> {
        let content = self.sign_content()?;
        let signature = self.signature.as_slice().try_into().map_err(|_| IdentityError::Signature)?;
        crate::identity::verify_raw(signer_key, &content, signature)
    }

    /// Drops the extension and signs what is left.
    pub(crate) fn without(mut self, extension_type: u16, signer: &DeviceKey) -> Result<Self, Malformed> {
        self.to_be_signed.extensions.retain(|extension| extension.extension_type != extension_type);
        self.signature = signer.sign_raw(&self.sign_content()?).to_vec().into();
        Ok(self)
    }

    fn sign_content(&self) -> Result<Vec<u8>, Malformed> {
        let content = to_tls(&self.to_be_signed)?.into();
        to_tls(&SignContent { label: b"MLS 1.0 GroupInfoTBS".to_vec().into(), content })
    }
}

/// `RefHash` (RFC 9420 section 5.2) of a serialised key package.
#[derive(Debug, TlsSerialize, TlsSize)]
struct RefHashInput {
    label: VLBytes,
    value: VLBytes,
}

/// The reference of a serialised `KeyPackage` of `suite`.
pub(crate) fn key_package_ref(key_package: &[u8], suite: Suite) -> Result<Vec<u8>, Malformed> {
    let label = b"MLS 1.0 KeyPackage Reference".to_vec().into();
    let input = to_tls(&RefHashInput { label, value: key_package.to_vec().into() })?;
    crypto().hash(suite.to_openmls().hash_algorithm(), &input).map_err(|_| Malformed)
}

/// A key package reference as OpenMLS has it.
pub(crate) fn hash_reference(reference: &[u8]) -> Result<KeyPackageRef, Malformed> {
    from_tls(&to_tls(&VLBytes::from(reference.to_vec()))?)
}

/// The interim transcript hash (RFC 9420 section 8.2) after an epoch began with `confirmation_tag`.
pub(crate) fn interim_transcript_hash(confirmed: &[u8], tag: &[u8], suite: Suite) -> Result<Vec<u8>, Malformed> {
    let input = [confirmed, &to_tls(&VLBytes::from(tag.to_vec()))?].concat();
    crypto().hash(suite.to_openmls().hash_algorithm(), &input).map_err(|_| Malformed)
}
