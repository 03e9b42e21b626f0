//! From a server instance's CustomSettings.config to its endpoint.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};

use nav_session::{
    CredentialType, CustomSettings, Endpoint, EndpointChoices, Endpoints, Error, ErrorKind,
    ServerInstance, Service,
};

const PATH: &str = "CustomSettings.config";

fn shipped(version: &str) -> CustomSettings {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/settings");
    CustomSettings::read(&folder.join(format!("{version}.config"))).unwrap()
}

fn parse(text: &str) -> Result<CustomSettings, Error> {
    CustomSettings::parse(text.as_bytes(), Path::new(PATH))
}

/// Settings that make an endpoint, with those given in front of and behind them.
fn settings(changes: &str) -> CustomSettings {
    let text = format!(
        r#"<appSettings>
             <add key="ServerInstance" value="NAV"/>
             <add key="SOAPServicesEnabled" value="true"/>
             <add key="PublicSOAPBaseUrl" value="http://nav.example.com:7047/NAV/WS"/>
             <add key="ServicesDefaultCompany" value="CRONUS"/>
             {changes}
           </appSettings>"#
    );
    parse(&text).unwrap()
}

fn add(key: &str, value: &str) -> String {
    format!(r#"<add key="{key}" value="{value}"/>"#)
}

fn endpoint(settings: &CustomSettings) -> Result<Endpoint, Error> {
    endpoint_at(settings, EndpointChoices::default())
}

fn endpoint_at(settings: &CustomSettings, choices: EndpointChoices<'_>) -> Result<Endpoint, Error> {
    Ok(settings.endpoint(&choices)?.1)
}

const NAV01: EndpointChoices<'_> = EndpointChoices {
    instance: None,
    service: None,
    host: Some("nav01"),
    company: None,
};

#[test]
fn each_version_has_its_endpoint() {
    for (version, choices, name, expected) in [
        (
            "nav2013",
            NAV01,
            "DynamicsNAV70",
            Endpoint::new(
                Service::Soap,
                "http://nav01:7047/DynamicsNAV70",
                "CRONUS International Ltd.",
                CredentialType::Windows,
            ),
        ),
        (
            "nav2018",
            EndpointChoices::default(),
            "Prod",
            Endpoint {
                ntlm: true,
                ..Endpoint::new(
                    Service::Soap,
                    "https://nav.cronus.example:7147/Prod",
                    "Müller & Söhne",
                    CredentialType::Windows,
                )
            },
        ),
        (
            "bc14",
            NAV01,
            "BC140",
            Endpoint {
                multitenant: true,
                ..Endpoint::new(
                    Service::OData,
                    "https://nav01:7048/BC140",
                    "CRONUS",
                    CredentialType::NavUserPassword,
                )
            },
        ),
        (
            "bc23",
            EndpointChoices {
                company: Some("CRONUS"),
                ..EndpointChoices::default()
            },
            "BC230",
            Endpoint::new(
                Service::OData,
                "https://bc.cronus.example/rest/BC230",
                "CRONUS",
                CredentialType::OAuth,
            ),
        ),
    ] {
        let (instance, endpoint) = shipped(version).endpoint(&choices).unwrap();
        assert_eq!(instance.short_name(), name, "{version}");
        assert_eq!(endpoint, expected, "{version}");
        endpoint.validate().unwrap();
    }
}

