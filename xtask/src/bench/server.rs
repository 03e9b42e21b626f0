//! The server that all are measured against: an emulator of its own for each measurement.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::emulator::Emulator;
use crate::failure::Failure;
use crate::process::Program;
use crate::workspace::{self, Workspace};

pub(super) const COMPANY: &str = "CRONUS International Ltd.";
const COMPANY_IN_ADDRESS: &str = "CRONUS%20International%20Ltd.";
/// What the module says of a removal, so that all post the same.
const COMMENT: &str = "Stopped by management PowerShell cmdlet.";
const PATIENCE: Duration = Duration::from_secs(60);
/// How long the server takes to notice that connections are closed.
const CLOSING: Duration = Duration::from_secs(2);

/// How the module reaches the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    OData,
    Soap,
}

/// What a server is started with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) sessions: usize,
    /// What a call takes at least.
    pub(super) latency_ms: u64,
    /// Rows of a page of the list; `None` as many as there are.
    pub(super) page_size: Option<usize>,
    /// A session that can be removed again and again.
    pub(super) stays: Option<i32>,
    pub(super) service: Service,
}

impl Wanted {
    pub(super) fn sessions(sessions: usize) -> Self {
        Self {
            sessions,
            latency_ms: 0,
            page_size: None,
            stays: None,
            service: Service::OData,
        }
    }
}

#[derive(Debug)]
pub(super) struct Server {
    emulator: Emulator,
    folder: PathBuf,
}

impl Server {
    /// Starts one whose files are in `folder`.
    pub(super) fn start(
        workspace: &Workspace,
        folder: &Path,
        wanted: Wanted,
    ) -> Result<Self, Failure> {
        let page_size = wanted.page_size.unwrap_or(wanted.sessions + 100);
        let mut program = workspace
            .program(workspace.fast_emulator())
            .args(["--sessions", &wanted.sessions.to_string()])
            .args(["--latency-ms", &wanted.latency_ms.to_string()])
            .args(["--page-size", &page_size.to_string()]);
        if let Some(id) = wanted.stays {
            program = program.args(["--stays", &id.to_string()]);
        }
        let server = Self {
            emulator: Emulator::run(program)?,
            folder: folder.to_path_buf(),
        };
        let (service, uri) = match wanted.service {
            Service::OData => ("OData", server.emulator.odata()),
            Service::Soap => ("Soap", server.emulator.soap()),
        };
        write(
            &server.endpoints(),
            &format!(
                "{{\"version\":1,\"endpoints\":{{\"DynamicsNAV\":{{\"service\":\"{service}\",\"uri\":\"{uri}\",\
                 \"company\":\"{COMPANY}\",\"credentialType\":\"None\"}}}}}}\n"
            ),
        )?;
        Ok(server)
    }

    /// The base address over OData.
    pub(super) fn odata(&self) -> String {
        self.emulator.odata().to_string()
    }

    /// Where removals are posted.
    pub(super) fn removal_uri(&self) -> String {
        let base = self.emulator.odata();
        format!("{base}/ODataV4/SessionControl_RemoveSession?company={COMPANY_IN_ADDRESS}")
    }

    /// Where the list is.
    pub(super) fn list_uri(&self) -> String {
        let base = self.emulator.odata();
        format!("{base}/ODataV4/Company('{COMPANY_IN_ADDRESS}')/ActiveSessions")
    }

    /// The endpoints file that names this server.
    pub(super) fn endpoints(&self) -> PathBuf {
        self.folder.join("endpoints.json")
    }

    /// `program`, told by its environment where this server is.
    pub(super) fn known_to(&self, program: Program) -> Program {
        program.env("NAV_SESSION_ENDPOINTS", self.endpoints())
    }

    /// Writes the removal of each session, as it is posted, a line each.
    pub(super) fn write_removals(&self) -> Result<PathBuf, Failure> {
        let file = self.folder.join("removals.txt");
        write(&file, &removals(&get(&self.list_uri())?))?;
        Ok(file)
    }

    /// Writes the same sessions as a table, as `Export-Csv` would.
    pub(super) fn write_table(&self) -> Result<PathBuf, Failure> {
        let file = self.folder.join("sessions.csv");
        let mut table = String::from("ServerInstance,SessionID,SessionUniqueID,LoginDatetime\n");
        for session in sessions(&get(&self.list_uri())?) {
            let Session {
                id,
                unique_id,
                login,
            } = session;
            table.push_str(&format!("DynamicsNAV,{id},{unique_id},{login}\n"));
        }
        write(&file, &table)?;
        Ok(file)
    }

