//! The browser's client: `crates/client-wasm` compiled to WebAssembly, bound to JavaScript, made small, and put into
//! `web/src/sdk/generated` with its TypeScript types.
//!
//! Rust comes in one of two ways: the host's own toolchain with its wasm32 target, or, on a Debian machine that cannot
//! fetch that target, Debian's Rust packages with a standard library built from source.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;
use xshell::cmd;

use crate::progress::step;
use crate::project::Project;
use crate::setup::{self, which};
use crate::stamp::Stamp;
use crate::web;

const TARGET: &str = "wasm32-unknown-unknown";
const PACKAGE: &str = "sealpost-client-wasm";
/// What cargo and wasm-bindgen name their files after the package.
const STEM: &str = "sealpost_client_wasm";
/// How long `rustup target add` may take before the machine counts as one that cannot fetch it.
const RUSTUP_PATIENCE: Duration = Duration::from_secs(90);
/// What rustc's wasm32 target assumes of every browser; wasm-opt must neither refuse it nor use more.
const WASM_FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Builds the module if anything it is made of changed.
pub fn build(project: &Project) -> Result<()> {
    setup::ensure(&[&setup::NODE, &setup::WASM_CLANG])?;
    web::install(project)?;
    let module = step("Client for the browser: compile", || compile(project))?;

    let generated = project.web().join("src/sdk/generated");
    let binaryen = project.web().join("node_modules/binaryen");
    // This file too: it says how the module is bound and shrunk.
    let inputs = [module.clone(), binaryen.join("package.json"), project.root.join("xtask/src/wasm.rs")];
    let stamp = Stamp::new(generated.join(".stamp"), &inputs, &[])?;
    if stamp.is_current(&generated.join(format!("{STEM}_bg.wasm"))) {
        return Ok(());
    }
    step("Client for the browser: bind and shrink", || {
        let bound = project.target.join("wasm/bound");
        bind(&module, &bound)?;
        shrink(project, &binaryen, &bound.join(format!("{STEM}_bg.wasm")))?;
        publish(&bound, &generated)?;
        stamp.record()
    })
}

/// Compiles the crate and returns the module's path.
fn compile(project: &Project) -> Result<PathBuf> {
    let (clang, archiver) = c_compiler().context("no clang for wasm32")?;
    let folder = project.target.join("wasm");
    let build = ["build", "--locked", "--package", PACKAGE, "--profile", "wasm", "--target", TARGET, "--target-dir"];
    let build = match Toolchain::find(project)? {
        Toolchain::Host => project.cargo().args(build).arg(&folder),
        // Cargo runs this task with the host toolchain's libraries and cargo in the environment: not for the other one.
        Toolchain::Debian { linker } => cmd!(project.shell, "/usr/bin/cargo")
            .args(build)
            .arg(&folder)
            .arg("-Zbuild-std=std,panic_abort")
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTC", "/usr/bin/rustc")
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker)
            .env_remove("CARGO")
            .env_remove("LD_LIBRARY_PATH")
            .env_remove("RUSTUP_TOOLCHAIN"),
    };
    // Flags meant for the host's processor do not fit this target.
    build
        .env("CC_wasm32_unknown_unknown", clang)
        .env("AR_wasm32_unknown_unknown", archiver)
        .env_remove("RUSTFLAGS")
        .run()?;
    Ok(folder.join(TARGET).join("wasm").join(format!("{STEM}.wasm")))
}

/// Makes the JavaScript and TypeScript sides of the module.
fn bind(module: &Path, output: &Path) -> Result<()> {
    if output.exists() {
        fs::remove_dir_all(output)?;
    }
    let mut bindgen = Bindgen::new();
    // The library leaves out by default what the command line has in: that `init()` alone finds the module beside it.
    bindgen.input_path(module).web(true)?.typescript(true).omit_default_module_path(false).generate(output)
}

