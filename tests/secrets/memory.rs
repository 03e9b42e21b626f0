//! What is left in memory once everything is freed, in a process of its own that knows each secret only disguised.

#![allow(clippy::print_stdout, reason = "two processes talk")]

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::{env, io, process};

use nav_emulator::Emulator;
use nav_session::{Cancel, Client, Endpoint, Secret, Service, SessionFilter, SessionKey};

use tempfile::TempDir;

use super::figures;
use super::mark::forms;
use super::peers::apache::Apache;
use super::peers::certificates::Authority;
use super::routes::{Marked, ROUTES, Route, SignIn, USER};
use super::server::{Asked, Reply, Server};

const DISGUISE: u8 = 0x5a;
/// What the parent says and the process answers, a line each.
const ROLE: &str = "NAV_SESSION_SECRETS_ROLE";

/// When the memory is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    /// As long as the client is there, which has to hold the secret.
    Open,
    Freed,
    /// A copy was made on purpose.
    Leaked,
}

fn disguised(text: &[u8]) -> String {
    text.iter()
        .map(|byte| format!("{:02x}", byte ^ DISGUISE))
        .collect()
}

/// The disguised bytes of a line.
fn bytes(line: &str) -> Vec<u8> {
    let digit = |byte: u8| u8::try_from((byte as char).to_digit(16).unwrap()).unwrap();
    line.trim()
        .as_bytes()
        .chunks(2)
        .map(|pair| digit(pair[0]) << 4 | digit(pair[1]))
        .collect()
}

fn line(input: &mut impl io::BufRead) -> String {
    let mut line = String::new();
    input.read_line(&mut line).unwrap();
    line.truncate(line.trim_end().len());
    line
}

/// The other side: a process that signs in, frees everything and searches itself.
///
/// It is a test so that this program can run itself; alone it does nothing.
#[test]
fn process_that_searches_itself() {
    let Ok(role) = env::var(ROLE) else { return };
    let words: Vec<&str> = role.split(' ').collect();
    let route = ROUTES[words[0].parse::<usize>().unwrap()];
    let stays = words[1];
    let endpoint: Endpoint =
        Endpoint::from_json(&env::var("NAV_SESSION_SECRETS_ENDPOINT").unwrap()).unwrap();
    let mut input = io::stdin().lock();
    let hidden = bytes(&line(&mut input));
    // One by one, into a place that is large enough from the beginning.
    let secret = || {
        let mut secret = String::with_capacity(hidden.len());
        let mut decoded = [0; 4];
        let mut length = 0;
        for byte in &hidden {
            decoded[length] = byte ^ DISGUISE;
            length += 1;
            if let Ok(character) = std::str::from_utf8(&decoded[..length]) {
                secret.push_str(character);
                length = 0;
            }
        }
        Secret::new(secret)
    };
    let client = route.signed_in(endpoint, secret()).open().unwrap();
    let said = use_once(&client);
    if stays == "Open" {
        report(&said, &mut input);
    }
    drop(client);
    nav_session::close_connections();
    if stays == "Leaked" {
        std::mem::forget(secret());
    }
    report(&said, &mut input);
    process::exit(0);
}

fn use_once(client: &Client) -> String {
    let mut rows = client.sessions(SessionFilter::default(), &Cancel::new());
    let listed = match rows.next() {
        None => "no rows".to_owned(),
        Some(Ok(_)) => "rows".to_owned(),
        Some(Err(error)) => format!("{:?}", error.kind()),
    };
    let removed = client.remove_session(&SessionKey::new(11), &Cancel::new());
    let removed = removed.map_or_else(
        |error| format!("{:?}", error.kind()),
        |outcome| format!("{outcome:?}"),
    );
    format!("{listed}, {removed}")
}

/// Says what came of the calls, and finds what the parent asks for, until it asks no more.
fn report(said: &str, input: &mut impl io::BufRead) {
    println!("\nsaid {said}");
    loop {
        let asked = line(input);
        if asked.is_empty() || asked == "on" {
            return;
        }
        let needles: Vec<_> = asked.split(' ').map(bytes).collect();
        let (places, searched) = search(&needles);
        println!("\nfound {searched} {}", places.join(" "));
    }
}

