//! Ends sessions on Microsoft Dynamics NAV and Business Central servers, and says exactly what happened.
//!
//! A [`Client`] speaks to one server instance over the interfaces its administrator published: the SOAP or the OData V4
//! web services of the companion (see `companion/` and ARCHITECTURE.md). It lists sessions and removes them; every
//! removal ends in one [`Outcome`], and a failure of the call itself is an [`Error`] that says what to do.
//!
//! ```no_run
//! use nav_session::{Cancel, Client, Endpoints, Outcome, ServerInstance, SessionFilter, SessionKey};
//!
//! # fn main() -> Result<(), nav_session::Error> {
//! let instance = ServerInstance::parse("DynamicsNAV")?;
//! let endpoint = Endpoints::discover().find(&instance)?.endpoint;
//! let client = Client::builder(instance, endpoint).open()?;
//! let cancel = Cancel::new();
//! for session in client.sessions(SessionFilter::default(), &cancel) {
//!     let session = session?;
//!     println!("{} {:?}", session.session_id, session.user_id);
//! }
//! let outcome = client.remove_session(&SessionKey::new(11), &cancel)?;
//! assert_eq!(outcome, Outcome::Removed);
//! # Ok(())
//! # }
//! ```
//!
//! # Threads
//! Everything here is `Send`; [`Client`] and [`Cancel`] are also `Sync` and cheap to clone. A call blocks the thread that
//! makes it; the transfers are done by one thread for each server and sign-in, which ends half a minute after its last use.
//!
//! # The map of the crate
//! `instance`, `tenant`, `session`, `wildcard`: the values. `endpoint`: where a server instance is reached. `channel`: one file for
//! each interface of a server, no input or output. `http`: the only input and output, knows no NAV. `client`: what joins
//! them. `error`: everything that can go wrong, as an administrator reads it. `ffi`: the C ABI of
//! `include/nav_session.h`.

mod channel;
mod client;
mod endpoint;
mod error;
mod ffi;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
#[cfg(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64"))]
mod glibc;
mod http;
mod instance;
mod json;
mod protection;
mod secret;
mod session;
mod tenant;
mod wildcard;

pub use client::{
    Check, CheckedStep, Client, ClientBuilder, Credential, DEFAULT_COMMENT, LogLevel, Outcome,
    Removals, Removed, Retry, RetryMode, Sessions, Step, Verdict,
};
pub use endpoint::{
    CredentialType, CustomSettings, Endpoint, EndpointChoices, EndpointSource, Endpoints,
    EndpointsFile, InstalledInstance, RegisteredEndpoint, Scope, Service,
};
pub use error::{Category, Error, ErrorKind};
pub use http::{Cancel, close_connections};
pub use instance::ServerInstance;
pub use secret::Secret;
pub use session::{ClientType, Session, SessionFilter, SessionKey};
pub use tenant::TenantId;
pub use wildcard::WildcardPattern;
