#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

<#
What README.md, docs/ and companion/README.md show is so.

In docs/ each block says what it is. `powershell` is run, all blocks of a page in their order, against an emulator that
stands for the servers the page names; `powershell norun` only has to be a command that there is. `text` is what the block
right before it writes, or what the comment `<!-- scene: NAME -->` before it stands for. The first column of a table headed
"The message" holds sentences of the module. What differs from run to run is made alike on both sides (Get-Comparable).
#>

BeforeDiscovery {
    Import-Module (Join-Path $PSScriptRoot Stage.psm1) -Force
    $hasTerminals = $IsLinux -and (Get-Command script -CommandType Application -ErrorAction Ignore)
    Import-Module (Join-Path $PSScriptRoot SshServer.psm1) -Force
    Import-ModuleUnderTest
    $repository = Split-Path (Split-Path $PSScriptRoot)
    $hasSshServer = Test-SshServer

    function Get-Block {
        param([string] $Path)

        $page = [System.IO.Path]::GetRelativePath($repository, $Path).Replace('\', '/')
        $lines = Get-Content $Path
        $scene = $before = $null
        for ($i = 0; $i -lt $lines.Count; $i++) {
            if ($lines[$i] -match '^\s*<!-- scene: (.+) -->$') { $scene = $Matches[1]; continue }
            if ($lines[$i] -notmatch '^(\s*)```(.*)$') { if ($lines[$i].Trim()) { $scene = $null }; continue }
            $indent, $language = $Matches[1], $Matches[2]
            $first = $i + 1
            do { $i++ } until ($lines[$i] -match '^\s*```$')
            $text = ($lines[$first..($i - 1)] -replace "^$indent") -join "`n"
            $behind = if ($before -and $before.End -eq $first - 1) { $before.Language }
            $before = @{
                Page = $page; Line = $first; End = $i + 1
                Language = $language; Text = $text; Scene = $scene; Behind = $behind
            }
            $before
        }
    }

    # In README.md commands are indented, as in a transcript without its answers.
    function Get-IndentedCommand {
        param([string] $Path)

        (Get-Content -Raw $Path) -split '(?:\r?\n){2,}' | Where-Object { $_ -match '^ {4,}(\w+-NAVServer|\$)' } |
            ForEach-Object { @{ Page = Split-Path -Leaf $Path; Line = 0; Language = 'powershell'; Text = $_ } }
    }

    $readme = Join-Path $repository README.md
    $companion = Join-Path $repository companion README.md
    $pages = @(Get-ChildItem (Join-Path $repository docs) -Filter *.md | Sort-Object Name)
    $docs = @($pages | ForEach-Object { Get-Block $_.FullName })
    $commands = @($docs; Get-Block $readme; Get-Block $companion; Get-IndentedCommand $readme) |
        Where-Object { $_.Language -match '^powershell' }
    $texts = $docs | Where-Object Language -EQ text
    $runs = $docs | Where-Object Language -Match '^(powershell|text)$' | Group-Object { $_.Page } |
        Where-Object { $_.Group.Language -contains 'powershell' } | ForEach-Object { @{ Page = $_.Name; Blocks = $_.Group } }
    $sentences = foreach ($page in $pages) {
        $inside = $false
        foreach ($line in Get-Content $page.FullName) {
            if ($line -match '^\| The message \|') { $inside = $true }
            elseif ($line -notmatch '^\|') { $inside = $false }
            elseif ($inside -and $line -match '^\| ([^|-][^|]*) \|') { @{ Page = $page.Name; Sentence = $Matches[1] } }
        }
    }
    $links = foreach ($page in @($pages; Get-ChildItem (Join-Path $repository docs cmdlets) -Filter *.md)) {
        [regex]::Matches((Get-Content -Raw $page.FullName), '\]\(([^)#:]+)\)') |
            ForEach-Object { @{ Page = $page.Name; Folder = $page.DirectoryName; Target = $_.Groups[1].Value } }
    }
}

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Stage.psm1) -Force
    Import-Module (Join-Path $PSScriptRoot SshServer.psm1) -Force
    Import-ModuleUnderTest
    $repository = Split-Path (Split-Path $PSScriptRoot)

    # Of Microsoft's modules, which are not here.
    $foreign = @(
        'Compile-NAVApplicationObject', 'Import-NAVApplicationObject', 'Install-NAVApp', 'New-NAVServerPermission'
        'New-NAVServerPermissionSet', 'New-NAVServerUserPermissionSet', 'New-NAVWebService', 'Publish-NAVApp'
        'Remove-NAVServerPermissionSet', 'Remove-NAVWebService', 'Restart-NAVServerInstance', 'Set-NAVServerConfiguration'
        'Sync-NAVApp', 'Uninstall-NAVApp', 'Unpublish-NAVApp'
        'Connect-AzAccount', 'Get-AzAccessToken', 'Get-Secret'
    )
    # Of Windows.
    $foreign += @(
        'icacls', 'Get-PSSessionCapability', 'Get-ScheduledTaskInfo', 'New-ScheduledTaskAction', 'New-ScheduledTaskPrincipal'
        'New-ScheduledTaskTrigger', 'Register-PSSessionConfiguration', 'Register-ScheduledTask', 'Start-ScheduledTask'
        'Test-PSSessionConfigurationFile', 'Unregister-PSSessionConfiguration', 'Unregister-ScheduledTask'
    )
    # Of modules for packages, which not every PowerShell has.
    $foreign += @(
        'Install-Module', 'Register-PSRepository', 'Save-Module', 'Find-PSResource', 'Install-PSResource'
        'Register-PSResourceRepository', 'Save-PSResource', 'Uninstall-PSResource', 'Unregister-PSResourceRepository'
        'Update-PSResource'
    ) | Where-Object { -not (Get-Command $_ -ErrorAction Ignore) }

    # A server's certificate by the platform's own TLS, for what speaks without.
    if (-not ('NavServerSession.Tests.TlsFront' -as [type])) {
        Add-Type @'
namespace NavServerSession.Tests
{
    using System;
    using System.Net;
    using System.Net.Security;
    using System.Net.Sockets;
    using System.Security.Cryptography.X509Certificates;
    using System.Threading.Tasks;

    public sealed class TlsFront : IDisposable
    {
        private readonly TcpListener listener = new TcpListener(IPAddress.Loopback, 0);

        public TlsFront(X509Certificate2 certificate, int portBehind)
        {
            listener.Start();
            _ = Serve(certificate, portBehind);
        }

        public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

        public void Dispose() => listener.Stop();

        private async Task Serve(X509Certificate2 certificate, int portBehind)
        {
            while (true)
            {
                _ = Relay(await listener.AcceptTcpClientAsync(), certificate, portBehind);
            }
        }

        private static async Task Relay(TcpClient client, X509Certificate2 certificate, int portBehind)
        {
            using (client)
            using (var encrypted = new SslStream(client.GetStream()))
            using (var server = new TcpClient())
            {
                await encrypted.AuthenticateAsServerAsync(certificate);
                await server.ConnectAsync(IPAddress.Loopback, portBehind);
                var plain = server.GetStream();
                await Task.WhenAny(encrypted.CopyToAsync(plain), plain.CopyToAsync(encrypted));
            }
        }
    }
}
'@
    }

    function New-Certificate {
        param([string] $Name, [int] $FromDay = -1, [int] $ToDay = 1)

        $key = [System.Security.Cryptography.ECDsa]::Create()
        $request = [System.Security.Cryptography.X509Certificates.CertificateRequest]::new("CN=$Name", $key, 'SHA256')
        $names = [System.Security.Cryptography.X509Certificates.SubjectAlternativeNameBuilder]::new()
        $names.AddDnsName($Name)
        $request.CertificateExtensions.Add($names.Build())
        $now = [System.DateTimeOffset]::UtcNow
        $made = $request.CreateSelfSigned($now.AddDays($FromDay), $now.AddDays($ToDay))
        # Windows takes no key that is not kept.
        [System.Security.Cryptography.X509Certificates.X509Certificate2]::new($made.Export('Pkcs12'))
    }

    function ConvertTo-Credential {
        param([string] $UserName, [string] $Password)
        [pscredential]::new($UserName, (ConvertTo-SecureString $Password -AsPlainText -Force))
    }

    $clientId = '6731de76-14a6-49ae-97bc-6eba6914391e'
    # Made anew each time, so that they stand nowhere.
    $env:NAV_EMULATOR_PASSWORD = [guid]::NewGuid()
    $env:NAV_EMULATOR_CLIENT_SECRET = [guid]::NewGuid()
    $env:NAV_EMULATOR_ACCESS_TOKEN = [guid]::NewGuid()
    $right = ConvertTo-Credential CRONUS\ADMIN $env:NAV_EMULATOR_PASSWORD
    $wrong = ConvertTo-Credential CRONUS\ADMIN wrong
    $rightApp = ConvertTo-Credential $clientId $env:NAV_EMULATOR_CLIENT_SECRET
    $wrongApp = ConvertTo-Credential $clientId wrong

    # The emulators and certificates that stand for the servers, and by which addresses.
    function Start-Stage {
        $temporary = [System.IO.Path]::GetTempPath()
        $folder = New-Item -ItemType Directory (Join-Path $temporary "nav-session-$([guid]::NewGuid())")
        $env:NAV_SESSION_ENDPOINTS = Join-Path $folder endpoints.json
        $server = Start-Emulator -Option '--user', 'CRONUS\ADMIN', '--admin-center-port', 0, '--client-id', $clientId
        $admin, $entra = 1..2 | ForEach-Object { (-split $server.Process.StandardOutput.ReadLine())[1] } |
            ForEach-Object { $_.Replace('127.0.0.1', 'localhost') }
        $certificate = New-Certificate localhost
        $trusted = Join-Path $folder trusted.pem
        Set-Content $trusted $certificate.ExportCertificatePem()
        $soap, $odata, $online = $server.Soap, $server.OData, $admin |
            ForEach-Object { [NavServerSession.Tests.TlsFront]::new($certificate, ([uri] $_).Port) }
        [pscustomobject]@{
            Folder    = $folder.FullName
            Server    = $server
            Fronts    = $soap, $odata, $online
            Trusted   = $trusted
            # By which the pages get to another computer, as soon as one does.
            Ssh       = $null
            # As the pages have it, and where it is.
            Addresses = [ordered]@{
                'https://nav01.example.com:7047/DynamicsNAV' = "https://localhost:$($soap.Port)/DynamicsNAV"
                'https://bc01.example.com:7048/BC'           = "https://localhost:$($odata.Port)/DynamicsNAV"
                'https://api.businesscentral.dynamics.com'   = "https://localhost:$($online.Port)"
                'https://login.microsoftonline.com'          = $entra
            }
        }
    }

    function Stop-Stage {
        param($Stage)

        $Stage.Fronts.Dispose()
        if ($Stage.Ssh) {
            Get-PSSession | Remove-PSSession
            Stop-SshServer $Stage.Ssh
        }
        Stop-Emulator $Stage.Server
        Remove-Item -Recurse $Stage.Folder
        $env:NAV_SESSION_ENDPOINTS = $null
    }

    # Runs text of a page: its addresses are those of the stage, and what asks a person or a vault answers at once.
    function Invoke-OnStage {
        param($Stage, [string] $Text, [hashtable] $Variables)

        $to = $Stage.Addresses
        $trusting = if ($Text -notmatch '-CAFile') { "-CAFile '$($Stage.Trusted)'" }
        foreach ($address in $to.Keys) { $Text = $Text.Replace("-Uri $address", "-Uri $($to[$address]) $trusting") }
        $online = "-Uri $($to['https://api.businesscentral.dynamics.com']) $trusting"
        $authority = "-Authority $($to['https://login.microsoftonline.com'])"
        $Text = $Text.Replace('-Environment ', "$online $authority -Environment ")
        $functions = @{
            'Get-Credential'    = { param($UserName, $Message) if ($UserName -eq $clientId) { $rightApp } else { $right } }
            'Get-Secret'        = { param($Name) $right }
            'Connect-AzAccount' = { param([switch] $Identity) $null = $Identity }
            'Get-AzAccessToken' = {
                param($ResourceUrl, [switch] $AsSecureString)
                [pscustomobject]@{ Token = ConvertTo-SecureString $env:NAV_EMULATOR_ACCESS_TOKEN -AsPlainText -Force }
            }
            'New-PSSession'     = {
                param($HostName, $UserName)
                $Stage.Ssh = Start-SshServer -ModuleFolder (Get-ModuleFolder)
                $signIn = Get-SshSignIn $Stage.Ssh
                $session = Microsoft.PowerShell.Core\New-PSSession @signIn
                Invoke-Command $session { $env:NAV_SESSION_ENDPOINTS = $using:env:NAV_SESSION_ENDPOINTS }
                $session
            }
        }
        $given = [System.Collections.Generic.List[psvariable]]::new()
        foreach ($name in $Variables.Keys) { $given.Add([psvariable]::new($name, $Variables[$name])) }
        # The variables that it sets are there for the next block of the page.
        $keep = 'Get-Variable admin, app, token, password, there -Scope 0 -ErrorAction Ignore | ' +
            'ForEach-Object { $Variables[$_.Name] = $_.Value }'
        $script = [scriptblock]::Create("`$ErrorActionPreference = 'Continue'`n. {`n$Text`n} 2>&1`n$keep")
        Push-Location $Stage.Folder
        try { $script.InvokeWithContext($functions, $given, @()) }
        finally { Pop-Location }
    }

    # The settings file that a page shows.
    function Get-Settings {
        param([string] $Path)
        [regex]::Match((Get-Content -Raw $Path), '(?s)```xml\s(.+?)```').Groups[1].Value
    }

    # What was written, as a person sees it.
    function ConvertTo-Text {
        param($Written)

        $failures = $Written | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] }
        @(
            $Written | Where-Object { $_ -isnot [System.Management.Automation.ErrorRecord] } | Out-String -Width 100
            $failures | ForEach-Object {
                "$($_.InvocationInfo.MyCommand): $($_.Exception.Message)"
                "  Recommendation: $($_.ErrorDetails.RecommendedAction)"
            }
        ) -join "`n"
    }

    # Without what is otherwise in each run: addresses, ports, times, ids of requests, and where lines are broken.
    function Get-Comparable {
        param($Stage, [string] $Text)

        foreach ($address in $Stage.Addresses.GetEnumerator()) { $Text = $Text.Replace($address.Value, $address.Key) }
        $Text = $Text.Replace('Entra (localhost)', 'Entra (login.microsoftonline.com)')
        $Text = $Text.Replace($Stage.Folder, '/home/admin')
        if ($Stage.Ssh) { $Text = $Text.Replace('127.0.0.1', 'nav01') }
        # A table is as wide as its rows.
        $Text = $Text -replace '\s+', ' ' -replace '-{2,}', '--'
        $Text = $Text -replace '(from|file:?|: |^)\s*\S+[\\/]endpoints\.json', '$1 <FILE>'
        $name = '\b(localhost|[\w.-]+\.(example|dynamics)\.com)'
        $Text = $Text -replace "$name is [\d.:a-f]+(, [\d.:a-f]+)*", '<HOST> is <ADDRESS>'
        $Text = $Text -replace '\d+ takes connections', '<PORT> takes connections'
        $Text = $Text -replace '\d{4}-\d\d-\d\d \d\d:\d\d', '<TIME>'
        $Text = $Text -replace '[A-Z][a-z]{2} \d+ \d\d:\d\d:\d\d \d{4} GMT', '<TIME>'
        $Text = $Text -replace 'CorrelationId: [\da-f-]{36}', 'CorrelationId: <ID>'
        $Text = $Text -replace 'OpenSSL/[\d.]+', 'OpenSSL'
        $Text = $Text -replace "(name '|CN=|name than )(localhost|bc01\.example\.com)\b", '$1<NAME>'
        $Text.Trim()
    }
}

