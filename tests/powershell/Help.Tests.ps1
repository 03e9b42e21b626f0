#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

BeforeDiscovery {
    Import-Module (Join-Path $PSScriptRoot Stage.psm1) -Force
    Import-ModuleUnderTest

    function Test-Hidden {
        param($Parameter)
        @($Parameter.Attributes | Where-Object { $_ -is [Parameter] -and $_.DontShow }).Count -gt 0
    }

    # What a person can type: the default first, and none that is only there for the pipeline.
    function Get-ShownSet {
        param($Command)
        $Command.ParameterSets |
            Where-Object { -not ($_.Parameters | Where-Object { $_.IsMandatory -and (Test-Hidden $_) }) } |
            Sort-Object { -not $_.IsDefault } |
            ForEach-Object {
                @{
                    Set        = $_.Name
                    Parameters = @($_.Parameters | Where-Object {
                            $_.Name -notin [System.Management.Automation.Cmdlet]::CommonParameters -and -not (Test-Hidden $_)
                        })
                }
            }
    }

    $commands = (Get-Module NavServerSession).ExportedCmdlets.Values | ForEach-Object {
        $sets = @(Get-ShownSet $_)
        @{
            Name       = $_.Name
            Sets       = $sets
            # One that differs from set to set is described as in the first that has it.
            Parameters = @($sets.Parameters | Group-Object Name | ForEach-Object { $_.Group[0] })
        }
    }
    $parameters = foreach ($command in $commands) {
        $command.Parameters | ForEach-Object { @{ Command = $command.Name; Name = $_.Name; Parameter = $_ } }
    }
    $sets = foreach ($command in $commands) {
        for ($i = 0; $i -lt $command.Sets.Count; $i++) {
            @{ Command = $command.Name; Index = $i; Set = $command.Sets[$i].Set; Parameters = $command.Sets[$i].Parameters }
        }
    }
    $examples = foreach ($command in $commands) {
        (Get-Help $command.Name).examples.example | ForEach-Object { @{ Command = $command.Name; Code = $_.code } }
    }
}

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Stage.psm1) -Force
    Import-ModuleUnderTest

    # Of modules that are not here, or not on every system.
    $foreign = @(
        'Get-AzAccessToken', 'Get-Secret', 'New-JobTrigger', 'New-ScheduledTaskAction', 'New-ScheduledTaskTrigger'
        'Out-ConsoleGridView', 'Register-ScheduledJob', 'Register-ScheduledTask'
    )

    # In every place that says something of a parameter.
    function Assert-IsDescribed {
        param($Help, $Parameter)

        $Help.description.Text | Should -Not -BeNullOrEmpty
        $Help.required | Should -Be "$($Parameter.IsMandatory)"
        $Help.position | Should -Be $(if ($Parameter.Position -lt 0) { 'named' } else { "$($Parameter.Position)" })
        $Help.aliases | Should -Be $(if ($Parameter.Aliases) { $Parameter.Aliases -join ', ' } else { 'none' })
        $type = [System.Nullable]::GetUnderlyingType($Parameter.ParameterType) ?? $Parameter.ParameterType
        $Help.type.name | Should -Be $type.Name
        $pipeline = @(
            if ($Parameter.ValueFromPipelineByPropertyName) { 'ByPropertyName' }
            if ($Parameter.ValueFromPipeline) { 'ByValue' }
        )
        $Help.pipelineInput | Should -Be $(if ($pipeline) { "True ($($pipeline -join ', '))" } else { 'False' })
        $Help.globbing | Should -Be "$([bool] ($Parameter.Attributes -as [object[]] | Where-Object { $_ -is [SupportsWildcards] }))"
        $values = @(
            $only = $Parameter.Attributes | Where-Object { $_ -is [ValidateSet] }
            if ($only) { $only.ValidValues } elseif ($type.IsEnum) { [System.Enum]::GetNames($type) }
        )
        # A parameter without a list of values has the name of its type there.
        if ($values) { $Help.parameterValueGroup.parameterValue | Should -Be $values }
        else { $Help.parameterValueGroup | Should -BeNullOrEmpty }
    }
}

Describe 'Get-Help <Name>' -ForEach $commands {
    It 'has a synopsis, a description, examples and links' {
        $help = Get-Help $Name

        # Without a help file the synopsis is the syntax.
        $help.Synopsis.Trim() | Should -Match '^[A-Z][^\[\]]+\.$'
        $help.description.Text | Should -Not -BeNullOrEmpty
        @($help.examples.example).Count | Should -BeGreaterOrEqual 2
        foreach ($link in $help.relatedLinks.navigationLink.linkText) {
            (Get-Help $link).Name | Should -Be $link
        }
    }

    It 'describes the parameters there are and no others, and shows each way to call it' {
        $help = Get-Help $Name

        $help.parameters.parameter.Name | Sort-Object | Should -Be ($Parameters.Name | Sort-Object)
        @($help.syntax.syntaxItem).Count | Should -Be $Sets.Count
    }
}

