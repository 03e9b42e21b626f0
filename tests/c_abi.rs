//! C programs over the C ABI. Each asserts what it expects and exits with 0.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod peers;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use std::time::Duration;

use nav_emulator::{Activity, Emulator, Fault, OnStop, Session};
use tempfile::TempDir;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of the shared library of the build that made this test.
fn library_folder() -> PathBuf {
    let test = env::current_exe().expect("the path of this test");
    test.parent().expect("a folder").to_owned()
}

fn run(command: &mut Command) {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// What runs programs of Windows, and the library for it, where that is what is tested: the programs are then compiled by
/// MinGW. The emulator stays one of this system.
struct Windows {
    wine: PathBuf,
    library: PathBuf,
}

fn windows() -> Option<Windows> {
    Some(Windows {
        wine: env::var_os("NAV_SESSION_WINE")?.into(),
        library: env::var_os("NAV_SESSION_WINDOWS_LIBRARY")?.into(),
    })
}

fn compile(name: &str, folder: &TempDir) -> PathBuf {
    let windows = windows();
    let (compiler, extension) = match windows {
        Some(_) => ("x86_64-w64-mingw32-gcc", "exe"),
        None => ("cc", ""),
    };
    let program = folder.path().join(name).with_extension(extension);
    let mut command = Command::new(compiler);
    command
        .args([
            "-Wall",
            "-Wextra",
            "-Werror",
            "-pedantic",
            "-std=c99",
            "-g",
            "-I",
        ])
        .arg(root().join("include"))
        .arg(format!(
            "-DSETTINGS=\"{}\"",
            root().join("tests/settings/nav2018.config").display()
        ))
        .arg(root().join("tests/c").join(format!("{name}.c")))
        .arg("-o")
        .arg(&program);
    match windows {
        Some(windows) => command.arg(windows.library).args(["-static", "-lpthread"]),
        None => command
            .arg("-L")
            .arg(library_folder())
            .args(["-lnav_session", "-lpthread"]),
    };
    run(&mut command);
    program
}

fn started(program: &Path, folder: &TempDir) -> Command {
    let mut command = match windows() {
        Some(Windows { wine, library }) => {
            let mut command = Command::new(wine);
            command
                .arg(program)
                .env("WINEPATH", library.parent().expect("a folder"));
            command
        }
        None => Command::new(program),
    };
    command
        .env("LD_LIBRARY_PATH", library_folder())
        .env("DYLD_LIBRARY_PATH", library_folder())
        .env(
            "NAV_SESSION_ENDPOINTS",
            folder.path().join("endpoints.json"),
        );
    command
}

fn endpoint(service: &str, uri: &str) -> String {
    format!(
        r#"{{"service":"{service}","uri":"{uri}","company":"CRONUS International Ltd.","credentialType":"None"}}"#
    )
}

#[test]
fn a_c_program_lists_the_sessions_and_removes_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = compile("list_and_remove", &folder);
    for service in ["Soap", "OData"] {
        let emulator = Emulator::builder().start().expect("the emulator starts");
        let uri = if service == "Soap" {
            emulator.soap_uri()
        } else {
            emulator.odata_uri()
        };
        run(started(&program, &folder).arg(endpoint(service, &uri)));
        assert!(emulator.session("default", 11).is_none());
    }
}

#[test]
fn a_c_program_lists_what_a_filter_admits() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = compile("filter", &folder);
    let emulator = Emulator::builder().start().expect("the emulator starts");
    run(started(&program, &folder).arg(endpoint("Soap", &emulator.soap_uri())));
    run(started(&program, &folder).arg(endpoint("OData", &emulator.odata_uri())));
}

#[test]
fn a_c_program_has_many_removals_in_flight() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = compile("removals", &folder);
    let emulator = Emulator::builder()
        .with_sessions((1..40).map(Session::new))
        .start()
        .expect("the emulator starts");
    run(started(&program, &folder).arg(endpoint("OData", &emulator.odata_uri())));
    assert_eq!(emulator.stopped_sessions().len(), 39);
    assert!(emulator.connections() <= 4);
}

#[test]
fn a_server_on_this_computer_is_reached_past_the_proxy_of_the_environment() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = compile("list_and_remove", &folder);
    let emulator = Emulator::builder().start().expect("the emulator starts");
    run(started(&program, &folder)
        .arg(endpoint("Soap", &emulator.soap_uri()))
        .env("http_proxy", "http://127.0.0.1:9")
        .env("no_proxy", ""));
    assert!(emulator.session("default", 11).is_none());
}

#[test]
fn a_c_program_checks_business_central_online_and_removes_a_session_of_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = compile("admin_center", &folder);
    let activity = Activity {
        current_object_name: Some("Sales-Post".to_owned()),
        current_object_id: 80,
        current_operation_duration: 5_000_000_000,
        ..Activity::default()
    };
    let emulator = Emulator::builder()
        .application("app", "s3cret")
        .with_sessions([
            Session::new(11)
                .user_id("CRONUS\\ANNA")
                .activity(activity)
                .on_stop(OnStop::EndsAfter(Duration::from_millis(200))),
            Session::new(14).user_id("CRONUS\\TOM"),
        ])
        .start()
        .expect("the emulator starts");
    let endpoint = format!(
        r#"{{"service":"AdminCenter","uri":"{}","credentialType":"OAuth","environment":"Production",
            "entraTenant":"cronus.onmicrosoft.com","authority":"{}"}}"#,
        emulator.admin_center_uri(),
        emulator.authority()
    );
    run(started(&program, &folder).args([&endpoint, "app", "s3cret"]));
    assert!(emulator.session("Production", 11).is_none());
}

