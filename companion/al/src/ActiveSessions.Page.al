// Published as web service ActiveSessions. The names of its controls are part of the contract in companion/README.md.
page 50110 "Active Sessions Service"
{
    PageType = List;
    SourceTable = "Active Session";
    Editable = false;
    InsertAllowed = false;
    ModifyAllowed = false;
    DeleteAllowed = false;

    layout
    {
        area(Content)
        {
            repeater(Sessions)
            {
                field(Server_Instance_ID; Rec."Server Instance ID") { ApplicationArea = All; }
                field(Session_ID; Rec."Session ID") { ApplicationArea = All; }
                field(User_SID; Rec."User SID") { ApplicationArea = All; }
                field(Server_Instance_Name; Rec."Server Instance Name") { ApplicationArea = All; }
                field(Server_Computer_Name; Rec."Server Computer Name") { ApplicationArea = All; }
                field(User_ID; Rec."User ID") { ApplicationArea = All; }
                field(Client_Type; Rec."Client Type") { ApplicationArea = All; }
                field(Client_Computer_Name; Rec."Client Computer Name") { ApplicationArea = All; }
                field(Login_Datetime; Rec."Login Datetime") { ApplicationArea = All; }
                field(Database_Name; Rec."Database Name") { ApplicationArea = All; }
                field(Session_Unique_ID; Rec."Session Unique ID") { ApplicationArea = All; }
                field(Own_Session; IsOwnSession) { ApplicationArea = All; }
            }
        }
    }

    var
        IsOwnSession: Boolean;

    trigger OnOpenPage()
    begin
        // The table lists the sessions of every instance on the database, and this one can stop only its own.
        Rec.FilterGroup(2);
        Rec.SetRange("Server Instance ID", ServiceInstanceId());
        Rec.FilterGroup(0);
    end;

    trigger OnAfterGetRecord()
    begin
        IsOwnSession := Rec."Session ID" = SessionId();
    end;
}
