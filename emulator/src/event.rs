use uuid::Uuid;

use crate::chance::ChanceFault;

/// What has just happened, for a witness of what a client did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A request met a fault by chance.
    Fault(ChanceFault),
    /// STOPSESSION or a `DELETE` of the Admin Center API stopped a session that was in the list.
    SessionStopped(SessionEvent),
    /// A session ended by itself, by chance.
    SessionEnded(SessionEvent),
    /// The id of a session that is gone was given to another one, by chance.
    SessionBegan(SessionEvent),
    /// A connection was accepted.
    ConnectionOpened,
    /// A connection ended.
    ConnectionClosed,
}

/// Which session it happened to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionEvent {
    /// The tenant whose session it is, or the environment.
    pub tenant: String,
    /// Its Session ID.
    pub session_id: i32,
    /// Its Session Unique ID.
    pub unique_id: Uuid,
}