AfterAll {
    $env:NAV_EMULATOR_PASSWORD = $env:NAV_EMULATOR_CLIENT_SECRET = $env:NAV_EMULATOR_ACCESS_TOKEN = $null
}

Describe 'A command in <Page>, line <Line>' -ForEach $commands {
    It 'is one there is, with the parameters there are' {
        $problems = $null
        $script = [System.Management.Automation.Language.Parser]::ParseInput($Text, [ref] $null, [ref] $problems)

        $problems | Should -BeNullOrEmpty
        foreach ($call in $script.FindAll({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true)) {
            $name = $call.GetCommandName()
            # A block has no name.
            if (-not $name -or $name -in $foreign) { continue }
            (Get-Command $name -CommandType Cmdlet, Function, Alias).Source |
                Should -Match '^(NavServerSession|PowerShellGet|Microsoft\.PowerShell\..+)$' -Because $name
            $bound = [System.Management.Automation.Language.StaticParameterBinder]::BindCommand($call, $true)
            $isFirst = -not $call.Parent.PipelineElements -or $call.Parent.PipelineElements[0] -eq $call
            $faults = $bound.BindingExceptions.GetEnumerator() |
                # What the pipeline brings is not known here.
                Where-Object { $isFirst -or $_.Key -ne $name -or $_.Value.BindingException.ErrorId -ne 'MissingArgument' }
            $faults.Value.BindingException.Message | Should -BeNullOrEmpty
        }
    }
}

Describe 'A block in <Page>, line <Line>' -ForEach $docs {
    It 'says what it is' {
        $Language | Should -BeIn 'powershell', 'powershell norun', 'text', 'sh', 'ini', 'xml'
        if ($Language -eq 'text') { [bool] $Scene -or $Behind -eq 'powershell' | Should -BeTrue }
    }
}

Describe 'What <Page> shows, line <Line>' -ForEach $texts {
    It 'fits in 100 columns' {
        # An address stays in one piece.
        $Text -split "`n" | Where-Object { $_ -match '\s' } | ForEach-Object { $_.Length | Should -BeLessOrEqual 100 }
    }
}

Describe 'The commands of <Page>' -ForEach $runs {
    # Where pages get to another computer.
    $isRun = $hasSshServer -or -not ($Blocks.Text -match 'New-PSSession')

    It 'run, one after the other, and write what stands behind them' -Skip:(-not $isRun) {
        $stage = Start-Stage
        try {
            Set-Content (Join-Path $stage.Folder CustomSettings.config) (Get-Settings (Join-Path $repository $Page))
            Copy-Item $stage.Trusted (Join-Path $stage.Folder cronus-ca.pem)
            Set-Content (Join-Path $stage.Folder bc-admin) $env:NAV_EMULATOR_PASSWORD -NoNewline
            $env:CREDENTIALS_DIRECTORY = $stage.Folder
            $variables = @{}
            foreach ($block in $Blocks) {
                if ($block.Language -eq 'text') {
                    if ($block.Scene) { continue }
                    Get-Comparable $stage (ConvertTo-Text $written) |
                        Should -Be (Get-Comparable $stage $block.Text) -Because "line $($block.Line) says so"
                    $written = @()
                    continue
                }
                $written | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] } | Should -BeNullOrEmpty
                $written = Invoke-OnStage $stage $block.Text $variables
            }
            $written | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] } | Should -BeNullOrEmpty
        }
        finally {
            $env:CREDENTIALS_DIRECTORY = $null
            Stop-Stage $stage
        }
    }
}

