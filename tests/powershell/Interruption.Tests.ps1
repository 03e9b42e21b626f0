#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

BeforeDiscovery {
    # A terminal of one's own to press Ctrl+C in.
    $hasTerminal = $IsLinux -and (Get-Command script -CommandType Application -ErrorAction Ignore)
}

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Stage.psm1) -Force
    Import-ModuleUnderTest
}

Describe 'Ctrl+C in a terminal' -Skip:(-not $hasTerminal) {
    AfterEach { Stop-NavServer $server }

    It 'ends removals that the server does not answer within a second, and says that nobody knows of them' {
        $server = Start-NavServer -Option '--latency-ms', 60000
        $clock = [System.Diagnostics.Stopwatch]::new()

        $shown = Invoke-Keystroke 'Remove-NAVServerSession DynamicsNAV -SessionId 11, 14 -Force -Verbose' -At 'session 14' -Clock $clock

        $shown | Should -Match 'WARNING: Remove-NAVServerSession was stopped. No session was removed before. Not known: session 11, 14'
        $shown | Should -Not -Match 'goes on'
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 3 -Because 'the shell itself takes a part of it to end'
    }

    It 'says what was removed while another command has its turn' {
        $server = Start-NavServer

        $shown = Invoke-Keystroke -At 'NOW' @'
& {
    11, 14 | ForEach-Object { [pscustomobject] @{ SessionID = $_ } }
    Write-Host NOW
    while ($true) { Start-Sleep -Milliseconds 50 }
} | Remove-NAVServerSession DynamicsNAV -Force -ThrottleLimit 1
'@

        # The answer of the second one may have been taken up already.
        $shown | Should -Match ('WARNING: Remove-NAVServerSession was stopped\. ' +
            '(1 session was removed before\. Removed: session 14\.|2 sessions were removed before\.)')
        Get-ListedId $server | Should -HaveCount 10
    }
}

Describe 'A pipeline that another command ends' {
    BeforeEach { $server = Start-NavServer }
    AfterEach { Stop-NavServer $server }

    It 'has removed what it had sent off when Select-Object has enough' {
        $first = Remove-NAVServerSession DynamicsNAV -SessionId 11 -Force -PassThru | Select-Object -First 1

        $first.SessionID | Should -Be 11
        Get-ListedId $server | Should -Not -Contain 11
    }
}

Describe 'Where nobody can be asked' {
    BeforeEach { $server = Start-NavServer }
    AfterEach { Stop-NavServer $server }

    It 'a job says that it waits for an answer, and Receive-Job says that nobody can give it' {
        $shell = Invoke-FreshShell -Script @"
`$job = Start-Job { Import-Module '$(Get-ModulePath)/NavServerSession.psd1'; Remove-NAVServerSession DynamicsNAV -SessionId 11; 'goes on' }
while (`$job.State -in 'NotStarted', 'Running') { Start-Sleep -Milliseconds 50 }
"`$(`$job.State)"
`$job | Receive-Job -Wait
"@

        ($shell.Output -split "`r?`n")[0] | Should -Be Blocked
        ($shell.Errors -replace '\s*\n\s+\|\s+', ' ') | Should -Match 'this needs a confirmation, and nobody can be asked here'
        Get-ListedId $server | Should -Contain 11
    }

    It '<Name> fails with a sentence and goes on' -ForEach @(
        @{ Name = 'a thread job'; Script = 'Start-ThreadJob { Import-Module PATH; Remove-NAVServerSession DynamicsNAV -SessionId 11; "goes on" } | Receive-Job -Wait' }
        @{ Name = 'ForEach-Object -Parallel'; Script = '1 | ForEach-Object -Parallel { Import-Module PATH; Remove-NAVServerSession DynamicsNAV -SessionId 11; "goes on" }' }
    ) {
        $shell = Invoke-FreshShell ($Script -creplace 'PATH', "'$(Get-ModulePath)/NavServerSession.psd1'")

        ($shell.Errors -replace '\s*\n\s+\|\s+', ' ') | Should -Match 'this needs a confirmation, and nobody can be asked here'
        $shell.Output | Should -Match 'goes on'
        Get-ListedId $server | Should -Contain 11
    }

    It 'a job removes what it is told to remove without being asked' {
        Start-Job -ArgumentList (Get-ModulePath) {
            param($module)
            Import-Module "$module/NavServerSession.psd1"
            Get-NAVServerSession DynamicsNAV -SessionId 11 | Remove-NAVServerSession -Force -ErrorAction Stop
        } | Receive-Job -Wait -AutoRemoveJob

        Get-ListedId $server | Should -Not -Contain 11
    }

    It 'a job that is stopped ends its removals' {
        Stop-NavServer $server
        $server = Start-NavServer -Option '--latency-ms', 60000
        $job = Start-Job -ArgumentList (Get-ModulePath) {
            param($module)
            Import-Module "$module/NavServerSession.psd1"
            Remove-NAVServerSession DynamicsNAV -SessionId 11 -Force -Verbose
        }
        while (-not $job.ChildJobs[0].Verbose.Count) { Start-Sleep -Milliseconds 50 }

        Stop-Job $job

        $job.State | Should -Be Stopped
        Remove-Job $job
    }
}
