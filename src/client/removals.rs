//! Many removals at once.

use std::collections::{HashMap, VecDeque};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use time::UtcDateTime;

use super::exchange::{Again, Attempt, Exchange, Exchanged, Unanswered};
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
    /// Requests in flight, each under a tag of its own: one that was given up may still be answered.
    asking: HashMap<u64, Asking>,
    /// Removals that wait for a list.
    waiting: HashMap<u64, Waiting>,
    /// Lists that are read for them.
    lists: HashMap<u64, AskedPage>,
    paused: Vec<Paused>,
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
}

struct Asking {
    flight: Flight,
    exchange: Exchange,
}

struct Waiting {
    flight: Flight,
    /// When a list is to be asked for, at the earliest; `None` once one is being read.
    due: Option<Instant>,
}

/// A list being read, for the removals that wait for it.
struct List {
    client: Client,
    members: Vec<u64>,
    filter: SessionFilter,
    found: HashMap<i32, Session>,
    at: Option<UtcDateTime>,
    began: Instant,
    pages: usize,
}

/// A page of a list that is asked for.
struct AskedPage {
    list: List,
    exchange: Exchange,
}

/// A request that is sent again after a while.
struct Paused {
    due: Instant,
    request: Request,
    attempt: Attempt,
    by: Asker,
}

enum Asker {
    Removal(Flight),
    List(List),
}

