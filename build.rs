//! Has the library for Linux say which libraries it needs on systems whose C library is in several.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| env::var(name).as_deref() == Ok(value);
    if is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") {
        // Since glibc 2.34 there is nothing in them, so they are not as needed as they are before.
        for argument in ["--no-as-needed", "-l:libpthread.so.0", "-l:libdl.so.2"] {
            println!("cargo::rustc-link-arg-cdylib=-Wl,{argument}");
        }
    }
}
