//! `cargo xtask notices`: the licences of what the shipped libraries contain of others, out of the crates' own files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::prerequisites;
use crate::process::Finished;
use crate::workspace::{Workspace, json_text};

const NOTICES: &str = "powershell/NavServerSession/THIRD-PARTY-NOTICES.txt";

/// What the library is built for.
const TARGETS: [&str; 6] = [
    "x86_64-unknown-linux-gnu",
    "aarch64-unknown-linux-gnu",
    "x86_64-pc-windows-gnu",
    "x86_64-pc-windows-msvc",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
];

/// C code that a crate brings along and the library for Windows contains: the crate, what it is, and its licence.
const BROUGHT_ALONG: [(&str, &str, &str); 4] = [
    ("curl-sys", "libcurl", "curl/COPYING"),
    (
        "curl-sys",
        "libcurl (parts)",
        "curl/LICENSES/BSD-4-Clause-UC.txt",
    ),
    ("curl-sys", "libcurl (parts)", "curl/LICENSES/ISC.txt"),
    ("libz-sys", "zlib", "src/zlib/LICENSE"),
];

/// Of the runtime that a library contains which MinGW links.
const MINGW: &str = include_str!("mingw-w64-licence.txt");

/// The mark of its encoding, without which Windows takes the names in it for those of a code page, before anything else.
const PREFACE: &str = "\u{feff}\
THIRD-PARTY NOTICES

The libraries in this folder (nav_session.dll, nav_session.so, nav_session.dylib) contain the works of others that are
named below, each with the licence it is used under. Not every library contains every one of them: libcurl and zlib are
in the library for Windows only. All of them contain Rust's standard library, (c) The Rust Project Contributors, under
the MIT licence. A library for Windows that GCC linked also contains parts of mingw-w64's runtime, and of GCC's under the
GCC Runtime Library Exception.

The source of each crate is what Rust's public registry of crates has under its name and version. That is also where the
source of those under the Mozilla Public License 2.0 is to be had, which are used as they are.
";

pub(crate) fn command(workspace: &Workspace) -> Result<(), Failure> {
    prerequisites::crates(workspace)?;
    let path = workspace.root().join(NOTICES);
    let made = notices(workspace)?;
    if fs::read_to_string(&path).is_ok_and(|there| there == made) {
        println!("{NOTICES} was up to date.");
        return Ok(());
    }
    fs::write(&path, made)
        .map_err(|error| Failure::new(format!("{NOTICES} cannot be written: {error}.")))?;
    println!("{NOTICES} is written: look at the difference before you commit it.");
    Ok(())
}

/// The whole text: each licence once, under the names of all that have it word by word.
fn notices(workspace: &Workspace) -> Result<String, Failure> {
    let folders = folders(workspace)?;
    let mut licences: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mingw = BTreeSet::from(["mingw-w64".to_owned()]);
    licences.insert(MINGW.trim().to_owned(), mingw);
    let mut add = |name: String, file: &Path| {
        let text = fs::read_to_string(file).map_err(|error| {
            Failure::new(format!("{} cannot be read: {error}.", file.display()))
        })?;
        let lines: Vec<_> = text.lines().map(str::trim_end).collect();
        let text = lines.join("\n").trim_matches('\n').to_owned();
        licences.entry(text).or_default().insert(name);
        Ok::<_, Failure>(())
    };
    for package in linked(workspace)? {
        let folder = folders.get(&package).ok_or_else(|| {
            Failure::new(format!("The folder of the crate {package} is not known."))
        })?;
        for file in licence_files(folder)? {
            add(package.clone(), &file)?;
        }
        for (crate_name, what, file) in BROUGHT_ALONG {
            if package.split(' ').next() == Some(crate_name) {
                add(format!("{what}, by {package}"), &folder.join(file))?;
            }
        }
    }
    let mut sections: Vec<(String, &str)> = licences
        .iter()
        .map(|(text, names)| {
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            (names.join("\n"), text.as_str())
        })
        .collect();
    sections.sort_unstable();
    let rule = "=".repeat(80);
    Ok(sections
        .iter()
        .fold(PREFACE.to_owned(), |all, (names, text)| {
            format!("{all}\n{rule}\n{names}\n{rule}\n\n{text}\n")
        }))
}

/// The crates that become part of the library, as `name version`.
fn linked(workspace: &Workspace) -> Result<BTreeSet<String>, Failure> {
    let mut linked = BTreeSet::new();
    // One by one: asked for several, cargo gives each the features of all.
    for target in TARGETS {
        let tree = workspace.cargo().args([
            "tree",
            "--locked",
            "--package=nav-session",
            "--edges=normal,no-proc-macro",
            "--prefix=none",
            "--format={p}",
            "--target",
            target,
        ]);
        let tree = understood(tree.capture()?)?;
        let crates = tree
            .stdout()
            .filter(|line| !line.starts_with("nav-session "));
        linked.extend(crates.filter_map(|line| {
            let (name, rest) = line.split_once(" v")?;
            Some(format!("{name} {}", rest.split(' ').next()?))
        }));
    }
    Ok(linked)
}

