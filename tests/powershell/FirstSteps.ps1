<#
.SYNOPSIS
Lists sessions of an emulator, removes one, and meets an error: in any PowerShell, Windows PowerShell 5.1 included.
.DESCRIPTION
For where the other tests, which need PowerShell 7, cannot run. NAV_SESSION_MODULE and NAV_EMULATOR name the module and the emulator.
It ends with exit code 0 and the line "first steps passed", or with an error.
#>
[CmdletBinding()]
param()

$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 3.0

function Assert-Equal {
    param($Expected, $Actual, [string] $What)
    if ("$Expected" -cne "$Actual") { throw "$What is '$Actual', not '$Expected'." }
}

$endpoints = Join-Path ([System.IO.Path]::GetTempPath()) "nav-session-$([guid]::NewGuid()).json"
$env:NAV_SESSION_ENDPOINTS = $endpoints
$start = New-Object System.Diagnostics.ProcessStartInfo $env:NAV_EMULATOR, '--soap-port 0 --odata-port 0 --exit-with-stdin'
$start.UseShellExecute = $false
$start.RedirectStandardInput = $start.RedirectStandardOutput = $true
$emulator = [System.Diagnostics.Process]::Start($start)
try {
    $addresses = 1..2 | ForEach-Object { (-split $emulator.StandardOutput.ReadLine())[1] }
    Import-Module (Join-Path $env:NAV_SESSION_MODULE NavServerSession.psd1)

    foreach ($service in 'Soap', 'OData') {
        $name = "By$service"
        Register-NAVServerEndpoint $name $addresses[$service -eq 'OData'] -Service $service -CredentialType None `
            -Company 'CRONUS International Ltd.'
        Assert-Equal $true (Test-NAVServerEndpoint $name -Quiet) "the check of $name"
        $rows = @(Get-NAVServerSession $name -UserId *\MARIA)
        Assert-Equal $(if ($service -eq 'Soap') { '14 15' } else { '15' }) $rows.SessionID "the list of $name"
        $rows[0] | Remove-NAVServerSession -WhatIf
        $removed = $rows[0] | Remove-NAVServerSession -Force -PassThru
        Assert-Equal Removed $removed.Outcome 'the outcome'
        Assert-Equal ($rows.Count - 1) @(Get-NAVServerSession $name -UserId *\MARIA).Count 'what is left'
        Remove-NAVServerSession $name -SessionId 4711 -Force -ErrorAction SilentlyContinue -ErrorVariable failed
        Assert-Equal SessionNotFound ($failed[0].FullyQualifiedErrorId -split ',')[0] 'the error'
    }

    Assert-Equal 6 @(Get-Command -Module NavServerSession).Count 'the number of cmdlets'
    if (-not (Get-Help Remove-NAVServerSession).Synopsis.Trim().EndsWith('.')) { throw 'There is no help.' }
    "$($PSVersionTable.PSEdition) $($PSVersionTable.PSVersion): first steps passed"
}
finally {
    $emulator.StandardInput.Close()
    $emulator.WaitForExit()
    Remove-Item $endpoints -ErrorAction Ignore
    $env:NAV_SESSION_ENDPOINTS = $null
}
