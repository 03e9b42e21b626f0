# The script for a scheduled task in docs/install.md, as it stands there, run as a task runs it.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Stage.psm1) -Force
    Import-ModuleUnderTest

    $folder = New-Item -ItemType Directory (Join-Path ([System.IO.Path]::GetTempPath()) "nav-session-$([guid]::NewGuid())")
    $script = Join-Path $folder EndOldSessions.ps1
    $page = Get-Content -Raw (Join-Path $PSScriptRoot .. .. docs install.md)
    [regex]::Match($page, '(?s)```powershell norun\r?\n(# EndOldSessions.ps1.+?)```').Groups[1].Value | Set-Content $script

    <# Its exit code, and what is in its log. #>
    function Invoke-Task {
        param([string] $ModulePath = (Get-ModuleFolder))

        $log = Join-Path $folder EndOldSessions.log
        Remove-Item $log -ErrorAction Ignore
        $before = $env:PSModulePath
        $env:PSModulePath = $ModulePath
        try { & (Get-Process -Id $PID).Path -NoProfile -NonInteractive -File $script *> $null }
        finally { $env:PSModulePath = $before }
        [pscustomobject]@{ ExitCode = $LASTEXITCODE; Log = Get-Content -Raw $log -ErrorAction Ignore }
    }
}

AfterAll { Remove-Item -Recurse $folder }

Describe 'The script of the scheduled task' {
    It 'ends with 0 where all went well, and its log says what is gone' {
        $server = Start-NavServer
        try {
            $before = Get-ListedId $server
            $old = (Get-NAVServerSession DynamicsNAV -ClientType WebClient -OlderThan 12:00).SessionID
            $task = Invoke-Task

            $task.ExitCode | Should -Be 0
            $old | Should -Not -BeNullOrEmpty
            Get-ListedId $server | Should -Be ($before | Where-Object { $_ -notin $old })
            $task.Log | Should -Match "session $($old[0])\b"
        }
        finally { Stop-NavServer $server }
    }

    It 'ends with 1 where the server does not answer, and its log says why' {
        Stop-NavServer ($server = Start-NavServer)
        New-EndpointsFile
        try {
            Register-NAVServerEndpoint DynamicsNAV $server.Soap -Company 'CRONUS International Ltd.' -CredentialType None
            $task = Invoke-Task

            $task.ExitCode | Should -Be 1
            $task.Log | Should -BeLike '*Get-NAVServerSession:*'
        }
        finally {
            Remove-Item -Recurse (Split-Path $env:NAV_SESSION_ENDPOINTS)
            $env:NAV_SESSION_ENDPOINTS = $null
        }
    }

    It 'ends with 1 where the list is had and a removal fails' {
        $server = Start-NavServer
        try {
            Register-NAVServerEndpoint DynamicsNAV $server.Soap -Company 'CRONUS International Ltd.' -CredentialType None `
                -SessionControlService Absent -Force
            $task = Invoke-Task

            $task.ExitCode | Should -Be 1
            $task.Log | Should -BeLike '*Remove-NAVServerSession:*'
        }
        finally { Stop-NavServer $server }
    }

    It 'ends with 1 where the module is not installed for the account' {
        (Invoke-Task -ModulePath $folder).ExitCode | Should -Be 1
    }
}

Describe 'Two versions side by side' {
    BeforeAll {
        $modules = New-Item -ItemType Directory (Join-Path $folder modules)
        $version = (Import-PowerShellDataFile (Join-Path (Get-ModulePath) NavServerSession.psd1)).ModuleVersion
        $old, $new = $version, '99.0.0' | ForEach-Object { Join-Path $modules NavServerSession $_ }
        New-Item -ItemType Directory (Split-Path $old) | Out-Null
        Copy-Item (Get-ModulePath) $old -Recurse
        $environment = @{ PSModulePath = "$modules" }
    }

    It 'leave a process that runs as it is, and a new one takes the newer' {
        $shell = Invoke-FreshShell -Module '' -Environment $environment @"
`$null = Get-NAVServerEndpoint
Copy-Item '$old' '$new' -Recurse
`$manifest = Join-Path '$new' NavServerSession.psd1
(Get-Content -Raw `$manifest).Replace("'$version'", "'99.0.0'") | Set-Content `$manifest
`$null = Get-NAVServerEndpoint
(Get-Module NavServerSession).ModuleBase
"@
        $next = Invoke-FreshShell -Module '' -Environment $environment @'
$null = Get-NAVServerEndpoint
(Get-Module NavServerSession).ModuleBase
'@

        $shell.Output.Trim() | Should -Be $old
        $next.Output.Trim() | Should -Be $new
    }
}
