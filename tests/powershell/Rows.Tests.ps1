#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Stage.psm1) -Force
    Import-ModuleUnderTest
}

Describe 'The rows of Get-NAVServerSession in the shell' {
    BeforeAll { $server = Start-NavServer }
    AfterAll { Stop-NavServer $server }

    It 'are selected, sorted, grouped and filtered by the classic columns in any casing' {
        $rows = Get-NAVServerSession DynamicsNAV

        ($rows | Select-Object sessionid, USERID -First 1).PSObject.Properties.Name | Should -Be 'SessionID', 'UserID'
        ($rows | Sort-Object sessionID).SessionID[0..2] | Should -Be -6574, 2, 3
        ($rows | Group-Object clienttype | Where-Object Name -EQ WindowsClient).Count | Should -Be 3
        ($rows | Where-Object { $_.ClientType -in @('WebService', 'SOAP') -and -not $_.OwnSession }).SessionID | Should -Be 23
        ($rows | Where-Object { $_.LoginDatetime -lt (Get-Date).AddMinutes(-24 * 60) }).SessionID | Sort-Object | Should -Be 2, 3, 19
        ($rows | Where-Object SessionID -LT 2001 | Measure-Object SessionID).Count | Should -Be 12
    }

    It 'are sorted and selected by the names of NAV 2013 as well' {
        $rows = Get-NAVServerSession DynamicsNAV | Sort-Object 'Session ID'

        $rows[0].SessionID | Should -Be -6574
        ($rows | Select-Object 'User ID', 'Client Type' -First 1).'User ID' | Should -Be 'CRONUS\TOM'
        ($rows | Select-Object LoginTime -First 1).LoginTime | Should -Be $rows[0].LoginDatetime
    }

    It 'take further members' {
        $row = Get-NAVServerSession DynamicsNAV -SessionId 11 | Add-Member -NotePropertyName Team -NotePropertyValue Sales -PassThru

        $row.Team | Should -Be 'Sales'
        $row.SessionID | Should -Be 11
    }

    It 'are sorted, filtered, grouped and exported by their age' {
        $rows = Get-NAVServerSession DynamicsNAV | Where-Object SessionID -LT 2001

        ($rows | Sort-Object Age -Descending)[0].SessionID | Should -Be 2
        ($rows | Where-Object Age -GT '1.00:00:00').SessionID | Sort-Object | Should -Be 2, 3, 19
        ($rows | Group-Object { $_.Age.Days }).Count | Should -Be 3
        $copies = $rows | ConvertTo-Csv | ConvertFrom-Csv
        [timespan] ($copies | Where-Object SessionID -EQ 2).Age | Should -BeGreaterThan ([timespan] '2.23:00')
    }

    It 'end early when enough have come, before the next page is asked for' {
        $paged = Start-Emulator '--page-size', 3
        try {
            Register-NAVServerEndpoint Paged $paged.OData -Service OData -Company 'CRONUS International Ltd.' -CredentialType None
            $told = Join-Path $TestDrive told.txt

            @(Get-NAVServerSession Paged -Debug 5> $told | Select-Object -First 2).Count | Should -Be 2
            @(Select-String '^GET ' $told).Count | Should -Be 1

            @(Get-NAVServerSession Paged -Debug 5> $told).Count | Should -BeGreaterOrEqual 12
            @(Select-String '^GET ' $told).Count | Should -BeGreaterOrEqual 4
        }
        finally { Stop-Emulator $paged }
    }

    It 'are offered where TabExpansion2 asks for them' {
        $line = 'Remove-NAVServerSession DynamicsNAV -SessionId 1'

        $offers = (TabExpansion2 $line $line.Length).CompletionMatches

        $offers.CompletionText | Should -Be 11, 14, 15, 19
        $offers[0].ToolTip | Should -Be 'CRONUS\ANNA, WebClient, PC042'
    }

    It 'fit a table of <Width> columns' -ForEach @{ Width = 100 }, @{ Width = 80 } {
        $rows = Get-NAVServerSession DynamicsNAV | Where-Object { $_.SessionID -lt 2001 -or $_.OwnSession }
        $lines = $rows | Format-Table | Out-String -Width $Width -Stream | Where-Object Length

        $lines.Count | Should -Be 15
        $lines[0] | Should -Match '^SessionID\s+UserID\s+ClientType\s+ClientComputerName\s+LoginDatetime\s+Own\s*$'
        ($lines.TrimEnd() | Measure-Object Length -Maximum).Maximum | Should -BeLessOrEqual $Width
        $lines -match '^\s+11 CRONUS\\ANNA\s+WebClient\s+PC042\s+\d{4}-\d\d-\d\d \d\d:\d\d\s*$' | Should -HaveCount 1
        $lines -match '\*\s*$' | Should -HaveCount 1
    }

    It 'show everything in a list' {
        $list = Get-NAVServerSession DynamicsNAV -SessionId 11 | Format-List | Out-String

        # What only Business Central online says is shown where it does.
        foreach ($name in [NavServerSession.Session].GetProperties().Name -notmatch '^(EntryPoint|Current)') {
            $list | Should -Match "(?m)^$name\s+:"
        }
    }

    It 'are exported without doubles of their columns' {
        $columns = (Get-NAVServerSession DynamicsNAV -SessionId 11 | ConvertTo-Csv)[0] -replace '"' -split ','

        $columns | Sort-Object | Should -Be (@([NavServerSession.Session].GetProperties().Name) + 'LoginTime' | Sort-Object)
    }

    It 'serve as a health probe that returns quietly' {
        Get-NAVServerSession -ServerInstance DynamicsNAV -ErrorAction Stop | Out-Null
    }
}

