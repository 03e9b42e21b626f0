//! `cargo xtask install`, and programs that are built with what it installs.

#![cfg(unix)]

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use nav_emulator::Emulator;
use tempfile::TempDir;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn install(arguments: &[&Path]) -> Output {
    Command::new(env!("CARGO"))
        .current_dir(root())
        .args(["run", "--quiet", "--manifest-path", "xtask/Cargo.toml"])
        .args(["--", "install"])
        .args(arguments)
        .output()
        .expect("cargo runs")
}

fn output(command: &mut Command) -> Output {
    command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn succeeded(output: &Output) -> String {
    let shown = text(&output.stdout);
    assert!(output.status.success(), "{shown}{}", text(&output.stderr));
    shown
}

/// A prefix with the library in it, in a folder that can be given another name.
struct Installed {
    folder: TempDir,
    prefix: PathBuf,
}

impl Installed {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let prefix = folder.path().join("first");
        succeeded(&install(&[Path::new("--prefix"), &prefix]));
        Self { folder, prefix }
    }

    fn moved(&mut self) {
        let second = self.folder.path().join("second");
        fs::rename(&self.prefix, &second).expect("the prefix is moved");
        self.prefix = second;
    }

    fn library_folder(&self) -> PathBuf {
        self.prefix.join("lib")
    }

    /// The library alone, as on a computer where nothing is built.
    fn without_what_is_built_with(&self) -> TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for file in fs::read_dir(self.library_folder()).expect("lib can be read") {
            let path = file.expect("a file").path();
            if path.is_file() && !path.is_symlink() {
                let name = path.file_name().expect("a name");
                fs::copy(&path, folder.path().join(name)).expect("the library is copied");
            }
        }
        folder
    }

    fn compiled_by_pkg_config(&self) -> PathBuf {
        let program = self.folder.path().join("list_and_remove");
        let flags = succeeded(&output(
            Command::new("pkg-config")
                .env("PKG_CONFIG_PATH", self.library_folder().join("pkgconfig"))
                .args(["--cflags", "--libs", "nav_session"]),
        ));
        succeeded(&output(
            Command::new("cc")
                .args(["-Wall", "-Wextra", "-Werror", "-pedantic", "-std=c99"])
                .arg(root().join("examples/list_and_remove.c"))
                .arg("-o")
                .arg(&program)
                .args(flags.split_whitespace()),
        ));
        program
    }

    fn compiled_by_cmake(&self) -> PathBuf {
        let build = tempfile::tempdir_in(self.folder.path())
            .expect("a folder")
            .keep();
        succeeded(&output(
            Command::new("cmake")
                .arg("-S")
                .arg(root().join("examples"))
                .arg("-B")
                .arg(&build)
                .arg(format!("-DCMAKE_PREFIX_PATH={}", self.prefix.display())),
        ));
        succeeded(&output(Command::new("cmake").arg("--build").arg(&build)));
        build.join("list_and_remove")
    }
}

/// A server whose instance is registered as `DynamicsNAV`.
struct Server {
    emulator: Emulator,
    folder: TempDir,
}

impl Server {
    fn new() -> Self {
        let emulator = Emulator::builder().start().expect("the emulator starts");
        let folder = tempfile::tempdir().expect("a folder");
        let endpoints = format!(
            r#"{{"version":1,"endpoints":{{"DynamicsNAV":{{"service":"Soap","uri":"{}",
                "company":"CRONUS International Ltd.","credentialType":"None"}}}}}}"#,
            emulator.soap_uri()
        );
        fs::write(folder.path().join("endpoints.json"), endpoints).expect("a file");
        Self { emulator, folder }
    }

    fn run(&self, library_folder: &Path, program: &mut Command) -> Output {
        output(
            program
                .env("LD_LIBRARY_PATH", library_folder)
                .env("DYLD_LIBRARY_PATH", library_folder)
                .env(
                    "NAV_SESSION_ENDPOINTS",
                    self.folder.path().join("endpoints.json"),
                ),
        )
    }

    /// The example lists the sessions, removes one, and says what is wrong with one that is gone.
    fn serves(&self, library_folder: &Path, program: &Path) {
        let example = || Command::new(program);
        let listed = self.run(library_folder, example().arg("DynamicsNAV"));
        assert!(succeeded(&listed).contains("CRONUS\\ANNA"));
        let removed = self.run(library_folder, example().args(["DynamicsNAV", "11"]));
        assert!(succeeded(&removed).ends_with("Session 11 is removed.\n"));
        assert!(self.emulator.session("default", 11).is_none());
        let again = self.run(library_folder, example().args(["DynamicsNAV", "11"]));
        assert_eq!(again.status.code(), Some(1));
        assert!(text(&again.stderr).contains("11"), "{again:?}");
        assert_eq!(text(&again.stderr).lines().count(), 2, "{again:?}");
    }
}

