//! The MLS ciphersuites that Sealpost speaks. Independent of everything but OpenMLS's names for them.

use openmls::prelude::Ciphersuite;
use serde::{Deserialize, Serialize};

/// A ciphersuite (RFC 9420 section 17.1), a field of each conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(into = "u16", try_from = "u16")]
pub enum Suite {
    /// `MLS_128_MLKEM768X25519_AES256GCM_SHA384_Ed25519` (0x004E): hybrid post-quantum, the default.
    #[default]
    XWing,
    /// `MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519` (0x0001).
    Classic,
}

impl Suite {
    /// Every suite, the preferred one first.
    pub const ALL: [Self; 2] = [Self::XWing, Self::Classic];

    /// The number that travels.
    pub fn number(self) -> u16 {
        self.to_openmls() as u16
    }

    /// The suite with this number, if Sealpost speaks it.
    pub fn from_number(number: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|suite| suite.number() == number)
    }

    pub(crate) fn to_openmls(self) -> Ciphersuite {
        match self {
            Self::XWing => Ciphersuite::MLS_128_MLKEM768X25519_AES256GCM_SHA384_Ed25519,
            Self::Classic => Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519,
        }
    }
}

impl From<Suite> for u16 {
    fn from(suite: Suite) -> Self {
        suite.number()
    }
}

impl TryFrom<u16> for Suite {
    type Error = &'static str;
    fn try_from(number: u16) -> Result<Self, Self::Error> {
        Self::from_number(number).ok_or("a ciphersuite that is not spoken here")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_registry() {
        assert_eq!(Suite::XWing.number(), 0x004E);
        assert_eq!(Suite::Classic.number(), 0x0001);
        assert_eq!(Suite::from_number(0x004E), Some(Suite::XWing));
        assert_eq!(Suite::from_number(2), None);
        assert_eq!(Suite::default(), Suite::XWing);
    }
}
