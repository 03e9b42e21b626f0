//! The parsers of this folder that are private, for `crate::fuzzing`.

use super::service_command::{self, ServiceCommand};

pub(crate) fn service_command(command: &str) -> (Option<String>, Option<String>) {
    let ServiceCommand {
        program_folder,
        config_folder,
    } = ServiceCommand::parse(command);
    (program_folder, config_folder)
}

pub(crate) fn expanded(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    service_command::expanded(text, value)
}
