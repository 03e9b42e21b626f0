#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Stage.psm1) -Force
    Import-ModuleUnderTest
}

Describe 'Endpoints in the shell' {
    BeforeEach { New-EndpointsFile }
    AfterEach {
        Remove-Item -Recurse (Split-Path $env:NAV_SESSION_ENDPOINTS)
        $env:NAV_SESSION_ENDPOINTS = $null
    }

    It 'of Business Central online keep each part' {
        $parts = @{
            Environment = 'Sandbox ö'; ApplicationFamily = 'Fabrikam'; ApiVersion = 'v2.12'; Uri = 'https://api.example.com'
            EntraTenant = 'contoso.onmicrosoft.com'; ClientId = 'app'; Authority = 'https://login.example.com'
            TokenScope = 'api://bc/.default'; CAFile = Join-Path $TestDrive own.pem
        }
        Register-NAVServerEndpoint Contoso @parts

        $endpoint = Get-NAVServerEndpoint Contoso
        foreach ($name in $parts.Keys) { $endpoint.$name | Should -Be $parts[$name] }
        $endpoint.Service, $endpoint.CredentialType | Should -Be AdminCenter, OAuth
    }

    It 'of servers of one''s own keep each part' {
        Register-NAVServerEndpoint NAV http://nav01:7047/NAV -Company C -Ntlm
        Register-NAVServerEndpoint BC https://bc01:7048/BC -Company C -Service OData -CredentialType OAuth `
            -EntraTenant contoso.onmicrosoft.com -TokenScope api://bc/.default

        (Get-NAVServerEndpoint NAV).Ntlm | Should -BeTrue
        $bc = Get-NAVServerEndpoint BC
        $bc.Ntlm | Should -BeFalse
        $bc.EntraTenant, $bc.TokenScope, $bc.ClientId | Should -Be contoso.onmicrosoft.com, api://bc/.default, $null
    }

    It 'come from a settings file, with what the caller knows better' {
        $settings = Join-Path $PSScriptRoot ../settings
        Push-Location $settings
        try {
            Register-NAVServerEndpoint -CustomSettings nav2018.config -ComputerName nav01 -Company 'CRONUS AG'
            Register-NAVServerEndpoint Other -CustomSettings nav2018.config -ComputerName 10.0.0.5 -Company C -Scope User -PassThru |
                Select-Object -ExpandProperty ServerInstance | Should -Be Other
        } finally { Pop-Location }

        $found = Get-NAVServerEndpoint Prod
        $found.Uri, $found.Company, $found.Service, $found.CredentialType | Should -Be https://nav01:7147/Prod, 'CRONUS AG', Soap, Windows
        $found.Ntlm | Should -BeTrue
        $found.Path | Should -Be $env:NAV_SESSION_ENDPOINTS
        (Get-NAVServerEndpoint Other).Uri | Should -Be https://10.0.0.5:7147/Prod
    }

    It 'do not come from a settings file that does not say enough, and the error says what to add' {
        $settings = Join-Path $PSScriptRoot ../settings
        Register-NAVServerEndpoint -CustomSettings $settings/nav2013.config -ErrorAction SilentlyContinue -ErrorVariable computer
        Register-NAVServerEndpoint -CustomSettings $settings/bc23.config -ErrorAction SilentlyContinue -ErrorVariable company
        Register-NAVServerEndpoint -CustomSettings $settings/nope.config -ErrorAction SilentlyContinue -ErrorVariable file

        $computer.FullyQualifiedErrorId | Should -BeLike 'InvalidEndpoint,*'
        $computer.ErrorDetails.RecommendedAction | Should -BeLike '*-ComputerName*'
        $company.ErrorDetails.RecommendedAction | Should -BeLike '*-Company*'
        $file.FullyQualifiedErrorId | Should -BeLike 'CustomSettingsUnavailable,*'
        Get-NAVServerEndpoint | Should -BeNullOrEmpty
    }

    It 'keep a file of certificates as it is named from where the command is called' {
        Push-Location $TestDrive
        try { Register-NAVServerEndpoint NAV https://nav01/NAV -Company C -CAFile ./own.pem } finally { Pop-Location }

        (Get-NAVServerEndpoint NAV).CAFile | Should -Be (Join-Path $TestDrive own.pem)
    }

    It 'keep a file of certificates on a drive of the shell as the file it is' {
        New-PSDrive -Name Certificates -PSProvider FileSystem -Root $TestDrive | Out-Null
        try { Register-NAVServerEndpoint NAV https://nav01/NAV -Company C -CAFile Certificates:/own.pem } finally { Remove-PSDrive Certificates }

        (Get-NAVServerEndpoint NAV).CAFile | Should -Be (Join-Path $TestDrive own.pem)
    }

    It 'cannot be of both kinds: <Name>' -ForEach @(
        @{ Name = 'an environment and a company'; Parts = @{ Environment = 'Production'; Company = 'C' } }
        @{ Name = 'an environment and a service'; Parts = @{ Environment = 'Production'; Service = 'Soap' } }
        @{ Name = 'an environment and NTLM'; Parts = @{ Environment = 'Production'; Ntlm = $true } }
        @{ Name = 'a company and an API version'; Parts = @{ Uri = 'http://a/A'; Company = 'C'; ApiVersion = 'v2.29' } }
    ) {
        { Register-NAVServerEndpoint A @Parts } | Should -Throw -ErrorId 'AmbiguousParameterSet,*'

        Test-Path $env:NAV_SESSION_ENDPOINTS | Should -BeFalse
    }

    It 'are refused when <Name>' -ForEach @(
        @{ Name = 'NTLM is to sign in with a password'; Says = 'NavUserPassword.*NTLM'; Parts = @{ Uri = 'http://a/A'; Company = 'C'; CredentialType = 'NavUserPassword'; Ntlm = $true } }
        @{ Name = 'a secret would go out readable'; Says = 'authority.*https'; Parts = @{ Environment = 'Production'; Authority = 'http://login.example.com' } }
        @{ Name = 'the version is none'; Says = '"2\.29".*v2\.29'; Parts = @{ Environment = 'Production'; ApiVersion = '2.29' } }
    ) {
        Register-NAVServerEndpoint A @Parts -ErrorVariable failure -ErrorAction SilentlyContinue

        $failure[0].FullyQualifiedErrorId | Should -BeLike 'InvalidEndpoint,*'
        $failure[0].Exception.Message | Should -Match $Says
        $failure[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        Test-Path $env:NAV_SESSION_ENDPOINTS | Should -BeFalse
    }

    It 'are not written with -WhatIf' {
        $shell = Invoke-FreshShell 'Register-NAVServerEndpoint Contoso -Environment Production -CAFile own.pem -WhatIf'

        $shell.Output.Trim() | Should -Be 'What if: Performing the operation "Register endpoint" on target "Contoso (Production)".'
        Test-Path $env:NAV_SESSION_ENDPOINTS | Should -BeFalse
    }

    It 'of all kinds are shown in one table, each with what it is about' {
        Register-NAVServerEndpoint Contoso -Environment Production
        Register-NAVServerEndpoint NAV http://nav01:7047/NAV -Company 'CRONUS International Ltd.'

        $lines = Get-NAVServerEndpoint | Format-Table | Out-String -Width 100 -Stream | Where-Object Length

        $lines -match '^Contoso\s+AdminCenter\s+https://.+OAuth\s+Production\s*$' | Should -HaveCount 1
        $lines -match '^NAV\s+Soap\s+http://nav01:7047.+Windows\s+CRONUS Int' | Should -HaveCount 1
    }
}
