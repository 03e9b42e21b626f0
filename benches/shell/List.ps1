# Lists sessions in one of several ways, and says how long it took. `cargo xtask bench` runs it.
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [ValidateSet('Rows', 'RowsStreamed', 'RestMethod', 'ConvertFromJson', 'Nothing')]
    [string] $Way,
    # The first page of the list.
    [Parameter(Mandatory)] [string] $Uri,
    # Files with the pages of the list as they were answered.
    [Parameter(Mandatory)] [string] $Pages,
    # The module's folder.
    [Parameter(Mandatory)] [string] $Module
)

$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$instance = 'DynamicsNAV'

# Each way is used once on next to nothing, so that the clock sees no compilation of what is only done once.
switch ($Way) {
    { $_ -in 'Rows', 'RowsStreamed' } {
        Import-Module $Module
        $null = Get-NAVServerSession $instance -SessionId 11
    }
    'RestMethod' {
        $null = (Invoke-RestMethod "$Uri`?`$filter=Session_ID eq 11").value
    }
    'ConvertFromJson' {
        $null = ('{"value":[{"Session_ID":11}]}' | ConvertFrom-Json).value
        $bodies = foreach ($file in Get-ChildItem $Pages -Filter *.json | Sort-Object Name) {
            [IO.File]::ReadAllText($file.FullName)
        }
    }
}
[GC]::Collect()

$clock = [Diagnostics.Stopwatch]::StartNew()
switch ($Way) {
    'Rows' { $rows = @(Get-NAVServerSession $instance) }
    'RowsStreamed' { Get-NAVServerSession $instance | Measure-Object | ForEach-Object { $count = $_.Count } }
    'RestMethod' {
        $next = $Uri
        $rows = @(
            while ($next) {
                $page = Invoke-RestMethod $next
                $page.value
                $next = $page.'@odata.nextLink'
            }
        )
    }
    'ConvertFromJson' { $rows = @(foreach ($body in $bodies) { (ConvertFrom-Json $body).value }) }
    'Nothing' { $rows = @() }
}
$clock.Stop()

$invariant = [cultureinfo]::InvariantCulture
'seconds {0}' -f $clock.Elapsed.TotalSeconds.ToString('R', $invariant)
'rows {0}' -f $(if ($Way -eq 'RowsStreamed') { $count } else { $rows.Count })
'peak {0}' -f [Diagnostics.Process]::GetCurrentProcess().PeakWorkingSet64
