//! Pages as MAML, the form in which `Get-Help` reads the help of compiled cmdlets.

use std::fmt::Write as _;

use super::page::{Described, Example, Page, Parameter, Use};

/// As wide as `Get-Help` was made for.
const TITLE_WIDTH: usize = 80;
const NAMESPACES: &str = "xmlns:maml=\"http://schemas.microsoft.com/maml/2004/10\" \
                          xmlns:command=\"http://schemas.microsoft.com/maml/dev/command/2004/10\" \
                          xmlns:dev=\"http://schemas.microsoft.com/maml/dev/2004/10\"";

/// XML that is written element by element.
struct Writer {
    text: String,
    depth: usize,
}

pub(super) fn maml(pages: &[Page]) -> String {
    let mut xml = Writer {
        text: "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n".to_owned(),
        depth: 0,
    };
    xml.inside("helpItems", "schema=\"maml\" xmlns=\"http://msh\"", |xml| {
        for page in pages {
            xml.inside("command:command", NAMESPACES, |xml| command(xml, page));
        }
    });
    xml.text
}

impl Writer {
    fn line(&mut self, line: &str) {
        let _ = writeln!(self.text, "{:1$}{line}", "", 2 * self.depth);
    }

    fn inside(&mut self, element: &str, attributes: &str, content: impl FnOnce(&mut Self)) {
        let attributes = if attributes.is_empty() {
            String::new()
        } else {
            format!(" {attributes}")
        };
        self.line(&format!("<{element}{attributes}>"));
        self.depth += 1;
        content(self);
        self.depth -= 1;
        self.line(&format!("</{element}>"));
    }

    fn element(&mut self, element: &str, text: &str) {
        self.line(&format!("<{element}>{}</{element}>", escaped(text)));
    }

    fn paragraphs(&mut self, element: &str, paragraphs: &[String]) {
        self.inside(element, "", |xml| {
            for paragraph in paragraphs {
                xml.element("maml:para", paragraph);
            }
        });
    }

