//! The .NET SDK, which builds the module's managed half.

use super::{Optional, found, missing};
use crate::workspace::Workspace;

const LEAST: u32 = 10;

#[derive(Debug)]
pub(crate) struct DotNet(());

pub(crate) fn dotnet(workspace: &Workspace) -> Optional<DotNet> {
    let version = workspace.program("dotnet").arg("--version").capture();
    let reason = match &version {
        Err(_) => "there is no .NET SDK".to_owned(),
        Ok(answer) if !answer.succeeded() => {
            format!("`dotnet --version` failed: {}", answer.reason())
        }
        Ok(answer) => match major(answer.answer()) {
            Some(LEAST..) => {
                found(".NET SDK", answer.answer());
                return Ok(DotNet(()));
            }
            _ => format!("the .NET SDK is {}, older than {LEAST}", answer.answer()),
        },
    };
    missing(
        ".NET SDK",
        &format!("{LEAST} or later: https://dotnet.microsoft.com/download"),
    );
    Err(reason)
}

fn major(version: &str) -> Option<u32> {
    version.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_also_from_a_preview() {
        assert_eq!(major("10.0.401"), Some(10));
        assert_eq!(major("11.0.100-preview.2"), Some(11));
        assert_eq!(major("No .NET SDKs were found."), None);
    }
}
