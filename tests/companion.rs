//! The companion, the client and the emulator have the same names, parameters and answers: all three are read here, and
//! none can change alone.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use nav_emulator::{Emulator, OnStop, Request, Session as ServerSession};
use nav_session::{
    Cancel, Client, ClientType, CredentialType, Endpoint, Error, Outcome, ServerInstance, Service,
    Session, SessionFilter, SessionKey,
};
use serde_json::{Value, json};
use time::UtcDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

const AL_CODEUNIT: &str = include_str!("../companion/al/src/SessionControl.Codeunit.al");
const AL_PAGE: &str = include_str!("../companion/al/src/ActiveSessions.Page.al");
const AL_APP: &str = include_str!("../companion/al/app.json");
const AL_PERMISSIONS: &str = include_str!("../companion/al/PermissionSet.xml");
const AL_WEB_SERVICES: &str = include_str!("../companion/al/WebServices.xml");
const CAL_CODEUNIT: &str = include_str!("../companion/cal/SessionControl.Codeunit.txt");
const CAL_PAGE: &str = include_str!("../companion/cal/ActiveSessions.Page.txt");
const README: &str = include_str!("../companion/README.md");

const COMPANY: &str = "CRONUS International Ltd.";
const ODATA_LIST: &str = "/ODataV4/Company('CRONUS%20International%20Ltd.')/ActiveSessions";
const ODATA_REMOVE: &str =
    "/ODataV4/SessionControl_RemoveSession?company=CRONUS%20International%20Ltd.";
const JSON: &str = "application/json";
const XML: &str = "text/xml; charset=utf-8";

// The sources.

/// Without spaces and without the numbers that C/AL gives to everything declared.
fn plain(declaration: &str) -> String {
    let mut parts = declaration.split('@');
    let mut text = parts.next().unwrap().to_owned();
    for part in parts {
        text.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    text.retain(|c| !c.is_whitespace());
    text.trim_end_matches(';').to_owned()
}

/// The functions that a codeunit has as web service: all that are not local.
fn published_functions(source: &str) -> Vec<String> {
    source
        .lines()
        .filter_map(|line| {
            let line = line.trim();
            let declaration = line
                .strip_prefix("procedure ")
                .or_else(|| line.strip_prefix("PROCEDURE "));
            declaration.map(plain)
        })
        .collect()
}

/// The words a codeunit can answer; what follows a colon is a name of the server's.
fn answers(source: &str) -> BTreeSet<String> {
    source
        .split("exit('")
        .flat_map(|piece| piece.split("EXIT('"))
        .skip(1)
        .map(|piece| piece.split('\'').next().unwrap().to_owned())
        .collect()
}

fn al_controls() -> Vec<&'static str> {
    let fields = AL_PAGE.split("field(").skip(1);
    fields
        .map(|field| field.split(';').next().unwrap().trim())
        .collect()
}

fn cal_controls() -> Vec<&'static str> {
    let fields = CAL_PAGE.split(";Field     ;").skip(1);
    fields
        .map(|field| {
            let properties = field.split('}').next().unwrap();
            let name = properties.split("Name=").nth(1).unwrap();
            name.split(';').next().unwrap()
        })
        .collect()
}

/// Kind and number of an object.
fn object(source: &'static str) -> (String, &'static str) {
    let mut words = source
        .lines()
        .find(|line| !line.starts_with("//"))
        .unwrap()
        .split(' ')
        .filter(|word| *word != "OBJECT");
    let kind = words.next().unwrap().to_lowercase();
    (kind, words.next().unwrap())
}

/// The contract in the README, from its heading to the end.
fn contract() -> &'static str {
    README.split("## The contract\n").nth(1).unwrap()
}

fn in_backticks(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

fn contract_signature() -> String {
    let line = contract().lines().find(|line| line.starts_with("    "));
    plain(line.unwrap())
}

fn contract_answers() -> BTreeSet<String> {
    contract()
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|row| in_backticks(row)[0].replace("<name>", ""))
        .collect()
}

fn contract_controls() -> BTreeSet<&'static str> {
    let page = contract().split("controls ").nth(1).unwrap();
    let paragraph = page.split("\n\n").next().unwrap();
    in_backticks(paragraph).into_iter().collect()
}