#[test]
fn what_the_settings_say_can_be_asked_one_by_one() {
    let nav = shipped("nav2018");
    assert_eq!(nav.multitenant().unwrap(), Some(false));
    assert_eq!(nav.soap_services_enabled().unwrap(), Some(true));
    assert_eq!(nav.soap_services_port().unwrap(), 7147);
    assert_eq!(nav.soap_services_ssl_enabled().unwrap(), Some(true));
    assert_eq!(nav.odata_services_enabled().unwrap(), Some(false));
    assert_eq!(nav.odata_services_port().unwrap(), 7148);
    assert_eq!(nav.odata_services_ssl_enabled().unwrap(), Some(false));
    assert_eq!(
        nav.odata_services_v4_endpoint_enabled().unwrap(),
        Some(false)
    );
    assert_eq!(nav.services_use_ntlm_authentication().unwrap(), Some(true));
    assert_eq!(nav.public_odata_base_url(), None);
    assert_eq!(nav.management_services_port().unwrap(), 7145);
    assert_eq!(nav.database_server(), Some("sql01.cronus.example"));
    assert_eq!(nav.database_name(), Some("NAV2018"));
    let empty = parse("<appSettings/>").unwrap();
    assert_eq!(empty.server_instance().unwrap(), None);
    assert_eq!(empty.multitenant().unwrap(), None);
    assert_eq!(empty.client_services_credential_type().unwrap(), None);
    assert_eq!(empty.soap_services_port().unwrap(), 7047);
    assert_eq!(empty.odata_services_port().unwrap(), 7048);
    assert_eq!(empty.management_services_port().unwrap(), 7045);
    assert_eq!(empty.management_api_services_port().unwrap(), 7086);
}

#[test]
fn the_text_may_be_utf_8_or_utf_16_with_and_without_a_byte_order_mark() {
    let text = format!(
        "<?xml version=\"1.0\"?>\r\n<appSettings>{}</appSettings>\r\n",
        add("ServicesDefaultCompany", "Müller 🏭")
    );
    let little = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let marked = format!("\u{FEFF}{text}");
    let forms: [Vec<u8>; 6] = [
        text.clone().into_bytes(),
        marked.clone().into_bytes(),
        little(&text),
        little(&marked),
        big(&text),
        big(&marked),
    ];
    for bytes in forms {
        let settings = CustomSettings::parse(&bytes, Path::new(PATH)).unwrap();
        assert_eq!(settings.services_default_company(), Some("Müller 🏭"));
    }
}

