//! C programs over the shared library, and the ways to run them.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use tempfile::TempDir;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Under {
    Nothing,
    Sanitizers,
    Memcheck,
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of the shared library of the build that made this test.
pub(crate) fn library_folder() -> PathBuf {
    let test = env::current_exe().expect("the path of this test");
    test.parent().expect("a folder").to_owned()
}

/// A C program, built for one way to run it.
pub(crate) struct Program {
    name: &'static str,
    under: Under,
    folder: TempDir,
}

impl Program {
    pub(crate) fn new(name: &'static str, under: Under) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = root().join("tests/settings/nav2018.config");
        let mut compiler = Command::new("cc");
        compiler
            .args(["-Wall", "-Wextra", "-Werror", "-pedantic", "-std=c99", "-g"])
            .arg("-I")
            .arg(root().join("include"))
            .arg(format!("-DSETTINGS=\"{}\"", settings.display()))
            .arg(root().join(format!("tests/c/{name}.c")))
            .arg("-o")
            .arg(folder.path().join(name))
            .arg("-L")
            .arg(library_folder())
            .args(["-lnav_session", "-lpthread"]);
        if under == Under::Sanitizers {
            compiler.args(["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]);
        }
        output(&mut compiler);
        match under {
            Under::Nothing => {}
            Under::Sanitizers => figures(&[("Programs of C under the sanitizers", 1)]),
            Under::Memcheck => figures(&[("Programs of C under memcheck", 1)]),
        }
        Self {
            name,
            under,
            folder,
        }
    }

    pub(crate) fn command(&self) -> Command {
        let program = self.folder.path().join(self.name);
        let mut command = if self.under == Under::Memcheck {
            let mut valgrind = Command::new("valgrind");
            valgrind
                .args(["--quiet", "--error-exitcode=9", "--leak-check=full"])
                .args(["--show-leak-kinds=definite,possible", "--num-callers=30"])
                .arg("--errors-for-leak-kinds=definite,possible")
                .arg(format!(
                    "--suppressions={}",
                    root().join("tests/c/std.supp").display()
                ))
                .arg(program);
            valgrind
        } else {
            Command::new(program)
        };
        command
            .env("LD_LIBRARY_PATH", library_folder())
            .env("ASAN_OPTIONS", "detect_leaks=1:abort_on_error=0")
            .env("UBSAN_OPTIONS", "print_stacktrace=1")
            .env(
                "NAV_SESSION_ENDPOINTS",
                self.folder.path().join("endpoints.json"),
            );
        command
    }

    /// Runs it to its end, which must be a good one; what it counted.
    pub(crate) fn run(&self, arguments: &[&str]) -> BTreeMap<String, u64> {
        self.try_run(arguments)
            .unwrap_or_else(|why| panic!("{why}"))
    }

    /// As [`run`](Self::run), or what it said at a bad end.
    pub(crate) fn try_run(&self, arguments: &[&str]) -> Result<BTreeMap<String, u64>, String> {
        let text = try_output(self.command().args(arguments))?;
        let counts = text.lines().filter_map(|line| line.split_once('\t'));
        Ok(counts
            .map(|(what, number)| (what.to_owned(), number.parse().expect("a number")))
            .collect())
    }
}

/// What a program printed that ended well.
pub(crate) fn output(command: &mut Command) -> String {
    try_output(command).unwrap_or_else(|why| panic!("{why}"))
}

fn try_output(command: &mut Command) -> Result<String, String> {
    let output = command
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(printed);
    }
    Err(format!(
        "{command:?}\n{}\n{printed}{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    ))
}

pub(crate) fn endpoint(service: &str, uri: &str) -> String {
    format!(
        r#"{{"service":"{service}","uri":"{uri}","company":"CRONUS International Ltd.","credentialType":"None"}}"#
    )
}

/// Whether time does not matter.
pub(crate) fn is_long() -> bool {
    env::var_os("NAV_ABI_LONG").is_some()
}

/// Writes what was counted where a run collects it, beside what other tests of this program have counted.
pub(crate) fn figures(lines: &[(&'static str, u64)]) {
    static ALL: Mutex<BTreeMap<&str, u64>> = Mutex::new(BTreeMap::new());
    let Some(folder) = env::var_os("NAV_RESILIENCE_FIGURES") else {
        return;
    };
    let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
    for (what, number) in lines {
        *all.entry(what).or_default() += number;
    }
    let text: String = all
        .iter()
        .map(|(what, number)| format!("{what}\t{number}\n"))
        .collect();
    let path = Path::new(&folder).join("abi.tsv");
    fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
