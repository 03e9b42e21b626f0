//! The targets. A new one is a function, a line here, and seeds in a folder of its name.

mod admin_center;
mod endpoints;
mod headers;
mod names;
mod odata;
mod service_command;
mod settings;
mod soap;
mod token;
mod wildcard;

use crate::Target;

/// All of them.
pub const TARGETS: &[Target] = &[
    target("soap-list", "soap", 8192, soap::list),
    target("soap-removal", "soap", 4096, soap::removal),
    target("odata-list", "json", 8192, odata::list),
    target("odata-removal", "json", 4096, odata::removal),
    target("admin-center-list", "json", 8192, admin_center::list),
    target("admin-center-session", "json", 4096, admin_center::session),
    target("admin-center-removal", "json", 4096, admin_center::removal),
    target("token", "json", 4096, token::answer),
    target("headers", "headers", 2048, headers::headers),
    target("custom-settings", "settings", 8192, settings::file),
    target("endpoints-file", "endpoints", 8192, endpoints::file),
    target("endpoint", "endpoints", 4096, endpoints::endpoint),
    target("wildcard", "wildcard", 256, wildcard::pattern),
    target(
        "service-command",
        "service-command",
        1024,
        service_command::command_line,
    ),
    target("server-instance", "names", 512, names::server_instance),
];

const fn target(
    name: &'static str,
    dictionary: &'static str,
    longest: usize,
    run: fn(&[u8]),
) -> Target {
    Target {
        name,
        dictionary,
        longest,
        run,
    }
}

/// The text of an input; what is not UTF-8 in it is replaced.
fn text(input: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(input)
}
