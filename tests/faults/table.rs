//! The faults of answers: what each is, how the stage behaves, and what it means for what was asked.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use nav_session::ErrorKind;

use crate::bodies::{self, Forms};
use crate::relay::{Answer, Piece, Request, Spoil};

/// What a fault means for a request that meets it. `matrix.rs` says what follows for each operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Means {
    /// All is well, although it looks strange.
    Nothing,
    /// The server says no: it did nothing.
    No(ErrorKind),
    /// The server says no, and to ask again.
    NotNow(ErrorKind),
    /// It is open what the server did: its answer is lost.
    Lost(ErrorKind),
    /// An answer came that cannot be read. Of an answer to the `DELETE` of the Admin Center API only the status is.
    Unreadable(ErrorKind),
}

use Means::{Lost, No, NotNow, Nothing, Unreadable};

pub(crate) struct Fault {
    pub(crate) name: String,
    pub(crate) means: Means,
    /// What the client gives one request.
    pub(crate) timeout: Duration,
    /// Whether a removal would not notice it.
    pub(crate) is_of_lists: bool,
    /// Whether it takes this computer much to play it.
    pub(crate) is_heavy: bool,
    pub(crate) spoil: Spoil,
}

/// For a server that answers.
const LONG: Duration = Duration::from_secs(30);
/// For one that never does.
pub(crate) const SHORT: Duration = Duration::from_secs(1);

const HTML: &str = "text/html; charset=utf-8";
const PAGE: &str =
    "<!DOCTYPE html><html><head><title>Error</title></head><body>Error</body></html>";

