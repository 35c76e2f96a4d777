//! One example of everything that travels, in JSON and in CBOR, kept for ever: whatever a released version wrote must
//! still decode, to the same value in both forms.
//!
//! A new example is added to `fixtures/frames.json` with its `json` only; `SEALPOST_WRITE_FIXTURES=1` makes this test add
//! its `cbor`. Examples that are there are never changed.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use sealpost_protocol::{
    Problem, Request, Response,
    operation::OPERATIONS,
    socket::{ClientFrame, ServerFrame, from_cbor, to_cbor},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/frames.json");

#[derive(Serialize, Deserialize)]
struct Fixture {
    name: String,
    #[serde(rename = "type")]
    kind: Kind,
    json: Value,
    #[serde(default)]
    cbor: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Request,
    Response,
    ClientFrame,
    ServerFrame,
    Problem,
}

fn fixtures() -> Vec<Fixture> {
    serde_json::from_slice(&std::fs::read(PATH).unwrap()).unwrap()
}

/// What the fixture's JSON decodes to, as JSON and as CBOR again.
fn through_json<T: Serialize + DeserializeOwned>(fixture: &Fixture) -> (Value, Vec<u8>) {
    let value: T = serde_json::from_value(fixture.json.clone())
        .unwrap_or_else(|error| panic!("{} does not decode from JSON: {error}", fixture.name));
    (serde_json::to_value(&value).unwrap(), to_cbor(&value).unwrap())
}

/// What the fixture's CBOR decodes to, as JSON.
fn through_cbor<T: Serialize + DeserializeOwned>(fixture: &Fixture) -> Value {
    let value: T = from_cbor(&from_hex(&fixture.cbor))
        .unwrap_or_else(|error| panic!("{} does not decode from CBOR: {error}", fixture.name));
    serde_json::to_value(&value).unwrap()
}

/// Runs a generic function for the fixture's type.
macro_rules! by_kind {
    ($function:ident, $fixture:expr) => {
        match $fixture.kind {
            Kind::Request => $function::<Request>($fixture),
            Kind::Response => $function::<Response>($fixture),
            Kind::ClientFrame => $function::<ClientFrame>($fixture),
            Kind::ServerFrame => $function::<ServerFrame>($fixture),
            Kind::Problem => $function::<Problem>($fixture),
        }
    };
}

#[test]
fn every_fixture_decodes_to_the_same_from_json_and_cbor() {
    let mut fixtures = fixtures();
    if std::env::var_os("SEALPOST_WRITE_FIXTURES").is_some() {
        for fixture in fixtures.iter_mut().filter(|fixture| fixture.cbor.is_empty()) {
            fixture.cbor = to_hex(&by_kind!(through_json, &*fixture).1);
        }
        let lines: Vec<String> = fixtures.iter().map(|fixture| serde_json::to_string(fixture).unwrap()).collect();
        std::fs::write(PATH, format!("[\n{}\n]\n", lines.join(",\n"))).unwrap();
    }
    for fixture in &fixtures {
        assert!(!fixture.cbor.is_empty(), "{} has no CBOR yet", fixture.name);
        let (value, _) = by_kind!(through_json, fixture);
        let from_cbor = by_kind!(through_cbor, fixture);
        assert_eq!(value, from_cbor, "{}", fixture.name);
        assert_holds(&value, &fixture.json, &fixture.name);
    }
}

/// Everything that a fixture says is still there when it is written again; fields may have been added since.
fn assert_holds(value: &Value, fixture: &Value, name: &str) {
    match (value, fixture) {
        (Value::Object(value), Value::Object(fixture)) => {
            for (key, field) in fixture {
                assert_holds(value.get(key).unwrap_or(&Value::Null), field, name);
            }
        }
        (Value::Array(value), Value::Array(fixture)) => {
            assert_eq!(value.len(), fixture.len(), "{name}");
            value.iter().zip(fixture).for_each(|(value, fixture)| assert_holds(value, fixture, name));
        }
        _ => assert_eq!(value, fixture, "{name}"),
    }
}

#[test]
fn every_operation_and_frame_has_a_fixture() {
    let fixtures = fixtures();
    let named = |kind, field: &str| -> BTreeSet<String> {
        let of_kind = fixtures.iter().filter(|fixture| fixture.kind == kind);
        of_kind.filter_map(|fixture| fixture.json[field].as_str().map(str::to_owned)).collect()
    };
    for (operation, ..) in OPERATIONS {
        assert!(named(Kind::Request, "operation").contains(*operation), "no request of {operation}");
        assert!(named(Kind::Response, "operation").contains(*operation), "no response of {operation}");
    }
    let names = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(named(Kind::ClientFrame, "frame"), names(&["hello", "request", "ping"]));
    assert_eq!(named(Kind::ServerFrame, "frame"), names(&["welcome", "response", "problem", "event", "pong"]));
}

#[test]
fn a_truncated_fixture_never_decodes() {
    for fixture in fixtures() {
        let bytes = from_hex(&fixture.cbor);
        for len in 0..bytes.len() {
            assert!(decodes(fixture.kind, &bytes[..len]).is_none(), "{} cut to {len}", fixture.name);
        }
        assert!(decodes(fixture.kind, &bytes).is_some());
    }
}

fn decodes(kind: Kind, bytes: &[u8]) -> Option<()> {
    match kind {
        Kind::Request => from_cbor::<Request>(bytes).ok().map(|_| ()),
        Kind::Response => from_cbor::<Response>(bytes).ok().map(|_| ()),
        Kind::ClientFrame => from_cbor::<ClientFrame>(bytes).ok().map(|_| ()),
        Kind::ServerFrame => from_cbor::<ServerFrame>(bytes).ok().map(|_| ()),
        Kind::Problem => from_cbor::<Problem>(bytes).ok().map(|_| ()),
    }
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}