/// The parameters' names, in order.
fn parameters(signature: &str) -> Vec<&str> {
    let list = signature.split('(').nth(1).unwrap();
    let list = list.split(')').next().unwrap();
    list.split(';')
        .map(|parameter| parameter.split(':').next().unwrap())
        .collect()
}

/// The texts of the elements of this name.
fn elements<'a>(xml: &'a str, name: &str) -> Vec<&'a str> {
    xml.split(&format!("<{name}>"))
        .skip(1)
        .map(|rest| rest.split("</").next().unwrap())
        .collect()
}

/// Object type, id and service name: what the web services are to be.
fn web_services() -> BTreeSet<(String, &'static str, &'static str)> {
    let (codeunit, page) = (object(AL_CODEUNIT), object(AL_PAGE));
    BTreeSet::from([
        (codeunit.0, codeunit.1, "SessionControl"),
        (page.0, page.1, "ActiveSessions"),
    ])
}

// The client.

fn client(service: Service, uri: String) -> Client {
    let endpoint = Endpoint::new(service, uri, COMPANY, CredentialType::None);
    let instance = ServerInstance::parse("DynamicsNAV").unwrap();
    Client::builder(instance, endpoint).open().unwrap()
}

fn client_of(emulator: &Emulator, service: Service) -> Client {
    let uri = match service {
        Service::Soap => emulator.soap_uri(),
        _ => emulator.odata_uri(),
    };
    client(service, uri)
}

fn remove(client: &Client, key: &SessionKey) -> Result<Outcome, Error> {
    client.remove_session(key, &Cancel::new())
}

/// The one request that `call` makes of the emulator.
fn request_of(emulator: &Emulator, call: impl FnOnce()) -> Request {
    emulator.clear_records();
    call();
    let mut requests = emulator.requests();
    assert_eq!(requests.len(), 1);
    requests.remove(0)
}

/// A server that answers one request with this body; its address.
fn answering(content_type: &'static str, body: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = format!("http://{}/DynamicsNAV", listener.local_addr().unwrap());
    thread::spawn(move || {
        let mut connection = Connection(BufReader::new(listener.accept().unwrap().0));
        connection.message();
        let length = body.len();
        connection.write(&format!(
            "HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n{body}"
        ));
    });
    uri
}

/// The body of an answer that holds this one element of the service.
fn soap(service: &str, element: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body xmlns=\"urn:microsoft-dynamics-schemas/\
         {service}\">{element}</s:Body></s:Envelope>"
    )
}

/// What the client makes of a word, by each interface.
fn outcomes_of(word: &str) -> [Result<Outcome, Error>; 2] {
    let value = json!({ "value": word }).to_string();
    let result =
        format!("<RemoveSession_Result><return_value>{word}</return_value></RemoveSession_Result>");
    let key = SessionKey::new(11);
    [
        remove(&client(Service::OData, answering(JSON, value)), &key),
        remove(
            &client(
                Service::Soap,
                answering(XML, soap("codeunit/SessionControl", &result)),
            ),
            &key,
        ),
    ]
}

// The emulator, without the client.

struct Connection(BufReader<TcpStream>);

impl Connection {
    fn to(uri: &str) -> Self {
        let host = uri.split('/').nth(2).unwrap();
        Self(BufReader::new(TcpStream::connect(host).unwrap()))
    }

    fn write(&mut self, text: &str) {
        self.0.get_mut().write_all(text.as_bytes()).unwrap();
    }

    /// The body of the message that comes, which says its length if it has one.
    fn message(&mut self) -> String {
        let mut length = 0;
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).unwrap();
            let line = line.to_ascii_lowercase();
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).unwrap();
        String::from_utf8(body).unwrap()
    }

    fn exchange(&mut self, target: &str, headers: &[String], body: Option<&str>) -> String {
        let method = if body.is_some() { "POST" } else { "GET" };
        let headers: String = headers
            .iter()
            .map(|header| format!("{header}\r\n"))
            .collect();
        let body = body.unwrap_or_default();
        let length = body.len();
        self.write(&format!(
            "{method} {target} HTTP/1.1\r\nHost: emulator\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
        ));
        self.message()
    }

    fn json(&mut self, target: &str, body: Option<&Value>) -> Value {
        let headers = [format!("Content-Type: {JSON}")];
        let body = body.map(Value::to_string);
        let answer = self.exchange(target, &headers, body.as_deref());
        serde_json::from_str(&answer).unwrap()
    }
}

