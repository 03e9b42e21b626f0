using System.Globalization;
using NavServerSession.Load;

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
if (Options.Parse(args) is not { } options)
{
    Console.Error.WriteLine(Options.Usage);
    return 2;
}

using var load = new Load(options);
return load.Run() ? 0 : 1;
