//! The C ABI under attack: C programs that do what nobody should, each also under the address and undefined-behaviour
//! sanitizers and under Valgrind's memcheck.
//!
//! The sanitizers' allocator takes the place of the system's in the library too, so what C does with the library's memory
//! and what the library does not free is seen, while reads within Rust are not instrumented: memcheck sees those.

#![cfg(target_os = "linux")]

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use nav_emulator::{Emulator, Session};
use tempfile::TempDir;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Under {
    Nothing,
    Sanitizers,
    Memcheck,
}

const ALL: [Under; 3] = [Under::Nothing, Under::Sanitizers, Under::Memcheck];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of the shared library of the build that made this test.
fn library_folder() -> PathBuf {
    let test = env::current_exe().expect("the path of this test");
    test.parent().expect("a folder").to_owned()
}

/// A C program, built for one way to run it.
struct Program {
    name: &'static str,
    under: Under,
    folder: TempDir,
}

impl Program {
    fn new(name: &'static str, under: Under) -> Self {
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
        Self {
            name,
            under,
            folder,
        }
    }

    fn command(&self) -> Command {
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
    fn run(&self, arguments: &[&str]) -> BTreeMap<String, u64> {
        let text = output(self.command().args(arguments));
        let counts = text.lines().filter_map(|line| line.split_once('\t'));
        counts
            .map(|(what, number)| (what.to_owned(), number.parse().expect("a number")))
            .collect()
    }
}

/// What a program printed that ended well.
fn output(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{command:?}\n{}\n{printed}{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    printed.into_owned()
}

fn endpoint(service: &str, uri: &str) -> String {
    format!(
        r#"{{"service":"{service}","uri":"{uri}","company":"CRONUS International Ltd.","credentialType":"None"}}"#
    )
}

/// Whether time does not matter.
fn is_long() -> bool {
    env::var_os("NAV_ABI_LONG").is_some()
}

/// Writes what was counted where a run collects it.
fn figures(topic: &str, lines: &[(&str, u64)]) {
    let Some(folder) = env::var_os("NAV_RESILIENCE_FIGURES") else {
        return;
    };
    let text: String = lines
        .iter()
        .map(|(what, number)| format!("{what}\t{number}\n"))
        .collect();
    let path = Path::new(&folder).join(format!("{topic}.tsv"));
    fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

/// Names of the functions of the header, each with its parameters that are pointers, and `struct.field` for each text and
/// each enum of a struct that functions take.
fn attackable() -> (BTreeMap<String, Vec<String>>, BTreeSet<String>) {
    let header = fs::read_to_string(root().join("include/nav_session.h")).expect("the header");
    let mut code = String::new();
    let mut rest = header.as_str();
    while let Some(start) = rest.find("/*") {
        code.push_str(&rest[..start]);
        let end = rest[start..].find("*/").expect("each comment ends");
        rest = &rest[start + end + 2..];
    }
    code.push_str(rest);
    let name = |text: &str| {
        text.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let (_, declarations) = code.split_once("extern \"C\" {").expect("functions");
    let functions = declarations
        .split(';')
        .filter_map(|declaration| declaration.trim_end().strip_suffix(')')?.split_once('('))
        .map(|(before, parameters)| {
            let pointers = parameters.split(',').filter(|text| text.contains('*'));
            (
                name(before.trim()),
                pointers.map(|text| name(text.trim())).collect(),
            )
        })
        .collect();
    // Those that are results alone are left out.
    let taken = [
        "nav_client_options",
        "nav_session_key",
        "nav_endpoint",
        "nav_settings_choices",
        "nav_session_filter",
    ];
    let mut fields = BTreeSet::new();
    for of in taken {
        let (_, body) = code
            .split_once(&format!("typedef struct {of} {{"))
            .expect("a struct");
        let (body, _) = body.split_once('}').expect("the end of a struct");
        for field in body.split(';').map(str::trim) {
            // What else is an int32_t is the id of a session.
            let is_enum = field.starts_with("int32_t ") && !field.ends_with("session_id");
            if field.starts_with("struct nav_text ") || is_enum {
                fields.insert(format!("{of}.{}", name(field)));
            }
        }
    }
    (functions, fields)
}

#[test]
fn every_pointer_text_and_enum_of_the_header_is_attacked() {
    let (functions, fields) = attackable();
    assert!(functions.len() > 30 && fields.len() > 30);
    let program = Program::new("attack", Under::Nothing);
    let listed = output(program.command().arg("list"));
    let mut attacked = BTreeMap::new();
    let mut attacked_fields = BTreeSet::new();
    for line in listed.lines() {
        let mut words = line.split(' ').map(str::to_owned);
        let first = words.next().expect("a name");
        if first.contains('.') {
            attacked_fields.insert(first);
        } else {
            attacked.insert(first, words.collect());
        }
    }
    assert_eq!(attacked, functions);
    assert_eq!(attacked_fields, fields);
}

fn bad_arguments(under: Under) -> BTreeMap<String, u64> {
    Program::new("attack", under).run(&[])
}

#[test]
fn what_no_program_should_pass_is_refused_with_a_sentence_and_never_read() {
    let counts = bad_arguments(Under::Nothing);
    assert!(counts["calls"] > 1000, "{counts:?}");
    let functions = counts["functions"];
    figures(
        "abi",
        &[
            ("Functions of the C interface attacked", functions),
            (
                "Calls with arguments that none should have",
                counts["calls"],
            ),
            ("Ways in which each program of C is run", ALL.len() as u64),
        ],
    );
}

#[test]
fn what_no_program_should_pass_is_refused_also_under_sanitizer() {
    bad_arguments(Under::Sanitizers);
}

#[test]
fn what_no_program_should_pass_is_refused_also_under_memcheck() {
    bad_arguments(Under::Memcheck);
}

/// It is undefined behaviour all the same, which the sanitizers rightly end the program for.
#[test]
fn a_handle_that_was_freed_is_refused_where_memory_still_allows() {
    Program::new("attack", Under::Nothing).run(&["freed"]);
}

/// Every `every`th order of freeing the handles that there are; all with `NAV_ABI_LONG`.
fn orders(under: Under, every: u32) {
    let every = if is_long() { 1 } else { every };
    let emulator = Emulator::builder().start().expect("the emulator starts");
    let program = Program::new("lifetimes", under);
    let endpoint = endpoint("OData", &emulator.odata_uri());
    let counts = program.run(&[&endpoint, &every.to_string()]);
    assert!(counts["orders"] > 0);
}

#[test]
fn handles_are_freed_in_every_order() {
    orders(Under::Nothing, 17);
}

#[test]
fn handles_are_freed_in_many_orders_under_sanitizer() {
    orders(Under::Sanitizers, 37);
}

#[test]
fn handles_are_freed_in_many_orders_under_memcheck() {
    orders(Under::Memcheck, 331);
}

fn callbacks(under: Under) {
    let emulator = Emulator::builder()
        .page_size(3)
        .start()
        .expect("the emulator starts");
    let program = Program::new("callback", under);
    for (service, uri) in [
        ("OData", emulator.odata_uri()),
        ("Soap", emulator.soap_uri()),
    ] {
        program.run(&[&endpoint(service, &uri)]);
    }
}

#[test]
fn a_log_callback_makes_calls_of_its_own_and_frees_what_it_is_called_for() {
    callbacks(Under::Nothing);
}

#[test]
fn a_log_callback_makes_calls_of_its_own_under_sanitizer() {
    callbacks(Under::Sanitizers);
}

#[test]
fn a_log_callback_makes_calls_of_its_own_under_memcheck() {
    callbacks(Under::Memcheck);
}

fn threads(under: Under, rounds: i32) {
    let ids =
        (0..8).flat_map(|thread| (0..rounds).map(move |round| 10_000 + thread * 1000 + round));
    let emulator = Emulator::builder()
        .with_sessions((1..30).chain(ids).map(Session::new))
        .page_size(20)
        .start()
        .expect("the emulator starts");
    let program = Program::new("threads", under);
    let endpoint = endpoint("OData", &emulator.odata_uri());
    program.run(&[&endpoint, &rounds.to_string()]);
    let stopped = emulator.stopped_sessions();
    let wanted = stopped
        .iter()
        .filter(|stopped| stopped.session_id >= 10_000);
    assert_eq!(
        wanted.count(),
        8 * usize::try_from(rounds).expect("a count")
    );
}

#[test]
fn many_threads_use_one_client_while_others_cancel_their_calls() {
    threads(Under::Nothing, 60);
}

#[test]
fn many_threads_use_one_client_under_sanitizer() {
    threads(Under::Sanitizers, 40);
}

#[test]
fn many_threads_use_one_client_under_memcheck() {
    threads(Under::Memcheck, 3);
}

#[test]
fn a_write_to_a_connection_that_the_server_closed_ends_no_program() {
    let emulator = Emulator::builder().start().expect("the emulator starts");
    let program = Program::new("sigpipe", Under::Nothing);
    program.run(&[&endpoint("Soap", &emulator.soap_uri())]);
}

#[test]
fn a_cpp_exception_out_of_a_log_callback_ends_the_process() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("throwing");
    output(
        Command::new("c++")
            .args([
                "-Wall",
                "-Wextra",
                "-Werror",
                "-pedantic",
                "-std=c++17",
                "-g",
                "-I",
            ])
            .arg(root().join("include"))
            .arg(root().join("tests/c/throwing.cpp"))
            .arg("-o")
            .arg(&program)
            .arg("-L")
            .arg(library_folder())
            .arg("-lnav_session"),
    );
    let emulator = Emulator::builder().start().expect("the emulator starts");
    let ended = Command::new(&program)
        .arg(endpoint("Soap", &emulator.soap_uri()))
        .env("LD_LIBRARY_PATH", library_folder())
        .output()
        .expect("the program runs");
    assert_eq!(ended.status.signal(), Some(libc::SIGABRT), "{ended:?}");
    assert!(emulator.requests().is_empty());
}