/// The whole table. A redirection leads to `elsewhere`, HOST:PORT.
pub(crate) fn faults(elsewhere: &str) -> Vec<Fault> {
    let broken = Lost(ErrorKind::ConnectionBroken);
    let silent = Lost(ErrorKind::AnswerTimeout);
    let strange = Lost(ErrorKind::UnexpectedAnswer);
    let too_large = Lost(ErrorKind::AnswerTooLarge);
    let unreadable = Unreadable(ErrorKind::UnexpectedAnswer);
    let mut faults = vec![
        // How the connection ends.
        raw("reset before the answer", broken, |_| vec![Piece::Reset]),
        raw("closed before the answer", broken, |_| vec![]),
        raw("reset in the status line", broken, |_| {
            vec![bytes("HTTP/1."), Piece::Reset]
        }),
        raw("closed in the header", broken, |_| {
            vec![bytes("HTTP/1.1 200 OK\r\nContent-")]
        }),
        raw("closed in the body", broken, |answer| {
            vec![framed(
                answer,
                &format!("Content-Length: {}", answer.body.len() + 10),
            )]
        }),
        raw("reset in the body", broken, |answer| {
            let part = framed(
                answer,
                &format!("Content-Length: {}", answer.body.len() + 10),
            );
            vec![part, Piece::Reset]
        }),
        raw("a length that is no number", strange, |answer| {
            vec![framed(answer, "Content-Length: many")]
        }),
        raw("a negative length", strange, |answer| {
            vec![framed(answer, "Content-Length: -7")]
        }),
        // Silence.
        raw("silence", silent, |_| vec![Piece::Silence]).within(SHORT),
        raw("silence in the header", silent, |answer| {
            vec![Piece::Bytes(answer.head()), Piece::Silence]
        })
        .within(SHORT),
        raw("silence in the body", silent, |answer| {
            let length = format!("Content-Length: {}", answer.body.len() + 1);
            vec![framed(answer, &length), Piece::Silence]
        })
        .within(SHORT),
        raw("a header that drips", silent, |answer| {
            vec![
                Piece::Bytes(answer.head()),
                bytes("X-Drip: "),
                Piece::Drip(b'x'),
            ]
        })
        .within(SHORT),
        raw("a body that drips", silent, |answer| {
            vec![framed(answer, "Content-Length: 1000000"), Piece::Drip(b' ')]
        })
        .within(SHORT),
        // Chunks.
        raw("a chunk's size that is no number", broken, |answer| {
            vec![chunked(answer), bytes("many\r\n")]
        }),
        raw("a chunk's size that no number holds", broken, |answer| {
            vec![chunked(answer), bytes("FFFFFFFFFFFFFFFFFFFFFFFF\r\n")]
        }),
        raw("a chunk that breaks off", broken, |answer| {
            vec![chunked(answer), chunk(&answer.body, 5)]
        }),
        raw("no last chunk", broken, |answer| {
            vec![chunked(answer), chunk(&answer.body, 0)]
        }),
        raw("a chunk's extension without end", silent, |answer| {
            vec![chunked(answer), bytes("1;x="), Piece::Drip(b'x')]
        })
        .within(SHORT),
        raw("a trailer without end", too_large, |answer| {
            let last = bytes("\r\n0\r\n");
            vec![
                chunked(answer),
                chunk(&answer.body, 0),
                last,
                endless("X-More: yes\r\n"),
            ]
        }),
        // Headers.
        raw("header lines without end", too_large, |answer| {
            vec![Piece::Bytes(answer.head()), endless("X-More: yes\r\n")]
        }),
        raw("a header line without end", too_large, |answer| {
            vec![
                Piece::Bytes(answer.head()),
                bytes("X-More: "),
                endless("yes"),
            ]
        }),
        raw("informational answers without end", too_large, |_| {
            vec![endless("HTTP/1.1 100 Continue\r\nX-More: yes\r\n\r\n")]
        }),
        raw("another protocol", strange, |_| {
            vec![bytes("SSH-2.0-OpenSSH_9.2p1\r\n"), Piece::Silence]
        })
        .within(SHORT),
        raw("a version of HTTP that does not exist", strange, |_| {
            vec![bytes("HTTP/9.9 200 OK\r\nContent-Length: 0\r\n\r\n")]
        }),
        raw("a status that is no number", strange, |_| {
            vec![bytes("HTTP/1.1 OK OK\r\nContent-Length: 0\r\n\r\n")]
        }),
        // Size.
        raw("65 MiB of spaces", too_large, |answer| {
            let length = 65 << 20;
            let spaces = Piece::Bytes(vec![b' '; length]);
            let head = answer.clone().with_body("");
            vec![framed(&head, &format!("Content-Length: {length}")), spaces]
        })
        .heavy(),
        raw("spaces without end", too_large, |answer| {
            vec![
                framed(&answer.clone().with_body(""), "Connection: close"),
                endless(" "),
            ]
        })
        .heavy(),
        raw("gzip that is corrupt", strange, |answer| {
            let body = b"\x1F\x8B\x08\0\0\0\0\0\0\xFFthis is not deflated".to_vec();
            vec![gzipped(answer, body)]
        })
        .of_lists(),
        raw("gzip that breaks off", unreadable, |answer| {
            let body = bodies::gzip_bomb(100_000)[..100].to_vec();
            vec![gzipped(answer, body)]
        })
        .of_lists(),
        raw("an encoding that does not exist", strange, |answer| {
            vec![Piece::Bytes(
                answer.clone().with("Content-Encoding", "shuffled").bytes(),
            )]
        })
        .of_lists(),
        raw("gzip that was not asked for", unreadable, |answer| {
            let body = bodies::gzip_bomb(1000);
            vec![gzipped(answer, body)]
        }),
        raw("gzip of a gigabyte", too_large, {
            let bomb = bodies::gzip_bomb(1 << 30);
            move |answer| vec![gzipped(answer, bomb.clone())]
        })
        .of_lists()
        .heavy(),
    ];
    // Statuses.
    for status in [301, 302, 303, 307, 308] {
        let location = format!("http://{elsewhere}/taken?token=abc");
        let answer = Answer::new(status, HTML, PAGE).with("Location", &location);
        faults.push(said(
            &format!("HTTP {status} to another host"),
            No(ErrorKind::Redirected),
            answer,
        ));
    }
    for (status, means) in [
        (400, No(ErrorKind::UnexpectedAnswer)),
        (401, No(ErrorKind::Unauthorized)),
        (403, No(ErrorKind::PermissionDenied)),
        // Of the Admin Center API, there is no such environment.
        (404, No(ErrorKind::CompanionNotFound)),
        (405, No(ErrorKind::ServiceDisabled)),
        (408, Lost(ErrorKind::CallStopped)),
        (409, No(ErrorKind::UnexpectedAnswer)),
        (413, No(ErrorKind::UnexpectedAnswer)),
        (418, No(ErrorKind::UnexpectedAnswer)),
        (429, NotNow(ErrorKind::TooManyRequests)),
        (501, No(ErrorKind::UnexpectedAnswer)),
        (502, strange),
        (503, No(ErrorKind::ServerNotReady)),
        (504, strange),
        (599, No(ErrorKind::UnexpectedAnswer)),
    ] {
        let name = format!("HTTP {status} and a web page");
        faults.push(said(&name, means, Answer::new(status, HTML, PAGE)));
    }
    let soon = httpdate::fmt_http_date(SystemTime::now());
    for (pause, when) in [
        ("0", "0 s"),
        ("1", "1 s"),
        (&soon, "a date"),
        ("soon", "no time"),
    ] {
        for (status, means) in [
            (429, NotNow(ErrorKind::TooManyRequests)),
            (503, No(ErrorKind::ServerNotReady)),
        ] {
            let answer = Answer::new(status, "", "").with("Retry-After", pause);
            faults.push(said(
                &format!("HTTP {status}, Retry-After {when}"),
                means,
                answer,
            ));
        }
    }
    for pause in [
        "3600",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "99999999999999999999999",
    ] {
        let answer = Answer::new(429, "", "").with("Retry-After", pause);
        faults.push(said(
            &format!("HTTP 429, Retry-After {pause}"),
            No(ErrorKind::TooManyRequests),
            answer,
        ));
    }
    faults.extend(bodies_of_answers(unreadable));
    faults.extend(strange_but_right());
    faults
}

