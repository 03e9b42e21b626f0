//! What is said and logged.

use std::fmt::Write as _;
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use nav_session::{
    Cancel, Client, Endpoint, Error, Retry, Secret, Service, SessionFilter, SessionKey,
};

use super::figures;
use super::mark::stands_in;
use super::routes::{Marked, ROUTES, Route, SignIn, USER, logged};
use super::server::{Asked, Reply, Server};

/// How a call ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Well,
    Off,
    Tls,
    Silence,
    Cancelled,
    Cut,
    /// An answer with all that was sent in it: its status, and how it is written.
    Echo(u16, Written),
    /// A redirection to an address with it.
    Redirect,
    /// A next page at an address with it, and one with it as a password.
    NextPage,
    NextPageSignedIn,
    /// An outcome with it.
    OtherInstance,
    /// The token endpoint, instead of the server.
    NoToken(u16, Written),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    Text,
    Html,
    Json,
    EscapedJson,
    /// A text where something else is due.
    JsonOfAnotherKind,
    CutJson,
    SoapFault,
    BrokenXml,
    XmlEntity,
    Header,
    /// Behind so much else that it is cut off in the middle.
    LongText,
    LongJson,
}

use Written::*;

const ENDINGS: [Ending; 35] = [
    Ending::Well,
    Ending::Off,
    Ending::Tls,
    Ending::Silence,
    Ending::Cancelled,
    Ending::Cut,
    Ending::Echo(401, Text),
    Ending::Echo(401, Header),
    Ending::Echo(401, Html),
    Ending::Echo(401, Json),
    Ending::Echo(403, Text),
    Ending::Echo(403, Json),
    Ending::Echo(404, Html),
    Ending::Echo(429, Text),
    Ending::Echo(503, Text),
    Ending::Echo(418, Text),
    Ending::Echo(500, Text),
    Ending::Echo(500, Json),
    Ending::Echo(500, EscapedJson),
    Ending::Echo(500, SoapFault),
    Ending::Echo(500, LongText),
    Ending::Echo(400, LongJson),
    Ending::Echo(200, Html),
    Ending::Echo(200, Text),
    Ending::Echo(200, JsonOfAnotherKind),
    Ending::Echo(200, CutJson),
    Ending::Echo(200, BrokenXml),
    Ending::Echo(200, XmlEntity),
    Ending::Redirect,
    Ending::NextPage,
    Ending::NextPageSignedIn,
    Ending::OtherInstance,
    Ending::NoToken(400, Json),
    Ending::NoToken(401, Html),
    Ending::NoToken(200, JsonOfAnotherKind),
];

/// Everything secret that a request held, plainly and as it stood there.
fn echo(asked: &Asked) -> String {
    let mut said = format!("You said {} and {}.", asked.authorization, asked.body);
    if let Some(pair) = asked.authorization.strip_prefix("Basic ") {
        let pair = STANDARD.decode(pair).unwrap();
        write!(said, " That is {}.", String::from_utf8(pair).unwrap()).unwrap();
    }
    for (name, value) in url::form_urlencoded::parse(asked.body.as_bytes()) {
        write!(said, " {name} is {value}.").unwrap();
    }
    said
}

