//! `cargo xtask install`: the library with what C programs are built with, in a folder of the caller's choice.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::build;
use crate::console;
use crate::failure::Failure;
use crate::platform::Platform;
use crate::prerequisites::{self, Languages};
use crate::workspace::Workspace;

const HEADER: &str = "include/nav_session.h";
const DOCS: &str = "share/doc/nav_session";
/// By their paths in the repository, which they link to each other by.
const DOCUMENTS: [&str; 9] = [
    "CHANGELOG.md",
    "LICENSE",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "docs/c-programs.md",
    "examples/CMakeLists.txt",
    "examples/README.md",
    "examples/list_and_remove.c",
    "examples/list_sessions.py",
];
/// The files that were installed, for whoever wants to remove them.
const LIST: &str = "share/doc/nav_session/installed-files.txt";

/// Where to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    /// The folder that has `lib` and `include`.
    pub(crate) prefix: PathBuf,
    /// What stands for the root of the system while its package is made.
    pub(crate) destdir: Option<PathBuf>,
}

#[derive(Debug)]
enum Content {
    Copy(PathBuf),
    Text(String),
    /// A link to a file beside it.
    Link(String),
}

/// What is installed, by its paths under the prefix with slashes.
type Files = Vec<(String, Content)>;

pub(crate) fn command(workspace: &Workspace, asked: &Asked) -> Result<(), Failure> {
    let place = asked.place()?;
    try_to_write(&place).map_err(|error| {
        Failure::new(format!(
            "Nothing can be written to {}: {error}.",
            place.display()
        ))
        .advise("Name a prefix that is yours, such as --prefix ~/.local, or install below a folder of yours by")
        .advise("--destdir DIR and have an administrator copy it from there. Nothing was installed.")
    })?;
    console::headline("Prerequisites");
    prerequisites::crates(workspace)?;
    prerequisites::native(Languages::C)?;

    console::headline("Build");
    let platform = Platform::current()?;
    let abi = abi_version(workspace)?;
    let built = build::installed_library(workspace, abi)?;
    let mut files = platform_files(platform, abi, &built);
    files.extend(common_files(workspace, platform, abi)?);
    let list: String = files
        .iter()
        .map(|(inside, _)| inside.as_str())
        .chain([LIST])
        .map(|inside| format!("{inside}\n"))
        .collect();
    files.push((LIST.to_owned(), Content::Text(list)));

    console::headline("Install");
    for (inside, content) in &files {
        let path = place.join(inside);
        write(&path, content).map_err(|error| {
            Failure::new(format!("{} cannot be written: {error}.", path.display()))
        })?;
        console::detail(&path.display().to_string());
    }
    println!(
        "\nC programs find it by pkg-config and CMake. They are told where it is by\n  \
         PKG_CONFIG_PATH={0}/lib/pkgconfig\n  CMAKE_PREFIX_PATH={0}\n\
         To remove it: cd {0} && xargs rm < {LIST}",
        place.display()
    );
    Ok(())
}

impl Asked {
    /// The folder to write to.
    fn place(&self) -> Result<PathBuf, Failure> {
        let absolute = |path: &Path| {
            std::path::absolute(path).map_err(|error| {
                Failure::new(format!("{} is not a folder: {error}.", path.display()))
            })
        };
        let prefix = absolute(&self.prefix)?;
        let Some(destdir) = &self.destdir else {
            return Ok(prefix);
        };
        let below: PathBuf = prefix
            .components()
            .filter(|part| matches!(part, std::path::Component::Normal(_)))
            .collect();
        Ok(absolute(destdir)?.join(below))
    }
}

/// Before a build that takes minutes.
fn try_to_write(place: &Path) -> io::Result<()> {
    fs::create_dir_all(place)?;
    let trial = place.join(".nav_session.new");
    fs::write(&trial, "")?;
    fs::remove_file(&trial)
}

/// The library, and what the linker finds it by.
fn platform_files(platform: Platform, abi: u32, built: &Path) -> Files {
    let soname = platform.soname(abi);
    let library = Content::Copy(built.to_owned());
    let mut files = vec![(platform.installed_library(abi), library)];
    if cfg!(windows) {
        let import = built.with_extension("dll.lib");
        files.push(("lib/nav_session.lib".to_owned(), Content::Copy(import)));
    } else {
        let name = format!("lib/{}", platform.built_library());
        files.push((name, Content::Link(soname)));
    }
    files
}

