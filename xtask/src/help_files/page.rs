//! The page of a cmdlet, as docs/cmdlets has it.

use super::markdown::{Block, Kind, blocks};
use crate::failure::Failure;

const SWITCH: &str = "SwitchParameter";

#[derive(Debug)]
pub(super) struct Page {
    pub(super) name: String,
    pub(super) synopsis: String,
    pub(super) syntax: Vec<Set>,
    pub(super) description: Vec<String>,
    pub(super) examples: Vec<Example>,
    pub(super) parameters: Vec<Parameter>,
    pub(super) inputs: Vec<Described>,
    pub(super) outputs: Vec<Described>,
    pub(super) notes: Vec<String>,
    pub(super) links: Vec<String>,
}

/// One way to call a cmdlet.
#[derive(Debug)]
pub(super) struct Set {
    /// Empty where there is only one.
    name: String,
    pub(super) parameters: Vec<Use>,
}

/// A parameter in one way to call a cmdlet.
#[derive(Debug)]
pub(super) struct Use {
    pub(super) name: String,
    pub(super) required: bool,
    pub(super) position: String,
}

#[derive(Debug)]
pub(super) struct Example {
    pub(super) title: String,
    pub(super) code: String,
    pub(super) remarks: Vec<String>,
}

#[derive(Debug)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) description: Vec<String>,
    pub(super) value_type: String,
    pub(super) aliases: String,
    pub(super) values: Vec<String>,
    pub(super) required: bool,
    pub(super) position: String,
    pub(super) default: String,
    pub(super) pipeline: String,
    pub(super) wildcards: bool,
}

/// What a cmdlet takes or writes.
#[derive(Debug)]
pub(super) struct Described {
    pub(super) type_name: String,
    pub(super) description: Vec<String>,
}

impl Parameter {
    pub(super) fn is_switch(&self) -> bool {
        self.value_type == SWITCH
    }

    pub(super) fn is_list(&self) -> bool {
        self.value_type.ends_with("[]")
    }
}

impl Page {
    pub(super) fn read(text: &str) -> Result<Self, Failure> {
        let blocks = blocks(text)?;
        let name = match blocks.first().map(|block| &block.kind) {
            Some(Kind::Heading(1, name)) => name.clone(),
            _ => {
                return Err(Failure::new(
                    "It does not begin with `# ` and the cmdlet's name.",
                ));
            }
        };
        let section = |title| section(&blocks, title);
        let syntax = syntax(section("SYNTAX")?)?;
        let mut parameters = Vec::new();
        for (title, line, blocks) in parts(section("PARAMETERS")?)? {
            if title != "CommonParameters" {
                parameters.push(parameter(title, line, blocks, &syntax)?);
            }
        }
        for used in syntax.iter().flat_map(|set| &set.parameters) {
            if !parameters
                .iter()
                .any(|parameter| parameter.name == used.name)
            {
                return Err(Failure::new(format!(
                    "-{} is in the syntax alone.",
                    used.name
                )));
            }
        }
        Ok(Self {
            name,
            synopsis: paragraphs(section("SYNOPSIS")?)?.join(" "),
            syntax,
            description: paragraphs(section("DESCRIPTION")?)?,
            examples: examples(section("EXAMPLES")?)?,
            parameters,
            inputs: described(section("INPUTS")?)?,
            outputs: described(section("OUTPUTS")?)?,
            notes: paragraphs(section("NOTES")?)?,
            links: paragraphs(section("RELATED LINKS")?)?,
        })
    }
}

/// What stands under a heading of the second level.
fn section<'a>(blocks: &'a [Block], title: &str) -> Result<&'a [Block], Failure> {
    let start = blocks
        .iter()
        .position(|block| matches!(&block.kind, Kind::Heading(2, text) if text == title))
        .ok_or_else(|| Failure::new(format!("It has no section `## {title}`.")))?
        + 1;
    let length = blocks[start..]
        .iter()
        .position(|block| matches!(block.kind, Kind::Heading(..=2, _)));
    Ok(&blocks[start..length.map_or(blocks.len(), |length| start + length)])
}

type Part<'a> = (&'a str, usize, &'a [Block]);

/// What stands under each heading of the third level, with its title and line.
fn parts(section: &[Block]) -> Result<Vec<Part<'_>>, Failure> {
    let is_heading = |block: &Block| matches!(block.kind, Kind::Heading(..));
    let mut parts = Vec::new();
    let mut rest = section;
    while let Some((first, behind)) = rest.split_first() {
        let Kind::Heading(3, title) = &first.kind else {
            return Err(misplaced(first));
        };
        let length = behind.iter().position(is_heading).unwrap_or(behind.len());
        parts.push((title.as_str(), first.line, &behind[..length]));
        rest = &behind[length..];
    }
    Ok(parts)
}