/// The words of a command, as a shell reads quotes and continued lines.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in command.replace("\\\n", " ").trim().chars() {
        match quote {
            Some(open) if c == open => quote = None,
            None if c == '\'' || c == '"' => quote = Some(c),
            None if c.is_whitespace() => {
                if !words.last().unwrap().is_empty() {
                    words.push(String::new());
                }
            }
            _ => words.last_mut().unwrap().push(c),
        }
    }
    words
}

/// What the emulator answers to a command of the README.
fn run(emulator: &Emulator, command: &str) -> String {
    let mut words = words(command).into_iter();
    assert_eq!(words.next().as_deref(), Some("curl"));
    let address = words.next().unwrap();
    let (uri, path) = [
        (
            "http://nav01.example.com:7047/DynamicsNAV",
            emulator.soap_uri(),
        ),
        ("https://bc01.example.com:7048/BC", emulator.odata_uri()),
    ]
    .into_iter()
    .find_map(|(theirs, ours)| Some((ours, address.strip_prefix(theirs)?.to_owned())))
    .unwrap();
    let (mut headers, mut body) = (Vec::new(), None);
    while let Some(option) = words.next() {
        match option.as_str() {
            "-H" => headers.push(words.next().unwrap()),
            "-d" => body = words.next(),
            _ => panic!("{option} in {command}"),
        }
    }
    Connection::to(&uri).exchange(&format!("/DynamicsNAV{path}"), &headers, body.as_deref())
}

#[test]
fn a_removal_has_the_function_and_the_parameters_of_the_companion() {
    let signature = contract_signature();
    assert_eq!(published_functions(AL_CODEUNIT), [signature.as_str()]);
    assert_eq!(published_functions(CAL_CODEUNIT), [signature.as_str()]);
    let function = signature.split('(').next().unwrap();
    let parameters = parameters(&signature);

    for service in [Service::Soap, Service::OData] {
        let emulator = Emulator::builder().start().unwrap();
        let client = client_of(&emulator, service);
        let request = request_of(&emulator, || {
            assert_eq!(
                remove(&client, &SessionKey::new(11)).unwrap(),
                Outcome::Removed
            );
        });
        if service == Service::Soap {
            assert!(request.target.ends_with("/Codeunit/SessionControl"));
            let action =
                format!("\"urn:microsoft-dynamics-schemas/codeunit/SessionControl:{function}\"");
            assert_eq!(request.header("soapaction"), Some(action.as_str()));
            let call = request
                .text()
                .split(&format!("<{function} "))
                .nth(1)
                .unwrap();
            let sent: Vec<_> = call
                .split('<')
                .skip(1)
                .take_while(|tag| !tag.starts_with(&format!("/{function}>")))
                .filter(|tag| !tag.starts_with('/'))
                .map(|tag| tag.split(['>', '/', ' ']).next().unwrap())
                .collect();
            assert_eq!(sent, parameters);
        } else {
            let path = request.target.split('?').next().unwrap();
            assert!(
                path.ends_with(&format!("/SessionControl_{function}")),
                "{path}"
            );
            let body: BTreeMap<String, Value> = serde_json::from_str(request.text()).unwrap();
            let sent: BTreeSet<_> = body.keys().map(String::as_str).collect();
            assert_eq!(sent, parameters.iter().copied().collect());
        }
    }
}

#[test]
fn the_client_knows_each_answer_of_the_companion_and_no_other() {
    let expected = contract_answers();
    assert_eq!(answers(AL_CODEUNIT), expected);
    assert_eq!(answers(CAL_CODEUNIT), expected);
    assert_eq!(expected.len(), 6);

    for word in &expected {
        let (word, name) = match word.split_once(':') {
            Some((_, _)) => (format!("{word}NAV2"), word.trim_end_matches(':')),
            None => (word.clone(), word.as_str()),
        };
        for outcome in outcomes_of(&word) {
            let outcome = outcome.unwrap_or_else(|error| panic!("{word}: {error}"));
            let shown = format!("{outcome:?}");
            assert_eq!(shown.split(' ').next(), Some(name));
            if let Outcome::OtherInstance {
                server_instance_name,
            } = outcome
            {
                assert_eq!(server_instance_name, "NAV2");
            }
        }
    }
    for outcome in outcomes_of("Gone") {
        let outcome = outcome.unwrap();
        assert!(
            matches!(&outcome, Outcome::Unknown { cause } if cause.contains("\"Gone\"")),
            "{outcome:?}"
        );
    }
}

