using System.Management.Automation;
using NavServerSession.Tests.Stage;

namespace NavServerSession.Tests.Cmdlets;

public sealed class ParameterTests : IDisposable
{
    private readonly Engine engine = new();

    public void Dispose() => engine.Dispose();

    [Theory]
    // As Microsoft documents them; Int32[] takes every Int32.
    [InlineData("Remove-NAVServerSession", "ServerInstance", "System.String", 0, "mandatory by-value by-name", "ServerInstanceName")]
    [InlineData("Remove-NAVServerSession", "SessionId", "System.Int32[]", null, "mandatory by-name", "")]
    [InlineData("Remove-NAVServerSession", "Tenant", "NavServerSession.TenantId", null, "by-name", "Id")]
    [InlineData("Remove-NAVServerSession", "Force", "System.Management.Automation.SwitchParameter", null, "", "")]
    [InlineData("Remove-NAVServerSession", "WhatIf", "System.Management.Automation.SwitchParameter", null, "", "wi")]
    [InlineData("Remove-NAVServerSession", "Confirm", "System.Management.Automation.SwitchParameter", null, "", "cf")]
    [InlineData("Get-NAVServerSession", "ServerInstance", "System.String", 0, "mandatory by-value by-name", "ServerInstanceName")]
    [InlineData("Get-NAVServerSession", "Tenant", "NavServerSession.TenantId", null, "by-name", "Id")]
    [InlineData("Get-NAVServerSession", "Force", "System.Management.Automation.SwitchParameter", null, "", "")]
    // Ours.
    [InlineData("Remove-NAVServerSession", "SessionUniqueId", "System.Nullable`1[System.Guid]", null, "by-name", "")]
    [InlineData("Remove-NAVServerSession", "LoginDatetime", "System.Nullable`1[System.DateTime]", null, "by-name", "")]
    [InlineData("Remove-NAVServerSession", "Comment", "System.String", null, "", "")]
    [InlineData("Remove-NAVServerSession", "Credential", "System.Management.Automation.PSCredential", null, "", "")]
    [InlineData("Remove-NAVServerSession", "AllowUnencryptedAuthentication", "System.Management.Automation.SwitchParameter", null, "", "")]
    [InlineData("Remove-NAVServerSession", "AccessToken", "System.Security.SecureString", null, "", "")]
    [InlineData("Remove-NAVServerSession", "SkipCertificateCheck", "System.Management.Automation.SwitchParameter", null, "", "")]
    [InlineData("Remove-NAVServerSession", "Wait", "System.Management.Automation.SwitchParameter", null, "", "")]
    [InlineData("Remove-NAVServerSession", "TimeoutSec", "System.Int32", null, "", "")]
    [InlineData("Remove-NAVServerSession", "ThrottleLimit", "System.Int32", null, "", "")]
    [InlineData("Remove-NAVServerSession", "PassThru", "System.Management.Automation.SwitchParameter", null, "", "")]
    [InlineData("Get-NAVServerSession", "SessionId", "System.Int32[]", null, "", "")]
    [InlineData("Get-NAVServerSession", "UserId", "System.String[]", null, "", "")]
    [InlineData("Get-NAVServerSession", "ClientType", "System.String[]", null, "", "")]
    [InlineData("Get-NAVServerSession", "ClientComputerName", "System.String[]", null, "", "")]
    [InlineData("Get-NAVServerSession", "OlderThan", "System.TimeSpan", null, "", "")]
    [InlineData("Get-NAVServerSession", "ExcludeOwnSession", "System.Management.Automation.SwitchParameter", null, "", "")]
    [InlineData("Get-NAVServerSession", "Credential", "System.Management.Automation.PSCredential", null, "", "")]
    [InlineData("Get-NAVServerSession", "AllowUnencryptedAuthentication", "System.Management.Automation.SwitchParameter", null, "", "")]
    [InlineData("Get-NAVServerSession", "AccessToken", "System.Security.SecureString", null, "", "")]
    [InlineData("Get-NAVServerSession", "SkipCertificateCheck", "System.Management.Automation.SwitchParameter", null, "", "")]
    [InlineData("Test-NAVServerEndpoint", "ServerInstance", "System.String", 0, "mandatory by-value by-name", "ServerInstanceName")]
    [InlineData("Test-NAVServerEndpoint", "Tenant", "NavServerSession.TenantId", null, "by-name", "Id")]
    [InlineData("Remove-NAVServerSession", "RetryMode", "NavServerSession.RetryMode", null, "", "")]
    [InlineData("Remove-NAVServerSession", "MaxRetries", "System.Int32", null, "", "")]
    [InlineData("Remove-NAVServerSession", "NetworkTimeout", "System.TimeSpan", null, "", "")]
    [InlineData("Remove-NAVServerSession", "DelayBetweenRetries", "System.TimeSpan", null, "", "")]
    [InlineData("Get-NAVServerSession", "RetryMode", "NavServerSession.RetryMode", null, "", "")]
    [InlineData("Get-NAVServerSession", "MaxRetries", "System.Int32", null, "", "")]
    [InlineData("Get-NAVServerSession", "NetworkTimeout", "System.TimeSpan", null, "", "")]
    [InlineData("Get-NAVServerSession", "DelayBetweenRetries", "System.TimeSpan", null, "", "")]
    [InlineData("Test-NAVServerEndpoint", "Credential", "System.Management.Automation.PSCredential", null, "", "")]
    [InlineData("Test-NAVServerEndpoint", "AccessToken", "System.Security.SecureString", null, "", "")]
    [InlineData("Test-NAVServerEndpoint", "AllowUnencryptedAuthentication", "System.Management.Automation.SwitchParameter", null, "", "")]
    [InlineData("Test-NAVServerEndpoint", "SkipCertificateCheck", "System.Management.Automation.SwitchParameter", null, "", "")]
    [InlineData("Test-NAVServerEndpoint", "Quiet", "System.Management.Automation.SwitchParameter", null, "", "")]
    [InlineData("Register-NAVServerEndpoint", "ServerInstance", "System.String", 0, "mandatory", "")]
    [InlineData("Register-NAVServerEndpoint", "Uri", "System.String", 1, "mandatory", "")]
    [InlineData("Register-NAVServerEndpoint", "Company", "System.String", null, "mandatory", "")]
    [InlineData("Register-NAVServerEndpoint", "Service", "NavServerSession.EndpointService", null, "", "")]
    [InlineData("Register-NAVServerEndpoint", "CredentialType", "NavServerSession.EndpointCredentialType", null, "", "")]
    [InlineData("Register-NAVServerEndpoint", "Ntlm", "System.Management.Automation.SwitchParameter", null, "", "")]
    [InlineData("Register-NAVServerEndpoint", "EntraTenant", "System.String", null, "", "")]
    [InlineData("Register-NAVServerEndpoint", "ClientId", "System.String", null, "", "")]
    [InlineData("Register-NAVServerEndpoint", "Authority", "System.String", null, "", "")]
    [InlineData("Register-NAVServerEndpoint", "TokenScope", "System.String", null, "", "")]
    [InlineData("Register-NAVServerEndpoint", "CAFile", "System.String", null, "", "")]
    [InlineData("Register-NAVServerEndpoint", "Multitenant", "System.Management.Automation.SwitchParameter", null, "", "")]
    [InlineData("Register-NAVServerEndpoint", "SessionControlService", "System.String", null, "", "")]
    [InlineData("Register-NAVServerEndpoint", "ActiveSessionsService", "System.String", null, "", "")]
    [InlineData("Register-NAVServerEndpoint", "Scope", "NavServerSession.EndpointScope", null, "", "")]
    [InlineData("Register-NAVServerEndpoint", "Force", "System.Management.Automation.SwitchParameter", null, "", "")]
    [InlineData("Register-NAVServerEndpoint", "PassThru", "System.Management.Automation.SwitchParameter", null, "", "")]
    [InlineData("Register-NAVServerEndpoint", "WhatIf", "System.Management.Automation.SwitchParameter", null, "", "wi")]
    [InlineData("Register-NAVServerEndpoint", "Confirm", "System.Management.Automation.SwitchParameter", null, "", "cf")]
    [InlineData("Get-NAVServerEndpoint", "ServerInstance", "System.String[]", 0, "by-value by-name", "ServerInstanceName")]
    [InlineData("Unregister-NAVServerEndpoint", "ServerInstance", "System.String", 0, "mandatory by-value by-name", "ServerInstanceName")]
    [InlineData("Unregister-NAVServerEndpoint", "Scope", "NavServerSession.EndpointScope", null, "by-name", "")]
    [InlineData("Unregister-NAVServerEndpoint", "WhatIf", "System.Management.Automation.SwitchParameter", null, "", "wi")]
    [InlineData("Unregister-NAVServerEndpoint", "Confirm", "System.Management.Automation.SwitchParameter", null, "", "cf")]
    public void A_parameter_is_as_documented(
        string command, string name, string type, int? position, string properties, string aliases)
    {
        var parameter = Default(command).Parameters.Single(parameter => parameter.Name == name);

        Assert.Equal(type, parameter.ParameterType.ToString());
        Assert.Equal(position ?? int.MinValue, parameter.Position);
        Assert.Equal(aliases, string.Join(' ', parameter.Aliases));
        var actual = new[]
        {
            parameter.IsMandatory ? "mandatory" : null,
            parameter.ValueFromPipeline ? "by-value" : null,
            parameter.ValueFromPipelineByPropertyName ? "by-name" : null,
        };
        Assert.Equal(properties, string.Join(' ', actual.Where(word => word is not null)));
    }

