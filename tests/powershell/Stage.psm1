# What the tests stand on: the module as it is laid out, a running emulator, and an endpoints file of their own.

$repository = Split-Path (Split-Path $PSScriptRoot)

$modulePath = if ($env:NAV_SESSION_MODULE) { $env:NAV_SESSION_MODULE } else { Join-Path $repository target module NavServerSession }
$emulatorPath = if ($env:NAV_EMULATOR) { $env:NAV_EMULATOR } else { Join-Path $repository target debug "nav-emulator$($IsWindows ? '.exe' : '')" }

function Get-ModulePath { $modulePath }

<# Where PowerShell finds it by its name: its folder can be that of a version. #>
function Get-ModuleFolder {
    $above = Split-Path $modulePath
    if ((Split-Path -Leaf $above) -eq 'NavServerSession') { Split-Path $above } else { $above }
}

function Import-ModuleUnderTest {
    Import-Module (Join-Path $modulePath NavServerSession.psd1) -Force -Global -ErrorAction Stop
}

<# Secret holds the environment variables that the emulator reads secrets from, with what is to be in them. #>
function Start-Emulator {
    param([string[]] $Option = @(), [hashtable] $Secret = @{})

    $start = [System.Diagnostics.ProcessStartInfo]::new($emulatorPath)
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    @('--soap-port', 0, '--odata-port', 0, '--exit-with-stdin') + $Option | ForEach-Object { $start.ArgumentList.Add($_) }
    foreach ($name in $Secret.Keys) { $start.Environment[$name] = $Secret[$name] }
    $process = [System.Diagnostics.Process]::Start($start)
    [pscustomobject]@{
        Process = $process
        Soap    = Read-Address $process SOAP
        OData   = Read-Address $process OData
    }
}

<# The address in the next line that the emulator writes. #>
function Read-Address {
    param($Process, [string] $Service)

    $words = -split $Process.StandardOutput.ReadLine()
    if ($words[0] -ne $Service) { throw "The emulator did not say where it listens." }
    $words[1]
}

function Stop-Emulator {
    param($Emulator)

    $Emulator.Process.StandardInput.Close()
    $Emulator.Process.WaitForExit()
}

<#
The ids in the list, read without the module. Web-service sessions have ids from 2001 on; a call's own is listed until
the server notices that its connection has ended, so another call may still see it.
#>
function Get-ListedId {
    param($Emulator)

    $answer = Invoke-RestMethod "$($Emulator.OData)/ODataV4/Company('CRONUS%20International%20Ltd.')/ActiveSessions"
    @($answer.value | ForEach-Object { [int] $_.Session_ID } | Where-Object { $_ -lt 2001 })
}

function New-EndpointsFile {
    $folder = New-Item -ItemType Directory (Join-Path ([System.IO.Path]::GetTempPath()) "nav-session-$([guid]::NewGuid())")
    $env:NAV_SESSION_ENDPOINTS = Join-Path $folder endpoints.json
}

<# A server instance DynamicsNAV that is registered, and its server. #>
function Start-NavServer {
    param([string[]] $Option = @())

    New-EndpointsFile
    $emulator = Start-Emulator $Option
    Register-NAVServerEndpoint DynamicsNAV $emulator.Soap -Company 'CRONUS International Ltd.' -CredentialType None
    $emulator
}

function Stop-NavServer {
    param($Emulator)

    Stop-Emulator $Emulator
    Remove-Item -Recurse (Split-Path $env:NAV_SESSION_ENDPOINTS)
    $env:NAV_SESSION_ENDPOINTS = $null
}

# What signs in at the servers of Start-OnlineServer. Each secret has the mark in it, which nothing that is written may have.
$mark = 's3cret-mark'
$online = @{
    EntraTenant  = 'cronus.onmicrosoft.com'
    ClientId     = '11111111-2222-3333-4444-555555555555'
    ClientSecret = "right+&=ö-$mark"
    AccessToken  = "right-token-$mark"
}

function Get-SecretMark { $mark }

<# The secrets in the forms that commands take them in: accepted ones, and others. #>
function Get-SignIn {
    $secure = { param($text) ConvertTo-SecureString $text -AsPlainText -Force }
    [pscustomobject]@{
        Credential      = [pscredential]::new($online.ClientId, (& $secure $online.ClientSecret))
        OtherCredential = [pscredential]::new($online.ClientId, (& $secure "other-$mark"))
        Token           = & $secure $online.AccessToken
        OtherToken      = & $secure "other-token-$mark"
        PlainToken      = $online.AccessToken
    }
}

