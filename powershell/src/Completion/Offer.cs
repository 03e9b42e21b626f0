using System;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace NavServerSession.Completion;

/// <summary>A value to choose.</summary>
internal sealed class Offer
{
    private readonly string value;
    private readonly string text;
    private readonly string? inMenu;
    private readonly string? toolTip;

    private Offer(string value, string text, string? inMenu, string? toolTip)
    {
        this.value = value;
        this.text = text;
        this.inMenu = inMenu;
        this.toolTip = toolTip;
    }

    internal CompletionResult Result => new(
        text,
        string.IsNullOrEmpty(inMenu) ? value : inMenu,
        CompletionResultType.ParameterValue,
        string.IsNullOrEmpty(toolTip) ? value : toolTip);

    /// <summary>A value that is taken as it is.</summary>
    internal static Offer Of(string value, string? inMenu = null, string? toolTip = null) =>
        new(value, Quoted(value), inMenu, toolTip);

    /// <summary>A value for a parameter that takes wildcards.</summary>
    internal static Offer OfLiteral(string value, string? toolTip = null) =>
        new(value, Quoted(WildcardPattern.Escape(value)), null, toolTip);

    /// <summary>Whether it begins with what was typed, with its domain or without.</summary>
    internal bool Continues(string word) =>
        value.StartsWith(word, StringComparison.OrdinalIgnoreCase)
        || value.Substring(value.LastIndexOf('\\') + 1).StartsWith(word, StringComparison.OrdinalIgnoreCase);

    /// <summary>As it has to stand on the command line.</summary>
    private static string Quoted(string text)
    {
        var isPlain = text.Length > 0
            && text.All(c => char.IsLetterOrDigit(c) || c is '_' or '.' or '\\' or '-')
            && (text[0] != '-' || text.Skip(1).All(char.IsDigit));
        return isPlain ? text : $"'{CodeGeneration.EscapeSingleQuotedStringContent(text)}'";
    }
}
