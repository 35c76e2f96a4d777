//! One operation as an HTTP request: `POST /v1/` and its name, CBOR both ways.

use sealpost_protocol::{
    Bytes, Problem, Request, Response, for_each_operation,
    socket::{FrameError, from_cbor, to_cbor},
};

use crate::{engine::RequestFailure, platform::Http};

/// Asks the server at `server_url`, with the session's token if there is one.
pub(super) async fn call(
    http: &Http,
    server_url: &str,
    token: Option<Bytes>,
    request: &Request,
) -> Result<Response, RequestFailure> {
    let name = request.name();
    let body = encode_body(request).map_err(|_| RequestFailure::Lost)?;
    let token = token.map(|token| token.to_base64url());
    let answer = http
        .post(&format!("{server_url}/v1/{name}"), token.as_deref(), body)
        .await
        .map_err(|_| RequestFailure::Lost)?;
    if (200..300).contains(&answer.status) {
        // An answer that cannot be read leaves open what became of the request.
        return decode_body(name, &answer.body).map_err(|_| RequestFailure::Lost);
    }
    Err(decode_problem(&answer.body).map_or(RequestFailure::Lost, RequestFailure::Problem))
}

macro_rules! bodies {
    ($($name:literal $request:ident -> $response:ident, $access:ident, $doc:literal;)*) => {
        /// A request without the name of its operation, which is in the path.
        fn encode_body(request: &Request) -> Result<Vec<u8>, FrameError> {
            match request { $(Request::$request(body) => to_cbor(body),)* }
        }

        /// The answer to the operation with this name.
        fn decode_body(name: &str, bytes: &[u8]) -> Result<Response, FrameError> {
            match name {
                $($name => from_cbor(bytes).map(Response::$request),)*
                _ => Err(FrameError::Decode(ciborium::de::Error::Semantic(None, "no such operation".to_owned()))),
            }
        }
    };
}
for_each_operation!(bodies);

/// The problem document, or nothing when someone between here and the server answered something else.
pub(crate) fn decode_problem(body: &[u8]) -> Option<Problem> {
    // An object in JSON begins with a brace, which begins no CBOR map.
    if body.trim_ascii_start().starts_with(b"{") { serde_json::from_slice(body).ok() } else { from_cbor(body).ok() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use sealpost_protocol::{
        ProblemKind,
        account::{MeRead, RegistrationStart, RegistrationStarted, SignOut},
    };

    use super::*;

    #[test]
    fn bodies_travel_without_the_name_of_their_operation() {
        let request = RegistrationStart { username: "ada".into(), message: vec![1].into(), invite: None };
        let sent = encode_body(&request.into()).unwrap();
        let received: RegistrationStart = from_cbor(&sent).unwrap();
        assert_eq!(received.username, "ada");

        let answer = to_cbor(&RegistrationStarted { message: vec![2].into() }).unwrap();
        let read = decode_body("registration/start", &answer).unwrap();
        assert!(matches!(read, Response::RegistrationStart(started) if started.message == Bytes::from(vec![2])));
    }

    #[test]
    fn a_body_of_another_operation_is_refused() {
        let answer = to_cbor(&RegistrationStarted { message: vec![2].into() }).unwrap();
        assert!(decode_body("me/read", &answer).is_err());
        assert!(decode_body("no/such", &answer).is_err());
        assert_eq!(Request::from(MeRead {}).name(), "me/read");
        assert!(encode_body(&SignOut { everywhere: true }.into()).is_ok());
    }

    #[test]
    fn problems_are_read_in_both_forms_and_nothing_else_is() {
        let problem = Problem::new(ProblemKind::UsernameTaken);
        assert_eq!(decode_problem(&serde_json::to_vec(&problem).unwrap()), Some(problem.clone()));
        assert_eq!(decode_problem(&to_cbor(&problem).unwrap()), Some(problem));
        assert_eq!(decode_problem(b"<html>502</html>"), None);
    }
}
