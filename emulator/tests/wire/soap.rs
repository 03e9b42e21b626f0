//! SOAP: codeunit and page services.

use nav_emulator::{Builder, Emulator, Session};

use crate::fixture::anna;
use crate::http::{Answer, Client};

pub(crate) const CRONUS: &str = "CRONUS%20International%20Ltd.";

pub(crate) fn method(namespace: &str, name: &str, inner: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>\
         <{name} xmlns=\"urn:microsoft-dynamics-schemas/{namespace}\">{inner}</{name}>\
         </s:Body></s:Envelope>"
    )
}

fn soap(emulator: &Emulator, namespace: &str, name: &str) -> Client {
    Client::connect(&emulator.soap_uri())
        .header("Content-Type", "text/xml; charset=utf-8")
        .header(
            "SOAPAction",
            &format!("\"urn:microsoft-dynamics-schemas/{namespace}:{name}\""),
        )
}

pub(crate) fn page(emulator: &Emulator) -> Client {
    soap(emulator, "page/activesessions", "ReadMultiple")
}

pub(crate) fn codeunit(emulator: &Emulator) -> Client {
    soap(emulator, "codeunit/SessionControl", "RemoveSession")
}

pub(crate) fn read_multiple(client: &mut Client, inner: &str) -> Answer {
    let body = method("page/activesessions", "ReadMultiple", inner);
    client.request("POST", &format!("/WS/{CRONUS}/Page/ActiveSessions"), &body)
}

fn remove_session(client: &mut Client, inner: &str) -> Answer {
    let body = method("codeunit/SessionControl", "RemoveSession", inner);
    let path = format!("/WS/{CRONUS}/Codeunit/SessionControl");
    client.request("POST", &path, &body)
}

const ELEVEN: &str = "<sessionId>11</sessionId><sessionUniqueId/><loginDatetime/><comment/>";

/// The texts of all elements of a name.
pub(crate) fn texts<'a>(answer: &'a Answer, element: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    answer
        .body
        .split(&open)
        .skip(1)
        .map(|rest| rest.split_once(&close).unwrap().0)
        .collect()
}

fn ids(answer: &Answer) -> Vec<&str> {
    assert_eq!(answer.status, 200, "{}", answer.body);
    texts(answer, "Session_ID")
}

fn start(builder: Builder) -> Emulator {
    builder.start().unwrap()
}

fn with(sessions: impl IntoIterator<Item = Session>) -> Emulator {
    start(Emulator::builder().with_sessions(sessions))
}

#[test]
fn read_multiple_answers_an_element_a_session_and_one_in_it_a_field() {
    let emulator = with([anna()]);
    let eleven = "<filter><Field>Session_ID</Field><Criteria>'11'</Criteria></filter>\
                  <setSize>0</setSize>";
    let answer = read_multiple(&mut page(&emulator), eleven);

    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("text/xml; charset=utf-8")
    );
    assert_eq!(
        answer.body,
        "<Soap:Envelope xmlns:Soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><Soap:Body>\
         <ReadMultiple_Result xmlns=\"urn:microsoft-dynamics-schemas/page/activesessions\">\
         <ReadMultiple_Result><ActiveSessions>\
         <Key>8;AAAACw==;</Key>\
         <Server_Instance_ID>1</Server_Instance_ID>\
         <Session_ID>11</Session_ID>\
         <User_SID>c1a3a7c5-55b1-4d0a-8a5b-000000000011</User_SID>\
         <Server_Instance_Name>DynamicsNAV</Server_Instance_Name>\
         <Server_Computer_Name>NAVSERVER01</Server_Computer_Name>\
         <User_ID>CRONUS\\ANNA</User_ID>\
         <Client_Type>Web_Client</Client_Type>\
         <Client_Computer_Name>PC042</Client_Computer_Name>\
         <Login_Datetime>2026-11-22T08:17:17.123Z</Login_Datetime>\
         <Database_Name>Demo Database NAV</Database_Name>\
         <Session_Unique_ID>6f9619ff-8b86-d011-b42d-00c04fc964ff</Session_Unique_ID>\
         <Own_Session>false</Own_Session>\
         </ActiveSessions></ReadMultiple_Result></ReadMultiple_Result></Soap:Body></Soap:Envelope>"
    );
}

