using System;
using System.Runtime.InteropServices;

namespace NavServerSession.Native;

/// <summary>
/// Lets the library see what <c>$env:NAV_SESSION_ENDPOINTS</c> says now.
/// On Unix .NET copies the environment when it starts, and $env: changes only that copy.
/// </summary>
internal static unsafe class NativeEnvironment
{
    private const string Variable = "NAV_SESSION_ENDPOINTS";

    private static readonly object Gate = new();

    internal static void Synchronize()
    {
        if (RuntimeInformation.IsOSPlatform(OSPlatform.Windows))
        {
            return;
        }

        lock (Gate)
        {
            var managed = Environment.GetEnvironmentVariable(Variable);
            using var name = new PinnedText(Variable);
            if (managed == Marshal.PtrToStringAnsi((IntPtr)getenv(name.Data)))
            {
                return;
            }

            if (managed is null)
            {
                _ = unsetenv(name.Data);
            }
            else
            {
                using var value = new PinnedText(managed);
                _ = setenv(name.Data, value.Data, 1);
            }
        }
    }

    [DllImport("libc")]
    private static extern byte* getenv(byte* name);

    [DllImport("libc")]
    private static extern int setenv(byte* name, byte* value, int overwrite);

    [DllImport("libc")]
    private static extern int unsetenv(byte* name);
}