fn paragraphs(section: &[Block]) -> Result<Vec<String>, Failure> {
    section
        .iter()
        .map(|block| match &block.kind {
            Kind::Paragraph(text) => Ok(text.clone()),
            Kind::Item(text) => Ok(format!("- {text}")),
            Kind::Heading(..) | Kind::Fence(..) => Err(misplaced(block)),
        })
        .collect()
}

fn misplaced(block: &Block) -> Failure {
    Failure::new(format!("Line {} does not belong there.", block.line))
}

fn described(section: &[Block]) -> Result<Vec<Described>, Failure> {
    let described = |(title, _, blocks): Part<'_>| {
        Ok(Described {
            type_name: title.to_owned(),
            description: paragraphs(blocks)?,
        })
    };
    parts(section)?.into_iter().map(described).collect()
}

fn examples(section: &[Block]) -> Result<Vec<Example>, Failure> {
    let mut examples = Vec::new();
    for (heading, line, blocks) in parts(section)? {
        let number = examples.len() + 1;
        let title = heading.strip_prefix(&format!("Example {number}: "));
        let code = blocks.first().map(|block| &block.kind);
        let (Some(title), Some(Kind::Fence(language, code))) = (title, code) else {
            return Err(Failure::new(format!(
                "Line {line}: `### Example {number}: …` and a fenced block come here."
            )));
        };
        if language != "powershell" {
            return Err(misplaced(&blocks[0]));
        }
        examples.push(Example {
            title: title.to_owned(),
            code: code.clone(),
            remarks: paragraphs(&blocks[1..])?,
        });
    }
    Ok(examples)
}

fn syntax(section: &[Block]) -> Result<Vec<Set>, Failure> {
    let mut sets = Vec::new();
    let mut name = String::new();
    for block in section {
        match &block.kind {
            Kind::Heading(3, title) => {
                name = title.strip_suffix(" (Default)").unwrap_or(title).to_owned();
            }
            Kind::Fence(_, line) => sets.push(Set {
                name: name.clone(),
                parameters: uses(line),
            }),
            _ => return Err(misplaced(block)),
        }
    }
    Ok(sets)
}

/// The parameters of a line of syntax, such as `Get-X [-Name] <String> [-Force] [<CommonParameters>]`.
fn uses(line: &str) -> Vec<Use> {
    let mut uses = Vec::new();
    let mut positions = 0;
    let words: Vec<&str> = line.split_whitespace().collect();
    for (at, word) in words.iter().enumerate().skip(1) {
        let Some(name) = word.trim_start_matches('[').strip_prefix('-') else {
            continue;
        };
        let opened = word.chars().take_while(|c| *c == '[').count();
        let with_value = words.get(at + 1).is_some_and(|next| next.starts_with('<'))
            && !words[at + 1].starts_with("<CommonParameters>");
        let is_positional = with_value && word.ends_with(']');
        let position = if is_positional {
            positions += 1;
            (positions - 1).to_string()
        } else {
            "named".to_owned()
        };
        uses.push(Use {
            name: name.trim_end_matches(']').to_owned(),
            required: opened == usize::from(is_positional),
            position,
        });
    }
    uses
}

fn parameter(
    title: &str,
    line: usize,
    blocks: &[Block],
    syntax: &[Set],
) -> Result<Parameter, Failure> {
    let fault = |what: &str| Failure::new(format!("Line {line}: {title} {what}."));
    let Some((Kind::Fence(_, facts), description)) = blocks
        .split_last()
        .map(|(last, before)| (&last.kind, before))
    else {
        return Err(fault("does not end with a fenced block"));
    };
    let fact = |label: &str| {
        facts
            .lines()
            .find_map(|line| line.strip_prefix(label)?.strip_prefix(':'))
            .map(|value| value.trim().to_owned())
    };
    let known = |label: &str| fact(label).ok_or_else(|| fault(&format!("has no line `{label}:`")));
    let truth = |label: &str| match known(label)?.as_str() {
        "True" => Ok(true),
        "False" => Ok(false),
        _ => Err(fault(&format!("has neither True nor False as `{label}`"))),
    };
    let parameter = Parameter {
        name: title.trim_start_matches('-').to_owned(),
        description: paragraphs(description)?,
        value_type: known("Type")?,
        aliases: Some(known("Aliases")?)
            .filter(|aliases| !aliases.is_empty())
            .unwrap_or_else(|| "none".to_owned()),
        values: fact("Accepted values").map_or_else(Vec::new, |values| {
            values.split(", ").map(str::to_owned).collect()
        }),
        required: truth("Required")?,
        position: known("Position")?.to_lowercase(),
        default: known("Default value")?,
        pipeline: known("Accept pipeline input")?,
        wildcards: truth("Accept wildcard characters")?,
    };
    let sets: Vec<(&Set, &Use)> = syntax
        .iter()
        .filter_map(|set| {
            let mut uses = set.parameters.iter();
            Some((set, uses.find(|used| used.name == parameter.name)?))
        })
        .collect();
    let names: Vec<&str> = sets.iter().map(|(set, _)| set.name.as_str()).collect();
    let all = if sets.len() == syntax.len() {
        "(All)".to_owned()
    } else {
        names.join(", ")
    };
    if known("Parameter Sets")? != all {
        return Err(fault(&format!("is in these sets of the syntax: {all}")));
    }
    // Where the sets differ, the first that has it is described.
    if sets.first().is_none_or(|(_, used)| {
        used.required != parameter.required || used.position != parameter.position
    }) {
        return Err(fault(
            "is required or has a position where the syntax says otherwise",
        ));
    }
    Ok(parameter)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::help_files) const PAGE: &str = "\
---
schema: 2.0.0
---

