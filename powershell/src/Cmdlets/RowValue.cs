using System;
using System.Management.Automation;

namespace NavServerSession.Commands;

/// <summary>A value as rows of all kinds have it.</summary>
internal static class RowValue
{
    /// <summary>The bare value; null for what stands for "none": null, a database's null, an empty text.</summary>
    internal static object? Of(object? value) =>
        (value is PSObject wrapped ? wrapped.BaseObject : value) switch
        {
            null or DBNull or "" => null,
            var bare => bare,
        };
}
