//! Frames of the socket, and with them every request, response, event and problem, in CBOR and in JSON.

use sealpost_protocol::{
    Problem, Request, Response,
    socket::{ClientFrame, ServerFrame, from_cbor, to_cbor},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{Target, stable};

pub const TARGETS: [Target; 2] = [
    Target { name: "client_frame", takes: takes::<ClientFrame>, seeds: client_frames },
    Target { name: "server_frame", takes: takes::<ServerFrame>, seeds: server_frames },
];

fn takes<F: Serialize + DeserializeOwned>(bytes: &[u8]) -> bool {
    let as_cbor = stable(bytes, |bytes| Some(cbor(&from_cbor::<F>(bytes).ok()?)));
    let as_json = stable(bytes, |bytes| Some(json(&serde_json::from_slice::<F>(bytes).ok()?)));
    if as_cbor && let Ok(frame) = from_cbor::<F>(bytes) {
        let through_json: F = serde_json::from_slice(&json(&frame)).expect("what is CBOR can be JSON");
        assert!(cbor(&through_json) == cbor(&frame), "means something else in JSON");
    }
    as_cbor || as_json
}

fn cbor(frame: &impl Serialize) -> Vec<u8> {
    to_cbor(frame).expect("every frame can be CBOR")
}

fn json(frame: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(frame).expect("every frame can be JSON")
}

/// An example of the protocol's tests.
#[derive(Deserialize)]
struct Fixture {
    #[serde(rename = "type")]
    kind: String,
    json: Value,
}

fn fixtures() -> Vec<Fixture> {
    let fixtures = include_str!("../../crates/protocol/tests/fixtures/frames.json");
    serde_json::from_str(fixtures).expect("the fixtures are JSON")
}

fn read<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("every fixture can be read")
}

fn in_both_forms<F: Serialize>(frames: impl Iterator<Item = F>) -> Vec<Vec<u8>> {
    frames.flat_map(|frame| [cbor(&frame), json(&frame)]).collect()
}

fn client_frames() -> Vec<Vec<u8>> {
    in_both_forms(fixtures().into_iter().filter_map(|Fixture { kind, json }| match kind.as_str() {
        "client_frame" => Some(read(json)),
        "request" => Some(ClientFrame::Request { id: 1, request: read::<Request>(json) }),
        _ => None,
    }))
}

fn server_frames() -> Vec<Vec<u8>> {
    in_both_forms(fixtures().into_iter().filter_map(|Fixture { kind, json }| match kind.as_str() {
        "server_frame" => Some(read(json)),
        "response" => Some(ServerFrame::Response { id: 1, response: read::<Response>(json) }),
        "problem" => Some(ServerFrame::Problem { id: 1, problem: read::<Problem>(json) }),
        _ => None,
    }))
}
