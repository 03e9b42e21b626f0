/// Published as web service SessionControl. companion/README.md says what it answers.
codeunit 50110 "Session Control"
{
    procedure RemoveSession(SessionId: Integer; SessionUniqueId: Text; LoginDatetime: Text; Comment: Text): Text
    var
        ActiveSession: Record "Active Session";
    begin
        // An id is unique only within a server instance, so the row of this one decides first.
        if ActiveSession.Get(Database.ServiceInstanceId(), SessionId) then begin
            if SessionId = Database.SessionId() then
                exit('OwnSession');
            if not IsTheSession(ActiveSession, SessionUniqueId, LoginDatetime) then
                exit('Changed');
            if not StopSession(SessionId, Comment) then
                exit('Refused');
            exit('Removed');
        end;

        ActiveSession.SetRange("Session ID", SessionId);
        if not ActiveSession.FindSet() then
            exit('NotFound');
        repeat
            if IsTheSession(ActiveSession, SessionUniqueId, LoginDatetime) then
                exit('OtherInstance:' + ActiveSession."Server Instance Name");
        until ActiveSession.Next() = 0;
        exit('Changed');
    end;

    local procedure IsTheSession(ActiveSession: Record "Active Session"; SessionUniqueId: Text; LoginDatetime: Text): Boolean
    var
        UniqueId: Guid;
        LoginAt: DateTime;
    begin
        if SessionUniqueId <> '' then begin
            Evaluate(UniqueId, SessionUniqueId);
            if UniqueId <> ActiveSession."Session Unique ID" then
                exit(false);
        end;
        if LoginDatetime <> '' then begin
            Evaluate(LoginAt, LoginDatetime, 9);
            if Abs(ActiveSession."Login Datetime" - LoginAt) > 1000 then
                exit(false);
        end;
        exit(true);
    end;
}
