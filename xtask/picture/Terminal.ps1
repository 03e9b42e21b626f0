# What is there before a person begins to type: the module, and a server instance that it knows.
param(
    [Parameter(Mandatory)] [string] $Module,
    [Parameter(Mandatory)] [string] $Uri
)

$ErrorActionPreference = 'Stop'
Import-Module $Module
Register-NAVServerEndpoint DynamicsNAV $Uri -Company 'CRONUS International Ltd.' -CredentialType None
$PSStyle.OutputRendering = 'Ansi'
# Nothing of the person who runs this.
Set-PSReadLineOption -HistorySaveStyle SaveNothing -PredictionSource None
function prompt { 'PS> ' }
$ErrorActionPreference = 'Continue'
Clear-Host
