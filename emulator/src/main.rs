//! `nav-emulator`: serves the web services of a NAV or Business Central server instance.

mod options;

use std::env;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;
use std::thread;

use clap::Parser;
use nav_emulator::{Emulator, OnStop};

use crate::options::{Options, PASSWORD_VARIABLE};

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            let _ = writeln!(io::stderr(), "nav-emulator: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), String> {
    let emulator = start(options)?;
    let written = introduce(&emulator, options, &mut io::stdout().lock());
    written.map_err(|error| format!("cannot write to standard output: {error}"))?;
    if options.exit_with_stdin {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        return Ok(());
    }
    loop {
        thread::park();
    }
}

fn start(options: &Options) -> Result<Emulator, String> {
    let mut builder = Emulator::builder()
        .bind(options.bind)
        .soap_port(options.soap_port)
        .odata_port(options.odata_port)
        .server_instance(&options.server_instance)
        .multitenant(options.multitenant)
        .codeunit_service(&options.codeunit_service)
        .page_service(&options.page_service)
        .sessions(options.sessions)
        .page_size(options.page_size)
        .latency(options.latency())
        .session_unique_id(!options.no_session_unique_id)
        .on_stop(options.on_stop())
        .record(0);
    for tenant in options.tenants() {
        builder = builder.tenant(tenant);
    }
    for company in &options.company {
        builder = builder.company(company);
    }
    if let Some(user) = &options.user {
        let password = env::var(PASSWORD_VARIABLE).map_err(|_| {
            format!("--user needs the password in the environment variable {PASSWORD_VARIABLE}")
        })?;
        builder = builder.credentials(user, password);
    }
    let emulator = builder.start().map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => format!(
            "{error}; choose another with --soap-port or --odata-port, where 0 is a free one"
        ),
        _ => error.to_string(),
    })?;
    for tenant in options.tenants() {
        let special = [
            ("--stays", &options.stays, OnStop::Stays),
            ("--refuses", &options.refuses, OnStop::Refused),
        ];
        for (option, ids, on_stop) in special {
            for id in ids {
                if emulator.session(tenant, *id).is_none() {
                    return Err(format!("{option} {id}: there is no such session"));
                }
                emulator.set_on_stop(tenant, *id, on_stop);
            }
        }
    }
    Ok(emulator)
}

fn introduce(emulator: &Emulator, options: &Options, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "SOAP   {}", emulator.soap_uri())?;
    writeln!(out, "OData  {}", emulator.odata_uri())?;
    writeln!(out)?;
    writeln!(out, "Server instance  {}", options.server_instance)?;
    let tenants: Vec<_> = options.tenants().collect();
    let need = if options.multitenant || tenants.len() > 1 {
        "multitenant: each call says which"
    } else {
        "not multitenant: no call needs to say it"
    };
    writeln!(out, "Tenant           {} ({need})", tenants.join(", "))?;
    writeln!(out, "Company          {}", options.company.join(", "))?;
    let each = if tenants.len() > 1 {
        " in each tenant"
    } else {
        ""
    };
    writeln!(out, "Sessions         {}{each}", options.sessions)?;
    let sign_in = match &options.user {
        Some(user) => format!("{user}, with the password in {PASSWORD_VARIABLE} (Basic)"),
        None => String::from("none"),
    };
    writeln!(out, "Sign-in          {sign_in}")?;
    writeln!(out)?;
    let end = if options.exit_with_stdin {
        "It ends when its standard input does."
    } else {
        "Ctrl+C ends it."
    };
    writeln!(out, "{end}")?;
    out.flush()
}
