// Published as web service SessionControl. companion/README.md says what it answers.
codeunit 50110 "Session Control"
{
    var
        ExpectedUniqueId: Guid;
        ExpectedLogin: DateTime;
        CompareUniqueId: Boolean;
        CompareLogin: Boolean;

    procedure RemoveSession(sessionId: Integer; sessionUniqueId: Text; loginDatetime: Text; comment: Text): Text
    var
        ActiveSession: Record "Active Session";
    begin
        // Also where nothing is compared in the end, a text that cannot be read is an error and no answer.
        ReadSessionUniqueId(sessionUniqueId);
        ReadLoginDatetime(loginDatetime);

        // An id is unique only within a server instance, so the row of this one decides first.
        if ActiveSession.Get(ServiceInstanceId(), sessionId) then begin
            if IsOwnSession(sessionId) then
                exit('OwnSession');
            if not IsExpected(ActiveSession) then
                exit('Changed');
            if StopSession(sessionId, CopyStr(comment, 1, 250)) then
                exit('Removed');
            // It can have ended by itself since the row was read.
            if ActiveSession.Get(ServiceInstanceId(), sessionId) then
                exit('Refused');
            exit('NotFound');
        end;

        ActiveSession.SetRange("Session ID", sessionId);
        if not ActiveSession.FindSet() then
            exit('NotFound');
        repeat
            if IsExpected(ActiveSession) then
                exit('OtherInstance:' + ActiveSession."Server Instance Name");
        until ActiveSession.Next() = 0;
        exit('Changed');
    end;

    local procedure IsOwnSession(Id: Integer): Boolean
    begin
        // In RemoveSession the parameter hides the method of this name.
        exit(Id = SessionId());
    end;

    local procedure IsExpected(var ActiveSession: Record "Active Session"): Boolean
    var
        Apart: Duration;
    begin
        if CompareUniqueId then
            if ActiveSession."Session Unique ID" <> ExpectedUniqueId then
                exit(false);
        if CompareLogin then begin
            // There is no difference to a blank one.
            if ActiveSession."Login Datetime" = 0DT then
                exit(false);
            Apart := ActiveSession."Login Datetime" - ExpectedLogin;
            if (Apart < -1000) or (Apart > 1000) then
                exit(false);
        end;
        exit(true);
    end;

    local procedure ReadSessionUniqueId(sessionUniqueId: Text)
    begin
        CompareUniqueId := sessionUniqueId <> '';
        if not CompareUniqueId then
            exit;
        // Evaluate takes other forms too, and which ones differs between versions.
        case ConvertStr(UpperCase(sessionUniqueId), '123456789ABCDEF', '000000000000000') of
            '00000000-0000-0000-0000-000000000000':
                Evaluate(ExpectedUniqueId, '{' + sessionUniqueId + '}');
            '{00000000-0000-0000-0000-000000000000}':
                Evaluate(ExpectedUniqueId, sessionUniqueId);
            else
                Error('The sessionUniqueId %1 is not a Guid.', sessionUniqueId);
        end;
    end;

    local procedure ReadLoginDatetime(loginDatetime: Text)
    var
        Length: Integer;
        IsRead: Boolean;
    begin
        CompareLogin := loginDatetime <> '';
        if not CompareLogin then
            exit;
        Length := StrLen(loginDatetime);
        if Length in [20, 22 .. 28] then
            if ConvertStr(loginDatetime, '123456789', '000000000') =
               CopyStr('0000-00-00T00:00:00.0000000', 1, Length - 1) + 'Z'
            then begin
                // A DateTime ends with milliseconds, and whether Evaluate takes more digits is not documented.
                if Length > 24 then
                    Length := 24;
                IsRead := Evaluate(ExpectedLogin, CopyStr(loginDatetime, 1, Length - 1) + 'Z', 9);
            end;
        if not IsRead then
            Error('The loginDatetime %1 is not an XML DateTime in UTC such as 2026-11-22T08:17:17.123Z.', loginDatetime);
    end;
}
