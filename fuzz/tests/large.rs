//! Answers and files of half a megabyte in the shapes that cost a parser most: each comes to an end, within the memory that its
//! target allows. One that takes its length squared would take hours.

use nav_fuzz::Target;

const LENGTH: usize = 512 << 10;

fn run(target: &str, input: &str) {
    let target = Target::named(target).expect("there is such a target");
    (target.run)(input.as_bytes());
}

/// A unit as often as it takes, each with its number in place of `#`.
fn repeated(unit: &str) -> String {
    let mut text = String::with_capacity(LENGTH + unit.len() + 20);
    let mut number = 0;
    while text.len() < LENGTH {
        text.push_str(&unit.replace('#', &number.to_string()));
        number += 1;
    }
    text
}

fn envelope(body: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>{body}</s:Body></s:Envelope>"
    )
}

fn rows(rows: &str) -> String {
    envelope(&format!(
        "<ReadMultiple_Result><ReadMultiple_Result>{rows}</ReadMultiple_Result></ReadMultiple_Result>"
    ))
}

#[test]
fn xml_of_any_depth_and_with_any_number_of_namespaces_comes_to_an_end() {
    for body in [
        repeated("<a>"),
        repeated("<a xmlns:a#=\"b\">"),
        repeated("<a xmlns:b=\"c\"/>"),
        format!("<a {}/>", repeated("xmlns:a#=\"b\" ")),
        format!("<a {}/>", repeated("a#=\"\" ")),
        repeated("<!---->"),
        repeated("&amp;"),
    ] {
        for target in ["soap-list", "soap-removal"] {
            run(target, &envelope(&body));
        }
    }
}

#[test]
fn a_list_of_any_number_of_rows_and_fields_comes_to_an_end() {
    run(
        "soap-list",
        &rows(&repeated("<a><Session_ID>#</Session_ID></a>")),
    );
    run(
        "soap-list",
        &rows(&format!(
            "<a>{}</a>",
            repeated("<Session_ID>#</Session_ID>")
        )),
    );
    run("soap-list", &rows(&format!("<a>{}</a>", repeated("<b/>"))));
    let json = |rows: String| format!("{{\"value\":[{}]}}", rows.trim_end_matches(','));
    run("odata-list", &json(repeated("{\"Session_ID\":#},")));
    run(
        "odata-list",
        &json(format!("{{{}\"Session_ID\":1}}", repeated("\"a#\":1,"))),
    );
    run("admin-center-list", &json(repeated("{\"sessionId\":#},")));
    for nested in ["[", "{\"a\":"] {
        run("odata-list", &format!("{{\"a\":{}", repeated(nested)));
        run(
            "admin-center-session",
            &format!("{{\"entryPointObjectId\":{}", repeated(nested)),
        );
    }
}

#[test]
fn a_page_out_of_rows_alone_does_not_fill_the_memory() {
    let count = 300_000;
    let value = |row: &str| format!("{{\"value\":[{}{row}]}}", format!("{row},").repeat(count));
    run("odata-list", &value("{\"Session_ID\":1}"));
    run("admin-center-list", &value("{\"sessionId\":1}"));
    run(
        "soap-list",
        &rows(&"<a><Session_ID>1</Session_ID></a>".repeat(count)),
    );
}

#[test]
fn a_settings_file_in_any_shape_comes_to_an_end() {
    let settings = |inner: String| format!("<appSettings>{inner}</appSettings>");
    run(
        "custom-settings",
        &settings(repeated("<add key=\"Multitenant\" value=\"true\"/>")),
    );
    run(
        "custom-settings",
        &settings(format!("<add key=\"A\" {}/>", repeated("a#=\"\" "))),
    );
    run("custom-settings", &repeated("<configuration>"));
}
