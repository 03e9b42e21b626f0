using System.Management.Automation;
using NavServerSession.Tests.Stage;

namespace NavServerSession.Tests.Cmdlets;

/// <summary>What Get-Help says is what the commands take.</summary>
public sealed class HelpTests : IDisposable
{
    private readonly Engine engine = new();

    private static readonly string[] Names =
    [
        "Get-NAVServerEndpoint",
        "Get-NAVServerSession",
        "Register-NAVServerEndpoint",
        "Remove-NAVServerSession",
        "Test-NAVServerEndpoint",
        "Unregister-NAVServerEndpoint",
    ];

    public static TheoryData<string> Commands => new(Names);

    public void Dispose() => engine.Dispose();

    [Fact]
    public void Each_command_has_a_page()
    {
        var names = engine.Run("Get-Command -Module NavServerSession").Output.Select(command => command.BaseObject.ToString());

        Assert.Equal(Names, names.Order());
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void Each_parameter_is_described_as_it_is(string command)
    {
        var sets = ShownSets(command);
        var described = List(Help(command), "parameters", "parameter");

        Assert.Equal(sets.SelectMany(set => set.Value).Select(parameter => parameter.Name).Distinct().Order(), NamesOf(described).Order());
        foreach (var help in described)
        {
            // One that differs from set to set is described as in the first that has it.
            var parameter = sets.SelectMany(set => set.Value).First(parameter => parameter.Name == Text(help, "name"));
            AssertIsDescribed(help, parameter);
        }
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void Each_way_to_call_it_is_shown_with_its_parameters_as_they_are_there(string command)
    {
        var sets = ShownSets(command);
        var items = List(Help(command), "syntax", "syntaxItem");

        Assert.Equal(sets.Count, items.Count);
        foreach (var (item, set) in items.Zip(sets))
        {
            var parameters = List(item, "parameter");
            Assert.Equal(set.Value.Select(parameter => parameter.Name).Order(), NamesOf(parameters).Order());
            foreach (var help in parameters)
            {
                AssertIsDescribed(help, set.Value.First(parameter => parameter.Name == Text(help, "name")));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void The_default_of_a_parameter_is_what_the_command_begins_with(string command)
    {
        var type = ((CmdletInfo)engine.Run($"Get-Command {command}").Output.Single().BaseObject).ImplementingType;
        using var cmdlet = (IDisposable)Activator.CreateInstance(type)!;

        foreach (var help in List(Help(command), "parameters", "parameter"))
        {
            var name = Text(help, "name");
            // What every command has is no property of its own.
            var value = type.GetProperty(name)?.GetValue(cmdlet) ?? (name is "WhatIf" or "Confirm" ? false : null);
            if (value is null or 0 || value.Equals(TimeSpan.Zero))
            {
                // Left out, it is not asked for, or something further in decides.
                Assert.False(string.IsNullOrEmpty(Text(help, "defaultValue")), name);
                continue;
            }

            Assert.Equal((value is SwitchParameter given ? given.IsPresent : value).ToString(), Text(help, "defaultValue"));
        }
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void A_command_says_what_it_writes(string command)
    {
        var types = engine.Run($"(Get-Command {command}).OutputType | ForEach-Object Name").Output.Select(name => name.ToString());
        var described = List(Help(command), "returnValues", "returnValue")
            .Select(value => Text((PSObject)value.Properties["type"].Value, "name"));

        Assert.Equal(types.Order(), described.Where(name => name != "None").Order());
    }

    /// <summary>What a person can type, by parameter sets: the default first, and none that is there for the pipeline only.</summary>
    private List<KeyValuePair<string, List<CommandParameterInfo>>> ShownSets(string command)
    {
        var info = (CommandInfo)engine.Run($"Get-Command {command}").Output.Single().BaseObject;
        return
        [
            .. info.ParameterSets
                .Where(set => !set.Parameters.Any(parameter => parameter.IsMandatory && IsHidden(parameter)))
                .OrderByDescending(set => set.IsDefault)
                .Select(set => KeyValuePair.Create(set.Name, set.Parameters.Where(IsShown).ToList())),
        ];

        static bool IsShown(CommandParameterInfo parameter) =>
            !IsHidden(parameter) && !Cmdlet.CommonParameters.Contains(parameter.Name);

        static bool IsHidden(CommandParameterInfo parameter) =>
            parameter.Attributes.OfType<ParameterAttribute>().Any(attribute => attribute.DontShow);
    }

    private static void AssertIsDescribed(PSObject help, CommandParameterInfo parameter)
    {
        var type = Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType;
        var only = parameter.Attributes.OfType<ValidateSetAttribute>().FirstOrDefault();
        var values = only is not null ? only.ValidValues : type.IsEnum ? Enum.GetNames(type) : [];
        var pipeline = string.Join(
            ", ",
            new[] { parameter.ValueFromPipelineByPropertyName ? "ByPropertyName" : "", parameter.ValueFromPipeline ? "ByValue" : "" }
                .Where(way => way.Length > 0));

        Assert.NotEmpty(List(help, "description"));
        Assert.Equal(type.Name, Text((PSObject)help.Properties["type"].Value, "name"));
        Assert.Equal(parameter.IsMandatory ? "true" : "false", Text(help, "required"));
        Assert.Equal(parameter.Position < 0 ? "named" : parameter.Position.ToString(), Text(help, "position"));
        Assert.Equal(parameter.Aliases.Count == 0 ? "none" : string.Join(", ", parameter.Aliases), Text(help, "aliases"));
        Assert.Equal(pipeline.Length == 0 ? "False" : $"True ({pipeline})", Text(help, "pipelineInput"));
        Assert.Equal(parameter.Attributes.OfType<SupportsWildcardsAttribute>().Any() ? "true" : "false", Text(help, "globbing"));
        Assert.Equal(values, List(help, "parameterValueGroup", "parameterValue").Select(value => value.ToString()));
    }

    private PSObject Help(string command) => engine.Run($"Get-Help {command}").Output.Single();

    private static string Text(PSObject help, string property) => help.Properties[property]?.Value?.ToString() ?? string.Empty;

    private static IEnumerable<string> NamesOf(IEnumerable<PSObject> parameters) => parameters.Select(help => Text(help, "name"));

    /// <summary>What stands at the end of a path of properties; help has one thing there or a list.</summary>
    private static List<PSObject> List(PSObject help, params string[] path)
    {
        object? there = help;
        foreach (var name in path)
        {
            there = (there as PSObject)?.Properties[name]?.Value;
        }

        return there switch
        {
            null => [],
            PSObject { BaseObject: object[] many } => [.. many.Select(PSObject.AsPSObject)],
            object[] many => [.. many.Select(PSObject.AsPSObject)],
            _ => [PSObject.AsPSObject(there)],
        };
    }
}
