@{
    RootModule           = 'NavServerSession.dll'
    ModuleVersion        = '0.1.0'
    GUID                 = 'e681554e-8e05-40aa-b6f6-4c119dae4e34'
    Author               = 'The NavServerSession authors'
    CompanyName          = 'The NavServerSession authors'
    Copyright            = '(c) The NavServerSession authors. MIT OR Apache-2.0.'
    Description          = 'Lists and ends sessions of Microsoft Dynamics NAV and Business Central servers, from any computer.'

    PowerShellVersion    = '5.1'
    CompatiblePSEditions = 'Desktop', 'Core'
    # For who reads it: Windows PowerShell checks none above 4.5, and PowerShell 7 has its own .NET.
    DotNetFrameworkVersion = '4.7.2'
    # Any: the native libraries are of more than one architecture, and their loader says which one a process lacks.
    ProcessorArchitecture  = 'None'

    FormatsToProcess     = 'NavServerSession.Format.ps1xml'
    TypesToProcess       = 'NavServerSession.Types.ps1xml'

    CmdletsToExport      = @(
        'Get-NAVServerEndpoint'
        'Get-NAVServerSession'
        'Register-NAVServerEndpoint'
        'Remove-NAVServerSession'
        'Test-NAVServerEndpoint'
        'Unregister-NAVServerEndpoint'
    )
    FunctionsToExport    = @()
    AliasesToExport      = @()
    VariablesToExport    = @()

    PrivateData          = @{
        PSData = @{
            Tags         = 'Dynamics', 'NAV', 'DynamicsNAV', 'BusinessCentral', 'Session', 'Administration',
                           'PSEdition_Desktop', 'PSEdition_Core', 'Windows', 'Linux', 'MacOS'
            LicenseUri   = 'https://licenses.nuget.org/MIT%20OR%20Apache-2.0'
            # These two and the version are filled in when the module is laid out.
            Prerelease   = ''
            ReleaseNotes = ''
        }
    }
}
