//! The names that depend on the operating system and the processor.

use std::env::consts;

use crate::failure::Failure;

/// The platform the module's native library is built for, as the module's loader names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Platform {
    os: Os,
    architecture: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Os {
    Windows,
    Linux,
    Mac,
}

impl Platform {
    pub(crate) const WINDOWS: Self = Self {
        os: Os::Windows,
        architecture: "x64",
    };
    pub(crate) const LINUX: Self = Self {
        os: Os::Linux,
        architecture: "x64",
    };
    /// Those that a package has.
    pub(crate) const SHIPPED: [Self; 2] = [Self::WINDOWS, Self::LINUX];

    pub(crate) fn current() -> Result<Self, Failure> {
        Self::named(consts::OS, consts::ARCH).ok_or_else(|| {
            Failure::new(format!(
                "The module is not made for {} on {}.",
                consts::OS,
                consts::ARCH
            ))
            .advise("It is made for Windows, Linux and macOS, on x64 and arm64.")
        })
    }

    fn named(os: &str, architecture: &str) -> Option<Self> {
        Some(Self {
            os: match os {
                "windows" => Os::Windows,
                "linux" => Os::Linux,
                "macos" => Os::Mac,
                _ => return None,
            },
            architecture: match architecture {
                "x86_64" => "x64",
                "aarch64" => "arm64",
                _ => return None,
            },
        })
    }

    /// The folder of the module that has its library.
    pub(crate) fn name(self) -> String {
        let os = match self.os {
            Os::Windows => "win",
            Os::Linux => "linux",
            Os::Mac => "osx",
        };
        format!("{os}-{}", self.architecture)
    }

    /// What cargo calls the library.
    pub(crate) fn built_library(self) -> &'static str {
        match self.os {
            Os::Windows => "nav_session.dll",
            Os::Linux => "libnav_session.so",
            Os::Mac => "libnav_session.dylib",
        }
    }

    /// What programs that are linked with the library look for, by the version of its ABI.
    pub(crate) fn soname(self, abi: u32) -> String {
        match self.os {
            Os::Windows => "nav_session.dll".to_owned(),
            Os::Linux => format!("libnav_session.so.{abi}"),
            Os::Mac => format!("libnav_session.{abi}.dylib"),
        }
    }

    /// Where the library is installed for C programs, from the prefix.
    pub(crate) fn installed_library(self, abi: u32) -> String {
        let folder = match self.os {
            Os::Windows => "bin",
            Os::Linux | Os::Mac => "lib",
        };
        format!("{folder}/{}", self.soname(abi))
    }

    /// What gives the linker that name, which Windows's takes from the file.
    pub(crate) fn soname_argument(self, abi: u32) -> Option<String> {
        let soname = self.soname(abi);
        match self.os {
            Os::Windows => None,
            Os::Linux => Some(format!("link-arg=-Wl,-soname,{soname}")),
            Os::Mac => Some(format!("link-arg=-Wl,-install_name,@rpath/{soname}")),
        }
    }

    /// Where the module's loader looks for the library, from the module's folder.
    pub(crate) fn shipped_library(self) -> String {
        let extension = match self.os {
            Os::Windows => "dll",
            Os::Linux => "so",
            Os::Mac => "dylib",
        };
        format!("{}/nav_session.{extension}", self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_is_shipped_where_the_loader_looks_for_it() {
        for (os, architecture, built, shipped) in [
            (
                "linux",
                "x86_64",
                "libnav_session.so",
                "linux-x64/nav_session.so",
            ),
            (
                "windows",
                "x86_64",
                "nav_session.dll",
                "win-x64/nav_session.dll",
            ),
            (
                "macos",
                "aarch64",
                "libnav_session.dylib",
                "osx-arm64/nav_session.dylib",
            ),
        ] {
            let platform = Platform::named(os, architecture).expect(os);
            assert_eq!(platform.built_library(), built);
            assert_eq!(platform.shipped_library(), shipped);
        }
    }

    #[test]
    fn c_programs_find_the_library_by_a_name_with_the_version_of_its_abi() {
        for (os, installed) in [
            ("linux", "lib/libnav_session.so.1"),
            ("windows", "bin/nav_session.dll"),
            ("macos", "lib/libnav_session.1.dylib"),
        ] {
            let platform = Platform::named(os, "x86_64").expect(os);
            assert_eq!(platform.installed_library(1), installed);
        }
    }

    #[test]
    fn a_platform_the_module_is_not_made_for_has_no_name() {
        assert_eq!(Platform::named("linux", "riscv64"), None);
        assert_eq!(Platform::named("freebsd", "x86_64"), None);
    }
}