#[test]
fn keys_count_as_dotnet_counts_them() {
    let port = |text: &str| {
        let settings = parse(&format!("<appSettings>{text}</appSettings>")).unwrap();
        settings.soap_services_port().unwrap()
    };
    assert_eq!(
        port(r#"<add key="soapservicesPORT" value=" 8047 "></add>"#),
        8047
    );
    assert_eq!(
        port(r#"<add value='&#56;0&#x34;7' key='SOAPServicesPort'/>"#),
        8047
    );
    let twice = add("SOAPServicesPort", "1") + &add("SoapServicesPort", "2");
    assert_eq!(port(&twice), 2);
    assert_eq!(
        port(&format!("{twice}<remove key=\"soapServicesPort\"/>")),
        7047
    );
    assert_eq!(port(&format!("{twice}<remove key=\"DatabaseName\"/>")), 2);
    assert_eq!(port(&format!("{twice}<remove key=\"Unknown\"/>")), 2);
    assert_eq!(port(&format!("{twice}<clear/>")), 7047);
    assert_eq!(
        port(&format!("<!--{}-->", add("SOAPServicesPort", "1"))),
        7047
    );
    assert_eq!(port(r#"<add key="SOAPServicesPort"/>"#), 7047);
}

#[test]
fn the_settings_may_stand_in_a_configuration() {
    let settings = parse(&format!(
        "<configuration><runtime><add key=\"Multitenant\" value=\"x\"/></runtime>\
         <appSettings>{}</appSettings></configuration>",
        add("Multitenant", "TRUE")
    ));
    assert_eq!(settings.unwrap().multitenant().unwrap(), Some(true));
}

#[test]
fn what_is_no_settings_file_is_told_with_the_reason() {
    let entity = add("DatabaseName", "&geheim;");
    for (text, fault) in [
        ("", "it has no element appSettings"),
        ("[ServerInstance]", "it has no element appSettings"),
        ("<configuration/>", "it has no element appSettings"),
        (
            "<connectionStrings/>",
            "it begins with the element \"connectionStrings\"",
        ),
        (
            "<appsettings/>",
            "it begins with the element \"appsettings\"",
        ),
        ("<appSettings>", "its XML breaks off"),
        (
            "<appSettings>\n<add key=\"a\" val",
            "its XML is not well-formed",
        ),
        ("<appSettings>\n\n</appSetting>", "in line 3"),
        (
            "<appSettings>\n<add key='a' key='b'/></appSettings>",
            "in line 2",
        ),
        (
            "<appSettings>\n<add value='b'/>\n</appSettings>",
            "without the attribute \"key\", in line 2",
        ),
        (
            "<appSettings>\n<ad key='a'/></appSettings>",
            "an element \"ad\" where add, remove and clear may stand, in line 2",
        ),
        (
            "<appSettings><add key='a'><b/></add></appSettings>",
            "an element \"b\" inside of a setting",
        ),
        (
            "<!DOCTYPE a [<!ENTITY b 'c'>]><appSettings/>",
            "it has a document type",
        ),
        (
            &format!("<appSettings>{entity}</appSettings>"),
            "\"value\" has an entity that is not XML's",
        ),
        (
            "<configuration><appSettings file=\"CustomSettings.config\"/></configuration>",
            "its settings are in another file, \"CustomSettings.config\"",
        ),
    ] {
        let error = parse(text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CustomSettingsInvalid, "{text}");
        let message = error.to_string();
        let opening = "CustomSettings.config is not a settings file: ";
        assert!(
            message.starts_with(opening) && message.contains(fault),
            "{text}: {error}"
        );
        assert!(!message.contains("geheim"), "{error}");
    }
    for (bytes, fault) in [
        (
            b"<appSettings>\xE9</appSettings>".as_slice(),
            "neither UTF-8 nor UTF-16",
        ),
        (b"\xFF\xFE<\0a", "its UTF-16 text is damaged"),
        (b"\xFE\xFF\xD8\x00\0<", "its UTF-16 text is damaged"),
        (&vec![b' '; 17 * 1024 * 1024], "it is larger than 16 MiB"),
    ] {
        let error = CustomSettings::parse(bytes, Path::new(PATH)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CustomSettingsInvalid);
        assert!(error.to_string().contains(fault), "{error}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_told_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().join("none.config"), folder.path().to_owned()] {
        let error = CustomSettings::read(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CustomSettingsUnavailable);
        assert!(
            error.to_string().contains(&path.display().to_string()),
            "{error}"
        );
    }
}

#[test]
fn a_value_that_a_setting_cannot_have_is_told_with_the_key_and_what_it_may_be() {
    let port = "a number from 1 to 65535";
    let boolean = "true or false";
    let address = "an address such as https://HOST:PORT/INSTANCE/WS/";
    let types = "Windows, UserName, NavUserPassword or AccessControlService";
    for (key, value, may_be) in [
        ("SOAPServicesPort", "0", port),
        ("SOAPServicesPort", "65536", port),
        ("SOAPServicesPort", "net.tcp", port),
        ("SOAPServicesEnabled", "yes", boolean),
        ("Multitenant", "2", boolean),
        ("ClientServicesCredentialType", "Kerberos", types),
        ("ServerInstance", "a/b", "the name of a server instance"),
        ("PublicSOAPBaseUrl", "nav.example.com/NAV/WS", address),
        (
            "PublicSOAPBaseUrl",
            "net.tcp://nav.example.com/NAV/WS",
            address,
        ),
        (
            "PublicSOAPBaseUrl",
            "http://nav.example.com/NAV/WS?a=b",
            address,
        ),
    ] {
        let error = endpoint(&settings(&add(key, value))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CustomSettingsInvalid);
        assert_eq!(
            error.to_string(),
            format!("{key} is {value:?} in {PATH}, and it may be {may_be}.")
        );
    }
    let one = settings(&add("Multitenant", "1"));
    assert!(endpoint(&one).unwrap().multitenant);
    // What is not needed harms nobody.
    let unneeded = settings(&(add("ODataServicesPort", "x") + &add("ManagementServicesPort", "x")));
    assert!(endpoint(&unneeded).is_ok());
}

#[test]
fn passwords_in_the_file_are_neither_kept_nor_repeated() {
    let kept = settings(&(add("DatabasePassword", "geheim") + &add("Unknown", "geheim")));
    assert!(!format!("{kept:?}").contains("geheim"), "{kept:?}");
    let public = settings(&add(
        "PublicSOAPBaseUrl",
        "http://anna:geheim@nav.example.com/NAV/WS",
    ));
    let error = endpoint(&public).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CustomSettingsInvalid);
    assert!(error.to_string().contains("PublicSOAPBaseUrl"), "{error}");
    assert!(!format!("{error:?}").contains("geheim"), "{error:?}");
}

#[test]
fn of_a_public_address_only_the_base_is_kept() {
    for (public, base) in [
        (
            "https://nav.example.com:7047/NAV/WS/",
            "https://nav.example.com:7047/NAV",
        ),
        (
            "https://nav.example.com:7047/NAV/WS",
            "https://nav.example.com:7047/NAV",
        ),
        (
            "http://nav.example.com/NAV/ws/CRONUS/Services",
            "http://nav.example.com/NAV",
        ),
        ("http://nav.example.com/WS/WS/", "http://nav.example.com/WS"),
        ("http://nav.example.com/NAV/", "http://nav.example.com/NAV"),
        ("https://soap.example.com/WS", "https://soap.example.com"),
        (
            "https://nav.example.com/a/b%20c/WS",
            "https://nav.example.com/a/b%20c",
        ),
    ] {
        let soap = settings(&add("PublicSOAPBaseUrl", public));
        assert_eq!(endpoint(&soap).unwrap().uri, base);
    }
    for tail in ["OData", "ODataV4/", "odatav4"] {
        let public = format!("https://bc.example.com:7048/BC/{tail}");
        let odata = settings(
            &(add("SOAPServicesEnabled", "false")
                + &add("ODataServicesEnabled", "true")
                + &add("PublicODataBaseUrl", &public)),
        );
        let endpoint = endpoint(&odata).unwrap();
        assert_eq!(
            (endpoint.service, &*endpoint.uri),
            (Service::OData, "https://bc.example.com:7048/BC")
        );
    }
}

#[test]
fn a_host_that_is_given_takes_port_scheme_and_instance_from_the_settings() {
    let settings = settings(
        &(add("ServerInstance", "NAV two")
            + &add("SOAPServicesPort", "8047")
            + &add("SOAPServicesSSLEnabled", "true")),
    );
    let at = |host| {
        endpoint_at(
            &settings,
            EndpointChoices {
                host: Some(host),
                ..EndpointChoices::default()
            },
        )
    };
    for (host, uri) in [
        ("nav01", "https://nav01:8047/NAV%20two"),
        (
            " nav_01.example.com ",
            "https://nav_01.example.com:8047/NAV%20two",
        ),
        ("192.0.2.1", "https://192.0.2.1:8047/NAV%20two"),
        ("2001:db8::1", "https://[2001:db8::1]:8047/NAV%20two"),
        ("[2001:db8::1]", "https://[2001:db8::1]:8047/NAV%20two"),
    ] {
        assert_eq!(at(host).unwrap().uri, uri);
    }
    for host in [
        "",
        " ",
        "nav01:7047",
        "http://nav01",
        "nav01/NAV",
        "nav01?x",
        "anna@nav01",
        "nav 01",
    ] {
        let error = at(host).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{host}");
        assert!(
            error
                .to_string()
                .contains("is not the name or IP address of a computer"),
            "{error}"
        );
    }
}

#[test]
fn without_host_and_public_address_it_is_asked_for_where_no_server_can_run() {
    let no_address = add("PublicSOAPBaseUrl", "");
    let local = settings(&no_address);
    if cfg!(windows) {
        assert_eq!(endpoint(&local).unwrap().uri, "http://localhost:7047/NAV");
        return;
    }
    let encrypted = settings(&(no_address + &add("SOAPServicesSSLEnabled", "true")));
    for local in [local, encrypted] {
        let error = endpoint(&local).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidEndpoint);
        let fault = "does not say which computer server instance 'NAV' runs on: PublicSOAPBaseUrl is absent or blank.";
        assert!(error.to_string().ends_with(fault), "{error}");
    }
}

#[test]
fn soap_is_taken_before_odata_and_neither_without_a_setting_that_says_it_is_on() {
    let switches = |soap: &str, odata: &str, v4: &str, chosen| {
        let set = |key, value: &str| match value {
            "" => format!("<remove key=\"{key}\"/>"),
            value => add(key, value),
        };
        let settings = settings(
            &(set("SOAPServicesEnabled", soap)
                + &set("ODataServicesEnabled", odata)
                + &set("ODataServicesV4EndpointEnabled", v4)),
        );
        let choices = EndpointChoices {
            service: chosen,
            ..NAV01
        };
        let error = |error: Error| {
            assert_eq!(error.kind(), ErrorKind::ServiceDisabled, "{error}");
            error.to_string().rsplit_once(": ").unwrap().1.to_owned()
        };
        endpoint_at(&settings, choices)
            .map(|endpoint| endpoint.service)
            .map_err(error)
    };
    let off = |reasons: &str| Err(reasons.to_owned());
    let (soap, odata) = (Some(Service::Soap), Some(Service::OData));
    for (settings, chosen, expected) in [
        (["true", "true", "true"], None, Ok(Service::Soap)),
        (["true", "true", "true"], odata, Ok(Service::OData)),
        (["false", "true", "true"], None, Ok(Service::OData)),
        (["false", "true", ""], None, Ok(Service::OData)),
        (["", "true", ""], None, Ok(Service::OData)),
        (["", "", ""], soap, Ok(Service::Soap)),
        (["", "", ""], odata, Ok(Service::OData)),
        (
            ["false", "true", "true"],
            soap,
            off("SOAPServicesEnabled is false."),
        ),
        (
            ["true", "false", ""],
            odata,
            off("ODataServicesEnabled is false."),
        ),
        (
            ["true", "", "false"],
            odata,
            off("ODataServicesV4EndpointEnabled is false."),
        ),
        (
            ["false", "false", "false"],
            None,
            off(
                "SOAPServicesEnabled is false, ODataServicesEnabled is false, ODataServicesV4EndpointEnabled is false.",
            ),
        ),
        (
            ["false", "true", "false"],
            None,
            off("SOAPServicesEnabled is false, ODataServicesV4EndpointEnabled is false."),
        ),
        (
            ["", "", "true"],
            None,
            off("SOAPServicesEnabled is absent, ODataServicesEnabled is absent."),
        ),
    ] {
        let [soap, odata, v4] = settings;
        assert_eq!(
            switches(soap, odata, v4, chosen),
            expected,
            "{settings:?} {chosen:?}"
        );
    }
}

#[test]
fn services_that_are_off_come_with_the_commands_that_switch_them_on() {
    let off = settings(&(add("ServerInstance", "it's") + &add("SOAPServicesEnabled", "false")));
    let error = endpoint(&off).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "No web services of server instance 'it's' are switched on in {PATH}: SOAPServicesEnabled is false, \
             ODataServicesEnabled is absent."
        )
    );
    assert_eq!(
        error.recommended_action(),
        format!(
            "Switch it on and restart the server instance: Set-NAVServerConfiguration -ServerInstance 'it''s' -KeyName \
             SOAPServicesEnabled -KeyValue true; Restart-NAVServerInstance -ServerInstance 'it''s'. If services whose \
             setting is absent are on all the same, choose them: Register-NAVServerEndpoint -CustomSettings '{PATH}' \
             -Service Soap"
        )
    );
    let chosen = EndpointChoices {
        service: Some(Service::OData),
        ..NAV01
    };
    let off = settings(
        &(add("ODataServicesEnabled", "false") + &add("ODataServicesV4EndpointEnabled", "false")),
    );
    let error = endpoint_at(&off, chosen).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("The OData V4 services of server instance 'NAV' are switched off"),
        "{error}"
    );
    let advice = error.recommended_action();
    for key in ["ODataServicesEnabled", "ODataServicesV4EndpointEnabled"] {
        assert!(
            advice.contains(&format!("-KeyName {key} -KeyValue true;")),
            "{advice}"
        );
    }
    let online = EndpointChoices {
        service: Some(Service::AdminCenter),
        ..NAV01
    };
    let error = endpoint_at(&settings(""), online).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
}

