//! Dependencies between the crates point one way (ARCHITECTURE.md): `protocol` <- `mls` <- `server`, `client`;
//! `client` <- `client-wasm`, `cli`. Server and client never know each other.

use toml::{Table, Value};

const PREFIX: &str = "sealpost-";

/// The project's crates that a crate may depend on. Crates that are not named are tools around the product (test kit,
/// benchmarks, load generator) and may use all of it.
const MAY_USE: [(&str, &[&str]); 6] = [
    ("protocol", &[]),
    ("mls", &["protocol"]),
    ("server", &["protocol", "mls"]),
    ("client", &["protocol", "mls"]),
    ("client-wasm", &["protocol", "mls", "client"]),
    ("cli", &["protocol", "mls", "client"]),
];

/// What the tests of any crate may use besides.
const TESTS_MAY_USE: &str = "testkit";

/// The dependencies in a manifest that go against the direction, one line each.
pub fn forbidden(file: &str, manifest: &str) -> Vec<String> {
    let manifest: Table = match manifest.parse() {
        Ok(manifest) => manifest,
        Err(error) => return vec![format!("{file}: {error}")],
    };
    let name = manifest.get("package").and_then(|package| package.get("name")).and_then(Value::as_str);
    let Some(name) = name.and_then(|name| name.strip_prefix(PREFIX)) else { return Vec::new() };
    let Some((_, allowed)) = MAY_USE.iter().find(|(user, _)| *user == name) else { return Vec::new() };

    let mut found = Vec::new();
    for (kind, used) in uses(&manifest) {
        let is_test_tool = kind == "dev-dependencies" && used == TESTS_MAY_USE;
        if used != name && !allowed.contains(&used.as_str()) && !is_test_tool {
            found.push(format!("{file}: {PREFIX}{name} must not depend on {PREFIX}{used} ({kind})"));
        }
    }
    found
}

/// The project's crates in every dependency table, those of single platforms too, as (kind of table, crate).
fn uses(manifest: &Table) -> Vec<(&'static str, String)> {
    let platforms = manifest.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
    let scopes = platforms.filter_map(Value::as_table).chain([manifest]);
    let mut found = Vec::new();
    for scope in scopes {
        for kind in ["dependencies", "build-dependencies", "dev-dependencies"] {
            for (key, value) in scope.get(kind).and_then(Value::as_table).into_iter().flatten() {
                // A renamed dependency is what its `package` says.
                let package = value.get("package").and_then(Value::as_str).unwrap_or(key);
                if let Some(used) = package.strip_prefix(PREFIX) {
                    found.push((kind, used.to_owned()));
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(name: &str, dependencies: &str) -> usize {
        forbidden("Cargo.toml", &format!("[package]\nname = 'sealpost-{name}'\n{dependencies}")).len()
    }

    #[test]
    fn the_direction_of_the_architecture_is_allowed() {
        assert_eq!(findings("mls", "[dependencies]\nsealpost-protocol.workspace = true\nserde = '1'"), 0);
        assert_eq!(findings("server", "[dependencies]\nsealpost-mls.workspace = true"), 0);
        assert_eq!(findings("server", "[dev-dependencies]\nsealpost-testkit.workspace = true"), 0);
        assert_eq!(findings("testkit", "[dependencies]\nsealpost-server = {}\nsealpost-client = {}"), 0);
    }

    #[test]
    fn every_way_against_it_is_found() {
        assert_eq!(findings("protocol", "[dependencies]\nsealpost-mls.workspace = true"), 1);
        assert_eq!(findings("client", "[dependencies]\nsealpost-server.workspace = true"), 1);
        assert_eq!(findings("server", "[dev-dependencies]\nsealpost-client.workspace = true"), 1);
        assert_eq!(findings("server", "[dependencies]\nsealpost-testkit.workspace = true"), 1);
        assert_eq!(findings("client", "[target.'cfg(unix)'.dependencies]\nsealpost-server = {}"), 1);
        assert_eq!(findings("client", "[build-dependencies]\nhost = { package = 'sealpost-server' }"), 1);
    }

    #[test]
    fn a_manifest_that_cannot_be_read_is_a_finding() {
        assert_eq!(forbidden("Cargo.toml", "[package").len(), 1);
    }
}
