//! Many removals at once.

use std::collections::{HashMap, VecDeque};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use time::UtcDateTime;

use super::exchange::{Exchange, Exchanged, Unanswered};
use super::removal::{Asked, Next, Removal, Seen};
use super::sessions::read_page;
use super::{Client, LogLevel, Outcome};
use crate::error::{Error, ErrorKind};
use crate::http::{
    Cancel, Completion, Failure, LOOK, Reason, Registration, Reply, Request, Response, disobeyed,
};
use crate::session::{Session, SessionFilter, SessionKey};

/// How many sessions are waited for at once, beside the requests that are in flight.
const MOST_WAITING: usize = 1000;

/// Removals in flight, of one client or several: each that is added ends in one [`Removed`], in the order they end.
///
/// One list answers for all that have to look what became of a session. For one thread at a time; dropping it ends the
/// requests that are in flight, with outcomes that nobody is told.
pub struct Removals {
    limit: usize,
    /// What the caller gave, through this set's own, which also ends what is in flight when the set is dropped.
    cancel: Cancel,
    _passed_on: Registration,
    sender: Sender<Completion>,
    completions: Receiver<Completion>,
    next_tag: u64,
    flights: HashMap<u64, Flight>,
    /// How many of them have a request in flight.
    asking: usize,
    lists: HashMap<u64, List>,
    done: VecDeque<Removed>,
    wakes: Vec<(Client, Registration)>,
}

/// A removal that has ended.
#[derive(Debug)]
pub struct Removed {
    /// The client it was added with.
    pub client: Client,
    /// The number it was added with.
    pub number: u64,
    /// The session that was asked for.
    pub key: SessionKey,
    /// What became of it; an error where nothing was done.
    pub result: Result<Outcome, Error>,
}

struct Flight {
    client: Client,
    number: u64,
    removal: Removal,
    stage: Stage,
}

enum Stage {
    Asking {
        asked: Asked,
        exchange: Box<Exchange>,
    },
    /// Waits for a list that is asked for at this time or later.
    Due(Instant),
    /// Waits for the list that is being read.
    Listing,
}

/// A list being read, for the removals that wait for it.
struct List {
    client: Client,
    members: Vec<u64>,
    filter: SessionFilter,
    request: Request,
    exchange: Exchange,
    found: HashMap<i32, Session>,
    at: Option<UtcDateTime>,
}

impl std::fmt::Debug for Removals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Removals")
            .field("limit", &self.limit)
            .field("in_flight", &self.flights.len())
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Removes the session that `key` means.
    ///
    /// A connection that breaks after the request went out settles nothing, so the list is asked: a session that is gone
    /// is [`Outcome::Removed`], one that is certainly still there is asked for again, and where the list cannot tell
    /// it is [`Outcome::Unknown`]. So is a removal that is cancelled after its request went out.
    ///
    /// With [`ClientBuilder::wait`](super::ClientBuilder::wait), and always with the Admin Center API, it returns when
    /// the session is gone from the list, or the time has run out.
    ///
    /// # Errors
    /// When no request went out, or the server said why it did nothing.
    pub fn remove_session(&self, key: &SessionKey, cancel: &Cancel) -> Result<Outcome, Error> {
        let mut removals = Removals::new(1, cancel);
        removals.add(self, key.clone(), 0);
        removals.next().map_or_else(
            || {
                let lost = "A removal ended without an outcome.";
                Err(Error::new(ErrorKind::Internal, lost))
            },
            |removed| removed.result,
        )
    }
}

impl Removals {
    /// A set with at most `limit` requests in flight, 1 or more. `cancel` ends them all.
    #[must_use]
    pub fn new(limit: usize, cancel: &Cancel) -> Self {
        let (sender, completions) = mpsc::channel();
        let own = Cancel::new();
        let passed_on = own.clone();
        let _passed_on = cancel.on_request(move || passed_on.request());
        if cancel.is_requested() {
            own.request();
        }
        Self {
            limit: limit.max(1),
            cancel: own,
            _passed_on,
            sender,
            completions,
            next_tag: 0,
            flights: HashMap::new(),
            asking: 0,
            lists: HashMap::new(),
            done: VecDeque::new(),
            wakes: Vec::new(),
        }
    }

    /// Sends the removal of the session that `key` means off, as [`Client::remove_session`] does it. Where the limit is
    /// reached, it waits until another one has ended. `number` comes back with the outcome.
    pub fn add(&mut self, client: &Client, key: SessionKey, number: u64) {
        while self.asking >= self.limit || self.flights.len() >= self.limit + MOST_WAITING {
            self.turn(true);
        }
        let mut removal = Removal::new(key);
        let request = removal.start(client);
        let tag = self.tag();
        self.ask(
            tag,
            Flight {
                client: client.clone(),
                number,
                removal,
                stage: Stage::Listing,
            },
            request,
            true,
        );
        self.turn(false);
    }

