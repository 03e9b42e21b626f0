using System.Data;
using System.Management.Automation;

namespace NavServerSession.Tests.Stage;

/// <summary>The sessions of the stand-in whose commands are cmdlets, as those of Microsoft's module are.</summary>
internal static class StandInCmdlets
{
    internal static List<int> Sessions { get; set; } = [];
}

[Cmdlet(VerbsCommon.Get, "NAVServerSession")]
public sealed class StandInGetNavServerSession : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0)]
    public string ServerInstance { get; set; } = string.Empty;

    protected override void ProcessRecord()
    {
        var table = new DataTable();
        table.Columns.Add("SessionID", typeof(int));
        table.Columns.Add("UserID");
        foreach (var id in StandInCmdlets.Sessions)
        {
            WriteObject(table.Rows.Add(id, id == 11 ? "ANNA" : "MARIA"));
        }
    }
}

[Cmdlet(VerbsCommon.Remove, "NAVServerSession", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
public sealed class StandInRemoveNavServerSession : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0)]
    public string ServerInstance { get; set; } = string.Empty;

    [Parameter(Mandatory = true)]
    public int SessionId { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    protected override void ProcessRecord()
    {
        if (Force || ShouldProcess($"ServerInstance = MicrosoftDynamicsNavServer${ServerInstance}"))
        {
            StandInCmdlets.Sessions.Remove(SessionId);
        }
    }
}

[Cmdlet(VerbsCommon.Get, "NAVServerInstance")]
public sealed class StandInGetNavServerInstance : PSCmdlet
{
    protected override void ProcessRecord() => WriteObject("MicrosoftDynamicsNavServer$DynamicsNAV");
}
