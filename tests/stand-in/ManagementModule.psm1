<#
Stands in for Microsoft's administration module, with the parameters and rows that it documents. Tests copy it under the
name it is to have.

$NavSessions    the sessions it has: hashtables of columns.
$NavCalls       what it was called with, a line each.
$NavOnRemove    is run with the id, in place of ending the session.
$NavBeforeList  is run before each list.
All are global variables. It needs nothing but PowerShell's core, as a host program may have no more.
#>

$columns = [ordered]@{
    ServerInstanceID = [int]; SessionID = [int]; UserSID = [string]; ServerInstanceName = [string]
    ServerComputerName = [string]; UserID = [string]; ClientType = [string]; ClientComputerName = [string]
    LoginDatetime = [datetime]; DatabaseName = [string]; SessionUniqueID = [guid]
    'Entry Point Operation' = [string]; 'Current Object Name' = [string]; 'Current Object ID' = [int]
}

function Add-Call {
    param($Cmdlet)

    $given = foreach ($entry in $Cmdlet.MyInvocation.BoundParameters.GetEnumerator()) {
        if ($entry.Key -notin 'Verbose', 'ErrorAction') { "-$($entry.Key) $($entry.Value)" }
    }
    [void] $global:NavCalls.Add((@($Cmdlet.MyInvocation.MyCommand.Name) + @($given | ForEach-Object { $_ })) -join ' ')
}

function Get-NAVServerSession {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)] [string] $ServerInstance,
        [Parameter(ValueFromPipelineByPropertyName)] [Alias('Id')] [string] $Tenant,
        [switch] $Force,
        [ValidateSet('Fixed', 'Exponential')] [string] $RetryMode,
        [int] $MaxRetries,
        [timespan] $NetworkTimeout,
        [timespan] $DelayBetweenRetries
    )

    process {
        Add-Call $PSCmdlet
        if ($NavBeforeList) { & $NavBeforeList }
        $PSCmdlet.WriteVerbose("Opening admin connection to ServerInstance '$ServerInstance'")
        if ($ServerInstance -eq 'Stopped') {
            $exception = [System.InvalidOperationException]::new("The server instance MicrosoftDynamicsNavServer`$$ServerInstance is not running.")
            $PSCmdlet.WriteError([System.Management.Automation.ErrorRecord]::new(
                    $exception, "MicrosoftDynamicsNavServer`$$ServerInstance", 'ConnectionError', $ServerInstance))
            return
        }

        $table = [System.Data.DataTable]::new()
        foreach ($name in $columns.Keys) { [void] $table.Columns.Add($name, $columns[$name]) }
        foreach ($session in @($global:NavSessions)) {
            $row = $table.NewRow()
            $row.ServerInstanceName = $ServerInstance
            foreach ($name in $session.Keys) { $row[$name] = $session[$name] }
            $table.Rows.Add($row)
            $row
        }
    }
}

function Remove-NAVServerSession {
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)] [string] $ServerInstance,
        [Parameter(ValueFromPipelineByPropertyName)] [Alias('Id')] [string] $Tenant,
        [Parameter(Mandatory)] [int] $SessionId,
        [switch] $Force,
        [ValidateSet('Fixed', 'Exponential')] [string] $RetryMode,
        [int] $MaxRetries,
        [timespan] $NetworkTimeout,
        [timespan] $DelayBetweenRetries
    )

    process {
        $isApproved = ($Force -and -not $WhatIfPreference) -or
            $PSCmdlet.ShouldProcess("ServerInstance = MicrosoftDynamicsNavServer`$$ServerInstance")
        if (-not $isApproved) { return }
        Add-Call $PSCmdlet
        if ($NavOnRemove) { & $NavOnRemove $SessionId }
        else { $global:NavSessions = @($global:NavSessions | Where-Object { $_.SessionID -ne $SessionId }) }
    }
}

function Get-NAVServerInstance { 'MicrosoftDynamicsNavServer$DynamicsNAV' }

Export-ModuleMember -Function Get-NAVServerSession, Remove-NAVServerSession, Get-NAVServerInstance
