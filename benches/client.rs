//! What calls of the library take, with a server that answers from memory.

mod canned;

use std::hint::black_box;

use criterion::Criterion;
use nav_session::{Client, CredentialType, Endpoint, ServerInstance, Service};

/// Fewer than SOAP reads at once, so that it is one answer on either interface.
const ROWS: usize = 500;

fn removals(criterion: &mut Criterion) {
    for (name, service) in [
        ("removal_odata", Service::OData),
        ("removal_soap", Service::Soap),
    ] {
        let client = canned::client(service, 1);
        let first = canned::first(&client);
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| canned::remove(&client, &first));
        });
    }
}

fn lists(criterion: &mut Criterion) {
    for (name, service) in [("list_odata", Service::OData), ("list_soap", Service::Soap)] {
        let client = canned::client(service, ROWS);
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| assert_eq!(canned::list(&client), ROWS));
        });
    }
}

fn endpoints(criterion: &mut Criterion) {
    let json = r#"{"service":"OData","uri":"https://bc01.example.com:7048/BC",
        "company":"CRONUS International Ltd.","credentialType":"NavUserPassword"}"#;
    criterion.bench_function("endpoint_from_json", |bencher| {
        bencher.iter(|| Endpoint::from_json(black_box(json)).map(drop));
    });
    let endpoint = Endpoint::new(
        Service::OData,
        "http://127.0.0.1:7048/BC",
        "CRONUS International Ltd.",
        CredentialType::None,
    );
    criterion.bench_function("client_open", |bencher| {
        bencher.iter(|| -> Result<Client, nav_session::Error> {
            let instance = ServerInstance::parse("BC")?;
            Client::builder(instance, endpoint.clone()).open()
        });
    });
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    removals(&mut criterion);
    lists(&mut criterion);
    endpoints(&mut criterion);
    criterion.final_summary();
}
