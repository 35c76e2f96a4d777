//! Messages to bytes and back. The decoder takes bytes from anyone, so it bounds size, depth and number of parts before
//! it builds anything; what the draft does not forbid and this version does not know, it keeps.

use std::io::Cursor;

use ciborium::{Value, value::Integer};

use super::{
    Expiration, ExtensionName, MessageId, MimiContent, SALT_LEN,
    part::{Body, External, NestedPart, Semantics},
};

/// Largest encoded message, in bytes.
pub const CONTENT_MAX: usize = 256 * 1024;
/// Most levels of parts in parts, and of anything in extensions (both from the draft).
pub const DEPTH_MAX: usize = 4;
/// Most parts of a message, on all levels.
pub const PARTS_MAX: usize = 64;
/// Longest name of an extension, in bytes.
const EXTENSION_NAME_MAX: usize = 255;
/// Farthest from zero that an integer key may be: 2^53 - 1.
const KEY_MAX: i64 = (1 << 53) - 1;
/// Fields of a message.
const FIELDS: usize = 7;
/// CBOR levels that the reader takes: more than the deepest message has (two for each level of parts), so that what is
/// too deep is told apart from what is no CBOR, and far fewer than a stack has room for.
const READER_DEPTH: usize = 64;

/// Why something is not a message, or cannot be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContentError {
    /// Above [`super::TEXT_MAX`].
    #[error("the text is too large")]
    TextTooLarge,
    /// Above [`CONTENT_MAX`].
    #[error("the message is too large")]
    TooLarge,
    /// Parts or extensions are nested deeper than [`DEPTH_MAX`].
    #[error("the message is nested too deeply")]
    TooDeep,
    /// More than [`PARTS_MAX`] parts.
    #[error("the message has too many parts")]
    TooManyParts,
    /// Not one CBOR item and nothing else.
    #[error("the message is not CBOR")]
    NotCbor,
    /// CBOR, but something is missing, too much or of the wrong type.
    #[error("the message's {0} is not as the format has it")]
    Malformed(&'static str),
}

/// The deterministic encoding of `content`.
pub(super) fn encode(content: &MimiContent) -> Result<Vec<u8>, ContentError> {
    let mut bytes = Vec::new();
    ciborium::into_writer(&content_to_value(content)?, &mut bytes).map_err(|_| ContentError::NotCbor)?;
    Ok(bytes)
}

/// What `bytes` mean.
pub(super) fn decode(bytes: &[u8]) -> Result<MimiContent, ContentError> {
    if bytes.len() > CONTENT_MAX {
        return Err(ContentError::TooLarge);
    }
    value_to_content(read_value(bytes)?)
}

/// The one CBOR item that `bytes` are.
pub(super) fn read_value(bytes: &[u8]) -> Result<Value, ContentError> {
    let mut reader = Cursor::new(bytes);
    let value = ciborium::de::from_reader_with_recursion_limit(&mut reader, READER_DEPTH).map_err(|e| match e {
        ciborium::de::Error::RecursionLimitExceeded => ContentError::TooDeep,
        _ => ContentError::NotCbor,
    })?;
    let everything_read = usize::try_from(reader.position()).is_ok_and(|read| read == bytes.len());
    if everything_read { Ok(value) } else { Err(ContentError::NotCbor) }
}

fn content_to_value(content: &MimiContent) -> Result<Value, ContentError> {
    let id = |id: Option<MessageId>| id.map_or(Value::Null, |id| Value::Bytes(id.0.to_vec()));
    let expires = match content.expires {
        None => Value::Null,
        Some(Expiration::AfterReading(seconds)) => Value::Array(vec![true.into(), seconds.into()]),
        Some(Expiration::At(seconds)) => Value::Array(vec![false.into(), seconds.into()]),
    };
    Ok(Value::Array(vec![
        Value::Bytes(content.salt.to_vec()),
        id(content.replaces),
        Value::Bytes(content.topic_id.clone()),
        expires,
        id(content.in_reply_to),
        extensions_to_value(&content.extensions)?,
        part_to_value(&content.body),
    ]))
}

/// Sorted by the bytes of their encoded keys, as deterministic encoding has it.
fn extensions_to_value(extensions: &[(ExtensionName, Value)]) -> Result<Value, ContentError> {
    let mut entries = Vec::with_capacity(extensions.len());
    for (name, value) in extensions {
        let key = match name {
            ExtensionName::Number(number) => Value::from(*number),
            ExtensionName::Text(text) => Value::from(text.as_str()),
        };
        let mut encoded_key = Vec::new();
        ciborium::into_writer(&key, &mut encoded_key).map_err(|_| ContentError::NotCbor)?;
        entries.push((encoded_key, key, value.clone()));
    }
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(Value::Map(entries.into_iter().map(|(_, key, value)| (key, value)).collect()))
}

