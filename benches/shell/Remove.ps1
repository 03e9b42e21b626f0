# Removes sessions in one of several ways, and says how long it took. `cargo xtask bench` runs it.
# The clock runs from the first row to the last answer; what is removed is prepared before.
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [ValidateSet(
        'Rows', 'Objects', 'Stream', 'Separate',
        'RestMethod', 'RestMethodSession', 'RestMethodParallel', 'RestMethodStream', 'HttpClient')]
    [string] $Way,
    # Where the removals are posted.
    [Parameter(Mandatory)] [string] $Uri,
    # A file with one removal a line, as it is posted.
    [Parameter(Mandatory)] [string] $Removals,
    # The same sessions as a table.
    [Parameter(Mandatory)] [string] $Table,
    # The module's folder.
    [Parameter(Mandatory)] [string] $Module,
    # Of the removals, so many go before the clock runs.
    [int] $WarmUp = 0,
    [int] $InFlight = 8
)

$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$instance = 'DynamicsNAV'
$json = 'application/json'

if ($Way -in 'Rows', 'Objects', 'Stream', 'Separate') {
    Import-Module $Module
}

# Work is done on the list of what to remove. A script block that takes the whole list is as near to a script of
# somebody's own as can be: the loop is inside.
switch ($Way) {
    'Rows' {
        $work = @(Get-NAVServerSession $instance | Where-Object OwnSession -NE $true)
        $remove = { param($rows) $rows | Remove-NAVServerSession -Force }
    }
    'Objects' {
        $work = @(Import-Csv $Table)
        $remove = { param($rows) $rows | Remove-NAVServerSession -Force }
    }
    'Separate' {
        $work = @(Import-Csv $Table)
        $remove = {
            param($rows)
            foreach ($row in $rows) {
                Remove-NAVServerSession -ServerInstance $instance -SessionId $row.SessionID -Force
            }
        }
    }
    'Stream' {
        # Rows come to be as they are piped, so that memory is what the command keeps.
        $remove = { Import-Csv $Table | Remove-NAVServerSession -Force }
    }
    'RestMethod' {
        $work = [IO.File]::ReadAllLines($Removals)
        $remove = {
            param($bodies)
            foreach ($body in $bodies) {
                $null = Invoke-RestMethod -Uri $Uri -Method Post -ContentType $json -Body $body
            }
        }
    }
    'RestMethodSession' {
        $work = [IO.File]::ReadAllLines($Removals)
        $session = [Microsoft.PowerShell.Commands.WebRequestSession]::new()
        $remove = {
            param($bodies)
            foreach ($body in $bodies) {
                $null = Invoke-RestMethod -Uri $Uri -Method Post -ContentType $json -Body $body -WebSession $session
            }
        }
    }
    'RestMethodParallel' {
        $work = [IO.File]::ReadAllLines($Removals)
        $remove = {
            param($bodies)
            $bodies | ForEach-Object -ThrottleLimit $InFlight -Parallel {
                $null = Invoke-RestMethod -Uri $using:Uri -Method Post -ContentType $using:json -Body $_
            }
        }
    }
    'RestMethodStream' {
        $remove = {
            foreach ($body in [IO.File]::ReadLines($Removals)) {
                $null = Invoke-RestMethod -Uri $Uri -Method Post -ContentType $json -Body $body
            }
        }
    }
    'HttpClient' {
        $work = [IO.File]::ReadAllLines($Removals)
        $client = [Net.Http.HttpClient]::new()
        $remove = {
            param($bodies)
            $sent = [Collections.Generic.Queue[Threading.Tasks.Task[Net.Http.HttpResponseMessage]]]::new()
            foreach ($body in $bodies) {
                if ($sent.Count -eq $InFlight) {
                    $sent.Dequeue().GetAwaiter().GetResult().EnsureSuccessStatusCode().Dispose()
                }
                $content = [Net.Http.StringContent]::new($body, [Text.Encoding]::UTF8, $json)
                $sent.Enqueue($client.PostAsync($Uri, $content))
            }
            while ($sent.Count) {
                $sent.Dequeue().GetAwaiter().GetResult().EnsureSuccessStatusCode().Dispose()
            }
        }
    }
}

if ($null -eq $work) {
    $first, $rest = @(), @()
}
elseif ($WarmUp) {
    $first, $rest = $work[0..($WarmUp - 1)], $work[$WarmUp..($work.Count - 1)]
    $null = & $remove $first
}
else {
    $rest = $work
}
[GC]::Collect()

$clock = [Diagnostics.Stopwatch]::StartNew()
$null = & $remove $rest
$clock.Stop()

$invariant = [cultureinfo]::InvariantCulture
'seconds {0}' -f $clock.Elapsed.TotalSeconds.ToString('R', $invariant)
'peak {0}' -f [Diagnostics.Process]::GetCurrentProcess().PeakWorkingSet64