#[test]
fn remove_session_answers_its_return_value() {
    let emulator = with([anna()]);
    let answer = remove_session(&mut codeunit(&emulator), ELEVEN);

    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.body,
        "<Soap:Envelope xmlns:Soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><Soap:Body>\
         <RemoveSession_Result xmlns=\"urn:microsoft-dynamics-schemas/codeunit/SessionControl\">\
         <return_value>Removed</return_value>\
         </RemoveSession_Result></Soap:Body></Soap:Envelope>"
    );
    assert_eq!(emulator.session("default", 11), None);
}

#[test]
fn a_fault_is_status_500_with_the_exceptions_class_and_text() {
    let emulator = with([anna()]);
    let path = format!("/WS/{CRONUS}/Page/ActiveSessions?tenant=nowhere");
    let answer = page(&emulator).request("POST", &path, "");

    assert_eq!(answer.status, 500);
    assert_eq!(
        answer.header("content-type"),
        Some("text/xml; charset=utf-8")
    );
    assert_eq!(
        answer.body,
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><s:Fault>\
         <faultcode xmlns:a=\"urn:microsoft-dynamics-schemas/error\">\
         a:Microsoft.Dynamics.Nav.Types.Exceptions.NavTenantNotFoundException</faultcode>\
         <faultstring xml:lang=\"en-US\">\
         The tenant 'nowhere' is not mounted or does not exist.</faultstring>\
         <detail><string xmlns=\"http://schemas.microsoft.com/2003/10/Serialization/\">\
         The tenant 'nowhere' is not mounted or does not exist.</string></detail>\
         </s:Fault></s:Body></s:Envelope>"
    );
}

#[test]
fn an_element_whose_text_is_blank_is_absent() {
    let emulator = with([anna().client_computer_name("")]);
    let answer = read_multiple(&mut page(&emulator), "<setSize>1</setSize>");

    assert_eq!(ids(&answer), ["11"]);
    assert!(!answer.body.contains("Client_Computer_Name"));
}

#[test]
fn characters_that_xml_forbids_come_out_as_references() {
    let emulator = with([anna().client_computer_name("PC\u{1f}<&>\u{fffe}7")]);
    let answer = read_multiple(&mut page(&emulator), "<setSize>1</setSize>");

    assert_eq!(
        texts(&answer, "Client_Computer_Name"),
        ["PC&#x1F;&lt;&amp;&gt;&#xFFFE;7"]
    );
}

#[test]
fn a_version_without_session_unique_id_has_no_such_field() {
    let emulator = start(
        Emulator::builder()
            .session_unique_id(false)
            .with_sessions([anna()]),
    );
    let mut client = page(&emulator);
    let answer = read_multiple(&mut client, "");
    assert!(!answer.body.contains("Session_Unique_ID"));

    let filter = "<filter><Field>Session_Unique_ID</Field><Criteria>x</Criteria></filter>";
    assert_eq!(read_multiple(&mut client, filter).status, 500);
}

#[test]
fn set_size_limits_the_rows_and_the_last_key_leads_to_the_next() {
    let emulator = with([30, -5, 11, 2].map(Session::new));
    let mut client = page(&emulator);

    let first = read_multiple(&mut client, "<setSize>3</setSize>");
    assert_eq!(ids(&first), ["-5", "2", "11"]);
    let key = texts(&first, "Key")[2];
    // A row that has ended since still marks its place.
    emulator.end_session("default", 11);
    let next = format!("<bookmarkKey>{key}</bookmarkKey><setSize>1</setSize>");
    assert_eq!(ids(&read_multiple(&mut client, &next)), ["30"]);

    let only = "<filter><Field>Session_ID</Field><Criteria>2</Criteria></filter>";
    let filtered = format!("{only}<bookmarkKey>{key}</bookmarkKey><setSize>1</setSize>");
    assert!(ids(&read_multiple(&mut client, &filtered)).is_empty());

    let all = read_multiple(&mut client, "<setSize>0</setSize>");
    assert_eq!(ids(&all)[..3], ["-5", "2", "30"]);
    let wrong = "<bookmarkKey>nonsense</bookmarkKey><setSize>1</setSize>";
    assert_eq!(read_multiple(&mut client, wrong).status, 500);
}

