//! The results file of `dotnet test`.
//!
//! Its single results are counted, as its own counters leave skipped tests out.

use super::tally::Tally;

pub(crate) fn tally(trx: &str) -> Tally {
    let mut tally = Tally::default();
    for result in trx.split("<UnitTestResult ").skip(1) {
        let name = attribute(result, "testName").unwrap_or_default();
        match attribute(result, "outcome").as_deref() {
            Some("Passed") => tally.passed += 1,
            Some("NotExecuted") => tally += Tally::skipped(1, skip(&name, result)),
            _ => tally += Tally::failed(name),
        }
    }
    tally
}

fn skip(name: &str, result: &str) -> String {
    let own = result.split("</UnitTestResult>").next().unwrap_or(result);
    let reason = own
        .split_once("<Message>")
        .and_then(|(_, rest)| rest.split_once("</Message>"))
        .map_or_else(
            || "no reason is given".to_owned(),
            |(text, _)| unescape(text),
        );
    format!("{name}: {reason}")
}

/// An attribute of the element that `tag` is the inside of.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let tag = tag.split('>').next()?;
    let start = format!("{name}=\"");
    let (_, value) = tag.split_once(&start)?;
    Some(unescape(value.split('"').next()?))
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#xA;", " ")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRX: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<TestRun id="1"><Results>
  <UnitTestResult testId="1" testName="Remove.A_session_is_gone" outcome="Passed" duration="00:00:01" />
  <UnitTestResult testId="2" testName="Remove.Names(name: &quot;A &amp; B&quot;)" outcome="Failed">
    <Output><ErrorInfo><Message>Assert.Equal() Failure</Message></ErrorInfo></Output>
  </UnitTestResult>
  <UnitTestResult testId="3" testName="Remove.On_Windows" outcome="NotExecuted">
    <Output><ErrorInfo><Message>needs Windows</Message></ErrorInfo></Output>
  </UnitTestResult>
</Results>
<ResultSummary outcome="Failed"><Counters total="3" executed="2" passed="1" failed="1" notExecuted="0" /></ResultSummary>
</TestRun>"#;

    #[test]
    fn each_result_is_counted_by_its_outcome() {
        let tally = tally(TRX);
        assert_eq!(tally.to_string(), "1 passed, 1 failed, 1 skipped");
        assert_eq!(tally.failures, [r#"Remove.Names(name: "A & B")"#]);
        assert_eq!(tally.skips, ["Remove.On_Windows: needs Windows"]);
    }

    #[test]
    fn a_file_without_results_counts_nothing() {
        assert_eq!(tally("<TestRun />"), Tally::default());
    }
}