fn part_to_value(part: &NestedPart) -> Value {
    let mut fields = vec![u8::from(part.disposition).into(), part.language.as_str().into()];
    match &part.body {
        Body::Null => fields.push(0.into()),
        Body::Single { content_type, content } => {
            fields.extend([1.into(), content_type.as_str().into(), Value::Bytes(content.clone())]);
        }
        Body::External(external) => {
            fields.push(2.into());
            fields.extend(external_to_values(external));
        }
        Body::Multi { semantics, parts } => {
            let parts = parts.iter().map(part_to_value).collect();
            fields.extend([3.into(), semantics.number().into(), Value::Array(parts)]);
        }
        Body::Unknown { cardinality, fields: unknown } => {
            fields.push((*cardinality).into());
            fields.extend(unknown.iter().cloned());
        }
    }
    Value::Array(fields)
}

fn external_to_values(external: &External) -> [Value; 12] {
    [
        external.content_type.as_str().into(),
        external.url.as_str().into(),
        external.expires.into(),
        external.size.into(),
        external.encryption.into(),
        Value::Bytes(external.key.clone()),
        Value::Bytes(external.nonce.clone()),
        Value::Bytes(external.aad.clone()),
        external.hash_algorithm.into(),
        Value::Bytes(external.content_hash.clone()),
        external.description.as_str().into(),
        external.filename.as_str().into(),
    ]
}

fn value_to_content(value: Value) -> Result<MimiContent, ContentError> {
    let mut fields = Fields::of(value, "array of fields")?;
    if fields.0.len() != FIELDS {
        return Err(ContentError::Malformed("number of fields"));
    }
    let mut parts_left = PARTS_MAX;
    Ok(MimiContent {
        salt: fields.array::<SALT_LEN>("salt")?,
        replaces: fields.message_id("replaces")?,
        topic_id: fields.bytes("topic id")?,
        expires: value_to_expiration(fields.next("expiry")?)?,
        in_reply_to: fields.message_id("reply")?,
        extensions: value_to_extensions(fields.next("extensions")?)?,
        body: value_to_part(fields.next("body")?, DEPTH_MAX, &mut parts_left)?,
    })
}

fn value_to_expiration(value: Value) -> Result<Option<Expiration>, ContentError> {
    if value.is_null() {
        return Ok(None);
    }
    let mut fields = Fields::of(value, "expiry")?;
    let relative = fields.next("expiry")?.as_bool().ok_or(ContentError::Malformed("expiry"))?;
    let seconds = fields.number("expiry")?;
    fields.end("expiry")?;
    Ok(Some(if relative { Expiration::AfterReading(seconds) } else { Expiration::At(seconds) }))
}

fn value_to_extensions(value: Value) -> Result<Vec<(ExtensionName, Value)>, ContentError> {
    let malformed = || ContentError::Malformed("extensions");
    // The map itself is the first level.
    check_extension(&value, DEPTH_MAX)?;
    let entries = value.into_map().map_err(|_| malformed())?;
    let mut extensions = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        let name = match key {
            Value::Integer(number) => ExtensionName::Number(number.try_into().map_err(|_| malformed())?),
            Value::Text(text) if (1..=EXTENSION_NAME_MAX).contains(&text.len()) => ExtensionName::Text(text),
            _ => return Err(malformed()),
        };
        extensions.push((name, value));
    }
    let mut names: Vec<&ExtensionName> = extensions.iter().map(|(name, _)| name).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair.first() == pair.last()) {
        return Err(malformed());
    }
    Ok(extensions)
}

/// The draft's restrictions on everything inside extensions: depth, and keys of maps.
fn check_extension(value: &Value, levels_left: usize) -> Result<(), ContentError> {
    let below = || levels_left.checked_sub(1).ok_or(ContentError::TooDeep);
    match value {
        Value::Array(items) => {
            let below = below()?;
            items.iter().try_for_each(|item| check_extension(item, below))
        }
        Value::Map(entries) => {
            let below = below()?;
            entries.iter().try_for_each(|(key, item)| {
                check_key(key)?;
                check_extension(item, below)
            })
        }
        Value::Tag(_, inner) => check_extension(inner, below()?),
        _ => Ok(()),
    }
}