/// The folder of each crate of the workspace's graph, by `name version`.
fn folders(workspace: &Workspace) -> Result<BTreeMap<String, PathBuf>, Failure> {
    let metadata = ["metadata", "--locked", "--format-version=1"];
    let metadata = understood(workspace.cargo().args(metadata).capture()?)?;
    let mut folders = BTreeMap::new();
    let mut package = String::new();
    // A package begins with its name and version, one that it depends on with its name and source.
    for object in metadata
        .stdout()
        .flat_map(|json| json.split("{\"name\":\""))
    {
        if let Some((name, rest)) = object.split_once("\",\"version\":\"")
            && !name.contains('"')
        {
            package = format!("{name} {}", rest.split('"').next().unwrap_or_default());
        }
        let manifest = json_text(object, "manifest_path").map(PathBuf::from);
        if let Some(folder) = manifest.as_deref().and_then(Path::parent) {
            folders.insert(package.clone(), folder.to_owned());
        }
    }
    Ok(folders)
}

fn understood(finished: Finished) -> Result<Finished, Failure> {
    if finished.succeeded() {
        Ok(finished)
    } else {
        Err(finished.failure("Cargo does not say which crates there are"))
    }
}

/// The files of a crate that say how it may be used: where there is a choice, MIT.
fn licence_files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = fs::read_dir(folder)
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}.", folder.display())))?;
    let mut files: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_file())
        .filter(|path| {
            let name = lower_name(path);
            ["licen", "copying", "notice", "unlicen"]
                .iter()
                .any(|begin| name.starts_with(begin))
        })
        .collect();
    if let Some(mit) = files.iter().find(|path| lower_name(path).contains("mit")) {
        files = vec![mit.clone()];
    }
    if files.is_empty() {
        return Err(Failure::new(format!(
            "{} has no file with a licence.",
            folder.display()
        )));
    }
    files.sort_unstable();
    Ok(files)
}

fn lower_name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().to_lowercase())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_notices_are_those_of_what_is_linked_now() {
        let workspace = Workspace::find().unwrap();
        let committed = fs::read_to_string(workspace.root().join(NOTICES)).unwrap();
        assert!(
            committed.replace('\r', "") == notices(&workspace).unwrap(),
            "`cargo xtask notices` writes {NOTICES} anew"
        );
    }

    #[test]
    fn every_crate_may_be_used_under_a_licence_that_deny_toml_allows() {
        let workspace = Workspace::find().unwrap();
        let policy = fs::read_to_string(workspace.root().join("deny.toml")).unwrap();
        let allowed = allowed(&policy);
        assert!(allowed.contains("MIT"), "{allowed:?}");
        for manifest in ["Cargo.toml", "xtask/Cargo.toml", "fuzz/Cargo.toml"] {
            let tree = workspace
                .cargo()
                .args([
                    "tree",
                    "--locked",
                    "--workspace",
                    "--target=all",
                    "--prefix=none",
                ])
                .args([
                    "--edges=normal,build,dev",
                    "--format={l}|{p}",
                    "--manifest-path",
                    manifest,
                ])
                .capture()
                .unwrap();
            let tree = understood(tree).unwrap();
            assert!(tree.stdout().next().is_some());
            for line in tree.stdout().filter(|line| !line.is_empty()) {
                let (licence, package) = line.split_once('|').unwrap();
                assert!(
                    may_be_used(licence, &allowed),
                    "{package} is under `{licence}`: choose another crate, or allow it in deny.toml"
                );
            }
        }
    }

    #[test]
    fn the_library_contains_no_tls_of_its_own() {
        let linked = linked(&Workspace::find().unwrap()).unwrap();
        assert!(
            linked
                .iter()
                .any(|package| package.starts_with("curl-sys "))
        );
        for stack in ["openssl-sys ", "rustls ", "native-tls "] {
            let found = linked.iter().find(|package| package.starts_with(stack));
            assert_eq!(found, None);
        }
    }

    #[test]
    fn a_licence_is_read_as_it_is_meant() {
        let allowed = BTreeSet::from(["MIT", "Unicode-3.0"].map(str::to_owned));
        for (licence, may) in [
            ("MIT", true),
            ("GPL-3.0-only OR MIT", true),
            ("Apache-2.0/MIT", true),
            ("MIT AND GPL-3.0-only", false),
            ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
            ("(GPL-3.0-only OR Apache-2.0) AND Unicode-3.0", false),
            ("Apache-2.0 WITH LLVM-exception OR MIT", true),
            ("MIT WITH something", false),
            ("", false),
        ] {
            assert_eq!(may_be_used(licence, &allowed), may, "{licence}");
        }
    }

    /// The texts of the list `allow` in a policy.
    fn allowed(policy: &str) -> BTreeSet<String> {
        let list = policy.split_once("\nallow = [").unwrap().1;
        let list = list.split_once(']').unwrap().0;
        let texts = list.split('"').skip(1).step_by(2);
        texts.map(str::to_owned).collect()
    }

    /// No expression of a crate has parentheses in parentheses.
    fn may_be_used(licence: &str, allowed: &BTreeSet<String>) -> bool {
        if let Some((before, rest)) = licence.split_once('(') {
            let (inside, after) = rest.split_once(')').unwrap();
            // Stands for what was in the parentheses, whichever way that went.
            let word = if may_be_used(inside, allowed) {
                allowed.first().unwrap()
            } else {
                "none"
            };
            return may_be_used(&format!("{before}{word}{after}"), allowed);
        }
        licence.replace('/', " OR ").split(" OR ").any(|choice| {
            choice
                .split(" AND ")
                .all(|one| allowed.contains(one.trim()))
        })
    }
}
