//! `cargo xtask tidy`: what the compiler does not check of the repository's structure.
//!
//! Rules that fail: crates depend on each other only as the architecture says; in the web app only `src/sdk` imports
//! the generated client; no file names a folder of somebody's machine. Long files and functions are only listed.

mod crates;
mod length;
mod text;

use std::fs;
use std::path::Path;

use anyhow::{Result, bail};
use walkdir::WalkDir;

use crate::project::Project;

/// Folders that hold nothing people write.
const SKIPPED: [&str; 8] =
    [".git", "target", "node_modules", "dist", "generated", "artifacts", "sealpost-data", "test-results"];
const READ: [&str; 14] =
    ["rs", "toml", "ts", "tsx", "js", "mjs", "json", "css", "html", "md", "sql", "sh", "yml", "yaml"];

/// What the rules found, one line each.
#[derive(Default)]
struct Findings {
    broken: Vec<String>,
    long: Vec<String>,
}

/// Checks every file of the repository.
///
/// # Errors
/// If a rule is broken; each finding has been printed before.
pub fn run(project: &Project) -> Result<()> {
    let findings = check(&project.root)?;
    for line in &findings.long {
        eprintln!("long: {line}");
    }
    for line in &findings.broken {
        eprintln!("broken: {line}");
    }
    if !findings.broken.is_empty() {
        bail!("tidy: {} rules broken", findings.broken.len());
    }
    Ok(())
}

fn check(root: &Path) -> Result<Findings> {
    let mut findings = Findings::default();
    let files = WalkDir::new(root)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| !SKIPPED.iter().any(|name| entry.file_name() == *name));
    for entry in files.flatten().filter(|entry| entry.file_type().is_file()) {
        let path = entry.path().strip_prefix(root)?;
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        let is_read = READ.contains(&extension) || path.starts_with(".ci");
        let Some(content) = is_read.then(|| fs::read_to_string(entry.path()).ok()).flatten() else { continue };
        check_file(path, extension, &content, &mut findings);
    }
    Ok(findings)
}

fn check_file(path: &Path, extension: &str, content: &str, findings: &mut Findings) {
    let name = path.to_string_lossy().replace('\\', "/");
    match extension {
        "rs" => findings.long.extend(length::of_rust(&name, content)),
        "ts" | "tsx" => {
            findings.long.extend(length::of_file(&name, content));
            findings.broken.extend(text::imports_of_generated_client(&name, content));
        }
        "toml" if path.ends_with("Cargo.toml") => findings.broken.extend(crates::forbidden(&name, content)),
        _ => {}
    }
    if path.file_name().is_some_and(|file| file != "package-lock.json") {
        findings.broken.extend(text::machine_paths(&name, content));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn check_files(files: &[(&str, &str)]) -> Findings {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        check(folder.path()).unwrap()
    }

    #[test]
    fn finds_each_broken_rule_where_it_is() {
        let import = "import init from '../../sdk/generated/client'\n";
        let findings = check_files(&[
            (
                "crates/client/Cargo.toml",
                "[package]\nname='sealpost-client'\n[dependencies]\nsealpost-server.workspace=true",
            ),
            ("web/src/features/chat/Chat.tsx", import),
            ("web/src/sdk/worker.ts", import),
            ("docs/guide.md", concat!("Look into /ho", "me/me/notes.\n")),
            ("web/node_modules/x/index.ts", import),
            ("target/made.md", concat!("/ho", "me/me/made\n")),
        ]);
        let starts: Vec<&str> = findings.broken.iter().filter_map(|line| line.split(':').next()).collect();
        assert_eq!(starts, ["crates/client/Cargo.toml", "docs/guide.md", "web/src/features/chat/Chat.tsx"]);
    }

    #[test]
    fn long_files_are_listed_and_break_nothing() {
        let long = "export {}\n".repeat(601);
        let findings = check_files(&[("web/src/app/long.ts", &long), ("crates/mls/src/long.rs", &"\n".repeat(601))]);
        assert_eq!(findings.long.len(), 2);
        assert_eq!(findings.broken, Vec::<String>::new());
    }
}