Describe 'What Remove-NAVServerSession -PassThru writes, in the shell' {
    BeforeEach { $server = Start-NavServer }
    AfterEach { Stop-NavServer $server }

    It 'fits a table of <Width> columns' -ForEach @{ Width = 100 }, @{ Width = 80 } {
        $gone = Get-NAVServerSession DynamicsNAV -SessionId 11 | Remove-NAVServerSession -Force -PassThru
        $lines = $gone | Out-String -Width $Width -Stream | Where-Object Length

        $lines[0] | Should -Match '^ServerInstance\s+SessionID\s+UserID\s+ClientType\s+Outcome\s*$'
        $lines[2] | Should -Match '^DynamicsNAV\s+11 CRONUS\\ANNA\s+WebClient\s+Removed\s*$'
        ($lines.TrimEnd() | Measure-Object Length -Maximum).Maximum | Should -BeLessOrEqual $Width
    }

    It 'is sorted, selected and exported' {
        $file = Join-Path $TestDrive removed.csv
        Get-NAVServerSession DynamicsNAV | Where-Object ClientType -EQ WindowsClient | Remove-NAVServerSession -Force -PassThru |
            Sort-Object SessionID | Export-Csv $file

        $rows = Import-Csv $file
        $rows.SessionID | Should -Be 5, 7, 19
        $rows.Outcome | Should -Be Removed, Removed, Removed
        $rows[0].PSObject.Properties.Name | Should -Be @(
            'ServerInstance', 'Tenant', 'SessionID', 'UserID', 'ClientType', 'ClientComputerName', 'LoginDatetime',
            'SessionUniqueID', 'Outcome')
    }

    It 'comes over from another process' {
        $gone = Start-Job -ArgumentList (Get-ModulePath) {
            param($module)
            Import-Module "$module/NavServerSession.psd1"
            Get-NAVServerSession DynamicsNAV -SessionId 11 | Remove-NAVServerSession -Force -PassThru
        } | Receive-Job -Wait -AutoRemoveJob

        $gone.SessionID | Should -Be 11
        "$($gone.Outcome)" | Should -Be Removed
    }
}

