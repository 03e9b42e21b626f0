//! The program `nav-emulator`.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use crate::entra::{FORM, json};
use crate::http::Client;
use crate::odata::{ELEVEN, LIST, REMOVE};

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nav-emulator"));
    command
        .args(["--soap-port", "0", "--odata-port", "0", "--exit-with-stdin"])
        .env_remove("NAV_EMULATOR_PASSWORD")
        .env_remove("NAV_EMULATOR_CLIENT_SECRET")
        .env_remove("NAV_EMULATOR_ACCESS_TOKEN")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Reads up to the last line a program says before it serves.
fn introduction(child: &mut Child) -> Vec<String> {
    let mut lines = Vec::new();
    for line in BufReader::new(child.stdout.as_mut().unwrap()).lines() {
        let line = line.unwrap();
        let last = line == "It ends when its standard input does.";
        lines.push(line);
        if last {
            return lines;
        }
    }
    panic!("the program ended early: {lines:?}");
}

fn end(mut child: Child) {
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn it_says_where_it_listens_and_what_it_serves_and_ends_with_its_standard_input() {
    let mut child = program()
        .args([
            "--sessions",
            "40",
            "--tenant",
            "default",
            "--tenant",
            "contoso",
        ])
        .spawn()
        .unwrap();
    let lines = introduction(&mut child);
    let soap = lines[0].strip_prefix("SOAP   ").unwrap();
    let odata = lines[1].strip_prefix("OData  ").unwrap();
    for uri in [soap, odata] {
        assert!(uri.starts_with("http://127.0.0.1:"), "{uri}");
        assert!(uri.ends_with("/DynamicsNAV"), "{uri}");
    }
    assert_eq!(
        lines[2..],
        [
            "",
            "Server instance  DynamicsNAV",
            "Tenant           default, contoso (multitenant: each call says which)",
            "Company          CRONUS International Ltd.",
            "Sessions         40 in each tenant",
            "Sign-in          none",
            "",
            "It ends when its standard input does.",
        ]
    );
    let answer = Client::connect(odata).get(&format!("{LIST}?tenant=contoso"));
    assert_eq!(answer.body.matches("\"Session_ID\":").count(), 41);
    assert!(answer.body.contains("\"Session_ID\":11,"));
    end(child);
}

#[test]
fn the_password_comes_from_the_environment() {
    let output = program().args(["--user", "admin"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "nav-emulator: --user needs the password in the environment variable \
         NAV_EMULATOR_PASSWORD\n"
    );

    let mut child = program()
        .args(["--user", "admin"])
        .env("NAV_EMULATOR_PASSWORD", "secret")
        .spawn()
        .unwrap();
    let lines = introduction(&mut child);
    assert!(!lines.iter().any(|line| line.contains("secret")));
    let odata = lines[1].strip_prefix("OData  ").unwrap();
    assert_eq!(Client::connect(odata).get(LIST).status, 401);
    let mut client = Client::connect(odata).header("Authorization", "Basic YWRtaW46c2VjcmV0");
    assert_eq!(client.get(LIST).status, 200);
    end(child);
}

#[test]
fn the_admin_center_is_served_where_it_is_asked_for() {
    let mut child = program()
        .args(["--admin-center-port", "0", "--environment", "Sandbox"])
        .args(["--client-id", "app-1", "--entra-tenant", "contoso"])
        .args(["--stays", "11"])
        .env("NAV_EMULATOR_CLIENT_SECRET", "s3cr+t")
        .spawn()
        .unwrap();
    let lines = introduction(&mut child);
    assert!(lines[0].starts_with("SOAP   http://127.0.0.1:"));
    assert!(lines[1].starts_with("OData  http://127.0.0.1:"));
    let admin = lines[2].strip_prefix("Admin  ").unwrap();
    let authority = lines[3].strip_prefix("Entra  ").unwrap();
    for line in [
        "Sessions         12 in each tenant and environment",
        "Environment      Sandbox",
        "Entra tenant     contoso",
        "Application      app-1, with the secret in NAV_EMULATOR_CLIENT_SECRET",
    ] {
        assert!(lines.iter().any(|said| said == line), "{lines:?}");
    }
    assert!(!lines.iter().any(|line| line.contains("s3cr+t")));

    let answer = Client::connect(authority)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .request("POST", "/contoso/oauth2/v2.0/token", FORM);
    let token = json(&answer);
    let token = token["access_token"].as_str().unwrap();
    let path = "/admin/v2.29/applications/BusinessCentral/environments/Sandbox/sessions/11";
    let mut client = Client::connect(admin).header("Authorization", &format!("Bearer {token}"));
    assert_eq!(client.request("DELETE", path, "").status, 202);
    assert_eq!(client.get(path).status, 200);
    end(child);
}

#[test]
fn an_access_token_comes_from_the_environment() {
    let mut child = program()
        .args(["--bearer", "--admin-center-port", "0"])
        .env("NAV_EMULATOR_ACCESS_TOKEN", "t0k3n")
        .spawn()
        .unwrap();
    let lines = introduction(&mut child);
    assert!(!lines.iter().any(|line| line.contains("t0k3n")));
    let sign_in = "Sign-in          an access token (Bearer)";
    assert!(lines.iter().any(|line| line == sign_in), "{lines:?}");
    let odata = lines[1].strip_prefix("OData  ").unwrap();
    assert_eq!(Client::connect(odata).get(LIST).status, 401);
    let mut client = Client::connect(odata).header("Authorization", "Bearer t0k3n");
    assert_eq!(client.get(LIST).status, 200);
    end(child);
}

#[test]
fn what_a_sign_in_needs_is_said() {
    for (options, reason) in [
        (
            &["--admin-center-port", "0", "--client-id", "app-1"][..],
            "--client-id needs the secret in the environment variable NAV_EMULATOR_CLIENT_SECRET",
        ),
        (
            &["--admin-center-port", "0"],
            "--admin-center-port needs an access token in the environment variable \
             NAV_EMULATOR_ACCESS_TOKEN, or --client-id and --admin-center-port for a token endpoint",
        ),
        (
            &["--bearer"],
            "--bearer needs an access token in the environment variable \
             NAV_EMULATOR_ACCESS_TOKEN, or --client-id and --admin-center-port for a token endpoint",
        ),
    ] {
        let output = program().args(options).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(
            String::from_utf8(output.stderr).unwrap(),
            format!("nav-emulator: {reason}\n")
        );
    }
    for options in [
        &["--environment", "Sandbox"][..],
        &["--client-id", "app-1"],
        &["--bearer", "--user", "admin"],
    ] {
        let output = program().args(options).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{options:?}");
    }
}

#[test]
fn a_port_in_use_is_a_sentence_and_exit_code_1() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_nav-emulator"))
        .args(["--soap-port", &address.port().to_string()])
        .args(["--odata-port", "0"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        format!(
            "nav-emulator: cannot listen on {address}: the port is in use; choose another with \
             --soap-port or --odata-port, where 0 is a free one\n"
        )
    );
    assert!(output.stdout.is_empty());

    let output = program()
        .args(["--admin-center-port", &address.port().to_string()])
        .env("NAV_EMULATOR_ACCESS_TOKEN", "t0k3n")
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        format!(
            "nav-emulator: cannot listen on {address}: the port is in use; choose another with \
             --soap-port, --odata-port or --admin-center-port, where 0 is a free one\n"
        )
    );
}

#[test]
fn sessions_can_be_told_how_to_take_a_stop() {
    let mut child = program()
        .args(["--stays", "11", "--refuses", "-6574"])
        .args(["--ends-after-ms", "3600000"])
        .spawn()
        .unwrap();
    let lines = introduction(&mut child);
    let odata = lines[1].strip_prefix("OData  ").unwrap();
    let mut client = Client::connect(odata).header("Content-Type", "application/json");
    let mut remove = |id: &str| {
        let body = ELEVEN.replace("11", id);
        let answer = client.request("POST", REMOVE, &body).body;
        String::from(answer.rsplit('"').nth(1).unwrap())
    };
    assert_eq!(remove("11"), "Removed");
    assert_eq!(remove("11"), "Removed");
    assert_eq!(remove("-6574"), "Refused");
    // Still in the list, so it is stopped once more.
    assert_eq!(remove("2"), "Removed");
    assert_eq!(remove("2"), "Removed");
    end(child);

    let output = program().args(["--stays", "999"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "nav-emulator: --stays 999: there is no such session\n"
    );
}

#[test]
fn its_help_fits_into_100_columns() {
    let mut child = program().arg("--help").spawn().unwrap();
    let mut help = String::new();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_to_string(&mut help).unwrap();
    end(child);
    for line in help.lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
    for option in [
        "--soap-port",
        "--odata-port",
        "--admin-center-port",
        "--bind",
        "--server-instance",
        "--tenant",
        "--multitenant",
        "--company",
        "--user",
        "--bearer",
        "--environment",
        "--client-id",
        "--entra-tenant",
        "--sessions",
        "--page-size",
        "--latency-ms",
        "--no-session-unique-id",
        "--exit-with-stdin",
    ] {
        assert!(help.contains(option), "{option}");
    }
}

#[test]
fn it_reports_what_happens_a_line_each() {
    let mut child = program()
        .args([
            "--report",
            "--fault-percent",
            "100",
            "--fault",
            "bad-gateway",
        ])
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let odata = lines.find_map(|line| Some(line.strip_prefix("OData  ")?.to_owned()));
    let client = Client::connect(&odata.unwrap());
    let mut client = client.header("Content-Type", "application/json");
    assert_eq!(client.request("POST", REMOVE, ELEVEN).status, 502);
    drop(client);
    let report: Vec<_> = lines
        .skip_while(|line| line != "opened")
        .take_while(|line| line != "closed")
        .collect();
    assert_eq!(report[1], "fault\tbad-gateway");
    assert!(
        report[2].starts_with("stopped\tdefault\t11\t"),
        "{report:?}"
    );
    end(child);
}

#[test]
fn a_kind_of_fault_that_does_not_exist_is_refused_with_those_that_do() {
    let answer = program().args(["--fault", "fire"]).output().unwrap();
    assert!(!answer.status.success());
    let reason = String::from_utf8(answer.stderr).unwrap();
    assert!(reason.contains("id-reused-unanswered"), "{reason}");
}
