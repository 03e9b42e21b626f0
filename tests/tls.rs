//! Encrypted connections: a client against Apache with certificates good and bad, before an emulator.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod peers;

use std::fs;
use std::path::Path;

use nav_emulator::Emulator;
use nav_session::{
    Cancel, Client, Credential, CredentialType, Endpoint, Error, ErrorKind, Outcome, Secret,
    ServerInstance, Service, SessionFilter, SessionKey,
};

const COMPANY: &str = "CRONUS International Ltd.";
const SERVICES: [Service; 2] = [Service::Soap, Service::OData];

fn address(emulator: &Emulator, service: Service) -> String {
    match service {
        Service::Soap => emulator.soap_uri(),
        _ => emulator.odata_uri(),
    }
}

fn client(endpoint: Endpoint) -> Client {
    Client::builder(ServerInstance::parse("DynamicsNAV").unwrap(), endpoint)
        .open()
        .unwrap()
}

/// An endpoint that trusts the certificates in this file.
fn endpoint(service: Service, uri: &str, ca_file: Option<&Path>) -> Endpoint {
    let mut endpoint = Endpoint::new(service, uri, COMPANY, CredentialType::None);
    endpoint.ca_file = ca_file.map(|path| path.to_str().unwrap().to_owned());
    endpoint
}

fn list(client: &Client) -> Result<usize, Error> {
    let mut rows = 0;
    for row in client.sessions(SessionFilter::default(), &Cancel::new()) {
        row?;
        rows += 1;
    }
    Ok(rows)
}

fn remove(client: &Client) -> Result<Outcome, Error> {
    client.remove_session(&SessionKey::new(11), &Cancel::new())
}

#[test]
fn a_server_without_encryption_is_said_to_have_none() {
    let emulator = Emulator::builder().start().unwrap();
    for service in SERVICES {
        let uri = address(&emulator, service).replace("http:", "https:");
        let client = client(endpoint(service, &uri, None));
        for error in [list(&client).unwrap_err(), remove(&client).unwrap_err()] {
            assert_eq!(error.kind(), ErrorKind::TlsFailed, "{error}");
            let advice = error.recommended_action();
            assert!(advice.contains("does not speak TLS"), "{error} {advice}");
        }
    }
    assert!(emulator.requests().is_empty());
}

mod tls_peer {
    use std::env;
    use std::process::Command;

    use tempfile::TempDir;

    use super::peers::apache::Apache;
    use super::peers::certificates::{Authority, Identity, self_signed};
    use super::*;

    const AUTHORITY: &str = "Peers Test Authority";

    /// An emulator behind a server with this certificate, reached as `localhost`.
    struct Stage {
        emulator: Emulator,
        apache: Apache,
        service: Service,
    }

    impl Stage {
        fn new(service: Service, identity: &Identity) -> Self {
            let emulator = Emulator::builder().start().unwrap();
            let apache = Apache::before(&address(&emulator, service))
                .tls(identity)
                .start();
            Self {
                emulator,
                apache,
                service,
            }
        }

        fn endpoint(&self, host: &str, ca_file: Option<&Path>) -> Endpoint {
            endpoint(self.service, &self.apache.uri(host), ca_file)
        }

