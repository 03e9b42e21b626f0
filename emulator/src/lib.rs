//! A server instance of Dynamics NAV or Business Central, as far as its documented web services and
//! the companion go: SOAP and OData V4, to list sessions and to remove them.
//! Beside it, the Admin Center API of Business Central online, as far as it is about sessions, and the
//! token endpoint of Microsoft Entra.
//!
//! It is for demonstrations, tests and benchmarks, and runs in process as well as a program. What it
//! does is taken from public documentation; where that is silent, the source says "inferred" or "the
//! emulator's own". Where a request is not what a server is known to take, it refuses rather than
//! guesses, so that a client's mistake shows.
//!
//! ```
//! use nav_emulator::{Emulator, Session};
//!
//! # fn main() -> std::io::Result<()> {
//! let emulator = Emulator::builder().start()?;
//! assert!(emulator.soap_uri().ends_with("/DynamicsNAV"));
//! assert!(emulator.session("default", 11).is_some());
//!
//! emulator.replace_session("default", Session::new(11).user_id(r"CRONUS\SUSAN"));
//! # Ok(())
//! # }
//! ```
//!
//! Each tenant has its own database, and so its own table Active Session; all begin with the same
//! Session IDs.
//!
//! # The Admin Center API
//!
//! An environment has a table of sessions as a tenant has, and goes by its name wherever a method
//! takes a tenant. Calls need a token of the token endpoint, or one of [`Builder::access_token`].
//!
//! ```
//! # use nav_emulator::Emulator;
//! # fn main() -> std::io::Result<()> {
//! let emulator = Emulator::builder()
//!     .environment("Sandbox")
//!     .application("client id", "client secret")
//!     .start()?;
//! let token = format!("{}/cronus.onmicrosoft.com/oauth2/v2.0/token", emulator.authority());
//! let sessions = format!(
//!     "{}/admin/v2.29/applications/BusinessCentral/environments/Sandbox/sessions",
//!     emulator.admin_center_uri(),
//! );
//! assert!(emulator.session("Sandbox", 11).is_some());
//! # let _ = (token, sessions);
//! # Ok(())
//! # }
//! ```
//!
//! # Faults
//!
//! [`Emulator::inject`] lets the next request break or be answered otherwise,
//! [`Emulator::publish_page`] and its neighbours switch what the server can do, and
//! [`Session::on_stop`] says how a session takes being stopped. With [`Builder::chance_faults`] requests meet faults by
//! chance, the same for the same seed, and [`Builder::observer`] is told what happened.

mod admin_center;
mod builder;
mod chance;
mod companion;
mod connection;
mod datetime;
mod emulator;
mod entra;
mod event;
mod failure;
mod fault;
mod odata;
mod request;
mod rows;
mod sample;
mod server;
mod session;
mod soap;
mod table;
mod tokens;

use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

pub use builder::Builder;
pub use chance::ChanceFault;
pub use emulator::{Emulator, StoppedSession};
pub use event::{Event, SessionEvent};
pub use fault::{Fault, Operation};
pub use request::Request;
pub use session::{Activity, OnStop, Session};

// A panic while a lock is held is a test's failure already; the locks go on.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
