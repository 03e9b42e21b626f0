use std::net::IpAddr;
use std::time::Duration;

use clap::Parser;
use clap::builder::NonEmptyStringValueParser;
use nav_emulator::{ChanceFault, OnStop};

/// Where the password is read from: arguments are visible to every user of a computer.
pub(crate) const PASSWORD_VARIABLE: &str = "NAV_EMULATOR_PASSWORD";

/// Where the secret of the application is read from.
pub(crate) const SECRET_VARIABLE: &str = "NAV_EMULATOR_CLIENT_SECRET";

/// Where an access token is read from that is accepted besides those of the token endpoint.
pub(crate) const TOKEN_VARIABLE: &str = "NAV_EMULATOR_ACCESS_TOKEN";

const USER_HELP: &str = "User that calls must sign in as (Basic), with the password\n\
                         in the environment variable NAV_EMULATOR_PASSWORD";
const BEARER_HELP: &str = "SOAP and OData calls must carry an access token: the one in\n\
                           the environment variable NAV_EMULATOR_ACCESS_TOKEN, or one\n\
                           of the token endpoint";
const CLIENT_ID_HELP: &str = "Application that the token endpoint knows, with the secret\n\
                              in the environment variable NAV_EMULATOR_CLIENT_SECRET";

const FAULT_HELP: &str = "A kind of fault that they meet; may be repeated. All if not given:\n\
                          close-before-doing, close-after-doing, truncated, delay,\n\
                          silence, too-many-requests, not-ready, internal-error,\n\
                          bad-gateway; and for removals by SOAP and OData\n\
                          session-ends, id-reused, id-reused-unanswered";

// Lines are broken by hand: clap is built without the feature that wraps help, and 100 columns are
// the limit.
/// Serves the documented web services of a Dynamics NAV or Business Central
/// server instance, for demonstrations and tests
#[derive(Debug, Parser)]
#[command(name = "nav-emulator", version, verbatim_doc_comment)]
pub(crate) struct Options {
    /// Port of SOAP; 0 is a free one
    #[arg(long, value_name = "PORT", default_value_t = 7047)]
    #[arg(help_heading = "Where it listens")]
    pub(crate) soap_port: u16,

    /// Port of OData V4; 0 is a free one
    #[arg(long, value_name = "PORT", default_value_t = 7048)]
    #[arg(help_heading = "Where it listens")]
    pub(crate) odata_port: u16,

    /// Port of the Admin Center API and its token endpoint; 0 is a
    /// free one. Not served if not given
    #[arg(long, value_name = "PORT", verbatim_doc_comment)]
    #[arg(help_heading = "Where it listens")]
    pub(crate) admin_center_port: Option<u16>,

    /// Address to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    #[arg(help_heading = "Where it listens")]
    pub(crate) bind: IpAddr,

    /// Name of the server instance
    #[arg(long, value_name = "NAME", default_value = "DynamicsNAV")]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    #[arg(help_heading = "What it serves")]
    pub(crate) server_instance: String,

    /// A tenant; with a second one the server is multitenant
    /// [default: default]
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    #[arg(help_heading = "What it serves", verbatim_doc_comment)]
    pub(crate) tenant: Vec<String>,

    /// Each call must say its tenant, also where there is only one
    #[arg(long, help_heading = "What it serves")]
    pub(crate) multitenant: bool,

    /// A company; may be repeated
    #[arg(long, value_name = "NAME", default_value = "CRONUS International Ltd.")]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    #[arg(help_heading = "What it serves")]
    pub(crate) company: Vec<String>,

    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    #[arg(help_heading = "What it serves", help = USER_HELP)]
    pub(crate) user: Option<String>,

    #[arg(long, conflicts_with = "user")]
    #[arg(help_heading = "What it serves", help = BEARER_HELP)]
    pub(crate) bearer: bool,

    /// Name the codeunit is published under
    #[arg(long, value_name = "NAME", default_value = "SessionControl")]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    #[arg(help_heading = "What it serves")]
    pub(crate) codeunit_service: String,

    /// Name the page is published under
    #[arg(long, value_name = "NAME", default_value = "ActiveSessions")]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    #[arg(help_heading = "What it serves")]
    pub(crate) page_service: String,

    /// Rows in an OData answer at most
    #[arg(long, value_name = "ROWS", default_value = "20000", value_parser = page_size)]
    #[arg(help_heading = "What it serves")]
    pub(crate) page_size: usize,

    /// No Session Unique ID, as in older versions
    #[arg(long, help_heading = "What it serves")]
    pub(crate) no_session_unique_id: bool,

