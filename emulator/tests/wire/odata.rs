//! OData V4: the page as an entity set, the codeunit's method as an action.

use nav_emulator::{Emulator, Session};
use serde_json::Value;

use crate::fixture::anna;
use crate::http::{Answer, Client};

pub(crate) const LIST: &str = "/ODataV4/Company('CRONUS%20International%20Ltd.')/ActiveSessions";
pub(crate) const REMOVE: &str =
    "/ODataV4/SessionControl_RemoveSession?company=CRONUS%20International%20Ltd.";
pub(crate) const ELEVEN: &str =
    r#"{"sessionId":11,"sessionUniqueId":"","loginDatetime":"","comment":""}"#;

pub(crate) fn client(emulator: &Emulator) -> Client {
    Client::connect(&emulator.odata_uri()).header("Content-Type", "application/json")
}

fn json(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap()
}

pub(crate) fn ids(answer: &Answer) -> Vec<i64> {
    assert_eq!(answer.status, 200, "{}", answer.body);
    json(answer)["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["Session_ID"].as_i64().unwrap())
        .collect()
}

/// The code of an error and its message up to the correlation id.
pub(crate) fn error(answer: &Answer) -> (String, String) {
    let error = &json(answer)["error"];
    let (message, correlation) = error["message"]
        .as_str()
        .unwrap()
        .split_once("  CorrelationId:  ")
        .unwrap();
    uuid::Uuid::try_parse(correlation.strip_suffix('.').unwrap()).unwrap();
    (
        String::from(error["code"].as_str().unwrap()),
        String::from(message),
    )
}

fn status_and_code(answer: &Answer) -> (u16, String) {
    (answer.status, error(answer).0)
}

fn with(sessions: impl IntoIterator<Item = Session>) -> Emulator {
    Emulator::builder().with_sessions(sessions).start().unwrap()
}

#[test]
fn an_entity_set_answers_an_object_a_session() {
    let emulator = with([anna().client_computer_name("")]);
    let answer = client(&emulator).get(&format!("{LIST}?$filter=Session_ID%20eq%2011"));

    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("application/json; odata.metadata=minimal")
    );
    let root = emulator.odata_uri();
    assert_eq!(
        answer.body,
        format!(
            r#"{{"@odata.context":"{root}/ODataV4/$metadata#Company('CRONUS%20International%20Ltd.')/ActiveSessions","value":[{}]}}"#,
            concat!(
                r#"{"@odata.etag":"W/\"'b5YZ/4uG;11;'\"","Server_Instance_ID":1,"Session_ID":11,"#,
                r#""User_SID":"c1a3a7c5-55b1-4d0a-8a5b-000000000011","#,
                r#""Server_Instance_Name":"DynamicsNAV","Server_Computer_Name":"NAVSERVER01","#,
                r#""User_ID":"CRONUS\\ANNA","Client_Type":"Web_x0020_Client","#,
                r#""Client_Computer_Name":"","Login_Datetime":"2026-11-22T08:17:17.123Z","#,
                r#""Database_Name":"Demo Database NAV","#,
                r#""Session_Unique_ID":"6f9619ff-8b86-d011-b42d-00c04fc964ff","#,
                r#""Own_Session":false}"#
            )
        )
    );
}

