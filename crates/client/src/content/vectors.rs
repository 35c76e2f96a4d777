//! The draft's own examples, and generated messages: what is read means what was written.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing)]

use std::{fs, path::PathBuf};

use ciborium::Value;
use proptest::prelude::*;

use super::*;

/// The draft's examples as (name, CBOR, annotated text), or nothing where they are not at hand.
fn examples() -> Option<Vec<(String, Vec<u8>, String)>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors/mimi");
    let Ok(files) = fs::read_dir(&folder) else {
        println!("skipped: no vectors");
        return None;
    };
    let mut examples = Vec::new();
    for path in files.map(|file| file.unwrap().path()) {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        // `implied-*` lists what a receiver derives for itself; it is no message and does not travel.
        if path.extension().is_some_and(|extension| extension == "cbor") && !name.starts_with("implied") {
            let text = fs::read_to_string(path.with_extension("edn")).unwrap();
            examples.push((name, fs::read(&path).unwrap(), text));
        }
    }
    assert!(examples.len() >= 14, "examples are missing");
    Some(examples)
}

fn example(name: &str) -> Option<MimiContent> {
    let examples = examples()?;
    let (_, bytes, _) = examples.iter().find(|(found, ..)| found == name).unwrap();
    Some(Content::decode(bytes).unwrap().meaning().clone())
}

#[test]
fn every_example_means_what_its_text_says_and_is_left_byte_for_byte() {
    for (name, bytes, text) in examples().unwrap_or_default() {
        let content = Content::decode(&bytes).unwrap();
        assert_eq!(content.bytes(), bytes, "{name}");
        // Encoding anew from the meaning alone gives the same bytes, so nothing was lost or made up ...
        assert_eq!(Content::new(content.meaning().clone()).unwrap().bytes(), bytes, "{name}");
        // ... and they are the bytes of the annotated text.
        assert_eq!(codec::read_value(&bytes).unwrap(), Edn::parse(&text), "{name}");
    }
}

#[test]
fn every_example_has_the_message_id_that_its_text_gives() {
    for (name, bytes, text) in examples().unwrap_or_default() {
        let content = Content::decode(&bytes).unwrap();
        let uri = |name: ExtensionName| {
            let (_, value) = content.meaning().extensions.iter().find(|(found, _)| *found == name).unwrap();
            value.as_text().unwrap().to_owned()
        };
        let id = content.message_id(&uri(ExtensionName::SENDER_URI), &uri(ExtensionName::ROOM_URI));
        let hex: String = id.0.iter().map(|byte| format!("{byte:02x}")).collect();
        let (_, header) = text.split_once("message ID = h'").unwrap();
        let (expected, _) = header.split_once('\'').unwrap();
        let expected: String = expected.chars().filter(char::is_ascii_hexdigit).collect();
        assert_eq!(hex, expected, "{name}");
    }
}

#[test]
fn fields_of_examples_are_where_they_belong() {
    let Some(reply) = example("reply") else { return };
    assert_eq!(reply.salt[..2], [0x11, 0xa4]);
    assert_eq!(reply.replaces, None);
    assert_eq!(reply.in_reply_to.unwrap().0[..3], [0x01, 0x7c, 0xe5]);
    assert_eq!(reply.shown_text(), Some("Right on! _Congratulations_ 'all!"));

    let edit = example("edit").unwrap();
    assert_eq!(edit.replaces.unwrap().0[..3], [0x01, 0x53, 0x54]);
    assert_eq!(edit.shown_text(), None);

    let delete = example("delete").unwrap();
    assert_eq!((delete.body.body, delete.replaces.is_some()), (Body::Null, true));

    let reaction = example("reaction").unwrap();
    assert_eq!(reaction.body.disposition, Disposition::Reaction);
    assert_eq!(reaction.shown_text(), None);

    assert_eq!(example("expiring").unwrap().expires, Some(Expiration::At(1_644_390_004)));
    assert_eq!(example("conferencing").unwrap().topic_id, b"Foo 118");
    assert_eq!(example("multipart-1").unwrap().shown_text(), Some("# Welcome!"));
}

#[test]
fn an_external_part_is_read_whole() {
    let Some(attachment) = example("attachment") else { return };
    assert_eq!(attachment.body.disposition, Disposition::Attachment);
    assert_eq!(attachment.body.language, "en");
    let Body::External(external) = attachment.body.body else { panic!("not an external part") };
    assert_eq!(external.content_type, "video/mp4");
    assert_eq!(external.url, "https://example.com/storage/8ksB4bSrrRE.mp4");
    assert_eq!((external.expires, external.size), (0, 708_234_961));
    assert_eq!((external.encryption, external.hash_algorithm), (1, 1));
    assert_eq!((external.key.len(), external.nonce.len(), external.aad.len()), (16, 12, 0));
    assert_eq!(external.content_hash[..2], [0x9a, 0xb1]);
    assert_eq!(
        (external.description.as_str(), external.filename.as_str()),
        ("2 hours of key signing video", "bigfile.mp4")
    );
}