#[test]
fn the_sign_in_is_that_of_the_settings() {
    for (credential_type, ntlm, expected) in [
        ("", "", (CredentialType::Windows, false)),
        ("Windows", "false", (CredentialType::Windows, false)),
        ("windows", "true", (CredentialType::Windows, true)),
        ("UserName", "true", (CredentialType::NavUserPassword, false)),
        (
            "NavUserPassword",
            "true",
            (CredentialType::NavUserPassword, false),
        ),
        (
            "AccessControlService",
            "true",
            (CredentialType::OAuth, false),
        ),
    ] {
        let settings = settings(
            &(add("ClientServicesCredentialType", credential_type)
                + &add("ServicesUseNTLMAuthentication", ntlm)),
        );
        let endpoint = endpoint(&settings).unwrap();
        assert_eq!(
            (endpoint.credential_type, endpoint.ntlm),
            expected,
            "{credential_type}"
        );
    }
}

#[test]
fn the_company_is_the_one_given_else_the_default_one_else_asked_for() {
    let company = |given| EndpointChoices {
        company: given,
        ..EndpointChoices::default()
    };
    let with = settings("");
    let chosen = endpoint_at(&with, company(Some("Other"))).unwrap();
    assert_eq!(chosen.company.as_deref(), Some("Other"));
    for given in [None, Some(""), Some(" ")] {
        let endpoint = endpoint_at(&with, company(given)).unwrap();
        assert_eq!(endpoint.company.as_deref(), Some("CRONUS"));
    }
    let without = settings(&add("ServicesDefaultCompany", " "));
    let error = endpoint_at(&without, company(None)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidEndpoint);
    assert!(
        error
            .to_string()
            .contains("ServicesDefaultCompany is absent or blank"),
        "{error}"
    );
    assert_eq!(
        error.recommended_action(),
        format!(
            "Name the company: Register-NAVServerEndpoint -CustomSettings '{PATH}' -Company NAME"
        )
    );
}

