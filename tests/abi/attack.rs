//! Programs that do what nobody should.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;

use nav_emulator::{Emulator, Session};

use crate::program::{Program, Under, endpoint, figures, is_long, library_folder, output, root};

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
    figures(&[
        ("Functions of the C interface attacked", functions),
        (
            "Calls with arguments that none should have",
            counts["calls"],
        ),
    ]);
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
    program.run(&[&endpoint("OData", &emulator.odata_uri())]);
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

fn cancelled(under: Under) -> BTreeMap<String, u64> {
    Program::new("cancel_stages", under).run(&[])
}

#[test]
fn a_call_is_cancelled_from_another_thread_at_each_stage() {
    let counts = cancelled(Under::Nothing);
    assert!(counts["stages"] > 20);
    figures(&[("Stages at which calls were cancelled", counts["stages"])]);
}

#[test]
fn a_call_is_cancelled_at_each_stage_under_sanitizer() {
    cancelled(Under::Sanitizers);
}

#[test]
fn a_call_is_cancelled_at_each_stage_under_memcheck() {
    cancelled(Under::Memcheck);
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