Describe 'Rows that have been elsewhere still pipe into Remove-NAVServerSession' {
    BeforeEach { $server = Start-NavServer }
    AfterEach { Stop-NavServer $server }

    It 'after JSON' {
        $json = Get-NAVServerSession DynamicsNAV -SessionId 11 | ConvertTo-Json

        $json | ConvertFrom-Json | Remove-NAVServerSession -Force -ErrorAction Stop

        Get-ListedId $server | Should -Not -Contain 11
    }

    It 'after JSON, and are compared then' {
        $row = Get-NAVServerSession DynamicsNAV -SessionId 11 | ConvertTo-Json | ConvertFrom-Json
        $row.SessionUniqueID = $null
        $row.LoginDatetime = $row.LoginDatetime.AddMinutes(-1)

        $row | Remove-NAVServerSession -Force -ErrorVariable failure -ErrorAction SilentlyContinue

        $failure.FullyQualifiedErrorId | Should -BeLike 'SessionChanged,*'
        Get-ListedId $server | Should -Contain 11
    }

    It 'after CSV <Options>' -ForEach @{ Options = @{} }, @{ Options = @{ IncludeTypeInformation = $true } } {
        $file = Join-Path $TestDrive sessions.csv
        Get-NAVServerSession DynamicsNAV | Where-Object UserID -EQ 'CRONUS\MARIA' | Export-Csv $file @Options

        Import-Csv $file | Remove-NAVServerSession -Force -ErrorAction Stop

        $ids = Get-ListedId $server
        $ids | Should -Not -Contain 14
        $ids | Should -Not -Contain 15
        $ids | Should -HaveCount 10
    }

    It 'after CSV, and the own session is left alone' {
        $file = Join-Path $TestDrive sessions.csv
        Get-NAVServerSession DynamicsNAV | Where-Object OwnSession | Export-Csv $file

        Import-Csv $file | Remove-NAVServerSession -Force -WarningVariable warning -WarningAction SilentlyContinue

        $warning | Should -HaveCount 1
        Get-ListedId $server | Should -HaveCount 12
    }

    It 'after CLIXML' {
        $file = Join-Path $TestDrive sessions.xml
        Get-NAVServerSession DynamicsNAV -SessionId 11 | Export-Clixml $file

        Import-Clixml $file | Remove-NAVServerSession -Force -ErrorAction Stop

        Get-ListedId $server | Should -Not -Contain 11
    }

    It 'after a job' {
        $job = Start-Job -ArgumentList (Get-ModulePath) {
            param($module)
            Import-Module "$module/NavServerSession.psd1"
            Get-NAVServerSession DynamicsNAV -SessionId 11
        }
        $rows = $job | Receive-Job -Wait -AutoRemoveJob
        $rows.PSTypeNames[0] | Should -Be 'Deserialized.NavServerSession.Session'

        $rows | Remove-NAVServerSession -Force -ErrorAction Stop

        Get-ListedId $server | Should -Not -Contain 11
    }

    It 'after Where-Object, and Select-Object left only the id' {
        Get-NAVServerSession DynamicsNAV | Where-Object UserID -EQ 'CRONUS\ANNA' | Select-Object SessionID |
            Remove-NAVServerSession -ServerInstance DynamicsNAV -Force -ErrorAction Stop

        Get-ListedId $server | Should -Not -Contain 11
        Get-ListedId $server | Should -HaveCount 11
    }

    It 'after Select-Object took a part of them' {
        Get-NAVServerSession DynamicsNAV -SessionId 11 | Select-Object SessionID, ServerInstance |
            Remove-NAVServerSession -Force -ErrorAction Stop
        Get-NAVServerSession DynamicsNAV -SessionId 14 | Select-Object SessionID |
            Remove-NAVServerSession -ServerInstance DynamicsNAV -Force -ErrorAction Stop

        $ids = Get-ListedId $server
        $ids | Should -Not -Contain 11
        $ids | Should -Not -Contain 14
    }
}

Describe 'Objects that are no sessions' {
    BeforeEach { $server = Start-NavServer }
    AfterEach { Stop-NavServer $server }

    It 'are refused one by one and remove nothing: <Name>' -ForEach @(
        @{ Name = 'processes, which have a SessionId'; Source = { Get-Process -Id $PID } }
        @{ Name = 'copies of processes'; Source = { Get-Process -Id $PID | Select-Object Name, SessionId } }
        @{ Name = 'processes out of a CSV file'; Source = { Get-Process -Id $PID | ConvertTo-Csv -IncludeTypeInformation | ConvertFrom-Csv } }
        @{ Name = 'files'; Source = { Get-Item $PSHOME } }
        @{ Name = 'numbers'; Source = { 11 } }
    ) {
        & $Source | Remove-NAVServerSession -ServerInstance DynamicsNAV -Force -ErrorVariable failure -ErrorAction SilentlyContinue

        $failure | Should -HaveCount 1
        $failure[0].FullyQualifiedErrorId | Should -BeLike 'NotASession,*'
        $failure[0].CategoryInfo.Category | Should -Be InvalidType
        Get-ListedId $server | Should -HaveCount 12
    }
}
