//! The arguments of `cargo xtask`.

use crate::bench::{self, Part};
use crate::demo::HostKind;
use crate::fuzz;
use crate::install;
use crate::load;
use crate::platform::Platform;
use crate::test::Step;

pub(crate) const HELP: &str = "\
Usage: cargo xtask <command>

  build        build everything, and lay out the importable module in
               target/module/NavServerSession
  demo         list, remove and list again, against a server of our own on this machine
    --host pwsh|engine|c
               where it runs; without it in the best host that can be had
  test         everything that must hold before a change goes in
    [step …]   only these steps; they run in this order:
               format lint doc rust fuzz xtask build package dotnet powershell load demo windows
               (windows only where it is named: what Wine runs takes longest)
    all        these steps but windows, with the library for Windows in the package as well
  load         eight runspaces remove sessions while answers are faulty: each once, nothing left
    --minutes N
               about so long, 2 without it: 6,000 removals a minute in each runspace
    --seed N   the same again; without it another each time
  bench        measure how fast it is, and write the result into docs/benchmarks
    [part …]   only these parts; they run in this order:
               pipeline slow start separate list growth inside
    --quick    a short run, whose result goes into target/bench instead
  resilience   run all that attacks it, and write the figures into docs/resilience
  fuzz         feed made-up answers, files and names to the parsers, and record how many in
               docs/resilience/fuzzed.csv
    [target …] only these; `nav-fuzz list` names them
    --minutes N
               for each of them, 10 where it is not said
    --merge    instead, write what reaches most into fuzz/corpus
    --sum      instead, say for how long they have been fuzzed by now
  package      build the module for all platforms it is shipped for, and lay it out in
               target/package; on Linux also for Windows
    --target win-x64|linux-x64
               only for this platform; may be given for each
  install      install the library for C programs, with its header, pkg-config and CMake files
    --prefix DIR
               where to; a folder that you can write to
    --destdir DIR
               write below this folder, as if it were the root of the system
  header       write include/nav_session.h anew from the Rust sources
  help-files   write what Get-Help shows anew from docs/cmdlets and docs/about_NavServerSession.md
  notices      write the licences of what the shipped libraries contain of others anew, into
               powershell/NavServerSession/THIRD-PARTY-NOTICES.txt
  picture      draw docs/terminal.svg anew, from what a real terminal shows
  help         this text";

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Build,
    /// In this host, or in the best one there is.
    Demo(Option<HostKind>),
    /// These steps, or all of them where none is named.
    Test(Vec<Step>),
    Bench(bench::Asked),
    Load(load::Asked),
    Fuzz(fuzz::Asked),
    /// For these platforms, or for all that can be built for here where none is named.
    Package(Vec<Platform>),
    Install(install::Asked),
    Header,
    HelpFiles,
    Notices,
    Picture,
    Resilience,
    Help,
}

impl Command {
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut arguments = arguments.into_iter();
        let Some(name) = arguments.next() else {
            return Ok(Self::Help);
        };
        let rest: Vec<String> = arguments.collect();
        let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
        match name.as_str() {
            "build" => no_more(&name, &rest).map(|()| Self::Build),
            "demo" => Ok(Self::Demo(host(&rest)?)),
            "test" => Ok(Self::Test(steps(&rest)?)),
            "bench" => Ok(Self::Bench(measurements(&rest)?)),
            "load" => Ok(Self::Load(load(&rest)?)),
            "fuzz" => Ok(Self::Fuzz(fuzzing(&rest)?)),
            "package" => Ok(Self::Package(platforms(&rest)?)),
            "install" => Ok(Self::Install(installation(&rest)?)),
            "header" => no_more(&name, &rest).map(|()| Self::Header),
            "help-files" => no_more(&name, &rest).map(|()| Self::HelpFiles),
            "notices" => no_more(&name, &rest).map(|()| Self::Notices),
            "picture" => no_more(&name, &rest).map(|()| Self::Picture),
            "resilience" => no_more(&name, &rest).map(|()| Self::Resilience),
            "help" | "--help" | "-h" => Ok(Self::Help),
            _ => Err(format!("`{name}` is not a command of xtask.")),
        }
    }
}

fn no_more(command: &str, rest: &[&str]) -> Result<(), String> {
    rest.first().map_or(Ok(()), |extra| {
        Err(format!(
            "`{command}` takes no argument, and `{extra}` is one."
        ))
    })
}

fn host(rest: &[&str]) -> Result<Option<HostKind>, String> {
    let name = match rest {
        [] => return Ok(None),
        ["--host", name] => *name,
        [one] => one
            .strip_prefix("--host=")
            .ok_or_else(|| format!("`demo` takes `--host pwsh|engine|c`, not `{one}`."))?,
        _ => {
            return Err(format!(
                "`demo` takes `--host pwsh|engine|c`, not `{}`.",
                rest.join(" ")
            ));
        }
    };
    HostKind::from_name(name)
        .map(Some)
        .ok_or_else(|| format!("`{name}` is not a host of the demo: pwsh, engine or c."))
}

