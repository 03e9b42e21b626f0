//! What the file of a Windows library says of itself: the parts of the PE format that a package is checked by.

use std::collections::BTreeSet;

/// A 64-bit DLL.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Image {
    /// `DllCharacteristics`.
    pub(crate) characteristics: u16,
    /// Names of the functions it exports.
    pub(crate) exports: BTreeSet<String>,
    /// Names of the libraries it needs, in small letters.
    pub(crate) imports: BTreeSet<String>,
    /// The file's version, where it has one.
    pub(crate) version: Option<[u16; 4]>,
}

const MACHINE_X64: u16 = 0x8664;
const IS_DLL: u16 = 0x2000;
const PE32_PLUS: u16 = 0x020B;

const EXPORTS: usize = 0;
const IMPORTS: usize = 1;
const RESOURCES: usize = 2;
const DELAYED_IMPORTS: usize = 13;

const VERSION_RESOURCE: u32 = 16;
const SUBFOLDER: u32 = 0x8000_0000;
/// What `VS_FIXEDFILEINFO` begins with.
const FIXED_INFO: u32 = 0xFEEF_04BD;

struct Section {
    address: u32,
    size: u32,
    offset: u32,
}

struct Reader<'a> {
    file: &'a [u8],
    sections: Vec<Section>,
}

impl Image {
    /// `None` where the file is no 64-bit DLL of Windows, or breaks off.
    pub(crate) fn read(file: &[u8]) -> Option<Self> {
        let mut reader = Reader {
            file,
            sections: Vec::new(),
        };
        let head = reader.u32(0x3C)? as usize;
        let options = head + 24;
        let is_library = file.get(..2)? == b"MZ"
            && file.get(head..head + 4)? == b"PE\0\0"
            && reader.u16(head + 4)? == MACHINE_X64
            && reader.u16(head + 22)? & IS_DLL != 0
            && reader.u16(options)? == PE32_PLUS;
        if !is_library {
            return None;
        }
        let sections = options + usize::from(reader.u16(head + 20)?);
        for index in 0..usize::from(reader.u16(head + 6)?) {
            let at = sections + 40 * index;
            let section = Section {
                address: reader.u32(at + 12)?,
                size: reader.u32(at + 8)?.max(reader.u32(at + 16)?),
                offset: reader.u32(at + 20)?,
            };
            reader.sections.push(section);
        }
        // The address of a table; 0 where there is none.
        let table = |index: usize| reader.u32(options + 112 + 8 * index);
        let mut imports = reader.imported(table(IMPORTS)?, 20, 12)?;
        imports.extend(reader.imported(table(DELAYED_IMPORTS)?, 32, 4)?);
        Some(Self {
            characteristics: reader.u16(options + 70)?,
            exports: reader.exported(table(EXPORTS)?)?,
            imports,
            version: match table(RESOURCES)? {
                0 => None,
                resources => reader.version(resources),
            },
        })
    }
}

impl Reader<'_> {
    fn bytes<const N: usize>(&self, at: usize) -> Option<[u8; N]> {
        self.file.get(at..)?.first_chunk().copied()
    }

    fn u16(&self, at: usize) -> Option<u16> {
        self.bytes(at).map(u16::from_le_bytes)
    }

    fn u32(&self, at: usize) -> Option<u32> {
        self.bytes(at).map(u32::from_le_bytes)
    }

    /// Where in the file an address of the loaded library is.
    fn offset(&self, address: u32) -> Option<usize> {
        self.sections.iter().find_map(|section| {
            let inside = address.checked_sub(section.address)?;
            (inside < section.size).then_some(section.offset as usize + inside as usize)
        })
    }

    fn name(&self, address: u32) -> Option<String> {
        let text = self.file.get(self.offset(address)?..)?;
        let end = text.iter().position(|byte| *byte == 0)?;
        Some(String::from_utf8_lossy(&text[..end]).into_owned())
    }

    fn exported(&self, table: u32) -> Option<BTreeSet<String>> {
        if table == 0 {
            return Some(BTreeSet::new());
        }
        let table = self.offset(table)?;
        let names = self.offset(self.u32(table + 32)?)?;
        (0..self.u32(table + 24)? as usize)
            .map(|index| self.name(self.u32(names + 4 * index)?))
            .collect()
    }

    /// Names of libraries out of a table of entries of `size` bytes, with the name's address at `name`. It ends with an
    /// entry without one.
    fn imported(&self, table: u32, size: usize, name: usize) -> Option<BTreeSet<String>> {
        let mut imports = BTreeSet::new();
        if table == 0 {
            return Some(imports);
        }
        let mut entry = self.offset(table)?;
        loop {
            match self.u32(entry + name)? {
                0 => return Some(imports),
                address => imports.insert(self.name(address)?.to_lowercase()),
            };
            entry += size;
        }
    }

    /// The version among the resources: the first of its kind, in its first language.
    fn version(&self, resources: u32) -> Option<[u16; 4]> {
        let root = self.offset(resources)?;
        let mut folder = self.resource(root, Some(VERSION_RESOURCE))?;
        while folder & SUBFOLDER != 0 {
            folder = self.resource(root + (folder & !SUBFOLDER) as usize, None)?;
        }
        let entry = root + folder as usize;
        let start = self.offset(self.u32(entry)?)?;
        let data = self
            .file
            .get(start..start + self.u32(entry + 4)? as usize)?;
        let fixed = data
            .windows(4)
            .position(|bytes| bytes == FIXED_INFO.to_le_bytes())?;
        let part = |at| self.u16(start + fixed + at);
        Some([part(10)?, part(8)?, part(14)?, part(12)?])
    }

    /// What the entry of this number leads to in the folder at `at`, or the first entry of all.
    fn resource(&self, at: usize, number: Option<u32>) -> Option<u32> {
        let named = self.u16(at + 12)?;
        let entries = usize::from(named) + usize::from(self.u16(at + 14)?);
        (0..entries)
            .map(|index| at + 16 + 8 * index)
            .find(|entry| number.is_none() || self.u32(*entry) == number)
            .and_then(|entry| self.u32(entry + 4))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_library_of_windows_is_not_read() {
        assert_eq!(Image::read(b""), None);
        assert_eq!(Image::read(b"\x7FELF"), None);
        assert_eq!(Image::read(&[0; 4096]), None);
        let mut broken = vec![0; 64];
        broken[..2].copy_from_slice(b"MZ");
        broken[0x3C] = 0xFF;
        assert_eq!(Image::read(&broken), None);
    }
}
