/* Stands for the DLL of this name under Wine, whose own looks for a .NET Framework to be installed, and asks a person for
   it: each assembly begins with this function, and .NET itself needs nothing of it. */
#include <windows.h>

__declspec(dllexport) BOOL WINAPI _CorDllMain(HINSTANCE library, DWORD reason, void *reserved)
{
    (void)library, (void)reason, (void)reserved;
    return TRUE;
}
