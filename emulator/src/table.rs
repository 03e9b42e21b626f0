//! Table 2000000110 Active Session of one tenant's database.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;
use std::time::Instant;

use crate::companion::Filter;
use crate::session::{OnStop, Session};

/// The sessions of every server instance on the database, by Server Instance ID and Session ID.
#[derive(Debug, Default)]
pub(crate) struct ActiveSessions {
    instances: BTreeMap<i32, BTreeMap<i32, Row>>,
}

#[derive(Debug)]
struct Row {
    // Shared, so that a list is a copy of pointers and is written out without the table's lock.
    session: Arc<Session>,
    ends_at: Option<Instant>,
}

impl Row {
    fn listed(&self, now: Instant) -> bool {
        self.ends_at.is_none_or(|end| now < end)
    }
}

impl ActiveSessions {
    /// Puts a row in and returns the one it replaces.
    pub(crate) fn insert(&mut self, session: Session) -> Option<Arc<Session>> {
        let now = Instant::now();
        let row = Row {
            ends_at: None,
            session: Arc::new(session),
        };
        let (instance, id) = (row.session.server_instance_id, row.session.session_id);
        let replaced = self
            .instances
            .entry(instance)
            .or_default()
            .insert(id, row)?;
        replaced.listed(now).then_some(replaced.session)
    }

    pub(crate) fn get(&self, instance: i32, session_id: i32) -> Option<&Arc<Session>> {
        let row = self.instances.get(&instance)?.get(&session_id)?;
        row.listed(Instant::now()).then_some(&row.session)
    }

    pub(crate) fn remove(&mut self, instance: i32, session_id: i32) -> Option<Arc<Session>> {
        let row = self.instances.get_mut(&instance)?.remove(&session_id)?;
        row.listed(Instant::now()).then_some(row.session)
    }

    /// The sessions of this id on all server instances but one.
    pub(crate) fn elsewhere(
        &self,
        instance: i32,
        session_id: i32,
    ) -> impl Iterator<Item = &Arc<Session>> {
        let now = Instant::now();
        self.instances
            .iter()
            .filter(move |(id, _)| **id != instance)
            .filter_map(move |(_, rows)| rows.get(&session_id))
            .filter(move |row| row.listed(now))
            .map(|row| &row.session)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Session>> {
        let now = Instant::now();
        self.instances
            .values()
            .flat_map(BTreeMap::values)
            .filter(move |row| row.listed(now))
            .map(|row| &row.session)
    }

    /// The rows of one server instance that pass the filter, by Session ID, after a given one.
    pub(crate) fn list(
        &self,
        instance: i32,
        filter: &Filter,
        after: Option<i32>,
        skip: usize,
        limit: usize,
    ) -> Vec<Arc<Session>> {
        let Some(rows) = self.instances.get(&instance) else {
            return Vec::new();
        };
        let now = Instant::now();
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let passes = |row: &&Row| row.listed(now) && filter.admits(&row.session);
        let shared = |row: &Row| Arc::clone(&row.session);
        match filter.session_id() {
            Some(id) => rows
                .get(&id)
                .filter(|_| after.is_none_or(|after| after < id))
                .filter(passes)
                .into_iter()
                .skip(skip)
                .take(limit)
                .map(shared)
                .collect(),
            None => rows
                .range((start, Bound::Unbounded))
                .map(|(_, row)| row)
                .filter(passes)
                .skip(skip)
                .take(limit)
                .map(shared)
                .collect(),
        }
    }

    /// STOPSESSION: whether it accepts. A session that is not there is no error.
    pub(crate) fn stop(&mut self, instance: i32, session_id: i32) -> bool {
        let Some(rows) = self.instances.get_mut(&instance) else {
            return true;
        };
        let Some(row) = rows.get_mut(&session_id) else {
            return true;
        };
        match row.session.on_stop {
            OnStop::Ends => {
                rows.remove(&session_id);
            }
            OnStop::EndsAfter(time) => {
                row.ends_at.get_or_insert_with(|| Instant::now() + time);
            }
            OnStop::Stays => {}
            OnStop::Refused => return false,
        }
        true
    }
}
