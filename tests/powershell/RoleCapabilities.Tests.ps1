# Sessions that are set up by the examples in docs/jea, with the role capabilities that the module brings along.

BeforeDiscovery {
    Import-Module (Join-Path $PSScriptRoot SshServer.psm1) -Force
    # From 7.3 on PowerShell starts with such a file over SSH.
    $hasSshServer = (Test-SshServer) -and $PSVersionTable.PSVersion -ge '7.3'
}

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Stage.psm1) -Force
    Import-Module (Join-Path $PSScriptRoot SshServer.psm1) -Force
    Import-ModuleUnderTest

    $examples = Join-Path $PSScriptRoot .. .. docs jea
    $folder = New-Item -ItemType Directory (Join-Path ([System.IO.Path]::GetTempPath()) "nav-session-$([guid]::NewGuid())")
    $modulePathBefore = $env:PSModulePath
    # As packages are installed: by itself PowerShell looks for roles beside the folders of versions and not in them.
    $installed = New-Item -ItemType Directory (Join-Path $folder NavServerSession)
    $version = (Import-PowerShellDataFile (Join-Path (Get-ModulePath) NavServerSession.psd1)).ModuleVersion
    Copy-Item (Get-ModulePath) (Join-Path $installed $version) -Recurse
    Copy-Item (Join-Path $installed $version RoleCapabilities) $installed -Recurse
    $env:PSModulePath = $folder
    $ofEverySession = 'Clear-Host', 'Exit-PSSession', 'Get-Command', 'Get-FormatData', 'Get-Help', 'Measure-Object', 'Out-Default', 'Select-Object'

    <# A session as members of a group get it. #>
    function New-RoleSession {
        param([string] $Group)

        $file = Join-Path $folder NavServerSession.pssc
        # Accounts and folders of a domain, which are not here.
        (Get-Content -Raw (Join-Path $examples NavServerSession.pssc)) `
            -replace '(?m)^\s*(GroupManagedServiceAccount|TranscriptDirectory)\s*=.*$' | Set-Content $file
        $isMember = [System.Func[string, bool]] { param($Name) $Name -eq "CRONUS\$Group" }
        $state = [initialsessionstate]::CreateFromSessionConfigurationFile($file, $isMember)
        $session = [runspacefactory]::CreateRunspace($state)
        $session.Open()
        $session
    }

    <# Runs commands there in a pipeline, as they arrive from a person's computer: each with its parameters. #>
    function Invoke-InSession {
        [CmdletBinding()] param([runspace] $Session, [System.Collections.IDictionary[]] $Command)

        $shell = [powershell]::Create($Session)
        foreach ($one in $Command) {
            $null = $shell.AddCommand($one.Name)
            if ($one.Parameters) { $null = $shell.AddParameters($one.Parameters) }
        }
        try {
            $shell.Invoke()
            $shell.Streams.Error | Write-Error
        }
        finally { $shell.Dispose() }
    }

    $list = @{ Name = 'Get-NAVServerSession'; Parameters = @{ ServerInstance = 'DynamicsNAV'; UserId = '*\MARIA' } }
}

AfterAll {
    $env:PSModulePath = $modulePathBefore
    Remove-Item -Recurse $folder
}

Describe 'A session of <Group>' -ForEach @(
    @{ Group = 'NAV Help Desk'; Cmdlets = 'Get-NAVServerEndpoint', 'Get-NAVServerSession', 'Test-NAVServerEndpoint' }
    @{
        Group   = 'NAV Operators'
        Cmdlets = 'Get-NAVServerEndpoint', 'Get-NAVServerSession', 'Remove-NAVServerSession', 'Test-NAVServerEndpoint'
    }
) {
    BeforeAll { $session = New-RoleSession $Group }
    AfterAll { $session.Dispose() }

    It 'has these cmdlets, what every such session has, and nothing else' {
        $visible = (Invoke-InSession $session @{ Name = 'Get-Command' }).Name

        $visible | Sort-Object | Should -Be ($ofEverySession + $Cmdlets | Sort-Object)
    }

    It 'does not know the command <_>' -ForEach 'Register-NAVServerEndpoint', 'Unregister-NAVServerEndpoint', 'NavServerSession\Register-NAVServerEndpoint', 'Microsoft.PowerShell.Core\Import-Module', 'Microsoft.PowerShell.Core\Where-Object' {
        { Invoke-InSession $session @{ Name = $_ } } | Should -Throw "*'$(($_ -split '\\')[-1])' is not recognized*"
    }

    It 'runs no script' {
        $session.SessionStateProxy.LanguageMode | Should -Be NoLanguage
        { [powershell]::Create($session).AddScript('Get-NAVServerSession DynamicsNAV').Invoke() } | Should -Throw '*no-language mode*'
    }
}

Describe 'In a restricted session' {
    It 'the help desk lists sessions and removes none' {
        $server = Start-NavServer
        $session = New-RoleSession 'NAV Help Desk'
        try {
            (Invoke-InSession $session $list).SessionID | Should -Be 14, 15
            { Invoke-InSession $session $list, @{ Name = 'Remove-NAVServerSession'; Parameters = @{ Force = $true } } } |
                Should -Throw "*'Remove-NAVServerSession' is not recognized*"
            Get-ListedId $server | Should -Contain 14
        }
        finally {
            $session.Dispose()
            Stop-NavServer $server
        }
    }

    It 'operators pipe the list into the removal' {
        $server = Start-NavServer
        $session = New-RoleSession 'NAV Operators'
        try {
            Invoke-InSession $session $list, @{ Name = 'Remove-NAVServerSession'; Parameters = @{ Force = $true } } -ErrorAction Stop

            $ids = Get-ListedId $server
            14 | Should -Not -BeIn $ids
            15 | Should -Not -BeIn $ids
            $ids.Count | Should -Be 10
        }
        finally {
            $session.Dispose()
            Stop-NavServer $server
        }
    }

    It 'Microsoft''s module does the work where no endpoint is known, and shows none of its cmdlets' {
        New-EndpointsFile
        $name = 'Microsoft.Dynamics.Nav.Management'
        $module = New-Item -ItemType Directory (Join-Path $folder $name)
        # Nobody can set variables in such a session, so the stand-in brings its own.
        Set-Content (Join-Path $module "$name.psm1") @'
$global:NavCalls = [System.Collections.ArrayList]::new()
$global:NavSessions = @(
    @{ SessionID = 11; UserID = 'CRONUS\ANNA'; LoginDatetime = [datetime]::Now.AddHours(-3) }
    @{ SessionID = 14; UserID = 'CRONUS\MARIA'; LoginDatetime = [datetime]::Now.AddHours(-2) }
)
'@, (Get-Content -Raw (Join-Path $PSScriptRoot .. stand-in ManagementModule.psm1))
        $session = New-RoleSession 'NAV Operators'
        try {
            $remove = @{ Name = 'Remove-NAVServerSession'; Parameters = @{ Force = $true; PassThru = $true } }
            $removed = Invoke-InSession $session $list, $remove -ErrorAction Stop

            $removed.SessionID | Should -Be 14
            $all = @{ Name = 'Get-NAVServerSession'; Parameters = @{ ServerInstance = 'DynamicsNAV' } }
            (Invoke-InSession $session $all).SessionID | Should -Be 11
            (Invoke-InSession $session @{ Name = 'Get-Command' }).Name | Should -Not -Contain 'Get-NAVServerInstance'
        }
        finally {
            $session.Dispose()
            Remove-Item -Recurse $module, (Split-Path $env:NAV_SESSION_ENDPOINTS)
            $env:NAV_SESSION_ENDPOINTS = $null
        }
    }
}

Describe 'Over SSH' -Skip:(-not $hasSshServer) {
    BeforeAll {
        $server = Start-NavServer
        $example = Join-Path $examples operators-over-ssh.pssc -Resolve
        $ssh = Start-SshServer -ModuleFolder $folder -ConfigurationFile $example `
            -Environment "NAV_SESSION_ENDPOINTS=$env:NAV_SESSION_ENDPOINTS"
        $signIn = Get-SshSignIn $ssh
        $there = New-PSSession @signIn
    }

    AfterAll {
        Remove-PSSession $there
        Stop-SshServer $ssh
        Stop-NavServer $server
    }

    It 'the session has the cmdlets of operators, what every such session has, and nothing else' {
        $visible = Invoke-Command $there { Get-Command }

        $cmdlets = 'Get-NAVServerEndpoint', 'Get-NAVServerSession', 'Remove-NAVServerSession', 'Test-NAVServerEndpoint'
        $visible.Name | Sort-Object | Should -Be ($ofEverySession + $cmdlets | Sort-Object)
    }

    It 'a pipeline with values from here runs there' {
        $user = '*\MARIA'
        Invoke-Command $there { Get-NAVServerSession DynamicsNAV -UserId $using:user | Remove-NAVServerSession -Force } -ErrorAction Stop

        $ids = Get-ListedId $server
        14 | Should -Not -BeIn $ids
        $ids | Should -Contain 11
    }

    It 'rows that are chosen here are removed there' {
        $rows = Invoke-Command $there { Get-NAVServerSession DynamicsNAV } -ErrorAction Stop
        $rows | Where-Object UserID -EQ CRONUS\TOM | Invoke-Command $there { Remove-NAVServerSession -Force } -ErrorAction Stop

        19 | Should -Not -BeIn (Get-ListedId $server)
        Get-ListedId $server | Should -Contain 11
    }

    It 'anything but a pipeline of its cmdlets is refused: <_>' -ForEach @(
        '1 + 1', '$env:PATH', 'Get-NAVServerSession DynamicsNAV | Where-Object Own', '& /usr/bin/id', 'Get-ChildItem'
    ) {
        { Invoke-Command $there ([scriptblock]::Create($_)) -ErrorAction Stop } | Should -Throw
    }

    It 'a shell is not to be had' {
        $options = $signIn.Options.GetEnumerator() | ForEach-Object { '-o', "$($_.Key)=$($_.Value)" }
        $said = '' | ssh @options -p $signIn.Port -i $signIn.KeyFilePath $signIn.HostName 'echo a shell' 2>&1

        "$said" | Should -Not -Match '^a shell'
    }
}
