//! What a server answers instead of what was asked for, by SOAP and OData over real HTTP.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use nav_emulator::{Emulator, Fault, Session as ServerSession};
use nav_session::{
    Cancel, Client, CredentialType, Endpoint, Error, ErrorKind, Outcome, Retry, ServerInstance,
    Service, Session, SessionFilter, SessionKey,
};

const COMPANY: &str = "CRONUS International Ltd.";

fn client(emulator: &Emulator, service: Service, company: &str) -> Client {
    let uri = match service {
        Service::Soap => emulator.soap_uri(),
        _ => emulator.odata_uri(),
    };
    let endpoint = Endpoint::new(service, uri, company, CredentialType::None);
    // What the server says is looked at, and not what a second try brings.
    let never = Retry {
        max_retries: Some(0),
        ..Retry::default()
    };
    Client::builder(ServerInstance::parse("NAV").unwrap(), endpoint)
        .retry(never)
        .open()
        .unwrap()
}

fn list(client: &Client) -> Result<Vec<Session>, Error> {
    client
        .sessions(SessionFilter::default(), &Cancel::new())
        .collect()
}

/// The errors of a list and of a removal that get this answer.
fn errors(service: Service, answer: &Fault) -> [Error; 2] {
    let emulator = Emulator::builder().start().unwrap();
    let client = client(&emulator, service, COMPANY);
    emulator.inject(answer.clone());
    let listed = list(&client).unwrap_err();
    emulator.inject(answer.clone());
    let removed = client
        .remove_session(&SessionKey::new(11), &Cancel::new())
        .unwrap_err();
    assert!(emulator.stopped_sessions().is_empty());
    [listed, removed]
}

#[test]
fn a_soap_fault_is_told_by_its_class_or_its_words_and_keeps_them() {
    for (class, words, kind) in [
        (
            "NavNCLDialogException",
            "Die Sitzung ist gesperrt.",
            ErrorKind::ServerFault,
        ),
        (
            "NavCSideRecordNotFoundException",
            "The Company does not exist.",
            ErrorKind::ServerFault,
        ),
        (
            "NavTenantNotFoundException",
            "Den Mandanten gibt es nicht.",
            ErrorKind::TenantNotFound,
        ),
        (
            "NavPermissionException",
            "You do not have the following permissions on Codeunit Session Control: Execute.",
            ErrorKind::PermissionDenied,
        ),
        (
            "NavNCLCallbackNotAllowedException",
            "Callback functions are not allowed.",
            ErrorKind::ServerFault,
        ),
        (
            "",
            "A tenant was not specified, but is needed because the system has multiple tenants.",
            ErrorKind::TenantRequired,
        ),
        (
            "",
            "Tenant 'x' is not accessible",
            ErrorKind::TenantUnavailable,
        ),
        (
            "",
            "Microsoft Dynamics 365 Business Central Server is currently not ready to serve requests. Try again later.",
            ErrorKind::ServerNotReady,
        ),
        (
            "",
            "The server has rejected the client credentials.",
            ErrorKind::Unauthorized,
        ),
    ] {
        for error in errors(Service::Soap, &Fault::soap_fault(class, words)) {
            assert_eq!(error.kind(), kind, "{words}");
            assert!(error.to_string().starts_with(words), "{error}");
            assert_eq!(error.http_status(), Some(500));
        }
    }
}

#[test]
fn an_odata_error_is_told_by_its_code_its_words_or_its_status() {
    for (status, code, kind) in [
        (400, "Application_DialogException", ErrorKind::ServerFault),
        (400, "Application_InvalidGUID", ErrorKind::ServerFault),
        (
            400,
            "Application_FilterErrorException",
            ErrorKind::ServerFault,
        ),
        (400, "BadRequest", ErrorKind::ServerFault),
        (
            401,
            "Authentication_InvalidCredentials",
            ErrorKind::Unauthorized,
        ),
        (
            403,
            "Authorization_RequestDenied",
            ErrorKind::PermissionDenied,
        ),
        (404, "BadRequest_NotFound", ErrorKind::CompanionNotFound),
        (
            404,
            "BadRequest_ResourceNotFound",
            ErrorKind::CompanionNotFound,
        ),
        (404, "Internal_CompanyNotFound", ErrorKind::CompanyNotFound),
        (405, "Unknown", ErrorKind::ServiceDisabled),
        (429, "Unknown", ErrorKind::TooManyRequests),
        (500, "Internal_ServerError", ErrorKind::ServerFault),
        (
            500,
            "Internal_TenantUnavailable",
            ErrorKind::TenantUnavailable,
        ),
        (503, "Unknown", ErrorKind::ServerNotReady),
    ] {
        let words = "Das geht nicht.";
        for error in errors(Service::OData, &Fault::odata_error(status, code, words)) {
            assert_eq!(error.kind(), kind, "{code}");
            assert!(error.to_string().starts_with(words), "{error}");
            assert_eq!(error.http_status(), Some(status));
        }
    }
}