fn shrink(project: &Project, binaryen: &Path, module: &Path) -> Result<()> {
    let wasm_opt = binaryen.join("bin/wasm-opt");
    if !wasm_opt.exists() {
        bail!("web/package.json must have `binaryen` among its devDependencies");
    }
    let before = fs::metadata(module)?.len();
    // -Oz takes four times as long for 4 % less.
    cmd!(project.shell, "node {wasm_opt} -O1 {WASM_FEATURES...} {module} -o {module}").run()?;
    eprintln!("    {} KB, {} KB before", fs::metadata(module)?.len() / 1000, before / 1000);
    Ok(())
}

/// Puts what was made where the web app imports it from, and drops what an earlier build left there.
fn publish(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    let names = |folder: &Path| -> Result<Vec<_>> {
        Ok(fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect::<std::io::Result<_>>()?)
    };
    let made = names(from)?;
    for old in names(to)?.iter().filter(|name| !made.contains(name)) {
        fs::remove_file(to.join(old))?;
    }
    for name in made {
        // A dev server may be reading: every file changes in one move.
        let draft = to.join([OsStr::new("."), &name].iter().copied().collect::<std::ffi::OsString>());
        fs::copy(from.join(&name), &draft)?;
        fs::rename(&draft, to.join(&name))?;
    }
    Ok(())
}

/// Which Rust compiles for the browser.
enum Toolchain {
    Host,
    Debian { linker: PathBuf },
}

impl Toolchain {
    fn find(project: &Project) -> Result<Self> {
        let sysroot = PathBuf::from(cmd!(project.shell, "rustc --print sysroot").quiet().read()?);
        let has_target = || sysroot.join("lib/rustlib").join(TARGET).join("lib").is_dir();
        if has_target() {
            return Ok(Self::Host);
        }
        // Asking rustup again each time would only wait for the same refusal.
        if !debian_rust_is_installed() && add_target()? && has_target() {
            return Ok(Self::Host);
        }
        setup::ensure(&[&setup::WASM_RUST])?;
        let version = cmd!(project.shell, "rustc --version --verbose").quiet().read()?;
        let host = version.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
        let linker = sysroot.join("lib/rustlib").join(host).join("bin/rust-lld");
        let linker = if linker.exists() { linker } else { PathBuf::from("wasm-ld") };
        Ok(Self::Debian { linker })
    }
}

/// Asks rustup for the target; false where there is no rustup, or it cannot fetch it soon.
fn add_target() -> Result<bool> {
    if which("rustup").is_none() {
        return Ok(false);
    }
    eprintln!("Installing by rustup: the target {TARGET}");
    let mut rustup = Command::new("rustup").args(["target", "add", TARGET]).stdin(Stdio::null()).spawn()?;
    let deadline = Instant::now() + RUSTUP_PATIENCE;
    while Instant::now() < deadline {
        if let Some(status) = rustup.try_wait()? {
            return Ok(status.success());
        }
        thread::sleep(Duration::from_millis(100));
    }
    rustup.kill()?;
    rustup.wait()?;
    Ok(false)
}

/// Whether Debian's Rust with the sources of its standard library is there.
pub fn debian_rust_is_installed() -> bool {
    ["/usr/bin/rustc", "/usr/bin/cargo", "/usr/lib/rustlib/src/rust/library/std"]
        .iter()
        .all(|path| Path::new(path).exists())
}

/// A clang that knows wasm32 and the archiver that goes with it: SQLite is C.
pub fn c_compiler() -> Option<(PathBuf, PathBuf)> {
    let chosen = |key| env::var_os(key).map(PathBuf::from);
    if let (Some(clang), Some(archiver)) = (chosen("CC_wasm32_unknown_unknown"), chosen("AR_wasm32_unknown_unknown")) {
        return Some((clang, archiver));
    }
    let suffixes = (16..=24).rev().map(|version| format!("-{version}")).chain([String::new()]);
    // The version that is tested first, then the newest.
    ["-19".to_owned()].into_iter().chain(suffixes).find_map(|suffix| {
        let clang = which(&format!("clang{suffix}"))?;
        let archiver = which(&format!("llvm-ar{suffix}"))?;
        let targets = Command::new(&clang).arg("--print-targets").output().ok()?.stdout;
        String::from_utf8_lossy(&targets).contains("wasm32").then_some((clang, archiver))
    })
}
