#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

# The module as it is shipped: its folder, the file it is installed from (NAV_SESSION_PACKAGE), and what PowerShell's
# own package commands make of that.

BeforeDiscovery {
    $noPackage = if (-not $env:NAV_SESSION_PACKAGE) { ' (skipped: NAV_SESSION_PACKAGE names no package)' }
    $tools = @(
        @{
            Tool      = 'PSResourceGet'
            Needs     = 'Microsoft.PowerShell.PSResourceGet'
            Register  = 'Register-PSResourceRepository -Name Company -Uri $packages -Trusted'
            Find      = 'Find-PSResource NavServerSession -Repository Company -Prerelease:$isPrerelease'
            Save      = 'Save-PSResource NavServerSession -Repository Company -Path $saved -Prerelease:$isPrerelease'
            Install   = 'Install-PSResource NavServerSession -Version 0.0.1 -Repository Company -Scope CurrentUser'
            Update    = 'Update-PSResource NavServerSession -Repository Company -Scope CurrentUser -Prerelease:$isPrerelease'
            Uninstall = 'Uninstall-PSResource NavServerSession -Scope CurrentUser'
        }
        @{
            Tool      = 'PowerShellGet'
            Needs     = 'PowerShellGet'
            Register  = 'Register-PSRepository -Name Company -SourceLocation $packages -InstallationPolicy Trusted'
            Find      = 'Find-Module NavServerSession -Repository Company -AllowPrerelease:$isPrerelease'
            Save      = 'Save-Module NavServerSession -Repository Company -Path $saved -AllowPrerelease:$isPrerelease'
            Install   = 'Install-Module NavServerSession -RequiredVersion 0.0.1 -Repository Company -Scope CurrentUser'
            Update    = 'Update-Module NavServerSession -AllowPrerelease:$isPrerelease'
            Uninstall = 'Uninstall-Module NavServerSession -AllVersions -AllowPrerelease:$isPrerelease'
        }
    )
    foreach ($tool in $tools) {
        $tool.Skipped = if ($noPackage) { $noPackage }
        elseif (-not (Get-Module -ListAvailable $tool.Needs)) { " (skipped: there is no module $($tool.Needs) here)" }
        elseif ($IsWindows) { ' (skipped: on Windows it would be installed into this person''s own documents)' }
    }
}

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Stage.psm1) -Force
    Import-ModuleUnderTest

    $repository = Join-Path $PSScriptRoot .. .. -Resolve
    $module = Get-ModulePath
    $manifestFile = Join-Path $module NavServerSession.psd1
    $manifest = Import-PowerShellDataFile $manifestFile
    $about = $manifest.PrivateData.PSData
    $version = $manifest.ModuleVersion + $(if ($about.Prerelease) { "-$($about.Prerelease)" })
    $cmdlets = 'Get-NAVServerEndpoint', 'Get-NAVServerSession', 'Register-NAVServerEndpoint', 'Remove-NAVServerSession',
        'Test-NAVServerEndpoint', 'Unregister-NAVServerEndpoint'
    $roles = 'NavSessionOperator', 'NavSessionViewer'

    <# The files of a folder and what is in them, as lines that can be compared. #>
    function Get-Contents {
        param([string] $Folder)

        foreach ($file in Get-ChildItem -Recurse -File $Folder) {
            $inside = [System.IO.Path]::GetRelativePath($Folder, $file).Replace('\', '/')
            "$inside $((Get-FileHash $file).Hash)"
        }
    }

    function Get-Text {
        param([string] $File)

        (Get-Content -Raw $File).Replace("`r", '').Trim()
    }
}

