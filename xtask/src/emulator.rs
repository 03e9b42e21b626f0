//! A server of our own for the demo and the tests, on free ports of the loopback interface.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::workspace::Workspace;

const START_LIMIT: Duration = Duration::from_secs(20);
const END_LIMIT: Duration = Duration::from_secs(5);

/// It ends with this value: its standard input is a pipe that only we hold.
#[derive(Debug)]
pub(crate) struct Emulator {
    child: Child,
    soap: String,
}

impl Emulator {
    pub(crate) fn start(workspace: &Workspace) -> Result<Self, Failure> {
        let mut child = workspace
            .program(workspace.emulator())
            .args(["--soap-port", "0", "--odata-port", "0", "--exit-with-stdin"])
            .start()?;
        let (sender, receiver) = mpsc::channel();
        let output = child.stdout.take();
        let mut emulator = Self {
            child,
            soap: String::new(),
        };
        if let Some(output) = output {
            report_soap_address(output, sender);
        }
        emulator.soap = receiver.recv_timeout(START_LIMIT).map_err(|_| {
            Failure::new("The emulator did not say where it serves SOAP.")
                .advise("`cargo run -p nav-emulator` shows what it says.")
        })?;
        Ok(emulator)
    }

    /// The base address of its SOAP services.
    pub(crate) fn soap(&self) -> &str {
        &self.soap
    }
}

/// Reads to the end, so that the emulator never waits for a reader.
fn report_soap_address(output: ChildStdout, address: Sender<String>) {
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if let Some(soap) = soap_address(&line) {
                let _ = address.send(soap.to_owned());
            }
        }
    });
}

fn soap_address(line: &str) -> Option<&str> {
    let (label, address) = line.split_once(char::is_whitespace)?;
    (label == "SOAP").then_some(address.trim())
}

impl Drop for Emulator {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let asked = Instant::now();
        while asked.elapsed() < END_LIMIT {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_soap_address_is_read_from_the_line_that_names_it() {
        assert_eq!(
            soap_address("SOAP   http://127.0.0.1:40001/DynamicsNAV"),
            Some("http://127.0.0.1:40001/DynamicsNAV")
        );
        assert_eq!(
            soap_address("OData  http://127.0.0.1:40002/DynamicsNAV"),
            None
        );
        assert_eq!(soap_address("SOAP"), None);
    }
}
