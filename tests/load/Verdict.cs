namespace NavServerSession.Load;

/// <summary>Compares what was said of each removal with what happened on the server.</summary>
internal sealed class Verdict
{
    private static readonly List<(Happening What, Guid UniqueId)> Nothing = [];

    /// <summary>The ids that may still be stopped: nobody said that they were not.</summary>
    private readonly HashSet<Place> open = [];

    /// <summary>What is wrong.</summary>
    internal List<string> Wrong { get; } = [];

    /// <summary>How many were asked for.</summary>
    internal long Asked { get; private set; }

    /// <summary>How many of them by each service.</summary>
    internal SortedDictionary<string, long> ByService { get; } = new(StringComparer.Ordinal);

    /// <summary>How often each was said.</summary>
    internal SortedDictionary<string, long> Said { get; } = new(StringComparer.Ordinal);

    /// <summary>How many the server was never asked to remove, because the pipeline had ended.</summary>
    internal long NeverBegun { get; private set; }

    /// <summary>How many were removed as the pipeline ended, and were counted but not named.</summary>
    internal long CountedOnly { get; private set; }

    internal void Judge(IEnumerable<Batch> batches, Dictionary<Place, List<(Happening What, Guid UniqueId)>> fates)
    {
        foreach (var batch in batches)
        {
            Judge(batch, fates);
        }

        foreach (var (place, fate) in fates)
        {
            if (!fate.Exists(happened => happened.What is Happening.Stopped))
            {
                continue;
            }

            if (!open.Remove(place))
            {
                Wrong.Add($"session {place.SessionId} of {place.Tenant} was stopped and nobody had asked for it, or not any more");
            }
        }
    }

    private void Judge(Batch batch, Dictionary<Place, List<(Happening What, Guid UniqueId)>> fates)
    {
        var silentlyStopped = 0;
        ByService[batch.Service] = ByService.GetValueOrDefault(batch.Service) + batch.Asked.Count;
        foreach (var strange in batch.Strange)
        {
            Complain(batch, strange);
        }

        foreach (var sessionId in batch.Said.Keys.Where(id => !batch.Asked.ContainsKey(id)))
        {
            Complain(batch, $"session {sessionId} was not asked for and is spoken of");
        }

        foreach (var (sessionId, uniqueId) in batch.Asked)
        {
            Asked++;
            var place = new Place(batch.Tenant, sessionId);
            var fate = fates.GetValueOrDefault(place, Nothing);
            fates.Remove(place);
            var words = batch.Said.GetValueOrDefault(sessionId, []);
            if (words.Count == 0)
            {
                var isStopped = fate.Exists(happened => happened.What is Happening.Stopped);
                silentlyStopped += isStopped ? 1 : 0;
                NeverBegun += isStopped ? 0 : 1;
                if (!batch.MayEndEarly)
                {
                    Complain(batch, $"nothing was said of session {sessionId}");
                }
            }
            else if (words.Count > 1)
            {
                Complain(batch, $"session {sessionId} was spoken of more than once: {string.Join(", ", words.Select(word => word.Said))}");
            }

            foreach (var word in words)
            {
                Said[word.Said] = Said.GetValueOrDefault(word.Said) + 1;
            }

            if (Mistake(batch.IsOfRows, uniqueId, words, fate) is { } mistake)
            {
                var happened = string.Join(", ", fate.Select(happened => $"{happened.What} {happened.UniqueId}"));
                Complain(batch, $"session {sessionId} ({uniqueId}): {mistake}; on the server: {(happened.Length == 0 ? "nothing" : happened)}");
            }

            if (words.Exists(word => word.Said is "RemovalUnknown" or "Not known")
                && !fate.Exists(happened => happened.What is Happening.Stopped))
            {
                // The request may still be on its way.
                open.Add(place);
            }
        }

        var objects = batch.Said.Values.Count(words => words.Contains(new Word("Removed", IsObject: true)));
        var counted = batch.EarlyEnd is { } end ? end.RemovedBefore - objects + end.RemovedUnnamed : 0;
        CountedOnly += silentlyStopped;
        if (silentlyStopped > counted)
        {
            Complain(
                batch,
                $"{silentlyStopped} sessions were stopped of which nothing was said, and {counted} of them were counted when the "
                + $"command ended early ({batch.EarlyEnd?.RemovedBefore} before, of which {objects} as objects)");
        }
    }

    private static string? Mistake(
        bool isRow, Guid? uniqueId, List<Word> words, List<(Happening What, Guid UniqueId)> fate)
    {
        var stops = fate.Where(happened => happened.What is Happening.Stopped).ToList();
        var isGoneByItself = fate.Exists(happened => happened.What is Happening.Ended);
        if (stops.Count > 1)
        {
            return "several sessions were stopped for it";
        }

        if (isRow && uniqueId is not null && stops.Exists(stop => stop.UniqueId != uniqueId))
        {
            return "another session was stopped for it";
        }

        foreach (var word in words)
        {
            var isTrue = word.Said switch
            {
                "Removed" => stops.Count == 1 || isGoneByItself,
                "NotFound" or "SessionNotFound" or "Not there any more" => stops.Count == 0 && isGoneByItself,
                "SessionChanged" => stops.Count == 0 && isGoneByItself && isRow,
                "RemovalUnknown" or "Not known" => true,
                _ => stops.Count == 0,
            };
            if (!isTrue)
            {
                return $"this was said: {word.Said}";
            }
        }

        return null;
    }

    private void Complain(Batch batch, string what) =>
        Wrong.Add($"{batch.Service} {batch.Tenant}, {batch.Manner}: {what}");
}