/// Where the disguised needles stand undisguised in the memory of this process, as `needle:place`, and how much was looked
/// at.
fn search(needles: &[Vec<u8>]) -> (Vec<String>, u64) {
    const STEP: usize = 1 << 20;
    let longest = needles.iter().map(Vec::len).max().unwrap();
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let mut memory = File::open("/proc/self/mem").unwrap();
    let mut buffer = vec![0; STEP + longest];
    let own = buffer.as_ptr() as u64..buffer.as_ptr() as u64 + buffer.len() as u64;
    let (mut places, mut searched) = (Vec::new(), 0);
    for map in maps.lines() {
        let words: Vec<&str> = map.split_whitespace().collect();
        let (start, end) = words[0].split_once('-').unwrap();
        let [mut at, end] = [start, end].map(|text| u64::from_str_radix(text, 16).unwrap());
        if !words[1].starts_with("rw") {
            continue;
        }
        while at < end {
            let length = usize::try_from(end - at).unwrap().min(buffer.len());
            memory.seek(SeekFrom::Start(at)).unwrap();
            if memory.read_exact(&mut buffer[..length]).is_err() {
                break;
            }
            for (number, needle) in needles.iter().enumerate() {
                for offset in occurrences(&buffer[..length], needle) {
                    let place = at + offset as u64;
                    if !own.contains(&place) {
                        let what = words.get(5).unwrap_or(&"anonymous");
                        places.push(format!("{number}:{place:x}:{what}"));
                    }
                }
            }
            searched += length as u64;
            at += STEP as u64;
        }
    }
    (places, searched)
}

fn occurrences(bytes: &[u8], needle: &[u8]) -> Vec<usize> {
    let is_it = |part: &[u8]| {
        part.iter()
            .zip(needle)
            .all(|(byte, hidden)| byte ^ DISGUISE == *hidden)
    };
    let (mut found, mut at) = (Vec::new(), 0);
    loop {
        // The standard library's own search, which is fast also where this program is not optimised.
        at += (&bytes[at..]).skip_until(needle[0] ^ DISGUISE).unwrap();
        if at == 0 || at >= bytes.len() {
            return found;
        }
        if bytes[at - 1..].len() >= needle.len() && is_it(&bytes[at - 1..]) {
            found.push(at - 1);
        }
    }
}

/// The process, seen from the parent.
struct Process {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// Its home and current folder, and its place for temporary files.
    folder: TempDir,
}

