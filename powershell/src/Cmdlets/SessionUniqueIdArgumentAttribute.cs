using System;
using System.Management.Automation;

namespace NavServerSession.Commands;

/// <summary>Takes a session's unique id as rows have it; what stands for "none" becomes null.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SessionUniqueIdArgumentAttribute : ArgumentTransformationAttribute
{
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        switch (RowValue.Of(inputData))
        {
            case null:
                return null;
            case Guid id:
                return NullIfZero(id);
            case string text when Guid.TryParse(text, out var id):
                return NullIfZero(id);
            default:
                throw new ArgumentTransformationMetadataException(
                    $"'{inputData}' is not the unique id of a session, which is a GUID such as {Guid.Empty}.");
        }
    }

    private static object? NullIfZero(Guid id) => id == Guid.Empty ? null : id;
}