fn written(status: u16, how: Written, said: &str) -> Reply {
    let xml_escaped = said.replace('&', "&amp;").replace('<', "&lt;");
    let json = serde_json::Value::from(said).to_string();
    let error = |message: &str| {
        format!(r#"{{"error":{{"code":"Application_X","message":{message}}},"message":{message}}}"#)
    };
    let (kind, body) = match how {
        Text | Header => ("text/plain", said.to_owned()),
        LongText => ("text/plain", format!("{} {said}", "word ".repeat(48))),
        Html => (
            "text/html",
            format!("<!DOCTYPE html><title>{xml_escaped}</title>{xml_escaped}"),
        ),
        Json if status == 400 && !said.contains("You said  and") => (
            "application/json",
            format!(r#"{{"error":"invalid_client","error_description":{json}}}"#),
        ),
        Json => ("application/json", error(&json)),
        LongJson => {
            let long = serde_json::Value::from(format!("{} {said}", "word ".repeat(50)));
            ("application/json", error(&long.to_string()))
        }
        EscapedJson => {
            let escaped = said.encode_utf16().fold(String::new(), |mut text, unit| {
                write!(text, "\\u{unit:04x}").unwrap();
                text
            });
            ("application/json", error(&format!("\"{escaped}\"")))
        }
        JsonOfAnotherKind => (
            "application/json",
            format!(r#"{{"value":{json},"access_token":[{json}]}}"#),
        ),
        CutJson => ("application/json", format!(r#"{{"value":[{json}"#)),
        SoapFault => (
            "text/xml",
            format!(
                "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><s:Fault><faultcode>a:X\
                 </faultcode><faultstring>{xml_escaped}</faultstring></s:Fault></s:Body></s:Envelope>"
            ),
        ),
        BrokenXml => ("text/xml", format!("<s:Envelope><{said}></b>")),
        XmlEntity => (
            "text/xml",
            format!("<s:Envelope><s:Body>&{};</s:Body>", said.replace(' ', "")),
        ),
    };
    let mut headers = format!("Content-Type: {kind}\r\n");
    if how == Header {
        let quoted = said.replace('"', "'");
        write!(
            headers,
            "WWW-Authenticate: Bearer error=\"invalid_token\", error_description=\"{quoted}\"\r\nX-Said: {said}\r\n"
        )
        .unwrap();
    }
    Reply::Answer(status, headers, body)
}

fn list(route: Route, next: Option<&str>) -> Reply {
    let body = match route.service {
        Service::Soap => {
            return Reply::Answer(
                200,
                "Content-Type: text/xml\r\n".to_owned(),
                "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><ReadMultiple_Result>\
                 <ReadMultiple_Result/></ReadMultiple_Result></s:Body></s:Envelope>"
                    .to_owned(),
            );
        }
        _ => match next {
            Some(link) => serde_json::json!({"value": [], "@odata.nextLink": link}),
            None => serde_json::json!({"value": []}),
        },
    };
    Reply::Answer(
        200,
        "Content-Type: application/json\r\n".to_owned(),
        body.to_string(),
    )
}

fn other_instance(route: Route, said: &str) -> Reply {
    let answer = format!("OtherInstance:{said}");
    let (kind, body) = match route.service {
        Service::Soap => (
            "text/xml",
            format!(
                "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><RemoveSession_Result>\
                 <return_value>{}</return_value></RemoveSession_Result></s:Body></s:Envelope>",
                answer.replace('&', "&amp;").replace('<', "&lt;")
            ),
        ),
        _ => (
            "application/json",
            serde_json::json!({"value": answer}).to_string(),
        ),
    };
    Reply::Answer(200, format!("Content-Type: {kind}\r\n"), body)
}

fn server(route: Route, ending: Ending, granted: String) -> Server {
    Server::start(
        route.sign_in == SignIn::Ntlm,
        Box::new(move |asked| {
            let said = echo(asked);
            if asked.target.contains("/oauth2/") {
                return match ending {
                    Ending::NoToken(status, how) => written(status, how, &said),
                    _ => Reply::Answer(
                        200,
                        "Content-Type: application/json\r\n".to_owned(),
                        serde_json::json!({"access_token": granted, "expires_in": 3599})
                            .to_string(),
                    ),
                };
            }
            let uri = |text: &str| {
                url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>()
            };
            match ending {
                Ending::Silence | Ending::Cancelled => Reply::Silence,
                Ending::Cut => Reply::Cut(format!(
                    "HTTP/1.1 200 {said}\r\nContent-Type: text/plain\r\nContent-Length: 99999\r\n\r\n{said}"
                )),
                Ending::Echo(status, how) => written(status, how, &said),
                Ending::Redirect => Reply::Answer(
                    302,
                    format!(
                        "Location: http://user:{0}@127.0.0.1:9/there?sig={0}#{0}\r\n",
                        uri(&said)
                    ),
                    String::new(),
                ),
                Ending::NextPage | Ending::NextPageSignedIn if asked.target.contains("next") => {
                    written(500, Text, &said)
                }
                Ending::NextPage => {
                    let link = format!("http://{}/next?sig={}", asked.host, uri(&said));
                    list(route, Some(&link))
                }
                Ending::NextPageSignedIn => {
                    let link = format!("http://user:{}@{}/next", uri(&said), asked.host);
                    list(route, Some(&link))
                }
                Ending::OtherInstance => other_instance(route, &said),
                _ => list(route, None),
            }
        }),
    )
}

fn shown(error: &Error) -> String {
    format!("{error}\n{error:?}\n{}", error.recommended_action())
}

/// Everything that a person can come to see of the calls, and what the server was sent.
fn seen(route: Route, ending: Ending, marked: &Marked) -> (Vec<String>, Vec<Asked>) {
    let server = server(route, ending, marked.granted.clone());
    let uri = match ending {
        // Nothing listens there.
        Ending::Off => "http://127.0.0.1:9".to_owned(),
        Ending::Tls => server.uri.replace("http:", "https:"),
        _ => server.uri.clone(),
    };
    let endpoint: Endpoint = route.endpoint(&uri, &server.uri);
    let timeout = Duration::from_millis(if ending == Ending::Silence { 50 } else { 5000 });
    let retry = Retry {
        max_retries: Some(1),
        delay: Duration::from_millis(1),
        ..Retry::default()
    };
    let builder = || {
        let secret = Secret::from(marked.secret.as_str());
        logged(
            route
                .signed_in(endpoint.clone(), secret)
                .network_timeout(timeout)
                .wait(Duration::from_millis(20))
                .retry(retry),
        )
    };
    let cancel = Cancel::new();
    let (opening, mut lines) = builder();
    let mut said = vec![format!("{opening:?}")];
    let client = opening.open().unwrap();
    if ending == Ending::Cancelled {
        let cancel = cancel.clone();
        // Once the server has the request.
        thread::scope(|scope| {
            scope.spawn(|| {
                while server.asked().is_empty() {
                    thread::yield_now();
                }
                cancel.request();
            });
            said.extend(listed(&client, &cancel));
        });
    } else {
        said.extend(listed(&client, &cancel));
    }
    let key = SessionKey::new(11);
    match client.remove_session(&key, &cancel) {
        Ok(outcome) => said.extend(outcome.to_error(&key, &client).as_ref().map(shown)),
        Err(error) => said.push(shown(&error)),
    }
    said.push(format!("{client:?}"));
    said.append(&mut lines.lock().unwrap());
    drop(client);
    let (checked, more) = builder();
    for step in checked.check("a test", &cancel) {
        said.push(format!("{step:?} {}", step.message));
        said.extend(step.error.as_ref().map(shown));
    }
    lines = more;
    said.append(&mut lines.lock().unwrap());
    (said, server.asked())
}

fn listed(client: &Client, cancel: &Cancel) -> Vec<String> {
    client
        .sessions(SessionFilter::default(), cancel)
        .take(5)
        .map(|row| match row {
            Ok(row) => format!("{row:?}"),
            Err(error) => shown(&error),
        })
        .collect()
}

#[test]
fn no_failure_on_any_route_says_or_logs_what_signs_in() {
    thread::scope(|scope| {
        for route in ROUTES {
            scope.spawn(move || {
                for ending in ENDINGS {
                    if matches!(ending, Ending::NoToken(..)) && route.sign_in != SignIn::App {
                        continue;
                    }
                    says_nothing(route, ending);
                }
            });
        }
    });
    nav_session::close_connections();
}

fn says_nothing(route: Route, ending: Ending) {
    let marked = route.marked();
    let (said, asked) = seen(route, ending, &marked);
    for text in &said {
        for (secret, user) in [
            (&marked.mark, USER),
            (&marked.secret, USER),
            (&marked.granted, ""),
        ] {
            assert!(
                !stands_in(text.as_bytes(), secret, user),
                "{route:?}, {ending:?}: {secret} stands in {text}"
            );
        }
    }
    assert!(said.len() > 4, "{route:?}, {ending:?}: {said:?}");
    // NTLM sends a proof in place of the secret.
    let sends = match ending {
        Ending::Off | Ending::Tls => route.sign_in == SignIn::App,
        _ => route.sign_in != SignIn::Ntlm,
    };
    let sent = asked.iter().any(|asked| echo(asked).contains(&marked.mark));
    assert_eq!(sent, sends, "{route:?}, {ending:?}: {asked:?}");
    figures::add("Routes with a marked secret, by their endings", 1);
    figures::add(
        "Messages, log lines and debug forms searched",
        said.len() as u64,
    );
}
