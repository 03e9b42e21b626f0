//! `nav-emulator`: serves the web services of a NAV or Business Central server instance.

mod options;

use std::env;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;
use std::thread;

use clap::Parser;
use nav_emulator::{Builder, Emulator, Event, OnStop, SessionEvent};

use crate::options::{Options, PASSWORD_VARIABLE, SECRET_VARIABLE, TOKEN_VARIABLE};

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
        .admin_center(options.admin_center_port.is_some())
        .admin_center_port(options.admin_center_port.unwrap_or_default())
        .entra_tenant(&options.entra_tenant)
        .record(0);
    if options.fault_percent > 0.0 {
        let share = options.fault_percent / 100.0;
        builder = builder.chance_faults(options.fault_seed, share, options.faults());
    }
    if options.report {
        builder = builder.observer(report);
    }
    for tenant in options.tenants() {
        builder = builder.tenant(tenant);
    }
    for company in &options.company {
        builder = builder.company(company);
    }
    for environment in options.environments() {
        builder = builder.environment(environment);
    }
    let emulator = with_sign_in(builder, options)?
        .start()
        .map_err(|error| match error.kind() {
            ErrorKind::AddrInUse => {
                let ports = match options.admin_center_port {
                    Some(_) => "--soap-port, --odata-port or --admin-center-port",
                    None => "--soap-port or --odata-port",
                };
                format!("{error}; choose another with {ports}, where 0 is a free one")
            }
            _ => error.to_string(),
        })?;
    for tenant in options.tenants().chain(options.environments()) {
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

/// What calls must sign in with; every secret is from the environment.
fn with_sign_in(mut builder: Builder, options: &Options) -> Result<Builder, String> {
    if let Some(user) = &options.user {
        let password = env::var(PASSWORD_VARIABLE).map_err(|_| {
            format!("--user needs the password in the environment variable {PASSWORD_VARIABLE}")
        })?;
        builder = builder.credentials(user, password);
    }
    if let Some(client_id) = &options.client_id {
        let secret = env::var(SECRET_VARIABLE).map_err(|_| {
            format!("--client-id needs the secret in the environment variable {SECRET_VARIABLE}")
        })?;
        builder = builder.application(client_id, secret);
    }
    let needs_token = match options {
        Options { bearer: true, .. } => "--bearer",
        Options {
            admin_center_port: Some(_),
            ..
        } => "--admin-center-port",
        _ => return Ok(builder),
    };
    match env::var(TOKEN_VARIABLE) {
        Ok(token) if !token.is_empty() => builder = builder.access_token(token),
        _ if options.client_id.is_some() => {}
        _ => {
            return Err(format!(
                "{needs_token} needs an access token in the environment variable \
                 {TOKEN_VARIABLE}, or --client-id and --admin-center-port for a token endpoint"
            ));
        }
    }
    if options.bearer {
        builder = builder.bearer();
    }
    Ok(builder)
}

/// Writes a line to standard output, with a tab between what happened and to whom.
fn report(event: Event) {
    let (what, session) = match event {
        Event::Fault(kind) => ("fault", String::from(kind.name())),
        Event::SessionStopped(session) => ("stopped", columns(&session)),
        Event::SessionEnded(session) => ("ended", columns(&session)),
        Event::SessionBegan(session) => ("began", columns(&session)),
        Event::ConnectionOpened => ("opened", String::new()),
        Event::ConnectionClosed => ("closed", String::new()),
    };
    // Nobody reads on, if it cannot be written.
    let _ = writeln!(
        io::stdout().lock(),
        "{}",
        format!("{what}\t{session}").trim_end()
    );
}

fn columns(session: &SessionEvent) -> String {
    let SessionEvent {
        tenant,
        session_id,
        unique_id,
    } = session;
    format!("{tenant}\t{session_id}\t{unique_id}")
}

fn introduce(emulator: &Emulator, options: &Options, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "SOAP   {}", emulator.soap_uri())?;
    writeln!(out, "OData  {}", emulator.odata_uri())?;
    if options.admin_center_port.is_some() {
        writeln!(out, "Admin  {}", emulator.admin_center_uri())?;
        writeln!(out, "Entra  {}", emulator.authority())?;
    }
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
    let each = match options.admin_center_port {
        Some(_) => " in each tenant and environment",
        None if tenants.len() > 1 => " in each tenant",
        None => "",
    };
    writeln!(out, "Sessions         {}{each}", options.sessions)?;
    let sign_in = match &options.user {
        Some(user) => format!("{user}, with the password in {PASSWORD_VARIABLE} (Basic)"),
        None if options.bearer => String::from("an access token (Bearer)"),
        None => String::from("none"),
    };
    writeln!(out, "Sign-in          {sign_in}")?;
    if options.admin_center_port.is_some() {
        let environments: Vec<_> = options.environments().collect();
        writeln!(out, "Environment      {}", environments.join(", "))?;
        writeln!(out, "Entra tenant     {}", options.entra_tenant)?;
        let application = match &options.client_id {
            Some(id) => format!("{id}, with the secret in {SECRET_VARIABLE}"),
            None => String::from("none"),
        };
        writeln!(out, "Application      {application}")?;
    }
    writeln!(out)?;
    let end = if options.exit_with_stdin {
        "It ends when its standard input does."
    } else {
        "Ctrl+C ends it."
    };
    writeln!(out, "{end}")?;
    out.flush()
}
