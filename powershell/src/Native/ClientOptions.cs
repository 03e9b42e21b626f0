using System;
using System.Management.Automation;
using System.Security;

namespace NavServerSession.Native;

/// <summary>What a client is opened with.</summary>
internal sealed class ClientOptions
{
    internal ClientOptions(string serverInstance) => ServerInstance = serverInstance;

    internal string ServerInstance { get; }

    internal string? Tenant { get; set; }

    internal PSCredential? Credential { get; set; }

    internal SecureString? AccessToken { get; set; }

    internal bool AllowUnencryptedAuthentication { get; set; }

    internal bool SkipCertificateCheck { get; set; }

    internal string? Comment { get; set; }

    /// <summary>How long a removal waits until the session is gone; null does not wait.</summary>
    internal TimeSpan? Wait { get; set; }

    /// <summary>How the pauses between retries grow; null leaves it to the library, as do the next ones.</summary>
    internal RetryMode? RetryMode { get; set; }

    internal int? MaxRetries { get; set; }

    internal TimeSpan? RetryDelay { get; set; }

    /// <summary>How long one request may take.</summary>
    internal TimeSpan? NetworkTimeout { get; set; }

    internal NavLog? Log { get; set; }
}

/// <summary><c>nav_client_options</c>, for the time of one native call.</summary>
internal readonly unsafe ref struct NativeClientOptions
{
    private readonly PinnedText endpointsFile;
    private readonly PinnedText serverInstance;
    private readonly PinnedText tenant;
    private readonly PinnedText userName;
    private readonly SecretText password;
    private readonly SecretText accessToken;
    private readonly PinnedText comment;

    internal NativeClientOptions(ClientOptions options)
    {
        endpointsFile = NavEndpoints.EndpointsFile();
        serverInstance = new PinnedText(options.ServerInstance);
        tenant = new PinnedText(options.Tenant);
        userName = new PinnedText(options.Credential?.UserName);
        password = new SecretText(options.Credential?.Password);
        accessToken = new SecretText(options.AccessToken);
        comment = new PinnedText(options.Comment);
        NavClientOptions native = default;
        native.Size = (UIntPtr)(uint)sizeof(NavClientOptions);
        native.ServerInstance = serverInstance.Text;
        native.EndpointsFile = endpointsFile.Text;
        native.Tenant = tenant.Text;
        native.UserName = userName.Text;
        native.Password = password.Text;
        native.AccessToken = accessToken.Text;
        native.Comment = comment.Text;
        native.AllowUnencryptedAuthentication = options.AllowUnencryptedAuthentication ? (byte)1 : (byte)0;
        native.SkipCertificateCheck = options.SkipCertificateCheck ? (byte)1 : (byte)0;
        if (options.Wait is { } wait)
        {
            // 0 would not wait at all.
            native.WaitMilliseconds = Math.Max(Milliseconds(wait), 1);
        }

        native.RetryMode = (int)(options.RetryMode switch
        {
            RetryMode.Fixed => NavRetryMode.Fixed,
            RetryMode.Exponential => NavRetryMode.Exponential,
            _ => NavRetryMode.Default,
        });
        if (options.MaxRetries is { } most)
        {
            native.HasMaxRetries = 1;
            native.MaxRetries = (uint)most;
        }

        if (options.RetryDelay is { } delay)
        {
            native.HasRetryDelay = 1;
            native.RetryDelayMilliseconds = Milliseconds(delay);
        }

        if (options.NetworkTimeout is { } timeout)
        {
            // 0 would leave it to the library.
            native.NetworkTimeoutMilliseconds = Math.Max(Milliseconds(timeout), 1);
        }

        if (options.Log is { } log)
        {
            native.Log = NavLog.Function;
            native.LogContext = log.Context;
        }

        Options = native;
    }

    internal NavClientOptions Options { get; }

    private static uint Milliseconds(TimeSpan time) =>
        (uint)Math.Min(Math.Max(time.TotalMilliseconds, 0), uint.MaxValue);

    public void Dispose()
    {
        endpointsFile.Dispose();
        serverInstance.Dispose();
        tenant.Dispose();
        userName.Dispose();
        password.Dispose();
        accessToken.Dispose();
        comment.Dispose();
    }
}
