# An sshd of the tests' own, on a free port of this computer, and sessions in the pwsh that it starts: for whoever runs the
# tests, who gets in by a key that is made for it. It stands for another computer, so its time zone is another one.

$sshd = '/usr/sbin/sshd'
$timeZone = 'Pacific/Auckland'

# Where sshd locks its child in when root runs it. It does not run without.
$jail = '/run/sshd'

function Test-SshServer {
    $files = $sshd, '/usr/bin/ssh', '/usr/bin/ssh-keygen', "/usr/share/zoneinfo/$timeZone"
    $IsLinux -and (Test-Path $files) -notcontains $false -and (Get-Command New-PSSession).Parameters.ContainsKey('Options')
}

<#
The sessions find the module in the folder ModuleFolder by its name. With a session configuration file it is all that whoever signs in
gets. Environment is what they have besides, in the form NAME=VALUE.
#>
function Start-SshServer {
    param([string] $ModuleFolder, [string] $ConfigurationFile, [string[]] $Environment = @())

    $folder = Join-Path ([System.IO.Path]::GetTempPath()) "nav-session-$([guid]::NewGuid())"
    New-Item -ItemType Directory $folder | Out-Null
    foreach ($name in 'host', 'user') { sh -c "ssh-keygen -q -t ed25519 -N '' -f '$folder/$name'" }
    $variables = @(
        $Environment
        "TZ=$timeZone"
        "PSModulePath=$ModuleFolder"
        if ($env:DOTNET_ROOT) { "DOTNET_ROOT=$env:DOTNET_ROOT" }
    )
    $shell = "$((Get-Process -Id $PID).Path) -sshs -NoLogo"
    Set-Content $folder/sshd_config @(
        "HostKey $folder/host"
        "AuthorizedKeysFile $folder/user.pub"
        # The temporary folder is everybody's, which is too open otherwise.
        'StrictModes no'
        'AuthenticationMethods publickey'
        'UsePAM no'
        'PidFile none'
        "SetEnv $variables"
        "Subsystem powershell $shell"
        if ($ConfigurationFile) { "ForceCommand $shell -ConfigurationFile $ConfigurationFile" }
    )
    $madeJail = (id -u) -eq 0 -and -not (Test-Path $jail)
    if ($madeJail) { New-Item -ItemType Directory $jail | Out-Null }
    $process, $port = Start-Sshd $folder
    Set-Content $folder/known_hosts "[127.0.0.1]:$port $(Get-Content $folder/host.pub)"
    [pscustomobject]@{ Folder = $folder; Process = $process; Port = $port; MadeJail = $madeJail }
}

<# The process, which listens already, and its port. Another program may take a free port first. #>
function Start-Sshd {
    param([string] $Folder)

    foreach ($attempt in 1..5) {
        $finder = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
        $finder.Start()
        $port = $finder.LocalEndpoint.Port
        $finder.Stop()
        $start = [System.Diagnostics.ProcessStartInfo]::new($sshd)
        '-D', '-e', '-f', "$Folder/sshd_config", '-o', "ListenAddress 127.0.0.1:$port" | ForEach-Object { $start.ArgumentList.Add($_) }
        $start.RedirectStandardError = $true
        $process = [System.Diagnostics.Process]::Start($start)
        $said = @()
        do { $said += $line = $process.StandardError.ReadLine() } until ($null -eq $line -or $line -match '^Server listening')
        if ($line) {
            # What nobody reads would stop it in the end.
            $process.StandardError.ReadToEndAsync() | Out-Null
            return $process, $port
        }
    }
    throw "sshd does not listen: $said"
}

function Stop-SshServer {
    param($Server)

    $Server.Process.Kill()
    $Server.Process.WaitForExit()
    Remove-Item -Recurse $Server.Folder
    if ($Server.MadeJail) { Remove-Item $jail }
}

<# What New-PSSession needs to sign in there: whoever answers must have the server's own key. #>
function Get-SshSignIn {
    param($Server)

    @{
        HostName    = '127.0.0.1'
        Port        = $Server.Port
        KeyFilePath = Join-Path $Server.Folder user
        Subsystem   = 'powershell'
        Options     = @{
            UserKnownHostsFile    = Join-Path $Server.Folder known_hosts
            StrictHostKeyChecking = 'yes'
            IdentitiesOnly        = 'yes'
            BatchMode             = 'yes'
        }
    }
}

Export-ModuleMember -Function Test-SshServer, Start-SshServer, Stop-SshServer, Get-SshSignIn
