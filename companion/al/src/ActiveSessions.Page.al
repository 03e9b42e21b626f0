/// Published as web service ActiveSessions. The names of its controls are part of the contract in companion/README.md.
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
                field(Server_Instance_ID; "Server Instance ID") { ApplicationArea = All; }
                field(Session_ID; "Session ID") { ApplicationArea = All; }
                field(User_SID; "User SID") { ApplicationArea = All; }
                field(Server_Instance_Name; "Server Instance Name") { ApplicationArea = All; }
                field(Server_Computer_Name; "Server Computer Name") { ApplicationArea = All; }
                field(User_ID; "User ID") { ApplicationArea = All; }
                field(Client_Type; "Client Type") { ApplicationArea = All; }
                field(Client_Computer_Name; "Client Computer Name") { ApplicationArea = All; }
                field(Login_Datetime; "Login Datetime") { ApplicationArea = All; }
                field(Database_Name; "Database Name") { ApplicationArea = All; }
                field(Session_Unique_ID; "Session Unique ID") { ApplicationArea = All; }
                field(Own_Session; IsOwnSession) { ApplicationArea = All; }
            }
        }
    }

    var
        IsOwnSession: Boolean;

    trigger OnOpenPage()
    begin
        // The table lists the sessions of every instance on the database, and this one can stop only its own.
        FilterGroup(2);
        SetRange("Server Instance ID", Database.ServiceInstanceId());
        FilterGroup(0);
    end;

    trigger OnAfterGetRecord()
    begin
        IsOwnSession := "Session ID" = Database.SessionId();
    end;
}
