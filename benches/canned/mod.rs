//! A server in this process that answers from memory, so that what is measured is the library.

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

use nav_session::{
    Cancel, Client, CredentialType, Endpoint, Outcome, ServerInstance, Service, SessionFilter,
    SessionKey,
};

/// What a server answers to a removal and to a list.
struct Answers {
    removal: Vec<u8>,
    list: Vec<u8>,
}

/// A client of a server that answers from memory, whose list has so many rows.
///
/// # Panics
/// Where this computer gives no port, or the library takes no such endpoint: nothing can be measured then.
pub(crate) fn client(service: Service, rows: usize) -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port of this computer");
    let address = listener.local_addr().expect("an address");
    let answers = match service {
        Service::Soap => soap(rows),
        _ => odata(rows),
    };
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let _ = serve(stream, &answers);
        }
    });
    let endpoint = Endpoint::new(
        service,
        format!("http://{address}/BC"),
        "CRONUS International Ltd.",
        CredentialType::None,
    );
    let instance = ServerInstance::parse("BC").expect("a name");
    Client::builder(instance, endpoint)
        .open()
        .expect("a client")
}

/// The first session of the list, with all that is compared.
///
/// # Panics
/// Where there is none.
pub(crate) fn first(client: &Client) -> SessionKey {
    let first = client
        .sessions(SessionFilter::default(), &Cancel::new())
        .next();
    SessionKey::from(&first.expect("a row").expect("a row that can be read"))
}

/// Removes a session.
///
/// # Panics
/// Where that fails: its time means nothing then.
pub(crate) fn remove(client: &Client, session: &SessionKey) {
    let outcome = client.remove_session(session, &Cancel::new());
    assert_eq!(outcome.expect("an answer"), Outcome::Removed);
}

/// Lists all sessions, and says how many there are.
///
/// # Panics
/// Where the list fails: its time means nothing then.
pub(crate) fn list(client: &Client) -> usize {
    client
        .sessions(SessionFilter::default(), &Cancel::new())
        .inspect(|session| assert!(session.is_ok(), "a row cannot be read"))
        .count()
}

/// One connection, until it ends.
fn serve(stream: TcpStream, answers: &Answers) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut writer = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    let mut body = Vec::new();
    loop {
        let mut length = 0;
        let mut is_removal = false;
        loop {
            line.clear();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let field = line.trim_end();
            if field.is_empty() {
                break;
            }
            // In the address of OData, in the action of SOAP.
            is_removal |= field.contains("RemoveSession");
            if let Some((name, value)) = field.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        body.resize(length, 0);
        reader.read_exact(&mut body)?;
        writer.write_all(match is_removal {
            true => &answers.removal,
            false => &answers.list,
        })?;
    }
}

fn answer(content_type: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn odata(rows: usize) -> Answers {
    let list: Vec<String> = (1..=rows)
        .map(|id| {
            format!(
                "{{\"@odata.etag\":\"W/\\\"'abc;{id};'\\\"\",\"Server_Instance_ID\":1,\"Session_ID\":{id},\
                 \"User_SID\":\"b2ba3639-216f-47e8-ae66-d8ffa264c98a\",\"Server_Instance_Name\":\"BC\",\
                 \"Server_Computer_Name\":\"NAVSERVER01\",\"User_ID\":\"CRONUS\\\\TOM\",\
                 \"Client_Type\":\"Web_x0020_Client\",\"Client_Computer_Name\":\"PC042\",\
                 \"Login_Datetime\":\"2026-11-22T04:51:34.327Z\",\"Database_Name\":\"Demo Database NAV\",\
                 \"Session_Unique_ID\":\"943ff9fc-99de-4f03-90cb-{id:012x}\",\"Own_Session\":false}}"
            )
        })
        .collect();
    let json = "application/json; odata.metadata=minimal";
    Answers {
        removal: answer(json, "{\"@odata.context\":\"x\",\"value\":\"Removed\"}"),
        list: answer(
            json,
            &format!(
                "{{\"@odata.context\":\"x\",\"value\":[{}]}}",
                list.join(",")
            ),
        ),
    }
}

fn soap(rows: usize) -> Answers {
    let mut list = String::new();
    for id in 1..=rows {
        let _ = write!(
            list,
            "<ActiveSessions><Key>24;abc{id}</Key><Server_Instance_ID>1</Server_Instance_ID>\
             <Session_ID>{id}</Session_ID><User_SID>b2ba3639-216f-47e8-ae66-d8ffa264c98a</User_SID>\
             <Server_Instance_Name>BC</Server_Instance_Name><Server_Computer_Name>NAVSERVER01</Server_Computer_Name>\
             <User_ID>CRONUS\\TOM</User_ID><Client_Type>Web_Client</Client_Type>\
             <Client_Computer_Name>PC042</Client_Computer_Name>\
             <Login_Datetime>2026-11-22T04:51:34.327Z</Login_Datetime><Database_Name>Demo Database NAV</Database_Name>\
             <Session_Unique_ID>943ff9fc-99de-4f03-90cb-{id:012x}</Session_Unique_ID><Own_Session>false</Own_Session>\
             </ActiveSessions>"
        );
    }
    let envelope = |body: &str| {
        let text = format!(
            "<Soap:Envelope xmlns:Soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><Soap:Body>{body}\
             </Soap:Body></Soap:Envelope>"
        );
        answer("text/xml; charset=utf-8", &text)
    };
    Answers {
        removal: envelope(
            "<RemoveSession_Result xmlns=\"urn:microsoft-dynamics-schemas/codeunit/SessionControl\">\
             <return_value>Removed</return_value></RemoveSession_Result>",
        ),
        list: envelope(&format!(
            "<ReadMultiple_Result xmlns=\"urn:microsoft-dynamics-schemas/page/activesessions\">\
             <ReadMultiple_Result>{list}</ReadMultiple_Result></ReadMultiple_Result>"
        )),
    }
}