#[test]
fn a_web_page_is_recognised_as_one_and_told_by_its_status() {
    for service in [Service::Soap, Service::OData] {
        for (status, kind) in [
            (401, ErrorKind::Unauthorized),
            (403, ErrorKind::PermissionDenied),
            (404, ErrorKind::CompanionNotFound),
            (500, ErrorKind::UnexpectedAnswer),
            (503, ErrorKind::ServerNotReady),
        ] {
            for error in errors(service, &Fault::html(status, "Runtime Error")) {
                assert_eq!(error.kind(), kind, "{service:?} {status}");
                assert!(!error.to_string().contains('<'), "{error}");
            }
        }
        let emulator = Emulator::builder().start().unwrap();
        emulator.inject(Fault::html(200, "Sign in to your account"));
        let error = list(&client(&emulator, service, COMPANY)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer);
        assert!(error.to_string().contains("a web page"), "{error}");
    }
}

#[test]
fn a_company_is_reached_whatever_its_name_is_made_of() {
    for company in [
        "CRONUS International Ltd.",
        "O'Neil's \"A/B\" & C\\D",
        "100 % + 7 = ?#;:@",
        "Bäckerei Øst – Świat 日本",
        "%2F%27",
    ] {
        for service in [Service::Soap, Service::OData] {
            let emulator = Emulator::builder()
                .company(company)
                .page_size(5)
                .start()
                .unwrap();
            let client = client(&emulator, service, company);
            assert!(list(&client).unwrap().len() > 10, "{company} {service:?}");
            let outcome = client.remove_session(&SessionKey::new(11), &Cancel::new());
            assert_eq!(outcome.unwrap(), Outcome::Removed, "{company} {service:?}");
        }
    }
}

#[test]
fn a_row_with_characters_that_xml_forbids_comes_through_and_its_session_can_be_removed() {
    let user = "CRONUS\\A\u{1F}N\u{0}NA\u{FFFF}";
    for service in [Service::Soap, Service::OData] {
        let emulator = Emulator::builder()
            .with_sessions([ServerSession::new(11).user_id(user), ServerSession::new(14)])
            .start()
            .unwrap();
        let client = client(&emulator, service, COMPANY);
        let rows = list(&client).unwrap();
        let row = rows.iter().find(|row| row.session_id == 11).unwrap();
        assert_eq!(row.user_id.as_deref(), Some(user), "{service:?}");
        let filter = SessionFilter {
            user_id: Some(user.to_owned()),
            ..SessionFilter::default()
        };
        let found = client.sessions(filter, &Cancel::new());
        let found: Vec<_> = found.map(|row| row.unwrap().session_id).collect();
        assert_eq!(found, [11], "{service:?}");
        let removed = client.remove_session(&SessionKey::from(row), &Cancel::new());
        assert_eq!(removed.unwrap(), Outcome::Removed);
    }
}

#[test]
fn a_session_beyond_the_lists_page_is_found_and_removed() {
    for service in [Service::Soap, Service::OData] {
        let emulator = Emulator::builder()
            .sessions(2500)
            .page_size(100)
            .start()
            .unwrap();
        let client = client(&emulator, service, COMPANY);
        let rows = list(&client).unwrap();
        let last = rows.iter().rfind(|row| !row.own_session).unwrap();
        let filter = SessionFilter::of_session(last.session_id);
        assert_eq!(client.sessions(filter, &Cancel::new()).count(), 1);
        let removed = client.remove_session(&SessionKey::from(last), &Cancel::new());
        assert_eq!(removed.unwrap(), Outcome::Removed, "{service:?}");
        assert!(emulator.session("default", last.session_id).is_none());
    }
}