fn steps(rest: &[&str]) -> Result<Vec<Step>, String> {
    if rest == ["all"] {
        return Ok(Step::unasked());
    }
    rest.iter()
        .map(|name| {
            Step::from_name(name).ok_or_else(|| format!("`{name}` is not a step of `test`."))
        })
        .collect()
}

fn platforms(rest: &[&str]) -> Result<Vec<Platform>, String> {
    let mut platforms = Vec::new();
    let mut rest = rest.iter();
    while let Some(argument) = rest.next() {
        let name = match argument.strip_prefix("--target") {
            Some("") => rest.next().copied(),
            Some(value) => value.strip_prefix('='),
            None => None,
        };
        let platform = name.and_then(|name| {
            let mut shipped = Platform::SHIPPED.into_iter();
            shipped.find(|platform| platform.name() == name)
        });
        platforms.push(platform.ok_or_else(|| {
            format!(
                "`package` takes `--target win-x64|linux-x64`, not `{}`.",
                name.unwrap_or(argument)
            )
        })?);
    }
    Ok(platforms)
}

fn measurements(rest: &[&str]) -> Result<bench::Asked, String> {
    let mut asked = bench::Asked::default();
    for name in rest {
        if *name == "--quick" {
            asked.quick = true;
        } else if let Some(part) = Part::from_name(name) {
            asked.parts.push(part);
        } else {
            return Err(format!("`{name}` is not a part of `bench`."));
        }
    }
    Ok(asked)
}

fn load(rest: &[&str]) -> Result<load::Asked, String> {
    let mut asked = load::Asked::default();
    for option in rest.chunks(2) {
        match option {
            ["--minutes", number] => {
                asked.minutes = number
                    .parse()
                    .ok()
                    .filter(|minutes| (1..=1440).contains(minutes))
                    .ok_or_else(|| format!("`{number}` is no number of minutes from 1 to 1440."))?;
            }
            ["--seed", number] => {
                let seed = number.parse();
                asked.seed = Some(seed.map_err(|_| format!("`{number}` is no seed."))?);
            }
            _ => {
                return Err(format!(
                    "`load` takes `--minutes N` and `--seed N`, not `{}`.",
                    option.join(" ")
                ));
            }
        }
    }
    Ok(asked)
}

fn installation(rest: &[&str]) -> Result<install::Asked, String> {
    let mut prefix = None;
    let mut destdir = None;
    let mut rest = rest.iter();
    while let Some(argument) = rest.next() {
        let (option, value) = match argument.split_once('=') {
            Some((option, value)) => (option, Some(value)),
            None => (*argument, rest.next().copied()),
        };
        let place = match option {
            "--prefix" => &mut prefix,
            "--destdir" => &mut destdir,
            _ => {
                return Err(format!(
                    "`install` takes `--prefix DIR` and `--destdir DIR`, not `{argument}`."
                ));
            }
        };
        let folder = value.filter(|value| !value.is_empty());
        *place = Some(
            folder
                .ok_or_else(|| format!("`{option}` needs a folder."))?
                .into(),
        );
    }
    Ok(install::Asked {
        prefix: prefix.ok_or("`install` needs `--prefix DIR`, the folder to install in.")?,
        destdir,
    })
}