Describe 'What <Page> shows of <Scene>' -ForEach ($texts | Where-Object { $_.Scene }) {
    BeforeAll {
        $scenarios = @{
            'soap, wrong password'            = {
                Register-NAVServerEndpoint DynamicsNAV $soap @byPassword -CAFile $trusted
                Test-NAVServerEndpoint DynamicsNAV -Credential $wrong
            }
            'odata, wrong company'            = {
                Register-NAVServerEndpoint BC $odata @byOData -CAFile $trusted -Company CRONUS
                Test-NAVServerEndpoint BC -Credential $right
            }
            'odata, wrong page'               = {
                Register-NAVServerEndpoint BC $odata @byOData -CAFile $trusted -ActiveSessionsService Sessions
                Get-NAVServerSession BC -Credential $right
            }
            'admin center, wrong secret'      = {
                Register-NAVServerEndpoint Production -Environment Production @online
                Get-NAVServerSession Production -Credential $wrongApp
            }
            'admin center, wrong environment' = {
                Register-NAVServerEndpoint Production -Environment Sandbox @online
                Get-NAVServerSession Production -Credential $rightApp
            }
            'unencrypted'                     = {
                # Nothing is sent, so nobody has to be there.
                Register-NAVServerEndpoint BC http://bc01.example.com:7048/BC @byOData
                Get-NAVServerSession BC -Credential $right
            }
            'tls, not trusted'                = {
                Register-NAVServerEndpoint BC $odata @byOData
                Get-NAVServerSession BC -Credential $right
            }
            'tls, another name'               = { & $behind (New-Certificate other.example.com) }
            'tls, expired'                    = { & $behind (New-Certificate localhost -3 -1) }
            'tls, plain server'               = {
                $plain = ([uri] $stage.Server.OData).Port
                $stage.Addresses['https://bc01.example.com:7048/BC'] = "https://localhost:$plain/DynamicsNAV"
                Register-NAVServerEndpoint BC "https://localhost:$plain/DynamicsNAV" @byOData
                Get-NAVServerSession BC -Credential $right
            }
            'settings, no computer'           = { & $registered '' '' @{} }
            'settings, no company'            = { & $registered '<add key="ServicesDefaultCompany".*' '' $onNav01 }
            'settings, switched off'          = { & $registered '(SOAPServicesEnabled" value=)"true"' '$1"false"' $onNav01 }
            'settings, no OData'              = { & $registered '' '' ($onNav01 + @{ Service = 'OData' }) }
            'settings, wrong value'           = { & $registered '7047' 'none' $onNav01 }
            'tls, no file'                    = {
                $file = Join-Path $stage.Folder cronus-ca.pem
                Register-NAVServerEndpoint BC $odata @byOData -CAFile $file
                Get-NAVServerSession BC -Credential $right
            }
        }
        $onNav01 = @{ ComputerName = 'nav01.example.com' }
        $registered = {
            param($Pattern, $Replacement, $Choices)
            $file = Join-Path $stage.Folder CustomSettings.config
            Set-Content $file ((Get-Settings (Join-Path $repository docs settings-file.md)) -replace $Pattern, $Replacement)
            Register-NAVServerEndpoint -CustomSettings $file @Choices
        }
        $behind = {
            param($Certificate)
            $file = Join-Path $stage.Folder other.pem
            Set-Content $file $Certificate.ExportCertificatePem()
            $front = [NavServerSession.Tests.TlsFront]::new($Certificate, ([uri] $stage.Server.OData).Port)
            $stage.Addresses['https://bc01.example.com:7048/BC'] = "https://localhost:$($front.Port)/DynamicsNAV"
            try {
                Register-NAVServerEndpoint BC "https://localhost:$($front.Port)/DynamicsNAV" @byOData -CAFile $file
                Get-NAVServerSession BC -Credential $right
            }
            finally { $front.Dispose() }
        }
    }

    It 'is what the module says' {
        $scenarios.Keys | Should -Contain $Scene
        $stage = Start-Stage
        try {
            $byPassword = @{ Company = 'CRONUS International Ltd.'; CredentialType = 'NavUserPassword' }
            $byOData = $byPassword + @{ Service = 'OData' }
            $soap = $stage.Addresses['https://nav01.example.com:7047/DynamicsNAV']
            $odata = $stage.Addresses['https://bc01.example.com:7048/BC']
            $trusted = $stage.Trusted
            $online = @{
                CAFile      = $trusted
                Uri         = $stage.Addresses['https://api.businesscentral.dynamics.com']
                Authority   = $stage.Addresses['https://login.microsoftonline.com']
                EntraTenant = 'cronus.onmicrosoft.com'
                ClientId    = $clientId
            }
            $ErrorActionPreference = 'Continue'
            $written = & $scenarios[$Scene] 2>&1

            Get-Comparable $stage (ConvertTo-Text $written) | Should -Be (Get-Comparable $stage $Text)
        }
        finally { Stop-Stage $stage }
    }
}

