//! Every fault of an answer, at every place where it can be met.

use std::fmt;
use std::net::TcpListener;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use nav_session::{
    Cancel, Client, Error, ErrorKind, Outcome, Service, SessionFilter, SessionKey,
    close_connections,
};

use crate::figures;
use crate::relay::{Plan, Relay};
use crate::stage::{
    IDS, SERVICES, address, client, contradiction, remove_all, row, server, was_removed,
};
use crate::table::{Fault, Means, SHORT, faults};

/// Cells that are tried at once: most of the time they wait.
const AT_ONCE: usize = 32;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    List,
    Remove,
    RemoveAndWait,
}

/// Which requests meet the fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meets {
    /// The first of each session; the server does not do it.
    First,
    /// The first of each session; the server does it.
    FirstThatIsDone,
    /// Each, and no list; the server does none.
    Each,
    /// Each, and all lists.
    EachAndLists,
}

/// How many are in flight, and what is known of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flight {
    /// One, by its id alone.
    Id,
    /// One, as a list has it.
    Row,
    /// Eight by either, of which three meet the fault.
    Eight,
}

/// What has to become of a request that meets the fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    Listed,
    Removed,
    StillPresent,
    Unknown,
    Fails(ErrorKind),
}

#[derive(Clone)]
struct Cell {
    fault: Arc<Fault>,
    service: Service,
    asked: Asked,
    meets: Meets,
    flight: Flight,
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            fault,
            service,
            asked,
            meets,
            flight,
        } = self;
        write!(
            f,
            "{:44} {service:?} {asked:?}, {meets:?}, {flight:?}",
            fault.name
        )
    }
}

impl Cell {
    /// The kind of error, which says of the Admin Center API that an environment is missing and not a companion.
    fn kind(&self, kind: ErrorKind) -> ErrorKind {
        match (kind, self.service) {
            (ErrorKind::CompanionNotFound, Service::AdminCenter) => ErrorKind::EnvironmentNotFound,
            (kind, _) => kind,
        }
    }

    /// `None` where there is no such cell.
    fn expected(&self, is_row: bool) -> Option<Expected> {
        use Means::{Lost, No, NotNow, Nothing, Unreadable};
        use Meets::{Each, EachAndLists, First, FirstThatIsDone};

        if self.asked == Asked::List {
            return match (self.meets, self.fault.means) {
                (EachAndLists, Nothing) => Some(Expected::Listed),
                (EachAndLists, No(kind) | NotNow(kind) | Lost(kind) | Unreadable(kind)) => {
                    Some(Expected::Fails(self.kind(kind)))
                }
                _ => None,
            };
        }
        if self.fault.is_of_lists {
            return None;
        }
        // A row is compared there before it is removed, and that comes to nothing.
        let is_compared = self.service == Service::AdminCenter && is_row;
        match (self.fault.means, self.meets) {
            (No(kind) | NotNow(kind) | Lost(kind) | Unreadable(kind), EachAndLists)
                if is_compared =>
            {
                Some(Expected::Fails(self.kind(kind)))
            }
            (Nothing, FirstThatIsDone) => Some(Expected::Removed),
            (Nothing, _) => None,
            (No(kind), First | Each | EachAndLists) => Some(Expected::Fails(self.kind(kind))),
            (NotNow(_), First) => Some(Expected::Removed),
            (NotNow(kind), Each | EachAndLists) => Some(Expected::Fails(self.kind(kind))),
            (No(_) | NotNow(_), FirstThatIsDone) => None,
            (Unreadable(_), First | Each) if self.service == Service::AdminCenter => {
                (self.asked == Asked::RemoveAndWait).then_some(Expected::StillPresent)
            }
            (Lost(_) | Unreadable(_), First | FirstThatIsDone) => Some(Expected::Removed),
            (Lost(_) | Unreadable(_), Each | EachAndLists) => Some(Expected::Unknown),
        }
    }