/// Bodies that are none of the interface's own, with HTTP 200.
fn bodies_of_answers(unreadable: Means) -> Vec<Fault> {
    let said = |name: &str, answer| said(name, unreadable, answer);
    let json = "application/json";
    let xml = "text/xml; charset=utf-8";
    let deep_xml = "<a>".repeat(100_000);
    let deep_json = "[".repeat(100_000);
    let spaced: String = (0..20_000)
        .map(|n| format!("<a xmlns:p{n}=\"u{n}\">"))
        .collect();
    let laughs = "<!DOCTYPE s [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">\
                  <!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\">]>";
    let utf16 = |text: &str| -> Vec<u8> {
        let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect()
    };
    let removed = bodies::soap_removed("Removed");
    let mut faults = vec![
        said("a web page", Answer::new(200, HTML, PAGE)),
        said(
            "a web page that says it is XML",
            Answer::new(200, xml, PAGE),
        ),
        said(
            "a web page that says it is JSON",
            Answer::new(200, json, PAGE),
        ),
        said("HTTP 200 without a body", Answer::new(200, json, "")),
        said("HTTP 204", Answer::new(204, "", "")),
        said("HTTP 206", Answer::new(206, "text/plain", "part")),
        said("a blank", Answer::new(200, xml, " \r\n")),
        said("NUL bytes", Answer::new(200, xml, vec![0; 1000])),
        said("null", Answer::new(200, json, "null")),
        said("a number", Answer::new(200, json, "1e999999")),
        said(
            "100,000 levels of XML",
            Answer::new(200, xml, deep_xml.clone()),
        ),
        said(
            "100,000 levels of XML in an envelope",
            Answer::new(200, xml, bodies::soap(&deep_xml)),
        ),
        said(
            "20,000 levels of XML with a namespace each",
            Answer::new(200, xml, bodies::soap(&spaced)),
        ),
        said(
            "100,000 levels of JSON",
            Answer::new(200, json, deep_json.clone()),
        ),
        said(
            "100,000 levels of JSON in the answer",
            Answer::new(200, json, format!("{{\"x\":{deep_json}")),
        ),
        said("entities that are defined by entities", {
            let body = format!("{laughs}{}", bodies::soap_removed("&c;"));
            Answer::new(200, xml, body)
        }),
        said("an entity from a file", {
            let dtd = "<!DOCTYPE s [<!ENTITY f SYSTEM \"file:///etc/hostname\">]>";
            Answer::new(200, xml, format!("{dtd}{}", bodies::soap_removed("&f;")))
        }),
        said(
            "an entity that is not defined",
            Answer::new(200, xml, bodies::soap_removed("&c;")),
        ),
        said(
            "a document type",
            Answer::new(200, xml, format!("<!DOCTYPE s>{removed}")),
        ),
        said(
            "UTF-16",
            Answer::new(200, "text/xml; charset=utf-16", utf16(&removed)),
        ),
        said(
            "UTF-16 as JSON",
            Answer::new(
                200,
                "application/json; charset=utf-16",
                utf16(&bodies::odata_removed("Removed")),
            ),
        ),
        said("Latin-1 as XML", {
            Answer::new(
                200,
                "text/xml; charset=iso-8859-1",
                latin1(&bodies::soap_removed("Gelöscht")),
            )
        }),
        said("Latin-1 as JSON", {
            Answer::new(
                200,
                "application/json; charset=iso-8859-1",
                latin1(&bodies::odata_removed("Gelöscht")),
            )
        }),
    ];
    let forms = [
        (
            "another word",
            Forms {
                soap_list: bodies::soap(""),
                soap_removal: bodies::soap_removed("Perhaps"),
                odata_list: "{\"value\":\"Removed\"}".to_owned(),
                odata_removal: bodies::odata_removed("Perhaps"),
                admin_center: "{\"sessionId\":\"eleven\"}".to_owned(),
            },
        ),
        (
            "an id that no number holds",
            Forms {
                soap_list: bodies::soap_rows("<R><Session_ID>2147483648</Session_ID></R>"),
                soap_removal: bodies::soap_removed("2147483648"),
                odata_list: "{\"value\":[{\"Session_ID\":2147483648}]}".to_owned(),
                odata_removal: "{\"value\":2147483648}".to_owned(),
                admin_center: "{\"sessionId\":99999999999999999999}".to_owned(),
            },
        ),
        (
            "an id with a fraction",
            Forms {
                soap_list: bodies::soap_rows("<R><Session_ID>11.5</Session_ID></R>"),
                soap_removal: bodies::soap_removed("11.5"),
                odata_list: "{\"value\":[{\"Session_ID\":11.5}]}".to_owned(),
                odata_removal: "{\"value\":11.5}".to_owned(),
                admin_center: "{\"sessionId\":11.5}".to_owned(),
            },
        ),
        (
            "a row without an id",
            Forms {
                soap_list: bodies::soap_rows("<R><User_ID>ANNA</User_ID></R>"),
                soap_removal: bodies::soap_removed(""),
                odata_list: "{\"value\":[{\"User_ID\":\"ANNA\"}]}".to_owned(),
                odata_removal: "{}".to_owned(),
                admin_center: "{\"userId\":\"ANNA\"}".to_owned(),
            },
        ),
        (
            "the same name twice",
            Forms {
                soap_list: bodies::soap_rows(
                    "<R><Session_ID>4</Session_ID><Session_ID>5</Session_ID></R>",
                ),
                soap_removal: bodies::soap(&format!(
                    "{}{}",
                    bodies::soap_value("NotFound"),
                    bodies::soap_value("Removed")
                )),
                odata_list: "{\"value\":[{\"Session_ID\":4,\"Session_ID\":5}]}".to_owned(),
                odata_removal: "{\"value\":\"NotFound\",\"value\":\"Removed\"}".to_owned(),
                admin_center: "{\"sessionId\":4,\"sessionId\":5}".to_owned(),
            },
        ),
        (
            "two answers in one",
            Forms {
                soap_list: format!("{0}{0}", bodies::soap_rows("")),
                soap_removal: format!(
                    "{}{}",
                    bodies::soap_removed("NotFound"),
                    bodies::soap_removed("Removed")
                ),
                odata_list: "{\"value\":[]}{\"value\":[]}".to_owned(),
                odata_removal: "{\"value\":\"NotFound\"}{\"value\":\"Removed\"}".to_owned(),
                admin_center: "{\"sessionId\":11}{\"sessionId\":11}".to_owned(),
            },
        ),
        (
            "the answer of another method",
            Forms {
                soap_list: bodies::soap_removed("Removed"),
                soap_removal: bodies::soap_rows("<R><Session_ID>4</Session_ID></R>"),
                odata_list: bodies::odata_removed("Removed"),
                odata_removal: "{\"value\":[{\"Session_ID\":4}]}".to_owned(),
                admin_center: "{\"value\":[{\"sessionId\":4}]}".to_owned(),
            },
        ),
        (
            "the answer under another name",
            Forms {
                soap_list: bodies::soap("<Find_Result/><a><ReadMultiple_Result/></a>")
                    .replace("s:", "t:"),
                soap_removal: bodies::soap(
                    "<RemoveSession_Result><a><return_value>Removed</return_value></a></RemoveSession_Result>",
                ),
                odata_list: "{\"Value\":[]}".to_owned(),
                odata_removal: "{\"Value\":\"Removed\"}".to_owned(),
                admin_center: "{\"SessionId\":11}".to_owned(),
            },
        ),
    ];
    for (name, forms) in forms {
        faults.push(in_the_form_of_the_service(name, unreadable, forms));
    }
    // What the server says no with, in the interfaces' own forms.
    let words = "Das geht nicht.";
    let fault = format!(
        "<s:Fault><faultcode>s:Server</faultcode><faultstring>{words}</faultstring></s:Fault>"
    );
    let odata =
        format!("{{\"error\":{{\"code\":\"Internal_ServerError\",\"message\":\"{words}\"}}}}");
    let refusal = Forms {
        soap_list: bodies::soap(&fault),
        soap_removal: bodies::soap(&fault),
        odata_list: odata.clone(),
        odata_removal: odata,
        admin_center: format!("{{\"code\":\"Unknown\",\"message\":\"{words}\"}}"),
    };
    let no = No(ErrorKind::ServerFault);
    faults.push(
        in_the_form_of_the_service("HTTP 500 in the service's words", no, refusal).with_status(500),
    );
    faults
}

