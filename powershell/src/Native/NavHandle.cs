using System;
using System.Runtime.InteropServices;

namespace NavServerSession.Native;

/// <summary>An object of the library, freed once and never while a call uses it.</summary>
internal abstract class NavHandle : SafeHandle
{
    protected NavHandle()
        : base(IntPtr.Zero, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle == IntPtr.Zero;

    internal Borrowed Borrow() => new(this);

    /// <summary>The pointer, kept from being freed until it is disposed of.</summary>
    internal readonly ref struct Borrowed
    {
        private readonly NavHandle owner;

        internal Borrowed(NavHandle owner)
        {
            var added = false;
            owner.DangerousAddRef(ref added);
            this.owner = owner;
        }

        internal IntPtr Pointer => owner.DangerousGetHandle();

        public void Dispose() => owner.DangerousRelease();
    }
}
