//! The importable module's folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::platform::Platform;

/// Where each file of the module comes from, by its path inside the module.
#[derive(Debug, Default)]
pub(crate) struct ModuleLayout {
    files: BTreeMap<PathBuf, PathBuf>,
}

impl ModuleLayout {
    pub(crate) fn add(&mut self, inside: impl Into<PathBuf>, source: PathBuf) {
        self.files.insert(inside.into(), source);
    }

    /// With the library for a platform, where the module's loader looks for it.
    #[must_use]
    pub(crate) fn with(mut self, platform: Platform, library: PathBuf) -> Self {
        self.add(platform.shipped_library(), library);
        self
    }

    /// Every file under `folder`, where it stands there.
    pub(crate) fn add_folder(&mut self, folder: &Path) -> Result<(), Failure> {
        for inside in files_under(folder).map_err(|error| unreadable(folder, &error))? {
            self.add(inside.clone(), folder.join(inside));
        }
        Ok(())
    }

    /// Each file's contents, by its path inside the module with slashes, in the order of the paths.
    pub(crate) fn contents(&self) -> Result<Vec<(String, Vec<u8>)>, Failure> {
        self.files
            .iter()
            .map(|(inside, source)| {
                let contents = fs::read(source).map_err(|error| {
                    Failure::new(format!("{} cannot be read: {error}.", source.display()))
                })?;
                Ok((inside.display().to_string().replace('\\', "/"), contents))
            })
            .collect()
    }

    /// Makes `module` hold these files and no others.
    pub(crate) fn write(&self, module: &Path) -> Result<(), Failure> {
        for (inside, source) in &self.files {
            let place = module.join(inside);
            replace(source, &place).map_err(|error| {
                let failure = Failure::new(format!(
                    "{} cannot be copied to {}: {error}.",
                    source.display(),
                    place.display()
                ));
                if cfg!(windows) && source.is_file() {
                    failure.advise(
                        "Close every PowerShell that has imported the module, and run it again.",
                    )
                } else {
                    failure
                }
            })?;
        }
        remove_others(module, &self.files.keys().map(PathBuf::as_path).collect())
            .map_err(|error| unreadable(module, &error))
    }
}

fn unreadable(folder: &Path, error: &io::Error) -> Failure {
    Failure::new(format!(
        "The files of {} cannot be listed: {error}.",
        folder.display()
    ))
}

fn files_under(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(inside) = folders.pop() {
        for entry in fs::read_dir(folder.join(&inside))? {
            let entry = entry?;
            let path = inside.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    Ok(found)
}

fn replace(source: &Path, place: &Path) -> io::Result<()> {
    let new = fs::read(source)?;
    if fs::read(place).is_ok_and(|old| old == new) {
        return Ok(());
    }
    if let Some(folder) = place.parent() {
        fs::create_dir_all(folder)?;
    }
    // A library is mapped by the processes that loaded it: written in place it would change under them.
    let beside = place.with_extension("new");
    fs::copy(source, &beside)?;
    fs::rename(&beside, place)
}

fn remove_others(module: &Path, kept: &BTreeSet<&Path>) -> io::Result<()> {
    for inside in files_under(module)? {
        if !kept.contains(inside.as_path()) {
            fs::remove_file(module.join(&inside))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn write(&self, path: &str, text: &str) -> PathBuf {
            let path = self.0.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            path
        }

        fn read(&self, path: &str) -> String {
            fs::read_to_string(self.0.join(path)).unwrap()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn the_module_holds_the_files_named_and_no_others() {
        let folder = Folder::new("layout");
        folder.write("source/en-US/help.xml", "help");
        folder.write("source/Module.psd1", "manifest");
        let library = folder.write("release/libmodule.so", "library");
        folder.write("module/old.ps1xml", "stale");
        folder.write("module/osx-x64/module.dylib", "stale");
        folder.write("module/Module.psd1", "older manifest");

        let mut layout = ModuleLayout::default();
        layout.add_folder(&folder.0.join("source")).unwrap();
        layout.add("linux-x64/module.so", library);
        let module = folder.0.join("module");
        layout.write(&module).unwrap();

        let mut files = files_under(&module).unwrap();
        files.sort();
        assert_eq!(
            files,
            ["Module.psd1", "en-US/help.xml", "linux-x64/module.so"].map(PathBuf::from)
        );
        assert_eq!(folder.read("module/Module.psd1"), "manifest");
        assert_eq!(folder.read("module/linux-x64/module.so"), "library");
    }

    #[cfg(unix)]
    #[test]
    fn a_library_in_use_keeps_its_bytes_when_it_is_replaced() {
        use std::io::Read;

        let folder = Folder::new("in-use");
        let library = folder.write("release/module.so", "first");
        let module = folder.0.join("module");
        let mut layout = ModuleLayout::default();
        layout.add("module.so", library);
        layout.write(&module).unwrap();
        let mut in_use = fs::File::open(module.join("module.so")).unwrap();

        folder.write("release/module.so", "second");
        layout.write(&module).unwrap();

        let mut held = String::new();
        in_use.read_to_string(&mut held).unwrap();
        assert_eq!(held, "first");
        assert_eq!(folder.read("module/module.so"), "second");
    }

    #[test]
    fn a_file_that_was_not_built_is_named() {
        let folder = Folder::new("not-built");
        let mut layout = ModuleLayout::default();
        layout.add("module.dll", folder.0.join("nowhere.dll"));
        let failure = layout.write(&folder.0.join("module")).unwrap_err();
        assert!(failure.to_string().contains("nowhere.dll"));
    }
}
