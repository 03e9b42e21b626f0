//! The server instances that are installed on a Windows computer.

use std::io;
use std::path::{Path, PathBuf};

use super::custom_settings::{CustomSettings, SOAP_ENABLED, unavailable};
use super::from_settings::{EndpointChoices, quoted, switch_on};
use super::service_command::{ServiceCommand, expanded};
use super::{Endpoint, Service};
use crate::error::{Error, ErrorKind};
use crate::instance::ServerInstance;

const SETTINGS_FILE: &str = "CustomSettings.config";
/// The first version whose OData services have what the companion needs: Business Central. Before it came NAV 2018, 110.
const FIRST_WITH_ODATA_ACTIONS: u32 = 130;

/// A server instance whose Windows service is on this computer.
#[derive(Clone, Debug)]
pub struct InstalledInstance {
    /// Its name, by its Windows service.
    pub instance: ServerInstance,
    /// Its version as the registry counts: `70` is NAV 2013, `110` NAV 2018, `230` Business Central 23.
    pub version: Option<String>,
    /// Its settings file, where one was found that is its own.
    pub settings: Option<PathBuf>,
    /// Whether its Windows service is disabled. It may run all the same until it is stopped.
    pub disabled: bool,
    /// How it is reached, or why its settings do not say so.
    pub endpoint: Result<Endpoint, Error>,
}

/// What is looked at on a computer. The paths are Windows's.
pub(super) trait Computer {
    /// Names of all Windows services. The error is the reason in a few words.
    fn services(&self) -> Result<Vec<String>, String>;
    /// A Windows service, as far as it may be read.
    fn service(&self, name: &str) -> WindowsService;
    /// The versions of the server that the registry knows, as far as they may be read.
    fn installations(&self) -> Vec<Installation>;
    /// An environment variable.
    fn variable(&self, name: &str) -> Option<String>;
    /// The contents of a file.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
}

/// `HKLM\SYSTEM\CurrentControlSet\Services\NAME`.
#[derive(Clone, Debug, Default)]
pub(super) struct WindowsService {
    /// `ImagePath`: the command line that starts it.
    pub(super) command: Option<String>,
    /// Whether `Start` is 4.
    pub(super) disabled: bool,
}

/// `HKLM\SOFTWARE\Microsoft\Microsoft Dynamics NAV\VERSION\Service`.
#[derive(Clone, Debug)]
pub(super) struct Installation {
    pub(super) version: String,
    /// `Path`: the folder of the server's program.
    pub(super) folder: String,
}

/// The server instances that have a Windows service.
pub(super) fn names(computer: &dyn Computer) -> Result<Vec<ServerInstance>, String> {
    let mut names: Vec<_> = computer
        .services()?
        .iter()
        .filter_map(|service| {
            let instance = ServerInstance::parse(service).ok()?;
            instance
                .full_name()
                .eq_ignore_ascii_case(service)
                .then_some(instance)
        })
        .collect();
    names.sort();
    Ok(names)
}

/// Reads what is known about one of them.
pub(super) fn examine(computer: &dyn Computer, instance: ServerInstance) -> InstalledInstance {
    let service = computer.service(&instance.full_name());
    let command = service.command.as_deref().unwrap_or_default();
    let command = ServiceCommand::parse(&expanded(command, |name| computer.variable(name)));
    let installations = computer.installations();
    let version = installations
        .iter()
        .find(|installation| {
            command
                .program_folder
                .as_deref()
                .is_some_and(|folder| same_folder(folder, &installation.folder))
        })
        .map(|installation| installation.version.clone());

    let found = settings(
        computer,
        &instance,
        &places(&instance, &command, &installations),
    );
    let path = found.as_ref().ok().map(|found| found.path().to_owned());
    let endpoint = found.and_then(|settings| {
        let choices = EndpointChoices {
            instance: Some(&instance),
            ..EndpointChoices::default()
        };
        let name = computer.variable("COMPUTERNAME");
        let (_, endpoint) = settings.endpoint_seen_from(name.as_deref(), &choices)?;
        check_version(&instance, version.as_deref(), &endpoint, &settings)?;
        Ok(endpoint)
    });
    InstalledInstance {
        endpoint: endpoint.map_err(|error| {
            if service.disabled {
                also_disabled(&instance, &error)
            } else {
                error
            }
        }),
        instance,
        version,
        settings: path,
        disabled: service.disabled,
    }
}

/// Where settings of an instance may be.
struct Place {
    path: String,
    /// Whether the place is that of this instance alone, so that the file need not name it.
    own: bool,
}

