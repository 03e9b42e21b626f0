# Beside a stand-in for Microsoft's administration module, in a shell of its own.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Stage.psm1) -Force

    $folder = New-Item -ItemType Directory (Join-Path ([System.IO.Path]::GetTempPath()) "nav-session-$([guid]::NewGuid())")
    foreach ($name in 'Microsoft.Dynamics.Nav.Management', 'Microsoft.BusinessCentral.Management') {
        $module = New-Item -ItemType Directory (Join-Path $folder $name modules $name)
        Copy-Item (Join-Path $PSScriptRoot .. stand-in ManagementModule.psm1) (Join-Path $module "$name.psm1")
    }
    New-EndpointsFile

    <# What a script writes in a new shell, with the stand-in of this name installed. #>
    function Invoke-Shell {
        param([string] $Installed, [string] $Script)

        $begin = @'
$global:NavCalls = [System.Collections.ArrayList]::new()
$global:NavSessions = @(
    @{ SessionID = 11; UserID = 'CRONUS\ANNA'; ClientType = 'WebClient'; LoginDatetime = [datetime]::Now.AddHours(-3) }
    @{ SessionID = 14; UserID = 'CRONUS\MARIA'; ClientType = 'WindowsClient'; LoginDatetime = [datetime]::Now }
)
'@
        $path = Join-Path $folder $Installed modules
        $import = "`$env:PSModulePath = '$path' + [System.IO.Path]::PathSeparator + `$env:PSModulePath; Import-Module '$(Join-Path (Get-ModulePath) NavServerSession.psd1)'"
        $encoded = [Convert]::ToBase64String([System.Text.Encoding]::Unicode.GetBytes("$import`n$begin`n$Script"))
        & (Get-Process -Id $PID).Path -NoProfile -NonInteractive -EncodedCommand $encoded -OutputFormat Text 2>&1 | ForEach-Object { "$_" }
    }
}

AfterAll {
    Remove-Item -Recurse $folder
    Remove-Item -Recurse (Split-Path $env:NAV_SESSION_ENDPOINTS) -ErrorAction Ignore
    $env:NAV_SESSION_ENDPOINTS = $null
}

Describe 'Beside Microsoft''s administration module' {
    It 'takes <_> for an instance without an endpoint, and leaves it its names' -ForEach 'Microsoft.Dynamics.Nav.Management', 'Microsoft.BusinessCentral.Management' {
        $written = Invoke-Shell $_ @'
Get-NAVServerSession BC -UserId *anna -Verbose 4>&1 | Out-String
Get-NAVServerSession BC -UserId *anna | Remove-NAVServerSession -Force -PassThru | ForEach-Object { "$($_.UserID) $($_.Outcome)" }
(Get-Command Get-NAVServerSession).ModuleName
$NavSessions.SessionID
$NavCalls.Count
'@
        ($written -join "`n") | Should -BeLike "*so Microsoft's module $_ is used.*Opening admin connection to ServerInstance 'BC'*11*CRONUS\ANNA*"
        $written[-4..-1] | Should -Be 'CRONUS\ANNA Removed', 'NavServerSession', '14', '4'
    }

    It 'says what it would remove, and needs -Force where nobody can be asked' {
        $written = Invoke-Shell Microsoft.Dynamics.Nav.Management @'
Remove-NAVServerSession BC -SessionId 11 -WhatIf
$NavCalls.Count
try { Remove-NAVServerSession BC -SessionId 11 } catch { $_.FullyQualifiedErrorId }
$NavSessions.Count
'@
        $written | Should -Be @(
            'What if: Remove session 11 from MicrosoftDynamicsNavServer$BC'
            '0'
            'ConfirmationNotPossible,NavServerSession.Commands.RemoveNavServerSession'
            '2')
    }
}
