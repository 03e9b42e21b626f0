//! Where things lie.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::failure::Failure;
use crate::process::Program;

/// The repository and cargo's target folder for it.
#[derive(Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    pub(crate) fn find() -> Result<Self, Failure> {
        // Cargo's variable, not only the compiled-in one: a binary kept in a shared target folder may be of
        // another checkout.
        let manifest_folder = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest_folder
            .parent()
            .filter(|root| root.join("Cargo.toml").is_file())
            .ok_or_else(|| {
                Failure::new(format!(
                    "There is no Cargo.toml above {}.",
                    manifest_folder.display()
                ))
                .advise("xtask belongs in the repository: run `cargo xtask` at its root.")
            })?
            .to_path_buf();
        let target = target_folder(&root)?;
        Ok(Self { root, target })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn target(&self, path: &str) -> PathBuf {
        self.target.join(path)
    }

    /// The importable module as `cargo xtask build` lays it out.
    pub(crate) fn module(&self) -> PathBuf {
        self.target("module/NavServerSession")
    }

    pub(crate) fn emulator(&self) -> PathBuf {
        self.target("debug")
            .join(format!("nav-emulator{}", env::consts::EXE_SUFFIX))
    }

    /// The emulator as benchmarks have it.
    pub(crate) fn fast_emulator(&self) -> PathBuf {
        self.target("release")
            .join(format!("nav-emulator{}", env::consts::EXE_SUFFIX))
    }

    /// The version of the library and of the module, which Cargo.toml has.
    pub(crate) fn version(&self) -> Result<String, Failure> {
        let path = self.root.join("Cargo.toml");
        fs::read_to_string(&path)
            .ok()
            .and_then(|manifest| version_in(&manifest))
            .ok_or_else(|| Failure::new(format!("{} names no version.", path.display())))
    }

    /// A path in a message.
    pub(crate) fn display(&self, path: &Path) -> String {
        let inside = path.strip_prefix(&self.root).unwrap_or(path);
        inside.display().to_string()
    }

    /// A path as a person at the repository's root would type it into a shell.
    pub(crate) fn typed(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).map_or_else(
            |_| path.display().to_string(),
            |inside| Path::new(".").join(inside).display().to_string(),
        )
    }

    pub(crate) fn program(&self, name: impl AsRef<std::ffi::OsStr>) -> Program {
        Program::new(name).current_dir(&self.root)
    }

    pub(crate) fn cargo(&self) -> Program {
        self.program(cargo())
    }
}

/// The cargo that runs this one, so that a `cargo +toolchain xtask` holds for all that follows.
fn cargo() -> std::ffi::OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

fn target_folder(root: &Path) -> Result<PathBuf, Failure> {
    let metadata = Program::new(cargo())
        .current_dir(root)
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .limit(Duration::from_secs(60))
        .capture()?;
    metadata
        .stdout()
        .find_map(|line| json_text(line, "target_directory"))
        .map(PathBuf::from)
        .ok_or_else(|| metadata.failure("Cargo does not understand the workspace"))
}

fn version_in(manifest: &str) -> Option<String> {
    let (_, package) = manifest.split_once("[workspace.package]")?;
    let line = package
        .lines()
        .take_while(|line| !line.starts_with('['))
        .find_map(|line| line.strip_prefix("version = \""))?;
    Some(line.split('"').next()?.to_owned())
}

/// The value of the first `"name":"…"` in `json`.
pub(crate) fn json_text(json: &str, name: &str) -> Option<String> {
    let start = format!("\"{name}\":\"");
    let mut characters = json[json.find(&start)? + start.len()..].chars();
    let mut value = String::new();
    loop {
        match characters.next()? {
            '"' => return Some(value),
            '\\' => match characters.next()? {
                'u' => {
                    let digits: String = characters.by_ref().take(4).collect();
                    value.push(char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?);
                }
                escaped => value.push(escaped),
            },
            character => value.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_that_of_all_packages_of_the_workspace() {
        let manifest = "[workspace]\n[workspace.package]\nedition = \"2024\"\nversion = \"1.2.3-rc.1\"\n[package]\n";
        assert_eq!(version_in(manifest).as_deref(), Some("1.2.3-rc.1"));
        let elsewhere = "[workspace.package]\n[dependencies.a]\nversion = \"1\"\n";
        assert_eq!(version_in(elsewhere), None);
    }

    #[test]
    fn the_target_folder_is_read_from_cargos_metadata() {
        let json = r#"{"packages":[],"target_directory":"C:\\a \"b\"\\target","version":1}"#;
        assert_eq!(
            json_text(json, "target_directory").as_deref(),
            Some(r#"C:\a "b"\target"#)
        );
        assert_eq!(json_text(json, "workspace_root"), None);
        assert_eq!(
            json_text(r#"{"target_directory":"cut"#, "target_directory"),
            None
        );
    }
}