Describe 'The folder of the module' {
    It 'has no file that is not needed' {
        $needed = 'LICENSE-APACHE.txt', 'LICENSE-MIT.txt', 'NavServerSession.Format.ps1xml',
            'NavServerSession.Types.ps1xml', 'NavServerSession.dll', 'NavServerSession.psd1',
            'RoleCapabilities/NavSessionOperator.psrc', 'RoleCapabilities/NavSessionViewer.psrc',
            'THIRD-PARTY-NOTICES.txt', 'en-US/NavServerSession.dll-Help.xml', 'en-US/about_NavServerSession.help.txt'
        $files = (Get-Contents $module) -replace ' \S+$'

        $needed | Should -BeIn $files
        $libraries = $files | Where-Object { $_ -notin $needed }
        $libraries | Should -Not -BeNullOrEmpty
        $libraries -replace '-(x64|arm64)' |
            Should -BeIn 'win/nav_session.dll', 'linux/nav_session.so', 'osx/nav_session.dylib'
    }

    It 'has the licences of the module' {
        foreach ($name in 'LICENSE-APACHE', 'LICENSE-MIT') {
            Get-Text (Join-Path $module "$name.txt") | Should -Be (Get-Text (Join-Path $repository $name))
        }
    }

    It 'has a manifest that is tested without an error or a warning' {
        $say = @{ ErrorAction = 'SilentlyContinue'; ErrorVariable = 'said'; WarningVariable = '+said' }
        $tested = Test-ModuleManifest $manifestFile @say

        $said | Should -BeNullOrEmpty
        $tested.ExportedCommands.Keys | Sort-Object | Should -Be $cmdlets
    }

    It 'has a manifest that names each export' {
        $manifest.CmdletsToExport | Should -Be $cmdlets
        foreach ($kind in 'FunctionsToExport', 'AliasesToExport', 'VariablesToExport') {
            $manifest.ContainsKey($kind) | Should -BeTrue
            $manifest.$kind | Should -BeNullOrEmpty
        }
    }

    It 'has a manifest with the version of the sources, and what CHANGELOG.md says of it' {
        $text = Get-Text (Join-Path $repository CHANGELOG.md)
        $section = [regex]::Match($text, "(?ms)^## $([regex]::Escape($manifest.ModuleVersion))( [^\n]*)?\n(.*?)(?=^## |\z)")

        Get-Text (Join-Path $repository Cargo.toml) | Should -Match "(?m)^version = `"$([regex]::Escape($version))`"$"
        $section.Groups[2].Value | Should -Not -BeNullOrEmpty
        $about.ReleaseNotes.Replace("`r", '') | Should -Be $section.Groups[2].Value.Trim()
    }

    It 'has no script file that Windows PowerShell reads in another way than PowerShell 7' {
        foreach ($file in Get-ChildItem -Recurse $module -Include *.ps1, *.psd1, *.psm1, *.psrc) {
            $bytes = [System.IO.File]::ReadAllBytes($file)
            $hasMark = [System.Convert]::ToHexString($bytes[0..2]) -eq 'EFBBBF'
            $hasMark -or ($bytes -gt 127).Count -eq 0 | Should -BeTrue -Because $file.Name
        }
    }
}

Describe "The package$noPackage" -Skip:([bool] $noPackage) {
    BeforeAll {
        $zip = [System.IO.Compression.ZipFile]::OpenRead($env:NAV_SESSION_PACKAGE)
        $own = '[Content_Types].xml', '_rels/.rels', 'NavServerSession.nuspec'
        $reader = [System.IO.StreamReader]::new($zip.GetEntry('NavServerSession.nuspec').Open())
        $description = ([xml] $reader.ReadToEnd()).package.metadata
        $reader.Dispose()
        $tags = -split $description.tags
    }

    AfterAll { $zip.Dispose() }

    It 'has the files of the module with what is in them, its own three, and nothing else' {
        $contents = foreach ($entry in $zip.Entries | Where-Object FullName -NotIn $own) {
            $stream = $entry.Open()
            "$($entry.FullName) $((Get-FileHash -InputStream $stream).Hash)"
            $stream.Dispose()
        }

        $contents | Sort-Object | Should -Be (Get-Contents $module | Sort-Object)
        $zip.Entries.Count | Should -Be ($contents.Count + $own.Count)
    }

    It 'does not tell when it was made' {
        $zip.Entries.LastWriteTime.DateTime | Sort-Object -Unique | Should -Be ([datetime] '1980-01-01')
    }

    It 'is one to those who read packages, with a type for each part' {
        Add-Type -AssemblyName System.IO.Packaging
        $package = [System.IO.Packaging.Package]::Open($env:NAV_SESSION_PACKAGE, 'Open', 'Read', 'Read')
        try {
            $parts = $package.GetParts()

            ($parts.Uri.OriginalString | Where-Object { $_ -notlike '/_rels/*' }).Count | Should -Be ($zip.Entries.Count - 2)
            $parts.ContentType | Should -Not -Contain ''
            $package.GetRelationships().TargetUri.OriginalString | Should -Be '/NavServerSession.nuspec'
        }
        finally { $package.Close() }
    }

    It 'says of itself what the manifest says' {
        Split-Path -Leaf $env:NAV_SESSION_PACKAGE | Should -Be "NavServerSession.$version.nupkg"
        $description.id | Should -Be NavServerSession
        $description.version | Should -Be $version
        $description.authors | Should -Be $manifest.Author
        $description.owners | Should -Be $manifest.CompanyName
        $description.description | Should -Be $manifest.Description
        $description.copyright | Should -Be $manifest.Copyright
        $description.licenseUrl | Should -Be $about.LicenseUri
        $description.releaseNotes | Should -Be $about.ReleaseNotes.Replace("`r", '')
        $tags | Where-Object { $_ -notmatch '^PS(Module$|Includes_|Cmdlet_|Command_|RoleCapability_)' } | Should -Be $about.Tags
    }

    It 'has the tags that galleries find cmdlets, roles and editions by' {
        'PSModule', 'PSEdition_Desktop', 'PSEdition_Core', 'PSIncludes_Cmdlet', 'PSIncludes_RoleCapability' | Should -BeIn $tags
        $tags -like 'PSCmdlet_*' | Should -Be ($cmdlets | ForEach-Object { "PSCmdlet_$_" })
        $tags -like 'PSCommand_*' | Should -Be ($cmdlets | ForEach-Object { "PSCommand_$_" })
        $tags -like 'PSRoleCapability_*' | Should -Be ($roles | ForEach-Object { "PSRoleCapability_$_" })
    }
}

