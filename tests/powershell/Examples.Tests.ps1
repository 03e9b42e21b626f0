#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

<#
Each example that Get-Help shows does what stands behind it. It is run as it is shown, in a folder of its own, against
emulators that stand for the servers it names; what asks a person, a vault, Azure or the Task Scheduler is a function that
answers at once. $expected has for each example what is seen afterwards: which sessions are gone, or what was written.
#>

BeforeDiscovery {
    Import-Module (Join-Path $PSScriptRoot Stage.psm1) -Force
    Import-ModuleUnderTest
    $examples = foreach ($command in (Get-Module NavServerSession).ExportedCmdlets.Values) {
        foreach ($example in (Get-Help $command.Name).examples.example) {
            $title = $example.title.Trim('-', ' ') -replace '^EXAMPLE \d+: '
            @{ Command = $command.Name; Title = $title; Code = $example.code }
        }
    }
}

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Stage.psm1) -Force
    Import-ModuleUnderTest

    $company = @{ Company = 'CRONUS International Ltd.' }
    $sessions = -6574, 2, 3, 5, 7, 8, 11, 14, 15, 19, 23, 26

    # What the examples name: DynamicsNAV and Test without sign-in, BC with tenants and passwords, Production online.
    function Start-Stage {
        param([bool] $Registered)

        $online = Start-OnlineServer
        $signIn = Get-SignIn
        $password = [guid]::NewGuid()
        $admin = [pscredential]::new('CRONUS\ADMIN', (ConvertTo-SecureString $password -AsPlainText -Force))
        $nav = Start-Emulator
        $options = '--user', $admin.UserName, '--tenant', 'contoso', '--tenant', 'fabrikam'
        $bc = Start-Emulator $options -Secret @{ NAV_EMULATOR_PASSWORD = $password }
        $folder = Split-Path $env:NAV_SESSION_ENDPOINTS
        Set-Content (Join-Path $folder CustomSettings.config) @"
<appSettings>
  <add key="ServerInstance" value="FromSettings" />
  <add key="ClientServicesCredentialType" value="Windows" />
  <add key="SOAPServicesEnabled" value="true" />
  <add key="ServicesDefaultCompany" value="$($company.Company)" />
</appSettings>
"@
        Set-Content (Join-Path $folder cronus-ca.pem) (New-Issuer)
        Get-NAVServerEndpoint | Unregister-NAVServerEndpoint
        if ($Registered) {
            $tokens = @{ EntraTenant = 'cronus.onmicrosoft.com'; Authority = $online.Entra }
            Register-NAVServerEndpoint DynamicsNAV $nav.Soap @company -CredentialType None
            Register-NAVServerEndpoint Test $nav.Soap @company -CredentialType None
            Register-NAVServerEndpoint NAV2018 http://nav18.cronus.example:7047/NAV2018 @company
            Register-NAVServerEndpoint BC $bc.OData -Service OData @company -CredentialType NavUserPassword -Multitenant
            Register-NAVServerEndpoint Production -Environment Production -Uri $online.Admin @tokens
        }
        [pscustomobject]@{
            Folder    = $folder
            Nav       = $nav
            Bc        = $bc
            Online    = $online
            Admin     = $admin
            App       = $signIn.Credential
            Token     = $signIn.Token
            Addresses = [ordered]@{
                'https://nav02.example.com:7047/Sales'             = $nav.Soap
                'http://nav01.cronus.example:7047/DynamicsNAV'     = $nav.Soap
                'https://bc01:7048/BC'                             = $bc.OData
                '-EntraTenant cronus'                              =
                    "-Uri $($online.Admin) -Authority $($online.Entra) -EntraTenant cronus"
                '-CredentialType NavUserPassword -CAFile'          = '-CredentialType NavUserPassword -Multitenant -CAFile'
                '6731de76-14a6-49ae-97bc-6eba6914391e'             = $signIn.Credential.UserName
            }
        }
    }

    function Stop-Stage {
        param($Stage)

        Stop-Emulator $Stage.Nav
        Stop-Emulator $Stage.Bc
        Stop-NavServer $Stage.Online
    }

    # A certificate that can stand in an endpoint's file of those that are trusted.
    function New-Issuer {
        $key = [System.Security.Cryptography.ECDsa]::Create()
        $request = [System.Security.Cryptography.X509Certificates.CertificateRequest]::new('CN=CRONUS', $key, 'SHA256')
        $now = [System.DateTimeOffset]::UtcNow
        $request.CreateSelfSigned($now.AddDays(-1), $now.AddDays(1)).ExportCertificatePem()
    }

    # What a job or task would run, in a shell where nobody can be asked and the module is only found by its name.
    function Invoke-Unattended {
        param([string[]] $Argument)

        $modules = (Get-ModuleFolder) + [System.IO.Path]::PathSeparator + $env:PSModulePath
        $start = [System.Diagnostics.ProcessStartInfo]::new((Get-Process -Id $PID).Path)
        $Argument | ForEach-Object { $start.ArgumentList.Add($_) }
        $start.Environment['PSModulePath'] = $modules
        $start.RedirectStandardInput = $true
        $start.RedirectStandardError = $true
        $process = [System.Diagnostics.Process]::Start($start)
        $process.StandardInput.Close()
        $process.StandardError.ReadToEnd() | Should -BeNullOrEmpty
        $process.WaitForExit()
        $process.ExitCode | Should -Be 0
    }

    $standIns = @{
        'Get-Credential'           = { param($UserName) if ($UserName) { $stage.App } else { $stage.Admin } }
        'Get-Secret'               = { param($Name) $null = $Name; $stage.Admin }
        'Get-AzAccessToken'        = {
            param($ResourceUrl, [switch] $AsSecureString)
            $null = $ResourceUrl, $AsSecureString
            [pscustomobject]@{ Token = $stage.Token }
        }
        'Out-ConsoleGridView'      = {
            param([Parameter(ValueFromPipeline)] $InputObject, $Title)
            begin { $Title | Should -Not -BeNullOrEmpty }
            process { if ($InputObject.UserID -eq 'CRONUS\MARIA') { $InputObject } }
        }
        'New-JobTrigger'           = { param([switch] $Daily, [datetime] $At) @{ Daily = $Daily; At = $At } }
        'Register-ScheduledJob'    = {
            param([string] $Name, [scriptblock] $ScriptBlock, [hashtable] $Trigger)
            $Name, $Trigger.Daily, $Trigger.At | Should -Not -BeNullOrEmpty
            Invoke-Unattended '-NoProfile', '-NonInteractive', '-Command', "& {$ScriptBlock}"
        }
        'New-ScheduledTaskAction'  = {
            param([string] $Execute, [string] $Argument)
            $Execute | Should -Be 'pwsh'
            $Argument
        }
        'New-ScheduledTaskTrigger' = { param([switch] $Daily, [datetime] $At) @{ Daily = $Daily; At = $At } }
        'Register-ScheduledTask'   = {
            param([string] $TaskName, [string] $Action, [hashtable] $Trigger)
            $TaskName, $Trigger.Daily, $Trigger.At | Should -Not -BeNullOrEmpty
            # The words of a command line, as the Task Scheduler hands them over.
            $words = [regex]::Matches($Action, '"([^"]*)"|\S+').ForEach({ $_.Value.Trim('"') })
            Invoke-Unattended $words
        }
        'Start-Sleep'              = { throw 'The server is there, so nothing has to be waited for.' }
    }

    # An example as it is shown, but for where the servers are.
    function Invoke-Example {
        param($Stage, [string] $Code)

        foreach ($text in $Stage.Addresses.GetEnumerator()) { $Code = $Code.Replace($text.Key, $text.Value) }
        $variables = @(
            [psvariable]::new('stage', $Stage)
            [psvariable]::new('ErrorActionPreference', 'Stop')
            # Whoever is asked says yes.
            [psvariable]::new('ConfirmPreference', 'None')
        )
        Push-Location $Stage.Folder
        try { [scriptblock]::Create($Code).InvokeWithContext($standIns, $variables, @()) }
        finally { Pop-Location }
    }

    function Get-EndpointName { (Get-NAVServerEndpoint).ServerInstance | Sort-Object }

    # Of the tenant that is named in the examples, without the sessions of calls.
    function Get-TenantId {
        param($Stage, [string] $Tenant)

        $address = "$($Stage.Bc.OData)/ODataV4/Company('CRONUS%20International%20Ltd.')/ActiveSessions?tenant=$Tenant"
        $answer = Invoke-RestMethod $address -Credential $Stage.Admin -Authentication Basic -AllowUnencryptedAuthentication
        @($answer.value | ForEach-Object { [int] $_.Session_ID } | Where-Object { $_ -lt 2001 })
    }

    # Gone: which of the sessions on $Where are gone afterwards. Listed: which are written. Then: what else is to be seen.
    $expected = @{
        'Get-NAVServerEndpoint'        = @{
            'All endpoints' = @{ Then = { $written.ServerInstance | Sort-Object | Should -Be 'BC', 'DynamicsNAV', 'NAV2018', 'Production', 'Test' } }
            'By name'       = @{ Then = { $written | Out-String | Should -Match 'nav18.cronus.example' } }
        }
        'Get-NAVServerSession'         = @{
            'All sessions'                                            = @{ Listed = $sessions }
            'All that is known of a session'                          = @{
                Then = { $written | Out-String | Should -Match 'SessionUniqueID\s+:' }
            }
            'All sessions of one user'                                = @{ Listed = 11 }
            'Sessions older than two hours, the oldest first'         = @{
                Listed = -6574, 2, 3, 7, 11, 19, 26
                Then   = { $written[0].SessionID | Should -Be 2 }
            }
            'Web-service sessions only'                               = @{ Listed = 23 }
            'The sessions of a tenant'                                = @{
                Listed = $sessions
                Then   = { "$($written[0].Tenant)" | Should -Be contoso }
            }
            'From one computer'                                       = @{ Listed = -6574, 19 }
            'Is it still there'                                       = @{ Listed = 11 }
            'Whether it answers now'                                  = @{ Then = { $written | Should -BeNullOrEmpty } }
            'Who uses the server'                                     = @{
                Then = { ($written | Where-Object Name -EQ 'CRONUS\TOM, WebClient').Count | Should -Be 1 }
            }
            'Several server instances'                                = @{ Listed = -6574, -6574, 2, 2, 3, 3, 19, 19 }
            'From another computer'                                   = @{ Listed = $sessions }
            'Every hour into a file'                                  = @{
                Then = { (Import-Csv (Join-Path $stage.Folder sessions.csv)).UserID | Should -Contain 'CRONUS\ANNA' }
            }
            'Business Central online, by client id and client secret' = @{
                Then = { $written.CurrentObjectName | Should -Contain 'Job Queue Dispatcher' }
            }
            'By an access token'                                      = @{ Listed = $sessions }
        }
        'Register-NAVServerEndpoint'   = @{
            'SOAP on a NAV server'                           = @{ Then = { Get-EndpointName | Should -Be 'DynamicsNAV' } }
            'OData on a Business Central server'             = @{
                Then = { $written.ServerInstance, $written.Multitenant | Should -Be 'BC', $true }
            }
            'Windows sign-in'                                = @{ Listed = $sessions }
            'Business Central online'                        = @{ Then = { $written.Result | Should -Not -Contain Failed } }
            "From the server's settings file"                = @{ Then = { Get-EndpointName | Should -Be 'FromSettings' } }
            "A server with a certificate of the company's own" = @{
                Then = { ($written | Where-Object Step -EQ SignIn).Result | Should -Be Passed }
            }
            'Correct an endpoint'                            = @{
                Then = { (Get-NAVServerEndpoint DynamicsNAV).Uri | Should -BeLike '*nav02*' }
            }
        }
        'Remove-NAVServerSession'      = @{
            'One session'                                            = @{ Gone = 11 }
            'All sessions of one user'                               = @{ Gone = 11 }
            'What would be removed'                                  = @{ Gone = @() }
            'Sessions of people that are older than two hours'       = @{ Gone = -6574, 7, 11, 19, 26 }
            'Several sessions by their ids'                          = @{ Gone = -6574, 14, 15 }
            'A tenant before an upgrade'                             = @{
                Then = {
                    Get-TenantId $stage contoso | Should -Be 8 -Because 'it belongs to the user who signs in'
                    Get-TenantId $stage fabrikam | Sort-Object | Should -Be $sessions
                    $written | Should -BeNullOrEmpty
                }
            }
            'Web-service sessions only'                              = @{ Gone = 23 }
            'Wait and verify'                                        = @{
                Gone = 11
                Then = { $written.SessionID, $written.Outcome | Should -Be 11, Removed }
            }
            'A record of what was removed'                           = @{
                Gone = -6574, 19
                Then = { (Import-Csv (Join-Path $stage.Folder removed.csv)).SessionID | Should -HaveCount 2 }
            }
            'What failed, at the end'                                = @{
                Gone = 11, 14
                Then = {
                    $written.TargetObject | Should -Be 12
                    $written.FullyQualifiedErrorId | Should -BeLike 'SessionNotFound,*'
                }
            }
            'From another computer'                                  = @{
                Gone = 11
                Then = { $written.Result | Should -Not -Contain Failed }
            }
            'From a list that was looked through'                    = @{ Gone = -6574, 19 }
            'A picker'                                               = @{ Gone = 14, 15 }
            'As a scheduled job'                                     = @{ Gone = -6574 }
            'As a scheduled task'                                    = @{ Gone = -6574 }
            'A script that runs alone'                               = @{
                Then = {
                    Get-TenantId $stage contoso | Sort-Object | Should -Be 5, 7, 8, 11, 14, 15, 23, 26
                    Get-TenantId $stage fabrikam | Sort-Object | Should -Be $sessions
                }
            }
            'A scheduled task of Business Central online that hangs' = @{
                Then = { Get-EnvironmentId $stage.Online | Should -Not -Contain 3 }
            }
            'In the loop of an existing script'                      = @{ Gone = -6574, 19 }
        }
        'Test-NAVServerEndpoint'       = @{
            'Check an endpoint'               = @{ Then = { $written.Result | Should -Not -Contain Failed } }
            'What failed and what to do'      = @{ Then = { $written | Out-String | Should -Match 'Step\s+: Tenant' } }
            'All endpoints that work'         = @{ Then = { $written.ServerInstance | Should -Be 'DynamicsNAV', 'Test' } }
            'Wait until a server has started' = @{ Then = { $written | Should -BeNullOrEmpty } }
        }
        'Unregister-NAVServerEndpoint' = @{
            'One endpoint'       = @{ Then = { Get-EndpointName | Should -Be 'BC', 'NAV2018', 'Production', 'Test' } }
            'All your endpoints' = @{ Then = { Get-EndpointName | Should -BeNullOrEmpty } }
        }
    }
}

Describe 'The example of <Command>: <Title>' -ForEach $examples {
    It 'does what it says' {
        $seen = $expected[$Command][$Title]
        $seen | Should -Not -BeNullOrEmpty -Because 'what is seen after each example has to be said above'
        $stage = Start-Stage ($Command -ne 'Register-NAVServerEndpoint' -or $Title -eq 'Correct an endpoint')
        try {
            $written = Invoke-Example $stage $Code

            if ($seen.ContainsKey('Listed')) {
                $written.SessionID | Where-Object { $_ -lt 2001 } | Sort-Object | Should -Be $seen.Listed
            }
            if ($Command -eq 'Remove-NAVServerSession' -and -not $seen.ContainsKey('Gone')) { $seen.Gone = @() }
            if ($seen.ContainsKey('Gone')) {
                $left = $sessions | Where-Object { $_ -notin $seen.Gone }
                Get-ListedId $stage.Nav | Sort-Object | Should -Be $left
            }
            if ($seen.ContainsKey('Then')) { & $seen.Then }
        }
        finally { Stop-Stage $stage }
    }
}