#[test]
fn the_emulator_gives_each_answer_of_the_companion_and_no_other() {
    let emulator = Emulator::builder()
        .with_sessions([
            ServerSession::new(1),
            ServerSession::new(2),
            ServerSession::new(3).on_stop(OnStop::Refused),
            ServerSession::new(4).server_instance(2, "NAV2"),
        ])
        .start()
        .unwrap();
    let mut connection = Connection::to(&emulator.odata_uri());
    let rows = connection.json(&format!("/DynamicsNAV{ODATA_LIST}"), None);
    let own = rows["value"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["Own_Session"] == true)
        .unwrap();
    let signature = contract_signature();
    let [id, unique_id, login, comment] = parameters(&signature).try_into().unwrap();
    let another = Uuid::from_u128(1).to_string();
    let given: BTreeSet<_> = [
        (json!(1), ""),
        (json!(2), another.as_str()),
        (json!(3), ""),
        (json!(4), ""),
        (json!(5), ""),
        (own["Session_ID"].clone(), ""),
    ]
    .into_iter()
    .map(|(session, text)| {
        let call = json!({ id: session, unique_id: text, login: "", comment: "" });
        let answer = connection.json(&format!("/DynamicsNAV{ODATA_REMOVE}"), Some(&call));
        let word = answer["value"]
            .as_str()
            .unwrap_or_else(|| panic!("{answer}"));
        word.replace(":NAV2", ":")
    })
    .collect();
    assert_eq!(given, contract_answers());
}

#[test]
fn the_page_has_the_same_controls_everywhere() {
    let controls = al_controls();
    assert_eq!(cal_controls(), controls);
    let controls: BTreeSet<_> = controls.into_iter().collect();
    assert_eq!(contract_controls(), controls);

    let emulator = Emulator::builder().start().unwrap();
    let mut odata = Connection::to(&emulator.odata_uri());
    let rows = odata.json(&format!("/DynamicsNAV{ODATA_LIST}"), None);
    let row = rows["value"][0].as_object().unwrap();
    let names = row.keys().map(String::as_str);
    let names: BTreeSet<_> = names.filter(|name| !name.starts_with('@')).collect();
    assert_eq!(names, controls);

    let rows = run(
        &emulator,
        README
            .split("```sh\n")
            .nth(1)
            .unwrap()
            .split("```")
            .next()
            .unwrap(),
    );
    let row = rows.split("<ActiveSessions>").nth(1).unwrap();
    let row = row.split("</ActiveSessions>").next().unwrap();
    let names = row.split('<').skip(1).filter(|tag| !tag.starts_with('/'));
    let names: BTreeSet<_> = names
        .map(|tag| tag.split(['>', '/']).next().unwrap())
        .collect();
    assert_eq!(
        names.difference(&controls).copied().collect::<Vec<_>>(),
        ["Key"]
    );
    assert_eq!(controls.difference(&names).count(), 0);
}

