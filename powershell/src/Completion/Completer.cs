using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace NavServerSession.Completion;

/// <summary>Offers values for an argument while a person types. It asks nobody, writes nothing and never fails.</summary>
internal abstract class Completer : IArgumentCompleter
{
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        try
        {
            var word = Unquoted(wordToComplete ?? string.Empty);
            var bound = new BoundArguments(fakeBoundParameters);
            // Looked at here, as the engine would meet an exception while it reads them.
            return Offers(commandName, word, bound)
                .Where(offer => offer.Continues(word))
                .Select(offer => offer.Result)
                .ToList();
        }
        catch (Exception)
        {
            // Whatever it is, it would only disturb the person who types; the command itself will tell it.
            return Enumerable.Empty<CompletionResult>();
        }
    }

    private static string Unquoted(string word) =>
        word.StartsWith("'", StringComparison.Ordinal) ? word.Trim('\'').Replace("''", "'") : word.Trim('"');

    /// <summary>What there is to choose from; what does not continue the word is left out afterwards.</summary>
    private protected abstract IEnumerable<Offer> Offers(string commandName, string word, BoundArguments bound);
}
