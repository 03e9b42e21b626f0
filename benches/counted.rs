//! A fixed piece of work, for counting its instructions: `counted removal-odata|removal-soap|list-odata|list-soap N`.

mod canned;

use std::env;
use std::process::ExitCode;

use nav_session::Service;

/// Fewer than SOAP reads at once, so that it is one answer on either interface.
const ROWS: usize = 500;

fn main() -> ExitCode {
    // `cargo bench` adds an argument of its own.
    let arguments: Vec<String> = env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let [work, number] = arguments.as_slice() else {
        // Run together with all benchmarks there is nothing to do.
        return ExitCode::SUCCESS;
    };
    let Ok(number) = number.parse() else {
        return ExitCode::from(2);
    };
    match work.as_str() {
        "removal-odata" => remove(Service::OData, number),
        "removal-soap" => remove(Service::Soap, number),
        "list-odata" => list(Service::OData, number),
        "list-soap" => list(Service::Soap, number),
        _ => return ExitCode::from(2),
    }
    ExitCode::SUCCESS
}

fn remove(service: Service, times: usize) {
    let client = canned::client(service, 1);
    let session = canned::first(&client);
    for _ in 0..times {
        canned::remove(&client, &session);
    }
}

fn list(service: Service, times: usize) {
    let client = canned::client(service, ROWS);
    for _ in 0..times {
        assert_eq!(canned::list(&client), ROWS);
    }
}
