//! `cargo xtask help-files`: what `Get-Help` shows, from the pages in docs/.

mod about;
mod maml;
mod markdown;
mod page;

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::workspace::Workspace;
use page::Page;

const PAGES: &str = "docs/cmdlets";
const ABOUT: &str = "docs/about_NavServerSession.md";
const MAML_FILE: &str = "powershell/NavServerSession/en-US/NavServerSession.dll-Help.xml";
const ABOUT_FILE: &str = "powershell/NavServerSession/en-US/about_NavServerSession.help.txt";

pub(crate) fn command(workspace: &Workspace) -> Result<(), Failure> {
    for (file, text) in files(workspace.root())? {
        let path = workspace.root().join(file);
        if fs::read_to_string(&path).is_ok_and(|before| before == text) {
            println!("{file} was up to date.");
            continue;
        }
        fs::write(&path, text)
            .map_err(|error| Failure::new(format!("{file} cannot be written: {error}.")))?;
        println!("{file} is written: look at the difference before you commit it.");
    }
    Ok(())
}

/// The files of help as the pages below `root` want them.
fn files(root: &Path) -> Result<[(&'static str, String); 2], Failure> {
    let mut pages = Vec::new();
    for path in paths(&root.join(PAGES))? {
        pages.push(of_file(&path, Page::read)?);
    }
    Ok([
        (MAML_FILE, maml::maml(&pages)),
        (ABOUT_FILE, of_file(&root.join(ABOUT), about::about)?),
    ])
}

fn paths(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let unreadable =
        |error| Failure::new(format!("{} cannot be listed: {error}.", folder.display()));
    let mut paths = fs::read_dir(folder)
        .map_err(unreadable)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(unreadable)?;
    paths.sort();
    Ok(paths)
}

/// What `read` makes of a file, which a failure names.
fn of_file<T>(path: &Path, read: impl Fn(&str) -> Result<T, Failure>) -> Result<T, Failure> {
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}.", path.display())))?;
    read(&text).map_err(|failure| {
        Failure::new(format!("No help can be made of {}.", path.display()))
            .advise(failure.to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_help_are_those_of_the_pages() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        for (file, text) in files(root).unwrap_or_else(|failure| panic!("{failure}")) {
            let committed = fs::read_to_string(root.join(file)).unwrap_or_default();
            assert!(
                // Git may have written it with the line ends of the system.
                committed.replace("\r\n", "\n") == text,
                "{file} is not that of docs/: run `cargo xtask help-files`"
            );
        }
    }
}
