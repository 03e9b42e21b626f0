using System;
using System.Management.Automation;

namespace NavServerSession.Commands;

/// <summary>Says what to do when a token is given as plain text, which would stay readable in history and logs.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class AccessTokenArgumentAttribute : ArgumentTransformationAttribute
{
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) is string
            ? throw new ArgumentTransformationMetadataException(
                "-AccessToken takes a SecureString, such as Read-Host -AsSecureString or "
                + "Get-AzAccessToken -AsSecureString gives.")
            : inputData;
}
