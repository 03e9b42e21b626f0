//! How a connection signs in, as libcurl has it.

use curl::easy::{Auth, Easy2};

use super::memory::set_password;
use crate::secret::Secret;

/// How a connection signs in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Authorization {
    None,
    Basic {
        user_name: String,
        password: Secret,
    },
    /// Kerberos or NTLM.
    Windows {
        /// User name and password; `None` is the user who is logged on.
        user: Option<(String, Secret)>,
        /// NTLM alone, because the server offers nothing else.
        ntlm: bool,
    },
}

/// What the libcurl of this computer can do of Windows sign-in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WindowsSignIn {
    /// The system does all of it, for any user (SSPI).
    pub(crate) sspi: bool,
    pub(crate) kerberos: bool,
    pub(crate) ntlm: bool,
}

impl WindowsSignIn {
    pub(crate) fn here() -> Self {
        let version = curl::Version::get();
        Self {
            sspi: version.feature_sspi(),
            kerberos: version.feature_spnego() || version.feature_gss_negotiate(),
            ntlm: version.feature_ntlm(),
        }
    }
}

impl Authorization {
    pub(super) fn apply<H>(&self, easy: &mut Easy2<H>) -> Result<(), curl::Error> {
        let mut auth = Auth::new();
        let (user_name, password) = match self {
            Self::None => return Ok(()),
            Self::Basic {
                user_name,
                password,
            } => {
                auth.basic(true);
                (user_name.as_str(), Some(password))
            }
            Self::Windows { user, ntlm } => {
                let sspi = WindowsSignIn::here().sspi;
                // Where the system does not do all of it, Kerberos knows only the user who is logged on, and NTLM only
                // one whose password is at hand.
                let kerberos = !ntlm && (sspi || user.is_none());
                auth.gssnegotiate(kerberos);
                auth.ntlm(*ntlm || sspi || user.is_some());
                // Kerberos alone, libcurl sends a ticket with every request unless the server says `Persistent-Auth`.
                // With a choice it asks first, and then signs in once a connection. No such server offers Digest.
                auth.digest(kerberos && !sspi);
                match user {
                    Some((user_name, password)) => (user_name.as_str(), Some(password)),
                    None => ("", None),
                }
            }
        };
        easy.http_auth(&auth)?;
        easy.username(user_name)?;
        match password {
            Some(password) => set_password(easy, password),
            None => easy.password(""),
        }
    }
}
