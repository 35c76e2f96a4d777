//! Where things are in the repository, and the cargo that builds it.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result};
use xshell::{Cmd, Shell, cmd};

/// The checkout that the tasks work on. The shell stands in its root.
pub struct Project {
    pub shell: Shell,
    pub root: PathBuf,
    /// Cargo's target folder (`CARGO_TARGET_DIR` if set).
    pub target: PathBuf,
}

impl Project {
    pub fn open() -> Result<Self> {
        let manifest = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = PathBuf::from(manifest).parent().context("xtask has no parent folder")?.to_owned();
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => env::current_dir()?.join(folder),
            None => root.join("target"),
        };
        let shell = Shell::new()?;
        shell.change_dir(&root);
        Ok(Self { shell, root, target })
    }

    pub fn web(&self) -> PathBuf {
        self.root.join("web")
    }

    /// The cargo that started this task.
    pub fn cargo(&self) -> Cmd<'_> {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        cmd!(self.shell, "{cargo}")
    }
}