fn check_key(key: &Value) -> Result<(), ContentError> {
    match key {
        Value::Text(_) | Value::Bytes(_) => Ok(()),
        Value::Integer(number) if i64::try_from(*number).is_ok_and(|n| (-KEY_MAX..=KEY_MAX).contains(&n)) => Ok(()),
        _ => Err(ContentError::Malformed("extensions")),
    }
}

fn value_to_part(value: Value, levels_left: usize, parts_left: &mut usize) -> Result<NestedPart, ContentError> {
    let below = levels_left.checked_sub(1).ok_or(ContentError::TooDeep)?;
    *parts_left = parts_left.checked_sub(1).ok_or(ContentError::TooManyParts)?;
    let mut fields = Fields::of(value, "part")?;
    let disposition = fields.number::<u8>("disposition")?.into();
    let language = fields.text("language")?;
    let body = match fields.number::<u64>("cardinality")? {
        0 => Body::Null,
        1 => Body::Single { content_type: fields.text("content type")?, content: fields.bytes("content")? },
        2 => Body::External(Box::new(fields.external()?)),
        3 => {
            let semantics = Semantics::from_number(fields.number("part semantics")?)
                .ok_or(ContentError::Malformed("part semantics"))?;
            let Fields(values) = Fields::of(fields.next("parts")?, "parts")?;
            if values.len() < 2 {
                return Err(ContentError::Malformed("parts"));
            }
            let parts =
                values.map(|part| value_to_part(part, below, parts_left)).collect::<Result<_, ContentError>>()?;
            Body::Multi { semantics, parts }
        }
        cardinality => return Ok(NestedPart { disposition, language, body: fields.unknown(cardinality) }),
    };
    fields.end("part")?;
    Ok(NestedPart { disposition, language, body })
}

/// The fields of an array, taken one after the other.
struct Fields(std::vec::IntoIter<Value>);

impl Fields {
    fn of(value: Value, what: &'static str) -> Result<Self, ContentError> {
        value.into_array().map(|fields| Self(fields.into_iter())).map_err(|_| ContentError::Malformed(what))
    }

    fn next(&mut self, what: &'static str) -> Result<Value, ContentError> {
        self.0.next().ok_or(ContentError::Malformed(what))
    }

    fn bytes(&mut self, what: &'static str) -> Result<Vec<u8>, ContentError> {
        self.next(what)?.into_bytes().map_err(|_| ContentError::Malformed(what))
    }

    fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], ContentError> {
        self.bytes(what)?.try_into().map_err(|_| ContentError::Malformed(what))
    }

    fn text(&mut self, what: &'static str) -> Result<String, ContentError> {
        self.next(what)?.into_text().map_err(|_| ContentError::Malformed(what))
    }

    fn number<T: TryFrom<Integer>>(&mut self, what: &'static str) -> Result<T, ContentError> {
        let number = self.next(what)?.into_integer().map_err(|_| ContentError::Malformed(what))?;
        number.try_into().map_err(|_| ContentError::Malformed(what))
    }

    fn message_id(&mut self, what: &'static str) -> Result<Option<MessageId>, ContentError> {
        match self.next(what)? {
            Value::Null => Ok(None),
            Value::Bytes(bytes) => {
                bytes.try_into().map(|id| Some(MessageId(id))).map_err(|_| ContentError::Malformed(what))
            }
            _ => Err(ContentError::Malformed(what)),
        }
    }

    fn external(&mut self) -> Result<External, ContentError> {
        const WHAT: &str = "external part";
        Ok(External {
            content_type: self.text(WHAT)?,
            url: self.text(WHAT)?,
            expires: self.number(WHAT)?,
            size: self.number(WHAT)?,
            encryption: self.number(WHAT)?,
            key: self.bytes(WHAT)?,
            nonce: self.bytes(WHAT)?,
            aad: self.bytes(WHAT)?,
            hash_algorithm: self.number(WHAT)?,
            content_hash: self.bytes(WHAT)?,
            description: self.text(WHAT)?,
            filename: self.text(WHAT)?,
        })
    }

    fn unknown(self, cardinality: u64) -> Body {
        Body::Unknown { cardinality, fields: self.0.collect() }
    }

    fn end(mut self, what: &'static str) -> Result<(), ContentError> {
        match self.0.next() {
            None => Ok(()),
            Some(_) => Err(ContentError::Malformed(what)),
        }
    }
}
