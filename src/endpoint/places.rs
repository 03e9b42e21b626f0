//! The places endpoints are kept in, and the order they are looked up in.

use std::env;
use std::path::{Path, PathBuf};

use super::installed::{self, Computer, InstalledInstance};
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

/// Where an endpoint was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndpointSource {
    /// Registered in this file.
    File(EndpointsFile),
    /// Not registered: read from the settings of a server instance that is installed on this computer.
    Installed {
        /// The settings file.
        settings: PathBuf,
    },
}

impl EndpointSource {
    /// The endpoints file it is registered in; `None` for one that is not registered.
    #[must_use]
    pub fn file(&self) -> Option<&EndpointsFile> {
        match self {
            Self::File(file) => Some(file),
            Self::Installed { .. } => None,
        }
    }

    /// The file that says so: an endpoints file or a settings file.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::File(file) => file.path(),
            Self::Installed { settings } => settings,
        }
    }
}

/// An endpoint and where it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredEndpoint {
    /// The server instance it is for.
    pub instance: ServerInstance,
    /// How the instance is reached.
    pub endpoint: Endpoint,
    /// Where it was found.
    pub source: EndpointSource,
}

/// The places in which endpoints of this user on this computer are, in the order they are looked up in.
///
/// The user's file is `nav-session/endpoints.json` in the configuration folder of the platform (`%APPDATA%`,
/// `$XDG_CONFIG_HOME` or `~/.config`, `~/Library/Application Support`), the computer's is
/// `nav-session/endpoints.json` in `%ProgramData%`, `/etc` or `/Library/Application Support`. Where the environment
/// variable `NAV_SESSION_ENDPOINTS` names a file, that one stands for both. Last, on Windows, come the server instances
/// that are installed on this computer, by their own settings; these are looked at only when no file has the endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    files: Vec<EndpointsFile>,
    looks_at_this_computer: bool,
}

impl Endpoints {
    /// The places, by the environment as it is now. Looks into none of them.
    #[must_use]
    pub fn discover() -> Self {
        let file = |folder: PathBuf| folder.join("nav-session").join("endpoints.json");
        match env::var_os(FILE_VARIABLE).filter(|path| !path.is_empty()) {
            Some(path) => Self::discover_beside(path.into()),
            None => Self {
                looks_at_this_computer: true,
                ..Self::at(dirs::config_dir().map(file), machine_folder().map(file))
            },
        }
    }

    /// The places, with this file in place of the user's and the computer's.
    #[must_use]
    pub fn discover_beside(file: PathBuf) -> Self {
        Self {
            looks_at_this_computer: true,
            ..Self::at(Some(file), None)
        }
    }

    /// These files, where given, in place of all that the environment says. What is installed on this computer is not
    /// looked at.
    #[must_use]
    pub fn at(user: Option<PathBuf>, machine: Option<PathBuf>) -> Self {
        let user = user.map(|path| EndpointsFile::new(path, Scope::User));
        let machine = machine.map(|path| EndpointsFile::new(path, Scope::Machine));
        Self {
            files: user.into_iter().chain(machine).collect(),
            looks_at_this_computer: false,
        }
    }

    /// The endpoint of `instance`: the user's, else the computer's, else that of the server instance installed here.
    ///
    /// # Errors
    /// [`ErrorKind::EndpointNotFound`] with the places looked in; what [`EndpointsFile::read`] reports; for a server
    /// instance installed here, why its settings do not say how it is reached: [`ErrorKind::ServiceDisabled`],
    /// [`ErrorKind::InvalidEndpoint`], [`ErrorKind::CustomSettingsInvalid`], [`ErrorKind::CustomSettingsUnavailable`].
    pub fn find(&self, instance: &ServerInstance) -> Result<RegisteredEndpoint, Error> {
        self.find_also_on(self.computer(), instance)
    }

    pub(super) fn find_also_on(
        &self,
        computer: Option<&dyn Computer>,
        instance: &ServerInstance,
    ) -> Result<RegisteredEndpoint, Error> {
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
                    source: EndpointSource::File(file.clone()),
                });
            }
        }
        if let Some(computer) = computer {
            let names = installed::names(computer);
            if let Some(name) = names.iter().flatten().find(|name| *name == instance) {
                return installed::examine(computer, name.clone()).into_endpoint();
            }
            looked_in.push(format!(
                "the server instances installed on this computer ({})",
                listed(&names)
            ));
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

    /// The server instances that are installed on this computer, by name, whether or not endpoints of these names are
    /// registered. On another system than Windows, and for files given with [`Endpoints::at`], none.
    ///
    /// # Errors
    /// [`ErrorKind::CustomSettingsUnavailable`] where Windows does not list its services. What is wrong with one instance
    /// stands in its row.
    pub fn list_installed(&self) -> Result<Vec<InstalledInstance>, Error> {
        let Some(computer) = self.computer() else {
            return Ok(Vec::new());
        };
        let names = installed::names(computer).map_err(|reason| {
            Error::new(
                ErrorKind::CustomSettingsUnavailable,
                format!(
                    "The server instances installed on this computer could not be listed: {reason}."
                ),
            )
        })?;
        Ok(names
            .into_iter()
            .map(|name| installed::examine(computer, name))
            .collect())
    }

    fn computer(&self) -> Option<&'static dyn Computer> {
        #[cfg(windows)]
        let computer: Option<&'static dyn Computer> = Some(&super::registry::ThisComputer);
        #[cfg(not(windows))]
        let computer = None;
        computer.filter(|_| self.looks_at_this_computer)
    }

    /// All registered endpoints, the user's first. Where both files have one of a name, the first is the one that is
    /// used.
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
                        source: EndpointSource::File(file.clone()),
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

impl InstalledInstance {
    /// Its endpoint as those are that are registered.
    pub(crate) fn into_endpoint(self) -> Result<RegisteredEndpoint, Error> {
        Ok(RegisteredEndpoint {
            instance: self.instance,
            endpoint: self.endpoint?,
            source: EndpointSource::Installed {
                // An endpoint that was read has a file that it was read from.
                settings: self.settings.unwrap_or_default(),
            },
        })
    }
}

fn listed(names: &Result<Vec<ServerInstance>, String>) -> String {
    match names {
        Ok(names) if names.is_empty() => "there is none".to_owned(),
        Ok(names) => {
            let names: Vec<_> = names.iter().map(ServerInstance::short_name).collect();
            names.join(", ")
        }
        Err(reason) => format!("which could not be listed: {reason}"),
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