    /// An environment, which has sessions as a tenant has; may be
    /// repeated [default: Production]
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    #[arg(requires = "admin_center_port", verbatim_doc_comment)]
    #[arg(help_heading = "The Admin Center API")]
    pub(crate) environment: Vec<String>,

    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    #[arg(requires = "admin_center_port", help = CLIENT_ID_HELP)]
    #[arg(help_heading = "The Admin Center API")]
    pub(crate) client_id: Option<String>,

    /// Microsoft Entra tenant that the token endpoint knows
    /// [default: cronus.onmicrosoft.com]
    #[arg(long, value_name = "ID", default_value = "cronus.onmicrosoft.com")]
    #[arg(hide_default_value = true, verbatim_doc_comment)]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    #[arg(help_heading = "The Admin Center API")]
    pub(crate) entra_tenant: String,

    /// Sessions in each tenant and environment; number 11 is the
    /// first
    #[arg(long, value_name = "NUMBER", default_value_t = 12)]
    #[arg(verbatim_doc_comment)]
    #[arg(help_heading = "The sessions")]
    pub(crate) sessions: usize,

    /// A stopped session stays in the list this long
    #[arg(long, value_name = "MS", default_value_t = 0)]
    #[arg(help_heading = "The sessions")]
    pub(crate) ends_after_ms: u64,

    /// A session that is stopped and never ends; may be repeated
    #[arg(long, value_name = "SESSION_ID", allow_negative_numbers = true)]
    #[arg(help_heading = "The sessions")]
    pub(crate) stays: Vec<i32>,

    /// A session that the server refuses to stop; may be repeated
    #[arg(long, value_name = "SESSION_ID", allow_negative_numbers = true)]
    #[arg(help_heading = "The sessions")]
    pub(crate) refuses: Vec<i32>,

    /// Requests that meet a fault by chance, in percent
    #[arg(long, value_name = "PERCENT", default_value = "0", value_parser = percent)]
    #[arg(help_heading = "Faults")]
    pub(crate) fault_percent: f64,

    /// Number that decides which requests and which fault
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    #[arg(help_heading = "Faults")]
    pub(crate) fault_seed: u64,

    #[arg(long, value_name = "KIND", value_parser = fault, help = FAULT_HELP)]
    #[arg(help_heading = "Faults")]
    pub(crate) fault: Vec<ChanceFault>,

    /// Writes what happens to standard output, a line each
    #[arg(long, help_heading = "Faults")]
    pub(crate) report: bool,

    /// Delay of each call
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub(crate) latency_ms: u64,

    /// End when standard input closes, so that nothing stays
    /// behind the program that started it
    #[arg(long, verbatim_doc_comment)]
    pub(crate) exit_with_stdin: bool,
}

impl Options {
    pub(crate) fn tenants(&self) -> impl Iterator<Item = &str> {
        let default = self.tenant.is_empty().then_some("default");
        self.tenant.iter().map(String::as_str).chain(default)
    }

    /// None where the Admin Center API is not served.
    pub(crate) fn environments(&self) -> impl Iterator<Item = &str> {
        let default = self.environment.is_empty().then_some("Production");
        let names = self.environment.iter().map(String::as_str).chain(default);
        names.filter(|_| self.admin_center_port.is_some())
    }

    pub(crate) fn faults(&self) -> Vec<ChanceFault> {
        if self.fault.is_empty() {
            ChanceFault::ALL.to_vec()
        } else {
            self.fault.clone()
        }
    }

    pub(crate) fn latency(&self) -> Duration {
        Duration::from_millis(self.latency_ms)
    }

    pub(crate) fn on_stop(&self) -> OnStop {
        match self.ends_after_ms {
            0 => OnStop::Ends,
            time => OnStop::EndsAfter(Duration::from_millis(time)),
        }
    }
}

fn percent(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(percent),
        _ => Err(String::from("not a number from 0 to 100")),
    }
}

fn fault(text: &str) -> Result<ChanceFault, String> {
    let known = ChanceFault::ALL
        .into_iter()
        .find(|kind| kind.name() == text);
    known.ok_or_else(|| {
        let names: Vec<_> = ChanceFault::ALL.iter().map(|kind| kind.name()).collect();
        format!("the kinds are {}", names.join(", "))
    })
}

fn page_size(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err(String::from("a page has at least one row")),
        Ok(rows) => Ok(rows),
        Err(_) => Err(String::from("not a number of rows")),
    }
}
