//! The rows of a page, as JSON has them.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};

/// Rows of one page at most. No page of a server has a tenth of them, and a row can take thirty times the memory of its
/// text, so that an answer out of rows alone would fill this computer's.
pub(super) const MOST: usize = 250_000;

/// Rows that are read as long as there are not too many of them.
pub(super) struct Rows<T>(pub(super) Vec<T>);

/// That there are too many, in a few words.
pub(super) fn too_many() -> String {
    format!("more than {MOST} rows on one page")
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Rows<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RowsVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for RowsVisitor<T> {
            type Value = Rows<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array of rows")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<Rows<T>, A::Error> {
                let mut read = Vec::new();
                while let Some(row) = rows.next_element()? {
                    if read.len() == MOST {
                        return Err(de::Error::custom(too_many()));
                    }
                    read.push(row);
                }
                Ok(Rows(read))
            }
        }

        deserializer.deserialize_seq(RowsVisitor(PhantomData))
    }
}
