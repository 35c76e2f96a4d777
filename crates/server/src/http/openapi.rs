//! The OpenAPI document, made from the list of operations, the types that travel and the kinds of problems.

use std::{collections::BTreeMap, sync::LazyLock};

use axum::{http::header, response::IntoResponse};
use sealpost_protocol::{
    Access, Problem, ProblemKind, account::*, activity::*, archive::*, conversation::*, device::*, link::*, linking::*,
    safety::*,
};
use utoipa::{
    ToSchema,
    openapi::{
        ComponentsBuilder, Content, ContentBuilder, HttpMethod, InfoBuilder, OpenApi, OpenApiBuilder, PathItem,
        PathsBuilder, Ref, RefOr, Required, Response, ResponseBuilder, Schema,
        path::OperationBuilder,
        request_body::RequestBodyBuilder,
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

const SESSION: &str = "session";

/// `GET /v1/openapi.json`.
pub(super) async fn document() -> impl IntoResponse {
    static TEXT: LazyLock<String> = LazyLock::new(|| describe().to_pretty_json().unwrap_or_default());
    ([(header::CONTENT_TYPE, "application/json")], TEXT.as_str())
}

macro_rules! describe_operations {
    ($($name:literal $request:ident -> $response:ident, $access:ident, $doc:literal;)*) => {
        fn describe() -> OpenApi {
            let mut schemas = Vec::new();
            add_schema::<Problem>(&mut schemas);
            $(
                add_schema::<$request>(&mut schemas);
                add_schema::<$response>(&mut schemas);
            )*
            schemas.sort_by(|(one, _), (other, _)| one.cmp(other));
            schemas.dedup_by(|(one, _), (other, _)| one == other);
            let paths = PathsBuilder::new()
                $(.path(concat!("/v1/", $name), path::<$request, $response>($name, Access::$access, $doc)))*;
            let session = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
            OpenApiBuilder::new()
                .info(InfoBuilder::new().title("Sealpost").version("1").description(Some(
                    "Byte strings are base64url without padding. Bodies may also be CBOR, with raw byte strings.",
                )))
                .paths(paths)
                .components(Some(
                    ComponentsBuilder::new()
                        .schemas_from_iter(schemas)
                        .responses_from_iter(refusals())
                        .security_scheme(SESSION, SecurityScheme::Http(session))
                        .build(),
                ))
                .build()
        }
    };
}
sealpost_protocol::for_each_operation!(describe_operations);

fn add_schema<T: ToSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) {
    schemas.push((T::name().into_owned(), T::schema()));
    T::schemas(schemas);
}

fn json(schema: &str) -> Content {
    ContentBuilder::new().schema(Some(Ref::from_schema_name(schema))).build()
}

/// The statuses of refusals with what they mean. Not those of faults of the server, which no request is to bring about, and of
/// methods that no operation has.
fn refusals() -> impl Iterator<Item = (String, Response)> {
    let mut kinds: BTreeMap<u16, Vec<String>> = BTreeMap::new();
    for kind in ProblemKind::ALL {
        if !matches!(kind, ProblemKind::Internal | ProblemKind::WrongMethod) {
            kinds.entry(kind.status()).or_default().push(format!("`{}`: {}.", kind.name(), kind.title()));
        }
    }
    kinds.into_iter().map(|(status, kinds)| {
        let response = ResponseBuilder::new()
            .description(format!("A problem document (RFC 9457). {}", kinds.join(" ")))
            .content("application/problem+json", json(&Problem::name()));
        (status.to_string(), response.build())
    })
}

fn path<Request: ToSchema, Answer: ToSchema>(name: &str, access: Access, doc: &str) -> PathItem {
    let body = RequestBodyBuilder::new().content("application/json", json(&Request::name()));
    let answer = ResponseBuilder::new().description("Done").content("application/json", json(&Answer::name()));
    let mut operation = OperationBuilder::new()
        .operation_id(Some(name.replace('/', "-")))
        .summary(Some(doc))
        .request_body(Some(body.required(Some(Required::True)).build()))
        .response("200", answer);
    for (status, _) in refusals() {
        let refusal = Ref::from_response_name(&status);
        operation = operation.response(status, refusal);
    }
    if access != Access::Anyone {
        operation = operation.security(SecurityRequirement::new::<_, [&str; 0], &str>(SESSION, []));
    }
    PathItem::new(HttpMethod::Post, operation)
}