    [Theory]
    // The table on Microsoft's reference page, a row each. More pipeline input and aliases are taken, never less.
    [InlineData("ServerInstance", "System.String", "", true, 1, "ByPropertyName ByValue")]
    [InlineData("SessionId", "System.Int32", "", true, null, "")]
    [InlineData("Tenant", "NavServerSession.TenantId", "Id", false, null, "ByPropertyName")]
    [InlineData("Confirm", "System.Management.Automation.SwitchParameter", "cf", false, null, "")]
    [InlineData("WhatIf", "System.Management.Automation.SwitchParameter", "wi", false, null, "")]
    [InlineData("Force", "System.Management.Automation.SwitchParameter", "", false, null, "")]
    public void The_documented_surface_of_Remove_holds(
        string name, string type, string aliases, bool required, int? position, string pipelineInput)
    {
        var parameter = Default("Remove-NAVServerSession").Parameters.Single(parameter => parameter.Name == name);

        // A parameter of many takes one.
        Assert.Equal(type, (parameter.ParameterType.GetElementType() ?? parameter.ParameterType).FullName);
        Assert.Subset(parameter.Aliases.ToHashSet(), aliases.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet());
        Assert.Equal(required, parameter.IsMandatory);
        Assert.Equal(position is { } number ? number - 1 : int.MinValue, parameter.Position);
        Assert.True(parameter.ValueFromPipeline || !pipelineInput.Contains("ByValue"));
        Assert.True(parameter.ValueFromPipelineByPropertyName || !pipelineInput.Contains("ByPropertyName"));
        Assert.False(parameter.ValueFromRemainingArguments);
        Assert.Empty(parameter.Attributes.OfType<SupportsWildcardsAttribute>());
        Assert.False(parameter.Attributes.OfType<ParameterAttribute>().First().DontShow);
    }

