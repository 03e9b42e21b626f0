//! The examples of the README, sent as curl would.

use nav_emulator::Emulator;

use crate::entra::json;
use crate::http::{Answer, Client};

/// The words of a command, as a shell reads quotes and continued lines.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in command.replace("\\\n", " ").trim().chars() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => words.last_mut().unwrap().push(c),
            None if c == '\'' || c == '"' => quote = Some(c),
            None if c.is_whitespace() => {
                if !words.last().unwrap().is_empty() {
                    words.push(String::new());
                }
            }
            None => words.last_mut().unwrap().push(c),
        }
    }
    words
}

/// Sends a command; `<<<` is its standard input, and `@-` reads that.
fn run(emulator: &Emulator, command: &str) -> Answer {
    let (command, input) = command.split_once("<<<").unwrap_or((command, ""));
    let input = words(input).concat();
    let mut words = words(command).into_iter();
    assert_eq!(words.next().as_deref(), Some("curl"));
    let address = words.next().unwrap();
    let (uri, path) = [
        ("http://127.0.0.1:7047/DynamicsNAV", emulator.soap_uri()),
        ("http://127.0.0.1:7048/DynamicsNAV", emulator.odata_uri()),
        ("http://127.0.0.1:7050", emulator.admin_center_uri()),
    ]
    .into_iter()
    .find_map(|(default, uri)| Some((uri, address.strip_prefix(default)?)))
    .unwrap();
    let mut client = Client::connect(&uri);
    let (mut method, mut body) = (None, None);
    while let Some(option) = words.next() {
        let value = words.next().unwrap();
        let value = if value == "@-" { input.clone() } else { value };
        match option.as_str() {
            "-H" => {
                let (name, value) = value.split_once(": ").unwrap();
                client = client.header(name, value);
            }
            "-X" => method = Some(value),
            "-d" => body = Some(value),
            _ => panic!("{option} in {command}"),
        }
    }
    let default = if body.is_some() { "POST" } else { "GET" };
    let method = method.unwrap_or_else(|| String::from(default));
    client.request(&method, path, &body.unwrap_or_default())
}

#[test]
fn the_examples_of_the_readme_work() {
    let emulator = Emulator::builder()
        .application("demo", "s3cret")
        .start()
        .unwrap();
    let mut token = String::new();
    let readme = include_str!("../../README.md");
    let answers: Vec<_> = readme
        .split("```sh\n")
        .skip(1)
        .map(|rest| {
            let (command, _) = rest.split_once("```").unwrap();
            let command = command
                .replace("$NAV_EMULATOR_CLIENT_SECRET", "s3cret")
                .replace("$TOKEN", &token);
            let answer = run(&emulator, &command);
            if command.contains("grant_type") {
                token = String::from(json(&answer)["access_token"].as_str().unwrap());
            }
            answer
        })
        .collect();
    let [
        odata_list,
        odata_remove,
        soap_list,
        soap_remove,
        given,
        admin_list,
        admin_remove,
        admin_get,
    ] = answers.as_slice()
    else {
        panic!("the README has {} examples", answers.len());
    };

    assert!(odata_list.body.contains("\"Session_ID\":11,"));
    assert!(odata_remove.body.ends_with("\"value\":\"Removed\"}"));
    assert_eq!(soap_list.body.matches("<Key>").count(), 2);
    assert!(soap_remove.body.contains("<return_value>Removed<"));
    assert_eq!(emulator.session("default", 11), None);
    assert_eq!(emulator.session("default", 2), None);

    assert_eq!(given.status, 200);
    assert!(admin_list.body.contains("\"sessionId\":11,"));
    assert_eq!(admin_remove.status, 202);
    assert_eq!(admin_get.status, 404);
    assert_eq!(emulator.session("Production", 11), None);
}
