//! Answers that hold rows: written piece by piece, so that 100,000 rows are never one text.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::vec;

use axum::body::Body;
use bytes::Bytes;
use http_body::Frame;

use crate::session::Session;

const PIECE: usize = 64 << 10;

/// How rows become a body.
pub(crate) trait RowWriter: Send + Unpin + 'static {
    fn head(&self, out: &mut Vec<u8>);
    /// Writes a row; `first` says that none went before it.
    fn row(&self, session: &Session, first: bool, out: &mut Vec<u8>);
    fn tail(&self, out: &mut Vec<u8>);
}

struct Rows<W> {
    sessions: vec::IntoIter<Arc<Session>>,
    writer: W,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Head,
    FirstRow,
    Rows,
    Done,
}

impl<W: RowWriter> Rows<W> {
    fn next_piece(&mut self) -> Option<Bytes> {
        let mut piece = Vec::with_capacity(PIECE + PIECE / 8);
        if self.state == State::Head {
            self.writer.head(&mut piece);
            self.state = State::FirstRow;
        }
        while self.state != State::Done && piece.len() < PIECE {
            if let Some(session) = self.sessions.next() {
                let first = self.state == State::FirstRow;
                self.writer.row(&session, first, &mut piece);
                self.state = State::Rows;
            } else {
                self.writer.tail(&mut piece);
                self.state = State::Done;
            }
        }
        (!piece.is_empty()).then(|| piece.into())
    }
}

impl<W: RowWriter> http_body::Body for Rows<W> {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(
            self.get_mut()
                .next_piece()
                .map(|piece| Ok(Frame::data(piece))),
        )
    }

    fn is_end_stream(&self) -> bool {
        self.state == State::Done
    }
}

/// The body of an answer: of a known length where it is one piece, chunked otherwise.
pub(crate) fn body<W: RowWriter>(sessions: Vec<Arc<Session>>, writer: W) -> Body {
    let mut rows = Rows {
        sessions: sessions.into_iter(),
        writer,
        state: State::Head,
    };
    // The shortest row is longer than this, so that more rows are never one piece.
    if rows.sessions.len() > PIECE / 100 {
        return Body::new(rows);
    }
    let mut whole = Vec::new();
    while let Some(piece) = rows.next_piece() {
        whole.extend_from_slice(&piece);
    }
    Body::from(whole)
}
