using System.Globalization;

namespace NavServerSession.Load;

/// <summary>Numbers of a run: shown, and written where <c>NAV_RESILIENCE_FIGURES</c> names a folder.</summary>
internal sealed class Figures
{
    private readonly List<(string What, string Number)> figures = [];

    internal void Add(string what, long number) => figures.Add((what, number.ToString(CultureInfo.InvariantCulture)));

    internal void Add(string what, double number) => figures.Add((what, number.ToString("0.0", CultureInfo.InvariantCulture)));

    internal void Show()
    {
        foreach (var (what, number) in figures)
        {
            Console.WriteLine($"  {number,10}  {what}");
        }
    }

    internal void Write()
    {
        if (Environment.GetEnvironmentVariable("NAV_RESILIENCE_FIGURES") is { Length: > 0 } folder)
        {
            Directory.CreateDirectory(folder);
            File.WriteAllLines(Path.Combine(folder, "load.tsv"), figures.Select(figure => $"{figure.What}\t{figure.Number}"));
        }
    }
}