impl Process {
    fn start(at: usize, when: When, endpoint: &Endpoint, secret: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(env::current_exe().unwrap())
            .args([
                "--exact",
                "memory::process_that_searches_itself",
                "--nocapture",
                "--test-threads=1",
            ])
            .env(ROLE, format!("{at} {when:?}"))
            .env(
                "NAV_SESSION_SECRETS_ENDPOINT",
                serde_json::to_string(endpoint).unwrap(),
            )
            .current_dir(folder.path())
            .env("HOME", folder.path())
            .env("TMPDIR", folder.path())
            .env("XDG_CONFIG_HOME", folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        writeln!(input, "{}", disguised(secret.as_bytes())).unwrap();
        Self {
            child,
            input,
            output,
            folder,
        }
    }

    fn answer(&mut self, begin: &str) -> String {
        loop {
            let mut line = String::new();
            assert!(
                self.output.read_line(&mut line).unwrap() > 0,
                "the process ended"
            );
            if let Some(answer) = line.strip_prefix(begin) {
                return answer.trim().to_owned();
            }
        }
    }

    /// Each of the texts, and where it stands in its memory.
    fn find(&mut self, texts: &[Vec<u8>]) -> Vec<(String, Vec<String>)> {
        let asked: Vec<_> = texts.iter().map(|text| disguised(text)).collect();
        writeln!(self.input, "{}", asked.join(" ")).unwrap();
        let answer = self.answer("found ");
        let mut words = answer.split(' ');
        let searched: u64 = words.next().unwrap().parse().unwrap();
        assert!(searched > 1 << 20, "{searched} bytes");
        figures::add("Bytes of memory searched for secrets", searched);
        let shown = |text: &Vec<u8>| String::from_utf8_lossy(text).into_owned();
        let mut found: Vec<_> = texts.iter().map(|text| (shown(text), Vec::new())).collect();
        for word in words {
            let (number, place) = word.split_once(':').unwrap();
            found[number.parse::<usize>().unwrap()]
                .1
                .push(place.to_owned());
        }
        found
    }

    /// Whether a text stands in its arguments or environment, and whether it started a process or wrote a file.
    fn leaves_traces(&self, texts: &[Vec<u8>]) -> bool {
        let proc = PathBuf::from(format!("/proc/{}", self.child.id()));
        let children = fs::read_to_string(proc.join(format!("task/{}/children", self.child.id())));
        let written = fs::read_dir(self.folder.path()).unwrap().count();
        written > 0
            || children.is_ok_and(|children| !children.trim().is_empty())
            || ["cmdline", "environ"].iter().any(|name| {
                let bytes = fs::read(proc.join(name)).unwrap();
                assert!(!bytes.is_empty());
                texts
                    .iter()
                    .any(|text| bytes.windows(text.len()).any(|part| part == text))
            })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server of a route that takes its secret.
enum Other {
    Emulator(Box<Emulator>),
    /// It refuses everything but a request for a token.
    Refusing(Server),
}

impl Other {
    fn start(route: Route, marked: &Marked) -> Self {
        let builder = match route.sign_in {
            SignIn::Password => Emulator::builder().credentials(USER, &marked.secret),
            SignIn::Token => Emulator::builder().bearer().access_token(&marked.secret),
            SignIn::Ntlm | SignIn::App => {
                let granted = serde_json::json!({"access_token": marked.granted}).to_string();
                let answers = move |asked: &Asked| match asked.target.contains("/oauth2/") {
                    true => Reply::Answer(200, String::new(), granted.clone()),
                    false => Reply::Answer(403, String::new(), String::new()),
                };
                let is_ntlm = route.sign_in == SignIn::Ntlm;
                return Self::Refusing(Server::start(is_ntlm, Box::new(answers)));
            }
        };
        Self::Emulator(Box::new(builder.start().unwrap()))
    }

    fn endpoint(&self, route: Route) -> Endpoint {
        match self {
            Self::Refusing(server) => route.endpoint(&server.uri, &server.uri),
            Self::Emulator(emulator) => Endpoint {
                uri: match route.service {
                    Service::Soap => emulator.soap_uri(),
                    Service::OData => emulator.odata_uri(),
                    Service::AdminCenter => emulator.admin_center_uri(),
                },
                ..route.endpoint("http://127.0.0.1", &emulator.authority())
            },
        }
    }
}

/// The forms in which the secrets of a route lie in memory.
fn needles(marked: &Marked) -> Vec<Vec<u8>> {
    let mut needles = forms(&marked.secret, USER);
    needles.push(marked.mark.clone().into_bytes());
    needles.push(marked.granted.clone().into_bytes());
    needles
}

/// Where each form of the route's secrets stands in the memory of a process that has used them.
fn searched(at: usize, when: When) -> Vec<(String, Vec<String>)> {
    let route = ROUTES[at];
    let marked = route.marked();
    let other = Other::start(route, &marked);
    let mut process = Process::start(at, when, &other.endpoint(route), &marked.secret);
    let expected = match other {
        Other::Emulator(_) => "rows, Removed",
        Other::Refusing(_) => "PermissionDenied, PermissionDenied",
    };
    assert_eq!(process.answer("said "), expected, "{route:?}");
    process.find(&needles(&marked))
}

fn assert_nothing_is_found(what: &str, found: Vec<(String, Vec<String>)>) {
    for (needle, places) in found {
        assert!(places.is_empty(), "{what}: {needle:?} stands at {places:?}");
    }
    figures::add(
        "Processes whose memory was searched after everything was freed",
        1,
    );
}

#[test]
fn nothing_of_a_secret_is_left_in_memory_once_everything_is_freed() {
    for (at, route) in ROUTES.iter().enumerate() {
        assert_nothing_is_found(&format!("{route:?}"), searched(at, When::Freed));
    }
}

#[test]
fn no_secret_goes_into_arguments_environment_or_files_and_no_program_is_started() {
    for (at, route) in ROUTES.iter().enumerate() {
        let marked = route.marked();
        let other = Other::start(*route, &marked);
        let mut process = Process::start(at, When::Open, &other.endpoint(*route), &marked.secret);
        process.answer("said ");
        assert!(!process.leaves_traces(&needles(&marked)), "{route:?}");
        // It would be noticed.
        assert!(process.leaves_traces(&[b"NAV_SESSION_SECRETS_ROLE".to_vec()]));
    }
}

/// Over a connection that OpenSSL encrypts, which has buffers of its own.
#[test]
fn tls_peer_nothing_is_left_in_memory_of_what_was_encrypted() {
    let authority = Authority::new("Secrets Test Authority");
    let identity = authority.issue(&["localhost"]);
    let folder = tempfile::tempdir().unwrap();
    let ca_file = folder.path().join("ca.pem");
    fs::write(&ca_file, &authority.certificate).unwrap();
    for (at, route) in ROUTES.iter().enumerate() {
        let is_plain = matches!(route.sign_in, SignIn::Password | SignIn::Token);
        if !is_plain || route.service == Service::AdminCenter {
            continue;
        }
        let marked = route.marked();
        let other = Other::start(*route, &marked);
        let plain = other.endpoint(*route);
        let apache = Apache::before(&plain.uri).tls(&identity).start();
        let endpoint = Endpoint {
            uri: apache.uri("localhost"),
            ca_file: Some(ca_file.to_str().unwrap().to_owned()),
            ..plain
        };
        let mut process = Process::start(at, When::Freed, &endpoint, &marked.secret);
        assert_eq!(process.answer("said "), "rows, Removed", "{route:?}");
        assert_nothing_is_found(
            &format!("{route:?}, encrypted"),
            process.find(&needles(&marked)),
        );
    }
}

/// What a debugger writes of a process, as it is written when one crashes.
#[test]
fn core_dump_of_a_process_that_freed_everything_has_no_secret() {
    for (when, is_found) in [(When::Freed, false), (When::Open, true)] {
        let at = 0;
        let marked = ROUTES[at].marked();
        let other = Other::start(ROUTES[at], &marked);
        let mut process = Process::start(at, when, &other.endpoint(ROUTES[at]), &marked.secret);
        process.answer("said ");
        let folder = tempfile::tempdir().unwrap();
        let dumped = Command::new("gcore")
            .arg("-o")
            .arg(folder.path().join("core"))
            .arg(process.child.id().to_string())
            .output()
            .unwrap();
        let path = folder.path().join(format!("core.{}", process.child.id()));
        let dump = fs::read(&path).unwrap_or_else(|error| panic!("{error}: {dumped:?}"));
        assert!(dump.len() > 1 << 20);
        figures::add(
            "Bytes of core dumps searched for secrets",
            dump.len() as u64,
        );
        for needle in needles(&marked) {
            let hidden: Vec<_> = needle.iter().map(|byte| byte ^ DISGUISE).collect();
            let places = occurrences(&dump, &hidden);
            if needle == marked.secret.as_bytes() || !is_found {
                assert_eq!(
                    !places.is_empty(),
                    is_found,
                    "{when:?}: {needle:?} at {places:?}"
                );
            }
        }
    }
}

#[test]
fn a_secret_in_use_and_one_that_leaks_are_found() {
    for when in [When::Open, When::Leaked] {
        let found = searched(0, when);
        assert!(!found[0].1.is_empty(), "{when:?}");
    }
    let app = ROUTES.iter().position(|route| route.sign_in == SignIn::App);
    let granted = searched(app.unwrap(), When::Open).pop().unwrap();
    assert!(!granted.1.is_empty(), "{granted:?}");
}