<#
An environment of Business Central online that is registered as Contoso; and on the same server an instance that takes the
same tokens, registered as BC. Stop-NavServer ends it.
#>
function Start-OnlineServer {
    param([string[]] $Option = @())

    New-EndpointsFile
    $options = @('--admin-center-port', 0, '--client-id', $online.ClientId, '--bearer') + $Option
    $emulator = Start-Emulator $options -Secret @{
        NAV_EMULATOR_CLIENT_SECRET = $online.ClientSecret
        NAV_EMULATOR_ACCESS_TOKEN  = $online.AccessToken
    }
    $emulator | Add-Member Admin (Read-Address $emulator.Process Admin)
    $emulator | Add-Member Entra (Read-Address $emulator.Process Entra)
    $grant = @{ EntraTenant = $online.EntraTenant; ClientId = $online.ClientId; Authority = $emulator.Entra }
    Register-NAVServerEndpoint Contoso -Environment Production -Uri $emulator.Admin @grant
    Register-NAVServerEndpoint BC $emulator.Soap -Company 'CRONUS International Ltd.' -CredentialType OAuth @grant `
        -TokenScope https://api.businesscentral.dynamics.com/.default
    $emulator
}

<# The ids in the environment, read without the module. #>
function Get-EnvironmentId {
    param($Emulator)

    $address = "$($Emulator.Admin)/admin/v2.29/applications/BusinessCentral/environments/Production/sessions"
    $answer = Invoke-RestMethod $address -Headers @{ Authorization = "Bearer $($online.AccessToken)" }
    @($answer.value | ForEach-Object { [int] $_.sessionId })
}

<#
Runs a script in a fresh pwsh that nobody can be asked by, and gives its output, errors and exit code. Environment is what it
has besides the environment of this one. With an empty Module nothing is imported.
#>
function Invoke-FreshShell {
    param([string] $Script, [string] $Module = $modulePath, [hashtable] $Environment = @{})

    $file = Join-Path ([System.IO.Path]::GetTempPath()) "nav-session-$([guid]::NewGuid()).ps1"
    $import = if ($Module) { "Import-Module '$Module/NavServerSession.psd1'" }
    Set-Content $file "`$PSStyle.OutputRendering = 'PlainText'`n$import`n$Script"
    try {
        $start = [System.Diagnostics.ProcessStartInfo]::new((Get-Process -Id $PID).Path)
        '-NoProfile', '-NonInteractive', '-File', $file | ForEach-Object { $start.ArgumentList.Add($_) }
        foreach ($name in $Environment.Keys) { $start.Environment[$name] = $Environment[$name] }
        $start.RedirectStandardOutput = $true
        $start.RedirectStandardError = $true
        $start.RedirectStandardInput = $true
        $process = [System.Diagnostics.Process]::Start($start)
        $process.StandardInput.Close()
        $errors = $process.StandardError.ReadToEndAsync()
        $output = $process.StandardOutput.ReadToEnd()
        $process.WaitForExit()
        [pscustomobject]@{ Output = $output; Errors = $errors.Result; ExitCode = $process.ExitCode }
    }
    finally {
        Remove-Item $file
    }
}

<# Runs a command in a fresh pwsh in a terminal of so many columns, and gives the lines it shows, without colours. #>
function Invoke-Terminal {
    param([string] $Command, [int] $Width)

    $file = Join-Path ([System.IO.Path]::GetTempPath()) "nav-session-$([guid]::NewGuid()).ps1"
    Set-Content $file "`$PSStyle.OutputRendering = 'PlainText'`nImport-Module '$modulePath/NavServerSession.psd1'`n$Command"
    try {
        $shell = (Get-Process -Id $PID).Path
        # A terminal that no window belongs to has no size until it is given one.
        $shown = script --quiet --return --command "stty columns $Width rows 50; '$shell' -NoProfile -File '$file'" /dev/null
        $shown | ForEach-Object { ($_ -replace '\e\[[0-9;?]*[A-Za-z]|\e[=>]').TrimEnd() } | Where-Object Length
    }
    finally {
        Remove-Item $file
    }
}

<#
Runs a command in a fresh pwsh in a terminal, types Key there, which is Ctrl+C, when a text is shown, and gives everything that
is shown as one line without colours. Clock runs from the key to the end.
#>
function Invoke-Keystroke {
    param(
        [string] $Command,
        [string] $At,
        [string] $Key = [char] 3,
        [System.Diagnostics.Stopwatch] $Clock = [System.Diagnostics.Stopwatch]::new()
    )

    $file = Join-Path ([System.IO.Path]::GetTempPath()) "nav-session-$([guid]::NewGuid()).ps1"
    Set-Content $file "`$PSStyle.OutputRendering = 'PlainText'`nImport-Module '$modulePath/NavServerSession.psd1'`n$Command`n'goes on'"
    try {
        $shell = (Get-Process -Id $PID).Path
        # Where these tests run in the background, all that they start would ignore Ctrl+C.
        env --default-signal=INT true 2> $null
        $heeding = @(if ($LASTEXITCODE -eq 0) { 'env', '--default-signal=INT' })
        $program, $arguments = $heeding + @('script', '--quiet', '--return', '--flush', '--command',
            "stty columns 300 rows 50; '$shell' -NoProfile -File '$file'", '/dev/null')
        $start = [System.Diagnostics.ProcessStartInfo]::new($program)
        $arguments | ForEach-Object { $start.ArgumentList.Add($_) }
        $start.RedirectStandardInput = $true
        $start.RedirectStandardOutput = $true
        $process = [System.Diagnostics.Process]::Start($start)
        $shown = [System.Text.StringBuilder]::new()
        $buffer = [char[]]::new(4096)
        $answered = 0
        while (($length = $process.StandardOutput.Read($buffer, 0, $buffer.Length)) -gt 0) {
            [void] $shown.Append($buffer, 0, $length)
            # Where the cursor is. It waits seconds for a terminal that does not say.
            for (; $answered -lt [regex]::Matches($shown, '\e\[6n').Count; $answered++) {
                $process.StandardInput.Write("`e[1;1R")
            }
            if (-not $Clock.IsRunning -and $shown.ToString().Contains($At)) {
                $Clock.Start()
                $process.StandardInput.Write($Key)
            }
            $process.StandardInput.Flush()
        }
        $Clock.Stop()
        $process.WaitForExit()
        $shown.ToString() -replace '\e\[[0-9;?]*[A-Za-z]|\e[=>]' -replace '\s+', ' '
    }
    finally {
        Remove-Item $file
    }
}

Export-ModuleMember -Function *
