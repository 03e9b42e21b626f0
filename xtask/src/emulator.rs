//! A server of our own for the demo and the tests, on free ports of the loopback interface.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::process::Program;
use crate::workspace::Workspace;

const START_LIMIT: Duration = Duration::from_secs(20);
const END_LIMIT: Duration = Duration::from_secs(5);

/// It ends with this value: its standard input is a pipe that only we hold.
#[derive(Debug)]
pub(crate) struct Emulator {
    child: Child,
    addresses: Addresses,
}

/// The base addresses of its services.
#[derive(Debug, Default)]
struct Addresses {
    soap: String,
    odata: String,
}

impl Emulator {
    pub(crate) fn start(workspace: &Workspace) -> Result<Self, Failure> {
        Self::run(workspace.program(workspace.emulator()))
    }

    /// Starts `program`, which is an emulator with the options that a caller adds.
    pub(crate) fn run(program: Program) -> Result<Self, Failure> {
        let mut child = program
            .args(["--soap-port", "0", "--odata-port", "0", "--exit-with-stdin"])
            .start()?;
        let (sender, receiver) = mpsc::channel();
        let output = child.stdout.take();
        let mut emulator = Self {
            child,
            addresses: Addresses::default(),
        };
        if let Some(output) = output {
            report_addresses(output, sender);
        }
        emulator.addresses = receiver.recv_timeout(START_LIMIT).map_err(|_| {
            Failure::new("The emulator did not say where it serves SOAP and OData.")
                .advise("`cargo run -p nav-emulator` shows what it says.")
        })?;
        Ok(emulator)
    }

    /// The base address of its SOAP services.
    pub(crate) fn soap(&self) -> &str {
        &self.addresses.soap
    }

    /// The base address of its OData services.
    pub(crate) fn odata(&self) -> &str {
        &self.addresses.odata
    }
}

/// Reads to the end, so that the emulator never waits for a reader.
fn report_addresses(output: ChildStdout, sender: Sender<Addresses>) {
    thread::spawn(move || {
        let mut soap = None;
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if let Some(address) = address(&line, "SOAP") {
                soap = Some(address.to_owned());
            } else if let Some(odata) = address(&line, "OData")
                && let Some(soap) = soap.take()
            {
                let odata = odata.to_owned();
                let _ = sender.send(Addresses { soap, odata });
            }
        }
    });
}

/// What a line says of a service.
fn address<'a>(line: &'a str, service: &str) -> Option<&'a str> {
    let (label, address) = line.split_once(char::is_whitespace)?;
    (label == service).then_some(address.trim())
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
    fn an_address_is_read_from_the_line_that_names_its_service() {
        let soap = "SOAP   http://127.0.0.1:40001/DynamicsNAV";
        let odata = "OData  http://127.0.0.1:40002/DynamicsNAV";
        assert_eq!(
            address(soap, "SOAP"),
            Some("http://127.0.0.1:40001/DynamicsNAV")
        );
        assert_eq!(
            address(odata, "OData"),
            Some("http://127.0.0.1:40002/DynamicsNAV")
        );
        assert_eq!(address(odata, "SOAP"), None);
        assert_eq!(address("SOAP", "SOAP"), None);
    }
}
