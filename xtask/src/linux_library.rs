//! What the library for Linux may need, so that it is loaded on all that it is shipped for.

use std::path::Path;

use crate::failure::Failure;
use crate::process::Program;

/// That of RHEL 8. Debian 11 and Ubuntu 20.04 have 2.31.
const GLIBC: Version = (2, 28);

const LIBRARIES: [&str; 6] = [
    "ld-linux-x86-64.so.2",
    "libc.so.6",
    "libcurl.so.4",
    "libdl.so.2",
    "libgcc_s.so.1",
    "libpthread.so.0",
];

/// Functions that libcurl has in 7.61, that of RHEL 8, among those that the library calls.
const LIBCURL: [&str; 21] = [
    "curl_easy_cleanup",
    "curl_easy_getinfo",
    "curl_easy_init",
    "curl_easy_reset",
    "curl_easy_setopt",
    "curl_easy_strerror",
    "curl_formfree",
    "curl_global_init",
    "curl_global_init_mem",
    "curl_multi_add_handle",
    "curl_multi_cleanup",
    "curl_multi_info_read",
    "curl_multi_init",
    "curl_multi_perform",
    "curl_multi_remove_handle",
    "curl_multi_setopt",
    "curl_multi_strerror",
    "curl_multi_wait",
    "curl_slist_append",
    "curl_slist_free_all",
    "curl_version_info",
];

type Version = (u32, u32);

/// The library can be loaded where the oldest glibc and libcurl are that it is shipped for, or it is a failure that
/// names what is not there.
pub(crate) fn check(library: &Path) -> Result<(), Failure> {
    let listed = Program::new("objdump")
        .args(["--private-headers", "--dynamic-syms"])
        .arg(library)
        .env("LC_ALL", "C")
        .capture()?;
    if !listed.succeeded() {
        return Err(listed.failure(&format!("{} cannot be looked into", library.display())));
    }
    let faults = faults(listed.stdout());
    if faults.is_empty() {
        return Ok(());
    }
    let failure = Failure::new(format!(
        "{} is not loaded on all systems it is made for (RHEL 8, Ubuntu 20.04, Debian 11 and later).",
        library.display()
    ));
    Err(faults.into_iter().fold(failure, Failure::advise))
}

/// Each as a sentence, from what `objdump` shows.
fn faults<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut faults = Vec::new();
    for line in lines {
        let words: Vec<_> = line.split_whitespace().collect();
        match words[..] {
            ["NEEDED", library] if !LIBRARIES.contains(&library) => {
                faults.push(format!("It needs {library}, which not every system has."));
            }
            [.., "*UND*", _, function]
                if function.starts_with("curl_") && !LIBCURL.contains(&function) =>
            {
                faults.push(not_in_libcurl(function));
            }
            [.., "*UND*", _, version, function] => {
                let version = version.trim_matches(['(', ')']);
                if version.starts_with("CURL_") && !LIBCURL.contains(&function) {
                    faults.push(not_in_libcurl(function));
                }
                if glibc(version).is_some_and(|version| version > GLIBC) {
                    faults.push(format!(
                        "{function} is asked for in its version of {version}: give an older one in src/glibc.rs."
                    ));
                }
            }
            _ => {}
        }
    }
    faults
}

fn not_in_libcurl(function: &str) -> String {
    format!("{function} is not known to be in libcurl 7.61.")
}

/// The version of glibc in the name of a symbol's version, such as `GLIBC_2.2.5`.
fn glibc(name: &str) -> Option<Version> {
    let mut numbers = name.strip_prefix("GLIBC_")?.split('.');
    let mut number = || numbers.next()?.parse().ok();
    Some((number()?, number()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults_of(line: &str) -> Vec<String> {
        faults([line].into_iter())
    }

    #[test]
    fn what_every_system_has_is_no_fault() {
        for line in [
            "  NEEDED               libcurl.so.4",
            "0000000000000000      DF *UND*\t0000000000000000 (GLIBC_2.2.5) pthread_create",
            "0000000000000000  w   DF *UND*\t0000000000000000 (GLIBC_2.28) statx",
            "0000000000000000      DF *UND*\t0000000000000000 (CURL_OPENSSL_4) curl_easy_init",
            "0000000000000000      DF *UND*\t0000000000000000              curl_easy_init",
            "0000000000000000  w   D  *UND*\t0000000000000000              __gmon_start__",
            "00000000000a5c40 g    DF .text\t0000000000000006              nav_abi_version",
        ] {
            assert_eq!(faults_of(line), [""; 0], "{line}");
        }
    }

    #[test]
    fn what_is_newer_or_elsewhere_only_is_named() {
        for (line, named) in [
            ("  NEEDED               libssl.so.3", "libssl.so.3"),
            (
                "0000000000000000      DF *UND*\t0000000000000000 (GLIBC_2.34) pthread_create",
                "pthread_create is asked for in its version of GLIBC_2.34",
            ),
            (
                "0000000000000000  w   DF *UND*\t0000000000000000 (GLIBC_2.30) gettid",
                "gettid",
            ),
            (
                "0000000000000000      DF *UND*\t0000000000000000 (CURL_OPENSSL_4) curl_multi_poll",
                "curl_multi_poll",
            ),
            (
                "0000000000000000      DF *UND*\t0000000000000000              curl_multi_wakeup",
                "curl_multi_wakeup",
            ),
        ] {
            let faults = faults_of(line);
            assert_eq!(faults.len(), 1, "{line}");
            assert!(faults[0].contains(named), "{}", faults[0]);
        }
    }
}