Describe 'A message in docs/' {
    BeforeAll {
        # A text of the source as a pattern: what stands in braces can be anything.
        function Get-Pattern {
            param([string] $Literal)

            $joined = $Literal -replace '\\\r?\n\s*' -replace '\\"', '"' -replace '\\\\', '\'
            $parts = $joined.Trim() -split '\{[^{}]*\}'
            # One without words of its own is no sentence, and would match everything.
            if (((-join $parts) -replace '[^A-Za-z]').Length -ge 10 -and (-join $parts) -match '\w \w') {
                ($parts | ForEach-Object { [regex]::Escape($_) }) -join '.+'
            }
        }

        $patterns = Get-ChildItem -Recurse (Join-Path $repository src) -Filter *.rs | ForEach-Object {
            # Quotes in comments, and of a single character, open no text.
            $source = (Get-Content -Raw $_.FullName) -replace '(?s)\n#\[cfg\(test\)\]\s+mod \w+ \{.*' `
                -replace '(?m)^\s*//.*$' -replace "'`"'"
            [regex]::Matches($source, '"((?:[^"\\]|\\[\s\S])*)"').ForEach({ Get-Pattern $_.Groups[1].Value })
        } | Select-Object -Unique
        $one = "(?:$($patterns -join '|'))"
        $said = [regex]::new("^$one(?: ?$one)*$")
    }

    It 'is a sentence that the library can say: <Sentence> (<Page>)' -ForEach $sentences {
        $said.IsMatch($Sentence) | Should -BeTrue
    }
}