    /// Whether it would show nothing that others do not.
    fn is_left_out(&self) -> bool {
        let is_slow = self.fault.timeout == SHORT || self.fault.is_heavy;
        let is_wait = self.asked == Asked::RemoveAndWait;
        let is_all = self.meets == Meets::EachAndLists;
        // What the server says no to ends there, however often it would.
        let is_no = matches!(self.fault.means, Means::No(_));
        if self.asked != Asked::List
            && (is_no && matches!(self.meets, Meets::Each | Meets::EachAndLists)
                || self.fault.is_heavy && self.meets != Meets::FirstThatIsDone)
        {
            return true;
        }
        match self.flight {
            // A list knows no rows.
            Flight::Row => is_slow || is_wait || self.asked == Asked::List,
            Flight::Id => is_slow && is_wait,
            Flight::Eight
                if self.fault.is_heavy || is_wait && (is_all || self.meets == Meets::Each) =>
            {
                true
            }
            // The list that tells of all eight at once would meet it too.
            Flight::Eight => {
                is_all && self.asked == Asked::Remove && self.service == Service::AdminCenter
            }
        }
    }

    /// When a cell that has not ended hangs: the most requests that can follow each other, and ten seconds.
    fn limit(&self) -> Duration {
        self.fault.timeout.min(Duration::from_secs(5)) * 8 + Duration::from_secs(10)
    }

    fn builder(&self, port: u16) -> Client {
        let builder = client(port, self.service).network_timeout(self.fault.timeout);
        let wait = match self.expected(false) {
            Some(Expected::StillPresent) => Duration::from_millis(300),
            _ => Duration::from_secs(20),
        };
        let builder = match self.asked {
            Asked::RemoveAndWait => builder.wait(wait),
            Asked::List | Asked::Remove => builder,
        };
        builder.open().unwrap()
    }

    /// What is not as it has to be.
    fn run(&self, totals: &Totals) -> Vec<String> {
        let emulator = server().start().unwrap();
        let (ids, met): (&[i32], &[i32]) = match self.flight {
            Flight::Id | Flight::Row => (&IDS[..1], &IDS[..1]),
            Flight::Eight => (&IDS, &IDS[..3]),
        };
        let is_row = |number: usize| match self.flight {
            Flight::Id => false,
            Flight::Row => true,
            Flight::Eight => number % 2 == 1,
        };
        let plan = Plan {
            spoil: Arc::clone(&self.fault.spoil),
            session_ids: met.to_vec(),
            lists: self.meets == Meets::EachAndLists,
            removals: true,
            times: match self.meets {
                Meets::First | Meets::FirstThatIsDone => 1,
                Meets::Each | Meets::EachAndLists => usize::MAX,
            },
            is_done: self.meets == Meets::FirstThatIsDone,
        };
        let relay = Relay::before(address(&emulator, self.service), plan);
        let client = self.builder(relay.port());
        let mut wrong = Vec::new();
        if self.asked == Asked::List {
            let results = list_each(&client, ids);
            for (id, result) in ids.iter().zip(results) {
                let expected = match met.contains(id) {
                    true => self.expected(false),
                    false => Some(Expected::Listed),
                };
                let found = match &result {
                    Ok(found) if found == &[*id] => Some(Expected::Listed),
                    Ok(_) => None,
                    Err(error) => Some(Expected::Fails(error.kind())),
                };
                if found != expected {
                    wrong.push(format!("{id}: {result:?} instead of {expected:?}"));
                }
            }
        } else {
            let keys: Vec<_> = (0..)
                .zip(ids)
                .map(|(number, id)| match is_row(number) {
                    true => row(&emulator, self.service, *id),
                    false => SessionKey::new(*id),
                })
                .collect();
            let results = remove_all(&client, &keys);
            for (number, (id, result)) in ids.iter().zip(results).enumerate() {
                let expected = match met.contains(id) {
                    true => self.expected(is_row(number)),
                    false => Some(Expected::Removed),
                };
                let found = match &result {
                    Ok(Outcome::Removed) => Some(Expected::Removed),
                    Ok(Outcome::StillPresent) => Some(Expected::StillPresent),
                    Ok(Outcome::Unknown { .. }) => Some(Expected::Unknown),
                    Ok(_) => None,
                    Err(error) => Some(Expected::Fails(error.kind())),
                };
                if found != expected {
                    wrong.push(format!("{id}: {result:?} instead of {expected:?}"));
                }
                if let Some(contradiction) = contradiction(&emulator, self.service, *id, &result) {
                    wrong.push(format!("{id}: {result:?}, and {contradiction}"));
                }
                if expected == Some(Expected::Removed) && !was_removed(&emulator, self.service, *id)
                {
                    wrong.push(format!("{id}: the server did not remove it"));
                }
            }
        }
        if relay.met() < met.len() {
            wrong.push("the fault was not met".to_owned());
        }
        totals
            .bytes
            .fetch_add(relay.spoiled_bytes(), Ordering::Relaxed);
        totals
            .requests
            .fetch_add(relay.met() as u64, Ordering::Relaxed);
        wrong
    }
}

