//! The commented sample, generated from the keys themselves.

use std::fmt::Write as _;

use super::describe;

/// A configuration file with every key, its meaning and its default, all of it commented out.
pub fn sample() -> String {
    let mut text = String::from(
        "# Sealpost. Every key is shown with its default; remove the # in front of what you change.\n\
         # Each can also be set by a variable, SEALPOST__SERVER__LISTEN for server.listen, or be read from the\n\
         # file that SEALPOST__SERVER__LISTEN_FILE names.\n",
    );
    for (section, doc, keys) in describe() {
        let _ = write!(text, "\n# {}\n[{section}]\n", doc.trim());
        for (key, default) in keys {
            for line in key.docs {
                let _ = writeln!(text, "# {}", line.trim());
            }
            let _ = writeln!(text, "#{} = {default}", key.name);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::config::Config;

    #[test]
    fn the_sample_in_the_documentation_is_the_generated_one() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/sealpost.sample.toml");
        let written = std::fs::read_to_string(path).unwrap();
        assert_eq!(written, sample(), "write it anew: sealpost-server config sample > docs/sealpost.sample.toml");
    }

    #[test]
    fn the_sample_without_its_comment_signs_is_a_configuration() {
        let uncommented: Vec<_> = sample()
            .lines()
            .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line).to_owned())
            .collect();
        let config: Config = toml::from_str(&uncommented.join("\n")).unwrap();
        assert!(config.faults().is_empty());
    }
}
