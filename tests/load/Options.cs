using System.Globalization;

namespace NavServerSession.Load;

/// <summary>What the program is asked for.</summary>
internal sealed class Options
{
    internal const string Usage =
        "Usage: Load --module FOLDER --emulator PROGRAM --seed NUMBER --rounds NUMBER --batches NUMBER --size NUMBER";

    internal const int Runspaces = 8;

    private Options(Dictionary<string, string> given)
    {
        Module = given["--module"];
        Emulator = given["--emulator"];
        Seed = ulong.Parse(given["--seed"], CultureInfo.InvariantCulture);
        Rounds = Number(given["--rounds"]);
        Batches = Number(given["--batches"]);
        Size = Number(given["--size"]);
    }

    /// <summary>The folder of the module.</summary>
    internal string Module { get; }

    /// <summary>The program of the server.</summary>
    internal string Emulator { get; }

    /// <summary>Decides what each runspace does, and which requests meet which fault.</summary>
    internal ulong Seed { get; }

    /// <summary>After each, all is looked at. The first ones are warm-up for what memory is compared with.</summary>
    internal int Rounds { get; }

    /// <summary>How many each runspace runs in a round.</summary>
    internal int Batches { get; }

    /// <summary>How many removals a batch is.</summary>
    internal int Size { get; }

    internal static Options? Parse(string[] arguments)
    {
        try
        {
            return new Options(arguments.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]));
        }
        catch (Exception exception) when (exception is KeyNotFoundException or FormatException or OverflowException
            or IndexOutOfRangeException or ArgumentException)
        {
            return null;
        }
    }

    private static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
