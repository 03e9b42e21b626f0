//! This Windows computer, by its registry. All of it may be read without an administrator's rights.

use std::path::Path;
use std::{env, io};

use windows_registry::{Key, LOCAL_MACHINE, Result};

use super::custom_settings::read_file;
use super::installed::{Computer, Installation, WindowsService};

const SERVICES: &str = r"SYSTEM\CurrentControlSet\Services";
const INSTALLATIONS: &str = r"SOFTWARE\Microsoft\Microsoft Dynamics NAV";
/// `KEY_WOW64_64KEY`: what a 64-bit program wrote, also when this process is a 32-bit one.
const VIEW_OF_64_BIT: u32 = 0x0100;
/// `SERVICE_DISABLED`.
const DISABLED: u32 = 4;

/// The computer this process runs on.
#[derive(Debug)]
pub(super) struct ThisComputer;

impl Computer for ThisComputer {
    fn services(&self) -> std::result::Result<Vec<String>, String> {
        let names = || -> Result<_> { Ok(open(SERVICES)?.keys()?.collect()) };
        names().map_err(|error| error.message())
    }

    fn service(&self, name: &str) -> WindowsService {
        let Ok(key) = open(&format!(r"{SERVICES}\{name}")) else {
            return WindowsService::default();
        };
        WindowsService {
            command: key.get_string("ImagePath").ok(),
            disabled: key.get_u32("Start").is_ok_and(|start| start == DISABLED),
        }
    }

    fn installations(&self) -> Vec<Installation> {
        let Ok(key) = open(INSTALLATIONS) else {
            return Vec::new();
        };
        let versions = key.keys().into_iter().flatten();
        versions
            .filter_map(|version| {
                let key = open(&format!(r"{INSTALLATIONS}\{version}\Service")).ok()?;
                let folder = key.get_string("Path").ok()?;
                is_installed(&key).then_some(Installation { version, folder })
            })
            .collect()
    }

    fn variable(&self, name: &str) -> Option<String> {
        env::var(name).ok()
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        read_file(path)
    }
}

fn open(path: &str) -> Result<Key> {
    LOCAL_MACHINE
        .options()
        .read()
        .access(VIEW_OF_64_BIT)
        .open(path)
}

/// By the value `Installed`, of which no type is documented. Without it, the folder is believed.
fn is_installed(key: &Key) -> bool {
    let number = key.get_u32("Installed").ok();
    let text = key.get_string("Installed").ok();
    number != Some(0) && !text.is_some_and(|text| matches!(text.trim(), "0" | "false"))
}
