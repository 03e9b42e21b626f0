//! Zip files, the same for the same contents: no times, no order but the given one, no compression, which no two versions
//! of a library do alike.

use std::fmt;

/// More than a file of a package may have: the format counts in 32 bits.
#[derive(Debug)]
pub(crate) struct TooLarge;

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it is larger than a zip file may be")
    }
}

/// The first of January 1980, the earliest day that the format knows.
const DATE: u16 = 0x21;
/// Names are in UTF-8.
const FLAGS: u16 = 0x0800;
/// The version that reads a file without compression.
const READER: u16 = 10;

/// A zip file with these contents by their paths inside of it.
pub(crate) fn zip(files: &[(String, Vec<u8>)]) -> Result<Vec<u8>, TooLarge> {
    let mut archive = Vec::new();
    let mut index = Vec::new();
    for (name, contents) in files {
        let at = number(archive.len())?;
        let size = number(contents.len())?;
        let mut shared = Vec::new();
        for word in [READER, FLAGS, 0, 0, DATE] {
            shared.extend(word.to_le_bytes());
        }
        for number in [checksum(contents), size, size] {
            shared.extend(number.to_le_bytes());
        }
        let length = u16::try_from(name.len()).map_err(|_| TooLarge)?;
        shared.extend(length.to_le_bytes());
        shared.extend([0; 2]);

        archive.extend(b"PK\x03\x04");
        archive.extend(&shared);
        archive.extend(name.as_bytes());
        archive.extend(contents);

        index.extend(b"PK\x01\x02");
        index.extend(READER.to_le_bytes());
        index.extend(&shared);
        // No comment, one disk, no attributes.
        index.extend([0; 10]);
        index.extend(at.to_le_bytes());
        index.extend(name.as_bytes());
    }
    let count = u16::try_from(files.len()).map_err(|_| TooLarge)?;
    let (at, size) = (number(archive.len())?, number(index.len())?);
    archive.extend(index);
    archive.extend(b"PK\x05\x06");
    archive.extend([0; 4]);
    archive.extend(count.to_le_bytes());
    archive.extend(count.to_le_bytes());
    archive.extend(size.to_le_bytes());
    archive.extend(at.to_le_bytes());
    archive.extend([0; 2]);
    Ok(archive)
}

fn number(length: usize) -> Result<u32, TooLarge> {
    u32::try_from(length).map_err(|_| TooLarge)
}

/// CRC-32 as zip files have it.
fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xEDB8_8320 & (sum & 1).wrapping_neg())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_format() {
        assert_eq!(checksum(b"123456789"), 0xCBF4_3926);
        assert_eq!(checksum(b""), 0);
    }

    #[test]
    fn contents_and_index_are_where_the_end_says() {
        let files = [
            ("a.txt".to_owned(), b"one".to_vec()),
            ("b/c.txt".to_owned(), Vec::new()),
        ];
        let archive = zip(&files).unwrap();
        let end = archive.len() - 22;
        let at = |from: usize| u32::from_le_bytes(archive[from..from + 4].try_into().unwrap());
        assert_eq!(&archive[end..end + 4], b"PK\x05\x06");
        assert_eq!(archive[end + 10], 2);
        let index = at(end + 16) as usize;
        assert_eq!(index + at(end + 12) as usize, end);
        assert_eq!(&archive[index..index + 4], b"PK\x01\x02");
        assert_eq!(&archive[index + 46..index + 51], b"a.txt");
        let second = index + 51;
        let start = at(second + 42) as usize;
        assert_eq!(&archive[start..start + 4], b"PK\x03\x04");
        assert_eq!(&archive[start + 30..start + 37], b"b/c.txt");
        assert_eq!(&archive[30..38], b"a.txtone");
    }
}
