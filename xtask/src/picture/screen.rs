//! A terminal's screen: what a program that writes to a terminal shows there.

use std::mem;

/// How a character looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Style {
    /// One of the 16 colours, or that of the terminal.
    pub(super) foreground: Option<u8>,
    pub(super) background: Option<u8>,
    pub(super) bold: bool,
    pub(super) italic: bool,
    pub(super) underline: bool,
    reverse: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) character: char,
    pub(super) style: Style,
}

#[derive(Debug)]
pub(super) struct Screen {
    rows: Vec<Vec<Cell>>,
    row: usize,
    column: usize,
    style: Style,
    /// The beginning of what is not whole yet: a character or a control sequence.
    unread: Vec<u8>,
}

const BLANK: Cell = Cell {
    character: ' ',
    style: Style {
        foreground: None,
        background: None,
        bold: false,
        italic: false,
        underline: false,
        reverse: false,
    },
};
const ESCAPE: u8 = 0x1b;

impl Screen {
    pub(super) fn new(columns: usize, rows: usize) -> Self {
        Self {
            rows: vec![vec![BLANK; columns]; rows],
            row: 0,
            column: 0,
            style: Style::default(),
            unread: Vec::new(),
        }
    }

    /// Shows what a program wrote, and gives what the terminal answers to it.
    pub(super) fn write(&mut self, bytes: &[u8]) -> String {
        let mut answer = String::new();
        let mut bytes = [mem::take(&mut self.unread), bytes.to_vec()].concat();
        while !bytes.is_empty() {
            let Some(length) = self.take_one(&bytes, &mut answer) else {
                self.unread = bytes;
                break;
            };
            bytes.drain(..length);
        }
        answer
    }

    /// The rows down to the last that holds something.
    pub(super) fn rows(&self) -> &[Vec<Cell>] {
        let last = self.rows.iter().rposition(|row| !text(row).is_empty());
        &self.rows[..last.map_or(0, |last| last + 1)]
    }

    /// What stands in each row.
    pub(super) fn lines(&self) -> Vec<String> {
        self.rows().iter().map(|row| text(row)).collect()
    }

    /// What stands before the cursor in its row.
    pub(super) fn before_cursor(&self) -> String {
        let row = &self.rows[self.row][..self.column];
        row.iter().map(|cell| cell.character).collect()
    }

    /// Takes one character or control sequence, and says how many bytes it had; `None` while some are to come.
    fn take_one(&mut self, bytes: &[u8], answer: &mut String) -> Option<usize> {
        match bytes[0] {
            ESCAPE => self.take_sequence(bytes, answer),
            b'\r' => {
                self.column = 0;
                Some(1)
            }
            b'\n' => {
                self.line_feed();
                Some(1)
            }
            8 => {
                self.column = self.column.saturating_sub(1);
                Some(1)
            }
            0..ESCAPE | 0x1c..0x20 | 0x7f => Some(1),
            first => {
                let length = match first {
                    0xf0.. => 4,
                    0xe0.. => 3,
                    0xc0.. => 2,
                    _ => 1,
                };
                let whole = bytes.get(..length)?;
                self.put(String::from_utf8_lossy(whole).chars().next()?);
                Some(length)
            }
        }
    }

    fn take_sequence(&mut self, bytes: &[u8], answer: &mut String) -> Option<usize> {
        match bytes.get(1)? {
            b'[' => {
                let end = 2 + bytes[2..]
                    .iter()
                    .position(|byte| matches!(byte, 0x40..=0x7e))?;
                let parameters = String::from_utf8_lossy(&bytes[2..end]).into_owned();
                self.control(bytes[end], &parameters, answer);
                Some(end + 1)
            }
            // A window's title and the like.
            b']' => {
                let end = bytes.iter().position(|byte| matches!(byte, 7 | b'\\'))?;
                Some(end + 1)
            }
            b'(' | b')' => bytes.get(2).map(|_| 3),
            _ => Some(2),
        }
    }

    fn control(&mut self, function: u8, parameters: &str, answer: &mut String) {
        let numbers: Vec<usize> = parameters
            .split(';')
            .map(|number| number.parse().unwrap_or(0))
            .collect();
        let number = |at: usize| numbers.get(at).copied().unwrap_or(0);
        let count = number(0).max(1);
        match function {
            b'A' => self.row = self.row.saturating_sub(count),
            b'B' => self.row = (self.row + count).min(self.rows.len() - 1),
            b'C' => self.column = (self.column + count).min(self.columns() - 1),
            b'D' => self.column = self.column.saturating_sub(count),
            b'G' => self.column = (count - 1).min(self.columns() - 1),
            b'H' | b'f' => {
                self.row = (count - 1).min(self.rows.len() - 1);
                self.column = (number(1).max(1) - 1).min(self.columns() - 1);
            }
            b'J' => self.erase_rows(number(0)),
            b'K' => self.erase_in_row(number(0)),
            b'm' => self.restyle(&numbers),
            // Where is the cursor?
            b'n' if number(0) == 6 => {
                answer.push_str(&format!("\x1b[{};{}R", self.row + 1, self.column + 1));
            }
            // What only a screen that somebody watches has: whether the cursor is seen, which keys are sent.
            _ => {}
        }
    }