    /// The next removal that has ended; waits for one, and is `None` when none is left.
    #[expect(
        clippy::should_implement_trait,
        reason = "what was added after the last one makes it go on"
    )]
    pub fn next(&mut self) -> Option<Removed> {
        while self.done.is_empty() && !self.flights.is_empty() {
            self.turn(true);
        }
        self.done.pop_front()
    }

    /// A removal that has ended already, if there is one.
    pub fn try_next(&mut self) -> Option<Removed> {
        if self.done.is_empty() {
            self.turn(false);
        }
        self.done.pop_front()
    }

    /// How many removals have not ended yet.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.flights.len()
    }

    /// Takes up all answers that are there; with `waits`, waits for one if there is none.
    fn turn(&mut self, waits: bool) {
        self.begin_lists();
        let mut is_new = false;
        while let Ok(completion) = self.completions.try_recv() {
            self.complete(completion);
            is_new = true;
        }
        if is_new || !waits || !self.done.is_empty() {
            return;
        }
        match self.completions.recv_timeout(self.patience()) {
            Ok(completion) => self.complete(completion),
            Err(_) => self.look_after(),
        }
    }

    /// How long to wait for an answer before something else may have to be done.
    fn patience(&self) -> Duration {
        let due = self
            .flights
            .values()
            .filter_map(|flight| match flight.stage {
                Stage::Due(due) => Some(due),
                _ => None,
            });
        due.min().map_or(LOOK, |due| {
            due.saturating_duration_since(Instant::now()).min(LOOK)
        })
    }

    fn tag(&mut self) -> u64 {
        self.next_tag += 1;
        self.next_tag
    }

    fn ask(&mut self, tag: u64, mut flight: Flight, request: Request, is_first: bool) {
        let asked = Asked::from(&request);
        match self.begin(&flight.client.clone(), request, is_first, tag) {
            Ok(exchange) => {
                flight.stage = Stage::Asking {
                    asked,
                    exchange: Box::new(exchange),
                };
                self.asking += 1;
                self.flights.insert(tag, flight);
            }
            Err(unanswered) => {
                let next = flight
                    .removal
                    .answered(&flight.client, asked, Err(unanswered));
                self.go_on(tag, flight, next);
            }
        }
    }

    fn begin(
        &mut self,
        client: &Client,
        request: Request,
        is_first: bool,
        tag: u64,
    ) -> Result<Exchange, Unanswered> {
        let is_new = |(other, _): &(Client, Registration)| !other.shares_connections(client);
        if self.wakes.iter().all(is_new) {
            let registration = client.engine()?.wake_on(&self.cancel);
            self.wakes.push((client.clone(), registration));
        }
        let reply = Reply::new(self.sender.clone(), tag);
        client.begin(request, is_first, &self.cancel, reply)
    }

    fn complete(&mut self, Completion { tag, result }: Completion) {
        if let Some(list) = self.lists.remove(&tag) {
            return self.listed(list, result);
        }
        let Some(mut flight) = self.flights.remove(&tag) else {
            // It was given up.
            return;
        };
        let (asked, exchange) = match flight.stage {
            Stage::Asking { asked, exchange } => (asked, exchange),
            other => {
                flight.stage = other;
                self.flights.insert(tag, flight);
                return;
            }
        };
        self.asking -= 1;
        flight.stage = Stage::Listing;
        match flight.client.complete(*exchange, result) {
            Exchanged::Again(request) => self.ask(tag, flight, request, false),
            Exchanged::Answer(answer) => {
                let next = flight.removal.answered(&flight.client, asked, answer);
                self.go_on(tag, flight, next);
            }
        }
    }

    fn go_on(&mut self, tag: u64, mut flight: Flight, next: Next) {
        match next {
            Next::Ask(request) => self.ask(tag, flight, request, true),
            Next::Look(due) => {
                flight.stage = Stage::Due(due);
                self.flights.insert(tag, flight);
            }
            Next::Done(result) => {
                if let Ok(Outcome::Removed) = result {
                    flight.client.log(LogLevel::Verbose, || {
                        let id = flight.removal.session_id();
                        format!("Removed session {id} from {}.", flight.client.place())
                    });
                }
                self.done.push_back(Removed {
                    client: flight.client,
                    number: flight.number,
                    key: flight.removal.into_key(),
                    result,
                });
            }
        }
    }

    /// Asks each client's list for the removals that are due, and for all others of the client that wait.
    fn begin_lists(&mut self) {
        if self.flights.len() == self.asking {
            return;
        }
        let now = Instant::now();
        loop {
            let is_due = |flight: &&Flight| matches!(flight.stage, Stage::Due(due) if due <= now);
            let client = self
                .flights
                .values()
                .filter(is_due)
                .map(|flight| flight.client.clone())
                .find(|client| !self.lists.values().any(|list| list.client.is(client)));
            let Some(client) = client else {
                return;
            };
            let mut members = Vec::new();
            for (tag, flight) in &mut self.flights {
                if matches!(flight.stage, Stage::Due(_)) && flight.client.is(&client) {
                    flight.stage = Stage::Listing;
                    members.push(*tag);
                }
            }
            let filter = match members.as_slice() {
                [only] => self
                    .flights
                    .get(only)
                    .map(|flight| flight.removal.session_id()),
                _ => None,
            };
            let filter = filter.map(SessionFilter::of_session).unwrap_or_default();
            let request = client.shared.channel.list(&filter);
            self.read_list(client, members, filter, request, true, HashMap::new(), None);
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "they are the parts of the list to be"
    )]
    fn read_list(
        &mut self,
        client: Client,
        members: Vec<u64>,
        filter: SessionFilter,
        request: Request,
        is_first: bool,
        found: HashMap<i32, Session>,
        at: Option<UtcDateTime>,
    ) {
        let tag = self.tag();
        match self.begin(&client, request.clone(), is_first, tag) {
            Ok(exchange) => {
                self.lists.insert(
                    tag,
                    List {
                        client,
                        members,
                        filter,
                        request,
                        exchange,
                        found,
                        at,
                    },
                );
            }
            Err(unanswered) => {
                self.tell(&members, &HashMap::new(), Err(&unanswered.error));
            }
        }
    }

    fn listed(&mut self, list: List, result: Result<Response, Failure>) {
        let List {
            client,
            members,
            filter,
            request,
            exchange,
            mut found,
            mut at,
        } = list;
        let answer = match client.complete(exchange, result) {
            Exchanged::Again(request) => {
                return self.read_list(client, members, filter, request, false, found, at);
            }
            Exchanged::Answer(answer) => answer.map_err(|unanswered| unanswered.error),
        };
        let page = answer.and_then(|response| {
            at = response.header("date").and_then(server_time).or(at);
            read_page(&client, &filter, &request, &response)
        });
        let page = match page {
            Ok(page) => page,
            Err(error) => return self.tell(&members, &HashMap::new(), Err(&error)),
        };
        let wanted = |session: &Session| {
            members
                .iter()
                .filter_map(|tag| self.flights.get(tag))
                .any(|flight| flight.removal.session_id() == session.session_id)
        };
        for session in page.sessions {
            if filter.admits(&session) && wanted(&session) {
                found.insert(session.session_id, session);
            }
        }
        match page.next {
            Some(next) => self.read_list(client, members, filter, next, true, found, at),
            None => self.tell(&members, &found, Ok(at)),
        }
    }

    /// Tells the removals that waited for a list what it said.
    fn tell(
        &mut self,
        members: &[u64],
        found: &HashMap<i32, Session>,
        listed: Result<Option<UtcDateTime>, &Error>,
    ) {
        for tag in members {
            if let Some(mut flight) = self.flights.remove(tag) {
                let seen = listed.map(|at| Seen {
                    session: found.get(&flight.removal.session_id()),
                    at,
                });
                let next = flight.removal.looked(&flight.client, &seen);
                self.go_on(*tag, flight, next);
            }
        }
    }

    /// Gives up requests whose thread does not obey, and all that wait for a list once the set was cancelled.
    fn look_after(&mut self) {
        let cancel = self.cancel.clone();
        let mut lost = Vec::new();
        for (tag, flight) in &mut self.flights {
            if let Stage::Asking { exchange, .. } = &mut flight.stage
                && let Some(reason) = exchange.patience.ended(&cancel)
            {
                lost.push((*tag, reason));
            }
        }
        for (tag, list) in &mut self.lists {
            if let Some(reason) = list.exchange.patience.ended(&cancel) {
                lost.push((*tag, reason));
            }
        }
        for (tag, reason) in lost {
            self.complete(Completion {
                tag,
                result: Err(disobeyed(reason)),
            });
        }
        if cancel.is_requested() {
            self.end_waits();
        }
    }

    fn end_waits(&mut self) {
        let waiting: Vec<_> = self
            .flights
            .iter()
            .filter(|(_, flight)| matches!(flight.stage, Stage::Due(_)))
            .map(|(tag, flight)| (*tag, flight.client.clone()))
            .collect();
        for (tag, client) in waiting {
            let cancelled = Failure::unsent(Reason::Cancelled, "cancelled");
            let error = client.unanswered(&cancelled).error;
            self.tell(&[tag], &HashMap::new(), Err(&error));
        }
    }
}

impl Drop for Removals {
    fn drop(&mut self) {
        if !self.flights.is_empty() || !self.lists.is_empty() {
            self.cancel.request();
        }
    }
}

/// A date as HTTP writes it.
pub(super) fn server_time(date: &str) -> Option<UtcDateTime> {
    httpdate::parse_http_date(date).ok().map(UtcDateTime::from)
}