impl std::fmt::Debug for Removals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Removals")
            .field("limit", &self.limit)
            .field("in_flight", &self.in_flight())
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
            asking: HashMap::new(),
            waiting: HashMap::new(),
            lists: HashMap::new(),
            paused: Vec::new(),
            done: VecDeque::new(),
            wakes: Vec::new(),
        }
    }

    /// Sends the removal of the session that `key` means off, as [`Client::remove_session`] does it. Where the limit is
    /// reached, it waits until another one has ended. `number` comes back with the outcome.
    pub fn add(&mut self, client: &Client, key: SessionKey, number: u64) {
        self.has_room_within(Duration::MAX);
        let mut removal = Removal::new(key);
        let request = removal.start(client);
        let flight = Flight {
            client: client.clone(),
            number,
            removal,
        };
        self.ask(flight, request, Attempt::default());
        self.turn(Duration::ZERO);
    }

    /// Whether [`add`](Self::add) would not wait; waits until it would not, this long at most.
    pub fn has_room_within(&mut self, at_most: Duration) -> bool {
        let began = Instant::now();
        while self.is_full() {
            let rest = at_most.saturating_sub(began.elapsed());
            self.turn(rest);
            if rest.is_zero() {
                break;
            }
        }
        !self.is_full()
    }

    /// The next removal that has ended; waits for one, and is `None` when none is left.
    #[expect(
        clippy::should_implement_trait,
        reason = "what was added after the last one makes it go on"
    )]
    pub fn next(&mut self) -> Option<Removed> {
        self.next_within(Duration::MAX)
    }

    /// The next removal that has ended; waits for one, this long at most. `None` when none has ended by then, or none is
    /// left, which [`in_flight`](Self::in_flight) tells apart.
    pub fn next_within(&mut self, at_most: Duration) -> Option<Removed> {
        let began = Instant::now();
        while self.done.is_empty() && self.in_flight() > 0 {
            let rest = at_most.saturating_sub(began.elapsed());
            self.turn(rest);
            if rest.is_zero() {
                break;
            }
        }
        self.done.pop_front()
    }

    /// A removal that has ended already, if there is one.
    pub fn try_next(&mut self) -> Option<Removed> {
        self.next_within(Duration::ZERO)
    }

    /// How many removals have not ended yet.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        let paused = |paused: &&Paused| matches!(paused.by, Asker::Removal(_));
        self.asking.len() + self.waiting.len() + self.paused.iter().filter(paused).count()
    }

    fn is_full(&self) -> bool {
        self.asking.len() + self.paused.len() >= self.limit || self.waiting.len() >= MOST_WAITING
    }

    /// Takes up all answers that are there; waits for one if there is none, this long at most.
    fn turn(&mut self, at_most: Duration) {
        let ended = self.done.len();
        self.resume();
        self.begin_lists();
        let mut is_new = false;
        while let Ok(completion) = self.completions.try_recv() {
            self.complete(completion);
            is_new = true;
        }
        if is_new || at_most.is_zero() || self.done.len() > ended {
            return;
        }
        match self.completions.recv_timeout(self.patience().min(at_most)) {
            Ok(completion) => self.complete(completion),
            Err(_) => self.look_after(),
        }
    }

    /// How long to wait for an answer before something else may have to be done.
    fn patience(&self) -> Duration {
        let due = self.waiting.values().filter_map(|waiting| waiting.due);
        let due = due.chain(self.paused.iter().map(|paused| paused.due));
        due.min().map_or(LOOK, |due| {
            due.saturating_duration_since(Instant::now()).min(LOOK)
        })
    }

    fn tag(&mut self) -> u64 {
        self.next_tag += 1;
        self.next_tag
    }

    fn ask(&mut self, mut flight: Flight, request: Request, attempt: Attempt) {
        let asked = Asked::from(&request);
        let tag = self.tag();
        match self.begin(&flight.client, request, attempt, tag) {
            Ok(exchange) => {
                self.asking.insert(tag, Asking { flight, exchange });
            }
            Err(unanswered) => {
                let next = flight
                    .removal
                    .answered(&flight.client, asked, Err(unanswered));
                self.go_on(flight, next);
            }
        }
    }

    fn begin(
        &mut self,
        client: &Client,
        request: Request,
        attempt: Attempt,
        tag: u64,
    ) -> Result<Exchange, Unanswered> {
        let is_new = |(other, _): &(Client, Registration)| !other.shares_connections(client);
        if self.wakes.iter().all(is_new) {
            let registration = client.engine()?.wake_on(&self.cancel);
            self.wakes.push((client.clone(), registration));
        }
        let reply = Reply::new(self.sender.clone(), tag);
        client.begin(request, attempt, &self.cancel, reply)
    }

    fn complete(&mut self, Completion { tag, result }: Completion) {
        if let Some(page) = self.lists.remove(&tag) {
            return self.listed(page, result);
        }
        let Some(asking) = self.asking.remove(&tag) else {
            // It was given up.
            return;
        };
        let Asking {
            mut flight,
            exchange,
        } = asking;
        let asked = Asked::from(&exchange.request);
        match flight.client.complete(exchange, result) {
            Exchanged::Again(again) => self.again(Asker::Removal(flight), again),
            Exchanged::Answer(answer) => {
                let next = flight.removal.answered(&flight.client, asked, answer);
                self.go_on(flight, next);
            }
        }
    }

    fn go_on(&mut self, flight: Flight, next: Next) {
        match next {
            Next::Ask(request) => self.ask(flight, request, Attempt::default()),
            Next::Look(due) => {
                let tag = self.tag();
                let due = Some(due);
                self.waiting.insert(tag, Waiting { flight, due });
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

    /// Sends a request again, at once or when its time has come.
    fn again(&mut self, by: Asker, again: Again) {
        let Again {
            request,
            attempt,
            due,
        } = again;
        match due {
            None => self.send(by, request, attempt),
            Some(due) => self.paused.push(Paused {
                due,
                request,
                attempt,
                by,
            }),
        }
    }

    fn send(&mut self, by: Asker, request: Request, attempt: Attempt) {
        match by {
            Asker::Removal(flight) => self.ask(flight, request, attempt),
            Asker::List(list) => self.ask_page(list, request, attempt),
        }
    }

    /// Sends the requests again whose time has come; once the set was cancelled, all: then they end at once.
    fn resume(&mut self) {
        if self.paused.is_empty() {
            return;
        }
        let (now, is_cancelled) = (Instant::now(), self.cancel.is_requested());
        let is_due = |paused: &mut Paused| is_cancelled || paused.due <= now;
        let due: Vec<_> = self.paused.extract_if(.., is_due).collect();
        for paused in due {
            self.send(paused.by, paused.request, paused.attempt);
        }
    }

    /// Asks each client's list for the removals that are due, and for all others of the client that wait.
    fn begin_lists(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let now = Instant::now();
        loop {
            let client = self
                .waiting
                .values()
                .filter(|waiting| waiting.due.is_some_and(|due| due <= now))
                .map(|waiting| &waiting.flight.client)
                .find(|client| !self.is_listing(client));
            let Some(client) = client.cloned() else {
                return;
            };
            let mut members = Vec::new();
            for (tag, waiting) in &mut self.waiting {
                if waiting.due.is_some() && waiting.flight.client.is(&client) {
                    waiting.due = None;
                    members.push(*tag);
                }
            }
            let filter = match members.as_slice() {
                [only] => self
                    .waiting
                    .get(only)
                    .map(|waiting| waiting.flight.removal.session_id()),
                _ => None,
            };
            let filter = filter.map(SessionFilter::of_session).unwrap_or_default();
            let request = client.shared.channel.list(&filter);
            let list = List {
                client,
                members,
                filter,
                found: HashMap::new(),
                at: None,
                began: now,
                pages: 0,
            };
            self.ask_page(list, request, Attempt::default());
        }
    }

    fn is_listing(&self, client: &Client) -> bool {
        let asked = self.lists.values().map(|page| &page.list);
        let paused = self.paused.iter().filter_map(|paused| match &paused.by {
            Asker::List(list) => Some(list),
            Asker::Removal(_) => None,
        });
        asked.chain(paused).any(|list| list.client.is(client))
    }

    fn ask_page(&mut self, list: List, request: Request, attempt: Attempt) {
        let tag = self.tag();
        match self.begin(&list.client, request, attempt, tag) {
            Ok(exchange) => {
                self.lists.insert(tag, AskedPage { list, exchange });
            }
            Err(unanswered) => self.tell(&list.members, &HashMap::new(), Err(&unanswered.error)),
        }
    }

    fn listed(&mut self, page: AskedPage, result: Result<Response, Failure>) {
        let AskedPage { mut list, exchange } = page;
        let request = exchange.request.clone();
        let answer = match list.client.complete(exchange, result) {
            Exchanged::Again(again) => return self.again(Asker::List(list), again),
            Exchanged::Answer(answer) => answer.map_err(|unanswered| unanswered.error),
        };
        let page = answer.and_then(|response| {
            list.at = response.date().map(UtcDateTime::from).or(list.at);
            list.pages += 1;
            let page = read_page(&list.client, &list.filter, &request, list.pages, &response)?;
            // Page for page it could keep those that wait for it for ever.
            if page.next.is_some()
                && list.began.elapsed() > list.client.shared.line.settings().timeout
            {
                let late = Failure::new(Reason::AnswerTimeout, true, "the list goes on");
                return Err(list.client.unanswered(&late).error);
            }
            Ok(page)
        });
        let page = match page {
            Ok(page) => page,
            Err(error) => return self.tell(&list.members, &HashMap::new(), Err(&error)),
        };
        let wanted = |session: &Session| {
            list.members
                .iter()
                .filter_map(|tag| self.waiting.get(tag))
                .any(|waiting| waiting.flight.removal.session_id() == session.session_id)
        };
        for session in page.sessions {
            if list.filter.admits(&session) && wanted(&session) {
                list.found.insert(session.session_id, session);
            }
        }
        match page.next {
            Some(next) => self.ask_page(list, next, Attempt::default()),
            None => self.tell(&list.members, &list.found, Ok(list.at)),
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
            if let Some(Waiting { mut flight, .. }) = self.waiting.remove(tag) {
                let seen = listed.map(|at| Seen {
                    session: found.get(&flight.removal.session_id()),
                    at,
                });
                let next = flight.removal.looked(&flight.client, &seen);
                self.go_on(flight, next);
            }
        }
    }

    /// Gives up requests whose thread does not obey, and all that wait for a list once the set was cancelled.
    fn look_after(&mut self) {
        let cancel = self.cancel.clone();
        let mut lost = Vec::new();
        for (tag, asking) in &mut self.asking {
            if let Some(reason) = asking.exchange.patience.ended(&cancel) {
                lost.push((*tag, reason));
            }
        }
        for (tag, page) in &mut self.lists {
            if let Some(reason) = page.exchange.patience.ended(&cancel) {
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
            .waiting
            .iter()
            .filter(|(_, waiting)| waiting.due.is_some())
            .map(|(tag, waiting)| (*tag, waiting.flight.client.clone()))
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
        if self.in_flight() > 0 {
            self.cancel.request();
        }
    }
}
