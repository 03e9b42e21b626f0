<#
.SYNOPSIS
Runs the tests in this folder, against the module that `cargo xtask build` lays out.
.DESCRIPTION
The last line says how many passed, failed and were skipped; any failure gives exit code 1.
The environment variables NAV_SESSION_MODULE and NAV_EMULATOR name another module and another emulator.
#>
[CmdletBinding()]
param()

$ErrorActionPreference = 'Stop'
Import-Module Pester -MinimumVersion 5.0

$configuration = New-PesterConfiguration
$configuration.Run.Path = $PSScriptRoot
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'Detailed'
$result = Invoke-Pester -Configuration $configuration

# A file or block that broke down counts even where its tests do not.
$failed = [Math]::Max($result.FailedCount, $result.FailedContainersCount + $result.FailedBlocksCount)
"$($result.PassedCount) passed, $failed failed, $($result.SkippedCount + $result.NotRunCount) skipped"
exit [int] ($failed -gt 0)
