using System.Management.Automation;
using System.Text;
using System.Text.Json;
using NavServerSession.Tests.Stage;

namespace NavServerSession.Tests.Cmdlets;

/// <summary>The library's patterns are PowerShell's.</summary>
public sealed class WildcardTests : IDisposable
{
    // No two that a culture takes for the same beyond their casing.
    private static readonly string[] Letters =
        ["a", "A", "b", "c", "C", "z", "Z", "ä", "Ä", "σ", "Σ", "Ж", "ж", "1", "9", "😀"];

    private static readonly string[] Signs = ["*", "?", "[", "]", "-", "`", "\\", "^", ".", " ", "\"", "(", "$", "|", "{"];

    private readonly EndpointsFile endpoints = new();
    private readonly Engine engine = new();

    public void Dispose()
    {
        engine.Dispose();
        endpoints.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_filter_admits_what_WildcardPattern_matches(int seed)
    {
        var random = new Random(seed);
        // One without a user is as if its name were empty.
        List<string> users = ["", .. Texts(random, 300, 5, Letters, Letters, Signs).Where(text => text.Trim().Length > 0)];
        var rows = users.Select((user, at) => new { Session_ID = at, User_ID = user });
        using var server = new CannedServer(200, "application/json", JsonSerializer.Serialize(new { value = rows }));
        endpoints.Write("DynamicsNAV", server.Uri, service: "OData");
        var matches = 0;
        var invalid = 0;
        // Some are made of a user, so that more than the shortest match.
        var patterns = Texts(random, 60, 7, Letters, Signs, ["*", "?", "[", "]"])
            .Concat(Texts(random, 20, 4, ["a", "b", "-", "]", "`", "Z"]).Select(set => $"*[{set}]*"))
            .Concat(users.Where(user => !user.Any(char.IsSurrogate)).Skip(1).Take(20)
                .Select(user => user.Insert(random.Next(user.Length), "*")))
            .Concat(users.Skip(1).Take(20).Select(WildcardPattern.Escape))
            .Append("*").Append("`");

        foreach (var pattern in patterns)
        {
            var run = engine.Run("Get-NAVServerSession DynamicsNAV -UserId $value", pattern);

            var found = run.Output.Select(row => ((Session)row.BaseObject).UserID ?? string.Empty);
            if (Expected(pattern, users) is { } expected)
            {
                Assert.Empty(run.Errors);
                Assert.Equal((pattern, string.Join('\n', expected)), (pattern, string.Join('\n', found)));
                matches += expected.Count;
            }
            else
            {
                Assert.Equal((pattern, "InvalidPattern"), (pattern, Assert.Single(run.ErrorIds)));
                invalid++;
            }
        }

        Assert.True(matches > 300 && invalid > 3, $"{matches} matches and {invalid} that are no patterns show too little.");
    }

    private static List<string>? Expected(string pattern, List<string> users)
    {
        var reference = WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant);
        try
        {
            return [.. users.Where(reference.IsMatch)];
        }
        catch (WildcardPatternException)
        {
            return null;
        }
    }

    private static List<string> Texts(Random random, int count, int longest, params string[][] alphabets) =>
        [.. Enumerable.Range(0, count).Select(_ =>
        {
            var text = new StringBuilder();
            for (var length = random.Next(1, longest + 1); length > 0; length--)
            {
                var alphabet = alphabets[random.Next(alphabets.Length)];
                text.Append(alphabet[random.Next(alphabet.Length)]);
            }

            return text.ToString();
        })];
}
