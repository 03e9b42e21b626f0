//! The name of a server instance.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use crate::error::{Error, ErrorKind};

/// What the Windows service of a server instance is called in front of the instance's own name.
const SERVICE_PREFIX: &str = "MicrosoftDynamicsNavServer$";

/// Longest name of a Windows service, in characters.
const LONGEST: usize = 256;

/// The name of a Dynamics NAV or Business Central server instance.
///
/// Written either in full, as its Windows service is called (`MicrosoftDynamicsNavServer$DynamicsNAV`), or short
/// (`DynamicsNAV`). Two are equal whatever their casing, as Windows service names are.
#[derive(Clone, Debug)]
pub struct ServerInstance {
    short: String,
}

impl ServerInstance {
    /// Reads a full or a short name; blanks around it are dropped.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidServerInstance`] for a name that is blank, whose Windows service would have more than the 256
    /// characters that such a name can have, or that holds a character that none can (`/`, `\`, control characters).
    pub fn parse(name: &str) -> Result<Self, Error> {
        let trimmed = name.trim();
        let short = without_prefix(trimmed).trim_start();
        let fault = if short.is_empty() {
            Some("it is blank".to_owned())
        } else if SERVICE_PREFIX.len() + short.chars().count() > LONGEST {
            Some(format!(
                "its service's name is longer than {LONGEST} characters"
            ))
        } else if without_prefix(short) != short {
            Some(format!("it begins with {SERVICE_PREFIX} twice"))
        } else {
            short
                .chars()
                .find(|c| c.is_control() || matches!(c, '/' | '\\'))
                .map(|c| format!("it holds the character {c:?}"))
        };
        match fault {
            None => Ok(Self {
                short: short.to_owned(),
            }),
            Some(fault) => {
                let shown: String = name.chars().take(80).collect();
                Err(Error::new(
                    ErrorKind::InvalidServerInstance,
                    format!("{shown:?} is not the name of a server instance: {fault}."),
                ))
            }
        }
    }

    /// The instance's own name, as it was written: `DynamicsNAV`.
    #[must_use]
    pub fn short_name(&self) -> &str {
        &self.short
    }

    /// The name of its Windows service: `MicrosoftDynamicsNavServer$DynamicsNAV`.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{SERVICE_PREFIX}{}", self.short)
    }

    fn folded(&self) -> impl Iterator<Item = char> + '_ {
        self.short.chars().flat_map(char::to_lowercase)
    }
}

fn without_prefix(name: &str) -> &str {
    match name.split_at_checked(SERVICE_PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(SERVICE_PREFIX) => rest,
        _ => name,
    }
}

impl PartialEq for ServerInstance {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for ServerInstance {}

impl PartialOrd for ServerInstance {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ServerInstance {
    fn cmp(&self, other: &Self) -> Ordering {
        self.folded().cmp(other.folded())
    }
}

impl Hash for ServerInstance {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded().for_each(|c| c.hash(state));
    }
}

impl fmt::Display for ServerInstance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.short)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_and_short_name_in_any_casing_are_the_same_instance() {
        let short = ServerInstance::parse("DynamicsNAV").unwrap();
        for name in [
            "MicrosoftDynamicsNavServer$DynamicsNAV",
            "microsoftdynamicsnavserver$DYNAMICSNAV",
            " dynamicsnav ",
        ] {
            assert_eq!(ServerInstance::parse(name).unwrap(), short, "{name}");
        }
        assert_eq!(short.full_name(), "MicrosoftDynamicsNavServer$DynamicsNAV");
        assert_eq!(
            ServerInstance::parse("MicrosoftDynamicsNavServer$BC-14_x")
                .unwrap()
                .short_name(),
            "BC-14_x"
        );
    }

    #[test]
    fn what_cannot_be_a_service_name_is_refused_with_the_reason() {
        for (name, reason) in [
            ("", "it is blank"),
            ("  ", "it is blank"),
            ("MicrosoftDynamicsNavServer$", "it is blank"),
            ("a/b", "it holds the character '/'"),
            ("a\nb", "it holds the character '\\n'"),
            (
                &"x".repeat(230),
                "its service's name is longer than 256 characters",
            ),
            (
                "MicrosoftDynamicsNavServer$ microsoftdynamicsnavserver$NAV",
                "it begins with MicrosoftDynamicsNavServer$ twice",
            ),
        ] {
            let error = ServerInstance::parse(name).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidServerInstance);
            assert!(error.to_string().contains(reason), "{error}");
        }
    }
}