#[test]
fn limits_and_malformed_messages_are_named() {
    let decode = |value: &Value| {
        let mut bytes = Vec::new();
        ciborium::into_writer(value, &mut bytes).unwrap();
        Content::decode(&bytes).map(|_| ())
    };
    let message = |extensions: Value, body: Value| {
        let null = || Value::Null;
        Value::Array(vec![Value::Bytes(vec![0; 16]), null(), Value::Bytes(vec![]), null(), null(), extensions, body])
    };
    let no_extensions = || Value::Map(vec![]);
    let part = || Value::Array(vec![1.into(), "".into(), 0.into()]);
    let multi = |parts: Vec<Value>| Value::Array(vec![1.into(), "".into(), 3.into(), 2.into(), Value::Array(parts)]);
    let nested = |levels| (1..levels).fold(part(), |inner, _| multi(vec![inner, part()]));

    assert_eq!(decode(&message(no_extensions(), nested(DEPTH_MAX))), Ok(()));
    assert_eq!(decode(&message(no_extensions(), nested(DEPTH_MAX + 1))), Err(ContentError::TooDeep));
    assert_eq!(decode(&message(no_extensions(), nested(200))), Err(ContentError::TooDeep));
    assert_eq!(decode(&message(no_extensions(), multi(vec![part(); PARTS_MAX - 1]))), Ok(()));
    assert_eq!(decode(&message(no_extensions(), multi(vec![part(); PARTS_MAX]))), Err(ContentError::TooManyParts));
    assert_eq!(decode(&message(no_extensions(), multi(vec![part()]))), Err(ContentError::Malformed("parts")));
    assert_eq!(Content::decode(&vec![0; CONTENT_MAX + 1]), Err(ContentError::TooLarge));

    let twice = Value::Map(vec![(1.into(), "a".into()), (1.into(), "b".into())]);
    assert_eq!(decode(&message(twice, part())), Err(ContentError::Malformed("extensions")));
    let deep = (0..DEPTH_MAX).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
    let deep = Value::Map(vec![(256.into(), deep)]);
    assert_eq!(decode(&message(deep, part())), Err(ContentError::TooDeep));
}

#[test]
fn an_unknown_kind_of_part_is_kept() {
    let unknown = NestedPart {
        disposition: Disposition::Unknown(99),
        language: "fr".to_owned(),
        body: Body::Unknown { cardinality: 7, fields: vec!["x".into(), Value::Array(vec![5.into()])] },
    };
    let text = NestedPart::single(Disposition::Render, MARKDOWN, b"hello");
    let parts = vec![unknown, text];
    let body = NestedPart {
        disposition: Disposition::Render,
        language: String::new(),
        body: Body::Multi { semantics: Semantics::ProcessAll, parts },
    };
    let sent = MimiContent {
        salt: [1; SALT_LEN],
        replaces: None,
        topic_id: vec![],
        expires: None,
        in_reply_to: None,
        extensions: vec![],
        body,
    };
    let received = Content::decode(Content::new(sent.clone()).unwrap().bytes()).unwrap();
    assert_eq!(received.meaning(), &sent);
    assert_eq!(received.meaning().shown_text(), Some("hello"));
}

fn any_text() -> impl Strategy<Value = String> {
    prop::collection::vec(any::<char>(), 0..12).prop_map(|chars| chars.into_iter().collect())
}

fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..40)
}

fn any_part() -> impl Strategy<Value = NestedPart> {
    let external = (
        any_text(),
        any_text(),
        any::<(u32, u64, u16, u8)>(),
        prop::array::uniform4(any_bytes()),
        any_text(),
        any_text(),
    )
        .prop_map(
            |(content_type, url, (expires, size, encryption, hash_algorithm), bytes, description, filename)| {
                let [key, nonce, aad, content_hash] = bytes;
                Body::External(Box::new(External {
                    content_type,
                    url,
                    expires,
                    size,
                    encryption,
                    key,
                    nonce,
                    aad,
                    hash_algorithm,
                    content_hash,
                    description,
                    filename,
                }))
            },
        );
    let leaf = prop_oneof![
        Just(Body::Null),
        (any_text(), any_bytes()).prop_map(|(content_type, content)| Body::Single { content_type, content }),
        external,
        (4..u64::MAX, any_text(), any::<i64>()).prop_map(|(cardinality, text, number)| Body::Unknown {
            cardinality,
            fields: vec![text.into(), number.into()]
        }),
    ];
    let part = |body| {
        (any::<u8>(), any_text(), body).prop_map(|(disposition, language, body)| NestedPart {
            disposition: disposition.into(),
            language,
            body,
        })
    };
    let semantics =
        || prop_oneof![Just(Semantics::ChooseOne), Just(Semantics::SingleUnit), Just(Semantics::ProcessAll)];
    part(leaf.boxed()).boxed().prop_recursive(DEPTH_MAX as u32 - 1, 30, 3, move |inner| {
        let multi = (semantics(), prop::collection::vec(inner, 2..4))
            .prop_map(|(semantics, parts)| Body::Multi { semantics, parts });
        part(multi.boxed())
    })
}

