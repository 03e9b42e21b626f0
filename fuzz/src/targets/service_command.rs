//! The command line by which Windows starts the service of a server instance.

use nav_session::fuzzing::{expanded, service_command};

use crate::memory;

use super::text;

pub(super) fn command_line(input: &[u8]) {
    let command = text(input);
    let (program, config) = memory::within(8, command.len(), || service_command(&command));
    for folder in [&program, &config].into_iter().flatten() {
        assert!(!folder.is_empty());
        assert!(
            command.contains(&**folder),
            "{folder:?} is not in {command:?}"
        );
    }
    variables(&command);
    // Any two folders that Windows could have are found in a command line of theirs.
    if let Some((program, config)) = command.split_once('\n') {
        quoted(program, config);
    }
}

fn variables(text: &str) {
    assert_eq!(expanded(text, |_| None), text);
    let once = expanded(text, |name| (name == "A").then(|| "b".to_owned()));
    assert_eq!(
        once.replace("%A%", "b"),
        text.replace("%A%", "b"),
        "{text:?}"
    );
}

fn quoted(program: &str, config: &str) {
    let is_path = |path: &str| !path.is_empty() && !path.contains(['"', '\n', '\r']);
    if !is_path(program) || !is_path(config) {
        return;
    }
    let command = format!(
        "\"{program}\\Microsoft.Dynamics.Nav.Server.exe\" $NAV /config \"{config}\\Server.exe.config\""
    );
    let found = service_command(&command);
    assert_eq!(found, (Some(program.to_owned()), Some(config.to_owned())));
}
