//! The file that PowerShell's package commands install a module from.

use super::archive;
use crate::failure::Failure;

/// The files of a module with their contents, by their paths in it.
pub(crate) type Files = Vec<(String, Vec<u8>)>;

const NAME: &str = "NavServerSession";
const CONTENT_TYPES: &str = "http://schemas.openxmlformats.org/package/2006/content-types";
const RELATIONSHIPS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const MANIFEST: &str = "http://schemas.microsoft.com/packaging/2010/07/manifest";
const NUSPEC: &str = "http://schemas.microsoft.com/packaging/2011/08/nuspec.xsd";

/// The package's file name.
pub(crate) fn file_name(version: &str) -> String {
    format!("{NAME}.{version}.nupkg")
}

/// A package of `module`, whose manifest says what the package says of itself.
pub(crate) fn package(module: Files, version: &str) -> Result<Vec<u8>, Failure> {
    let manifest = module
        .iter()
        .find(|(name, _)| *name == format!("{NAME}.psd1"))
        .map(|(_, contents)| String::from_utf8_lossy(contents).into_owned())
        .unwrap_or_default();
    let mut files = vec![
        (
            "[Content_Types].xml".to_owned(),
            content_types(&module).into_bytes(),
        ),
        ("_rels/.rels".to_owned(), relationships().into_bytes()),
        (
            format!("{NAME}.nuspec"),
            nuspec(&manifest, version)?.into_bytes(),
        ),
    ];
    files.extend(module);
    archive::zip(&files)
        .map_err(|reason| Failure::new(format!("The package cannot be written: {reason}.")))
}

/// Every kind of file in it is bytes to all that read packages.
fn content_types(module: &Files) -> String {
    let mut extensions: Vec<_> = module
        .iter()
        .filter_map(|(name, _)| Some(name.rsplit_once('.')?.1))
        .chain(["nuspec"])
        .collect();
    extensions.sort_unstable();
    extensions.dedup();
    let types: String = extensions
        .iter()
        .map(|extension| {
            format!("<Default Extension=\"{extension}\" ContentType=\"application/octet-stream\"/>")
        })
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Types xmlns=\"{CONTENT_TYPES}\">\
         <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
         {types}</Types>\n"
    )
}

fn relationships() -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Relationships xmlns=\"{RELATIONSHIPS}\">\
         <Relationship Type=\"{MANIFEST}\" Target=\"/{NAME}.nuspec\" Id=\"R1\"/></Relationships>\n"
    )
}

fn nuspec(manifest: &str, version: &str) -> Result<String, Failure> {
    let text = |name: &str| {
        assignment(manifest, name)
            .map(|value| escape(&value))
            .ok_or_else(|| Failure::new(format!("The module's manifest has no {name}.")))
    };
    let mut tags = vec!["PSModule".to_owned()];
    tags.extend(list(manifest, "Tags"));
    tags.extend(
        list(manifest, "CmdletsToExport")
            .into_iter()
            .flat_map(|cmdlet| [format!("PSCmdlet_{cmdlet}"), format!("PSCommand_{cmdlet}")]),
    );
    Ok(format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<package xmlns=\"{NUSPEC}\">\n  <metadata>\n    \
         <id>{NAME}</id>\n    <version>{version}</version>\n    <authors>{}</authors>\n    \
         <owners>{}</owners>\n    <requireLicenseAcceptance>false</requireLicenseAcceptance>\n    \
         <description>{}</description>\n    <copyright>{}</copyright>\n    <tags>{}</tags>\n  \
         </metadata>\n</package>\n",
        text("Author")?,
        text("CompanyName")?,
        text("Description")?,
        text("Copyright")?,
        escape(&tags.join(" "))
    ))
}

/// The text that a manifest gives `name`.
fn assignment(manifest: &str, name: &str) -> Option<String> {
    let value = manifest.lines().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == name).then_some(value.trim())
    })?;
    Some(
        value
            .strip_prefix('\'')?
            .strip_suffix('\'')?
            .replace("''", "'"),
    )
}

/// The texts that a manifest gives `name`, over any number of lines.
fn list(manifest: &str, name: &str) -> Vec<String> {
    let mut lines = manifest.lines().skip_while(|line| {
        line.split_once('=')
            .is_none_or(|(key, _)| key.trim() != name)
    });
    let mut texts = Vec::new();
    let mut line = lines.next().and_then(|line| Some(line.split_once('=')?.1));
    while let Some(text) = line {
        texts.extend(text.split('\'').skip(1).step_by(2).map(str::to_owned));
        line = lines
            .next()
            .filter(|line| line.trim_start().starts_with('\''));
    }
    texts
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODULE: &str = "@{\n    ModuleVersion = '1.2.3'\n    Author = 'Anna & Co'\n    CompanyName = 'It''s'\n\
        \x20   Copyright = '(c)'\n    Description = 'Ends sessions.'\n    CmdletsToExport = @(\n        'Get-It'\n\
        \x20       'Remove-It'\n    )\n    FunctionsToExport = @()\n    Tags = 'NAV', 'Session',\n\
        \x20          'Windows'\n}\n";

    #[test]
    fn the_package_says_of_itself_what_the_manifest_says() {
        let nuspec = nuspec(MODULE, "1.2.3").unwrap();
        for part in [
            "<id>NavServerSession</id>",
            "<version>1.2.3</version>",
            "<authors>Anna &amp; Co</authors>",
            "<owners>It's</owners>",
            "<description>Ends sessions.</description>",
            "<tags>PSModule NAV Session Windows PSCmdlet_Get-It PSCommand_Get-It PSCmdlet_Remove-It \
             PSCommand_Remove-It</tags>",
        ] {
            assert!(nuspec.contains(part), "{part}: {nuspec}");
        }
    }

    #[test]
    fn a_manifest_that_leaves_something_out_is_told() {
        let failure = nuspec("@{}", "1.2.3").unwrap_err();
        assert!(failure.to_string().contains("no Author"), "{failure}");
    }

    #[test]
    fn the_same_module_makes_the_same_package() {
        let module = vec![(
            "NavServerSession.psd1".to_owned(),
            MODULE.as_bytes().to_vec(),
        )];
        let package = || package(module.clone(), "1.2.3").unwrap();
        assert_eq!(package(), package());
    }
}
