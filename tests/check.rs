//! Checking an endpoint step by step, over real HTTP.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::net::TcpListener;

use nav_emulator::{Emulator, Fault, Operation};
use nav_session::{
    Cancel, Check, CheckedStep, Client, ClientBuilder, Credential, CredentialType, Endpoint,
    ErrorKind, Secret, ServerInstance, Service, Step, TenantId, Verdict,
};

const COMPANY: &str = "CRONUS International Ltd.";

fn endpoint(emulator: &Emulator, service: Service) -> Endpoint {
    let uri = match service {
        Service::Soap => emulator.soap_uri(),
        _ => emulator.odata_uri(),
    };
    Endpoint::new(service, uri, COMPANY, CredentialType::None)
}

fn builder(endpoint: Endpoint) -> ClientBuilder {
    Client::builder(ServerInstance::parse("NAV").unwrap(), endpoint)
}

fn check(builder: ClientBuilder) -> Vec<CheckedStep> {
    builder.check("here", &Cancel::new()).collect()
}

/// The step that failed, which all steps behind it are skipped after.
fn failed(steps: &[CheckedStep]) -> (Step, ErrorKind) {
    let at = steps
        .iter()
        .position(|step| step.verdict == Verdict::Failed)
        .unwrap_or_else(|| panic!("{steps:?}"));
    assert!(
        steps[..at]
            .iter()
            .all(|step| step.verdict != Verdict::Failed && step.error.is_none())
    );
    assert!(
        steps[at + 1..]
            .iter()
            .all(|step| step.verdict == Verdict::Skipped)
    );
    let error = steps[at].error.as_ref().unwrap();
    assert_eq!(steps[at].message, error.to_string());
    assert!(!error.recommended_action().is_empty());
    (steps[at].step, error.kind())
}

#[test]
fn an_endpoint_that_works_passes_each_step_and_no_session_is_harmed() {
    for service in [Service::Soap, Service::OData] {
        let emulator = Emulator::builder().start().unwrap();
        let before = emulator.sessions("default").len();
        let steps = check(builder(endpoint(&emulator, service)));
        let verdicts: Vec<_> = steps.iter().map(|step| (step.step, step.verdict)).collect();
        assert_eq!(
            verdicts,
            [
                (Step::Endpoint, Verdict::Passed),
                (Step::Address, Verdict::Passed),
                (Step::Port, Verdict::Passed),
                (Step::Tls, Verdict::Skipped),
                (Step::Service, Verdict::Passed),
                (Step::SignIn, Verdict::Passed),
                (Step::Tenant, Verdict::Skipped),
                (Step::Company, Verdict::Passed),
                (Step::Page, Verdict::Passed),
                (Step::Codeunit, Verdict::Passed),
            ],
            "{steps:?}"
        );
        assert!(steps[0].message.contains("here"), "{}", steps[0].message);
        assert!(emulator.stopped_sessions().is_empty());
        assert!(emulator.sessions("default").len() >= before);
    }
}

#[test]
fn the_admin_center_is_checked_without_a_companion() {
    let emulator = Emulator::builder().access_token("token").start().unwrap();
    let online = |environment: &str| Endpoint {
        uri: emulator.admin_center_uri(),
        ..Endpoint::admin_center(environment)
    };
    let with = |endpoint, token: &str| builder(endpoint).access_token(Secret::from(token));
    let steps = check(with(online("Production"), "token"));
    let last = steps.last().unwrap();
    assert_eq!(
        (last.step, last.verdict),
        (Step::Environment, Verdict::Passed)
    );
    assert!(steps.iter().all(|step| step.error.is_none()));
    assert_eq!(
        failed(&check(with(online("Sandbox"), "token"))),
        (Step::Environment, ErrorKind::EnvironmentNotFound)
    );
    assert_eq!(
        failed(&check(with(online("Production"), "ended"))),
        (Step::SignIn, ErrorKind::Unauthorized)
    );
    emulator.allow_administration(false);
    assert_eq!(
        failed(&check(with(online("Production"), "token"))),
        (Step::Environment, ErrorKind::PermissionDenied)
    );
}