#[test]
fn the_client_reads_each_control_and_filters_by_one_of_them() {
    let unique_id = Uuid::from_u128(0x1234);
    let login = UtcDateTime::parse("2026-11-22T08:17:17.123Z", &Rfc3339).unwrap();
    let value = |control: &str| match control {
        "Server_Instance_ID" => json!(7),
        "Session_ID" => json!(-11),
        "User_SID" => json!("00000000-0000-0000-0000-00000000000A"),
        "Server_Instance_Name" => json!("NAV"),
        "Server_Computer_Name" => json!("NAV01"),
        "User_ID" => json!("CRONUS\\ANNA"),
        "Client_Type" => json!("Web Client"),
        "Client_Computer_Name" => json!("PC042"),
        "Login_Datetime" => json!("2026-11-22T08:17:17.123Z"),
        "Database_Name" => json!("Demo"),
        "Session_Unique_ID" => json!(unique_id.to_string()),
        "Own_Session" => json!(true),
        _ => panic!("the client has nothing for the control {control}"),
    };
    let expected = Session {
        server_instance_id: 7,
        session_id: -11,
        user_sid: Some("00000000-0000-0000-0000-00000000000A".to_owned()),
        server_instance_name: Some("NAV".to_owned()),
        server_computer_name: Some("NAV01".to_owned()),
        user_id: Some("CRONUS\\ANNA".to_owned()),
        client_type: ClientType::from_server_text("WebClient"),
        client_computer_name: Some("PC042".to_owned()),
        login_datetime: Some(login),
        database_name: Some("Demo".to_owned()),
        session_unique_id: Some(unique_id),
        own_session: true,
        ..Session::default()
    };
    let row: BTreeMap<_, _> = al_controls()
        .into_iter()
        .map(|name| (name, value(name)))
        .collect();
    let fields: String = row
        .iter()
        .map(|(name, value)| {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            format!("<{name}>{text}</{name}>")
        })
        .collect();
    let rows = format!(
        "<ReadMultiple_Result><ReadMultiple_Result><ActiveSessions><Key>k</Key>{fields}</ActiveSessions>\
         </ReadMultiple_Result></ReadMultiple_Result>"
    );
    let answers = [
        (
            Service::OData,
            answering(JSON, json!({ "value": [row] }).to_string()),
        ),
        (
            Service::Soap,
            answering(XML, soap("page/activesessions", &rows)),
        ),
    ];
    for (service, uri) in answers {
        let sessions = client(service, uri).sessions(SessionFilter::default(), &Cancel::new());
        let mut sessions = sessions.collect::<Result<Vec<_>, _>>().unwrap();
        sessions[0].age = None;
        assert_eq!(sessions, std::slice::from_ref(&expected), "{service:?}");
    }

    for service in [Service::Soap, Service::OData] {
        let emulator = Emulator::builder().start().unwrap();
        let client = client_of(&emulator, service);
        let anna = emulator.session("default", 11).unwrap();
        let filter = SessionFilter {
            session_ids: Some(vec![11]),
            user_id: Some(anna.user_id),
            client_computer_name: Some(anna.client_computer_name),
            ..SessionFilter::default()
        };
        let request = request_of(&emulator, || {
            assert_eq!(client.sessions(filter, &Cancel::new()).count(), 1);
        });
        let fields: Vec<&str> = if service == Service::Soap {
            assert!(request.target.ends_with("/Page/ActiveSessions"));
            elements(request.text(), "Field")
        } else {
            let filter = request.target.split("$filter=").nth(1).unwrap();
            let conditions = filter.split("%20and%20");
            conditions
                .map(|condition| condition.split("%20").next().unwrap())
                .collect()
        };
        assert_eq!(fields.len(), 3, "{fields:?}");
        for field in fields {
            assert!(al_controls().contains(&field), "{field}");
        }
    }
}

#[test]
fn ids_and_service_names_are_the_same_everywhere() {
    let services = web_services();
    let ids: Vec<_> = services
        .iter()
        .map(|(kind, id, _)| (kind.clone(), *id))
        .collect();
    assert_eq!(ids, [object(CAL_CODEUNIT), object(CAL_PAGE)]);

    let app: Value = serde_json::from_str(AL_APP).unwrap();
    let range = |end: &str| app["idRanges"][0][end].as_u64().unwrap();
    for (_, id) in &ids {
        assert!((range("from")..=range("to")).contains(&id.parse().unwrap()));
    }

    let published: BTreeSet<_> = AL_WEB_SERVICES
        .split("<TenantWebService>")
        .skip(1)
        .map(|entry| {
            assert_eq!(elements(entry, "Published"), ["true"]);
            let kind = elements(entry, "ObjectType")[0].to_lowercase();
            (
                kind,
                elements(entry, "ObjectID")[0],
                elements(entry, "ServiceName")[0],
            )
        })
        .collect();
    assert_eq!(published, services);

    let permitted: Vec<_> = AL_PERMISSIONS
        .split("<Permission>")
        .skip(1)
        .map(|entry| {
            let one = |name| elements(entry, name)[0];
            (
                one("ObjectType"),
                one("ObjectID"),
                one("ReadPermission"),
                one("ExecutePermission"),
            )
        })
        .collect();
    assert_eq!(
        permitted,
        [
            ("0", "2000000110", "1", "0"),
            ("5", ids[0].1, "0", "1"),
            ("8", ids[1].1, "0", "1")
        ]
    );

    let table: BTreeSet<_> = README
        .lines()
        .filter(|line| line.starts_with("| Codeunit |") || line.starts_with("| Page |"))
        .map(|line| {
            let cells: Vec<_> = line.split('|').map(str::trim).collect();
            (cells[1].to_lowercase(), cells[2], cells[3])
        })
        .collect();
    assert_eq!(table, services);
}

