#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Stage.psm1) -Force
    Import-ModuleUnderTest
}

Describe 'Access tokens in the shell' {
    BeforeAll {
        $server = Start-OnlineServer
        $signIn = Get-SignIn
    }
    AfterAll { Stop-NavServer $server }

    It 'are taken from a variable, from an expression, splatted and from the default parameter values' {
        $token = $signIn.Token
        (Get-NAVServerSession BC -SessionId 11 -AccessToken $token).SessionID | Should -Be 11

        (Get-NAVServerSession BC -SessionId 11 -AccessToken (ConvertTo-SecureString $signIn.PlainToken -AsPlainText -Force)).SessionID |
            Should -Be 11

        $parameters = @{ ServerInstance = 'BC'; AccessToken = $token }
        (Get-NAVServerSession @parameters -SessionId 11).SessionID | Should -Be 11

        $PSDefaultParameterValues = @{ '*-NAVServer*:AccessToken' = $token }
        (Get-NAVServerSession BC -SessionId 11).SessionID | Should -Be 11
        Test-NAVServerEndpoint BC -Quiet | Should -BeTrue
    }

    It 'are refused as plain text with a sentence that says what to give' {
        $failure = { Get-NAVServerSession BC -AccessToken $signIn.PlainToken } | Should -Throw -PassThru

        $failure.Exception.Message | Should -Match 'AccessToken'
        $failure.Exception.Message | Should -Match 'SecureString'
        "$failure $($failure.Exception) $($failure.TargetObject)" | Should -Not -Match (Get-SecretMark)
    }
}

Describe 'Secrets' {
    BeforeAll { $server = Start-OnlineServer }
    AfterAll { Stop-NavServer $server }

    It 'are in nothing that a shell writes, shows, keeps or logs' {
        $transcript = Join-Path $TestDrive transcript.txt
        $signIn = Get-SignIn
        $secrets = @{
            SECRET       = $signIn.Credential.GetNetworkCredential().Password
            OTHER_SECRET = $signIn.OtherCredential.GetNetworkCredential().Password
            TOKEN        = $signIn.PlainToken
            OTHER_TOKEN  = "other-$($signIn.PlainToken)"
            CLIENT_ID    = $signIn.Credential.UserName
            TRANSCRIPT   = $transcript
        }

        $shell = Invoke-FreshShell -Environment $secrets @'
$secure = { param($name) ConvertTo-SecureString (Get-Item "env:$name").Value -AsPlainText -Force }
$signIns = @(
    @{ Credential = [pscredential]::new($env:CLIENT_ID, (& $secure SECRET)) }
    @{ Credential = [pscredential]::new($env:CLIENT_ID, (& $secure OTHER_SECRET)) }
    @{ AccessToken = & $secure TOKEN }
    @{ AccessToken = & $secure OTHER_TOKEN }
    @{ Credential = [pscredential]::new($env:CLIENT_ID, (& $secure SECRET)); AccessToken = & $secure TOKEN }
    @{ AccessToken = $env:TOKEN }
)
Start-Transcript $env:TRANSCRIPT | Out-Null
foreach ($name in 'Contoso', 'BC') {
    foreach ($signIn in $signIns) {
        $all = @{ Verbose = $true; Debug = $true } + $signIn
        Get-NAVServerSession $name @all *>&1 | Out-String
        Get-NAVServerSession $name -Tenant else.example @all *>&1 | Out-String
        Remove-NAVServerSession $name -SessionId 4711 -Force @all *>&1 | Out-String
        Remove-NAVServerSession $name -SessionId 11 -WhatIf @all *>&1 | Out-String
        Test-NAVServerEndpoint $name @all *>&1 | Format-List * | Out-String
    }
}
$uri = "http://user:$env:TOKEN@nav01/NAV"
Register-NAVServerEndpoint A $uri -Company C -Verbose *>&1 | Out-String
Register-NAVServerEndpoint A -Environment Production -Authority "https://user:$env:TOKEN@login.example.com" *>&1 | Out-String
Get-NAVServerEndpoint | Format-List * | Out-String
Get-Content $env:NAV_SESSION_ENDPOINTS
"$($Error.Count) errors"
$Error | Format-List * -Force | Out-String
@($Error) | ForEach-Object { Get-Error -InputObject $_ | Out-String; $_.Exception.ToString(); [System.Management.Automation.PSSerializer]::Serialize($_) }
Stop-Transcript | Out-Null
'@

        $written = $shell.Output + $shell.Errors + (Get-Content $transcript -Raw)
        # It went through all of it.
        [int] [regex]::Match($shell.Output, '(?m)^(\d+) errors').Groups[1].Value | Should -BeGreaterThan 20
        foreach ($sign in 'AADSTS7000215', 'GET http://.+: HTTP 401', 'nav_session \d+\.\d+', 'PowerShell transcript end') {
            [regex]::IsMatch($written, $sign) | Should -BeTrue -Because "'$sign' is among it"
        }
        [regex]::Matches($written, '.*' + (Get-SecretMark) + '.*').Value | Should -BeNullOrEmpty
        $shell.ExitCode | Should -Be 0
    }
}
