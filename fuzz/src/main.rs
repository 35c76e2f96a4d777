//! One fuzz target under libFuzzer, which has the command line: `SEALPOST_FUZZ_TARGET` names the target. Without it, the names
//! of all are printed. With `SEALPOST_FUZZ_SEEDS`, the target's seeds are written into that folder first.
#![no_main]
#![allow(unsafe_code, reason = "libFuzzer calls functions by their names")]

use std::{env, fs, io::Write as _, path::Path, process, sync::OnceLock};

use sealpost_fuzz::{Target, targets};

static CHOSEN: OnceLock<&'static Target> = OnceLock::new();

libfuzzer_sys::fuzz_target!(init: begin(), |bytes: &[u8]| {
    if let Some(target) = CHOSEN.get() {
        (target.takes)(bytes);
    }
});

fn begin() {
    let Ok(name) = env::var("SEALPOST_FUZZ_TARGET") else { list() };
    let Some(target) = targets().find(|target| target.name == name) else { panic!("there is no target {name}") };
    if let Some(folder) = env::var_os("SEALPOST_FUZZ_SEEDS") {
        write_seeds(target, Path::new(&folder)).expect("seeds can be written");
    }
    let _ = CHOSEN.set(target);
}

fn list() -> ! {
    let names: Vec<_> = targets().map(|target| target.name).collect();
    let printed = writeln!(std::io::stdout(), "{}", names.join("\n"));
    process::exit(i32::from(printed.is_err()));
}

fn write_seeds(target: &Target, folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    (target.seeds)().iter().enumerate().try_for_each(|(number, seed)| fs::write(folder.join(number.to_string()), seed))
}
