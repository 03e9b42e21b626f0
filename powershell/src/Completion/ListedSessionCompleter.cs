using System;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Security;
using System.Threading;
using NavServerSession.Native;

namespace NavServerSession.Completion;

/// <summary>
/// Offers what the sessions have that the server lists within a second, with the sign-in of the command line.
/// </summary>
internal abstract class ListedSessionCompleter : Completer
{
    private const int PatienceInMilliseconds = 1000;

    private protected sealed override IEnumerable<Offer> Offers(string commandName, string word, BoundArguments bound) =>
        bound.Text("ServerInstance") is { } serverInstance
            ? Offers(Listed(serverInstance, bound))
            : Enumerable.Empty<Offer>();

    private protected abstract IEnumerable<Offer> Offers(IReadOnlyList<Session> sessions);

    private static List<Session> Listed(string serverInstance, BoundArguments bound)
    {
        var listed = new List<Session>();
        using var cancel = new NavCancel();
        using var patience = new Timer(_ => cancel.Request(), null, PatienceInMilliseconds, Timeout.Infinite);
        using var client = new NavClient(new ClientOptions(serverInstance)
        {
            Tenant = bound.Text("Tenant"),
            // A name alone would have to be asked for its password.
            Credential = bound.Value("Credential") as PSCredential,
            AccessToken = bound.Value("AccessToken") as SecureString,
            AllowUnencryptedAuthentication = bound.Switch("AllowUnencryptedAuthentication"),
            SkipCertificateCheck = bound.Switch("SkipCertificateCheck"),
        });
        using var sessions = client.Sessions(new SessionFilter { ExcludeOwnSession = true }, cancel);
        try
        {
            while (sessions.Next() is { } session)
            {
                listed.Add(session);
            }
        }
        catch (NavSessionException)
        {
            // What came before is worth offering.
        }

        return listed;
    }
}
