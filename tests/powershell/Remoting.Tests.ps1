#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

# "There" is the other end of the session, whose time zone is another one, and "here" is this process.

BeforeDiscovery {
    Import-Module (Join-Path $PSScriptRoot SshServer.psm1) -Force
    $hasSshServer = Test-SshServer
    $hasTerminals = $IsLinux -and (Get-Command script -CommandType Application -ErrorAction Ignore)
}

Describe 'In a session by PowerShell remoting over SSH' -Skip:(-not $hasSshServer) {
    BeforeAll {
        Import-Module (Join-Path $PSScriptRoot Stage.psm1) -Force
        Import-Module (Join-Path $PSScriptRoot SshServer.psm1) -Force
        Import-ModuleUnderTest
        $ssh = Start-SshServer -ModuleFolder (Get-ModuleFolder)
        $signIn = Get-SshSignIn $ssh
        $there = New-PSSession @signIn -ErrorAction Stop

        $modulePath = Get-ModulePath
        Invoke-Command $there { Import-Module "$using:modulePath/NavServerSession.psd1" } -ErrorAction Stop

        <# How another shell gets there. #>
        function Get-Connection {
            @"
Import-Module '$PSScriptRoot/SshServer.psm1'
`$signIn = Get-SshSignIn ([pscustomobject] @{ Folder = '$($ssh.Folder)'; Port = $($ssh.Port) })
`$there = New-PSSession @signIn
Invoke-Command `$there { Import-Module '$modulePath/NavServerSession.psd1'; `$env:NAV_SESSION_ENDPOINTS = '$endpoints' }
"@
        }

        <# A command that another shell runs there. #>
        function Get-Invocation {
            param([string] $Command)

            "$(Get-Connection)`nInvoke-Command `$there { $Command } -ErrorVariable failure`nRemove-PSSession `$there"
        }
    }

    AfterAll {
        if ($there) { Remove-PSSession $there }
        if ($ssh) { Stop-SshServer $ssh }
    }

    BeforeEach {
        $server = Start-NavServer
        $endpoints = $env:NAV_SESSION_ENDPOINTS
        Invoke-Command $there { $env:NAV_SESSION_ENDPOINTS = $using:endpoints }
    }

    AfterEach { Stop-NavServer $server }

    Context 'what is run there' {
        It 'lists the sessions and removes one' {
            $process = Invoke-Command $there {
                $PID
                Remove-NAVServerSession -ServerInstance DynamicsNAV -SessionId 11 -Force
            }
            $rows = Invoke-Command $there { Get-NAVServerSession DynamicsNAV }

            $process | Should -Not -Be $PID
            ($rows | Where-Object SessionID -LT 2001).SessionID | Should -Be (Get-ListedId $server)
            $rows.SessionID | Should -Not -Contain 11
        }

        It 'pipes rows into Remove-NAVServerSession' {
            Invoke-Command $there {
                Get-NAVServerSession DynamicsNAV | Where-Object UserID -EQ CRONUS\MARIA | Remove-NAVServerSession -Force
            }

            $ids = Get-ListedId $server
            $ids | Should -HaveCount 10
            $ids | Should -Not -Contain 14
            $ids | Should -Not -Contain 15
        }

        It 'signs in with a credential from here' {
            $password = "$([guid]::NewGuid())"
            $admin = [pscredential]::new('CRONUS\ADMIN', (ConvertTo-SecureString $password -AsPlainText -Force))
            $locked = Start-Emulator '--user', 'CRONUS\ADMIN' -Secret @{ NAV_EMULATOR_PASSWORD = $password }
            try {
                Register-NAVServerEndpoint Locked $locked.Soap -Company 'CRONUS International Ltd.' -CredentialType NavUserPassword

                $row = Invoke-Command $there { Get-NAVServerSession Locked -SessionId 11 -Credential $using:admin }

                $row.UserID | Should -Be CRONUS\ANNA
            }
            finally { Stop-Emulator $locked }
        }

        It 'offers ids of sessions where somebody types' {
            $offers = Invoke-Command $there {
                $line = 'Remove-NAVServerSession DynamicsNAV -SessionId 1'
                (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText
            }

            $offers | Should -Be 11, 14, 15, 19
        }
    }

    Context 'rows that come from there' {
        It 'mean the same time here, and the same session' {
            $row = Invoke-Command $there { Get-NAVServerSession DynamicsNAV -SessionId 11 }
            $textThere = Invoke-Command $there { (Get-NAVServerSession DynamicsNAV -SessionId 11).LoginDatetime.ToString('s') }
            $rowHere = Get-NAVServerSession DynamicsNAV -SessionId 11

            $row.PSTypeNames[0] | Should -Be Deserialized.NavServerSession.Session
            $textThere | Should -Not -Be $row.LoginDatetime.ToString('s') -Because 'the clocks there show another hour'
            $row.LoginDatetime | Should -Be $rowHere.LoginDatetime
            $row.LoginDatetime.Kind | Should -Be Local
            $row.SessionUniqueID | Should -BeOfType guid
            $row.SessionUniqueID | Should -Be $rowHere.SessionUniqueID
            $row.Age | Should -BeOfType timespan
            $row.OwnSession | Should -BeOfType bool
        }

        It 'pipe into Remove-NAVServerSession here' {
            Invoke-Command $there { Get-NAVServerSession DynamicsNAV -SessionId 11 } | Remove-NAVServerSession -Force -ErrorAction Stop

            Get-ListedId $server | Should -Not -Contain 11
        }

        It 'are compared on the server then: <Property>' -ForEach @(
            @{ Property = 'SessionUniqueID'; Change = { [guid]::NewGuid() } }
            @{ Property = 'LoginDatetime'; Change = { $_.AddMinutes(-1) } }
        ) {
            $row = Invoke-Command $there { Get-NAVServerSession DynamicsNAV -SessionId 11 }
            $row.$Property = $row.$Property | ForEach-Object $Change

            $row | Remove-NAVServerSession -Force -ErrorVariable failure -ErrorAction SilentlyContinue

            $failure | Should -HaveCount 1
            $failure[0].FullyQualifiedErrorId | Should -BeLike 'SessionChanged,*'
            Get-ListedId $server | Should -Contain 11
        }

        It 'are taken as <Form> as well, which was written in another time zone' -ForEach @(
            @{
                Form = 'JSON'
                Write = { Get-NAVServerSession DynamicsNAV -SessionId 11 | ConvertTo-Json }
                Read = { $input | ConvertFrom-Json }
            }
            @{
                Form = 'CSV'
                Write = { Get-NAVServerSession DynamicsNAV -SessionId 11 | ConvertTo-Csv }
                Read = { $input | ConvertFrom-Csv }
            }
        ) {
            Invoke-Command $there $Write | & $Read | Remove-NAVServerSession -Force -ErrorAction Stop

            Get-ListedId $server | Should -Not -Contain 11
        }

        It 'look as those from here in 100 columns, with the computer they come from as a last column' {
            $rows = Invoke-Command $there { Get-NAVServerSession DynamicsNAV | Where-Object SessionID -LT 2001 }
            $nameless = Invoke-Command $there -HideComputerName { Get-NAVServerSession DynamicsNAV | Where-Object SessionID -LT 2001 }
            $rowsHere = Get-NAVServerSession DynamicsNAV | Where-Object SessionID -LT 2001

            $table = $rows | Format-Table | Out-String -Width 100 -Stream | Where-Object Length
            $table[0].TrimEnd() | Should -Match (
                '^SessionID\s+UserID\s+ClientType\s+ClientComputerName\s+LoginDatetime\s+Own\s+PSComputerName$')
            ($table.TrimEnd() | Measure-Object Length -Maximum).Maximum | Should -BeLessOrEqual 100
            $table[2..13].TrimEnd() | Should -Match '127\.0\.0\.1$'
            $nameless | Format-Table | Out-String -Width 100 | Should -Be ($rowsHere | Format-Table | Out-String -Width 100)
            $list, $listHere = $nameless[0], $rowsHere[0] |
                ForEach-Object { ($_ | Format-List | Out-String) -replace '(?m)^Age\s+:.*' }
            $list | Should -Be $listHere
        }
    }

    Context 'steps of a check that come from there' {
        It 'fit a terminal of <Width> columns and break no word' -Skip:(-not $hasTerminals) -ForEach @{ Width = 100 }, @{ Width = 80 } {
            $file = Join-Path $TestDrive steps.xml
            $steps = Invoke-Command $there { Test-NAVServerEndpoint DynamicsNAV }
            $steps | Export-Clixml $file

            $screen = Invoke-Terminal -Width $Width "Import-Clixml '$file'"

            ($screen | Measure-Object Length -Maximum).Maximum | Should -BeLessOrEqual $Width
            $screen -match '^Step\s+Result\s+Message\s+PSComputerName$' | Should -HaveCount 1
            $words = -split ($steps | Where-Object Step -EQ Codeunit).Message
            (-split ($screen -join ' ').Replace('127.0.0.1 ', ' ') -join ' ') | Should -Match ([regex]::Escape($words -join ' '))
        }
    }

    Context 'what -PassThru writes there' {
        It 'looks here as it does there, and says what became of each session' {
            $removed = Invoke-Command $there -HideComputerName {
                Get-NAVServerSession DynamicsNAV -SessionId 11, 14 | Remove-NAVServerSession -Force -PassThru
            }
            $tableThere = Invoke-Command $there {
                $removed = Get-NAVServerSession DynamicsNAV -SessionId 15, 19 | Remove-NAVServerSession -Force -PassThru
                $removed | Format-Table | Out-String -Width 100 -Stream
            }

            $removed.Outcome | Should -Be 'Removed', 'Removed'
            $removed.SessionID | Sort-Object | Should -Be 11, 14
            $table = $removed | Format-Table | Out-String -Width 100 -Stream
            $table[1..2] | Should -Be $tableThere[1..2]
        }
    }

    Context 'rows that are sent there' {
        It 'pipe into Remove-NAVServerSession there' {
            Get-NAVServerSession DynamicsNAV | Where-Object UserID -EQ CRONUS\MARIA |
                Invoke-Command $there { $input | Remove-NAVServerSession -Force } -ErrorAction Stop

            Get-ListedId $server | Should -HaveCount 10
        }

        It 'are compared on the server then: <Property>' -ForEach @(
            @{ Property = 'SessionUniqueID'; Change = { [guid]::NewGuid() } }
            @{ Property = 'LoginDatetime'; Change = { $_.AddMinutes(-1) } }
        ) {
            $row = Get-NAVServerSession DynamicsNAV -SessionId 11 | Select-Object *
            $row.$Property = $row.$Property | ForEach-Object $Change

            $row | Invoke-Command $there { $input | Remove-NAVServerSession -Force } -ErrorVariable failure -ErrorAction SilentlyContinue

            $failure | Should -HaveCount 1
            $failure[0].FullyQualifiedErrorId | Should -BeLike 'SessionChanged,*'
            Get-ListedId $server | Should -Contain 11
        }

        It 'are removed there also when they have come from there before' {
            $rows = Invoke-Command $there { Get-NAVServerSession DynamicsNAV -SessionId 11, 14 }

            $rows | Invoke-Command $there { $input | Remove-NAVServerSession -Force } -ErrorAction Stop

            Get-ListedId $server | Should -HaveCount 10
        }
    }

    Context 'what it says' {
        It 'comes as an error with its id, category, target and recommendation, and what is behind it is run' {
            $said = Invoke-Command $there {
                Remove-NAVServerSession DynamicsNAV -SessionId 999 -Force
                'goes on'
            } -ErrorVariable failure -ErrorAction SilentlyContinue

            $said | Should -Be 'goes on'
            $failure | Should -HaveCount 1
            $failure[0].FullyQualifiedErrorId | Should -Be 'SessionNotFound,NavServerSession.Commands.RemoveNavServerSession'
            $failure[0].CategoryInfo.Category | Should -Be ObjectNotFound
            $failure[0].CategoryInfo.Activity | Should -Be Remove-NAVServerSession
            $failure[0].TargetObject | Should -Be 999
            $failure[0].Exception.Message | Should -Be 'There is no session 999 on MicrosoftDynamicsNavServer$DynamicsNAV.'
            $failure[0].ErrorDetails.RecommendedAction | Should -Match 'Get-NAVServerSession'
            $failure[0].OriginInfo.PSComputerName | Should -Be 127.0.0.1
        }

        It 'has the row as the target of an error' {
            Invoke-Command $there {
                $row = Get-NAVServerSession DynamicsNAV -SessionId 11 | Select-Object *
                $row.SessionUniqueID = [guid]::NewGuid()
                $row | Remove-NAVServerSession -Force
            } -ErrorVariable failure -ErrorAction SilentlyContinue

            $failure[0].FullyQualifiedErrorId | Should -BeLike 'SessionChanged,*'
            $failure[0].TargetObject.SessionID | Should -Be 11
            $failure[0].TargetObject.UserID | Should -Be CRONUS\ANNA
        }

        It 'says of an instance that is not registered there where it looked' {
            Invoke-Command $there { Get-NAVServerSession Elsewhere } -ErrorVariable failure -ErrorAction SilentlyContinue

            $failure[0].FullyQualifiedErrorId | Should -BeLike 'EndpointNotFound,*'
            $failure[0].Exception.Message | Should -Match "^No endpoint is known for server instance 'Elsewhere'"
            $failure[0].ErrorDetails.RecommendedAction | Should -Match Register-NAVServerEndpoint
        }

        It 'comes as warnings of Invoke-Command, and as verbose lines of a redirection there' {
            $told = Invoke-Command $there {
                Get-NAVServerSession DynamicsNAV | Where-Object OwnSession | Remove-NAVServerSession -Force
                Remove-NAVServerSession DynamicsNAV -SessionId 11 -Force -Verbose 4>&1
            } -WarningVariable warning 3> $null

            $warning | Should -HaveCount 1
            "$warning" | Should -Match 'is the session of this command itself, and is left alone'
            "$($told[-1])" | Should -Be 'Removed session 11 from MicrosoftDynamicsNavServer$DynamicsNAV.'
        }

        It 'is what -WhatIf would do, and nothing is done' {
            Invoke-Command $there {
                Get-NAVServerSession DynamicsNAV -SessionId 11 | Remove-NAVServerSession -Force -WhatIf
            }

            Get-ListedId $server | Should -Contain 11
        }
    }

    Context 'a question' {
        It 'is an error with a sentence where nobody is here who could be asked' {
            $command = Get-Invocation 'Remove-NAVServerSession DynamicsNAV -SessionId 11; "goes on"'

            $shell = Invoke-FreshShell "$command`n`$failure[0].FullyQualifiedErrorId"

            ($shell.Errors -replace '\s*\n\s+\|\s+', ' ') | Should -Match (
                'Remove session 11 .*from MicrosoftDynamicsNavServer\$DynamicsNAV: this needs a confirmation, and nobody can be asked here')
            $shell.Errors | Should -Match 'Recommendation: Add -Force'
            -split $shell.Output | Should -Be 'goes', 'on', 'ConfirmationNotPossible,NavServerSession.Commands.RemoveNavServerSession'
            Get-ListedId $server | Should -Contain 11
        }

        It 'is asked here, says whose session it is, and the answer counts there: <Answer>' -Skip:(-not $hasTerminals) -ForEach @(
            @{ Answer = 'Y'; IsListed = $false }
            @{ Answer = 'N'; IsListed = $true }
        ) {
            $command = Get-Invocation 'Get-NAVServerSession DynamicsNAV -SessionId 11 | Remove-NAVServerSession'

            $shown = Invoke-Keystroke $command -At '(default is "Y"):' -Key "$Answer`r"

            $shown | Should -Match 'Confirm Remove session 11 \(CRONUS\\ANNA, WebClient on PC042, signed in 3 h 12 min ago\) from'
            $shown | Should -Match 'goes on'
            (Get-ListedId $server) -contains 11 | Should -Be $IsListed
        }
    }

    Context 'commands that are imported from there' {
        BeforeAll {
            $proxies = Import-PSSession $there -Module NavServerSession -Prefix There -ErrorAction Stop
        }

        AfterAll { Remove-Module $proxies }

        It 'are those of the module' {
            $proxies.ExportedFunctions.Keys | Sort-Object | Should -Be @(
                'Get-ThereNAVServerEndpoint', 'Get-ThereNAVServerSession', 'Register-ThereNAVServerEndpoint'
                'Remove-ThereNAVServerSession', 'Test-ThereNAVServerEndpoint', 'Unregister-ThereNAVServerEndpoint')
        }

        It 'pipe rows from there to there' {
            Get-ThereNAVServerSession DynamicsNAV -SessionId 11, 14 | Remove-ThereNAVServerSession -Force -ErrorAction Stop

            Get-ListedId $server | Should -HaveCount 10
        }

        It 'pipe rows from there into the command here, and from here into the command there' {
            Get-ThereNAVServerSession DynamicsNAV -SessionId 11 | Remove-NAVServerSession -Force -ErrorAction Stop
            Get-NAVServerSession DynamicsNAV -SessionId 14 | Remove-ThereNAVServerSession -Force -ErrorAction Stop

            Get-ListedId $server | Should -HaveCount 10
        }

        It 'compare a row as the command itself does' {
            $row = Get-ThereNAVServerSession DynamicsNAV -SessionId 11
            $row.SessionUniqueID = [guid]::NewGuid()

            # PowerShell fills no -ErrorVariable of an imported command.
            $failure = @($row | Remove-ThereNAVServerSession -Force -ErrorAction Continue 2>&1)

            $failure | Should -HaveCount 1
            $failure[0].FullyQualifiedErrorId | Should -BeLike 'SessionChanged,*'
            Get-ListedId $server | Should -Contain 11
        }

        It 'list as a table also where the module is not, and remove there' {
            $shell = Invoke-FreshShell @"
Remove-Module NavServerSession
$(Get-Connection)
`$null = Import-PSSession `$there -Module NavServerSession -FormatTypeName NavServerSession.Session
Get-NAVServerSession DynamicsNAV -UserId *\MARIA | Format-Table | Out-String -Width 100
Get-NAVServerSession DynamicsNAV -UserId *\MARIA | Remove-NAVServerSession -Force
Remove-PSSession `$there
"@

            $shell.Errors | Should -BeNullOrEmpty
            $lines = $shell.Output -split '\r?\n' | Where-Object Length
            $lines[0] | Should -Match '^SessionID\s+UserID\s+ClientType\s+ClientComputerName\s+LoginDatetime\s+Own\s*$'
            $lines[2] | Should -Match '^\s+14 CRONUS\\MARIA\s+WebClient\s+PC051\s+\d{4}-\d\d-\d\d \d\d:\d\d\s*$'
            Get-ListedId $server | Should -HaveCount 10
        }

        It 'remove nothing with -WhatIf' {
            Get-ThereNAVServerSession DynamicsNAV -SessionId 11 | Remove-ThereNAVServerSession -Force -WhatIf

            Get-ListedId $server | Should -Contain 11
        }
    }

    Context 'a server that takes its time' {
        BeforeAll {
            <# Begins a pipeline there, as Invoke-Command does, and waits until session 14 is on its way. #>
            function Start-There {
                param([string] $Script)

                $pipeline = [powershell]::Create()
                $pipeline.Runspace = $there.Runspace
                $running = $pipeline.AddScript($Script).BeginInvoke()
                while (-not ($pipeline.Streams.Verbose -match 'Remove session 14')) {
                    if ($running.IsCompleted) { $pipeline.EndInvoke($running) }
                    Start-Sleep -Milliseconds 20
                }
                $pipeline
            }

            function Start-SlowServer {
                param([int] $Milliseconds)

                $slow = Start-Emulator '--latency-ms', $Milliseconds
                Register-NAVServerEndpoint Slow $slow.Soap -Company 'CRONUS International Ltd.' -CredentialType None
                $slow
            }
        }

        AfterEach { Stop-Emulator $slow }

        It 'ends with the pipeline that is stopped, within a second, and leaves an account' {
            $slow = Start-SlowServer 60000
            $pipeline = Start-There 'Remove-NAVServerSession Slow -SessionId 11, 14 -Force -Verbose'
            $clock = [System.Diagnostics.Stopwatch]::StartNew()

            $pipeline.Stop()

            $clock.Elapsed.TotalSeconds | Should -BeLessThan 3 -Because 'the way there and back is a part of it'
            $pipeline.InvocationStateInfo.State | Should -Be Stopped
            $pipeline.Streams.Warning | Should -HaveCount 1
            $pipeline.Streams.Warning[0].Message | Should -Match (
                'was stopped. No session was removed before. Not known: session 11, 14')
            Invoke-Command $there { Get-NAVServerSession DynamicsNAV -SessionId 11 } | Should -HaveCount 1 -Because 'the session goes on'
        }

        It 'ends with a job of Invoke-Command that is stopped' {
            $slow = Start-SlowServer 60000
            $job = Invoke-Command $there { Remove-NAVServerSession Slow -SessionId 11, 14 -Force -Verbose } -AsJob
            try {
                while (-not ($job.ChildJobs[0].Verbose -match 'Remove session 14')) { Start-Sleep -Milliseconds 20 }

                Stop-Job $job

                $job.State | Should -Be Stopped
                $job.ChildJobs[0].Warning | Should -Match 'Not known: session 11, 14'
            }
            finally { Remove-Job $job -Force }
        }

        It 'ends by Ctrl+C in a terminal here, with an account' -Skip:(-not $hasTerminals) {
            $slow = Start-SlowServer 60000
            $clock = [System.Diagnostics.Stopwatch]::new()

            $command = Get-Invocation 'Remove-NAVServerSession Slow -SessionId 11, 14 -Force -Verbose'

            $shown = Invoke-Keystroke $command -At 'session 14' -Clock $clock

            $shown | Should -Match 'WARNING: Remove-NAVServerSession was stopped. No session was removed before. Not known: session 11, 14'
            $clock.Elapsed.TotalSeconds | Should -BeLessThan 5 -Because 'the shell and its connection take a part of it to end'
        }

        It 'is told of by progress that comes here and ends' {
            $slow = Start-SlowServer 1600
            $pipeline = Start-There 'Remove-NAVServerSession Slow -SessionId 11, 14 -Force -Verbose -ErrorAction Stop'

            while ($pipeline.InvocationStateInfo.State -eq 'Running') { Start-Sleep -Milliseconds 20 }

            $pipeline.InvocationStateInfo.State | Should -Be Completed
            $pipeline.Streams.Progress[0].Activity | Should -Match 'session'
            $pipeline.Streams.Progress[-1].RecordType | Should -Be Completed
            Get-ListedId $slow | Should -HaveCount 10
        }
    }
}
