//! The endpoints file: `{"version":1,"endpoints":{"<short name>":{…}}}`.

use std::fmt;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{Endpoint, Scope};
use crate::error::{Error, ErrorKind};
use crate::instance::ServerInstance;
use crate::json::fault;
use crate::protection::exposure;

/// The only version of the format so far.
const VERSION: u32 = 1;

/// An endpoints file, which may not exist yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointsFile {
    path: PathBuf,
    scope: Scope,
}

#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents {
    version: u32,
    endpoints: Entries,
}

/// The endpoints in the order they stand in. A map type would let the later of two entries of one name win silently.
struct Entries(Vec<(ServerInstance, Endpoint)>);

impl EndpointsFile {
    pub(crate) fn new(path: PathBuf, scope: Scope) -> Self {
        Self { path, scope }
    }

    /// Where the file is, whether or not it exists.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whose endpoints it holds.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// The endpoints in it; `None` when there is no such file.
    ///
    /// # Errors
    /// [`ErrorKind::EndpointsFileInvalid`], [`ErrorKind::EndpointsFileUnavailable`],
    /// [`ErrorKind::EndpointsFileNotProtected`].
    pub fn read(&self) -> Result<Option<Vec<(ServerInstance, Endpoint)>>, Error> {
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(self.unavailable("read", &error)),
        };
        // Once it is open: nobody who could put another file in its place passes.
        self.is_protected(&self.path)?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)
            .map_err(|error| self.unavailable("read", &error))?;
        self.parse(&text).map(Some)
    }

    /// The endpoints in these contents of it.
    pub(crate) fn parse(&self, text: &[u8]) -> Result<Vec<(ServerInstance, Endpoint)>, Error> {
        let json = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
        // The version first: a later format may have other fields, and must be named as what it is.
        #[derive(serde::Deserialize)]
        struct Version {
            version: u32,
        }
        if let Ok(Version { version }) = serde_json::from_slice(json)
            && version != VERSION
        {
            return Err(self.invalid(&format!(
                "it has version {version}, and this module reads version {VERSION}"
            )));
        }
        let mut reader = serde_json::Deserializer::from_slice(json);
        let contents: Contents =
            serde_path_to_error::deserialize(&mut reader).map_err(|error| {
                let at = error.path().to_string();
                let place = if at == "." {
                    String::new()
                } else {
                    format!("{at}: ")
                };
                self.invalid(&format!("{place}{}", fault(error.inner())))
            })?;
        reader.end().map_err(|error| self.invalid(&fault(&error)))?;
        Ok(contents.endpoints.0)
    }

    /// Adds an endpoint, or replaces the one of that name. Other entries stay as they are.
    ///
    /// # Errors
    /// [`ErrorKind::EndpointExists`] when there is one of that name and `replace` is false; [`ErrorKind::InvalidEndpoint`];
    /// [`ErrorKind::EndpointsFileInvalid`] and [`ErrorKind::EndpointsFileNotProtected`], after which the file is as it was;
    /// [`ErrorKind::EndpointsFileUnavailable`].
    pub fn register(
        &self,
        instance: &ServerInstance,
        endpoint: Endpoint,
        replace: bool,
    ) -> Result<(), Error> {
        endpoint.validate()?;
        let _lock = self.lock()?;
        let mut entries = self.read()?.unwrap_or_default();
        match entries.iter_mut().find(|(name, _)| name == instance) {
            Some(_) if !replace => {
                return Err(Error::new(
                    ErrorKind::EndpointExists,
                    format!(
                        "An endpoint for server instance '{instance}' is registered already in {}.",
                        self.path.display()
                    ),
                ));
            }
            Some(entry) => *entry = (instance.clone(), endpoint),
            None => entries.push((instance.clone(), endpoint)),
        }
        self.write(entries)
    }

    /// Takes the endpoint of that name out. Other entries stay as they are.
    ///
    /// # Errors
    /// [`ErrorKind::EndpointNotFound`] when there is none of that name; [`ErrorKind::EndpointsFileInvalid`] and
    /// [`ErrorKind::EndpointsFileNotProtected`], after which the file is as it was;
    /// [`ErrorKind::EndpointsFileUnavailable`].
    pub fn unregister(&self, instance: &ServerInstance) -> Result<(), Error> {
        let unknown = || {
            Error::new(
                ErrorKind::EndpointNotFound,
                format!(
                    "No endpoint for server instance '{instance}' is registered in {}.",
                    self.path.display()
                ),
            )
            .with_advice(
                "Look at the registered endpoints and their scopes with Get-NAVServerEndpoint.",
            )
        };
        if self.read()?.is_none() {
            return Err(unknown());
        }
        let _lock = self.lock()?;
        let mut entries = self.read()?.unwrap_or_default();
        let at = entries
            .iter()
            .position(|(name, _)| name == instance)
            .ok_or_else(unknown)?;
        entries.remove(at);
        self.write(entries)
    }

    /// Held while the file is read and written back, so that two processes do not lose each other's entries.
    fn lock(&self) -> Result<File, Error> {
        let folder = folder_of(&self.path);
        self.make(folder)
            .map_err(|error| self.unavailable("written", &error))?;
        self.is_protected(folder)?;
        let lock = || -> io::Result<File> {
            let mut path = self.path.clone().into_os_string();
            path.push(".lock");
            let mut options = File::options();
            options.write(true).create(true).truncate(false);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let file = options.open(path)?;
            file.lock()?;
            Ok(file)
        };
        lock().map_err(|error| self.unavailable("written", &error))
    }

    /// Makes the folder of the file, where it is not there. Everybody reads the machine's endpoints; the user's are nobody
    /// else's business.
    fn make(&self, folder: &Path) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(
            &mut builder,
            match self.scope {
                Scope::User => 0o700,
                Scope::Machine => 0o755,
            },
        );
        builder.create(folder)
    }

    /// Whoever changes the file, or puts another one in its place, decides where passwords go.
    fn is_protected(&self, path: &Path) -> Result<(), Error> {
        let Some(exposure) = exposure(path) else {
            return Ok(());
        };
        Err(Error::new(
            ErrorKind::EndpointsFileNotProtected,
            format!(
                "Others than you can change {}, so it is not used: {exposure}. Whoever changes it decides which server is \
                 sent your password, and whose sessions end.",
                self.path.display()
            ),
        )
        .with_advice(format!(
            "Look with `cat` whether anybody changed it. Then: {}",
            exposure.command()
        )))
    }

    /// The contents of a file of these endpoints.
    pub(crate) fn contents(entries: Vec<(ServerInstance, Endpoint)>) -> Result<Vec<u8>, Error> {
        let contents = Contents {
            version: VERSION,
            endpoints: Entries(entries),
        };
        let mut json = serde_json::to_vec_pretty(&contents).map_err(|error| {
            Error::new(
                ErrorKind::Internal,
                format!("The endpoints could not be written: {error}."),
            )
        })?;
        json.push(b'\n');
        Ok(json)
    }

    fn write(&self, entries: Vec<(ServerInstance, Endpoint)>) -> Result<(), Error> {
        let json = Self::contents(entries)?;
        let replace = || -> io::Result<()> {
            // Through a link to the file itself, which a rename would replace by a file.
            let target = match fs::canonicalize(&self.path) {
                Err(error) if is_absent(&error) => self.path.clone(),
                target => target?,
            };
            let mut builder = tempfile::Builder::new();
            builder.prefix(".endpoints-");
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                let mode = if self.scope == Scope::Machine {
                    0o644
                } else {
                    0o600
                };
                builder.permissions(fs::Permissions::from_mode(mode));
            }
            let mut file = builder.tempfile_in(folder_of(&target))?;
            file.write_all(&json)?;
            file.as_file().sync_all()?;
            file.persist(&target)?;
            Ok(())
        };
        replace().map_err(|error| self.unavailable("written", &error))
    }

    fn invalid(&self, fault: &str) -> Error {
        Error::new(
            ErrorKind::EndpointsFileInvalid,
            format!("{} is not an endpoints file: {fault}.", self.path.display()),
        )
    }

    fn unavailable(&self, verb: &str, error: &io::Error) -> Error {
        Error::new(
            ErrorKind::EndpointsFileUnavailable,
            format!("{} could not be {verb}: {error}.", self.path.display()),
        )
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

impl Serialize for Entries {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, endpoint) in &self.0 {
            map.serialize_entry(name.short_name(), endpoint)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntriesVisitor;

        impl<'de> Visitor<'de> for EntriesVisitor {
            type Value = Entries;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with an endpoint for each server instance")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries: Vec<(ServerInstance, Endpoint)> = Vec::new();
                while let Some(key) = map.next_key::<String>()? {
                    let name = ServerInstance::parse(&key).map_err(|error| {
                        de::Error::custom(error.to_string().trim_end_matches('.'))
                    })?;
                    if entries.iter().any(|(known, _)| *known == name) {
                        return Err(de::Error::custom(format_args!(
                            "server instance '{name}' stands in it twice"
                        )));
                    }
                    entries.push((name, map.next_value()?));
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(EntriesVisitor)
    }
}