/// All places, the likeliest first.
fn places(
    instance: &ServerInstance,
    command: &ServiceCommand,
    installations: &[Installation],
) -> Vec<Place> {
    let programs = installations
        .iter()
        .map(|installation| installation.folder.as_str());
    let mut all: Vec<Place> = Vec::new();
    let mut add = |folder: String, own| {
        if !all.iter().any(|place| same_folder(&place.path, &folder)) {
            all.push(Place { path: folder, own });
        }
    };
    if let Some(folder) = &command.config_folder {
        add(folder.clone(), true);
    }
    for program in command
        .program_folder
        .as_deref()
        .into_iter()
        .chain(programs)
    {
        let program = program.trim_end_matches(['\\', '/']);
        add(format!(r"{program}\Instances\{instance}"), true);
        add(program.to_owned(), false);
    }
    for place in &mut all {
        place.path = format!(
            r"{}\{SETTINGS_FILE}",
            place.path.trim_end_matches(['\\', '/'])
        );
    }
    all
}

/// The settings of `instance`: of the first file that names it, else of the first that is at its own place and names none.
fn settings(
    computer: &dyn Computer,
    instance: &ServerInstance,
    places: &[Place],
) -> Result<CustomSettings, Error> {
    let mut nameless = None;
    let mut failure = None;
    let mut looked_at = Vec::new();
    for Place { path, own } in places {
        let read = read(computer, Path::new(path)).and_then(|settings| {
            let settings = settings.map(|settings| Ok((settings.server_instance()?, settings)));
            settings.transpose()
        });
        match read {
            Ok(Some((Some(name), settings))) if name == *instance => return Ok(settings),
            Ok(Some((Some(name), _))) => {
                looked_at.push(format!("{path} is that of server instance '{name}'"));
            }
            Ok(Some((None, settings))) if *own => {
                nameless.get_or_insert(settings);
            }
            Ok(Some((None, _))) => looked_at.push(format!("{path} names no server instance")),
            Ok(None) => looked_at.push(format!("{path} does not exist")),
            Err(error) => {
                failure.get_or_insert(error);
            }
        }
    }
    match (nameless, failure) {
        (Some(settings), _) => Ok(settings),
        (None, Some(error)) => Err(error),
        (None, None) => Err(without_settings(instance, &looked_at)),
    }
}

/// `None` where there is no such file.
fn read(computer: &dyn Computer, path: &Path) -> Result<Option<CustomSettings>, Error> {
    match computer.read(path) {
        Ok(contents) => CustomSettings::parse(&contents, path).map(Some),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(unavailable(path, &error).with_advice(
            "Run it as an account that may read the file, such as an administrator, or register the endpoint with \
             Register-NAVServerEndpoint.",
        )),
    }
}

fn without_settings(instance: &ServerInstance, looked_at: &[String]) -> Error {
    let reason = if looked_at.is_empty() {
        "neither its Windows service nor the registry says in which folder it is".to_owned()
    } else {
        looked_at.join(", ")
    };
    Error::new(
        ErrorKind::CustomSettingsUnavailable,
        format!("The settings of server instance '{instance}' were not found: {reason}."),
    )
    .with_advice(format!(
        "Register where the instance is reached: Register-NAVServerEndpoint -ServerInstance {} -CustomSettings PATH",
        quoted(instance.short_name())
    ))
}

/// A version without what the companion needs would answer each call with an error that names nothing of this.
fn check_version(
    instance: &ServerInstance,
    version: Option<&str>,
    endpoint: &Endpoint,
    settings: &CustomSettings,
) -> Result<(), Error> {
    let number = version.and_then(|version| version.parse::<u32>().ok());
    match number {
        Some(number) if endpoint.service == Service::OData && number < FIRST_WITH_ODATA_ACTIONS => {
            Err(Error::new(
                ErrorKind::ServiceDisabled,
                format!(
                    "Of the web services of server instance '{instance}', {} switches on OData alone, and the companion \
                     can be called by OData from Business Central on; this is version {number}.",
                    settings.path().display()
                ),
            )
            .with_advice(switch_on(instance, [SOAP_ENABLED])))
        }
        _ => Ok(()),
    }
}

fn also_disabled(instance: &ServerInstance, error: &Error) -> Error {
    Error::new(
        error.kind(),
        format!("{error} Its Windows service is disabled."),
    )
    .with_advice(format!(
        "Let its Windows service start again: Set-Service -Name {} -StartupType Automatic. {}",
        quoted(&instance.full_name()),
        error.recommended_action()
    ))
}

fn same_folder(one: &str, other: &str) -> bool {
    let plain = |folder: &str| {
        folder
            .trim_end_matches(['\\', '/'])
            .replace('/', r"\")
            .to_lowercase()
    };
    plain(one) == plain(other)
}
