using System;
using System.Runtime.InteropServices;
using System.Security;
using System.Text;
using System.Threading;

namespace NavServerSession.Native;

/// <summary>A secret as UTF-8 outside the managed heap, where no collection copies it, zeroed when it is disposed of.</summary>
internal readonly unsafe ref struct SecretText
{
    private readonly byte* data;
    private readonly int length;

    internal SecretText(SecureString? secret)
    {
        data = null;
        length = 0;
        if (secret is null)
        {
            return;
        }

        var characters = Marshal.SecureStringToGlobalAllocUnicode(secret);
        try
        {
            var utf16 = (char*)characters;
            length = Encoding.UTF8.GetByteCount(utf16, secret.Length);
            data = (byte*)Marshal.AllocHGlobal(length + 1);
            Encoding.UTF8.GetBytes(utf16, secret.Length, data, length);
        }
        finally
        {
            Marshal.ZeroFreeGlobalAllocUnicode(characters);
        }
    }

    internal NavText Text => new(data, length);

    public void Dispose()
    {
        if (data == null)
        {
            return;
        }

        for (var i = 0; i < length; i++)
        {
            Volatile.Write(ref data[i], 0);
        }

        Marshal.FreeHGlobal((IntPtr)data);
    }
}