    [Theory]
    [InlineData("Remove-NAVServerSession -Tenant default -SessionId 11 DynamicsNAV -Force -WhatIf -Confirm")]
    [InlineData("Remove-NAVServerSession DynamicsNAV -Id default -SessionId 11 -wi -cf")]
    [InlineData("'DynamicsNAV' | Remove-NAVServerSession -SessionId 11 -wi")]
    [InlineData("[pscustomobject]@{ ServerInstance = 'DynamicsNAV'; Tenant = 'default' } | Remove-NAVServerSession -SessionId 11 -wi")]
    [InlineData("[pscustomobject]@{ ServerInstance = 'DynamicsNAV'; Id = 'default' } | Remove-NAVServerSession -SessionId 11 -wi")]
    public void Every_way_to_call_Remove_that_is_documented_binds(string script)
    {
        using var endpoints = new EndpointsFile();
        endpoints.Write("DynamicsNAV", "http://localhost:9/DynamicsNAV");

        engine.Run(script).IsSilent();

        Assert.StartsWith("What if: Remove session 11 from ", Assert.Single(engine.Host.Lines));
    }

    [Fact]
    public void Remove_writes_objects_only_with_PassThru_and_says_of_which_type()
    {
        Assert.Equal(
            "NavServerSession.RemovedSession",
            Assert.Single(((CmdletInfo)Command("Remove-NAVServerSession")).OutputType).Name);
    }

    [Theory]
    [InlineData("Remove-NAVServerSession", "AccessToken AllowUnencryptedAuthentication Comment Confirm Credential DelayBetweenRetries Force LoginDatetime MaxRetries NetworkTimeout PassThru RetryMode ServerInstance SessionId SessionUniqueId SkipCertificateCheck Tenant ThrottleLimit TimeoutSec Wait WhatIf")]
    [InlineData("Get-NAVServerSession", "AccessToken AllowUnencryptedAuthentication ClientComputerName ClientType Credential DelayBetweenRetries ExcludeOwnSession Force MaxRetries NetworkTimeout OlderThan RetryMode ServerInstance SessionId SkipCertificateCheck Tenant UserId")]
    [InlineData("Test-NAVServerEndpoint", "AccessToken AllowUnencryptedAuthentication Credential Quiet ServerInstance SkipCertificateCheck Tenant")]
    [InlineData("Register-NAVServerEndpoint", "ActiveSessionsService Authority CAFile ClientId Company Confirm CredentialType EntraTenant Force Multitenant Ntlm PassThru Scope ServerInstance Service SessionControlService TokenScope Uri WhatIf")]
    [InlineData("Get-NAVServerEndpoint", "ServerInstance")]
    [InlineData("Unregister-NAVServerEndpoint", "Confirm Scope ServerInstance WhatIf")]
    public void A_command_has_no_other_parameters(string command, string parameters)
    {
        var own = Default(command).Parameters.Select(parameter => parameter.Name)
            .Where(name => !Cmdlet.CommonParameters.Contains(name))
            .Order(StringComparer.Ordinal);

        Assert.Equal(parameters, string.Join(' ', own));
    }

