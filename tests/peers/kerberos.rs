//! A Kerberos realm of MIT's programs.

use std::any::type_name;
use std::env;
use std::fs;
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use super::apache::readable_by_all;
use super::server::{Server, run, wait_for};

pub(crate) const REALM: &str = "CRONUS.EXAMPLE";
/// The user of the realm, as a server's log has it.
pub(crate) const PRINCIPAL: &str = "anna@CRONUS.EXAMPLE";
const USER: &str = "anna";
const PASSWORD: &str = "ein Passwort";
const SERVICE: &str = "HTTP/localhost";

// Where they are on Debian, which are not all on the path of a user.
const KRB5KDC: &str = "/usr/sbin/krb5kdc";
const KDB5_UTIL: &str = "/usr/sbin/kdb5_util";
const KADMIN: &str = "/usr/sbin/kadmin.local";
const KINIT: &str = "/usr/bin/kinit";
const KDESTROY: &str = "/usr/bin/kdestroy";

/// The folder of the realm, for the process that a test is run again in.
const FOLDER: &str = "NAV_SESSION_TEST_REALM";

/// Runs a test in a process of its own, which has a realm and no ticket yet.
///
/// libkrb5 reads the environment of its process, which holds for all tests in it and cannot be changed safely while
/// they run. So the test's program is started again for this one test, with the environment set. `test` is to be the
/// whole body of the test, written as a closure in it: its name is the test's.
pub(crate) fn in_a_realm<T: FnOnce(&mut Realm)>(test: T) {
    if let Some(folder) = env::var_os(FOLDER) {
        test(&mut Realm::start(Path::new(&folder)));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    let name = type_name::<T>().trim_end_matches("::{{closure}}");
    let (_, name) = name.split_once("::").unwrap();
    let mut program = Command::new(env::current_exe().unwrap());
    program
        .args(["--exact", name])
        .env(FOLDER, place)
        .env("KRB5_CONFIG", place.join("krb5.conf"))
        .env("KRB5_KDC_PROFILE", place.join("kdc.conf"))
        .env("KRB5CCNAME", ticket_cache(place))
        // The service runs as another user, who shares no file with this one.
        .env("KRB5RCACHENAME", "none:");
    for inherited in ["KRB5_TRACE", "KRB5_KTNAME", "KRB5_CLIENT_KTNAME"] {
        program.env_remove(inherited);
    }
    let output = program.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() || !said.contains("1 passed") {
        // Indented, so that its lines are not taken for those of this run.
        let errors = String::from_utf8_lossy(&output.stderr);
        let lines = said.lines().chain(errors.lines());
        let shown: String = lines.map(|line| format!("  | {line}\n")).collect();
        panic!("in a realm:\n{shown}");
    }
}

/// A realm with the user `anna` and the service `HTTP/localhost`, and its running KDC.
#[derive(Debug)]
pub(crate) struct Realm {
    folder: PathBuf,
    port: u16,
    kdc: Option<Server>,
}

/// The place of a KDC that takes what it is sent and answers nothing.
#[derive(Debug)]
pub(crate) struct SilentKdc {
    udp: UdpSocket,
    tcp: TcpListener,
}

impl Realm {
    fn start(folder: &Path) -> Self {
        let write = |name: &str, text: String| fs::write(folder.join(name), text).unwrap();
        write("krb5.conf", client_configuration(folder, 0));
        write("kdc.conf", kdc_configuration(folder, 0));
        told(
            Command::new(KDB5_UTIL).args(["create", "-s", "-r", REALM]),
            &format!("{PASSWORD}\n{PASSWORD}\n"),
        );
        let keytab = folder.join("keytab");
        told(
            &mut Command::new(KADMIN),
            &format!(
                "addprinc -pw \"{PASSWORD}\" {USER}\n\
                 addprinc -randkey {SERVICE}\n\
                 ktadd -norandkey -k {} {SERVICE}\n",
                keytab.display()
            ),
        );
        readable_by_all(folder);
        readable_by_all(&keytab);
        let (kdc, port) =
            Server::on_free_port(&folder.join("pid"), &folder.join("output"), |port| {
                write("krb5.conf", client_configuration(folder, port));
                write("kdc.conf", kdc_configuration(folder, port));
                kdc(folder)
            });
        Self {
            folder: folder.to_owned(),
            port,
            kdc: Some(kdc),
        }
    }

    /// The keys of the service, for the server that is to be it.
    pub(crate) fn keytab(&self) -> PathBuf {
        self.folder.join("keytab")
    }

    /// Gets the user's ticket, as at a log-on.
    pub(crate) fn log_on(&self) {
        told(Command::new(KINIT).arg(USER), &format!("{PASSWORD}\n"));
    }

    /// Gets a ticket for a second, and waits until it has ended.
    pub(crate) fn log_on_until_the_ticket_ended(&self) {
        told(
            Command::new(KINIT).args(["-l", "1s", USER]),
            &format!("{PASSWORD}\n"),
        );
        // It counts whole seconds, and in the last of them the ticket still holds.
        let ended = SystemTime::now() + Duration::from_secs(2);
        wait_for("the end of the ticket", || {
            (SystemTime::now() > ended).then_some(())
        });
    }

    /// Gives up the user's tickets.
    pub(crate) fn log_off(&self) {
        run(Command::new(KDESTROY).arg("-q"));
    }

    /// Gives the service another key, which its server is not told: tickets from now on are not for it.
    pub(crate) fn change_key_of_service(&self) {
        told(
            &mut Command::new(KADMIN),
            &format!("change_password -randkey {SERVICE}\n"),
        );
    }

    /// From now on the realm's clock is an hour ahead of this computer's.
    pub(crate) fn set_clock_ahead(&mut self) {
        self.kdc = None;
        let mut kdc = kdc(&self.folder);
        // The loader puts the system's folder of libraries in the place of $LIB.
        kdc.env("LD_PRELOAD", "/usr/$LIB/faketime/libfaketime.so.1")
            .env("FAKETIME", "+1h");
        let (pid, output) = (self.folder.join("pid"), self.folder.join("output"));
        self.kdc = Some(Server::again(&pid, &output, kdc));
    }

    /// From now on this computer takes the server `localhost` for one of another realm, which nobody knows.
    pub(crate) fn move_server_to(&self, realm: &str) {
        let file = self.folder.join("krb5.conf");
        let text = fs::read_to_string(&file).unwrap();
        let moved = text.replace(
            &format!("localhost = {REALM}"),
            &format!("localhost = {realm}"),
        );
        assert_ne!(moved, text);
        fs::write(file, moved).unwrap();
    }

    /// Ends the KDC, and takes its port with something that never answers.
    pub(crate) fn fall_silent(&mut self) -> SilentKdc {
        self.kdc = None;
        let address = (Ipv4Addr::LOCALHOST, self.port);
        let silent = SilentKdc {
            udp: UdpSocket::bind(address).unwrap(),
            tcp: TcpListener::bind(address).unwrap(),
        };
        silent.udp.set_nonblocking(true).unwrap();
        silent.tcp.set_nonblocking(true).unwrap();
        silent
    }

    /// Ends the KDC.
    pub(crate) fn shut_down(&mut self) {
        self.kdc = None;
    }
}

impl SilentKdc {
    /// Waits until somebody asks for a ticket.
    pub(crate) fn wait_until_asked(&self) {
        wait_for("a question to the KDC", || {
            let by_udp = self.udp.recv(&mut [0; 4096]).is_ok();
            (by_udp || self.tcp.accept().is_ok()).then_some(())
        });
    }
}

fn ticket_cache(folder: &Path) -> String {
    format!("FILE:{}", folder.join("tickets").display())
}

fn kdc(folder: &Path) -> Command {
    let mut kdc = Command::new(KRB5KDC);
    kdc.args(["-n", "-P"]).arg(folder.join("pid"));
    kdc
}

fn client_configuration(folder: &Path, port: u16) -> String {
    format!(
        "[libdefaults]\n\
         default_realm = {REALM}\n\
         default_client_keytab_name = {}\n\
         dns_lookup_kdc = false\n\
         dns_lookup_realm = false\n\
         dns_canonicalize_hostname = false\n\
         rdns = false\n\
         kdc_timesync = 0\n\
         [realms]\n\
         {REALM} = {{\n kdc = 127.0.0.1:{port}\n}}\n\
         [domain_realm]\n\
         localhost = {REALM}\n",
        folder.join("no-keytab").display()
    )
}

fn kdc_configuration(folder: &Path, port: u16) -> String {
    let folder = folder.display();
    format!(
        "[kdcdefaults]\n\
         kdc_listen = 127.0.0.1:{port}\n\
         kdc_tcp_listen = 127.0.0.1:{port}\n\
         [realms]\n\
         {REALM} = {{\n\
         database_name = {folder}/principal\n\
         key_stash_file = {folder}/stash\n\
         acl_file = {folder}/acl\n\
         }}\n\
         [logging]\n\
         kdc = FILE:{folder}/kdc.log\n"
    )
}

/// Runs a program that is told something by its standard input, as no password belongs in the arguments.
fn told(command: &mut Command, text: &str) {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    // A program that has ended already says why below.
    let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
