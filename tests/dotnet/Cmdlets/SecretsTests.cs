using System.Management.Automation;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security;
using System.Text;
using NavServerSession.Native;
using NavServerSession.Tests.Stage;

namespace NavServerSession.Tests.Cmdlets;

/// <summary>What signs in, and where it is not to be found.</summary>
public sealed class SecretsTests : IDisposable
{
    private const string User = "CRONUS\\ANNA";

    /// <summary>Everything that a person can look at after the commands, as text.</summary>
    private const string Everything =
        """
        $ErrorActionPreference = 'Continue'
        $VerbosePreference = $DebugPreference = 'Continue'
        $seen = @(
            Get-NAVServerSession BC @signIn -Verbose -Debug *>&1
            Remove-NAVServerSession BC -SessionId 11 @signIn -Force -PassThru -Verbose -Debug *>&1
            Remove-NAVServerSession BC -SessionId 11 @signIn -WhatIf *>&1
            Test-NAVServerEndpoint BC @signIn -Verbose -Debug *>&1
            try { Get-NAVServerSession BC @signIn -ErrorAction Stop } catch { $_ }
        )
        $seen | ForEach-Object { "$_ $($_.Message)" }
        foreach ($record in $Error.ForEach({ $_.ErrorRecord ?? $_ })) {
            "$record $($record.Exception) $($record.Exception.InnerException) $($record.TargetObject) $($record.FullyQualifiedErrorId)"
            "$($record.CategoryInfo) $($record.InvocationInfo.Line) $($record.ErrorDetails) $($record.ScriptStackTrace)"
            "$($record.ErrorDetails.RecommendedAction) $($record.CategoryInfo.TargetName)"
        }
        [System.Management.Automation.PSSerializer]::Serialize($Error[0], 3)
        Get-Error -Newest 1 | Out-String -Width 1000
        Get-NAVServerEndpoint | Format-List * | Out-String
        """;

    private readonly EndpointsFile endpoints = new();
    private readonly Engine engine = new();

    public void Dispose()
    {
        engine.Dispose();
        endpoints.Dispose();
    }