fn fuzzing(rest: &[&str]) -> Result<fuzz::Asked, String> {
    let mut targets = Vec::new();
    let mut what = fuzz::What::Run { minutes: 10 };
    let mut rest = rest.iter();
    while let Some(argument) = rest.next() {
        match *argument {
            "--merge" => what = fuzz::What::Merge,
            "--sum" => what = fuzz::What::Sum,
            "--minutes" => {
                let number = rest.next().copied().unwrap_or_default();
                what = match number.parse() {
                    Ok(minutes @ 1..) => fuzz::What::Run { minutes },
                    _ => return Err(format!("`{number}` is not a number of minutes.")),
                };
            }
            option if option.starts_with('-') => {
                return Err(format!("`{option}` is not an option of `fuzz`."));
            }
            target => targets.push(target.to_owned()),
        }
    }
    Ok(fuzz::Asked { targets, what })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::WIDTH;

    fn parse(line: &str) -> Result<Command, String> {
        Command::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn each_command_is_known_by_its_name() {
        assert_eq!(parse("build"), Ok(Command::Build));
        assert_eq!(parse("demo"), Ok(Command::Demo(None)));
        assert_eq!(parse("test"), Ok(Command::Test(Vec::new())));
        assert_eq!(parse("header"), Ok(Command::Header));
        assert_eq!(parse("help-files"), Ok(Command::HelpFiles));
        assert_eq!(parse("notices"), Ok(Command::Notices));
        assert_eq!(parse("picture"), Ok(Command::Picture));
        assert_eq!(parse("resilience"), Ok(Command::Resilience));
        assert_eq!(parse("help"), Ok(Command::Help));
        assert_eq!(parse("--help"), Ok(Command::Help));
        assert_eq!(parse(""), Ok(Command::Help));
    }

    #[test]
    fn a_host_of_the_demo_is_given_in_either_form() {
        let engine = Ok(Command::Demo(Some(HostKind::Engine)));
        assert_eq!(parse("demo --host engine"), engine);
        assert_eq!(parse("demo --host=engine"), engine);
    }

    #[test]
    fn single_steps_are_named_in_any_number() {
        assert_eq!(
            parse("test rust dotnet"),
            Ok(Command::Test(vec![Step::Rust, Step::Dotnet]))
        );
        assert_eq!(parse("test"), Ok(Command::Test(Vec::new())));
        assert_eq!(parse("test all"), Ok(Command::Test(Step::unasked())));
        assert!(parse("test all rust").is_err());
    }

    #[test]
    fn platforms_of_a_package_are_given_in_either_form() {
        assert_eq!(parse("package"), Ok(Command::Package(Vec::new())));
        assert_eq!(
            parse("package --target win-x64 --target=linux-x64"),
            Ok(Command::Package(vec![Platform::WINDOWS, Platform::LINUX]))
        );
    }

    #[test]
    fn measurements_are_short_where_that_is_said_anywhere() {
        assert_eq!(parse("bench"), Ok(Command::Bench(bench::Asked::default())));
        let asked = bench::Asked {
            quick: true,
            parts: vec![Part::List, Part::Slow],
        };
        assert_eq!(parse("bench list --quick slow"), Ok(Command::Bench(asked)));
    }

    #[test]
    fn a_load_is_as_long_as_asked_for_and_repeats_a_seed() {
        assert_eq!(parse("load"), Ok(Command::Load(load::Asked::default())));
        let asked = load::Asked {
            minutes: 5,
            seed: Some(7),
        };
        assert_eq!(parse("load --seed 7 --minutes 5"), Ok(Command::Load(asked)));
    }

    #[test]
    fn targets_are_fuzzed_for_ten_minutes_each_unless_it_is_said() {
        let asked = |targets: &[&str], what| {
            let targets = targets.iter().map(|name| (*name).to_owned()).collect();
            Ok(Command::Fuzz(fuzz::Asked { targets, what }))
        };
        let run = |minutes| fuzz::What::Run { minutes };
        assert_eq!(parse("fuzz"), asked(&[], run(10)));
        assert_eq!(
            parse("fuzz token --minutes 60 wildcard"),
            asked(&["token", "wildcard"], run(60))
        );
        assert_eq!(parse("fuzz --merge"), asked(&[], fuzz::What::Merge));
        assert_eq!(
            parse("fuzz --sum token"),
            asked(&["token"], fuzz::What::Sum)
        );
    }

    #[test]
    fn where_to_install_is_given_in_either_form() {
        let asked = install::Asked {
            prefix: "/usr".into(),
            destdir: Some("stage".into()),
        };
        assert_eq!(
            parse("install --destdir stage --prefix=/usr"),
            Ok(Command::Install(asked))
        );
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (line, named) in [
            ("bild", "`bild`"),
            ("build fast", "`fast`"),
            ("demo --host cmd", "`cmd`"),
            ("demo --hots pwsh", "`--hots pwsh`"),
            ("demo engine", "`engine`"),
            ("test rusty", "`rusty`"),
            ("package --target win-x32", "`win-x32`"),
            ("package --target", "`--target`"),
            ("package win-x64", "`win-x64`"),
            ("bench lists", "`lists`"),
            ("bench --fast", "`--fast`"),
            ("load --minutes 0", "`0`"),
            ("load --seed x", "`x`"),
            ("load --seed", "`--seed`"),
            ("load 5", "`5`"),
            ("install", "`--prefix DIR`"),
            ("install --prefix", "`--prefix`"),
            ("install --prefix=", "`--prefix`"),
            ("install /usr", "`/usr`"),
            ("fuzz --minutes 0", "`0`"),
            ("fuzz --hours 1", "`--hours`"),
        ] {
            let mistake = parse(line).expect_err(line);
            assert!(mistake.contains(named), "{line}: {mistake}");
        }
    }

    #[test]
    fn the_help_fits_the_console() {
        assert!(HELP.lines().all(|line| line.chars().count() <= WIDTH));
    }

    #[test]
    fn the_help_names_every_part_of_bench_in_order() {
        let names: Vec<_> = Part::ALL.iter().map(|part| part.name()).collect();
        assert!(HELP.contains(&names.join(" ")));
    }

    #[test]
    fn the_help_names_every_step_of_test_in_order() {
        let names: Vec<_> = Step::ALL.iter().map(|step| step.name()).collect();
        assert!(HELP.contains(&names.join(" ")));
    }

    #[test]
    fn what_workflows_run_are_commands_there_are() {
        let folder = crate::workspace::Workspace::find().unwrap();
        let folder = folder.root().join(".github/workflows");
        let mut runs = 0;
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            for (_, command) in text
                .lines()
                .filter_map(|line| line.split_once("cargo xtask "))
            {
                let parsed = parse(command);
                assert!(parsed.is_ok(), "{}: {command}: {parsed:?}", path.display());
                runs += 1;
            }
        }
        assert!(runs > 0);
    }
}
