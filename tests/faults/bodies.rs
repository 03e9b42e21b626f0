//! Texts and bytes that answers are made of.

use nav_session::Service;

use crate::relay::{Operation, Request};

pub(crate) fn soap(inside: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><s:Envelope \
         xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>{inside}</s:Body></s:Envelope>"
    )
}

pub(crate) fn soap_value(value: &str) -> String {
    format!(
        "<RemoveSession_Result xmlns=\"urn:microsoft-dynamics-schemas/codeunit/SessionControl\">\
         <return_value>{value}</return_value></RemoveSession_Result>"
    )
}

pub(crate) fn soap_removed(word: &str) -> String {
    soap(&soap_value(word))
}

pub(crate) fn odata_removed(word: &str) -> String {
    format!("{{\"@odata.context\":\"x\",\"value\":\"{word}\"}}")
}

/// A list with these rows.
pub(crate) fn soap_rows(rows: &str) -> String {
    soap(&format!(
        "<ReadMultiple_Result xmlns=\"urn:microsoft-dynamics-schemas/page/activesessions\">\
         <ReadMultiple_Result>{rows}</ReadMultiple_Result></ReadMultiple_Result>"
    ))
}

/// What the same fault is in each of the forms an answer can have.
pub(crate) struct Forms {
    pub(crate) soap_list: String,
    pub(crate) soap_removal: String,
    pub(crate) odata_list: String,
    pub(crate) odata_removal: String,
    /// `GET …/sessions/ID`; nobody looks at what a `DELETE` is answered with.
    pub(crate) admin_center: String,
}

impl Forms {
    pub(crate) fn fitting(&self, request: &Request) -> String {
        match (request.service, request.operation) {
            (Service::Soap, Operation::List) => &self.soap_list,
            (Service::Soap, Operation::Remove) => &self.soap_removal,
            (Service::OData, Operation::List) => &self.odata_list,
            (Service::OData, Operation::Remove) => &self.odata_removal,
            (Service::AdminCenter, _) => &self.admin_center,
        }
        .clone()
    }
}

/// A gzip stream of a space repeated to about this many bytes (RFC 1952, RFC 1951 with fixed codes), without its end: no
/// one gets as far. Each repetition of 258 bytes takes 13 bits, so 13 bytes come again and again.
pub(crate) fn gzip_bomb(bytes: usize) -> Vec<u8> {
    let mut bits = Bits::default();
    // The last block, with fixed codes.
    bits.number(1, 1);
    bits.number(1, 2);
    bits.code(0b0101_0000, 8);
    for _ in 0..16 {
        bits.code(0b1100_0101, 8);
        bits.code(0, 5);
    }
    let mut out = vec![0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255];
    out.extend(&bits.bytes[..2]);
    out.extend(bits.bytes[2..15].repeat(bytes / (8 * 258) + 1));
    out
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    filled: u32,
}

impl Bits {
    fn bit(&mut self, bit: u32) {
        if self.filled.is_multiple_of(8) {
            self.bytes.push(0);
        }
        if bit == 1 {
            *self.bytes.last_mut().unwrap() |= 1 << (self.filled % 8);
        }
        self.filled += 1;
    }

    /// The lowest bit first.
    fn number(&mut self, value: u32, width: u32) {
        (0..width).for_each(|at| self.bit(value >> at & 1));
    }

    /// The highest bit first.
    fn code(&mut self, value: u32, width: u32) {
        (0..width).rev().for_each(|at| self.bit(value >> at & 1));
    }
}