    public static TheoryData<string, string> Answers()
    {
        string[] answers =
        [
            "401 No\nContent-Type: text/plain\nWWW-Authenticate: Basic\n\nYou are not {sent}",
            "401 No\nWWW-Authenticate: Bearer error=\"invalid_token\", error_description=\"{sent} is not good\"\n\n",
            "403 No\nContent-Type: text/plain\n\n{sent} may not",
            "500 {sent}\nContent-Type: text/html\n\n<html><title>{sent}</title>{sent}</html>",
            "400 No\nContent-Type: application/json\n\n{\"error\":{\"code\":\"Application_X\",\"message\":\"{sent}\"}}",
            "200 OK\nContent-Type: application/json\n\n{\"value\":\"{sent}\"}",
            "200 OK\nContent-Type: text/xml\n\n<{sent}/>",
            "302 There\nLocation: https://{sent}@127.0.0.1:9/?sig={sent}\n\n",
            "503 Later\nRetry-After: {sent}\nContent-Type: text/plain\n\n{sent}",
        ];
        var data = new TheoryData<string, string>();
        foreach (var answer in answers)
        {
            data.Add("NavUserPassword", answer);
            data.Add("OAuth", answer);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public void What_signs_in_is_in_no_stream_no_error_and_no_file_also_where_the_server_repeats_it(
        string credentialType, string answer)
    {
        using var server = new RepeatingServer(answer);
        endpoints.Write("BC", server.Uri, "OData", credentialType: credentialType);
        var mark = $"M{Guid.NewGuid():N}";
        var before = Written();

        var seen = Seen(credentialType, mark);

        Assert.InRange(server.Requests, 4, int.MaxValue);
        Assert.Contains("BC", seen);
        Assert.All(Forms(mark), form => Assert.DoesNotContain(form, seen, StringComparison.OrdinalIgnoreCase));
        Assert.All(Written().Except(before), path => Assert.False(Holds(path, mark), path));
        Assert.False(Holds("/proc/self/cmdline", mark) || Holds("/proc/self/environ", mark));
    }

    [Fact]
    public void A_secret_that_is_shown_would_be_seen()
    {
        var mark = $"M{Guid.NewGuid():N}";
        endpoints.Write("BC", $"http://127.0.0.1:9/{mark}", "OData", credentialType: "NavUserPassword");

        Assert.Contains(mark, Seen("NavUserPassword", mark));
        Assert.True(Holds(endpoints.Path, mark));
    }

    [Theory]
    [InlineData("Register-NAVServerEndpoint X -Uri $value -Company C")]
    [InlineData("Register-NAVServerEndpoint X -Uri $value -Company C -Service OData -CredentialType NavUserPassword")]
    [InlineData("Register-NAVServerEndpoint X -Environment Production -Uri $value")]
    [InlineData("Register-NAVServerEndpoint X -Environment Production -EntraTenant t -Authority $value")]
    public void An_address_with_a_password_or_a_query_in_it_is_neither_registered_nor_repeated(string command)
    {
        foreach (var address in (string[])["https://anna:MARK@nav01/NAV", "https://MARK@nav01/NAV", "https://nav01/NAV?sig=MARK", "https://nav01/#MARK", "https://an na:MARK@[nav01"])
        {
            var mark = $"M{Guid.NewGuid():N}";

            var run = engine.Run($"{command} -Verbose -Debug", address.Replace("MARK", mark));

            Assert.Equal("InvalidEndpoint", Assert.Single(run.ErrorIds));
            var seen = $"{run.Error} {run.Error.Exception} {run.Error.TargetObject} {run.Error.ErrorDetails.RecommendedAction} "
                + string.Join(' ', [.. run.Verbose, .. run.Debug, .. run.Warnings]);
            Assert.DoesNotContain(mark, seen, StringComparison.OrdinalIgnoreCase);
            Assert.False(File.Exists(endpoints.Path));
        }
    }

    [Theory]
    [InlineData("""{"version":1,"endpoints":{"BC":{"service":"Soap","uri":"http://h:1/N","company":"C","credentialType":"None","password":"MARK"}}}""")]
    [InlineData("""{"version":1,"endpoints":{"BC":{"service":"Soap","uri":"http://anna:MARK@h:1/N","company":"C","credentialType":"None"}}}""")]
    [InlineData("""{"version":1,"endpoints":{"BC":{"service":"Soap","uri":"http://h:1/N","company":"C","credentialType":"None","multitenant":"MARK"}}}""")]
    [InlineData("""{"version":1,"endpoints":"MARK"}""")]
    [InlineData("\"MARK\"")]
    [InlineData("MARK")]
    [InlineData("password = MARK")]
    public void A_secret_in_an_endpoints_file_is_not_repeated(string text)
    {
        var mark = $"M{Guid.NewGuid():N}";
        endpoints.Write(text.Replace("MARK", mark));

        var run = engine.Run("Get-NAVServerSession BC -Verbose -Debug; Remove-NAVServerSession BC -SessionId 11 -Force");

        Assert.Equal(2, run.Errors.Count);
        Assert.All(run.Errors, error => Assert.DoesNotContain(mark, $"{error} {error.Exception} {error.ErrorDetails}", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nothing_of_a_password_is_left_in_the_process_once_its_credential_is_disposed_of(bool isKept)
    {
        if (!OperatingSystem.IsLinux())
        {
            // Other systems do not show a process its memory as a file.
            return;
        }

        using var server = new RepeatingServer("401 No\nWWW-Authenticate: Basic\n\n");
        endpoints.Write("BC", server.Uri, "OData", credentialType: "NavUserPassword");
        // Disguised, so that this test is not what is found.
        var disguised = Guid.NewGuid().ToByteArray().Select(part => (byte)(('A' + part % 26) ^ Memory.Disguise)).ToArray();
        var password = SignInAndRemove(disguised);
        if (!isKept)
        {
            password.Dispose();
        }

        NavConnections.Close();
        engine.Dispose();
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        var places = Memory.Find(disguised, out var searched);

        GC.KeepAlive(password);
        Assert.InRange(server.Requests, 2, int.MaxValue);
        Assert.InRange(searched, 1 << 24, long.MaxValue);
        Assert.Equal(isKept, places.Count > 0);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private SecureString SignInAndRemove(byte[] disguised)
    {
        var password = new SecureString();
        foreach (var part in disguised)
        {
            password.AppendChar((char)(part ^ Memory.Disguise));
        }

        engine.Set("credential", new PSCredential(User, password));
        var run = engine.Run(
            "Get-NAVServerSession BC -Credential $credential; Remove-NAVServerSession BC -SessionId 11 -Credential $credential -Force");
        Assert.Equal(["Unauthorized", "Unauthorized"], run.ErrorIds);
        return password;
    }

    private string Seen(string credentialType, string mark)
    {
        engine.Set("signIn", credentialType == "OAuth"
            ? new System.Collections.Hashtable { ["AccessToken"] = OnlineServer.Secure(mark) }
            : new System.Collections.Hashtable { ["Credential"] = new PSCredential(User, OnlineServer.Secure(mark)) });
        var run = engine.Run(Everything);
        var text = new StringBuilder();
        foreach (var line in run.Output.Select(part => $"{part}").Concat(run.Verbose).Concat(run.Debug).Concat(run.Warnings)
            .Concat(run.Errors.Select(error => $"{error} {error.Exception}")).Concat(engine.Host.Lines).Concat(engine.Host.Warnings))
        {
            text.AppendLine(line);
        }

        return text.ToString();
    }

    private static string[] Forms(string mark) =>
        [mark, Convert.ToBase64String(Encoding.UTF8.GetBytes(mark)), Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{mark}"))];

    /// <summary>The files in the places where a process may write without being asked to.</summary>
    private HashSet<string> Written() =>
        [.. new[] { Environment.CurrentDirectory, Path.GetDirectoryName(endpoints.Path)!, Path.GetTempPath(), Home(".config"), Home(".local/share") }
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder))];

    private static string Home(string folder) =>
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), folder);

    private static bool Holds(string path, string mark)
    {
        try
        {
            // A pipe of another program is one as well, and to open it is to wait for its other end.
            if (new FileInfo(path).Length == 0)
            {
                return false;
            }

            var bytes = File.ReadAllBytes(path).AsSpan();
            foreach (var form in Forms(mark))
            {
                if (bytes.IndexOf(Encoding.UTF8.GetBytes(form)) >= 0 || bytes.IndexOf(Encoding.Unicode.GetBytes(form)) >= 0)
                {
                    return true;
                }
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Gone again, of another user, or of another system.
        }

        return false;
    }

    /// <summary>The memory of this process.</summary>
    private static class Memory
    {
        internal const byte Disguise = 0x80;

        /// <summary>Where the disguised text stands undisguised, as UTF-8 and as UTF-16.</summary>
        internal static List<string> Find(byte[] disguised, out long searched)
        {
            var places = new List<string>();
            var buffer = GC.AllocateArray<byte>(1 << 20, pinned: true);
            var own = (long)Marshal.UnsafeAddrOfPinnedArrayElement(buffer, 0);
            searched = 0;
            using var memory = new FileStream("/proc/self/mem", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            foreach (var map in File.ReadAllLines("/proc/self/maps"))
            {
                var words = map.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                var range = words[0].Split('-').Select(part => Convert.ToInt64(part, 16)).ToArray();
                if (!words[1].StartsWith("rw") || words.Length > 5 && words[5].StartsWith("/dev"))
                {
                    continue;
                }

                // Half a buffer at a time, so that nothing stands on an edge.
                for (var at = range[0]; at < range[1]; at += buffer.Length / 2)
                {
                    var length = (int)Math.Min(buffer.Length, range[1] - at);
                    try
                    {
                        memory.Position = at;
                        length = memory.Read(buffer, 0, length);
                    }
                    catch (IOException)
                    {
                        break;
                    }

                    searched += length;
                    for (var width = 1; width <= 2; width++)
                    {
                        foreach (var offset in Occurrences(buffer.AsSpan(0, length), disguised, width))
                        {
                            if (at + offset < own || at + offset >= own + buffer.Length)
                            {
                                places.Add($"{at + offset:x} {width} {map}");
                            }
                        }
                    }
                }
            }

            return places;
        }

        private static List<int> Occurrences(ReadOnlySpan<byte> bytes, byte[] disguised, int width)
        {
            var found = new List<int>();
            var first = (byte)(disguised[0] ^ Disguise);
            for (var at = 0; ; at++)
            {
                var next = bytes[at..].IndexOf(first);
                if (next < 0)
                {
                    return found;
                }

                at += next;
                if (Is(bytes[at..], disguised, width))
                {
                    found.Add(at);
                }
            }
        }

        private static bool Is(ReadOnlySpan<byte> bytes, byte[] disguised, int width)
        {
            if (bytes.Length < disguised.Length * width)
            {
                return false;
            }

            for (var i = 0; i < disguised.Length; i++)
            {
                if ((bytes[i * width] ^ Disguise) != disguised[i] || width == 2 && bytes[i * width + 1] != 0)
                {
                    return false;
                }
            }

            return true;
        }
    }
}
