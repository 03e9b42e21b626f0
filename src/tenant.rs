//! The id of a tenant.

use std::fmt;

use crate::error::{Error, ErrorKind};

/// The id of a tenant, as `Get-NAVTenant` shows it, such as `Tenant1`.
///
/// A server that is not multitenant knows one tenant, `default`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TenantId(String);

impl TenantId {
    /// Reads a tenant's id; blanks around it are dropped.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidTenant`] for one that is blank or holds control characters.
    pub fn parse(id: &str) -> Result<Self, Error> {
        let id = id.trim();
        if id.is_empty() {
            return Err(Error::new(
                ErrorKind::InvalidTenant,
                "The tenant's id is blank.",
            ));
        }
        if id.chars().any(char::is_control) {
            return Err(Error::new(
                ErrorKind::InvalidTenant,
                format!("{id:?} is not a tenant's id: it holds a control character."),
            ));
        }
        Ok(Self(id.to_owned()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is `default`, the one tenant of a server that is not multitenant.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.0.eq_ignore_ascii_case("default")
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
