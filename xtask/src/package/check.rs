//! What a library for Windows must be before it is shipped.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::image::Image;
use crate::failure::Failure;
use crate::prerequisites;
use crate::workspace::Workspace;

/// Libraries that every Windows has which Rust's standard library runs on: Windows 10 and Windows Server 2016, and later.
const SYSTEM: [&str; 18] = [
    "advapi32.dll",
    "bcrypt.dll",
    "bcryptprimitives.dll",
    "combase.dll",
    "crypt32.dll",
    "iphlpapi.dll",
    "kernel32.dll",
    "ktmw32.dll",
    "msvcrt.dll",
    "ntdll.dll",
    "ole32.dll",
    "oleaut32.dll",
    "rpcrt4.dll",
    "secur32.dll",
    "shell32.dll",
    "user32.dll",
    "userenv.dll",
    "ws2_32.dll",
];
/// Beginnings of the names of sets of functions that every Windows has.
const SYSTEM_SETS: [&str; 1] = ["api-ms-win-core-"];

/// Bits of `DllCharacteristics`, by the names of the linker's switches.
const PROTECTIONS: [(u16, &str); 3] = [
    (0x0020, "high-entropy-va"),
    (0x0040, "dynamicbase"),
    (0x0100, "nxcompat"),
];

/// The library says all of this of itself, or it is a failure that says what does not hold.
pub(crate) fn windows_library(workspace: &Workspace, library: &Path) -> Result<(), Failure> {
    let unreadable =
        |path: &Path, error| Failure::new(format!("{} cannot be read: {error}.", path.display()));
    let file = fs::read(library).map_err(|error| unreadable(library, error))?;
    let header = workspace.root().join("include/nav_session.h");
    let header = fs::read_to_string(&header).map_err(|error| unreadable(&header, error))?;
    let image = Image::read(&file).ok_or_else(|| {
        Failure::new(format!(
            "{} is no library for 64-bit Windows.",
            library.display()
        ))
    })?;
    let mut faults = faults(&image, &declared(&header), &workspace.version()?);
    let folders = [
        Some(workspace.root().to_owned()),
        prerequisites::cargo_home(),
    ];
    for folder in folders
        .iter()
        .flatten()
        .map(|folder| folder.display().to_string())
    {
        if contains(&file, folder.as_bytes()) {
            faults.push(format!("It has {folder} in it, a folder of this machine."));
        }
    }
    if faults.is_empty() {
        return Ok(());
    }
    let failure = Failure::new(format!("{} cannot be shipped.", library.display()));
    Err(faults.into_iter().fold(failure, Failure::advise))
}

/// Each as a sentence.
fn faults(image: &Image, declared: &BTreeSet<String>, version: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for name in &image.imports {
        let is_systems =
            SYSTEM.contains(&name.as_str()) || SYSTEM_SETS.iter().any(|set| name.starts_with(set));
        if !is_systems {
            faults.push(format!("It needs {name}, which Windows does not have."));
        }
    }
    for name in declared.difference(&image.exports) {
        faults.push(format!("It does not export {name}, which the header has."));
    }
    for name in image.exports.difference(declared) {
        faults.push(format!(
            "It exports {name}, which the header does not have."
        ));
    }
    for (bit, switch) in PROTECTIONS {
        if image.characteristics & bit == 0 {
            faults.push(format!("It was linked without {switch}."));
        }
    }
    let shown = image
        .version
        .map(|[major, minor, patch, _]| format!("{major}.{minor}.{patch}"));
    let number = version.split(['-', '+']).next().unwrap_or(version);
    if shown.as_deref() != Some(number) {
        let shown = shown.as_deref().unwrap_or("no");
        faults.push(format!(
            "Windows would show {shown} version of it, and it is {version}."
        ));
    }
    faults
}

/// The functions of a header in C.
fn declared(header: &str) -> BTreeSet<String> {
    let mut code = String::new();
    let mut rest = header;
    while let Some((before, after)) = rest.split_once("/*") {
        code += before;
        rest = after.split_once("*/").map_or("", |(_, rest)| rest);
    }
    code += rest;
    code.split('(')
        .filter_map(|before| {
            let name = before.trim_end();
            let start = name.rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let name = &name[start.map_or(0, |at| at + 1)..];
            name.starts_with("nav_").then(|| name.to_owned())
        })
        .collect()
}

fn contains(file: &[u8], text: &[u8]) -> bool {
    file.windows(text.len()).any(|part| part == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound() -> Image {
        Image {
            characteristics: 0x0160,
            exports: declared(HEADER),
            imports: ["kernel32.dll", "api-ms-win-core-synch-l1-2-0.dll"]
                .map(str::to_owned)
                .into(),
            version: Some([1, 2, 3, 0]),
        }
    }

    const HEADER: &str = "/* Call nav_free(). */\nuint32_t nav_abi_version(void);\n\
        typedef void (*nav_log_callback)(void);\nnav_status nav_check (const nav_x *x);\n";

    fn faults_of(image: &Image) -> Vec<String> {
        faults(image, &declared(HEADER), "1.2.3-rc.1")
    }

    #[test]
    fn the_functions_of_a_header_are_those_outside_its_comments() {
        let names: Vec<_> = declared(HEADER).into_iter().collect();
        assert_eq!(names, ["nav_abi_version", "nav_check"]);
    }

    #[test]
    fn a_library_that_is_as_it_should_be_has_no_fault() {
        assert_eq!(faults_of(&sound()), [""; 0]);
    }

    #[test]
    fn each_fault_is_told() {
        let missing = Image {
            exports: ["nav_check", "nav_old"].map(str::to_owned).into(),
            ..sound()
        };
        assert_eq!(
            faults_of(&missing),
            [
                "It does not export nav_abi_version, which the header has.",
                "It exports nav_old, which the header does not have.",
            ]
        );
        let needy = Image {
            imports: ["libgcc_s_seh-1.dll".to_owned()].into(),
            ..sound()
        };
        assert_eq!(
            faults_of(&needy),
            ["It needs libgcc_s_seh-1.dll, which Windows does not have."]
        );
        let unprotected = Image {
            characteristics: 0x0060,
            ..sound()
        };
        assert_eq!(faults_of(&unprotected), ["It was linked without nxcompat."]);
        for (version, shown) in [(None, "no"), (Some([1, 2, 4, 0]), "1.2.4")] {
            let other = Image { version, ..sound() };
            assert_eq!(
                faults_of(&other),
                [format!(
                    "Windows would show {shown} version of it, and it is 1.2.3-rc.1."
                )]
            );
        }
    }
}
