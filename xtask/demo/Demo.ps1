# The example of the cmdlet's page, before and after. It runs in PowerShell, and in EngineHost over the engine
# alone: only what the engine brings (Where-Object, ForEach-Object) may be used, nothing of Microsoft.PowerShell.Utility.
param(
    [Parameter(Mandatory)] [string] $Module,
    [Parameter(Mandatory)] [string] $Uri
)

$ErrorActionPreference = 'Stop'
$write = { $input | Out-Default }
if ([Console]::IsOutputRedirected) {
    $PSStyle.OutputRendering = 'PlainText'
    if (Get-Command Out-String -ErrorAction Ignore) {
        # Without a terminal PowerShell takes 80 columns.
        $write = { $input | Out-String -Width 100 -Stream | Out-Default }
    }
}

# To be dot-sourced, so that the command runs where the script's own variables are.
function Show([string] $Command) {
    "`nPS> $($Command.Replace("`n", "`n>> "))" | Out-Default
    . ([scriptblock]::Create($Command)) | & $write
}

function Say([string] $Text) {
    "`n# $Text" | Out-Default
}

. Show "Import-Module $Module"
. Show @"
Register-NAVServerEndpoint -ServerInstance DynamicsNAV -Uri $Uri ``
    -Company 'CRONUS International Ltd.' -CredentialType None
"@
. Show 'Get-NAVServerSession -ServerInstance DynamicsNAV'

Say 'What would be removed?'
. Show 'Remove-NAVServerSession -ServerInstance DynamicsNAV -Tenant default -SessionId 11 -WhatIf'

Say 'The cmdlet asks before it removes. Nobody is here to answer, so it is told not to.'
. Show '$ConfirmPreference = ''None'''
. Show 'Remove-NAVServerSession -ServerInstance DynamicsNAV -Tenant default -SessionId 11'

Say 'Rows of the list go straight into the cmdlet.'
. Show @'
Get-NAVServerSession -ServerInstance DynamicsNAV |
    Where-Object UserID -eq 'CRONUS\TOM' |
    Remove-NAVServerSession -Force
'@

. Show 'Get-NAVServerSession -ServerInstance DynamicsNAV'

$left = @(Get-NAVServerSession -ServerInstance DynamicsNAV | ForEach-Object SessionID)
$stillThere = @(11, 19, -6574 | Where-Object { $_ -in $left })
if ($left.Count -eq 0 -or $stillThere.Count -gt 0) {
    "Still there, though it should be gone: $($stillThere -join ', ')." | Out-Default
    exit 1
}
'Session 11 is gone.' | Out-Default
