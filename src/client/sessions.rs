//! Lists of sessions, a page at a time.

use std::collections::VecDeque;

use super::Client;
use crate::channel::Page;
use crate::error::{Error, ErrorKind};
use crate::http::{Cancel, Request};
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
            page: VecDeque::new(),
        }
    }
}

/// A list of sessions being read; see [`Client::sessions`].
#[derive(Debug)]
pub struct Sessions {
    client: Client,
    filter: SessionFilter,
    cancel: Cancel,
    next: Option<Request>,
    page: VecDeque<Session>,
}

impl Sessions {
    /// The next session; `date` becomes the server's time when a page was fetched and says so.
    pub(super) fn next_with_date(
        &mut self,
        date: &mut Option<time::UtcDateTime>,
    ) -> Option<Result<Session, Error>> {
        loop {
            while let Some(session) = self.page.pop_front() {
                if self.filter.admits(&session) {
                    return Some(Ok(session));
                }
            }
            let request = self.next.take()?;
            match self.fetch(&request, date) {
                Ok(page) => {
                    self.page = page.sessions.into();
                    self.next = page.next;
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }

    fn fetch(
        &self,
        request: &Request,
        date: &mut Option<time::UtcDateTime>,
    ) -> Result<Page, Error> {
        let client = &self.client;
        let response = client
            .exchange(request.clone(), &self.cancel)
            .map_err(|unanswered| unanswered.error)?;
        *date = response.header("date").and_then(server_time);
        let page = client
            .shared
            .channel
            .page(&self.filter, &response)
            .map_err(|error| client.explained(error, &response))?;
        check_next(client, &page, request)?;
        Ok(page)
    }
}

impl Iterator for Sessions {
    type Item = Result<Session, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_with_date(&mut None)
    }
}

/// Refuses a list that goes in a circle.
pub(super) fn check_next(client: &Client, page: &Page, request: &Request) -> Result<(), Error> {
    if page.next.as_ref() != Some(request) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::UnexpectedAnswer,
        format!(
            "{} sends the same page of the list again and again.",
            client.shared.address
        ),
    ))
}

/// A date as HTTP writes it.
pub(super) fn server_time(date: &str) -> Option<time::UtcDateTime> {
    httpdate::parse_http_date(date)
        .ok()
        .map(time::UtcDateTime::from)
}
