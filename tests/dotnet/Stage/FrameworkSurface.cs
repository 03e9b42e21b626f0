using System.Collections.Immutable;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace NavServerSession.Tests.Stage;

/// <summary>What there is in Windows PowerShell 5.1 on .NET Framework 4.7.2, by their reference assemblies.</summary>
internal sealed class FrameworkSurface : IDisposable
{
    private readonly Dictionary<string, PEReader> files = new(StringComparer.OrdinalIgnoreCase);

    internal FrameworkSurface()
    {
        string[] folders =
        [
            ModuleUnderTest.Metadata("FrameworkReferences"),
            Path.Combine(ModuleUnderTest.Metadata("FrameworkReferences"), "Facades"),
            ModuleUnderTest.Metadata("PowerShellStandard"),
        ];
        foreach (var file in folders.SelectMany(folder => Directory.EnumerateFiles(folder, "*.dll")))
        {
            files.TryAdd(Path.GetFileNameWithoutExtension(file), new PEReader(File.OpenRead(file)));
        }
    }

    public void Dispose()
    {
        foreach (var file in files.Values)
        {
            file.Dispose();
        }
    }

    /// <summary>What the assembly names and is not there.</summary>
    internal List<string> MissingFor(string assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly));
        var reader = file.GetMetadataReader();
        var missing = new List<string>();
        foreach (var handle in reader.TypeReferences)
        {
            if (Resolve(reader, handle) is null)
            {
                missing.Add(Names.Instance.GetTypeFromReference(reader, handle, 0));
            }
        }

        foreach (var member in reader.MemberReferences.Select(reader.GetMemberReference))
        {
            if (Parent(reader, member.Parent) is { } parent && Resolve(reader, parent) is { } type)
            {
                var name = reader.GetString(member.Name);
                var signature = Signature(member);
                if (!Has(type, name, signature))
                {
                    missing.Add($"{Names.Instance.GetTypeFromReference(reader, parent, 0)}.{name} {signature}");
                }
            }
        }

        return missing;
    }

    private bool Has(Found type, string name, string signature)
    {
        var (reader, handle) = type;
        var definition = reader.GetTypeDefinition(handle);
        var members = definition.GetMethods()
            .Select(reader.GetMethodDefinition)
            .Where(method => reader.GetString(method.Name) == name)
            .Select(method => Signature(method.DecodeSignature(Names.Instance, null)))
            .Concat(definition.GetFields()
                .Select(reader.GetFieldDefinition)
                .Where(field => reader.GetString(field.Name) == name)
                .Select(field => field.DecodeSignature(Names.Instance, null)));
        return members.Contains(signature)
            || (name != ".ctor" && Base(reader, definition.BaseType) is { } inherited && Has(inherited, name, signature));
    }

    private Found? Base(MetadataReader reader, EntityHandle handle) => handle.Kind switch
    {
        HandleKind.TypeDefinition when !handle.IsNil => new Found(reader, (TypeDefinitionHandle)handle),
        HandleKind.TypeReference => Resolve(reader, (TypeReferenceHandle)handle),
        _ => null,
    };

    private Found? Resolve(MetadataReader reader, TypeReferenceHandle handle)
    {
        var type = reader.GetTypeReference(handle);
        var name = reader.GetString(type.Name);
        if (type.ResolutionScope.Kind == HandleKind.AssemblyReference)
        {
            var assembly = reader.GetAssemblyReference((AssemblyReferenceHandle)type.ResolutionScope);
            return Find(reader.GetString(assembly.Name), reader.GetString(type.Namespace), name);
        }

        if (type.ResolutionScope.Kind != HandleKind.TypeReference
            || Resolve(reader, (TypeReferenceHandle)type.ResolutionScope) is not { } outer)
        {
            return null;
        }

        foreach (var nested in outer.Reader.GetTypeDefinition(outer.Handle).GetNestedTypes())
        {
            if (outer.Reader.GetString(outer.Reader.GetTypeDefinition(nested).Name) == name)
            {
                return new Found(outer.Reader, nested);
            }
        }

        return null;
    }

    private Found? Find(string assembly, string space, string name)
    {
        if (!files.TryGetValue(assembly, out var file))
        {
            return null;
        }

        var reader = file.GetMetadataReader();
        foreach (var handle in reader.TypeDefinitions)
        {
            var type = reader.GetTypeDefinition(handle);
            if (reader.StringComparer.Equals(type.Name, name) && reader.StringComparer.Equals(type.Namespace, space))
            {
                return new Found(reader, handle);
            }
        }

        foreach (var forwarded in reader.ExportedTypes.Select(reader.GetExportedType))
        {
            if (forwarded.IsForwarder
                && reader.StringComparer.Equals(forwarded.Name, name)
                && reader.StringComparer.Equals(forwarded.Namespace, space))
            {
                var to = reader.GetAssemblyReference((AssemblyReferenceHandle)forwarded.Implementation);
                return Find(reader.GetString(to.Name), space, name);
            }
        }

        return null;
    }

    /// <summary>The type that a member is of; null where it is the assembly's own, or an array.</summary>
    private static TypeReferenceHandle? Parent(MetadataReader reader, EntityHandle parent)
    {
        if (parent.Kind == HandleKind.TypeSpecification)
        {
            const int GenericInstance = 0x15;
            var signature = reader.GetBlobReader(reader.GetTypeSpecification((TypeSpecificationHandle)parent).Signature);
            if (signature.ReadCompressedInteger() != GenericInstance)
            {
                return null;
            }

            signature.ReadByte();
            parent = signature.ReadTypeHandle();
        }

        return parent.Kind == HandleKind.TypeReference ? (TypeReferenceHandle)parent : null;
    }

    private static string Signature(MemberReference member) =>
        member.GetKind() == MemberReferenceKind.Field
            ? member.DecodeFieldSignature(Names.Instance, null)
            : Signature(member.DecodeMethodSignature(Names.Instance, null));

    private static string Signature(MethodSignature<string> method) =>
        $"{(method.Header.IsInstance ? "instance " : string.Empty)}{method.ReturnType} "
        + $"<{method.GenericParameterCount}>({string.Join(", ", method.ParameterTypes)})";

    /// <summary>A type, where it is defined.</summary>
    private readonly record struct Found(MetadataReader Reader, TypeDefinitionHandle Handle);

    /// <summary>Types by their names, in whichever assembly they are.</summary>
    private sealed class Names : ISignatureTypeProvider<string, object?>
    {
        internal static readonly Names Instance = new();

        public string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
        {
            var type = reader.GetTypeReference(handle);
            var name = reader.GetString(type.Name);
            return type.ResolutionScope.Kind == HandleKind.TypeReference
                ? $"{GetTypeFromReference(reader, (TypeReferenceHandle)type.ResolutionScope, rawTypeKind)}/{name}"
                : $"{reader.GetString(type.Namespace)}.{name}";
        }

        public string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind)
        {
            var type = reader.GetTypeDefinition(handle);
            var name = reader.GetString(type.Name);
            return type.GetDeclaringType() is { IsNil: false } outer
                ? $"{GetTypeFromDefinition(reader, outer, rawTypeKind)}/{name}"
                : $"{reader.GetString(type.Namespace)}.{name}";
        }

        public string GetTypeFromSpecification(
            MetadataReader reader, object? context, TypeSpecificationHandle handle, byte rawTypeKind) =>
            reader.GetTypeSpecification(handle).DecodeSignature(this, context);

        public string GetPrimitiveType(PrimitiveTypeCode code) => code.ToString();

        public string GetArrayType(string element, ArrayShape shape) => $"{element}[{shape.Rank}]";

        public string GetByReferenceType(string element) => $"{element}&";

        public string GetPointerType(string element) => $"{element}*";

        public string GetSZArrayType(string element) => $"{element}[]";

        public string GetPinnedType(string element) => element;

        public string GetModifiedType(string modifier, string type, bool isRequired) => type;

        public string GetFunctionPointerType(MethodSignature<string> signature) => $"method {Signature(signature)}";

        public string GetGenericInstantiation(string type, ImmutableArray<string> arguments) =>
            $"{type}<{string.Join(", ", arguments)}>";

        public string GetGenericMethodParameter(object? context, int index) => $"!!{index}";

        public string GetGenericTypeParameter(object? context, int index) => $"!{index}";
    }
}