        /// What a client says that does not accept the certificate, and its advice. Nothing reached the server behind.
        fn refusal(&self, host: &str, ca_file: Option<&Path>) -> (String, String) {
            let client = client(self.endpoint(host, ca_file));
            let removal = remove(&client).unwrap_err();
            assert_eq!(
                removal.kind(),
                ErrorKind::CertificateNotTrusted,
                "{removal}"
            );
            let error = list(&client).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::CertificateNotTrusted, "{error}");
            assert!(self.emulator.requests().is_empty());
            (error.to_string(), error.recommended_action().to_owned())
        }
    }

    /// Runs a test again in a process of its own, whose OpenSSL would speak old versions of TLS if it was let: OpenSSL reads
    /// its configuration once. Says whether this is that process.
    fn is_lenient(test: &str) -> bool {
        const LENIENT: &str = "NAV_TEST_LENIENT_TLS";
        if env::var_os(LENIENT).is_some() {
            return true;
        }
        let folder = tempfile::tempdir().unwrap();
        let configuration = folder.path().join("openssl.cnf");
        fs::write(
            &configuration,
            "openssl_conf = init\n[init]\nssl_conf = tls\n[tls]\nsystem_default = lenient\n\
             [lenient]\nMinProtocol = TLSv1\nCipherString = DEFAULT@SECLEVEL=0\n",
        )
        .unwrap();
        let output = Command::new(env::current_exe().unwrap())
            .args(["--exact", &format!("tls_peer::{test}")])
            .env(LENIENT, "1")
            .env("OPENSSL_CONF", &configuration)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && said.contains("1 passed"),
            "{said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        false
    }

    #[test]
    fn a_server_that_only_speaks_versions_of_tls_before_1_2_is_not_spoken_to() {
        if !is_lenient("a_server_that_only_speaks_versions_of_tls_before_1_2_is_not_spoken_to") {
            return;
        }
        let (authority, folder) = authority();
        let identity = authority.issue(&["localhost"]);
        let emulator = Emulator::builder().start().unwrap();
        for (version, is_taken) in [
            ("TLSv1", false),
            ("TLSv1.1", false),
            ("TLSv1.2", true),
            ("TLSv1.3", true),
        ] {
            let apache = Apache::before(&emulator.soap_uri())
                .tls(&identity)
                .only_tls(version)
                .start();
            let ca_file = folder.path().join("ca.pem");
            let endpoint = endpoint(Service::Soap, &apache.uri("localhost"), Some(&ca_file));
            let answer = list(&client(endpoint));
            if is_taken {
                assert!(answer.unwrap() > 10);
                continue;
            }
            let error = answer.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::TlsFailed, "{version}: {error}");
            let advice = error.recommended_action();
            assert!(advice.contains("switch TLS 1.2 on"), "{error} {advice}");
            assert!(emulator.requests().is_empty());
        }
    }

    /// An authority, and the file that has its certificate.
    fn authority() -> (Authority, TempDir) {
        let authority = Authority::new(AUTHORITY);
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("ca.pem"), &authority.certificate).unwrap();
        (authority, folder)
    }

    #[test]
    fn a_server_whose_issuer_is_in_the_endpoints_file_is_trusted() {
        let (authority, folder) = authority();
        let identity = authority.issue(&["localhost", "127.0.0.1"]);
        let ca_file = folder.path().join("ca.pem");
        for service in SERVICES {
            for host in ["localhost", "127.0.0.1"] {
                let stage = Stage::new(service, &identity);
                let client = client(stage.endpoint(host, Some(&ca_file)));
                assert!(list(&client).unwrap() > 10);
                assert_eq!(remove(&client).unwrap(), Outcome::Removed);
                assert!(stage.emulator.session("default", 11).is_none());
            }
        }
    }

    #[test]
    fn a_server_whose_issuer_is_not_trusted_is_told_of_with_its_certificate() {
        let (authority, _folder) = authority();
        let identity = authority.issue(&["localhost"]);
        for service in SERVICES {
            let stage = Stage::new(service, &identity);
            let (sentence, advice) = stage.refusal("localhost", None);
            assert!(sentence.contains("CN=localhost"), "{sentence}");
            assert!(sentence.contains(&format!("CN={AUTHORITY}")), "{sentence}");
            assert!(
                sentence.contains("unable to get local issuer certificate"),
                "{sentence}"
            );
            assert!(advice.contains("-CAFile"), "{advice}");
        }
    }

    #[test]
    fn an_authority_of_the_same_name_with_another_key_is_not_trusted() {
        let (_, folder) = authority();
        let identity = Authority::new(AUTHORITY).issue(&["localhost"]);
        for service in SERVICES {
            let stage = Stage::new(service, &identity);
            let (sentence, _) = stage.refusal("localhost", Some(&folder.path().join("ca.pem")));
            assert!(sentence.contains(&format!("CN={AUTHORITY}")), "{sentence}");
            assert!(sentence.contains("not signed by the issuer"), "{sentence}");
        }
    }

    #[test]
    fn a_certificate_that_has_expired_is_told_of_with_its_dates() {
        let (authority, folder) = authority();
        let identity = authority.issue_expired(&["localhost"]);
        for service in SERVICES {
            let stage = Stage::new(service, &identity);
            let (sentence, advice) =
                stage.refusal("localhost", Some(&folder.path().join("ca.pem")));
            assert!(sentence.contains("certificate has expired"), "{sentence}");
            assert!(sentence.contains("CN=localhost"), "{sentence}");
            assert!(sentence.contains("Dec 31 00:00:00 2020"), "{sentence}");
            assert!(advice.contains("Renew"), "{advice}");
        }
    }

    #[test]
    fn a_certificate_for_another_name_is_told_of_with_both_names() {
        let (authority, folder) = authority();
        let identity = authority.issue(&["nav01.cronus.example"]);
        for service in SERVICES {
            let stage = Stage::new(service, &identity);
            let (sentence, advice) =
                stage.refusal("localhost", Some(&folder.path().join("ca.pem")));
            assert!(sentence.contains("CN=nav01.cronus.example"), "{sentence}");
            assert!(sentence.contains("localhost"), "{sentence}");
            assert!(advice.contains("another name than localhost"), "{advice}");
        }
    }

    #[test]
    fn a_certificate_that_signs_itself_is_told_to_do_so() {
        let identity = self_signed(&["localhost"]);
        for service in SERVICES {
            let stage = Stage::new(service, &identity);
            let (sentence, advice) = stage.refusal("localhost", None);
            assert!(sentence.contains("self-signed certificate"), "{sentence}");
            assert!(sentence.contains("CN=localhost"), "{sentence}");
            assert!(advice.contains("-CAFile"), "{advice}");
        }
    }

    #[test]
    fn any_certificate_is_accepted_when_the_check_is_skipped() {
        let (authority, _folder) = authority();
        let identities = [
            authority.issue(&["localhost"]),
            authority.issue_expired(&["localhost"]),
            authority.issue(&["nav01.cronus.example"]),
            self_signed(&["localhost"]),
        ];
        for service in SERVICES {
            for identity in &identities {
                let stage = Stage::new(service, identity);
                let instance = ServerInstance::parse("DynamicsNAV").unwrap();
                let client = Client::builder(instance, stage.endpoint("localhost", None))
                    .skip_certificate_check(true)
                    .open()
                    .unwrap();
                assert!(list(&client).unwrap() > 10);
                assert_eq!(remove(&client).unwrap(), Outcome::Removed);
            }
        }
    }

    #[test]
    fn a_file_of_certificates_that_cannot_be_used_is_named() {
        let (authority, folder) = authority();
        let identity = authority.issue(&["localhost"]);
        let no_pem = folder.path().join("certificate.der");
        fs::write(&no_pem, [0x30, 0x82, 0x01, 0x0a]).unwrap();
        let empty = folder.path().join("empty.pem");
        fs::write(&empty, "").unwrap();
        let missing = folder.path().join("no-such-file.pem");
        for service in SERVICES {
            let stage = Stage::new(service, &identity);
            for file in [&missing, &no_pem, &empty, &folder.path().to_owned()] {
                let client = client(stage.endpoint("localhost", Some(file)));
                let error = list(&client).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::CertificateFileUnusable, "{error}");
                let sentence = error.to_string();
                assert!(sentence.contains(file.to_str().unwrap()), "{sentence}");
            }
            assert!(stage.emulator.requests().is_empty());
        }
    }

    #[test]
    fn a_redirection_is_not_followed_and_takes_no_credential_elsewhere() {
        let (authority, folder) = authority();
        let identity = authority.issue(&["localhost"]);
        for service in SERVICES {
            for status in [301, 302, 307, 308] {
                let other = Emulator::builder().start().unwrap();
                let elsewhere = address(&other, service);
                let origin = elsewhere.trim_end_matches("/DynamicsNAV");
                let apache = Apache::redirecting(status, origin).tls(&identity).start();
                let mut endpoint = endpoint(
                    service,
                    &apache.uri("localhost"),
                    Some(&folder.path().join("ca.pem")),
                );
                endpoint.credential_type = CredentialType::NavUserPassword;
                let instance = ServerInstance::parse("DynamicsNAV").unwrap();
                let client = Client::builder(instance, endpoint)
                    .credential(Credential::new("anna", Secret::from("ein Passwort")))
                    .open()
                    .unwrap();
                for error in [list(&client).unwrap_err(), remove(&client).unwrap_err()] {
                    assert_eq!(error.kind(), ErrorKind::Redirected, "{error}");
                    assert!(error.to_string().contains(origin), "{error}");
                }
                assert_eq!(other.connections(), 0);
            }
        }
    }
}
