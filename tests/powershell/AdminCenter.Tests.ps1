#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Stage.psm1) -Force
    Import-ModuleUnderTest
}

Describe 'Sessions of Business Central online in the shell' {
    BeforeEach {
        $server = Start-OnlineServer -Option '--stays', 23
        $signIn = Get-SignIn
    }
    AfterEach { Stop-NavServer $server }

    It 'are listed, filtered and removed with a client secret' {
        Get-NAVServerSession Contoso -Credential $signIn.Credential | Where-Object UserID -EQ 'CRONUS\MARIA' |
            Remove-NAVServerSession -Credential $signIn.Credential -Force -ErrorAction Stop

        $ids = Get-EnvironmentId $server
        $ids | Should -HaveCount 10
        $ids | Should -Not -Contain 14
        $ids | Should -Not -Contain 15
    }

    It 'are removed by their id with an access token' {
        Remove-NAVServerSession -ServerInstance Contoso -SessionId 11, -6574 -AccessToken $signIn.Token -Force -ErrorAction Stop

        Get-EnvironmentId $server | Should -HaveCount 10
    }

    It 'are filtered by what they work on' {
        $working = Get-NAVServerSession Contoso -AccessToken $signIn.Token | Where-Object CurrentObjectType -EQ Page

        $working.SessionID | Should -Contain 11
        $working.Count | Should -BeLessThan 12
        ($working | Sort-Object CurrentOperationDuration -Descending | Select-Object -First 1).CurrentObjectName | Should -Not -BeNullOrEmpty
    }

    It 'show what they work on in a list, and others do not' {
        $online = Get-NAVServerSession Contoso -SessionId 11 -AccessToken $signIn.Token | Format-List | Out-String
        $ownOnes = Get-NAVServerSession BC -SessionId 11 -AccessToken $signIn.Token | Format-List | Out-String

        foreach ($name in [NavServerSession.Session].GetProperties().Name -match '^(EntryPoint|Current)') {
            $online | Should -Match "(?m)^$name\s+: \S"
            $ownOnes | Should -Not -Match $name
        }
    }

    It 'come out of a job with what they work on, and pipe into Remove' {
        $job = Start-Job -ArgumentList (Get-ModulePath), $signIn.Credential {
            param($module, $credential)
            Import-Module "$module/NavServerSession.psd1"
            Get-NAVServerSession Contoso -SessionId 11 -Credential $credential
        }
        $row = $job | Receive-Job -Wait -AutoRemoveJob
        $row.PSTypeNames[0] | Should -Be 'Deserialized.NavServerSession.Session'
        $row.EntryPointObjectName | Should -Be 'Customer List'
        $row.CurrentObjectID | Should -Be 22
        $row.CurrentOperationDuration | Should -BeOfType [long]

        $row | Remove-NAVServerSession -Credential $signIn.Credential -Force -ErrorAction Stop

        Get-EnvironmentId $server | Should -Not -Contain 11
    }

    It 'pipe into Remove after <Name>' -ForEach @(
        @{ Name = 'JSON'; Through = { $input | ConvertTo-Json | ConvertFrom-Json } }
        @{ Name = 'CSV'; Through = { $input | ConvertTo-Csv | ConvertFrom-Csv } }
    ) {
        Get-NAVServerSession Contoso -SessionId 11 -Tenant cronus.onmicrosoft.com -AccessToken $signIn.Token | & $Through |
            Remove-NAVServerSession -AccessToken $signIn.Token -Force -ErrorAction Stop

        Get-EnvironmentId $server | Should -Not -Contain 11
    }

    It 'that stay are an error that says so' {
        Remove-NAVServerSession Contoso -SessionId 23 -AccessToken $signIn.Token -Wait -TimeoutSec 1 -Force `
            -ErrorVariable failure -ErrorAction SilentlyContinue

        $failure[0].FullyQualifiedErrorId | Should -BeLike 'SessionStillPresent,*'
        $failure[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        Get-EnvironmentId $server | Should -Contain 23
    }

    It 'that are others by now are left alone' {
        $row = Get-NAVServerSession Contoso -SessionId 11 -AccessToken $signIn.Token | ConvertTo-Json | ConvertFrom-Json
        $row.LoginDatetime = $row.LoginDatetime.AddMinutes(-1)

        $row | Remove-NAVServerSession -AccessToken $signIn.Token -Force -ErrorVariable failure -ErrorAction SilentlyContinue

        $failure[0].FullyQualifiedErrorId | Should -BeLike 'SessionChanged,*'
        Get-EnvironmentId $server | Should -Contain 11
    }

    It 'are named by their environment and not by a Windows service that is not there' {
        $shell = Invoke-FreshShell 'Remove-NAVServerSession Contoso -SessionId 11 -WhatIf -AccessToken (ConvertTo-SecureString token -AsPlainText -Force)'

        $shell.Output.Trim() | Should -Be 'What if: Remove session 11 from Contoso, environment Production'
    }
}
