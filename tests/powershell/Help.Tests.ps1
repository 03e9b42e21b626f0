#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

BeforeDiscovery {
    Import-Module (Join-Path $PSScriptRoot Stage.psm1) -Force
    Import-ModuleUnderTest
    $commands = (Get-Module NavServerSession).ExportedCmdlets.Values | ForEach-Object {
        $set = $_.ParameterSets | Where-Object { $_.IsDefault -or $_.Name -eq '__AllParameterSets' } | Select-Object -First 1
        @{
            Name       = $_.Name
            Parameters = @($set.Parameters | Where-Object Name -NotIn ([System.Management.Automation.Cmdlet]::CommonParameters))
        }
    }
    $parameters = foreach ($command in $commands) {
        $command.Parameters | ForEach-Object { @{ Command = $command.Name; Name = $_.Name; Parameter = $_ } }
    }
    $examples = foreach ($command in $commands) {
        (Get-Help $command.Name).examples.example | ForEach-Object { @{ Command = $command.Name; Code = $_.code } }
    }
}

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Stage.psm1) -Force
    Import-ModuleUnderTest
}

Describe 'Get-Help <Name>' -ForEach $commands {
    It 'has a synopsis, a description, examples and links' {
        $help = Get-Help $Name

        # Without a help file the synopsis is the syntax.
        $help.Synopsis.Trim() | Should -Match '^[A-Z][^\[\]]+\.$'
        $help.description.Text | Should -Not -BeNullOrEmpty
        @($help.examples.example).Count | Should -BeGreaterOrEqual 2
        foreach ($link in $help.relatedLinks.navigationLink.linkText) {
            Get-Command $link -Module NavServerSession | Should -Not -BeNullOrEmpty
        }
    }

    It 'describes the parameters there are and no others' {
        $described = (Get-Help $Name).parameters.parameter.Name

        $described | Sort-Object | Should -Be ($Parameters.Name | Sort-Object)
        (Get-Help $Name).syntax.syntaxItem.parameter.Name | Sort-Object | Should -Be ($Parameters.Name | Sort-Object)
    }
}

Describe 'Get-Help <Command> -Parameter <Name>' -ForEach $parameters {
    It 'describes the parameter as it is' {
        $help = Get-Help $Command -Parameter $Name

        $help.description.Text | Should -Not -BeNullOrEmpty
        $help.required | Should -Be "$($Parameter.IsMandatory)"
        $help.position | Should -Be $(if ($Parameter.Position -lt 0) { 'named' } else { "$($Parameter.Position)" })
        $help.aliases | Should -Be $(if ($Parameter.Aliases) { $Parameter.Aliases -join ', ' } else { 'none' })
        $type = [System.Nullable]::GetUnderlyingType($Parameter.ParameterType) ?? $Parameter.ParameterType
        $help.type.name | Should -Be $type.Name
        $pipeline = @(
            if ($Parameter.ValueFromPipelineByPropertyName) { 'ByPropertyName' }
            if ($Parameter.ValueFromPipeline) { 'ByValue' }
        )
        $help.pipelineInput | Should -Be $(if ($pipeline) { "True ($($pipeline -join ', '))" } else { 'False' })
        $help.globbing | Should -Be "$([bool] ($Parameter.Attributes -as [object[]] | Where-Object { $_ -is [SupportsWildcards] }))"
    }
}

Describe 'An example of <Command>' -ForEach $examples {
    It 'uses only commands and parameters there are: <Code>' {
        $problems = $null
        $script = [System.Management.Automation.Language.Parser]::ParseInput($Code, [ref] $null, [ref] $problems)

        $problems | Should -BeNullOrEmpty
        foreach ($call in $script.FindAll({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true)) {
            $known = Get-Command $call.GetCommandName()
            foreach ($parameter in $call.CommandElements | Where-Object { $_ -is [System.Management.Automation.Language.CommandParameterAst] }) {
                $known.Parameters.Keys | Should -Contain $parameter.ParameterName
            }
        }
    }
}
