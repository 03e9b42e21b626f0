//! Lists of sessions, a page at a time.

use std::collections::VecDeque;

use time::UtcDateTime;

use super::Client;
use crate::channel::Page;
use crate::error::{Error, ErrorKind};
use crate::http::{Cancel, Request, Response};
use crate::session::{Session, SessionFilter};

impl Client {
    /// The sessions that `filter` admits. Pages are fetched as they are needed, the first one by the first `next`.
    ///
    /// Each item can be an error of the call; after one the list ends.
    #[must_use]
    pub fn sessions(&self, filter: SessionFilter, cancel: &Cancel) -> Sessions {
        let next = Some(self.shared.channel.list(&filter));
        Sessions {
            client: self.clone(),
            filter,
            cancel: cancel.clone(),
            next,
            pages: 0,
            page: VecDeque::new(),
        }
    }
}

/// Pages of one list. A server with as many sessions has larger ones.
const MOST_PAGES: usize = 10_000;

/// A list of sessions being read; see [`Client::sessions`].
#[derive(Debug)]
pub struct Sessions {
    client: Client,
    filter: SessionFilter,
    cancel: Cancel,
    next: Option<Request>,
    pages: usize,
    page: VecDeque<Session>,
}

impl Sessions {
    fn fetch(&mut self, request: &Request) -> Result<Page, Error> {
        let client = &self.client;
        let response = client
            .exchange(request.clone(), &self.cancel)
            .map_err(|unanswered| unanswered.error)?;
        self.pages += 1;
        read_page(client, &self.filter, request, self.pages, &response)
    }
}

impl Iterator for Sessions {
    type Item = Result<Session, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            while let Some(session) = self.page.pop_front() {
                if self.filter.admits(&session) {
                    return Some(Ok(session));
                }
            }
            let request = self.next.take()?;
            match self.fetch(&request) {
                Ok(page) => {
                    self.page = page.sessions.into();
                    self.next = page.next;
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// What came back for the page of this number, from 1, of the list with `filter`. A list that goes in a circle, or on
/// without end, is refused.
pub(super) fn read_page(
    client: &Client,
    filter: &SessionFilter,
    request: &Request,
    number: usize,
    response: &Response,
) -> Result<Page, Error> {
    let shared = &client.shared;
    let mut page = shared
        .channel
        .page(filter, response)
        .map_err(|error| client.explained(error, response))?;
    if page.next.as_ref() == Some(request) {
        return Err(Error::new(
            ErrorKind::UnexpectedAnswer,
            format!(
                "{} sends the same page of the list again and again.",
                shared.address
            ),
        ));
    }
    if page.next.is_some() && number == MOST_PAGES {
        return Err(Error::new(
            ErrorKind::UnexpectedAnswer,
            format!(
                "{} sends a list of more than {MOST_PAGES} pages.",
                shared.address
            ),
        ));
    }
    // Login times are the server's, and its clock may differ from this computer's.
    let now = response
        .date()
        .map_or_else(UtcDateTime::now, UtcDateTime::from);
    for session in &mut page.sessions {
        session.age = session
            .login_datetime
            .map(|login| (now - login).try_into().unwrap_or_default());
    }
    Ok(page)
}
