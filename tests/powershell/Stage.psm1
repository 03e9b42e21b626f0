# What the tests stand on: the module as it is laid out, a running emulator, and an endpoints file of their own.

$repository = Split-Path (Split-Path $PSScriptRoot)

$modulePath = if ($env:NAV_SESSION_MODULE) { $env:NAV_SESSION_MODULE } else { Join-Path $repository target module NavServerSession }
$emulatorPath = if ($env:NAV_EMULATOR) { $env:NAV_EMULATOR } else { Join-Path $repository target debug "nav-emulator$($IsWindows ? '.exe' : '')" }

function Get-ModulePath { $modulePath }

function Import-ModuleUnderTest {
    Import-Module (Join-Path $modulePath NavServerSession.psd1) -Force -Global -ErrorAction Stop
}

function Start-Emulator {
    param([string[]] $Option = @())

    $start = [System.Diagnostics.ProcessStartInfo]::new($emulatorPath)
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    @('--soap-port', 0, '--odata-port', 0, '--exit-with-stdin') + $Option | ForEach-Object { $start.ArgumentList.Add($_) }
    $process = [System.Diagnostics.Process]::Start($start)
    $soap = -split $process.StandardOutput.ReadLine()
    $odata = -split $process.StandardOutput.ReadLine()
    if ($soap[0] -ne 'SOAP' -or $odata[0] -ne 'OData') { throw "The emulator did not say where it listens." }
    [pscustomobject]@{ Process = $process; Soap = $soap[1]; OData = $odata[1] }
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

<# A server instance DynamicsNAV that is registered, and its server. #>
function Start-NavServer {
    $folder = New-Item -ItemType Directory (Join-Path ([System.IO.Path]::GetTempPath()) "nav-session-$([guid]::NewGuid())")
    $env:NAV_SESSION_ENDPOINTS = Join-Path $folder endpoints.json
    $emulator = Start-Emulator
    Register-NAVServerEndpoint DynamicsNAV $emulator.Soap -Company 'CRONUS International Ltd.' -CredentialType None
    $emulator
}

function Stop-NavServer {
    param($Emulator)

    Stop-Emulator $Emulator
    Remove-Item -Recurse (Split-Path $env:NAV_SESSION_ENDPOINTS)
    $env:NAV_SESSION_ENDPOINTS = $null
}

<# Runs a script in a fresh pwsh that nobody can be asked by, and gives its output, errors and exit code. #>
function Invoke-FreshShell {
    param([string] $Script, [string] $Module = $modulePath)

    $file = Join-Path ([System.IO.Path]::GetTempPath()) "nav-session-$([guid]::NewGuid()).ps1"
    Set-Content $file ("`$PSStyle.OutputRendering = 'PlainText'`nImport-Module '$Module/NavServerSession.psd1'`n" + $Script)
    try {
        $start = [System.Diagnostics.ProcessStartInfo]::new((Get-Process -Id $PID).Path)
        '-NoProfile', '-NonInteractive', '-File', $file | ForEach-Object { $start.ArgumentList.Add($_) }
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

Export-ModuleMember -Function *