    fn erase_rows(&mut self, which: usize) {
        let (from, to) = match which {
            0 => (self.row + 1, self.rows.len()),
            1 => (0, self.row),
            _ => (0, self.rows.len()),
        };
        self.rows[from..to]
            .iter_mut()
            .for_each(|row| row.fill(BLANK));
        if which < 2 {
            self.erase_in_row(which);
        }
    }

    fn erase_in_row(&mut self, which: usize) {
        let (from, to) = match which {
            0 => (self.column, self.columns()),
            1 => (0, (self.column + 1).min(self.columns())),
            _ => (0, self.columns()),
        };
        self.rows[self.row][from..to].fill(BLANK);
    }

    fn restyle(&mut self, numbers: &[usize]) {
        for number in numbers.iter().copied() {
            let colour = |first: usize| u8::try_from(number - first).ok();
            match number {
                0 => self.style = Style::default(),
                1 => self.style.bold = true,
                3 => self.style.italic = true,
                4 => self.style.underline = true,
                7 => self.style.reverse = true,
                22 => self.style.bold = false,
                23 => self.style.italic = false,
                24 => self.style.underline = false,
                27 => self.style.reverse = false,
                30..=37 => self.style.foreground = colour(30),
                39 => self.style.foreground = None,
                40..=47 => self.style.background = colour(40),
                49 => self.style.background = None,
                90..=97 => self.style.foreground = colour(82),
                100..=107 => self.style.background = colour(92),
                _ => {}
            }
        }
    }

    fn put(&mut self, character: char) {
        // The last column is only left when more comes.
        if self.column == self.columns() {
            self.column = 0;
            self.line_feed();
        }
        let mut style = self.style;
        if style.reverse {
            mem::swap(&mut style.foreground, &mut style.background);
        }
        self.rows[self.row][self.column] = Cell { character, style };
        self.column += 1;
    }

    fn line_feed(&mut self) {
        if self.row + 1 < self.rows.len() {
            self.row += 1;
        } else {
            self.rows.remove(0);
            self.rows.push(vec![BLANK; self.columns()]);
        }
    }

    fn columns(&self) -> usize {
        self.rows[0].len()
    }
}

fn text(row: &[Cell]) -> String {
    let text: String = row.iter().map(|cell| cell.character).collect();
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(written: &str) -> Vec<String> {
        let mut screen = Screen::new(10, 3);
        screen.write(written.as_bytes());
        screen.lines()
    }

    #[test]
    fn text_is_written_over_where_the_cursor_is_put() {
        assert_eq!(shown("abc\r\ndef\x1b[1;2HX\x1b[2;3HY"), ["aXc", "deY"]);
        assert_eq!(shown("abc\x08\x08X"), ["aXc"]);
    }

    #[test]
    fn a_line_goes_on_below_when_it_is_full_and_the_screen_moves_up() {
        assert_eq!(shown("0123456789"), ["0123456789"]);
        assert_eq!(shown("0123456789ab"), ["0123456789", "ab"]);
        assert_eq!(shown("a\r\nb\r\nc\r\nd"), ["b", "c", "d"]);
    }

    #[test]
    fn rows_and_their_rest_are_erased() {
        assert_eq!(shown("abc\r\ndef\x1b[1;2H\x1b[K"), ["a", "def"]);
        assert_eq!(shown("abc\r\ndef\x1b[1;2H\x1b[J"), ["a"]);
        assert_eq!(shown("abc\r\ndef\x1b[H\x1b[2Jx"), ["x"]);
    }

    #[test]
    fn the_question_where_the_cursor_is_gets_an_answer() {
        let mut screen = Screen::new(10, 3);
        assert_eq!(screen.write(b"ab\r\nc\x1b[6n"), "\x1b[2;2R");
    }

    #[test]
    fn what_comes_in_pieces_is_put_together() {
        let mut screen = Screen::new(10, 3);
        for byte in "ä\x1b[31mö\x1b]0;title\x07€".as_bytes() {
            screen.write(&[*byte]);
        }
        assert_eq!(screen.lines(), ["äö€"]);
        assert_eq!(screen.rows()[0][0].style.foreground, None);
        assert_eq!(screen.rows()[0][1].style.foreground, Some(1));
    }

    #[test]
    fn colours_and_styles_hold_until_they_are_taken_back() {
        let mut screen = Screen::new(10, 3);
        screen.write(b"\x1b[93;1ma\x1b[39mb\x1b[0mc\x1b[30;47md\x1b[0;7;31me");
        let style = |at: usize| screen.rows()[0][at].style;
        assert_eq!((style(0).foreground, style(0).bold), (Some(11), true));
        assert_eq!((style(1).foreground, style(1).bold), (None, true));
        assert_eq!(style(2), Style::default());
        assert_eq!(
            (style(3).foreground, style(3).background),
            (Some(0), Some(7))
        );
        assert_eq!((style(4).foreground, style(4).background), (None, Some(1)));
    }
}
