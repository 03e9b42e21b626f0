using System;
using System.Collections.Generic;
using System.Collections.ObjectModel;
using System.Linq;
using System.Management.Automation;

namespace NavServerSession.Management;

/// <summary>Microsoft's administration module, as it is loaded or installed beside this one.</summary>
internal sealed class ManagementModule
{
    private const string GetCommand = "Get-NAVServerSession";
    private const string RemoveCommand = "Remove-NAVServerSession";

    private static readonly string[] Names =
    {
        "Microsoft.Dynamics.Nav.Management",
        "Microsoft.BusinessCentral.Management",
    };

    private readonly Action<string> tell;
    private readonly Action<string> warn;

    private ManagementModule(PSModuleInfo module, Action<string> tell, Action<string> warn)
    {
        Name = module.Name;
        Get = module.ExportedCommands[GetCommand];
        Remove = module.ExportedCommands[RemoveCommand];
        this.tell = tell;
        this.warn = warn;
    }

    internal string Name { get; }

    internal CommandInfo Get { get; }

    internal CommandInfo Remove { get; }

    /// <summary>Whether the lines about what it does are wanted.</summary>
    internal bool IsVerbose { get; set; }

    /// <summary>The one that is loaded, else one that is installed in a folder of modules; null where there is none.</summary>
    /// <param name="tell">Takes a line about what is being done.</param>
    /// <param name="warn">Takes a warning.</param>
    /// <exception cref="NavSessionException">One is installed and cannot be loaded.</exception>
    internal static ManagementModule? Find(Action<string> tell, Action<string> warn)
    {
        var module = Loaded().FirstOrDefault(HasBoth) ?? Names.Select(Installed).FirstOrDefault(HasBoth);
        return module is null ? null : new ManagementModule(module, tell, warn);
    }

    internal void Tell(string text) => tell(text);

    internal void Warn(string text) => warn(text);

    /// <summary>Runs one of its commands. What has no place among the command's parameters is left out.</summary>
    internal List<PSObject> Invoke(CommandInfo command, IEnumerable<KeyValuePair<string, object?>> arguments)
    {
        var splatted = arguments.Where(argument => Has(command, argument.Key))
            .ToDictionary(argument => argument.Key, argument => argument.Value);
        splatted["ErrorAction"] = ActionPreference.Stop;
        if (IsVerbose)
        {
            splatted["Verbose"] = true;
        }

        using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        // A function that is given to the engine as a command does not find the private ones of its module. And what it writes
        // to other streams would go to the host, past those of this command.
        shell.AddScript("param($command, $arguments) & $command @arguments 3>&1 4>&1", useLocalScope: true)
            .AddArgument(command)
            .AddArgument(splatted);
        var output = new List<PSObject>();
        NavSessionException? failure = null;
        try
        {
            shell.Invoke(input: null, output);
        }
        catch (RuntimeException exception) when (exception is not PipelineStoppedException)
        {
            failure = Failure(exception.ErrorRecord, command);
        }

        var rows = output.Where(IsOutput).ToList();
        if (failure is not null)
        {
            throw failure;
        }

        // One that was stopped only ends.
        return shell.InvocationStateInfo.State is PSInvocationState.Completed ? rows : throw new PipelineStoppedException();
    }

    /// <summary>Whether it is neither a verbose line nor a warning, which are passed on.</summary>
    private bool IsOutput(PSObject written)
    {
        switch (written?.BaseObject)
        {
            case VerboseRecord record:
                tell(record.Message);
                return false;
            case WarningRecord record:
                warn(record.Message);
                return false;
            default:
                return written is not null;
        }
    }

    internal static bool Has(CommandInfo command, string parameter) => command.Parameters.ContainsKey(parameter);

    private static bool HasBoth(PSModuleInfo? module) =>
        module is not null && module.ExportedCommands.ContainsKey(GetCommand) && module.ExportedCommands.ContainsKey(RemoveCommand);

    private static Collection<PSModuleInfo> Loaded()
    {
        using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        return shell.AddCommand(@"Microsoft.PowerShell.Core\Get-Module")
            .AddParameter("Name", Names)
            .AddParameter("All")
            .Invoke<PSModuleInfo>();
    }

    private static PSModuleInfo? Installed(string name)
    {
        using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        shell.AddCommand(@"Microsoft.PowerShell.Core\Import-Module")
            .AddParameter("Name", name)
            .AddParameter("PassThru")
            // None, or its commands would take the names of this module's from whoever calls.
            .AddParameter("Function", Array.Empty<string>())
            .AddParameter("Cmdlet", Array.Empty<string>())
            .AddParameter("Alias", Array.Empty<string>())
            .AddParameter("Variable", Array.Empty<string>())
            .AddParameter("DisableNameChecking")
            .AddParameter("ErrorAction", ActionPreference.Stop);
        try
        {
            return shell.Invoke<PSModuleInfo>().FirstOrDefault(HasBoth);
        }
        catch (RuntimeException exception) when (exception is not PipelineStoppedException)
        {
            return exception.ErrorRecord.FullyQualifiedErrorId.StartsWith("Modules_ModuleNotFound,", StringComparison.Ordinal)
                ? null
                : throw new NavSessionException(
                    $"Microsoft's module {name} is installed here and could not be loaded: {exception.ErrorRecord.Exception.Message}",
                    "ManagementModuleNotLoaded",
                    nameof(ErrorCategory.ResourceUnavailable),
                    $"Import-Module {name} says why, and Windows PowerShell 5.1 may load what PowerShell 7 does not. "
                    + "Register-NAVServerEndpoint tells how the server instance is reached without it.",
                    inner: exception);
        }
    }

    private NavSessionException Failure(ErrorRecord record, CommandInfo command) =>
        new(
            record.ErrorDetails?.Message ?? record.Exception.Message,
            "ManagementModuleFailed",
            record.CategoryInfo.Category.ToString(),
            record.ErrorDetails?.RecommendedAction is { Length: > 0 } action
                ? action
                : $@"This is what {Name}\{command.Name} said, which does the work where no endpoint is known. Check that the "
                    + "server instance runs, and that you are allowed to administer it.",
            inner: record.Exception);
}
