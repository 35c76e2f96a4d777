//! Fuzz targets: for each decoder of outside bytes a function that decodes, encodes again, and panics where the two do not fit.
//!
//! `main.rs` gives one of them to libFuzzer. `cargo xtask fuzz` builds that with what libFuzzer has to see of the code, and runs
//! it; `cargo xtask test` runs all of them for a while. What they begin with is made here from the fixtures and by the same code
//! that writes what travels.

mod content;
mod engine;
mod frames;
mod groups;
mod identity;

/// A decoder to be fuzzed.
pub struct Target {
    /// Names it on the command line.
    pub name: &'static str,
    /// Gives bytes to the decoder. Whether it took them.
    pub takes: fn(&[u8]) -> bool,
    /// What it takes, to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// Every target.
pub fn targets() -> impl Iterator<Item = &'static Target> {
    let families: [&'static [Target]; 5] =
        [&frames::TARGETS, &identity::TARGETS, &groups::TARGETS, &content::TARGETS, &engine::TARGETS];
    families.into_iter().flatten()
}

/// Of a format in which nothing has two encodings: what was read and encoded again are the same bytes.
fn canonical(bytes: &[u8], again: Option<Vec<u8>>) -> bool {
    let Some(again) = again else { return false };
    assert!(again == bytes, "taken, and encoded otherwise");
    true
}

/// Of any other format: what was read and encoded means the same.
fn stable(bytes: &[u8], recode: impl Fn(&[u8]) -> Option<Vec<u8>>) -> bool {
    let Some(once) = recode(bytes) else { return false };
    assert!(recode(&once).as_ref() == Some(&once), "changes whenever it is read and encoded");
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_has_its_name_and_takes_its_seeds() {
        let mut names: Vec<_> = targets().map(|target| target.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), targets().count());
        for target in targets() {
            let seeds = (target.seeds)();
            assert!(!seeds.is_empty(), "{}", target.name);
            for (number, seed) in seeds.iter().enumerate() {
                assert!((target.takes)(seed), "{} refuses its seed {number}", target.name);
            }
        }
    }
}