fn common_files(workspace: &Workspace, platform: Platform, abi: u32) -> Result<Files, Failure> {
    let version = workspace.version()?;
    let copy = |from: &str| Content::Copy(workspace.root().join(from));
    let cmake = |name: &str| format!("lib/cmake/nav_session/nav_session{name}.cmake");
    let mut files = vec![
        (HEADER.to_owned(), copy(HEADER)),
        (
            "lib/pkgconfig/nav_session.pc".to_owned(),
            Content::Text(pkg_config(&version)),
        ),
        (cmake("Config"), Content::Text(cmake_config(platform, abi))),
        (
            cmake("ConfigVersion"),
            Content::Text(cmake_version(&version)),
        ),
    ];
    for name in DOCUMENTS {
        files.push((format!("{DOCS}/{name}"), copy(name)));
    }
    Ok(files)
}

fn write(path: &Path, content: &Content) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    // A library is mapped by the processes that loaded it: written in place it would change under them.
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = Path::new(&beside);
    match content {
        Content::Copy(source) => fs::copy(source, beside).map(|_| ())?,
        Content::Text(text) => fs::write(beside, text)?,
        Content::Link(target) => link(target, beside)?,
    }
    fs::rename(beside, path)
}

#[cfg(unix)]
fn link(target: &str, place: &Path) -> io::Result<()> {
    match std::os::unix::fs::symlink(target, place) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::remove_file(place)?;
            std::os::unix::fs::symlink(target, place)
        }
        made => made,
    }
}

#[cfg(not(unix))]
fn link(target: &str, place: &Path) -> io::Result<()> {
    fs::copy(place.with_file_name(target), place).map(|_| ())
}

/// The one that the header has, which is that of src/ffi/version.rs by a test.
fn abi_version(workspace: &Workspace) -> Result<u32, Failure> {
    let path = workspace.root().join(HEADER);
    fs::read_to_string(&path)
        .ok()
        .and_then(|header| {
            let (_, rest) = header.split_once("#define NAV_ABI_VERSION ")?;
            rest.lines().next()?.trim().parse().ok()
        })
        .ok_or_else(|| Failure::new(format!("{} names no NAV_ABI_VERSION.", path.display())))
}

fn pkg_config(version: &str) -> String {
    format!(
        "prefix=${{pcfiledir}}/../..\n\
         libdir=${{prefix}}/lib\n\
         includedir=${{prefix}}/include\n\n\
         Name: nav_session\n\
         Description: Ends sessions on Microsoft Dynamics NAV and Business Central servers\n\
         Version: {version}\n\
         Libs: -L${{libdir}} -lnav_session\n\
         Cflags: -I${{includedir}}\n"
    )
}

fn cmake_config(platform: Platform, abi: u32) -> String {
    let library = platform.installed_library(abi);
    let linked = if cfg!(windows) {
        "IMPORTED_IMPLIB \"${_nav_session_prefix}/lib/nav_session.lib\"".to_owned()
    } else {
        format!("IMPORTED_SONAME \"{}\"", platform.soname(abi))
    };
    format!(
        "# Where it is now, and not where it was installed: the folder may have been moved.\n\
         get_filename_component(_nav_session_prefix \"${{CMAKE_CURRENT_LIST_DIR}}/../../..\" REALPATH)\n\
         if(NOT TARGET nav_session::nav_session)\n  \
         add_library(nav_session::nav_session SHARED IMPORTED)\n  \
         set_target_properties(nav_session::nav_session PROPERTIES\n    \
         IMPORTED_LOCATION \"${{_nav_session_prefix}}/{library}\"\n    \
         {linked}\n    \
         INTERFACE_INCLUDE_DIRECTORIES \"${{_nav_session_prefix}}/include\")\n\
         endif()\n\
         unset(_nav_session_prefix)\n"
    )
}

/// As long as the major version is the same, what was built with an older one works with a newer one.
fn cmake_version(version: &str) -> String {
    let number = version.split(['-', '+']).next().unwrap_or(version);
    let major = number.split('.').next().unwrap_or(number);
    format!(
        "set(PACKAGE_VERSION \"{number}\")\n\
         if(PACKAGE_FIND_VERSION VERSION_GREATER PACKAGE_VERSION OR NOT PACKAGE_FIND_VERSION_MAJOR EQUAL {major})\n  \
         set(PACKAGE_VERSION_COMPATIBLE FALSE)\n\
         else()\n  \
         set(PACKAGE_VERSION_COMPATIBLE TRUE)\n  \
         if(PACKAGE_FIND_VERSION VERSION_EQUAL PACKAGE_VERSION)\n    \
         set(PACKAGE_VERSION_EXACT TRUE)\n  \
         endif()\n\
         endif()\n\
         if(CMAKE_SIZEOF_VOID_P AND NOT CMAKE_SIZEOF_VOID_P EQUAL 8)\n  \
         set(PACKAGE_VERSION \"{number} (64 bit)\")\n  \
         set(PACKAGE_VERSION_UNSUITABLE TRUE)\n\
         endif()\n"
    )
}
