#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

BeforeDiscovery {
    $hasTerminals = [bool] (Get-Command script -CommandType Application -ErrorAction Ignore) -and $IsLinux
}

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Stage.psm1) -Force
    Import-ModuleUnderTest
}

Describe 'Test-NAVServerEndpoint in the shell' {
    BeforeAll { $server = Start-NavServer }
    AfterAll { Stop-NavServer $server }

    It 'says in a script whether all is well' {
        if (Test-NAVServerEndpoint DynamicsNAV -Quiet) { $said = 'well' }
        $said | Should -Be well

        $answers = 'DynamicsNAV', 'Elsewhere' | Test-NAVServerEndpoint -Quiet
        $answers | Should -Be $true, $false
        $answers | Should -BeOfType [bool]
    }

    It 'takes <Name>' -ForEach @(
        @{ Name = 'names'; Source = { 'DynamicsNAV' } }
        @{ Name = 'endpoints'; Source = { Get-NAVServerEndpoint DynamicsNAV } }
        @{ Name = 'server instances as Microsoft''s cmdlet writes them'
            Source = { [pscustomobject]@{ ServerInstance = 'MicrosoftDynamicsNavServer$DynamicsNAV'; DisplayName = 'Microsoft Dynamics NAV Server'; State = 'Running' } } }
    ) {
        $steps = & $Source | Test-NAVServerEndpoint -ErrorAction Stop

        $steps | Should -HaveCount 10
        $steps | Should -BeOfType [NavServerSession.CheckedStep]
        $steps.Result | Should -Not -Contain Failed
        ($steps | Where-Object Result -EQ Passed).Step | Should -Contain Codeunit
    }

    It 'does not end a script by a step that fails' {
        $shell = Invoke-FreshShell '$ErrorActionPreference = "Stop"; (Test-NAVServerEndpoint Elsewhere | Where-Object Result -EQ Failed).ErrorId; "goes on"'

        -split $shell.Output | Should -Be EndpointNotFound, goes, on
        $shell.Errors | Should -BeNullOrEmpty
        $shell.ExitCode | Should -Be 0
    }

    It 'removes no session' {
        Test-NAVServerEndpoint DynamicsNAV | Out-Null

        Get-ListedId $server | Should -HaveCount 12
    }

    It 'shows everything of a step in a list' {
        $list = Test-NAVServerEndpoint Elsewhere | Select-Object -First 1 | Format-List | Out-String -Width 500

        foreach ($name in [NavServerSession.CheckedStep].GetProperties().Name) {
            $list | Should -Match "(?m)^$name\s+: \S"
        }
    }

    It 'is written to JSON and CSV by names and not by numbers' {
        $json = Test-NAVServerEndpoint Elsewhere | ConvertTo-Json -EnumsAsStrings | ConvertFrom-Json
        $json[0].Step, $json[0].Result, $json[0].ErrorId | Should -Be Endpoint, Failed, EndpointNotFound
        $json[1].Result | Should -Be Skipped
        $json[1].RecommendedAction | Should -BeNullOrEmpty

        $csv = Test-NAVServerEndpoint Elsewhere | ConvertTo-Csv | ConvertFrom-Csv
        $csv[0].Step, $csv[0].Result | Should -Be Endpoint, Failed
    }

    It 'fits a terminal of <Width> columns and breaks no word' -Skip:(-not $hasTerminals) -ForEach @{ Width = 100 }, @{ Width = 80 } {
        Register-NAVServerEndpoint Away http://no-such-host.invalid:7047/NAV -Company C -CredentialType None -Force
        $screen = Invoke-Terminal -Width $Width "'DynamicsNAV', 'Away' | Test-NAVServerEndpoint"

        ($screen | Measure-Object Length -Maximum).Maximum | Should -BeLessOrEqual $Width
        $screen -match '^\s+ServerInstance: ' | Should -HaveCount 2
        $screen -match '^Codeunit\s+Passed\s+\S' | Should -HaveCount 1
        $screen -match '^Address\s+Failed\s+\S' | Should -HaveCount 1
        $failed = Test-NAVServerEndpoint Away | Where-Object Result -EQ Failed
        $words = -split "Failed $($failed.Message) Recommendation: $($failed.RecommendedAction)"
        (-split ($screen -join ' ') -join ' ') | Should -Match ([regex]::Escape($words -join ' '))
    }
}

Describe 'Test-NAVServerEndpoint for Business Central online' {
    BeforeAll {
        $server = Start-OnlineServer
        $signIn = Get-SignIn
    }
    AfterAll { Stop-NavServer $server }

    It 'passes with <Name>' -ForEach @{ Name = 'Credential' }, @{ Name = 'AccessToken' } {
        $given = if ($Name -eq 'Credential') { @{ Credential = $signIn.Credential } } else { @{ AccessToken = $signIn.Token } }

        $steps = Test-NAVServerEndpoint Contoso @given

        $steps.Result | Should -Not -Contain Failed
        $steps[-1].Step | Should -Be Environment
        $steps[-1].Result | Should -Be Passed
        Test-NAVServerEndpoint Contoso -Quiet @given | Should -BeTrue
    }

    It 'tells a wrong secret at the sign-in, in the words of Microsoft Entra' {
        $steps = Test-NAVServerEndpoint Contoso -Credential $signIn.OtherCredential

        $failed = $steps | Where-Object Result -EQ Failed
        $failed.Step, $failed.ErrorId | Should -Be SignIn, TokenRefused
        $failed.Message | Should -Match 'AADSTS7000215'
        $failed.RecommendedAction | Should -Match 'client secret'
        ($steps | Where-Object Result -EQ Skipped).Step | Should -Contain Environment
    }
}