/// What looks strange, and is right.
fn strange_but_right() -> Vec<Fault> {
    let chunks = |answer: &Answer, size: usize, extension: &str| {
        let mut body = Vec::new();
        for part in answer.body.chunks(size) {
            body.extend(format!("{:x}{extension}\r\n", part.len()).bytes());
            body.extend(part);
            body.extend(b"\r\n");
        }
        Piece::Bytes(body)
    };
    let changed = |name: &str, change: fn(&Answer) -> Answer| {
        raw(name, Nothing, move |answer| {
            vec![Piece::Bytes(change(answer).bytes()), Piece::Keep]
        })
    };
    vec![
        changed("the answer itself", Clone::clone),
        changed("a byte order mark", |answer| {
            let mut body = if answer.body.is_empty() {
                vec![]
            } else {
                b"\xEF\xBB\xBF".to_vec()
            };
            body.extend(&answer.body);
            answer.clone().with_body(body)
        }),
        changed("another type of content", |answer| {
            let mut answer = answer.clone();
            answer
                .headers
                .retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
            answer.with("Content-Type", "application/octet-stream")
        }),
        changed("no type of content and no date", |answer| {
            let mut answer = answer.clone();
            answer.headers.clear();
            answer
        }),
        changed("another encoding declared, in ASCII", |answer| {
            let text = String::from_utf8(answer.body.clone()).unwrap();
            let text = text.replace("encoding=\"utf-8\"", "encoding=\"iso-8859-1\"");
            answer.clone().with_body(text)
        }),
        changed(
            "header lines in capitals, with bytes that are no text",
            |answer| {
                let mut answer = answer.clone();
                for (name, _) in &mut answer.headers {
                    name.make_ascii_uppercase();
                }
                answer
                    .with("X-Strange", "\u{1F}\u{80}\u{FF}")
                    .with("X-Empty", "")
            },
        ),
        changed("comments and instructions", |answer| {
            let text = String::from_utf8(answer.body.clone()).unwrap();
            let text = match text.split_once("?>") {
                Some((start, rest)) => format!("{start}?><!-- a --><?b c?>{rest}<!-- d -->"),
                None if text.is_empty() => text,
                None => format!(" \n{text}\n "),
            };
            answer.clone().with_body(text)
        }),
        raw(
            "answered by HTTP 1.0, its end that of the connection",
            Nothing,
            |answer| {
                let text = String::from_utf8(answer.head()).unwrap();
                let mut bytes = text.replacen("HTTP/1.1", "HTTP/1.0", 1).into_bytes();
                bytes.extend(b"\r\n");
                bytes.extend(&answer.body);
                vec![Piece::Bytes(bytes)]
            },
        ),
        raw("closed behind the answer", Nothing, |answer| {
            vec![Piece::Bytes(answer.bytes())]
        }),
        raw("reset behind the answer", Nothing, |answer| {
            // What the client has not read by then is lost with the reset, so it is told to wait for no more.
            let answer = answer.clone().with("Connection", "close");
            vec![Piece::Bytes(answer.bytes())]
        }),
        raw("informational answers before", Nothing, |answer| {
            let early = bytes(
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
            );
            vec![early, Piece::Bytes(answer.bytes()), Piece::Keep]
        }),
        raw(
            "chunks of a byte with extensions and a trailer",
            Nothing,
            move |answer| {
                if answer.body.is_empty() {
                    return vec![Piece::Bytes(answer.bytes()), Piece::Keep];
                }
                let end = bytes("0\r\nX-Trailer: HTTP/1.1 500\r\n\r\n");
                vec![
                    chunked(answer),
                    chunks(answer, 1, ";name=\"value\""),
                    end,
                    Piece::Keep,
                ]
            },
        ),
    ]
}

