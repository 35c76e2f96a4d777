//! Skips a step whose inputs did not change: a stamp file beside the step's output holds a fingerprint of the inputs.

use std::ffi::OsStr;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use walkdir::WalkDir;

/// What one step read when it last ran, compared with what it would read now.
pub struct Stamp {
    file: PathBuf,
    fingerprint: String,
}

impl Stamp {
    /// Fingerprints `inputs` (files, or folders with all that is below them). Entries of folders whose name is in
    /// `skip` do not count, nor do missing inputs, and a file's time does not matter: only names and contents do.
    pub fn new(file: PathBuf, inputs: &[PathBuf], skip: &[&str]) -> Result<Self> {
        let mut hasher = DefaultHasher::new();
        for input in inputs {
            let entries = WalkDir::new(input)
                .sort_by_file_name()
                .into_iter()
                .filter_entry(|entry| !skip.iter().any(|name| entry.file_name() == OsStr::new(name)));
            for entry in entries.flatten().filter(|entry| entry.file_type().is_file()) {
                entry.path().strip_prefix(input)?.hash(&mut hasher);
                fs::read(entry.path()).with_context(|| entry.path().display().to_string())?.hash(&mut hasher);
            }
        }
        Ok(Self { file, fingerprint: format!("{:016x}", hasher.finish()) })
    }

    /// Whether the step ran on these inputs and its `output` is still there.
    pub fn is_current(&self, output: &Path) -> bool {
        output.exists() && fs::read_to_string(&self.file).is_ok_and(|stored| stored == self.fingerprint)
    }

    /// Says that the step has run on these inputs.
    pub fn record(&self) -> Result<()> {
        if let Some(folder) = self.file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&self.file, &self.fingerprint).with_context(|| self.file.display().to_string())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::slice;

    use super::*;

    #[test]
    fn is_current_until_an_input_changes() {
        let folder = tempfile::tempdir().unwrap();
        let (input, output) = (folder.path().join("input"), folder.path().join("output"));
        fs::create_dir_all(input.join("skipped")).unwrap();
        fs::write(input.join("a"), "1").unwrap();
        fs::write(&output, "made").unwrap();
        let stamp = || Stamp::new(folder.path().join("stamps/step"), slice::from_ref(&input), &["skipped"]).unwrap();

        assert!(!stamp().is_current(&output), "never ran");
        stamp().record().unwrap();
        assert!(stamp().is_current(&output));

        fs::write(input.join("skipped/b"), "1").unwrap();
        assert!(stamp().is_current(&output), "skipped folders do not count");
        fs::rename(input.join("a"), input.join("b")).unwrap();
        assert!(!stamp().is_current(&output), "a renamed file is a change");
        fs::rename(input.join("b"), input.join("a")).unwrap();
        fs::write(input.join("a"), "2").unwrap();
        assert!(!stamp().is_current(&output), "a changed file is a change");
        stamp().record().unwrap();
        fs::remove_file(&output).unwrap();
        assert!(!stamp().is_current(&output), "without its output the step must run");
    }
}
