//! What a version of the module is called, and what is new in it.

use std::fs;
use std::path::Path;

use crate::failure::Failure;
use crate::workspace::Workspace;

const CHANGELOG: &str = "CHANGELOG.md";

/// The version in Cargo.toml, as PowerShell has it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Release {
    /// Such as `1.2.3`: what the folder of an installed module is called.
    pub(crate) number: String,
    /// Such as `rc1`; empty for what is no version before another.
    prerelease: String,
    /// The changelog's section.
    pub(crate) notes: String,
}

impl Release {
    pub(crate) fn of(workspace: &Workspace) -> Result<Self, Failure> {
        let path = workspace.root().join(CHANGELOG);
        let changelog = fs::read_to_string(&path).map_err(|error| {
            Failure::new(format!("{} cannot be read: {error}.", path.display()))
        })?;
        Self::new(&workspace.version()?, &changelog)
    }

    pub(crate) fn new(version: &str, changelog: &str) -> Result<Self, Failure> {
        let (number, prerelease) = version.split_once('-').unwrap_or((version, ""));
        if !prerelease.chars().all(|c| c.is_ascii_alphanumeric()) || version.contains('+') {
            return Err(
                Failure::new(format!("PowerShell has no versions such as {version}.")).advise(
                    "Write it in Cargo.toml as 1.2.3 or 1.2.3-rc1, with letters and digits alone.",
                ),
            );
        }
        let notes = section(changelog, number).ok_or_else(|| {
            Failure::new(format!("{CHANGELOG} does not say what is new in {number}."))
                .advise(format!("Give it a heading \"## {number}\"."))
        })?;
        Ok(Self {
            number: number.to_owned(),
            prerelease: prerelease.to_owned(),
            notes,
        })
    }

    /// As packages are named.
    pub(crate) fn version(&self) -> String {
        if self.prerelease.is_empty() {
            self.number.clone()
        } else {
            format!("{}-{}", self.number, self.prerelease)
        }
    }

    /// The module's manifest, out of one that says nothing of this yet.
    pub(crate) fn manifest(&self, source: &Path) -> Result<String, Failure> {
        let text = fs::read_to_string(source).map_err(|error| {
            Failure::new(format!("{} cannot be read: {error}.", source.display()))
        })?;
        Ok(self.fill(&text))
    }

    fn fill(&self, manifest: &str) -> String {
        // Windows PowerShell takes a file without the mark for one in the system's code page.
        let mut filled = String::from("\u{FEFF}");
        for line in manifest.lines() {
            let name = line.split_once('=').map_or("", |(name, _)| name);
            let value = match name.trim() {
                "ModuleVersion" => format!("'{}'", self.number),
                "Prerelease" => format!("'{}'", self.prerelease),
                "ReleaseNotes" => format!("@'\n{}\n'@", self.notes),
                _ => {
                    filled += &format!("{line}\n");
                    continue;
                }
            };
            filled += &format!("{name}= {value}\n");
        }
        filled
    }
}

/// What stands under the heading of a version.
fn section(changelog: &str, number: &str) -> Option<String> {
    let mut lines = changelog.lines();
    lines.find(|line| {
        line.strip_prefix("## ")
            .is_some_and(|heading| heading.split(' ').next() == Some(number))
    })?;
    let lines: Vec<_> = lines.take_while(|line| !line.starts_with("## ")).collect();
    Some(lines.join("\n").trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANGELOG: &str = "# Changelog\n\n## 1.2.30\n- No.\n\n## 1.2.3 \u{2014} today\n\n### Added\n- It's new.\n\n\
        ## 1.2.2\n- Old.\n";

    #[test]
    fn the_notes_are_the_section_of_the_version() {
        let release = Release::new("1.2.3", CHANGELOG).unwrap();
        assert_eq!(release.notes, "### Added\n- It's new.");
        assert_eq!(release.version(), "1.2.3");
    }

    #[test]
    fn a_version_before_another_has_its_number_and_its_section() {
        let release = Release::new("1.2.3-rc1", CHANGELOG).unwrap();
        assert_eq!(
            (release.number.as_str(), release.version()),
            ("1.2.3", "1.2.3-rc1".to_owned())
        );
        assert_eq!(release.notes, "### Added\n- It's new.");
    }

    #[test]
    fn what_powershell_cannot_say_or_nobody_has_described_is_refused() {
        for version in ["1.2.3-rc.1", "1.2.3+5", "1.2.4"] {
            let failure = Release::new(version, CHANGELOG).unwrap_err();
            assert!(failure.to_string().contains(version), "{failure}");
        }
    }

    #[test]
    fn a_manifest_is_given_the_release_and_nothing_else_is_changed() {
        let manifest = "@{\n    RootModule    = 'a.dll'\n    ModuleVersion = '0.0.1'\n    PowerShellVersion = '5.1'\n    \
            Prerelease   = ''\n    ReleaseNotes = ''\n}\n";
        let release = Release::new("1.2.3-rc1", CHANGELOG).unwrap();
        let expected = manifest
            .replace("0.0.1", "1.2.3")
            .replace("Prerelease   = ''", "Prerelease   = 'rc1'")
            .replace(
                "ReleaseNotes = ''",
                "ReleaseNotes = @'\n### Added\n- It's new.\n'@",
            );
        assert_eq!(release.fill(manifest), format!("\u{FEFF}{expected}"));
    }
}