#[test]
fn the_commands_of_the_readme_name_what_is_there() {
    let after = |line: &'static str, option: &str| {
        let value = line.split(&format!("{option} ")).nth(1);
        value
            .and_then(|value| value.split(' ').next())
            .unwrap_or_default()
    };
    let mut published = Vec::new();
    let mut permitted = Vec::new();
    for line in README.lines().map(str::trim) {
        let object = (
            after(line, "-ObjectType").to_lowercase(),
            after(line, "-ObjectId"),
        );
        if line.starts_with("New-NAVWebService ") {
            published.push((object.0, object.1, after(line, "-ServiceName")));
        } else if line.starts_with("New-NAVServerPermission ") {
            permitted.push(object);
        }
    }
    let services: Vec<_> = web_services().into_iter().collect();
    assert_eq!(published, [services.clone(), services.clone()].concat());
    let mut expected = vec![("tabledata".to_owned(), "2000000110")];
    expected.extend(services.into_iter().map(|(kind, id, _)| (kind, id)));
    assert_eq!(permitted, expected);

    let app: Value = serde_json::from_str(AL_APP).unwrap();
    let [publisher, name, version] =
        ["publisher", "name", "version"].map(|key| app[key].as_str().unwrap());
    assert!(README.contains(&format!("'.\\{publisher}_{name}_{version}.app'")));
    assert_eq!(
        README
            .matches(&format!("-Name '{name}' -Version {version}"))
            .count(),
        4
    );

    let emulator = Emulator::builder().start().unwrap();
    let answers: Vec<_> = README
        .split("```sh\n")
        .skip(1)
        .map(|rest| run(&emulator, rest.split("```").next().unwrap()))
        .collect();
    let [soap_list, soap_remove, odata_list, odata_remove] = answers.as_slice() else {
        panic!("the README has {} commands of curl", answers.len());
    };
    assert_eq!(soap_list.matches("<Key>").count(), 10);
    assert_eq!(elements(soap_remove, "return_value"), ["NotFound"]);
    assert!(odata_list.contains("\"Session_ID\":11,"), "{odata_list}");
    assert!(
        odata_remove.ends_with("\"value\":\"NotFound\"}"),
        "{odata_remove}"
    );
}

#[test]
fn the_cal_objects_can_be_imported_under_any_code_page_and_date_format() {
    for source in [CAL_CODEUNIT, CAL_PAGE] {
        assert!(source.is_ascii());
        assert!(
            source
                .split_inclusive('\n')
                .all(|line| line.ends_with("\r\n"))
        );
        // Day, month and year in any order and with any separator: the machine's settings decide how it is read.
        assert!(source.contains("    Date=01/01/26;\r\n    Time=12:00:00;\r\n"));

        let mut functions = BTreeSet::new();
        for scope in source.split("PROCEDURE ") {
            let code = scope.split("\r\n  CODE\r\n").last().unwrap();
            let declarations = code.split("BEGIN").next().unwrap();
            let mut ids = declarations
                .split('@')
                .skip(1)
                .map(|rest| rest.split([' ', '(']).next().unwrap());
            if !scope.starts_with("OBJECT") {
                assert!(
                    functions.insert(ids.next()),
                    "a function's number is there twice"
                );
            }
            let ids: Vec<_> = ids.collect();
            let distinct: BTreeSet<_> = ids.iter().collect();
            assert_eq!(distinct.len(), ids.len(), "{declarations}");
        }
    }
}