#[test]
fn rows_are_filtered_by_session_user_and_computer() {
    let emulator = with([
        Session::new(-6574),
        Session::new(11),
        Session::new(12).user_id(r"CRONUS\O'NEIL"),
        Session::new(13).client_computer_name("PC 7"),
    ]);
    let mut client = page(&emulator);
    let mut filtered = |pairs: &[(&str, &str)]| {
        let filters: String = pairs
            .iter()
            .map(|(field, criteria)| {
                format!("<filter><Field>{field}</Field><Criteria>{criteria}</Criteria></filter>")
            })
            .collect();
        let answer = read_multiple(&mut client, &filters);
        ids(&answer).join(" ")
    };

    assert_eq!(filtered(&[("Session_ID", "'-6574'")]), "-6574");
    assert_eq!(filtered(&[("Session_ID", "11")]), "11");
    assert_eq!(filtered(&[("Session_ID", "'99'")]), "");
    assert_eq!(filtered(&[("User_ID", r"'CRONUS\O''NEIL'")]), "12");
    assert_eq!(filtered(&[("Client_Computer_Name", "'PC 7'")]), "13");
    let both = [
        ("User_ID", r"'CRONUS\ANNA'"),
        ("Client_Computer_Name", "'PC042'"),
    ];
    assert_eq!(filtered(&both), "-6574 11");
    let neither = [("Session_ID", "11"), ("Client_Computer_Name", "'PC 7'")];
    assert_eq!(filtered(&neither), "");
}

#[test]
fn filters_the_server_does_not_know_are_faults() {
    let emulator = with([anna()]);
    let mut client = page(&emulator);
    for (field, criteria) in [
        ("Session_Id", "11"),
        ("Own_Session", "true"),
        ("Client_Type", "NAS"),
        ("Session_ID", "eleven"),
        ("User_ID", "A*"),
        ("User_ID", "'O'NEIL'"),
        ("User_ID", "'"),
    ] {
        let filter =
            format!("<filter><Field>{field}</Field><Criteria>{criteria}</Criteria></filter>");
        let answer = read_multiple(&mut client, &filter);
        assert_eq!(answer.status, 500, "{field} {criteria}");
        assert!(answer.body.contains("<faultcode>s:Client</faultcode>"));
    }
}

#[test]
fn every_parameter_of_remove_session_is_required() {
    let emulator = with([anna()]);
    let mut client = codeunit(&emulator);
    for missing in ["<sessionUniqueId/>", "<loginDatetime/>", "<comment/>"] {
        let answer = remove_session(&mut client, &ELEVEN.replace(missing, ""));
        assert_eq!(answer.status, 500, "{missing}");
    }
    let no_id = "<sessionUniqueId/><loginDatetime/><comment/>";
    assert_eq!(remove_session(&mut client, no_id).status, 500);
    let nil = ELEVEN.replace(
        "<comment/>",
        "<comment xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" i:nil=\"true\"/>",
    );
    assert_eq!(remove_session(&mut client, &nil).status, 500);
    let stranger = format!("{ELEVEN}<force>true</force>");
    assert_eq!(remove_session(&mut client, &stranger).status, 500);
    let too_large = ELEVEN.replace("11", "2147483648");
    assert_eq!(remove_session(&mut client, &too_large).status, 500);
    assert!(emulator.session("default", 11).is_some());
}

