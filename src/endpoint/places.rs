//! The places endpoints are kept in, and the order they are looked up in.

use std::env;
use std::path::PathBuf;

use super::{Endpoint, EndpointsFile};
use crate::error::{Error, ErrorKind};
use crate::instance::ServerInstance;

/// Environment variable that names one endpoints file to use in place of all others.
const FILE_VARIABLE: &str = "NAV_SESSION_ENDPOINTS";

/// Whose endpoints a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The user's own, looked up first.
    User,
    /// Those of everybody on this computer.
    Machine,
}

/// An endpoint and where it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredEndpoint {
    /// The server instance it is for.
    pub instance: ServerInstance,
    /// How the instance is reached.
    pub endpoint: Endpoint,
    /// The file it stands in.
    pub file: EndpointsFile,
}

/// The endpoints files of this user on this computer, in the order they are looked up in.
///
/// The user's file is `nav-session/endpoints.json` in the configuration folder of the platform (`%APPDATA%`,
/// `$XDG_CONFIG_HOME` or `~/.config`, `~/Library/Application Support`), the computer's is
/// `nav-session/endpoints.json` in `%ProgramData%`, `/etc` or `/Library/Application Support`. Where the environment
/// variable `NAV_SESSION_ENDPOINTS` names a file, that one stands for both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    files: Vec<EndpointsFile>,
}

impl Endpoints {
    /// The files, by the environment as it is now. Reads none of them.
    #[must_use]
    pub fn discover() -> Self {
        if let Some(path) = env::var_os(FILE_VARIABLE).filter(|path| !path.is_empty()) {
            return Self::at(Some(path.into()), None);
        }
        let file = |folder: PathBuf| folder.join("nav-session").join("endpoints.json");
        Self::at(dirs::config_dir().map(file), machine_folder().map(file))
    }

    /// These files, where given, in place of those the environment says.
    #[must_use]
    pub fn at(user: Option<PathBuf>, machine: Option<PathBuf>) -> Self {
        let user = user.map(|path| EndpointsFile::new(path, Scope::User));
        let machine = machine.map(|path| EndpointsFile::new(path, Scope::Machine));
        Self {
            files: user.into_iter().chain(machine).collect(),
        }
    }

    /// The endpoint of `instance`: the user's, else the computer's.
    ///
    /// # Errors
    /// [`ErrorKind::EndpointNotFound`] with the places looked in; what [`EndpointsFile::read`] reports.
    pub fn find(&self, instance: &ServerInstance) -> Result<RegisteredEndpoint, Error> {
        let mut looked_in = Vec::new();
        for file in &self.files {
            let entries = file.read()?;
            let absent = if entries.is_none() {
                " (no such file)"
            } else {
                ""
            };
            looked_in.push(format!("{}{absent}", file.path().display()));
            let found = entries
                .into_iter()
                .flatten()
                .find(|(name, _)| name == instance);
            if let Some((name, endpoint)) = found {
                return Ok(RegisteredEndpoint {
                    instance: name,
                    endpoint,
                    file: file.clone(),
                });
            }
        }
        Err(Error::new(
            ErrorKind::EndpointNotFound,
            format!(
                "No endpoint is known for server instance '{instance}'. Looked in: {}.",
                looked_in.join(", ")
            ),
        )
        .with_advice(format!(
            "Check the name against Get-NAVServerEndpoint, or register where the instance is reached: \
             Register-NAVServerEndpoint -ServerInstance '{instance}' -Uri http://HOST:7047/{instance} -Company NAME"
        )))
    }

    /// All endpoints, the user's first. Where both files have one of a name, the first is the one that is used.
    ///
    /// # Errors
    /// What [`EndpointsFile::read`] reports.
    pub fn list(&self) -> Result<Vec<RegisteredEndpoint>, Error> {
        let mut all = Vec::new();
        for file in &self.files {
            let entries = file.read()?.unwrap_or_default();
            all.extend(
                entries
                    .into_iter()
                    .map(|(instance, endpoint)| RegisteredEndpoint {
                        instance,
                        endpoint,
                        file: file.clone(),
                    }),
            );
        }
        Ok(all)
    }

    /// The file of `scope`, to register endpoints in.
    ///
    /// # Errors
    /// [`ErrorKind::EndpointsFileUnavailable`] where there is no place for one: a single file was named, or the platform
    /// knows no such folder.
    pub fn file(&self, scope: Scope) -> Result<&EndpointsFile, Error> {
        self.files
            .iter()
            .find(|file| file.scope() == scope)
            .ok_or_else(|| {
                let (whose, reason) = match scope {
                    Scope::User => ("your", "this account has no configuration folder"),
                    Scope::Machine => (
                        "this computer's",
                        "one endpoints file was named for all (NAV_SESSION_ENDPOINTS)",
                    ),
                };
                Error::new(
                    ErrorKind::EndpointsFileUnavailable,
                    format!("There is no place for {whose} endpoints: {reason}."),
                )
                .with_advice(
                    "Use the other scope, or name the file you want in NAV_SESSION_ENDPOINTS.",
                )
            })
    }
}

fn machine_folder() -> Option<PathBuf> {
    if cfg!(windows) {
        env::var_os("ProgramData").map(PathBuf::from)
    } else if cfg!(target_os = "macos") {
        Some("/Library/Application Support".into())
    } else {
        Some("/etc".into())
    }
}
