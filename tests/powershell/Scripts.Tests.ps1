#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Stage.psm1) -Force
    Import-ModuleUnderTest
}

Describe 'Scripts written for the cmdlets of Microsoft''s module' {
    BeforeEach { $server = Start-NavServer }
    AfterEach { Stop-NavServer $server }

    It 'remove in ForEach-Object' {
        $i = 'DynamicsNAV'

        Get-NAVServerSession -ServerInstance $i | Where-Object UserID -NE 'CRONUS\SERVICE' |
            ForEach-Object { Remove-NAVServerSession -ServerInstance $i -SessionId $_.SessionID -Force }

        Get-ListedId $server | Should -BeNullOrEmpty
    }

    It 'remove in a foreach loop, with -Force and -Confirm:$false together' {
        foreach ($session in Get-NAVServerSession -ServerInstance DynamicsNAV) {
            if ($session.ClientType -eq 'WindowsClient') {
                Remove-NAVServerSession -ServerInstance DynamicsNAV -SessionId $session.SessionID -Force -Confirm:$false
            }
        }

        Get-ListedId $server | Should -HaveCount 9
    }

    It 'splat, and ask whether there is a -Force' {
        $parameters = @{ ServerInstance = 'DynamicsNAV'; Tenant = 'default'; SessionId = 11 }
        if ((Get-Command Remove-NAVServerSession).Parameters.ContainsKey('Force')) { $parameters.Force = $true }

        Remove-NAVServerSession @parameters

        Get-ListedId $server | Should -Not -Contain 11
    }

    It 'switch confirmation off by preference' {
        & { $ConfirmPreference = 'None'; Remove-NAVServerSession DynamicsNAV -SessionId 11 }

        Get-ListedId $server | Should -Not -Contain 11
    }

    It 'give the id as <Id.GetType().Name>' -ForEach @{ Id = '11' }, @{ Id = [long] 11 } {
        Remove-NAVServerSession -ServerInstance DynamicsNAV -SessionId $Id -Force

        Get-ListedId $server | Should -Not -Contain 11
    }

    It 'give negative ids' {
        Remove-NAVServerSession -ServerInstance DynamicsNAV -SessionId -6574 -Force

        Get-ListedId $server | Should -Not -Contain -6574
    }

    It 'pipe Get into Remove' {
        Get-NAVServerSession DynamicsNAV | Remove-NAVServerSession -Force -WarningAction SilentlyContinue

        Get-ListedId $server | Should -BeNullOrEmpty
    }

    It 'pipe rows as Microsoft''s cmdlet writes them' {
        $table = [System.Data.DataTable]::new()
        foreach ($column in @{ SessionID = [int] }, @{ ServerInstanceName = [string] }, @{ LoginDatetime = [datetime] }) {
            $column.GetEnumerator() | ForEach-Object { [void] $table.Columns.Add($_.Key, $_.Value) }
        }
        [void] $table.Rows.Add(11, 'DynamicsNAV', [datetime] '2001-01-01')
        [void] $table.Rows.Add(14, 'DynamicsNAV', [System.DBNull]::Value)

        $table | Remove-NAVServerSession -Force -ErrorAction Stop

        Get-ListedId $server | Should -HaveCount 10
    }

    It 'pipe instances, tenants and names' {
        $instance = [pscustomobject]@{ ServerInstance = 'MicrosoftDynamicsNavServer$DynamicsNAV'; State = 'Running' }
        $tenant = [pscustomobject]@{ ServerInstance = 'MicrosoftDynamicsNavServer$DynamicsNAV'; Id = 'default' }

        @($instance | Get-NAVServerSession | Where-Object SessionID -LT 2001).Count | Should -Be 12
        @($tenant | Get-NAVServerSession | Where-Object SessionID -LT 2001).Count | Should -Be 12
        @('DynamicsNAV' | Get-NAVServerSession | Where-Object SessionID -LT 2001).Count | Should -Be 12
        'DynamicsNAV' | Remove-NAVServerSession -SessionId 11 -Force
        $tenant | Remove-NAVServerSession -SessionId 14 -Force
        Get-ListedId $server | Should -HaveCount 10
    }

    It 'count what comes, none, one or many' {
        (Get-NAVServerSession DynamicsNAV -UserId nobody).Count | Should -Be 0
        (Get-NAVServerSession DynamicsNAV -SessionId 11).Count | Should -Be 1
        (Get-NAVServerSession DynamicsNAV | Where-Object ClientType -EQ WindowsClient).Count | Should -Be 3
    }

    It 'go on when a session is already gone' {
        $seen = foreach ($id in 11, 4711, 14) {
            Remove-NAVServerSession DynamicsNAV -SessionId $id -Force -ErrorAction SilentlyContinue
            $id
        }

        $seen | Should -Be 11, 4711, 14
        Get-ListedId $server | Should -HaveCount 10
    }

    It 'get nothing from Remove' {
        Get-NAVServerSession DynamicsNAV | Remove-NAVServerSession -Force -WarningAction SilentlyContinue | Should -BeNullOrEmpty
    }

    It 'run in parallel' {
        $module = Get-ModulePath

        14, 15, 19 | ForEach-Object -Parallel {
            Import-Module "$using:module/NavServerSession.psd1"
            Remove-NAVServerSession DynamicsNAV -SessionId $_ -Force
        }

        Get-ListedId $server | Should -HaveCount 9
    }
}