    fn link(&mut self, text: &str) {
        self.inside("maml:navigationLink", "", |xml| {
            xml.element("maml:linkText", text);
            xml.line("<maml:uri />");
        });
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn command(xml: &mut Writer, page: &Page) {
    xml.inside("command:details", "", |xml| {
        let (verb, noun) = page.name.split_once('-').unwrap_or((&page.name, ""));
        xml.element("command:name", &page.name);
        xml.element("command:verb", verb);
        xml.element("command:noun", noun);
        xml.paragraphs("maml:description", std::slice::from_ref(&page.synopsis));
    });
    xml.paragraphs("maml:description", &page.description);
    xml.inside("command:syntax", "", |xml| {
        for set in &page.syntax {
            xml.inside("command:syntaxItem", "", |xml| {
                xml.element("maml:name", &page.name);
                for used in &set.parameters {
                    let described = page.parameters.iter().find(|other| other.name == used.name);
                    if let Some(described) = described {
                        parameter(xml, described, Some(used));
                    }
                }
            });
        }
    });
    xml.inside("command:parameters", "", |xml| {
        for described in &page.parameters {
            parameter(xml, described, None);
        }
    });
    types(xml, "command:inputType", &page.inputs);
    types(xml, "command:returnValue", &page.outputs);
    xml.inside("maml:alertSet", "", |xml| {
        xml.paragraphs("maml:alert", &page.notes);
    });
    xml.inside("command:examples", "", |xml| {
        for (number, one) in (1..).zip(&page.examples) {
            xml.inside("command:example", "", |xml| example(xml, number, one));
        }
    });
    xml.inside("command:relatedLinks", "", |xml| {
        for link in &page.links {
            xml.link(link);
        }
    });
}

/// A parameter by itself, or as it is used in one way to call the cmdlet.
fn parameter(xml: &mut Writer, parameter: &Parameter, used: Option<&Use>) {
    let (required, position) = used.map_or((parameter.required, &parameter.position), |used| {
        (used.required, &used.position)
    });
    let attributes = format!(
        "required=\"{required}\" variableLength=\"{}\" globbing=\"{}\" pipelineInput=\"{}\" \
         position=\"{position}\" aliases=\"{}\"",
        parameter.is_list(),
        parameter.wildcards,
        parameter.pipeline,
        parameter.aliases,
    );
    xml.inside("command:parameter", &attributes, |xml| {
        xml.element("maml:name", &parameter.name);
        let mut description = parameter.description.clone();
        if used.is_none() && !parameter.values.is_empty() {
            // `Get-Help` shows the values in the syntax only.
            description.push(format!("Accepted values: {}.", parameter.values.join(", ")));
        }
        xml.paragraphs("maml:description", &description);
        let value = |xml: &mut Writer, required: bool, text: &str| {
            xml.line(&format!(
                "<command:parameterValue required=\"{required}\" variableLength=\"false\">{}</command:parameterValue>",
                escaped(text)
            ));
        };
        // In the syntax a choice stands for its type, and a switch has no value.
        if used.is_none() || (parameter.values.is_empty() && !parameter.is_switch()) {
            value(xml, !parameter.is_switch(), &parameter.value_type);
        }
        if !parameter.values.is_empty() {
            xml.inside("command:parameterValueGroup", "", |xml| {
                for one in &parameter.values {
                    value(xml, false, one);
                }
            });
        }
        value_type(xml, &parameter.value_type);
        xml.element("dev:defaultValue", &parameter.default);
    });
}

fn value_type(xml: &mut Writer, name: &str) {
    xml.inside("dev:type", "", |xml| {
        xml.element("maml:name", name);
        xml.line("<maml:uri />");
    });
}

fn types(xml: &mut Writer, element: &str, all: &[Described]) {
    xml.inside(&format!("{element}s"), "", |xml| {
        for one in all {
            xml.inside(element, "", |xml| {
                value_type(xml, &one.type_name);
                xml.paragraphs("maml:description", &one.description);
            });
        }
    });
}

fn example(xml: &mut Writer, number: usize, example: &Example) {
    let title = format!(" EXAMPLE {number}: {} ", example.title);
    xml.element("maml:title", &format!("{title:-^TITLE_WIDTH$}"));
    xml.element("dev:code", &example.code);
    xml.inside("dev:remarks", "", |xml| {
        for paragraph in &example.remarks {
            xml.element("maml:para", paragraph);
        }
        // `Get-Help` leaves no space before the next example.
        xml.line("<maml:para />");
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::help_files::page::tests::PAGE;

    fn xml() -> String {
        maml(&[Page::read(PAGE).unwrap()])
    }

    #[test]
    fn text_is_escaped() {
        assert!(xml().contains("<maml:para>Gets &lt;things&gt;.</maml:para>"));
    }

    #[test]
    fn code_keeps_its_lines() {
        assert!(xml().contains("<dev:code>Get-Thing * |\n    Out-Null</dev:code>"));
    }

    #[test]
    fn the_title_of_an_example_fills_the_line() {
        let title = format!(
            ">{}<",
            "-".repeat(28) + " EXAMPLE 1: All things " + &"-".repeat(29)
        );
        assert!(xml().contains(&title), "{}", xml());
    }

    #[test]
    fn a_parameter_is_required_in_the_syntax_where_it_is_so_there() {
        let xml = xml();
        let place = "required=\"false\" variableLength=\"false\" globbing=\"false\" pipelineInput=\"False\" \
                     position=\"1\" aliases=\"none\"";
        assert_eq!(xml.matches(place).count(), 2);
        let name = "required=\"true\" variableLength=\"true\" globbing=\"true\" pipelineInput=\"True (ByValue)\" \
                    position=\"0\" aliases=\"Title\"";
        assert_eq!(xml.matches(name).count(), 2);
    }

    #[test]
    fn a_choice_is_shown_as_such_in_the_syntax_and_named_where_it_is_described() {
        let xml = xml();
        let value = "<command:parameterValue required=\"false\" variableLength=\"false\">There<";
        assert_eq!(xml.matches(value).count(), 2);
        let place = xml.find("<command:parameters>").unwrap();
        assert!(!xml[..place].contains("Accepted values"));
        assert!(xml[place..].contains("<maml:para>Accepted values: Here, There.</maml:para>"));
    }

    #[test]
    fn a_switch_has_a_value_only_where_it_is_described() {
        let value =
            "<command:parameterValue required=\"false\" variableLength=\"false\">SwitchParameter<";
        assert_eq!(xml().matches(value).count(), 1);
    }
}
