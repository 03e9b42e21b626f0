//! A session whose every field is known.

use nav_emulator::Session;
use time::{Date, Month, Time};
use uuid::{Uuid, uuid};

pub(crate) const UNIQUE_ID: Uuid = uuid!("6f9619ff-8b86-d011-b42d-00c04fc964ff");

/// Session 11 of `CRONUS\ANNA`, Web Client on PC042, signed in at 08:17:17.123 on 22 November 2026.
pub(crate) fn anna() -> Session {
    let login = Date::from_calendar_date(2026, Month::November, 22)
        .unwrap()
        .with_time(Time::from_hms_milli(8, 17, 17, 123).unwrap())
        .assume_utc();
    let mut session = Session::new(11)
        .login_datetime(login)
        .session_unique_id(UNIQUE_ID);
    session.user_sid = uuid!("c1a3a7c5-55b1-4d0a-8a5b-000000000011");
    session
}