/// Of files and links, by their paths under `folder`.
fn files(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).expect("a folder can be read") {
            let path = entry.expect("an entry").path();
            if path.is_dir() && !path.is_symlink() {
                folders.push(path);
            } else {
                let inside = path.strip_prefix(folder).expect("it is inside");
                found.insert(inside.display().to_string());
            }
        }
    }
    found
}

#[test]
fn a_program_is_built_by_pkg_config_wherever_the_prefix_is_moved() {
    let mut installed = Installed::new();
    let program = installed.compiled_by_pkg_config();
    Server::new().serves(installed.without_what_is_built_with().path(), &program);
    installed.moved();
    let program = installed.compiled_by_pkg_config();
    Server::new().serves(&installed.library_folder(), &program);
}

#[test]
fn a_program_is_built_by_cmake_wherever_the_prefix_is_moved() {
    let mut installed = Installed::new();
    let program = installed.compiled_by_cmake();
    Server::new().serves(installed.without_what_is_built_with().path(), &program);
    installed.moved();
    let program = installed.compiled_by_cmake();
    Server::new().serves(&installed.library_folder(), &program);
}

#[test]
fn no_version_newer_than_the_one_installed_is_found_by_cmake() {
    let installed = Installed::new();
    let project = installed.folder.path().join("CMakeLists.txt");
    for (version, taken) in [("0.0.1", true), ("0.99", false), ("1.0", false)] {
        let text = format!(
            "cmake_minimum_required(VERSION 3.10)\nproject(p C)\nfind_package(nav_session {version} REQUIRED)\n"
        );
        fs::write(&project, text).expect("a file");
        let build = tempfile::tempdir().expect("a folder");
        let configured = output(
            Command::new("cmake")
                .arg("-S")
                .arg(installed.folder.path())
                .arg("-B")
                .arg(build.path())
                .arg(format!(
                    "-DCMAKE_PREFIX_PATH={}",
                    installed.prefix.display()
                )),
        );
        assert_eq!(
            configured.status.success(),
            taken,
            "{version}: {configured:?}"
        );
    }
}

#[test]
fn a_script_lists_the_sessions_by_python() {
    let installed = Installed::new();
    let script = root().join("examples/list_sessions.py");
    let server = Server::new();
    let listed = server.run(
        &installed.library_folder(),
        Command::new("python3").arg(&script).arg("DynamicsNAV"),
    );
    assert!(succeeded(&listed).contains("CRONUS\\ANNA"));
    let unknown = server.run(
        &installed.library_folder(),
        Command::new("python3").arg(&script).arg("Other"),
    );
    assert_eq!(unknown.status.code(), Some(1));
    assert!(text(&unknown.stderr).contains("Other"), "{unknown:?}");
}

#[test]
fn what_is_installed_is_listed_and_goes_by_the_list() {
    let installed = Installed::new();
    let list = "share/doc/nav_session/installed-files.txt";
    let listed = fs::read_to_string(installed.prefix.join(list)).expect("the list can be read");
    let listed: BTreeSet<_> = listed.lines().map(str::to_owned).collect();
    assert_eq!(listed, files(&installed.prefix));
    assert!(listed.contains("include/nav_session.h") && listed.contains(list));
    succeeded(&output(
        Command::new("sh")
            .current_dir(&installed.prefix)
            .args(["-c", &format!("xargs rm < {list}")]),
    ));
    assert_eq!(files(&installed.prefix), BTreeSet::new());
}

#[test]
fn with_a_destdir_all_is_written_below_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let shown = succeeded(&install(&[
        Path::new("--prefix"),
        Path::new("/opt/nav"),
        Path::new("--destdir"),
        folder.path(),
    ]));
    let installed = files(folder.path());
    assert!(installed.contains("opt/nav/include/nav_session.h"));
    for file in &installed {
        assert!(file.starts_with("opt/nav/"), "{file}");
        let path = folder.path().join(file);
        assert!(
            shown.contains(&path.display().to_string()),
            "{file} in {shown}"
        );
    }
}

#[test]
fn a_prefix_that_cannot_be_written_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("file");
    fs::write(&file, "").expect("a file");
    let prefix = file.join("prefix");
    let refused = install(&[Path::new("--prefix"), &prefix]);
    assert_eq!(refused.status.code(), Some(1));
    let said = text(&refused.stderr);
    let sentence = format!("Nothing can be written to {}: ", prefix.display());
    assert!(said.contains(&sentence), "{said}");
    assert!(said.contains("--destdir DIR"), "{said}");
    assert!(text(&refused.stdout).is_empty(), "{refused:?}");
}