/// The ids that a list of each session alone has, all asked for at once.
fn list_each(client: &Client, ids: &[i32]) -> Vec<Result<Vec<i32>, Error>> {
    thread::scope(|scope| {
        let lists: Vec<_> = ids
            .iter()
            .map(|id| {
                scope.spawn(move || {
                    let filter = SessionFilter::of_session(*id);
                    let rows = client.sessions(filter, &Cancel::new());
                    rows.map(|row| row.map(|session| session.session_id))
                        .collect()
                })
            })
            .collect();
        lists.into_iter().map(|list| list.join().unwrap()).collect()
    })
}

#[derive(Default)]
struct Totals {
    bytes: AtomicU64,
    requests: AtomicU64,
}

fn cells(faults: &[Arc<Fault>]) -> Vec<Cell> {
    let mut cells = Vec::new();
    for fault in faults {
        for service in SERVICES {
            for asked in [Asked::List, Asked::Remove, Asked::RemoveAndWait] {
                for meets in [
                    Meets::First,
                    Meets::FirstThatIsDone,
                    Meets::Each,
                    Meets::EachAndLists,
                ] {
                    for flight in [Flight::Id, Flight::Row, Flight::Eight] {
                        let cell = Cell {
                            fault: Arc::clone(fault),
                            service,
                            asked,
                            meets,
                            flight,
                        };
                        if cell.expected(flight == Flight::Row).is_some() && !cell.is_left_out() {
                            cells.push(cell);
                        }
                    }
                }
            }
        }
    }
    // The long ones first, so that none is left over at the end.
    cells.sort_by_key(|cell| cell.fault.timeout);
    cells
}

#[test]
fn each_fault_of_an_answer_ends_as_the_table_says_for_every_interface_and_operation() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let faults = faults(&elsewhere.local_addr().unwrap().to_string());
    let faults: Vec<_> = faults.into_iter().map(Arc::new).collect();
    let cells = cells(&faults);
    let totals = Arc::new(Totals::default());
    let wrong = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(cell) = cells.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let (sender, results) = mpsc::channel();
                    let (running, running_totals) = (cell.clone(), Arc::clone(&totals));
                    // Not of the scope: one that hangs is left behind.
                    thread::spawn(move || {
                        let wrong = running.run(&running_totals);
                        let _ = sender.send(wrong);
                    });
                    let found = match results.recv_timeout(cell.limit()) {
                        Ok(found) => found,
                        Err(mpsc::RecvTimeoutError::Timeout) => vec!["it hangs".to_owned()],
                        Err(mpsc::RecvTimeoutError::Disconnected) => vec!["it panics".to_owned()],
                    };
                    close_connections();
                    let mut wrong = wrong.lock().unwrap();
                    wrong.extend(found.iter().map(|found| format!("{cell}: {found}")));
                }
            });
        }
    });
    figures::count("Faults of answers", faults.len() as u64);
    figures::count("Cells of the fault matrix", cells.len() as u64);
    figures::count(
        "Requests that met a fault",
        totals.requests.load(Ordering::Relaxed),
    );
    figures::count(
        "Bytes in the place of answers",
        totals.bytes.load(Ordering::Relaxed),
    );
    let wrong = wrong.into_inner().unwrap();
    assert!(
        wrong.is_empty(),
        "{} of {} cells are wrong:\n{}",
        wrong.len(),
        cells.len(),
        wrong.join("\n")
    );
    assert!(
        elsewhere.accept().is_err(),
        "a redirection was followed to another host"
    );
}
