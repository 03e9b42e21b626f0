using System;
using System.Runtime.InteropServices;
using System.Text;

namespace NavServerSession.Native;

/// <summary>UTF-8 text as it crosses the ABI: <c>nav_text</c>. Without data it is absent.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NavText
{
    internal byte* Data;
    internal UIntPtr Length;

    internal NavText(byte* data, int length)
    {
        Data = data;
        Length = (UIntPtr)(uint)length;
    }

    internal readonly string? Read() =>
        Data == null ? null : Encoding.UTF8.GetString(Data, checked((int)Length));

    /// <summary>The text; where it is <paramref name="likely"/>, that one, so that a list does not repeat it in each row.</summary>
    internal readonly string? Read(string? likely) => likely is not null && Is(likely) ? likely : Read();

    private readonly bool Is(string text)
    {
        if (Data == null || (ulong)Length != (ulong)text.Length)
        {
            return false;
        }

        // Of the same length in bytes, equal texts are ASCII.
        for (var at = 0; at < text.Length; at++)
        {
            if (Data[at] != text[at])
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>A string as pinned UTF-8, for the time of one native call.</summary>
internal readonly unsafe ref struct PinnedText
{
    private readonly GCHandle pin;
    private readonly int length;

    internal PinnedText(string? text)
    {
        if (text is null)
        {
            pin = default;
            length = 0;
            return;
        }

        length = Encoding.UTF8.GetByteCount(text);
        // One byte more, because a pinned empty array has no address and so would read as absent.
        var bytes = new byte[length + 1];
        Encoding.UTF8.GetBytes(text, 0, text.Length, bytes, 0);
        pin = GCHandle.Alloc(bytes, GCHandleType.Pinned);
    }

    internal byte* Data => pin.IsAllocated ? (byte*)pin.AddrOfPinnedObject() : null;

    internal UIntPtr Length => (UIntPtr)(uint)length;

    internal NavText Text => new(Data, length);

    public void Dispose()
    {
        if (pin.IsAllocated)
        {
            pin.Free();
        }
    }
}

/// <summary>An array of texts, for the time of one native call; without texts it is absent.</summary>
internal readonly unsafe ref struct PinnedTexts
{
    private readonly GCHandle[] pins;
    private readonly GCHandle array;
    private readonly int count;

    internal PinnedTexts(string[]? texts)
    {
        pins = new GCHandle[texts?.Length ?? 0];
        array = default;
        count = pins.Length;
        if (texts is null)
        {
            return;
        }

        // One more, because a pinned empty array has no address and so would read as absent.
        var natives = new NavText[count + 1];
        for (var i = 0; i < count; i++)
        {
            var bytes = new byte[Encoding.UTF8.GetMaxByteCount(texts[i].Length)];
            pins[i] = GCHandle.Alloc(bytes, GCHandleType.Pinned);
            natives[i] = new NavText(
                (byte*)pins[i].AddrOfPinnedObject(), Encoding.UTF8.GetBytes(texts[i], 0, texts[i].Length, bytes, 0));
        }

        array = GCHandle.Alloc(natives, GCHandleType.Pinned);
    }

    internal NavText* Texts => array.IsAllocated ? (NavText*)array.AddrOfPinnedObject() : null;

    internal UIntPtr Count => (UIntPtr)(uint)count;

    public void Dispose()
    {
        foreach (var pin in pins)
        {
            pin.Free();
        }

        if (array.IsAllocated)
        {
            array.Free();
        }
    }
}
