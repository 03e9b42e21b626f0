//! The command line by which Windows starts the service of a server instance: the value `ImagePath` of the service.

/// Folders of the program and of its configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ServiceCommand {
    /// Folder of the server's program.
    pub(super) program_folder: Option<String>,
    /// Folder of the file behind `/config`: that of the instance, with its settings.
    pub(super) config_folder: Option<String>,
}

impl ServiceCommand {
    /// Reads `"…\Microsoft.Dynamics.Nav.Server.exe" $NAME /config "…\Microsoft.Dynamics.Nav.Server.exe.config"`, with or
    /// without the quotation marks and the slash.
    pub(super) fn parse(command: &str) -> Self {
        let (program, mut rest) = path(command, ".exe");
        let mut config = None;
        while config.is_none() && !rest.is_empty() {
            let (argument, after) = word(rest);
            if argument
                .trim_start_matches(['/', '-'])
                .eq_ignore_ascii_case("config")
            {
                config = Some(path(after, ".config").0);
            }
            rest = after;
        }
        Self {
            program_folder: folder(program),
            config_folder: config.and_then(folder),
        }
    }
}

/// Puts values in place of `%NAME%`, as Windows does: a name it does not know stays as it is.
pub(super) fn expanded(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut done = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        done.push_str(before);
        match after
            .split_once('%')
            .map(|(name, after)| (value(name), after))
        {
            Some((Some(value), after)) => {
                done.push_str(&value);
                rest = after;
            }
            _ => {
                done.push('%');
                rest = after;
            }
        }
    }
    done + rest
}

/// The path at the beginning of a command line, and what follows. Without quotation marks it ends with `extension`, as it
/// may hold blanks.
fn path<'a>(line: &'a str, extension: &str) -> (&'a str, &'a str) {
    let line = line.trim();
    if line.starts_with('"') {
        return word(line);
    }
    let lower = line.to_ascii_lowercase();
    let end = lower
        .match_indices(extension)
        .map(|(at, _)| at + extension.len())
        .find(|end| lower[*end..].chars().next().is_none_or(char::is_whitespace))
        .unwrap_or(line.len());
    (&line[..end], line[end..].trim_start())
}

/// One argument, without its quotation marks, and what follows.
fn word(line: &str) -> (&str, &str) {
    let line = line.trim_start();
    let (word, rest) = match line.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
        None => line.split_once(char::is_whitespace).unwrap_or((line, "")),
    };
    (word, rest.trim_start())
}

fn folder(path: &str) -> Option<String> {
    let at = path.rfind(['\\', '/'])?;
    Some(path[..at].to_owned()).filter(|folder| !folder.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folders_are_found_with_and_without_quotation_marks() {
        let program = r"C:\Program Files\Microsoft Dynamics NAV\110\Service";
        let config = format!(r"{program}\Instances\NAV two");
        let exe = format!(r"{program}\Microsoft.Dynamics.Nav.Server.exe");
        let file = format!(r"{config}\Microsoft.Dynamics.Nav.Server.exe.config");
        for command in [
            format!(r#""{exe}" $NAV /config "{file}""#),
            format!(r#"{exe} $NAV /config {file}"#),
            format!(r#"  "{exe}"   $NAV   config   "{file}"  "#),
            format!(r#""{exe}" $NAV -Config "{file}" /more "x y""#),
            format!(r#"{exe} $NAV /config {file} /more x"#),
            format!(r#""{exe}" "$NAV /config" /config "{file}"#).replace(".exe", ".EXE"),
        ] {
            let read = ServiceCommand::parse(&command);
            assert_eq!(read.program_folder.as_deref(), Some(program), "{command}");
            assert_eq!(read.config_folder.as_deref(), Some(&*config), "{command}");
        }
    }

    #[test]
    fn variables_are_replaced_where_they_are_known() {
        let value = |name: &str| (name == "ProgramFiles").then(|| r"C:\Programs".to_owned());
        for (text, expected) in [
            (r"%ProgramFiles%\NAV", r"C:\Programs\NAV"),
            (r"a%b%ProgramFiles%%c", r"a%bC:\Programs%c"),
            ("100 %", "100 %"),
            ("%unknown%", "%unknown%"),
        ] {
            assert_eq!(expanded(text, value), expected);
        }
    }

    #[test]
    fn what_is_missing_is_none() {
        for (command, program) in [
            ("", None),
            ("Microsoft.Dynamics.Nav.Server.exe $NAV", None),
            (r"C:\Service\Server.exe", Some(r"C:\Service")),
            (r"C:\Service\Server.exe $NAV /config", Some(r"C:\Service")),
            (r"C:\a.exe.b\Server.exe $NAV", Some(r"C:\a.exe.b")),
            (r#""C:\Service\Server.exe"#, Some(r"C:\Service")),
            (
                r"C:\Service\Server.exe $NAV /configure C:\X\Y.config",
                Some(r"C:\Service"),
            ),
        ] {
            let read = ServiceCommand::parse(command);
            assert_eq!(read.program_folder.as_deref(), program, "{command}");
            assert_eq!(read.config_folder, None, "{command}");
        }
    }
}
