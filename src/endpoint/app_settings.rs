//! .NET's application settings: `<appSettings><add key="…" value="…"/></appSettings>`.

use std::borrow::Cow;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

/// Settings by their keys, in no order.
pub(super) type Values = Vec<(&'static str, String)>;

/// The settings of these `keys`, alone or in a `<configuration>`; all others are dropped. The error is the fault in a few
/// words, with the line.
pub(super) fn parse(contents: &[u8], keys: &[&'static str]) -> Result<Values, String> {
    let text = decode(contents)?;
    Parser::new(&text, keys).parse()
}

/// Windows tools write UTF-16 as readily as UTF-8.
fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, &'static str> {
    let wide = |unit: fn([u8; 2]) -> u16, bytes: &[u8]| {
        let (pairs, rest) = bytes.as_chunks();
        let units = pairs.iter().map(|pair| unit(*pair));
        let text: Option<String> = char::decode_utf16(units).map(Result::ok).collect();
        match text {
            Some(text) if rest.is_empty() => Ok(Cow::Owned(text)),
            _ => Err("its UTF-16 text is damaged"),
        }
    };
    match bytes {
        [0xEF, 0xBB, 0xBF, text @ ..] => utf8(text),
        [0xFF, 0xFE, text @ ..] => wide(u16::from_le_bytes, text),
        [0xFE, 0xFF, text @ ..] => wide(u16::from_be_bytes, text),
        [b'<', 0, ..] => wide(u16::from_le_bytes, bytes),
        [0, b'<', ..] => wide(u16::from_be_bytes, bytes),
        _ => utf8(bytes),
    }
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, &'static str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(_) => Err("its text is neither UTF-8 nor UTF-16"),
    }
}

/// One pass over the XML. The error is the fault in a few words.
struct Parser<'a> {
    text: &'a str,
    keys: &'a [&'static str],
    reader: Reader<&'a [u8]>,
    values: Values,
    /// The file that the settings are said to be in instead.
    elsewhere: Option<String>,
    has_settings: bool,
}

/// Where an element stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Document,
    Configuration,
    AppSettings,
    Setting,
    Other,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, keys: &'a [&'static str]) -> Self {
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        Self {
            text,
            keys,
            reader,
            values: Vec::new(),
            elsewhere: None,
            has_settings: false,
        }
    }

    fn parse(mut self) -> Result<Values, String> {
        let mut places = vec![Place::Document];
        loop {
            let event = self.reader.read_event().map_err(|error| {
                let at = self.reader.error_position();
                self.line(at, &format!("its XML is not well-formed: {error}"))
            })?;
            match event {
                Event::Start(element) => {
                    let above = *places.last().unwrap_or(&Place::Other);
                    places.push(self.start(above, &element)?);
                }
                Event::End(_) => {
                    places.pop();
                }
                // It could define entities that grow without end, and no such file has one.
                Event::DocType(_) => return Err("it has a document type".to_owned()),
                Event::Eof if places.len() > 1 => return Err("its XML breaks off".to_owned()),
                Event::Eof => break,
                _ => {}
            }
        }
        match self.elsewhere {
            Some(file) => Err(format!(
                "its settings are in another file, {file:?}: give that one"
            )),
            None if !self.has_settings => Err("it has no element appSettings".to_owned()),
            None => Ok(self.values),
        }
    }

    fn start(&mut self, above: Place, element: &BytesStart<'_>) -> Result<Place, String> {
        let local_name = element.local_name();
        let name = String::from_utf8_lossy(local_name.as_ref());
        match (above, name.as_ref()) {
            (Place::Document | Place::Configuration, "appSettings") => {
                self.has_settings = true;
                for name in ["file", "configSource"] {
                    self.elsewhere = self.elsewhere.take().or(self.attribute(element, name)?);
                }
                Ok(Place::AppSettings)
            }
            (Place::Document, "configuration") => Ok(Place::Configuration),
            (Place::Document, name) => Err(format!(
                "it begins with the element {name:?}, and a settings file begins with appSettings"
            )),
            (Place::AppSettings, "add") => {
                if let Some(key) = self.key(element)? {
                    let value = self.attribute(element, "value")?.unwrap_or_default();
                    self.values.retain(|(known, _)| *known != key);
                    self.values.push((key, value));
                }
                Ok(Place::Setting)
            }
            (Place::AppSettings, "remove") => {
                let key = self.key(element)?;
                self.values.retain(|(known, _)| Some(*known) != key);
                Ok(Place::Setting)
            }
            (Place::AppSettings, "clear") => {
                self.values.clear();
                Ok(Place::Setting)
            }
            (Place::AppSettings, name) => Err(self.at_line(&format!(
                "it has an element {name:?} where add, remove and clear may stand"
            ))),
            (Place::Setting, name) => {
                Err(self.at_line(&format!("it has an element {name:?} inside of a setting")))
            }
            (Place::Configuration | Place::Other, _) => Ok(Place::Other),
        }
    }

    /// Which of the settings that are kept an element is about.
    fn key(&self, element: &BytesStart<'_>) -> Result<Option<&'static str>, String> {
        let key = self
            .attribute(element, "key")?
            .ok_or_else(|| self.at_line("it has a setting without the attribute \"key\""))?;
        let key = key.trim();
        Ok(self
            .keys
            .iter()
            .copied()
            .find(|known| known.eq_ignore_ascii_case(key)))
    }

    fn attribute(&self, element: &BytesStart<'_>, name: &str) -> Result<Option<String>, String> {
        let mut found = None;
        // To the end, so that a second one of that name is a fault.
        for attribute in element.attributes() {
            let attribute = attribute
                .map_err(|error| self.at_line(&format!("its XML is not well-formed: {error}")))?;
            if attribute.key.as_ref() == name.as_bytes() {
                let value = attribute
                    .normalized_value(XmlVersion::Implicit1_0)
                    .map_err(|_| {
                        self.at_line(&format!(
                            "the attribute {name:?} has an entity that is not XML's"
                        ))
                    })?;
                found = Some(value.into_owned());
            }
        }
        Ok(found)
    }

    fn at_line(&self, fault: &str) -> String {
        self.line(self.reader.buffer_position(), fault)
    }

    fn line(&self, position: u64, fault: &str) -> String {
        let position = usize::try_from(position).unwrap_or(usize::MAX);
        let before = self.text.as_bytes().get(..position).unwrap_or_default();
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        format!("{fault}, in line {line}")
    }
}
