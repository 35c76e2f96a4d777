//! Stands in for an optional crate that Sealpost does not use; see Cargo.toml.