fn any_content() -> impl Strategy<Value = MimiContent> {
    let name = prop_oneof![
        (-9_007_199_254_740_991..=9_007_199_254_740_991_i64).prop_map(ExtensionName::Number),
        "[a-z]{1,20}".prop_map(ExtensionName::Text),
    ];
    let extensions = prop::collection::btree_map(
        name,
        prop_oneof![any_text().prop_map(Value::from), any::<u64>().prop_map(Value::from)],
        0..5,
    );
    let expires = any::<Option<(bool, u32)>>()
        .prop_map(|e| e.map(|(relative, s)| if relative { Expiration::AfterReading(s) } else { Expiration::At(s) }));
    let id = || any::<Option<[u8; 32]>>().prop_map(|id| id.map(MessageId));
    (any::<[u8; SALT_LEN]>(), id(), any_bytes(), expires, id(), extensions, any_part()).prop_map(
        |(salt, replaces, topic_id, expires, in_reply_to, extensions, body)| MimiContent {
            salt,
            replaces,
            topic_id,
            expires,
            in_reply_to,
            extensions: extensions.into_iter().collect(),
            body,
        },
    )
}

proptest! {
    #[test]
    fn what_is_written_is_read(sent in any_content()) {
        let first = Content::new(sent.clone()).unwrap();
        let read = Content::decode(first.bytes()).unwrap();
        let mut meaning = read.meaning().clone();
        // Names are sorted by their encoding on the way.
        meaning.extensions.sort_by(|a, b| a.0.cmp(&b.0));
        prop_assert_eq!(meaning, sent);
        let again = Content::new(read.meaning().clone()).unwrap();
        prop_assert_eq!(again.bytes(), first.bytes());
    }

    #[test]
    fn damaged_messages_never_panic(sent in any_content(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = Content::new(sent).unwrap().bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(content) = Content::decode(&bytes) {
            prop_assert_eq!(content.bytes(), &bytes);
        }
        bytes.truncate(at);
        prop_assert!(Content::decode(&bytes).is_err());
    }

    #[test]
    fn garbage_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Content::decode(&bytes);
    }
}

/// Reads the little of Extended Diagnostic Notation that the examples use. Commas count as space: one example lacks one.
struct Edn<'a>(&'a str);

impl Edn<'_> {
    fn parse(text: &str) -> Value {
        let mut reader = Edn(text);
        let value = reader.value();
        reader.skip();
        assert_eq!(reader.0, "", "something follows the value");
        value
    }

    fn skip(&mut self) {
        loop {
            self.0 = self.0.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
            match self.0.strip_prefix('#') {
                Some(comment) => self.0 = comment.split_once('\n').map_or("", |(_, rest)| rest),
                None => return,
            }
        }
    }

    fn take(&mut self, token: &str) -> bool {
        self.skip();
        match self.0.strip_prefix(token) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    fn value(&mut self) -> Value {
        for (word, value) in [("null", Value::Null), ("true", true.into()), ("false", false.into())] {
            if self.take(word) {
                return value;
            }
        }
        if self.take("[") {
            let mut items = Vec::new();
            while !self.take("]") {
                items.push(self.value());
            }
            Value::Array(items)
        } else if self.take("{") {
            let mut entries = Vec::new();
            while !self.take("}") {
                let key = self.value();
                assert!(self.take(":"));
                entries.push((key, self.value()));
            }
            Value::Map(entries)
        } else if self.take("h'") {
            Value::Bytes(self.hex())
        } else if self.take("'") {
            let mut bytes = self.quoted('\'').into_bytes();
            while self.take("+") {
                assert!(self.take("'"));
                bytes.extend(self.quoted('\'').into_bytes());
            }
            Value::Bytes(bytes)
        } else if self.take("\"") {
            Value::Text(self.quoted('"'))
        } else {
            let digits = self.0.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.0.len());
            let (number, rest) = self.0.split_at(digits);
            self.0 = rest;
            Value::from(number.parse::<u64>().unwrap())
        }
    }

    fn hex(&mut self) -> Vec<u8> {
        let (inside, rest) = self.0.split_once('\'').unwrap();
        self.0 = rest;
        let digits: Vec<u32> = inside
            .lines()
            .filter_map(|line| line.split('#').next())
            .flat_map(|line| line.chars().filter(|c| !c.is_whitespace()))
            .map(|digit| digit.to_digit(16).unwrap())
            .collect();
        digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap()).collect()
    }

    fn quoted(&mut self, quote: char) -> String {
        let mut text = String::new();
        let mut chars = self.0.chars();
        loop {
            match chars.next().unwrap() {
                '\\' => text.push(match chars.next().unwrap() {
                    'n' => '\n',
                    other => other,
                }),
                end if end == quote => break,
                other => text.push(other),
            }
        }
        self.0 = chars.as_str();
        text
    }
}