Describe 'The picture in README.md' {
    BeforeAll {
        # Times are those of the day it was drawn.
        function Get-Timeless {
            param([string[]] $Line)
            $Line -replace '\d{4}-\d\d-\d\d \d\d:\d\d', '<TIME>' -replace 'signed in .+ ago', 'signed in <TIME> ago' |
                Where-Object Length
        }

        $folder = Join-Path $repository docs
        $rows = @(([xml] (Get-Content -Raw (Join-Path $folder terminal.svg))).svg.text | ForEach-Object InnerText)
        $picture = Get-Timeless $rows.TrimEnd()
    }

    It 'shows the list as it is today in a terminal of 100 columns' -Skip:(-not $hasTerminals) {
        $server = Start-NavServer
        try { $today = Get-Timeless (Invoke-Terminal -Width 100 'Get-NAVServerSession DynamicsNAV') }
        finally { Stop-NavServer $server }

        $today.Count | Should -Be 15
        $today | ForEach-Object { $_ | Should -BeIn $picture }
    }

    It 'shows the prompt as it is today' {
        $server = Start-NavServer
        try {
            $today = Get-NAVServerSession DynamicsNAV -SessionId -6574 | Remove-NAVServerSession -Force -Verbose 4>&1
        }
        finally { Stop-NavServer $server }

        # The terminal breaks it where its width ends.
        $picture -join ' ' | Should -BeLike "*Confirm $(Get-Timeless "$($today[0])")*"
    }

    It 'types only what there is' {
        foreach ($row in $rows -like 'PS> *') {
            $script = [scriptblock]::Create($row.Substring(4))
            foreach ($call in $script.Ast.FindAll({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true)) {
                Get-Command $call.GetCommandName() | Should -Not -BeNullOrEmpty
            }
        }
    }
}

Describe 'A link in <Page>' -ForEach $links {
    It 'leads to a file that is there: <Target>' {
        Join-Path $Folder $Target | Should -Exist
    }
}
