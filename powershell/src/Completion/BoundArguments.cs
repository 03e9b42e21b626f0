using System.Collections;
using System.Management.Automation;

namespace NavServerSession.Completion;

/// <summary>What the command line has for other parameters, as far as it is known before it runs.</summary>
internal sealed class BoundArguments
{
    private readonly IDictionary? arguments;

    internal BoundArguments(IDictionary? arguments) => this.arguments = arguments;

    internal string? Text(string parameter) => Value(parameter)?.ToString() is { Length: > 0 } text ? text : null;

    internal bool Switch(string parameter) => LanguagePrimitives.IsTrue(Value(parameter));

    internal object? Value(string parameter) =>
        arguments?[parameter] is PSObject wrapped ? wrapped.BaseObject : arguments?[parameter];
}
