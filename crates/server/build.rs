//! Has the server built anew when the web app or the migrations that it embeds have changed: names of new files are not
//! seen otherwise.

fn main() {
    // Debug builds read the files at run time.
    let is_release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    println!("cargo::rerun-if-changed={}", if is_release { "../../web/dist" } else { "build.rs" });
    println!("cargo::rerun-if-changed=migrations");
}