    /// Writes the pages of the list as they are answered, a file each.
    pub(super) fn write_pages(&self) -> Result<PathBuf, Failure> {
        let folder = self.folder.join("pages");
        let _ = fs::remove_dir_all(&folder);
        let mut next = Some(self.list_uri());
        let mut number = 0;
        while let Some(uri) = next {
            let page = get(&uri)?;
            write(&folder.join(format!("{number:03}.json")), &page)?;
            number += 1;
            next = workspace::json_text(&page, "@odata.nextLink");
        }
        Ok(folder)
    }

    /// Fails unless no session is left but those of calls.
    pub(super) fn expect_none_left(&self) -> Result<(), Failure> {
        let asked = Instant::now();
        loop {
            let left = sessions(&get(&self.list_uri())?).len();
            if left == 0 {
                return Ok(());
            }
            if asked.elapsed() > CLOSING {
                return Err(Failure::new(format!(
                    "{left} sessions are left that should have been removed."
                )));
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(file, text))
        .map_err(|error| Failure::new(format!("{} cannot be written: {error}.", file.display())))
}

/// What a removal says of a session.
#[derive(Debug, PartialEq, Eq)]
struct Session {
    id: String,
    unique_id: String,
    login: String,
}

/// All sessions of a list but the caller's own.
fn sessions(list: &str) -> Vec<Session> {
    list.split("{\"@odata.etag\"")
        .skip(1)
        .filter(|row| row.contains("\"Own_Session\":false"))
        .filter_map(|row| {
            let (_, rest) = row.split_once("\"Session_ID\":")?;
            Some(Session {
                id: rest.split_once(',')?.0.to_owned(),
                unique_id: workspace::json_text(row, "Session_Unique_ID")?,
                login: workspace::json_text(row, "Login_Datetime")?,
            })
        })
        .collect()
}

/// Their removals, a line each.
fn removals(list: &str) -> String {
    let mut lines = String::new();
    for session in sessions(list) {
        let Session {
            id,
            unique_id,
            login,
        } = session;
        lines.push_str(&format!(
            "{{\"comment\":\"{COMMENT}\",\"loginDatetime\":\"{login}\",\"sessionId\":{id},\
             \"sessionUniqueId\":\"{unique_id}\"}}\n"
        ));
    }
    lines
}

fn get(uri: &str) -> Result<String, Failure> {
    let failed = |what: String| Failure::new(format!("The emulator's list: {what}."));
    let after_scheme = uri.strip_prefix("http://").unwrap_or(uri);
    let (host, path) = after_scheme
        .find('/')
        .map_or((after_scheme, "/"), |slash| after_scheme.split_at(slash));
    let mut answer = Vec::new();
    TcpStream::connect(host)
        .and_then(|mut stream| {
            stream.set_read_timeout(Some(PATIENCE))?;
            // In this version a body is never in chunks.
            write!(stream, "GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n")?;
            stream.read_to_end(&mut answer)
        })
        .map_err(|error| failed(error.to_string()))?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer
        .split_once("\r\n\r\n")
        .ok_or_else(|| failed("its answer is cut off".to_owned()))?;
    if head.split(' ').nth(1) != Some("200") {
        return Err(failed(head.lines().next().unwrap_or_default().to_owned()));
    }
    Ok(body.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_session_but_the_callers_own_is_a_removal_with_all_that_is_compared() {
        let list = "{\"@odata.context\":\"x\",\"value\":[\
            {\"@odata.etag\":\"W/1\",\"Session_ID\":-7,\"User_ID\":\"CRONUS\\\\TOM\",\
            \"Login_Datetime\":\"2026-11-22T04:51:34.327Z\",\"Session_Unique_ID\":\"9\",\"Own_Session\":false},\
            {\"@odata.etag\":\"W/2\",\"Session_ID\":8,\"Login_Datetime\":\"x\",\"Session_Unique_ID\":\"y\",\
            \"Own_Session\":true}]}";
        assert_eq!(
            removals(list),
            "{\"comment\":\"Stopped by management PowerShell cmdlet.\",\
             \"loginDatetime\":\"2026-11-22T04:51:34.327Z\",\"sessionId\":-7,\"sessionUniqueId\":\"9\"}\n"
        );
    }
}
