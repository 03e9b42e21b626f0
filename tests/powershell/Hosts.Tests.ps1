#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Stage.psm1) -Force
    Import-ModuleUnderTest
    $modulePath = Get-ModulePath
}

Describe 'Runspaces of one process' {
    AfterEach { Stop-NavServer $server }

    It 'end their removals when <Name> is stopped' -ForEach @(
        @{
            Name = 'a ForEach-Object -Parallel'
            Start = {
                11, 14 | ForEach-Object -AsJob -Parallel {
                    Import-Module "$using:modulePath/NavServerSession.psd1"
                    Remove-NAVServerSession DynamicsNAV -SessionId $_ -Force -Verbose
                }
            }
        }
        @{
            Name = 'a thread job'
            Start = {
                Start-ThreadJob {
                    Import-Module "$using:modulePath/NavServerSession.psd1"
                    Remove-NAVServerSession DynamicsNAV -SessionId 11, 14 -Force -Verbose
                }
            }
        }
    ) {
        $server = Start-NavServer -Option '--latency-ms', 60000
        $job = & $Start
        try {
            $threads = if ($job.ChildJobs) { $job.ChildJobs } else { $job }
            foreach ($id in 11, 14) {
                while (-not ($threads.Verbose -match "Remove session $id")) { Start-Sleep -Milliseconds 20 }
            }
            $clock = [System.Diagnostics.Stopwatch]::StartNew()

            Stop-Job $job

            $clock.Elapsed.TotalSeconds | Should -BeLessThan 3 -Because 'each ends within a second'
            $job.State | Should -Be Stopped
            $threads.Verbose -match 'Removed session' | Should -BeNullOrEmpty
        }
        finally { Remove-Job $job -Force }
    }

    It 'go on with their removals when another one is stopped, over the connections they share' {
        $server = Start-NavServer -Option '--latency-ms', 1500
        $pool = [runspacefactory]::CreateRunspacePool(2, 2)
        $pool.Open()
        try {
            $stopped, $other = foreach ($id in 11, 14) {
                $shell = [powershell]::Create()
                $shell.RunspacePool = $pool
                $script = {
                    param($module, $id)
                    Import-Module $module
                    Remove-NAVServerSession DynamicsNAV -SessionId $id -Force -Verbose
                }
                $shell.AddScript($script).AddArgument("$modulePath/NavServerSession.psd1").AddArgument($id)
            }
            $running = $other.BeginInvoke()
            $null = $stopped.BeginInvoke()
            foreach ($shell in $stopped, $other) {
                while (-not ($shell.Streams.Verbose -match 'Opening a connection')) { Start-Sleep -Milliseconds 20 }
            }

            $stopped.Stop()
            $other.EndInvoke($running)

            $other.Streams.Error | Should -BeNullOrEmpty
            $other.Streams.Verbose[-1].Message | Should -BeLike 'Removed session 14 from *'
            Get-ListedId $server | Should -Not -Contain 14
        }
        finally { $pool.Dispose() }
    }
}

Describe 'A pwsh that nobody can be asked by' {
    BeforeEach { $server = Start-NavServer }
    AfterEach { Stop-NavServer $server }

    It 'says what is missing instead of waiting for it: <Command>' -ForEach @(
        @{ Command = 'Remove-NAVServerSession DynamicsNAV'; Missing = 'SessionId' }
        @{ Command = 'Get-NAVServerSession'; Missing = 'ServerInstance' }
        @{ Command = 'Unregister-NAVServerEndpoint'; Missing = 'ServerInstance' }
    ) {
        $shell = Invoke-FreshShell "try { $Command } catch { `$_.Exception.Message }; 'goes on'"

        $shell.Output | Should -Match "(?s)missing mandatory parameters:.* $Missing.*goes on"
        Get-ListedId $server | Should -HaveCount 12
    }
}
