using System;
using System.ComponentModel;
using System.Management.Automation;

namespace NavServerSession;

/// <summary>The id of a tenant. Anything that has a text can be given for it, such as another module's tenant id.</summary>
[TypeConverter(typeof(TenantIdConverter))]
public sealed class TenantId : IEquatable<TenantId>
{
    private readonly string id;

    /// <summary>Makes a tenant id of its text.</summary>
    public TenantId(string id) => this.id = id ?? throw new ArgumentNullException(nameof(id));

    /// <inheritdoc/>
    public bool Equals(TenantId? other) => other is not null && id == other.id;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TenantId);

    /// <inheritdoc/>
    public override int GetHashCode() => id.GetHashCode();

    /// <inheritdoc/>
    public override string ToString() => id;
}

/// <summary>Makes a <see cref="TenantId"/> of whatever has a text.</summary>
public sealed class TenantIdConverter : PSTypeConverter
{
    /// <inheritdoc/>
    public override bool CanConvertFrom(object? sourceValue, Type destinationType) => sourceValue is not null;

    /// <inheritdoc/>
    public override object ConvertFrom(
        object sourceValue, Type destinationType, IFormatProvider formatProvider, bool ignoreCase) =>
        new TenantId(PSObject.AsPSObject(sourceValue).ToString());

    /// <inheritdoc/>
    public override bool CanConvertTo(object? sourceValue, Type destinationType) =>
        sourceValue is TenantId && destinationType == typeof(string);

    /// <inheritdoc/>
    public override object ConvertTo(
        object sourceValue, Type destinationType, IFormatProvider formatProvider, bool ignoreCase) =>
        sourceValue.ToString()!;
}
