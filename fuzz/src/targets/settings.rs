//! Settings files of server instances: `CustomSettings.config`.

use nav_session::fuzzing::{endpoints_file, endpoints_file_of, settings_path};
use nav_session::{CustomSettings, EndpointChoices, Service};

use crate::{check, memory};

pub(super) fn file(input: &[u8]) {
    let settings = memory::within(24, input.len(), || {
        CustomSettings::parse(input, settings_path())
    });
    check::result(&settings);
    let Ok(settings) = settings else { return };
    check::result(&settings.server_instance());
    check::result(&settings.client_services_credential_type());
    for boolean in [
        settings.multitenant(),
        settings.soap_services_enabled(),
        settings.soap_services_ssl_enabled(),
        settings.odata_services_enabled(),
        settings.odata_services_ssl_enabled(),
        settings.odata_services_v4_endpoint_enabled(),
        settings.services_use_ntlm_authentication(),
    ] {
        check::result(&boolean);
    }
    for port in [
        settings.soap_services_port(),
        settings.odata_services_port(),
        settings.management_services_port(),
        settings.management_api_services_port(),
    ] {
        check::result(&port);
        assert!(port.is_err() || port.is_ok_and(|port| port > 0));
    }
    for text in [
        settings.public_soap_base_url(),
        settings.public_odata_base_url(),
        settings.services_default_company(),
        settings.database_server(),
        settings.database_name(),
    ] {
        assert!(text.is_none_or(|text| !text.is_empty() && text.trim() == text));
    }
    for (service, host, company) in [
        (None, None, None),
        (Some(Service::Soap), None, None),
        (Some(Service::OData), None, Some("CRONUS")),
        (Some(Service::Soap), Some("nav01"), Some("CRONUS")),
        (Some(Service::OData), Some("fd00::1"), Some("CRONUS")),
    ] {
        let choices = EndpointChoices {
            instance: None,
            service,
            host,
            company,
        };
        let endpoint = settings.endpoint(&choices);
        check::result(&endpoint);
        if let Ok((name, endpoint)) = endpoint {
            // What was found can be registered, and is read back the same.
            let valid = endpoint.validate();
            assert!(valid.is_ok(), "{endpoint:?}: {valid:?}");
            let entries = vec![(name, endpoint)];
            let written = endpoints_file_of(entries.clone()).expect("it can be written");
            assert_eq!(endpoints_file(&written).expect("it can be read"), entries);
        }
    }
}