Describe 'Get-Help <Command>, its syntax with parameter set <Set>' -ForEach $sets {
    It 'shows the parameters of the set as they are there' {
        $item = @((Get-Help $Command).syntax.syntaxItem)[$Index]

        $item.name | Should -Be $Command
        $item.parameter.Name | Sort-Object | Should -Be ($Parameters.Name | Sort-Object)
        foreach ($parameter in $Parameters) {
            Assert-IsDescribed ($item.parameter | Where-Object Name -EQ $parameter.Name) $parameter
        }
    }
}

Describe 'Get-Help <Command> -Parameter <Name>' -ForEach $parameters {
    It 'describes the parameter as it is' {
        Assert-IsDescribed (Get-Help $Command -Parameter $Name) $Parameter
    }
}

Describe 'An example of <Command>' -ForEach $examples {
    It 'uses only commands and parameters there are: <Code>' {
        $problems = $null
        $script = [System.Management.Automation.Language.Parser]::ParseInput($Code, [ref] $null, [ref] $problems)

        $problems | Should -BeNullOrEmpty
        foreach ($call in $script.FindAll({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true)) {
            if ($call.GetCommandName() -in $foreign) { continue }
            Get-Command $call.GetCommandName() | Should -Not -BeNullOrEmpty
            $bound = [System.Management.Automation.Language.StaticParameterBinder]::BindCommand($call, $true)
            $isFirst = -not $call.Parent.PipelineElements -or $call.Parent.PipelineElements[0] -eq $call
            $name = $call.GetCommandName()
            $faults = $bound.BindingExceptions.GetEnumerator() |
                # What the pipeline brings is not known here.
                Where-Object { $isFirst -or $_.Key -ne $name -or $_.Value.BindingException.ErrorId -ne 'MissingArgument' }
            $faults.Value.BindingException.Message | Should -BeNullOrEmpty
        }
    }

    It 'fits in 100 columns, indented as Get-Help does: <Code>' {
        $Code -split "`n" | ForEach-Object { $_.Length | Should -BeLessOrEqual 96 }
    }
}

Describe 'A fresh PowerShell that has the module in its path' {
    BeforeAll {
        # Nothing is imported: help finds the module by itself.
        $paths = (Get-ModuleFolder) + [System.IO.Path]::PathSeparator + $env:PSModulePath
        function Get-ShownHelp {
            param([string] $Script)
            $run = Invoke-FreshShell $Script -Module '' -Environment @{ PSModulePath = $paths; LANG = 'en_US.UTF-8' }
            $run.Errors | Should -BeNullOrEmpty
            $run.Output
        }
    }

    It 'shows all help of <Name>: -Full, -Examples, -Parameter *' -ForEach $commands {
        $shown = Get-ShownHelp @"
'-Full', '-Examples', '-Parameter *' | ForEach-Object {
    "<<<>>>" + (Invoke-Expression "Get-Help $Name `$_" | Out-String -Width 100)
}
"@
        $full, $examples, $described = $shown -split '<<<>>>' | Select-Object -Skip 1

        foreach ($parameter in $Parameters.Name) {
            $full | Should -Match "(?m)^    -$parameter "
            $described | Should -Match "(?m)^-$parameter "
        }
        foreach ($example in (Get-Help $Name).examples.example) {
            $full, $examples | ForEach-Object { $_ | Should -Match ([regex]::Escape($example.title.Trim('-'))) }
        }
        'SYNOPSIS', 'SYNTAX', 'DESCRIPTION', 'INPUTS', 'OUTPUTS', 'about_NavServerSession' |
            ForEach-Object { $full | Should -Match $_ }
    }

    It 'shows about_NavServerSession' {
        $shown = Get-ShownHelp 'Get-Help about_NavServerSession'

        $shown.Trim() | Should -BeLike 'TOPIC*about_NavServerSession*SHORT DESCRIPTION*LONG DESCRIPTION*SEE ALSO*'
    }

    It 'finds cmdlets and the page about the module by a word, each with its synopsis' {
        $shown = Get-ShownHelp 'Import-Module NavServerSession; Get-Help *NavServer* | ForEach-Object { "$($_.Name): $($_.Synopsis.Trim())" }'

        foreach ($name in (Get-Module NavServerSession).ExportedCmdlets.Keys + 'about_NavServerSession') {
            $shown | Should -Match "(?m)^$($name): [A-Z][\w ,:]+\.\r?$"
        }
    }
}

Describe 'An id of an error in help' {
    It 'is one that the library or the module has' {
        $repository = Join-Path $PSScriptRoot .. ..
        $sources = @(Join-Path $repository src error.rs) + (Get-ChildItem (Join-Path $repository powershell src) -Recurse -Filter *.cs).FullName
        $known = ($sources | ForEach-Object { Get-Content -Raw $_ }) -join "`n"
        $removal = (Get-Help Remove-NAVServerSession).alertSet.alert.Text -match 'these ids'
        $about = Get-Help about_NavServerSession
        $ids = @(
            [regex]::Matches($removal, '(?<=[:,] )[A-Z]\w+').Value
            [regex]::Matches(($about -replace '\s+', ' '), '(?<=error )[A-Z]\w+').Value
        )

        $ids.Count | Should -BeGreaterThan 15
        foreach ($id in $ids) {
            $known | Should -BeLikeExactly "*`"$id`",*"
        }
    }
}
