/* Business Central online: a check step by step, a list with what the sessions work on, and a removal that waits.
 * Arguments: the endpoint's JSON, the client id, the client secret. */
#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "nav_session.h"

static nav_text text(const char *of)
{
    nav_text text = {(const uint8_t *)of, strlen(of)};
    return text;
}

static int is(nav_text found, const char *expected)
{
    return found.length == strlen(expected) && memcmp(found.data, expected, found.length) == 0;
}

int main(int argc, char **argv)
{
    nav_client_options options;
    nav_client *client;
    nav_check *check;
    nav_checked_step step;
    nav_sessions *sessions;
    nav_session row;
    nav_session_filter filter;
    nav_session_key key;
    nav_error *error = NULL;
    nav_text name;
    nav_status status;
    int32_t outcome, last = 0;
    unsigned char old_row[sizeof(nav_session)];

    assert(argc == 4);
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.server_instance = text("Contoso");
    options.endpoint_json = text(argv[1]);
    options.user_name = text(argv[2]);
    options.password = text("not the secret");

    /* A wrong secret is told at the sign-in, and what stands behind is skipped. */
    assert(nav_check_endpoint(&options, NULL, &check, &error) == NAV_STATUS_OK);
    memset(&step, 0, sizeof step);
    step.size = sizeof step;
    while ((status = nav_check_next(check, &step, &error)) == NAV_STATUS_OK) {
        assert(step.step > last);
        last = step.step;
        assert(step.message.length > 0);
        if (step.step < NAV_STEP_SIGN_IN)
            assert(step.verdict != NAV_VERDICT_FAILED && step.error_id.data == NULL);
        else if (step.step == NAV_STEP_SIGN_IN)
            assert(step.verdict == NAV_VERDICT_FAILED && is(step.error_id, "TokenRefused")
                   && step.recommended_action.length > 0);
        else
            assert(step.verdict == NAV_VERDICT_SKIPPED);
    }
    assert(status == NAV_STATUS_END && last == NAV_STEP_ENVIRONMENT);
    nav_check_free(check);

    options.password = text(argv[3]);
    options.wait_milliseconds = 20000;
    assert(nav_client_open(&options, &client, &error) == NAV_STATUS_OK);
    assert(nav_client_name(client, &name, &error) == NAV_STATUS_OK);
    assert(is(name, "Contoso, environment Production"));

    memset(&filter, 0, sizeof filter);
    filter.size = sizeof filter;
    filter.user_id = text("CRONUS\\ANNA");
    assert(nav_list_sessions(client, &filter, NULL, &sessions, &error) == NAV_STATUS_OK);
    memset(&row, 0, sizeof row);
    row.size = sizeof row;
    assert(nav_sessions_next(sessions, &row, &error) == NAV_STATUS_OK);
    assert(row.session_id == 11 && is(row.user_id, "CRONUS\\ANNA"));
    assert(is(row.current_object_name, "Sales-Post") && row.current_object_id == 80);
    assert(row.current_operation_duration == 5000000000);
    assert(row.login_datetime != NAV_NO_DATETIME);
    memset(&key, 0, sizeof key);
    key.size = sizeof key;
    key.session_id = row.session_id;
    key.login_datetime = row.login_datetime;
    assert(nav_sessions_next(sessions, &row, &error) == NAV_STATUS_END);
    nav_sessions_free(sessions);

    /* A program built with the first version of a struct gets what that had, and nothing behind it. */
    assert(nav_list_sessions(client, NULL, NULL, &sessions, &error) == NAV_STATUS_OK);
    memset(old_row, 0xAA, sizeof old_row);
    row.size = offsetof(nav_session, entry_point_operation);
    memcpy(old_row, &row.size, sizeof row.size);
    assert(nav_sessions_next(sessions, (nav_session *)old_row, &error) == NAV_STATUS_OK);
    assert(((nav_session *)old_row)->session_id != 0);
    assert(old_row[row.size] == 0xAA && old_row[sizeof old_row - 1] == 0xAA);
    nav_sessions_free(sessions);

    assert(nav_remove_session(client, &key, NULL, &outcome, &error) == NAV_STATUS_OK);
    assert(outcome == NAV_OUTCOME_REMOVED && error == NULL);
    assert(nav_remove_session(client, &key, NULL, &outcome, &error) == NAV_STATUS_OK);
    assert(outcome == NAV_OUTCOME_NOT_FOUND);
    nav_error_free(error);
    nav_client_free(client);
    return 0;
}
