//! The file that PowerShell's package commands install a module from.

use super::archive;
use crate::failure::Failure;
use crate::release::Release;

/// The files of a module with their contents, by their paths in it.
pub(crate) type Files = Vec<(String, Vec<u8>)>;

const NAME: &str = "NavServerSession";
const CONTENT_TYPES: &str = "http://schemas.openxmlformats.org/package/2006/content-types";
const RELATIONSHIPS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const MANIFEST: &str = "http://schemas.microsoft.com/packaging/2010/07/manifest";
const NUSPEC: &str = "http://schemas.microsoft.com/packaging/2011/08/nuspec.xsd";

/// The package's file name.
pub(crate) fn file_name(release: &Release) -> String {
    format!("{NAME}.{}.nupkg", release.version())
}

/// A package of `module`, whose manifest says what the package says of itself.
pub(crate) fn package(module: Files, release: &Release) -> Result<Vec<u8>, Failure> {
    if let Some((name, _)) = module.iter().find(|(name, _)| !is_part_name(name)) {
        return Err(
            Failure::new(format!("The package cannot have a file {name}."))
                .advise("Name it with letters and digits of English, and an extension."),
        );
    }
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
            nuspec(&manifest, &roles(&module), release)?.into_bytes(),
        ),
    ];
    files.extend(module);
    archive::zip(&files)
        .map_err(|reason| Failure::new(format!("The package cannot be written: {reason}.")))
}

/// Others are written in another way in the package's index, which not all that read packages undo, or have no kind.
fn is_part_name(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    let file = name.rsplit('/').next().unwrap_or(name);
    name.chars().all(is_plain) && file.contains('.')
}

/// The role capabilities in a module.
fn roles(module: &Files) -> Vec<String> {
    module
        .iter()
        .filter_map(|(name, _)| {
            let file = name.strip_prefix("RoleCapabilities/")?;
            file.strip_suffix(".psrc").map(str::to_owned)
        })
        .collect()
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

/// With the tags that PowerShell's own commands give a package when they publish a module: galleries find by them what
/// is in it.
fn nuspec(manifest: &str, roles: &[String], release: &Release) -> Result<String, Failure> {
    let text = |name: &str| {
        assignment(manifest, name)
            .map(|value| escape(&value))
            .ok_or_else(|| Failure::new(format!("The module's manifest has no {name}.")))
    };
    let mut tags = list(manifest, "Tags");
    tags.extend(["PSModule", "PSIncludes_Cmdlet"].map(str::to_owned));
    for cmdlet in list(manifest, "CmdletsToExport") {
        tags.extend(["PSCmdlet", "PSCommand"].map(|kind| format!("{kind}_{cmdlet}")));
    }
    tags.push("PSIncludes_RoleCapability".to_owned());
    tags.extend(roles.iter().map(|role| format!("PSRoleCapability_{role}")));
    Ok(format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<package xmlns=\"{NUSPEC}\">\n  <metadata>\n    \
         <id>{NAME}</id>\n    <version>{}</version>\n    <authors>{}</authors>\n    \
         <owners>{}</owners>\n    <licenseUrl>{}</licenseUrl>\n    \
         <requireLicenseAcceptance>false</requireLicenseAcceptance>\n    \
         <description>{}</description>\n    <releaseNotes>{}</releaseNotes>\n    \
         <copyright>{}</copyright>\n    <tags>{}</tags>\n  \
         </metadata>\n</package>\n",
        release.version(),
        text("Author")?,
        text("CompanyName")?,
        text("LicenseUri")?,
        text("Description")?,
        escape(&release.notes),
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
        \x20          'Windows'\n    LicenseUri = 'https://licence.example'\n}\n";

    fn release() -> Release {
        Release::new("1.2.3-rc1", "## 1.2.3\n- Names in <brackets>.\n").unwrap()
    }

    fn module(more: &str) -> Files {
        ["NavServerSession.psd1", more]
            .map(|name| (name.to_owned(), MODULE.as_bytes().to_vec()))
            .into()
    }

    #[test]
    fn the_package_says_of_itself_what_the_manifest_says() {
        let nuspec = nuspec(MODULE, &["Viewer".to_owned()], &release()).unwrap();
        for part in [
            "<id>NavServerSession</id>",
            "<version>1.2.3-rc1</version>",
            "<authors>Anna &amp; Co</authors>",
            "<owners>It's</owners>",
            "<licenseUrl>https://licence.example</licenseUrl>",
            "<description>Ends sessions.</description>",
            "<releaseNotes>- Names in &lt;brackets&gt;.</releaseNotes>",
            "<tags>NAV Session Windows PSModule PSIncludes_Cmdlet PSCmdlet_Get-It PSCommand_Get-It \
             PSCmdlet_Remove-It PSCommand_Remove-It PSIncludes_RoleCapability PSRoleCapability_Viewer</tags>",
        ] {
            assert!(nuspec.contains(part), "{part}: {nuspec}");
        }
        assert_eq!(roles(&module("RoleCapabilities/Viewer.psrc")), ["Viewer"]);
    }

    #[test]
    fn a_manifest_that_leaves_something_out_is_told() {
        let failure = nuspec("@{}", &[], &release()).unwrap_err();
        assert!(failure.to_string().contains("no Author"), "{failure}");
    }

    #[test]
    fn a_file_that_not_every_reader_of_packages_finds_is_refused() {
        for name in [
            "en-US/über.txt",
            "a b.txt",
            "[a].txt",
            "a+b.txt",
            "a.b/LICENSE",
        ] {
            let failure = package(module(name), &release()).unwrap_err();
            assert!(failure.to_string().contains(name), "{failure}");
        }
    }

    #[test]
    fn the_same_module_makes_the_same_package() {
        let package = || package(module("en-US/about_It.help.txt"), &release()).unwrap();
        assert_eq!(package(), package());
    }
}
