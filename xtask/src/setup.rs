//! What the tasks need of a machine beyond the Rust toolchain. As root on Debian or Ubuntu it is installed by apt;
//! elsewhere one line for each missing thing says how to get it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Result, bail};
use xshell::{Shell, cmd};

use crate::{postgres, wasm};

/// One thing a task needs of the machine.
pub struct Need {
    name: &'static str,
    present: fn() -> bool,
    /// Debian packages that bring it.
    packages: &'static [&'static str],
    /// How to get it anywhere else.
    hint: &'static str,
}

pub const NODE: Need = Need {
    name: "Node.js 20.19 or newer, with npm",
    present: || which("npm").is_some() && node_version().is_some_and(|version| version >= (20, 19)),
    packages: &["nodejs", "npm"],
    hint: "get it from https://nodejs.org",
};

pub const WASM_CLANG: Need = Need {
    name: "a clang that compiles for wasm32, and its llvm-ar",
    present: || wasm::c_compiler().is_some(),
    packages: &["clang-19", "llvm-19"],
    hint: "install LLVM (on macOS: brew install llvm, with its bin folder on PATH)",
};

pub const WASM_RUST: Need = Need {
    name: "a Rust that compiles for wasm32",
    present: wasm::debian_rust_is_installed,
    packages: &["rustc-web", "cargo-web", "rust-web-src"],
    hint: "run `rustup target add wasm32-unknown-unknown`",
};

pub const CHROMIUM: Need = Need {
    name: "Chromium",
    present: || chromium().is_some(),
    packages: &["chromium"],
    hint: "install Chromium or Chrome, or name it in CHROMIUM",
};

/// libFuzzer is C++.
pub const CPP_COMPILER: Need = Need {
    name: "a C++ compiler",
    present: || env::var_os("CXX").is_some() || which("c++").is_some(),
    packages: &["g++"],
    hint: "install clang or GCC with C++ (on macOS: xcode-select --install)",
};

/// The package, and the program in it.
const SHELL: &str = "chromium-headless-shell";

pub const POSTGRES: Need = Need {
    name: "PostgreSQL's initdb and pg_ctl",
    present: || postgres::programs().is_some(),
    packages: &["postgresql"],
    hint: "install PostgreSQL, or set DATABASE_URL to one whose user may create databases",
};

pub const PEBBLE: Need = Need {
    name: "Pebble, an ACME server for tests",
    present: || which("pebble").is_some(),
    packages: &["pebble"],
    hint: "get it from https://github.com/letsencrypt/pebble",
};

pub const PYTHON: Need = Need {
    name: "Python 3.10 or newer, with venv",
    present: || python_makes_environments(),
    packages: &["python3", "python3-venv"],
    hint: "get it from https://www.python.org",
};

/// Makes sure that everything in `needs` is there.
///
/// # Errors
/// If something is missing that cannot be installed here: one line for each, with how to get it.
pub fn ensure(needs: &[&Need]) -> Result<()> {
    let missing = missing(needs);
    if missing.is_empty() {
        return Ok(());
    }
    if has_apt() {
        install(&missing)?;
    }
    let still = self::missing(&missing);
    if still.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = still.iter().map(|need| format!("missing: {}; {}", need.name, need.hint)).collect();
    bail!("{}", lines.join("\n"))
}

fn missing<'a>(needs: &[&'a Need]) -> Vec<&'a Need> {
    needs.iter().copied().filter(|need| !(need.present)()).collect()
}

fn install(needs: &[&Need]) -> Result<()> {
    let packages: Vec<&str> = needs.iter().flat_map(|need| need.packages).copied().collect();
    eprintln!("Installing by apt: {}", packages.join(" "));
    let shell = Shell::new()?;
    shell.set_var("DEBIAN_FRONTEND", "noninteractive");
    cmd!(shell, "apt-get update -qq").run()?;
    cmd!(shell, "apt-get install -y -qq --no-install-recommends {packages...}").run()?;
    Ok(())
}

/// Whether packages may be installed: root, on a system of the Debian family.
fn has_apt() -> bool {
    which("apt-get").is_some() && is_root()
}

pub fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// The first program of this name on `PATH`.
pub fn which(program: &str) -> Option<PathBuf> {
    let paths = env::var_os("PATH")?;
    env::split_paths(&paths).map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// The browser that the tests drive.
pub fn chromium() -> Option<PathBuf> {
    if let Some(chosen) = env::var_os("CHROMIUM") {
        return Some(chosen.into());
    }
    let names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
    let on_mac = Path::new("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome");
    names.into_iter().find_map(which).or_else(|| on_mac.exists().then(|| on_mac.to_owned()))
}

/// The same without what is around a page, if there is one: most stories need no more. Whoever chose a browser meant that.
pub fn chromium_shell() -> Option<PathBuf> {
    if let Some(chosen) = env::var_os("CHROMIUM_SHELL") {
        return Some(chosen.into());
    }
    if env::var_os("CHROMIUM").is_some() { None } else { which(SHELL) }
}

/// Installs that where apt knows it; the tests run without it too, only longer.
pub fn wish_for_chromium_shell() {
    let known = || Command::new("apt-cache").args(["show", SHELL]).output().is_ok_and(|output| output.status.success());
    if env::var_os("CHROMIUM").is_some() || chromium_shell().is_some() || !has_apt() || !known() {
        return;
    }
    eprintln!("Installing by apt: {SHELL}");
    let install = ["install", "-y", "-qq", "--no-install-recommends", SHELL];
    let installed = Command::new("apt-get").args(install).env("DEBIAN_FRONTEND", "noninteractive").status();
    if !installed.is_ok_and(|status| status.success()) {
        eprintln!("    {SHELL} cannot be had: the browser tests take longer.");
    }
}

fn python_makes_environments() -> bool {
    let question = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))";
    Command::new("python3").args(["-c", question]).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

fn node_version() -> Option<(u32, u32)> {
    let output = Command::new("node").arg("--version").output().ok()?;
    parse_node_version(std::str::from_utf8(&output.stdout).ok()?)
}

fn parse_node_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.trim().strip_prefix('v')?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// The subfolders of `folder` in descending order of the number in their name.
pub fn numbered_subfolders(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path())))
        .collect();
    found.sort_by(|a, b| b.cmp(a));
    found.into_iter().map(|(_, path)| path).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn node_versions_compare_as_numbers() {
        assert_eq!(parse_node_version("v20.19.2\n"), Some((20, 19)));
        assert!(parse_node_version("v20.9.0").unwrap() < (20, 19));
        assert_eq!(parse_node_version("node: not found"), None);
    }

    #[test]
    fn the_newest_numbered_folder_is_first() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["9", "15", "common"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        assert_eq!(numbered_subfolders(folder.path()), [folder.path().join("15"), folder.path().join("9")]);
    }

    #[test]
    fn only_what_is_missing_counts() {
        const ABSENT: Need = Need { name: "a unicorn", present: || false, packages: &[], hint: "look in the forest" };
        const PRESENT: Need = Need { name: "air", present: || true, packages: &[], hint: "" };
        assert!(ensure(&[&PRESENT]).is_ok());
        assert_eq!(missing(&[&PRESENT, &ABSENT]).iter().map(|need| need.name).collect::<Vec<_>>(), ["a unicorn"]);
    }
}
