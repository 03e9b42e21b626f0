//! Gives the library what Windows shows of a file, and what its linkers leave out by themselves.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// English of the United States, in Unicode.
const LANGUAGE: u16 = 0x0409;
const CODE_PAGE: u16 = 1200;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| env::var(name).as_deref() == Ok(value);
    let gnu = is("CARGO_CFG_TARGET_ENV", "gnu");
    if is("CARGO_CFG_TARGET_OS", "windows") {
        windows(gnu);
    } else if is("CARGO_CFG_TARGET_OS", "linux") && gnu {
        // Since glibc 2.34 there is nothing in them, so they are not as needed as they are before.
        for argument in ["--no-as-needed", "-l:libpthread.so.0", "-l:libdl.so.2"] {
            println!("cargo::rustc-link-arg-cdylib=-Wl,{argument}");
        }
    }
}

fn windows(gnu: bool) {
    let folder = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let resources = folder.join("version.res");
    fs::write(&resources, resource_file(&version_info())).expect("OUT_DIR can be written");
    let linked = if gnu {
        let object = folder.join("version.o");
        convert(&resources, &object);
        object
    } else {
        resources
    };
    println!("cargo::rustc-link-arg-cdylib={}", linked.display());
    let flags: &[&str] = if gnu {
        &[
            "-static-libgcc",
            "-Wl,--nxcompat,--dynamicbase,--high-entropy-va",
            // Or each build would be another file.
            "-Wl,--no-insert-timestamp",
        ]
    } else {
        &["/NXCOMPAT", "/DYNAMICBASE", "/HIGHENTROPYVA", "/Brepro"]
    };
    for flag in flags {
        println!("cargo::rustc-link-arg-cdylib={flag}");
    }
}

/// The linkers of MinGW take no file of resources, only an object made of it.
fn convert(resources: &Path, object: &Path) {
    let architecture = env::var("CARGO_CFG_TARGET_ARCH").expect("cargo sets the architecture");
    let converted = [
        format!("{architecture}-w64-mingw32-windres"),
        "windres".to_owned(),
    ]
    .iter()
    .any(|windres| {
        Command::new(windres)
            .args(["--input-format=res", "--output-format=coff"])
            .arg(resources)
            .arg(object)
            .status()
            .is_ok_and(|status| status.success())
    });
    assert!(
        converted,
        "`windres` of MinGW's binutils is needed for the version that Windows shows of the library"
    );
}

/// A file of resources: an empty one, which marks the format, and the version.
fn resource_file(version: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    for (kind, name, language, data) in [(0, 0, 0, &[][..]), (16, 1, LANGUAGE, version)] {
        let size = u32::try_from(data.len()).expect("a version is short");
        file.extend(size.to_le_bytes());
        file.extend(32_u32.to_le_bytes());
        for word in [
            0xFFFF, kind, 0xFFFF, name, 0, 0, 0, language, 0, 0, 0, 0_u16,
        ] {
            file.extend(word.to_le_bytes());
        }
        file.extend(data);
        pad(&mut file);
    }
    file
}

/// `VS_VERSIONINFO`.
fn version_info() -> Vec<u8> {
    let variable = |name: &str| env::var(name).expect("cargo sets what the package says of itself");
    let version = variable("CARGO_PKG_VERSION");
    let number = |name| variable(name).parse::<u32>().expect("a version's number");
    let high = number("CARGO_PKG_VERSION_MAJOR") << 16 | number("CARGO_PKG_VERSION_MINOR");
    let low = number("CARGO_PKG_VERSION_PATCH") << 16;
    let is_prerelease = u32::from(!variable("CARGO_PKG_VERSION_PRE").is_empty());
    let fixed: Vec<u8> = [
        0xFEEF_04BD,
        0x0001_0000,
        high,
        low,
        high,
        low,
        0x3F,
        is_prerelease << 1,
        // Windows NT, a DLL.
        0x0004_0004,
        2,
        0,
        0,
        0_u32,
    ]
    .iter()
    .flat_map(|number| number.to_le_bytes())
    .collect();

    let strings: Vec<_> = [
        ("CompanyName", "The NavServerSession authors"),
        ("FileDescription", &variable("CARGO_PKG_DESCRIPTION")),
        ("FileVersion", &version),
        ("InternalName", "nav_session"),
        (
            "LegalCopyright",
            &format!(
                "(c) The NavServerSession authors. {}.",
                variable("CARGO_PKG_LICENSE")
            ),
        ),
        ("OriginalFilename", "nav_session.dll"),
        ("ProductName", "NavServerSession"),
        ("ProductVersion", &version),
    ]
    .iter()
    .map(|(name, text)| node(name, Value::Text(text), &[]))
    .collect();
    let table = node(
        &format!("{LANGUAGE:04X}{CODE_PAGE:04X}"),
        Value::Text(""),
        &strings,
    );
    let translation = [LANGUAGE.to_le_bytes(), CODE_PAGE.to_le_bytes()].concat();
    let translation = node("Translation", Value::Bytes(&translation), &[]);
    node(
        "VS_VERSION_INFO",
        Value::Bytes(&fixed),
        &[
            node("StringFileInfo", Value::Text(""), &[table]),
            node("VarFileInfo", Value::Text(""), &[translation]),
        ],
    )
}

#[derive(Clone, Copy)]
enum Value<'a> {
    Text(&'a str),
    Bytes(&'a [u8]),
}

/// A node of the tree that a version is: lengths, its kind of value, name, value and children, each at a multiple of four.
fn node(name: &str, value: Value<'_>, children: &[Vec<u8>]) -> Vec<u8> {
    let (length, kind, value) = match value {
        Value::Bytes(bytes) => (bytes.len(), 0_u16, bytes.to_vec()),
        Value::Text("") => (0, 1, Vec::new()),
        Value::Text(text) => {
            let value = utf_16(text);
            (value.len() / 2, 1, value)
        }
    };
    let mut bytes = vec![0; 6];
    bytes.extend(utf_16(name));
    pad(&mut bytes);
    bytes.extend(value);
    for child in children {
        pad(&mut bytes);
        bytes.extend(child);
    }
    let short = |length| {
        u16::try_from(length)
            .expect("a version is short")
            .to_le_bytes()
    };
    let head = [short(bytes.len()), short(length), kind.to_le_bytes()].concat();
    bytes[..6].copy_from_slice(&head);
    bytes
}

fn utf_16(text: &str) -> Vec<u8> {
    let ended = text.encode_utf16().chain([0]);
    ended.flat_map(u16::to_le_bytes).collect()
}

fn pad(bytes: &mut Vec<u8>) {
    bytes.resize(bytes.len().next_multiple_of(4), 0);
}