    [Fact]
    public void An_endpoint_of_Business_Central_online_is_registered_by_its_environment()
    {
        var set = Command("Register-NAVServerEndpoint").ParameterSets.Single(set => set.Name == "AdminCenter");
        var own = set.Parameters.Where(parameter => !Cmdlet.CommonParameters.Contains(parameter.Name)).ToList();

        Assert.Equal(
            "ApiVersion ApplicationFamily Authority CAFile ClientId Confirm EntraTenant Environment Force PassThru Scope "
            + "ServerInstance TokenScope Uri WhatIf",
            string.Join(' ', own.Select(parameter => parameter.Name).Order(StringComparer.Ordinal)));
        Assert.Equal(
            ["Environment", "ServerInstance"],
            own.Where(parameter => parameter.IsMandatory).Select(parameter => parameter.Name).Order());
    }

    [Theory]
    [InlineData("Remove-NAVServerSession")]
    [InlineData("Get-NAVServerSession")]
    [InlineData("Test-NAVServerEndpoint")]
    [InlineData("Unregister-NAVServerEndpoint")]
    public void Only_the_hidden_parameter_for_piped_objects_is_outside_the_default_set(string command)
    {
        var sets = Command(command).ParameterSets;

        var other = Assert.Single(sets, set => !set.IsDefault);
        var further = Assert.Single(other.Parameters.ExceptBy(Default(command).Parameters.Select(p => p.Name), p => p.Name));
        Assert.Equal("InputObject", further.Name);
        Assert.True(further.Attributes.OfType<ParameterAttribute>().Single().DontShow);
    }

    [Theory]
    [InlineData("Remove-NAVServerSession", ConfirmImpact.High)]
    [InlineData("Register-NAVServerEndpoint", ConfirmImpact.Medium)]
    [InlineData("Unregister-NAVServerEndpoint", ConfirmImpact.Medium)]
    public void A_command_that_changes_something_asks_according_to_its_impact(string command, ConfirmImpact impact)
    {
        var attribute = ((CmdletInfo)Command(command)).ImplementingType.GetCustomAttributes(false)
            .OfType<CmdletAttribute>().Single();

        Assert.True(attribute.SupportsShouldProcess);
        Assert.Equal(impact, attribute.ConfirmImpact);
    }

    [Fact]
    public void The_manifest_exports_every_cmdlet_of_the_assembly_and_nothing_else()
    {
        var inAssembly = typeof(Session).Assembly.GetTypes()
            .SelectMany(type => type.GetCustomAttributes(typeof(CmdletAttribute), false).Cast<CmdletAttribute>())
            .Select(cmdlet => $"{cmdlet.VerbName}-{cmdlet.NounName}")
            .Order();

        var exported = engine.Run("(Get-Module NavServerSession).ExportedCommands.Keys | ForEach-Object { $_ }");

        Assert.Equal(inAssembly, exported.Output.Select(name => name.ToString()).Order());
    }

    [Theory]
    [InlineData("Service", "Soap", true)]
    [InlineData("Service", "OData", true)]
    [InlineData("Service", "AdminCenter", false)]
    [InlineData("CredentialType", "NavUserPassword", true)]
    [InlineData("Scope", "Everywhere", false)]
    public void Register_takes_only_the_values_there_are(string parameter, string value, bool isTaken)
    {
        var run = engine.Run(
            $"Register-NAVServerEndpoint A http://localhost/A -Company C -{parameter} {value} -WhatIf");

        Assert.Equal(isTaken, run.Errors.Count == 0);
    }

    [Fact]
    public void Scripts_can_ask_whether_the_command_has_a_parameter()
    {
        var run = engine.Run("(Get-Command Remove-NAVServerSession).Parameters.ContainsKey('Force')");

        Assert.Equal(true, Assert.Single(run.Output).BaseObject);
    }

    private CommandInfo Command(string name) =>
        (CommandInfo)Assert.Single(engine.Run("Get-Command $value", name).Output).BaseObject;

    private CommandParameterSetInfo Default(string command)
    {
        var sets = Command(command).ParameterSets;
        return sets.Count == 1 ? sets[0] : sets.Single(set => set.IsDefault);
    }
}