#[test]
fn the_instance_is_known_by_the_name_given_and_reached_by_its_own() {
    let given = ServerInstance::parse("Test").unwrap();
    let choices = EndpointChoices {
        instance: Some(&given),
        ..NAV01
    };
    let (name, endpoint) = settings("").endpoint(&choices).unwrap();
    assert_eq!(
        (name.short_name(), &*endpoint.uri),
        ("Test", "http://nav01:7047/NAV")
    );
    let full = settings(&add("ServerInstance", "MicrosoftDynamicsNavServer$NAV"));
    assert_eq!(
        full.endpoint(&NAV01).unwrap().1.uri,
        "http://nav01:7047/NAV"
    );
    let nameless = settings("<remove key='ServerInstance'/>");
    let (name, endpoint) = nameless.endpoint(&choices).unwrap();
    assert_eq!(
        (name.short_name(), &*endpoint.uri),
        ("Test", "http://nav01:7047/Test")
    );
    let error = nameless.endpoint(&NAV01).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidEndpoint);
    assert!(
        error.recommended_action().contains("-ServerInstance"),
        "{error}"
    );
}

#[test]
fn an_endpoint_of_settings_can_be_registered_and_is_read_back_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("endpoints.json");
    let endpoints = Endpoints::at(Some(path.clone()), None);
    let (name, endpoint) = shipped("nav2018")
        .endpoint(&EndpointChoices::default())
        .unwrap();
    let file = endpoints.file(nav_session::Scope::User).unwrap();
    file.register(&name, endpoint.clone(), false).unwrap();
    let found = endpoints.find(&name).unwrap();
    assert_eq!(found.endpoint, endpoint);
    assert_eq!(found.source.path(), path);
    assert!(
        fs::read_to_string(&path)
            .unwrap()
            .contains("\"ntlm\": true")
    );
    // Files that are named are all that is looked at.
    assert!(endpoints.list_installed().unwrap().is_empty());
}
