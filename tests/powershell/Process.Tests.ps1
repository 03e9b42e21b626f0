#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

BeforeDiscovery {
    $isLinuxHere = $IsLinux
}

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Stage.psm1) -Force
    Import-ModuleUnderTest
}

Describe 'A fresh pwsh that nobody can be asked by' {
    BeforeEach { $server = Start-NavServer }
    AfterEach { Stop-NavServer $server }

    It 'removes session 11 by the documented example when it is told not to ask' {
        $shell = Invoke-FreshShell '$ConfirmPreference = "None"; Remove-NAVServerSession -ServerInstance DynamicsNAV -Tenant default -SessionId 11'

        $shell.Output | Should -BeNullOrEmpty
        $shell.Errors | Should -BeNullOrEmpty
        $shell.ExitCode | Should -Be 0
        Get-ListedId $server | Should -Not -Contain 11
    }

    It 'fails with a sentence, and does not wait, where it would have to ask' {
        $shell = Invoke-FreshShell 'Remove-NAVServerSession -ServerInstance DynamicsNAV -Tenant default -SessionId 11; "goes on"'

        $text = ($shell.Errors -replace '\s*\n\s+\|\s+', ' ')
        $text | Should -Match 'Remove session 11 .*from MicrosoftDynamicsNavServer\$DynamicsNAV, tenant default: this needs a confirmation'
        $text | Should -Match 'Recommendation: Add -Force'
        $shell.Output | Should -Match 'goes on'
        Get-ListedId $server | Should -Contain 11
    }

    It 'shows a failure as a sentence and what to do, without a stack trace' {
        $shell = Invoke-FreshShell 'Remove-NAVServerSession Elsewhere -SessionId 11 -Force; Get-Process -Id $PID | Remove-NAVServerSession -Force'

        ($shell.Errors -replace '\s*\n\s+\|\s+', ' ') | Should -Match "No endpoint is known for server instance 'Elsewhere'"
        $shell.Errors | Should -Match 'Recommendation: '
        $shell.Errors | Should -Not -Match '\bat NavServerSession\.|Exception'
    }

    It 'shows what -WhatIf would do' {
        $shell = Invoke-FreshShell 'Get-NAVServerSession DynamicsNAV -SessionId 11 | Remove-NAVServerSession -WhatIf'

        $shell.Output.Trim() | Should -Be ('What if: Remove session 11 (CRONUS\ANNA, WebClient on PC042, signed in 3 h 12 min ago) ' +
            'from MicrosoftDynamicsNavServer$DynamicsNAV')
        Get-ListedId $server | Should -Contain 11
    }
}

Describe 'The module' {
    It 'loads its native library at the first use, and not when it is imported' -Skip:(-not $isLinuxHere) {
        $shell = Invoke-FreshShell @'
function Test-Loaded { [bool] ((Get-Content /proc/self/maps) -match 'nav_session\.so') }
Test-Loaded
Get-NAVServerEndpoint | Out-Null
Test-Loaded
'@

        -split $shell.Output | Should -Be 'False', 'True'
    }

    It 'loads no managed assembly but its own' {
        $shell = Invoke-FreshShell @'
$known = $PSHOME, [System.Runtime.InteropServices.RuntimeEnvironment]::GetRuntimeDirectory() | ForEach-Object { $_.TrimEnd('/\') }
[System.AppDomain]::CurrentDomain.GetAssemblies() |
    Where-Object { -not $_.IsDynamic -and $_.Location -and (Split-Path $_.Location) -notin $known } |
    ForEach-Object { $_.GetName().Name }
'@

        $shell.Output.Trim() | Should -Be 'NavServerSession'
    }

    It 'is valid by its manifest' {
        $manifest = Test-ModuleManifest (Join-Path (Get-ModulePath) NavServerSession.psd1)

        $manifest.CompatiblePSEditions | Should -Be 'Desktop', 'Core'
        $manifest.PowerShellVersion | Should -Be '5.1'
        $manifest.DotNetFrameworkVersion | Should -Be '4.7.2'
        $manifest.ProcessorArchitecture | Should -Be 'None'
        $manifest.ExportedCmdlets.Keys | Sort-Object | Should -Be @(
            'Get-NAVServerEndpoint', 'Get-NAVServerSession', 'Register-NAVServerEndpoint', 'Remove-NAVServerSession',
            'Test-NAVServerEndpoint', 'Unregister-NAVServerEndpoint')
        $manifest.ExportedFunctions.Keys | Should -BeNullOrEmpty
        $manifest.ExportedAliases.Keys | Should -BeNullOrEmpty
    }

    It 'says which file is missing when it was copied without its native library' {
        $copy = Join-Path $TestDrive NavServerSession
        Copy-Item (Get-ModulePath) $copy -Recurse
        Get-ChildItem $copy -Recurse -Include nav_session.* | Remove-Item

        $shell = Invoke-FreshShell -Module $copy 'try { Get-NAVServerEndpoint } catch { $_.FullyQualifiedErrorId; $_.Exception.Message; $_.ErrorDetails.RecommendedAction }'

        $lines = $shell.Output.Trim() -split "`r?`n"
        $lines[0] | Should -Be 'NativeLibraryNotLoaded,NavServerSession.Commands.GetNavServerEndpoint'
        $lines[1] | Should -Match ([regex]::Escape($copy) + '.+nav_session\.')
        $lines[2] | Should -Match 'Install the module again'
    }
}