#[test]
fn the_action_answers_its_value() {
    let emulator = with([anna()]);
    let answer = client(&emulator).request("POST", REMOVE, ELEVEN);

    assert_eq!(answer.status, 200);
    let root = emulator.odata_uri();
    assert_eq!(
        answer.body,
        format!(r#"{{"@odata.context":"{root}/ODataV4/$metadata#Edm.String","value":"Removed"}}"#)
    );
    assert_eq!(emulator.session("default", 11), None);
}

#[test]
fn an_error_has_a_code_and_a_message_with_a_correlation_id() {
    let emulator = with([anna()]);
    let answer = client(&emulator).get("/ODataV4/Company('Nowhere')/ActiveSessions");

    assert_eq!(answer.status, 404);
    assert_eq!(
        answer.header("content-type"),
        Some("application/json; odata.metadata=minimal")
    );
    let (code, message) = error(&answer);
    assert_eq!(code, "Internal_CompanyNotFound");
    assert_eq!(message, "The company \"Nowhere\" does not exist.");
}

#[test]
fn select_gives_the_named_properties_and_refuses_unknown_ones() {
    let emulator = Emulator::builder()
        .session_unique_id(false)
        .with_sessions([anna()])
        .start()
        .unwrap();
    let mut client = client(&emulator);

    let answer = client.get(&format!("{LIST}?$select=User_ID,Session_ID&$top=1"));
    assert!(
        answer
            .body
            .ends_with(r#";11;'\"","User_ID":"CRONUS\\ANNA","Session_ID":11}]}"#),
        "{}",
        answer.body
    );
    let answer = client.get(&format!("{LIST}?$select=Session_ID,Session_Unique_ID"));
    assert_eq!(status_and_code(&answer), (400, String::from("BadRequest")));
    assert!(!client.get(LIST).body.contains("Session_Unique_ID"));
}

#[test]
fn rows_are_filtered_by_session_user_and_computer() {
    let emulator = with([
        Session::new(-6574),
        Session::new(11),
        Session::new(12).user_id(r"CRONUS\O'NEIL and CO"),
        Session::new(13).client_computer_name("PC 7"),
    ]);
    let mut client = client(&emulator);
    let mut filtered = |filter: &str| {
        let filter = filter.replace(' ', "%20");
        ids(&client.get(&format!("{LIST}?$filter={filter}")))
    };

    assert_eq!(filtered("Session_ID eq -6574"), [-6574]);
    assert_eq!(filtered("Session_ID eq 99"), [0_i64; 0]);
    assert_eq!(filtered(r"User_ID eq 'CRONUS\O''NEIL and CO'"), [12]);
    assert_eq!(filtered("Client_Computer_Name eq 'PC 7'"), [13]);
    assert_eq!(
        filtered(r"User_ID eq 'CRONUS\ANNA' and Client_Computer_Name eq 'PC042'"),
        [-6574, 11]
    );
    assert_eq!(
        filtered("Client_Computer_Name eq 'PC 7' and Session_ID eq 11"),
        [0_i64; 0]
    );
}

#[test]
fn a_query_the_server_does_not_know_is_a_bad_request() {
    let emulator = with([anna()]);
    let mut client = client(&emulator);
    for query in [
        "$filter=Session_Id eq 11",
        "$filter=Session_ID eq '11'",
        "$filter=Session_ID ne 11",
        "$filter=Session_ID eq 11 or Session_ID eq 12",
        "$filter=Session_ID eq 11 and",
        "$filter=User_ID eq 'O'NEIL'",
        "$filter=User_ID eq 'ANNA",
        "$filter=User_ID eq ANNA",
        "$filter=Own_Session eq true",
        "$filter=Client_Type eq 'NAS'",
        "$filter=",
        "$top=-1",
        "$skip=x",
        "$skiptoken=x",
        "$orderby=Session_ID",
    ] {
        let answer = client.get(&format!("{LIST}?{}", query.replace(' ', "%20")));
        assert_eq!(
            status_and_code(&answer),
            (400, String::from("BadRequest")),
            "{query}"
        );
    }
}

#[test]
fn every_page_but_the_last_links_to_the_next() {
    let emulator = Emulator::builder()
        .tenant("default")
        .multitenant(true)
        .page_size(2)
        .with_sessions([40, -3, 11, 12, 20].map(Session::new))
        .start()
        .unwrap();
    let mut client = client(&emulator);
    let root = emulator.odata_uri();
    let mut next = |link: &str| {
        let answer = client.get(link.strip_prefix(root.as_str()).unwrap_or(link));
        let link = json(&answer)["@odata.nextLink"].as_str().map(String::from);
        (ids(&answer), link)
    };

    let filter = "$filter=User_ID%20eq%20'CRONUS%5CANNA'";
    let (rows, link) = next(&format!(
        "{LIST}?{filter}&$select=Session_ID&tenant=default"
    ));
    assert_eq!(rows, [-3, 11]);
    let link = link.unwrap();
    assert_eq!(
        link,
        format!(
            "{root}{}?$filter=User_ID%20eq%20%27CRONUS%5CANNA%27&$select=Session_ID\
             &tenant=default&$skiptoken=11",
            LIST.replace('\'', "%27")
                .replace("Company(%27", "Company('")
                .replace("%27)", "')")
        )
    );
    // Rows that end between two pages shift nothing.
    emulator.end_session("default", -3);
    let (rows, link) = next(&link);
    assert_eq!(rows, [12, 20]);
    let (rows, link) = next(&link.unwrap());
    assert_eq!((rows, link), (vec![40], None));
}

#[test]
fn top_and_skip_count_over_all_pages() {
    let emulator = Emulator::builder()
        .page_size(2)
        .with_sessions((1..=9).map(Session::new))
        .start()
        .unwrap();
    let mut client = client(&emulator);
    let mut rows = Vec::new();
    let mut link = Some(format!("{LIST}?$top=5&$skip=1"));
    while let Some(path) = link {
        let answer = client.get(path.trim_start_matches(emulator.odata_uri().as_str()));
        rows.push(ids(&answer));
        link = json(&answer)["@odata.nextLink"].as_str().map(String::from);
    }
    assert_eq!(rows, [vec![2, 3], vec![4, 5], vec![6]]);

    assert_eq!(ids(&client.get(&format!("{LIST}?$top=0"))), [0_i64; 0]);
    assert_eq!(ids(&client.get(&format!("{LIST}?$top=2&$skip=7"))), [8, 9]);
}

#[test]
fn names_are_case_sensitive() {
    let emulator = Emulator::builder().tenant("a").tenant("b").start().unwrap();
    let mut client = client(&emulator);
    let mut get = |path: &str| client.get(path).status;

    assert_eq!(get(&format!("{LIST}?tenant=a")), 200);
    assert_eq!(get(&format!("{LIST}?Tenant=a")), 400);
    assert_eq!(get(&format!("{}?tenant=a", LIST.to_lowercase())), 404);
    assert_eq!(
        get(&format!("{}?tenant=a", LIST.replace("Active", "active"))),
        404
    );
    assert_eq!(
        client
            .request("POST", &REMOVE.replace("Remove", "remove"), ELEVEN)
            .status,
        400
    );
}

#[test]
fn a_company_is_quoted_in_the_path_and_plain_in_the_query() {
    let emulator = Emulator::builder()
        .company("A&B/C 100% + O'Neil")
        .start()
        .unwrap();
    let mut client = client(&emulator);
    let path = "/ODataV4/Company('A%26B%2FC%20100%25%20%2B%20O''Neil')/ActiveSessions";
    assert_eq!(client.get(path).status, 200);
    assert_eq!(client.get(&path.replace("''", "%27%27")).status, 200);
    assert_eq!(client.get(&path.replace("''", "'")).status, 400);

    let action = "/ODataV4/SessionControl_RemoveSession?company=A%26B%2FC%20100%25%20%2B%20O'Neil";
    assert_eq!(client.request("POST", action, ELEVEN).status, 200);
    for wrong in [
        action.replace('\'', "''"),
        action.replace("%2B", "+"),
        action.replace("%26", "&"),
    ] {
        assert_eq!(
            client.request("POST", &wrong, ELEVEN).status,
            404,
            "{wrong}"
        );
    }
}

#[test]
fn a_company_outside_of_ascii_is_escaped_as_utf_8() {
    let company = "Пётр Œuvre 株式会社";
    let escaped = "%D0%9F%D1%91%D1%82%D1%80%20%C5%92uvre%20%E6%A0%AA%E5%BC%8F%E4%BC%9A%E7%A4%BE";
    let emulator = Emulator::builder()
        .company(company)
        .page_size(1)
        .with_sessions([11, 12].map(Session::new))
        .start()
        .unwrap();
    let mut client = client(&emulator);
    let first = client.get(&format!("/ODataV4/Company('{escaped}')/ActiveSessions"));
    assert_eq!(ids(&first), [11]);
    let link = json(&first)["@odata.nextLink"].as_str().map(String::from);
    let link = link.unwrap();
    assert!(link.contains(&format!("Company('{escaped}')")), "{link}");
    let path = link.strip_prefix(emulator.odata_uri().as_str()).unwrap();
    assert_eq!(ids(&client.get(path)), [12]);

    let action = format!("/ODataV4/SessionControl_RemoveSession?company={escaped}");
    assert_eq!(client.request("POST", &action, ELEVEN).status, 200);
}

#[test]
fn the_body_of_the_action_is_all_four_parameters_and_nothing_else() {
    let emulator = with([anna()]);
    let mut http = client(&emulator);
    for body in [
        "",
        "[]",
        r#"{"sessionUniqueId":"","loginDatetime":"","comment":""}"#,
        r#"{"sessionId":11,"loginDatetime":"","comment":""}"#,
        r#"{"sessionId":11,"sessionUniqueId":"","comment":""}"#,
        r#"{"sessionId":11,"sessionUniqueId":"","loginDatetime":""}"#,
        r#"{"SessionId":11,"sessionUniqueId":"","loginDatetime":"","comment":""}"#,
        r#"{"sessionId":"11","sessionUniqueId":"","loginDatetime":"","comment":""}"#,
        r#"{"sessionId":11,"sessionUniqueId":null,"loginDatetime":"","comment":""}"#,
        r#"{"sessionId":2147483648,"sessionUniqueId":"","loginDatetime":"","comment":""}"#,
        r#"{"sessionId":11,"sessionUniqueId":"","loginDatetime":"","comment":"","force":true}"#,
    ] {
        let answer = http.request("POST", REMOVE, body);
        assert_eq!(
            status_and_code(&answer),
            (400, String::from("BadRequest")),
            "{body}"
        );
    }
    let answer = Client::connect(&emulator.odata_uri()).request("POST", REMOVE, ELEVEN);
    assert_eq!(answer.status, 415);
    assert!(emulator.session("default", 11).is_some());

    let no_company = REMOVE.split('?').next().unwrap();
    assert_eq!(http.request("POST", no_company, ELEVEN).status, 400);
    assert_eq!(http.request("POST", REMOVE, ELEVEN).status, 200);
}

#[test]
fn characters_that_json_forbids_are_escaped() {
    let emulator = with([anna().client_computer_name("PC\u{1f}\"7")]);
    let answer = client(&emulator).get(&format!("{LIST}?$select=Client_Computer_Name&$top=1"));
    assert!(answer.body.contains(r#""PC\u001f\"7""#), "{}", answer.body);
}
