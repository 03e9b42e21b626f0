using System;
using NavServerSession.Native;

namespace NavServerSession;

/// <summary>A server instance as the commands reach it: through the native library, or through Microsoft's module.</summary>
internal interface ISessionClient : IDisposable
{
    /// <summary>How messages name the server instance.</summary>
    string Name { get; }

    /// <summary>Whether it can be used on the pipeline's thread alone.</summary>
    bool IsBoundToPipeline { get; }

    /// <summary>The sessions that the filter admits. Errors of the call may come when they are read.</summary>
    ISessionReader Sessions(SessionFilter filter, NavCancel cancel);
}

/// <summary>A list of sessions being read.</summary>
internal interface ISessionReader : IDisposable
{
    /// <summary>The next session; null when none is left.</summary>
    Session? Next();
}