#[test]
fn a_request_that_is_no_soap_1_1_call_of_the_method_is_refused() {
    let emulator = with([anna()]);
    let uri = emulator.soap_uri();
    let action = "\"urn:microsoft-dynamics-schemas/codeunit/SessionControl:RemoveSession\"";
    let body = method("codeunit/SessionControl", "RemoveSession", ELEVEN);
    let path = format!("/WS/{CRONUS}/Codeunit/SessionControl");
    let status = |content_type: &str, action: &str, body: &str| {
        Client::connect(&uri)
            .header("Content-Type", content_type)
            .header("SOAPAction", action)
            .request("POST", &path, body)
            .status
    };

    let xml = "text/xml; charset=utf-8";
    assert_eq!(status("application/soap+xml", action, &body), 415);
    assert_eq!(status("text/xml; charset=iso-8859-1", action, &body), 415);
    assert_eq!(status(xml, action.trim_matches('"'), &body), 500);
    assert_eq!(status(xml, "\"\"", &body), 500);
    assert_eq!(
        status(xml, action, &body.replace("codeunit/", "page/")),
        500
    );
    assert_eq!(
        status(xml, action, &body.replace("xmlsoap", "example")),
        500
    );
    assert_eq!(status(xml, action, &body.replace("11", "&#x1F;")), 500);
    assert_eq!(status(xml, action, ""), 500);
    assert!(emulator.session("default", 11).is_some());

    assert_eq!(status("TEXT/XML;charset=\"UTF-8\"", action, &body), 200);
    assert_eq!(emulator.session("default", 11), None);
}

#[test]
fn the_tenant_parameter_is_read_in_any_casing() {
    let emulator = start(Emulator::builder().tenant("default").tenant("contoso"));
    emulator.end_session("contoso", 11);
    let mut client = page(&emulator);
    let body = method("page/activesessions", "ReadMultiple", "");
    let mut has_eleven = |query: &str| {
        let path = format!("/WS/{CRONUS}/Page/ActiveSessions{query}");
        ids(&client.request("POST", &path, &body)).contains(&"11")
    };

    assert!(has_eleven("?tenant=default"));
    assert!(!has_eleven("?tenant=contoso"));
    assert!(!has_eleven("?Tenant=Contoso"));
}

#[test]
fn a_company_is_taken_from_the_path_as_it_was_escaped() {
    let emulator = start(Emulator::builder().company("A&B/C 100% + O'Neil"));
    let body = method("page/activesessions", "ReadMultiple", "");
    let mut client = page(&emulator);
    let mut status = |company: &str| {
        let path = format!("/WS/{company}/Page/ActiveSessions");
        client.request("POST", &path, &body).status
    };

    assert_eq!(status("A%26B%2FC%20100%25%20%2B%20O%27Neil"), 200);
    assert_eq!(status("A&B%2FC%20100%25%20+%20O'Neil"), 200);
    assert_eq!(status("A%26B/C%20100%25%20%2B%20O%27Neil"), 404);
    assert_eq!(status(CRONUS), 500);

    let emulator = start(Emulator::builder().company("Пётр Œuvre 株式会社"));
    let company = "%D0%9F%D1%91%D1%82%D1%80%20%C5%92uvre%20%E6%A0%AA%E5%BC%8F%E4%BC%9A%E7%A4%BE";
    let path = format!("/WS/{company}/Page/ActiveSessions");
    assert_eq!(page(&emulator).request("POST", &path, &body).status, 200);
}

#[test]
fn services_have_the_names_they_are_published_under() {
    let emulator = start(
        Emulator::builder()
            .codeunit_service("Sitzungen")
            .page_service("SitzungsListe"),
    );
    let answer = soap(&emulator, "page/sitzungsliste", "ReadMultiple").request(
        "POST",
        &format!("/WS/{CRONUS}/Page/SitzungsListe"),
        &method("page/sitzungsliste", "ReadMultiple", "<setSize>1</setSize>"),
    );
    assert_eq!(texts(&answer, "SitzungsListe").len(), 1);

    let answer = soap(&emulator, "codeunit/Sitzungen", "RemoveSession").request(
        "POST",
        &format!("/WS/{CRONUS}/Codeunit/Sitzungen"),
        &method("codeunit/Sitzungen", "RemoveSession", ELEVEN),
    );
    assert_eq!(texts(&answer, "return_value"), ["Removed"]);
    assert_eq!(read_multiple(&mut page(&emulator), "").status, 500);
}

#[test]
fn another_server_instances_address_is_not_found() {
    let emulator = with([anna()]);
    let other = emulator.soap_uri().replace("DynamicsNAV", "BC");
    let path = format!("/WS/{CRONUS}/Page/ActiveSessions");
    assert_eq!(
        Client::connect(&other).request("POST", &path, "").status,
        404
    );
}
