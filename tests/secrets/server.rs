//! A server that answers as it is told, and keeps what it was sent.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A challenge of NTLM: version 2, with no names in it.
const CHALLENGE: &str = "TlRMTVNTUAACAAAAAAAAADAAAAABAoEAASNFZ4mrze8AAAAAAAAAAAAAAAAwAAAA";

#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    pub(crate) target: String,
    pub(crate) host: String,
    pub(crate) authorization: String,
    pub(crate) body: String,
}

pub(crate) enum Reply {
    /// Status, header lines, body.
    Answer(u16, String, String),
    /// The beginning of an answer, then the end of the connection.
    Cut(String),
    Silence,
}

type Answers = Box<dyn Fn(&Asked) -> Reply + Send + Sync>;

pub(crate) struct Server {
    pub(crate) uri: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    ended: Arc<AtomicBool>,
}

impl Server {
    /// With `ntlm`, a request without a proof is given a challenge instead of the answer.
    pub(crate) fn start(ntlm: bool, answers: Answers) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let uri = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let ended = Arc::new(AtomicBool::new(false));
        let (kept, over, answers) = (Arc::clone(&asked), Arc::clone(&ended), Arc::new(answers));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if over.load(Ordering::SeqCst) {
                    return;
                }
                let (kept, answers) = (Arc::clone(&kept), Arc::clone(&answers));
                thread::spawn(move || serve(stream.unwrap(), ntlm, &kept, &answers));
            }
        });
        Self { uri, asked, ended }
    }

    /// All that it was sent, as text.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.uri.trim_start_matches("http://"));
    }
}

fn serve(stream: TcpStream, ntlm: bool, kept: &Mutex<Vec<Asked>>, answers: &Answers) -> Option<()> {
    // A caller that went away is no failure of the server.
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .ok()?;
    stream.set_nodelay(true).ok()?;
    let mut writer = stream.try_clone().ok()?;
    let mut reader = BufReader::new(stream);
    loop {
        let asked = read(&mut reader)?;
        kept.lock().unwrap().push(asked.clone());
        let proof = asked.authorization.strip_prefix("NTLM ");
        let reply = if ntlm && proof.is_none_or(|proof| proof.len() <= 100) {
            let challenge = proof.map_or(String::new(), |_| format!(" {CHALLENGE}"));
            let header = format!("WWW-Authenticate: NTLM{challenge}\r\n");
            Reply::Answer(401, header, String::new())
        } else {
            answers(&asked)
        };
        match reply {
            Reply::Answer(status, headers, body) => {
                let length = body.len();
                let head =
                    format!("HTTP/1.1 {status} Said\r\n{headers}Content-Length: {length}\r\n\r\n");
                writer.write_all((head + &body).as_bytes()).ok()?;
            }
            Reply::Cut(begun) => {
                writer.write_all(begun.as_bytes()).ok()?;
                return None;
            }
            Reply::Silence => {
                // Until the caller gives up.
                let _ = reader.read(&mut [0]);
                return None;
            }
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Asked> {
    let mut asked = Asked::default();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if asked.target.is_empty() {
            line.split(' ').nth(1)?.clone_into(&mut asked.target);
        } else if line.is_empty() {
            break;
        } else if let Some((name, value)) = line.split_once(": ") {
            match name.to_ascii_lowercase().as_str() {
                "authorization" => value.clone_into(&mut asked.authorization),
                "host" => value.clone_into(&mut asked.host),
                "content-length" => length = value.parse().ok()?,
                _ => {}
            }
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    asked.body = String::from_utf8_lossy(&body).into_owned();
    Some(asked)
}
