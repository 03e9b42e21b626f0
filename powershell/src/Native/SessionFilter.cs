using System;
using System.Runtime.InteropServices;

namespace NavServerSession.Native;

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NavSessionFilter
{
    internal UIntPtr Size;
    internal byte HasSessionId;
    internal int SessionId;
    internal NavText UserId;
    internal NavText ClientComputerName;
    internal int* SessionIds;
    internal UIntPtr SessionIdCount;
    internal NavText* UserIdPatterns;
    internal UIntPtr UserIdPatternCount;
    internal NavText* ClientTypePatterns;
    internal UIntPtr ClientTypePatternCount;
    internal NavText* ClientComputerNamePatterns;
    internal UIntPtr ClientComputerNamePatternCount;
    internal long OlderThan;
    internal byte ExcludeOwnSession;
    internal NavSessionKey* Key;
}

/// <summary>Which sessions a list is to hold. What is null admits any.</summary>
internal sealed class SessionFilter
{
    internal int[]? SessionIds { get; set; }

    /// <summary>Patterns with wildcards, of which one has to match; so are the next two.</summary>
    internal string[]? UserIds { get; set; }

    internal string[]? ClientTypes { get; set; }

    internal string[]? ClientComputerNames { get; set; }

    internal TimeSpan? OlderThan { get; set; }

    internal bool ExcludeOwnSession { get; set; }

    /// <summary>A session that was listed before, by what is known of it.</summary>
    internal (int SessionId, Guid? UniqueId, DateTime? Login)? Row { get; set; }

    /// <summary>Whether ids are all that it looks at.</summary>
    internal bool IsOfIdsAlone =>
        SessionIds is not null
        && UserIds is null && ClientTypes is null && ClientComputerNames is null
        && OlderThan is null && !ExcludeOwnSession;

    /// <summary>Gives the filter to a native call.</summary>
    internal unsafe void Lend(LentFilter call)
    {
        NavSessionFilter native = default;
        native.Size = (UIntPtr)(uint)sizeof(NavSessionFilter);
        using var users = new PinnedTexts(UserIds);
        using var types = new PinnedTexts(ClientTypes);
        using var computers = new PinnedTexts(ClientComputerNames);
        native.UserIdPatterns = users.Texts;
        native.UserIdPatternCount = users.Count;
        native.ClientTypePatterns = types.Texts;
        native.ClientTypePatternCount = types.Count;
        native.ClientComputerNamePatterns = computers.Texts;
        native.ClientComputerNamePatternCount = computers.Count;
        native.OlderThan = OlderThan.GetValueOrDefault().Ticks;
        native.ExcludeOwnSession = ExcludeOwnSession ? (byte)1 : (byte)0;
        using var uniqueId = new PinnedText(Row?.UniqueId?.ToString());
        // Without a zone it could mean two times.
        var login = Row?.Login is { Kind: not DateTimeKind.Unspecified } time ? time : (DateTime?)null;
        var key = NavSessionKey.Of(Row.GetValueOrDefault().SessionId, uniqueId, login);
        native.Key = Row is null ? null : &key;
        // An empty array has no address and so would read as absent, which admits all.
        fixed (int* ids = SessionIds is { Length: 0 } ? new int[1] : SessionIds)
        {
            native.SessionIds = ids;
            native.SessionIdCount = (UIntPtr)(uint)(SessionIds?.Length ?? 0);
            call(&native);
        }
    }
}

internal unsafe delegate void LentFilter(NavSessionFilter* filter);