Describe 'By <Tool>' -ForEach $tools {
    Context 'a package in a local repository<Skipped>' -Skip:([bool] $Skipped) {
        BeforeAll {
            $homeFolder = New-Item -ItemType Directory (Join-Path ([System.IO.Path]::GetTempPath()) "nav-session-$([guid]::NewGuid())")
            # With a space, as folders of people have.
            $packages = New-Item -ItemType Directory (Join-Path $homeFolder 'our packages')
            $saved = New-Item -ItemType Directory (Join-Path $homeFolder saved)
            # .NET takes a folder for data that does not exist for none.
            $data = New-Item -ItemType Directory (Join-Path $homeFolder .local share)
            $installed = Join-Path $data powershell Modules NavServerSession
            $environment = @{
                HOME            = $homeFolder
                XDG_DATA_HOME   = $data
                XDG_CONFIG_HOME = Join-Path $homeFolder config
                XDG_CACHE_HOME  = Join-Path $homeFolder cache
                PSModulePath    = (Split-Path $installed), $env:PSModulePath -join [System.IO.Path]::PathSeparator
            }
            Copy-Item $env:NAV_SESSION_PACKAGE $packages

            <# What a new process of that person writes. Anything that goes wrong there, and any warning, is an error here. #>
            function Invoke-AtHome {
                param([string] $Script)

                $shell = Invoke-FreshShell -Module '' -Environment $environment @"
`$ErrorActionPreference = `$WarningPreference = 'Stop'
`$ProgressPreference = 'SilentlyContinue'
`$packages = '$packages'
`$saved = '$saved'
`$isPrerelease = '$($about.Prerelease)' -ne ''
$Script
"@
                if ($shell.Errors -or $shell.ExitCode) { throw "$($shell.Errors)$($shell.Output)" }
                $shell.Output
            }

            <# The same package as one of an older version. #>
            function Add-OlderPackage {
                $older = Join-Path $packages NavServerSession.0.0.1.nupkg
                Copy-Item $env:NAV_SESSION_PACKAGE $older
                $zip = [System.IO.Compression.ZipFile]::Open($older, 'Update')
                try {
                    foreach ($name in 'NavServerSession.nuspec', 'NavServerSession.psd1') {
                        $reader = [System.IO.StreamReader]::new($zip.GetEntry($name).Open())
                        $text = $reader.ReadToEnd()
                        $reader.Dispose()
                        $text = $text.Replace("<version>$version<", '<version>0.0.1<') -replace
                            "(ModuleVersion +=) '[^']+'", "`$1 '0.0.1'" -replace "(Prerelease +=) '[^']+'", "`$1 ''"
                        $zip.GetEntry($name).Delete()
                        $writer = [System.IO.StreamWriter]::new($zip.CreateEntry($name).Open())
                        $writer.Write($text)
                        $writer.Dispose()
                    }
                }
                finally { $zip.Dispose() }
            }

            <# What is shipped, and not what the tool notes beside it. #>
            function Get-Installed {
                param([string] $Folder)

                Get-Contents $Folder | Where-Object { $_ -notlike 'PSGetModuleInfo.xml *' } | Sort-Object
            }

            $null = Invoke-AtHome $Register
        }

        AfterAll { Remove-Item -Recurse -Force $homeFolder }

        It 'is found, with what the manifest says' {
            $found = Invoke-AtHome @"
$Find | Select-Object Name, Description, Author, CompanyName, Copyright, Tags, ReleaseNotes,
    @{ n = 'Version'; e = { "`$(`$_.Version)" } }, @{ n = 'LicenseUri'; e = { `$_.LicenseUri.AbsoluteUri } },
    @{ n = 'Cmdlets'; e = { `$_.Includes.Cmdlet } } | ConvertTo-Json
"@ | ConvertFrom-Json

            $found.Name | Should -Be NavServerSession
            $found.Version | Should -BeIn $version, $manifest.ModuleVersion
            $found.Description | Should -Be $manifest.Description
            $found.Author | Should -Be $manifest.Author
            $found.CompanyName | Should -Be $manifest.CompanyName
            $found.Copyright | Should -Be $manifest.Copyright
            $found.LicenseUri | Should -Be $about.LicenseUri
            $found.ReleaseNotes.Replace("`r", '') | Should -Be $about.ReleaseNotes.Replace("`r", '')
            $about.Tags | Should -BeIn $found.Tags
            $found.Cmdlets | Should -Be $cmdlets
        }

        It 'is saved as it is shipped' {
            $null = Invoke-AtHome $Save

            Get-Installed (Join-Path $saved NavServerSession $manifest.ModuleVersion) | Should -Be (Get-Installed $module)
        }

        It 'is installed beside an older version by an update' {
            Add-OlderPackage
            $null = Invoke-AtHome $Install
            (Get-ChildItem $installed).Name | Should -Be 0.0.1

            $null = Invoke-AtHome $Update
            (Get-ChildItem $installed).Name | Sort-Object | Should -Be 0.0.1, $manifest.ModuleVersion
            Get-Installed (Join-Path $installed $manifest.ModuleVersion) | Should -Be (Get-Installed $module)
        }

        It 'is found by a new process through a command''s name, and lists sessions in its view' {
            $server = Start-NavServer
            try {
                $shown = Invoke-AtHome @'
Get-NAVServerSession DynamicsNAV -UserId *\MARIA | Out-String -Width 100
(Get-Module NavServerSession).ModuleBase
'@

                $expected = Get-NAVServerSession DynamicsNAV -UserId *\MARIA | Out-String -Width 100
                $lines = $shown.Trim() -split '\r?\n'
                $lines[-1] | Should -Be (Join-Path $installed $manifest.ModuleVersion)
                $lines[0] | Should -Be ($expected.Trim() -split '\r?\n')[0]
                $shown | Should -Match '(?m)^\s*14 .*MARIA'
            }
            finally { Stop-NavServer $server }
        }

        It 'has its help' {
            $shown = Invoke-AtHome @'
(Get-Help Remove-NAVServerSession -Parameter ThrottleLimit).description.Text
(Get-Help about_NavServerSession).Length
'@

            $described = (Get-Help Remove-NAVServerSession -Parameter ThrottleLimit).description.Text
            $shown.Trim() -split '\r?\n' | Should -Be (@($described) + "$((Get-Help about_NavServerSession).Length)")
        }

        It 'has its roles for restricted sessions' {
            $visible = Invoke-AtHome @'
$module = (Get-Module -ListAvailable NavServerSession)[0].ModuleBase
Copy-Item $module/RoleCapabilities (Split-Path $module) -Recurse
$file = Join-Path $HOME viewer.pssc
$roles = @{ Viewers = @{ RoleCapabilities = 'NavSessionViewer' } }
New-PSSessionConfigurationFile $file -SessionType RestrictedRemoteServer -RoleDefinitions $roles
$state = [initialsessionstate]::CreateFromSessionConfigurationFile($file, [System.Func[string, bool]] { $true })
$session = [runspacefactory]::CreateRunspace($state)
$session.Open()
[powershell]::Create($session).AddCommand('Get-Command').AddParameter('Name', '*-NAV*').Invoke().Name
Remove-Item (Join-Path (Split-Path $module) RoleCapabilities) -Recurse
'@
            $visible.Trim() -split '\r?\n' | Sort-Object |
                Should -Be 'Get-NAVServerEndpoint', 'Get-NAVServerSession', 'Test-NAVServerEndpoint'
        }

        It 'is uninstalled with all versions, and no file is left' {
            $installed | Should -Exist
            $null = Invoke-AtHome $Uninstall

            Get-ChildItem $installed -Recurse -File -ErrorAction Ignore | Should -BeNullOrEmpty
        }
    }
}