fn raw(
    name: &str,
    means: Means,
    pieces: impl Fn(&Answer) -> Vec<Piece> + Send + Sync + 'static,
) -> Fault {
    Fault {
        name: name.to_owned(),
        means,
        timeout: LONG,
        is_of_lists: false,
        is_heavy: false,
        spoil: Arc::new(move |_, answer| pieces(answer)),
    }
}

/// Another answer, over a connection that goes on.
fn said(name: &str, means: Means, answer: Answer) -> Fault {
    raw(name, means, move |_| {
        vec![Piece::Bytes(answer.bytes()), Piece::Keep]
    })
}

fn in_the_form_of_the_service(name: &str, means: Means, forms: Forms) -> Fault {
    Fault {
        spoil: Arc::new(move |request: &Request, answer: &Answer| {
            let mut answer = answer.clone().with_body(forms.fitting(request));
            answer.status = 200;
            vec![Piece::Bytes(answer.bytes()), Piece::Keep]
        }),
        ..raw(name, means, |_| Vec::new())
    }
}

impl Fault {
    fn within(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    fn of_lists(self) -> Self {
        Self {
            is_of_lists: true,
            ..self
        }
    }

    fn heavy(self) -> Self {
        Self {
            is_heavy: true,
            ..self
        }
    }

    fn with_status(self, status: u16) -> Self {
        let spoil = self.spoil;
        Self {
            spoil: Arc::new(move |request, answer| {
                let mut pieces = spoil(request, answer);
                if let Some(Piece::Bytes(bytes)) = pieces.first_mut() {
                    let text =
                        String::from_utf8_lossy(bytes).replacen("200", &status.to_string(), 1);
                    *bytes = text.into_bytes();
                }
                pieces
            }),
            ..self
        }
    }
}

/// The head of an answer whose length is said otherwise, and its body.
fn framed(answer: &Answer, line: &str) -> Piece {
    let mut answer = answer.clone();
    if answer.status == 204 {
        // One that can have a body.
        answer.status = 200;
    }
    let mut bytes = answer.head();
    bytes.extend(format!("{line}\r\n\r\n").bytes());
    bytes.extend(&answer.body);
    Piece::Bytes(bytes)
}

/// An answer with this body, said to be compressed.
fn gzipped(answer: &Answer, body: Vec<u8>) -> Piece {
    let answer = answer.clone().with("Content-Encoding", "gzip");
    Piece::Bytes(answer.with_body(body).bytes())
}

/// The head of an answer in chunks.
fn chunked(answer: &Answer) -> Piece {
    framed(&answer.clone().with_body(""), "Transfer-Encoding: chunked")
}

/// A body as one chunk, which claims to be longer than it is by this many bytes.
fn chunk(body: &[u8], longer: usize) -> Piece {
    let mut bytes = format!("{:x}\r\n", body.len().max(1) + longer).into_bytes();
    bytes.extend(if body.is_empty() { b" " } else { body });
    Piece::Bytes(bytes)
}

fn bytes(text: &str) -> Piece {
    Piece::Bytes(text.as_bytes().to_vec())
}

fn endless(text: &str) -> Piece {
    Piece::Endless(text.as_bytes().to_vec())
}

fn latin1(text: &str) -> Vec<u8> {
    text.chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect()
}