#[test]
fn what_does_not_work_is_told_at_its_step() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}/NAV", closed.local_addr().unwrap());
    drop(closed);
    let emulator = Emulator::builder()
        .credentials("admin", "right")
        .start()
        .unwrap();
    let credential = |password: &str| Credential::new("admin", Secret::from(password));
    for service in [Service::Soap, Service::OData] {
        let working = Endpoint {
            credential_type: CredentialType::NavUserPassword,
            ..endpoint(&emulator, service)
        };
        let signed_in = |endpoint: Endpoint| builder(endpoint).credential(credential("right"));
        let changed = |change: &dyn Fn(&mut Endpoint)| {
            let mut endpoint = working.clone();
            change(&mut endpoint);
            failed(&check(signed_in(endpoint)))
        };
        assert_eq!(
            changed(&|endpoint| endpoint.company = None),
            (Step::Endpoint, ErrorKind::InvalidEndpoint)
        );
        assert_eq!(
            changed(&|endpoint| endpoint.uri = "http://no-such-host.invalid/NAV".to_owned()),
            (Step::Address, ErrorKind::HostNotFound)
        );
        assert_eq!(
            changed(&|endpoint| endpoint.uri = nobody.clone()),
            (Step::Port, ErrorKind::ConnectionRefused)
        );
        assert_eq!(
            changed(&|endpoint| endpoint.uri = endpoint.uri.replace("http:", "https:")),
            (Step::Tls, ErrorKind::TlsFailed)
        );
        emulator.set_ready(false);
        assert_eq!(changed(&|_| {}), (Step::Service, ErrorKind::ServerNotReady));
        emulator.set_ready(true);
        assert_eq!(
            failed(&check(
                builder(working.clone()).credential(credential("wrong"))
            )),
            (Step::SignIn, ErrorKind::Unauthorized)
        );
        assert_eq!(
            failed(&check(builder(working.clone()))),
            (Step::SignIn, ErrorKind::CredentialRequired)
        );
        assert_eq!(
            changed(&|endpoint| endpoint.multitenant = true),
            (Step::Tenant, ErrorKind::TenantRequired)
        );
        let other = signed_in(working.clone()).tenant(TenantId::parse("other").unwrap());
        assert_eq!(
            failed(&check(other)),
            (Step::Tenant, ErrorKind::TenantNotFound)
        );
        emulator.publish_codeunit(false);
        assert_eq!(changed(&|_| {}).0, Step::Codeunit);
        emulator.publish_codeunit(true);
        emulator.publish_page(false);
        assert_eq!(changed(&|_| {}).0, Step::Page);
        emulator.publish_page(true);
    }
    let odata = Endpoint {
        company: Some("Nobody's".to_owned()),
        credential_type: CredentialType::NavUserPassword,
        ..endpoint(&emulator, Service::OData)
    };
    assert_eq!(
        failed(&check(builder(odata).credential(credential("right")))),
        (Step::Company, ErrorKind::CompanyNotFound)
    );
}

#[test]
fn a_page_of_another_kind_of_server_is_no_service() {
    let emulator = Emulator::builder().start().unwrap();
    emulator.inject_into(Operation::ListSessions, Fault::html(200, "Sign in"));
    assert_eq!(
        failed(&check(builder(endpoint(&emulator, Service::OData)))),
        (Step::Service, ErrorKind::UnexpectedAnswer)
    );
}

#[test]
fn a_server_instance_without_an_endpoint_fails_at_the_first_step() {
    let unknown = Endpoint::from_json("{}").unwrap_err();
    let steps: Vec<_> = Check::without_endpoint(unknown, &Cancel::new()).collect();
    assert_eq!(failed(&steps), (Step::Endpoint, ErrorKind::InvalidEndpoint));
    assert_eq!(steps.len(), 10);
}

#[test]
fn a_cancelled_check_says_so_at_the_step_it_was_at() {
    let emulator = Emulator::builder().start().unwrap();
    let cancel = Cancel::new();
    let mut steps = builder(endpoint(&emulator, Service::Soap)).check("here", &cancel);
    assert_eq!(steps.next().unwrap().verdict, Verdict::Passed);
    cancel.request();
    let rest: Vec<_> = steps.collect();
    assert_eq!(failed(&rest).1, ErrorKind::Cancelled);
    assert!(emulator.requests().is_empty());
}
