//! `include/nav_session.h` is what cbindgen makes of the sources, and names what the library exports and the PowerShell
//! module imports.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn header_path() -> PathBuf {
    root().join("include/nav_session.h")
}

fn committed_header() -> String {
    fs::read_to_string(header_path()).expect("include/nav_session.h can be read")
}

/// Names of the functions that a text in C or C# calls or declares.
fn functions(text: &str) -> BTreeSet<String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices('(')
        .filter_map(|(at, _)| {
            let before = text[..at].trim_end();
            let name = &before[before.rfind(|c| !is_name(c)).map_or(0, |end| end + 1)..];
            name.starts_with("nav_").then(|| name.to_owned())
        })
        .collect()
}

fn without_comments(mut text: &str) -> String {
    let mut code = String::new();
    while let Some(start) = text.find("/*") {
        code.push_str(&text[..start]);
        let end = text[start..].find("*/").expect("each comment ends");
        text = &text[start + end + 2..];
    }
    code + text
}

fn declared() -> BTreeSet<String> {
    functions(&without_comments(&committed_header()))
}

/// What the sources promise each other about pointers stands once at the top of the header, in the words of C.
fn without_safety_sections(header: &str) -> String {
    let mut kept = Vec::new();
    let mut in_section = false;
    for line in header.lines() {
        let text = line.trim_start();
        if text == "* # Safety" {
            in_section = true;
            while kept.last().is_some_and(|above: &&str| above.trim() == "*") {
                kept.pop();
            }
        } else if text.starts_with("*/") {
            in_section = false;
        }
        if !in_section {
            kept.push(line);
        }
    }
    kept.join("\n") + "\n"
}

/// `UPDATE_HEADER=1`, as `cargo xtask header` sets it, writes the header anew before it is compared.
#[test]
fn the_header_is_what_cbindgen_makes_of_the_sources() {
    let config = cbindgen::Config::from_file(root().join("cbindgen.toml")).expect("cbindgen.toml");
    let bindings = cbindgen::generate_with_config(root(), config).expect("cbindgen reads src");
    let mut fresh = Vec::new();
    bindings.write(&mut fresh);
    let fresh = without_safety_sections(&String::from_utf8(fresh).expect("the header is UTF-8"));
    if env::var_os("UPDATE_HEADER").is_some() {
        fs::write(header_path(), &fresh).expect("include/nav_session.h can be written");
    }
    assert!(
        committed_header() == fresh,
        "include/nav_session.h is not that of the sources: run `cargo xtask header`"
    );
}

#[test]
fn the_library_exports_the_functions_of_the_header_and_no_other() {
    let library = library();
    let listing = Command::new("nm")
        .args(["-D", "--defined-only"])
        .arg(&library)
        .output()
        .expect("nm runs");
    assert!(listing.status.success(), "nm {}", library.display());
    let exported: BTreeSet<String> = String::from_utf8(listing.stdout)
        .expect("nm prints UTF-8")
        .lines()
        .filter_map(|line| line.split_whitespace().last().map(str::to_owned))
        .collect();
    assert_eq!(exported, declared());
}

#[test]
fn the_powershell_module_imports_the_functions_of_the_header_and_no_other() {
    let folder = root().join("powershell/src/Native");
    let mut imported = BTreeSet::new();
    for file in fs::read_dir(&folder).expect("powershell/src/Native can be read") {
        let text = fs::read_to_string(file.expect("a file").path()).expect("a file of C#");
        // Each import is declared `static extern`; calls of it come without.
        for declaration in text.split("static extern ").skip(1) {
            let end = declaration.find(';').expect("a declaration ends");
            imported.extend(functions(&declaration[..end]));
        }
    }
    // The native library is only ever asked for through the functions of this ABI.
    assert_eq!(imported, declared());
}

/// The shared library of the build that made this test.
fn library() -> PathBuf {
    let tests = env::current_exe().expect("the path of this test");
    let folder = tests.parent().expect("a folder");
    let name = format!(
        "{}nav_session{}",
        env::consts::DLL_PREFIX,
        env::consts::DLL_SUFFIX
    );
    folder.join(name)
}