# Get-Thing

## SYNOPSIS
Gets <things>.

## SYNTAX

### ByName (Default)

```
Get-Thing [-Name] <String[]> [[-Place] <String>] [-Age <TimeSpan>]
 [-Force] [<CommonParameters>]
```

### ById

```
Get-Thing -Id <Int32> [-Force] [<CommonParameters>]
```

## DESCRIPTION
It gets
things.

- One of them.

## EXAMPLES

### Example 1: All things

```powershell
Get-Thing * |
    Out-Null
```

All of *them*.

## PARAMETERS

### -Name

The **names**.

```yaml
Type: String[]
Parameter Sets: ByName
Aliases: Title

Required: True
Position: 0
Default value: None
Accept pipeline input: True (ByValue)
Accept wildcard characters: True
```

### -Place

Where.

```yaml
Type: String
Parameter Sets: ByName
Aliases:
Accepted values: Here, There

Required: False
Position: 1
Default value: Here
Accept pipeline input: False
Accept wildcard characters: False
```

### -Age

How old.

```yaml
Type: TimeSpan
Parameter Sets: ByName
Aliases:

Required: False
Position: Named
Default value: None
Accept pipeline input: False
Accept wildcard characters: False
```

### -Id

Which one.

```yaml
Type: Int32
Parameter Sets: ById
Aliases:

Required: True
Position: Named
Default value: None
Accept pipeline input: False
Accept wildcard characters: False
```

### -Force

All the same.

```yaml
Type: SwitchParameter
Parameter Sets: (All)
Aliases:

Required: False
Position: Named
Default value: False
Accept pipeline input: False
Accept wildcard characters: False
```

### CommonParameters

All of them.

## INPUTS

### System.String

Names.

## OUTPUTS

### Thing

One thing.

## NOTES

## RELATED LINKS

[Remove-Thing](Remove-Thing.md)
";

    fn uses_of(set: &Set) -> Vec<(&str, bool, &str)> {
        let uses = set.parameters.iter();
        uses.map(|used| (used.name.as_str(), used.required, used.position.as_str()))
            .collect()
    }

    #[test]
    fn the_syntax_says_what_is_required_and_where_it_stands() {
        let page = Page::read(PAGE).unwrap();
        assert_eq!(
            uses_of(&page.syntax[0]),
            [
                ("Name", true, "0"),
                ("Place", false, "1"),
                ("Age", false, "named"),
                ("Force", false, "named"),
            ]
        );
        assert_eq!(
            uses_of(&page.syntax[1]),
            [("Id", true, "named"), ("Force", false, "named")]
        );
    }

    #[test]
    fn a_parameter_is_what_its_block_says() {
        let page = Page::read(PAGE).unwrap();
        let name = &page.parameters[0];
        assert_eq!(name.description, ["The names."]);
        assert_eq!((name.aliases.as_str(), name.wildcards), ("Title", true));
        assert!(name.is_list() && !name.is_switch());
        assert_eq!(page.parameters[1].values, ["Here", "There"]);
        assert!(page.parameters[4].is_switch());
        assert_eq!(page.parameters.len(), 5);
    }

    #[test]
    fn a_page_that_contradicts_itself_is_refused() {
        for (old, new, told) in [
            (
                "[-Age <TimeSpan>]",
                "[-Aged <TimeSpan>]",
                "-Age is in these sets",
            ),
            (
                "Get-Thing -Id <Int32>",
                "Get-Thing -Id <Int32> -New",
                "-New is in the syntax alone",
            ),
            (
                "Position: 1",
                "Position: 2",
                "-Place is required or has a position",
            ),
            ("Parameter Sets: (All)", "Parameter Sets: ById", "(All)"),
            ("Example 1:", "Example 2:", "`### Example 1: …`"),
            ("## NOTES", "## NOTE", "`## NOTES`"),
            (
                "Accept wildcard characters: True",
                "",
                "`Accept wildcard characters:`",
            ),
            ("Gets <things>.", "```\nx\n```", "does not belong there"),
        ] {
            let page = PAGE.replacen(old, new, 1);
            assert_ne!(page, PAGE);
            let refused = Page::read(&page).unwrap_err().to_string();
            assert!(refused.contains(told), "{refused}");
        }
    }
}
