//! Whether others than this user and root can change a file, as OpenSSH asks of the files it trusts.

use std::fmt;
use std::path::{Path, PathBuf};

/// What lets somebody else change a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Exposure {
    /// The file, or the folder or link on the way to it.
    path: PathBuf,
    fault: Fault,
}

#[derive(Debug, PartialEq, Eq)]
#[cfg_attr(
    not(unix),
    expect(dead_code, reason = "access control lists are not looked at")
)]
enum Fault {
    /// It belongs to neither this user nor root.
    Owner(u32),
    /// Its mode lets the group or everybody write.
    Mode(u32),
}

impl Exposure {
    /// What mends it.
    pub(crate) fn command(&self) -> String {
        let path = self.path.display();
        match self.fault {
            Fault::Owner(_) => format!("sudo chown -h \"$(id -un)\" '{path}'"),
            Fault::Mode(_) => format!("chmod go-w '{path}'"),
        }
    }
}

impl fmt::Display for Exposure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match self.fault {
            Fault::Owner(owner) => write!(f, "{path} belongs to another user (uid {owner})"),
            Fault::Mode(mode) => {
                let who = match (mode & 0o020 != 0, mode & 0o002 != 0) {
                    (true, true) => "its group and everybody else",
                    (true, false) => "its group",
                    _ => "everybody",
                };
                write!(
                    f,
                    "{path} can be written by {who} (mode {:04o})",
                    mode & 0o7777
                )
            }
        }
    }
}

/// What lets others change the file at `path`, which need not be there, or put another one in its place: the file, each
/// folder on the way to it from the root, and each link among them. On Windows, access control lists are not looked at.
#[cfg(not(unix))]
pub(crate) fn exposure(_: &Path) -> Option<Exposure> {
    None
}

#[cfg(unix)]
pub(crate) fn exposure(path: &Path) -> Option<Exposure> {
    use std::ffi::OsString;
    use std::fs;
    use std::os::unix::fs::MetadataExt as _;
    use std::path::Component;

    /// As many links as the system itself follows.
    const LINKS: usize = 40;
    const STICKY: u32 = 0o1000;
    const OTHERS_WRITE: u32 = 0o022;

    let me = rustix::process::geteuid().as_raw();
    let parts = |path: &Path| -> Vec<OsString> {
        let parts = path.components().map(|part| part.as_os_str().to_owned());
        parts.rev().collect()
    };
    // A path that cannot be made absolute cannot be opened either.
    let mut ahead = parts(&std::path::absolute(path).ok()?);
    let mut at = PathBuf::new();
    let mut links = 0;
    while let Some(part) = ahead.pop() {
        match Path::new(&part).components().next() {
            Some(Component::ParentDir) => {
                at.pop();
                continue;
            }
            Some(Component::CurDir) | None => continue,
            _ => {}
        }
        let next = at.join(&part);
        // What is not there yet has no owner, and cannot be read either.
        let metadata = fs::symlink_metadata(&next).ok()?;
        let (owner, mode) = (metadata.uid(), metadata.mode());
        let exposed = |fault| {
            Some(Exposure {
                path: next.clone(),
                fault,
            })
        };
        if owner != me && owner != 0 {
            return exposed(Fault::Owner(owner));
        }
        if metadata.is_symlink() {
            links += 1;
            if links > LINKS {
                return None;
            }
            ahead.extend(parts(&fs::read_link(&next).ok()?));
            continue;
        }
        // In a sticky folder others can make files, and neither remove nor rename those of this user.
        let is_shared_safely = metadata.is_dir() && mode & STICKY != 0;
        if mode & OTHERS_WRITE != 0 && !is_shared_safely {
            return exposed(Fault::Mode(mode));
        }
        at = next;
    }
    None
}
