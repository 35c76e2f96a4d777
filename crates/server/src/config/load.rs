//! Reading the configuration: file first, then the environment, then the checks.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::{Config, describe};

/// Read if it is there and no other file is named.
pub const DEFAULT_FILE: &str = "sealpost.toml";
/// What the name of every variable starts with.
const PREFIX: &str = "SEALPOST__";
/// Ending of a variable that names a file with the value.
const FILE_SUFFIX: &str = "_FILE";

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file that was named cannot be read.
    #[error("{path} cannot be read: {source}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Not TOML, an unknown key or a value of the wrong kind.
    #[error("{origin}: {message}")]
    Malformed {
        /// The file or variable.
        origin: String,
        /// What is wrong, naming the key.
        message: String,
    },
    /// Well formed, but not usable.
    #[error("{}", .0.join("; "))]
    Unusable(Vec<String>),
}

/// Reads `file` (or [`DEFAULT_FILE`] if that exists), lets `variables` override it and checks the result.
///
/// # Errors
/// When something cannot be read, is unknown or makes no sense; the text names the key.
pub fn load(file: Option<&Path>, variables: impl IntoIterator<Item = (String, String)>) -> Result<Config, ConfigError> {
    let default = Path::new(DEFAULT_FILE);
    let file = file.or_else(|| default.exists().then_some(default));
    let mut table = match file {
        Some(path) => read_file(path)?,
        None => toml::Table::new(),
    };
    for (name, value) in variables {
        if let Some(key) = name.strip_prefix(PREFIX) {
            override_key(&mut table, &name, key, value)?;
        }
    }
    let config: Config =
        table.try_into().map_err(|error: toml::de::Error| malformed("configuration", error.message()))?;
    match config.faults() {
        faults if faults.is_empty() => Ok(config),
        faults => Err(ConfigError::Unusable(faults)),
    }
}

fn read_file(path: &Path) -> Result<toml::Table, ConfigError> {
    let text = read_text(path)?;
    // Parsed as a whole first, so that an error names the line; the table is what variables are laid over.
    toml::from_str::<Config>(&text).map_err(|error| malformed(&place(path, &text, &error), error.message()))?;
    toml::from_str(&text).map_err(|error| malformed(&path.display().to_string(), error.message()))
}

/// File and line of an error. Not the line itself, which may hold a secret.
fn place(path: &Path, text: &str, error: &toml::de::Error) -> String {
    let start = error.span().map_or(0, |span| span.start);
    let line = text.bytes().take(start).filter(|byte| *byte == b'\n').count() + 1;
    format!("{} line {line}", path.display())
}

fn read_text(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })
}

fn override_key(table: &mut toml::Table, variable: &str, key: &str, value: String) -> Result<(), ConfigError> {
    let lower = key.to_lowercase();
    let (section, name) = lower.split_once("__").ok_or_else(|| malformed(variable, "SEALPOST__SECTION__KEY"))?;
    if let Some(default) = default_of(section, name) {
        return set(table, variable, (section, name), parse(&default, variable, value)?);
    }
    let name = name.strip_suffix(&FILE_SUFFIX.to_lowercase()).unwrap_or(name);
    let default = default_of(section, name).ok_or_else(|| malformed(variable, "there is no such key"))?;
    let secret = read_text(Path::new(&value))?.trim_end().to_owned();
    set(table, variable, (section, name), parse(&default, variable, secret)?)
}

fn default_of(section: &str, name: &str) -> Option<toml::Value> {
    let (_, _, keys) = describe().into_iter().find(|(known, ..)| *known == section)?;
    keys.into_iter().find(|(key, _)| key.name == name).map(|(_, default)| default)
}

/// `text` as a value of the same kind as `default`: a string as it is, anything else as TOML.
fn parse(default: &toml::Value, variable: &str, text: String) -> Result<toml::Value, ConfigError> {
    if default.is_str() {
        return Ok(toml::Value::String(text));
    }
    let document: toml::Table =
        toml::from_str(&format!("value = {text}")).map_err(|error| malformed(variable, error.message()))?;
    document.get("value").cloned().ok_or_else(|| malformed(variable, "no value"))
}

fn set(
    table: &mut toml::Table,
    variable: &str,
    (section, name): (&str, &str),
    value: toml::Value,
) -> Result<(), ConfigError> {
    let section = table.entry(section).or_insert_with(|| toml::Table::new().into());
    let section = section.as_table_mut().ok_or_else(|| malformed(variable, "its section is not a table"))?;
    section.insert(name.to_owned(), value);
    Ok(())
}

fn malformed(origin: &str, message: &str) -> ConfigError {
    ConfigError::Malformed { origin: origin.to_owned(), message: message.to_owned() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::config::RegistrationMode;

    fn with_variables(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("empty.toml");
        std::fs::write(&file, "").unwrap();
        load(Some(&file), variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn variables_override_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sealpost.toml");
        std::fs::write(&file, "[registration]\nmode = \"closed\"\n[session]\ndays = 7\n").unwrap();
        let variables = [("SEALPOST__REGISTRATION__MODE".to_owned(), "invite".to_owned())];
        let config = load(Some(&file), variables).unwrap();
        assert_eq!(config.registration.mode, RegistrationMode::Invite);
        assert_eq!(config.session.days, 7);
    }

    #[test]
    fn a_secret_is_read_from_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("url");
        std::fs::write(&secret, "postgres://somewhere/chat\n").unwrap();
        let config = with_variables(&[("SEALPOST__DATABASE__URL_FILE", secret.to_str().unwrap())]).unwrap();
        assert_eq!(config.database.url, "postgres://somewhere/chat");
    }

    #[test]
    fn numbers_and_lists_are_written_as_in_the_file() {
        let variables = [
            ("SEALPOST__LIMITS__APPENDS_PER_MINUTE", "0"),
            ("SEALPOST__SERVER__ALLOWED_ORIGINS", "[\"https://chat.example\"]"),
        ];
        let config = with_variables(&variables).unwrap();
        assert_eq!(config.limits.appends_per_minute, 0);
        assert_eq!(config.server.allowed_origins, ["https://chat.example"]);
    }

    #[test]
    fn unknown_keys_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sealpost.toml");
        std::fs::write(&file, "[server]\nlistne = \"127.0.0.1:1\"\n").unwrap();
        assert!(load(Some(&file), []).unwrap_err().to_string().contains("listne"));
        let error = with_variables(&[("SEALPOST__SERVER__LISTNE", "127.0.0.1:1")]).unwrap_err();
        assert!(error.to_string().contains("SEALPOST__SERVER__LISTNE"));
    }

    #[test]
    fn an_error_names_the_line_and_keeps_the_secret() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sealpost.toml");
        std::fs::write(&file, "[database]\nurl = postgres://me:hunter2@here/chat\n").unwrap();
        let error = load(Some(&file), []).unwrap_err().to_string();
        assert!(error.contains("line 2") && !error.contains("hunter2"), "{error}");
    }

    #[test]
    fn values_that_make_no_sense_are_named() {
        let variables =
            [("SEALPOST__DATABASE__URL", "mysql://x"), ("SEALPOST__SERVER__ALLOWED_ORIGINS", "[\"chat.example/\"]")];
        let text = with_variables(&variables).unwrap_err().to_string();
        assert!(text.contains("database.url") && text.contains("server.allowed_origins"), "{text}");
    }
}
