using System.Management.Automation;
using NavServerSession.Native;

namespace NavServerSession;

/// <summary>What is done when the module is removed from a session.</summary>
public sealed class ModuleCleanup : IModuleAssemblyCleanup
{
    /// <summary>Closes the connections that were kept, and forgets what they signed in with.</summary>
    public void OnRemove(PSModuleInfo psModuleInfo) => NavConnections.Close();
}
