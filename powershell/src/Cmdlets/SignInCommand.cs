using System.Management.Automation;
using System.Security;
using NavServerSession.Completion;
using NavServerSession.Native;

namespace NavServerSession.Commands;

/// <summary>What the commands share that speak with a server: the tenant, whom to sign in as, and the log.</summary>
public abstract class SignInCommand : ServerInstanceCommand
{
    /// <summary>The tenant.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Id")]
    [TenantArgument]
    [ArgumentCompleter(typeof(TenantCompleter))]
    public TenantId? Tenant { get; set; }

    /// <summary>Who signs in.</summary>
    [Parameter]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <summary>The bearer token to sign in with.</summary>
    [Parameter]
    [AccessTokenArgument]
    public SecureString? AccessToken { get; set; }

    /// <summary>Lets a password or token go over a connection that anybody on the way can read.</summary>
    [Parameter]
    public SwitchParameter AllowUnencryptedAuthentication { get; set; }

    /// <summary>Accepts any certificate of the server.</summary>
    [Parameter]
    public SwitchParameter SkipCertificateCheck { get; set; }

    private protected NavLog? Log { get; private set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (IsWanted("Verbose", "VerbosePreference") || IsWanted("Debug", "DebugPreference"))
        {
            Log = new NavLog();
            WriteDebug($"nav_session {NavVersion.Read()} from {NativeLibraryLoader.Path}");
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        Log?.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>What a client of a server instance is opened with.</summary>
    private protected virtual ClientOptions OptionsFor(string serverInstance) =>
        new(serverInstance)
        {
            Tenant = Tenant?.ToString(),
            Credential = Credential,
            AccessToken = AccessToken,
            AllowUnencryptedAuthentication = AllowUnencryptedAuthentication,
            SkipCertificateCheck = SkipCertificateCheck,
            Log = Log,
        };

    /// <summary>Writes what was logged since the last time.</summary>
    private protected void WriteLog()
    {
        while (Log is not null && Log.TryTake(out var line))
        {
            if (line.IsDebug)
            {
                WriteDebug(line.Text);
            }
            else
            {
                Tell(line.Text);
            }
        }
    }

    /// <summary>What is done with a record, by a parameter or else by the preference; null where neither says.</summary>
    private protected ActionPreference? ActionOf(string parameter, string preference)
    {
        if (!MyInvocation.BoundParameters.TryGetValue(parameter, out var value))
        {
            value = GetVariableValue(preference);
        }

        return LanguagePrimitives.TryConvertTo(value, out ActionPreference action) ? action : null;
    }

    private bool IsWanted(string parameter, string preference) =>
        IsOnCommandLine(parameter)
            ? IsSwitchedOn(parameter)
            : ActionOf(parameter, preference) is not (ActionPreference.SilentlyContinue or ActionPreference.Ignore);
}
