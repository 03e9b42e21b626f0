using System;
using System.Management.Automation;

namespace NavServerSession.Commands;

/// <summary>Takes what stands for "no tenant" in a row as null.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class TenantArgumentAttribute : ArgumentTransformationAttribute
{
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        RowValue.Of(inputData) is null ? null : inputData;
}