#[test]
fn what_no_c_program_should_pass_is_an_error_with_a_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = compile("bad_arguments", &folder);
    run(&mut started(&program, &folder));
}

#[test]
fn a_c_program_ends_a_call_from_another_thread_and_reads_the_log() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = compile("cancel_and_log", &folder);
    let emulator = Emulator::builder().start().expect("the emulator starts");
    emulator.inject(Fault::Silence);
    run(started(&program, &folder).arg(endpoint("Soap", &emulator.soap_uri())));
}

/// On Linux a program's own `getaddrinfo` takes the place of the system's in its libraries too.
#[cfg(target_os = "linux")]
#[test]
fn no_call_waits_for_a_slow_look_up_of_a_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = compile("slow_lookup", &folder);
    run(started(&program, &folder).arg(endpoint("Soap", "http://nav.example:7047/DynamicsNAV")));
}

#[test]
fn the_header_compiles_as_cpp() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("include.cpp");
    let body = "#include \"nav_session.h\"\n\
                int main() { return nav_abi_version() == NAV_ABI_VERSION ? 0 : 1; }\n";
    fs::write(&source, body).expect("a file");
    let program = folder.path().join("include");
    run(Command::new("c++")
        .args([
            "-Wall",
            "-Wextra",
            "-Werror",
            "-pedantic",
            "-std=c++17",
            "-I",
        ])
        .arg(root().join("include"))
        .arg(&source)
        .arg("-o")
        .arg(&program)
        .arg("-L")
        .arg(library_folder())
        .arg("-lnav_session"));
    run(&mut started(&program, &folder));
}

/// What one program tells of certificates in all three systems' words. Under Wine, `encrypted.exe` is told to be on Windows 7.
mod tls_peer {
    use super::peers::apache::Apache;
    use super::peers::certificates::{Authority, Identity};
    use super::*;

    const TLS_FAILED: &str = "303";
    const NOT_TRUSTED: &str = "308";
    const UNUSABLE_FILE: &str = "309";

    /// An emulator behind a server with certificates, and a program that asks for its sessions.
    struct Stage {
        emulator: Emulator,
        folder: TempDir,
        program: PathBuf,
    }

    impl Stage {
        fn new() -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            Self {
                emulator: Emulator::builder().start().expect("the emulator starts"),
                program: compile("encrypted", &folder),
                folder,
            }
        }

        /// A file in the stage's folder, as the program has it in the JSON of an endpoint.
        fn file(&self, name: &str, text: &str) -> String {
            let path = self.folder.path().join(name);
            fs::write(&path, text).expect("a file");
            let path = path.display().to_string();
            match windows() {
                Some(_) => format!("Z:{}", path.replace('/', r"\\")),
                None => path,
            }
        }

        /// Lists over TLS, and expects this status with these words.
        fn list(&self, identity: &Identity, ca_file: Option<&str>, expected: &[&str]) {
            let apache = Apache::before(&self.emulator.soap_uri())
                .tls(identity)
                .start();
            let mut endpoint = endpoint("Soap", &apache.uri("localhost"));
            if let Some(file) = ca_file {
                endpoint.insert_str(1, &format!(r#""caFile":"{file}","#));
            }
            run(started(&self.program, &self.folder)
                .arg(endpoint)
                .args(expected));
        }
    }

    #[test]
    fn a_c_program_trusts_the_issuer_in_the_endpoints_file_and_no_other() {
        let stage = Stage::new();
        let authority = Authority::new("Peers Test Authority");
        let own = stage.file("own.pem", &authority.certificate);
        let others = stage.file("others.pem", &Authority::new("Another One").certificate);
        let identity = authority.issue(&["localhost"]);

        stage.list(&identity, Some(&own), &["0"]);
        let requests = stage.emulator.requests().len();
        for (identity, file, more) in [
            (identity, &others, "Peers Test Authority"),
            (
                authority.issue(&["nav01.cronus.example"]),
                &own,
                "nav01.cronus.example",
            ),
            (authority.issue_expired(&["localhost"]), &own, "2020"),
        ] {
            stage.list(&identity, Some(file), &[NOT_TRUSTED, more]);
        }
        assert_eq!(stage.emulator.requests().len(), requests);
    }

    #[test]
    fn a_c_program_is_told_of_a_file_without_certificates_in_it() {
        let stage = Stage::new();
        let identity = Authority::new("Peers Test Authority").issue(&["localhost"]);
        let missing = stage.file("there", "").replace("there", "missing.pem");

        stage.list(&identity, Some(&missing), &[UNUSABLE_FILE, "missing.pem"]);
    }

    #[test]
    fn a_c_program_is_told_of_a_server_that_does_not_encrypt() {
        let stage = Stage::new();
        let plain = stage.emulator.soap_uri().replace("http:", "https:");
        run(started(&stage.program, &stage.folder)
            .arg(endpoint("Soap", &plain))
            .args([TLS_FAILED, "No encrypted connection"]));
        assert!(stage.emulator.requests().is_empty());
    }
}
