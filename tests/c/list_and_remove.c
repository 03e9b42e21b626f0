/* Lists the sessions of a server instance, removes one, and lists again: argv[1] is an endpoint's JSON. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "nav_session.h"

static nav_text text(const char *of)
{
    nav_text text = {(const uint8_t *)of, strlen(of)};
    return text;
}

static void stop(const char *what, nav_status status, nav_error *error)
{
    nav_error_info info;
    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    if (nav_error_describe(error, &info) == NAV_STATUS_OK)
        fprintf(stderr, "%s: %d %.*s\n", what, (int)status, (int)info.message.length,
                (const char *)info.message.data);
    assert(!"a call failed");
}

/* Counts the sessions, and gives the key of the one with this id. */
static size_t list(const nav_client *client, int32_t id, nav_session_key *key, char unique_id[37])
{
    nav_sessions *sessions = NULL;
    nav_error *error = NULL;
    nav_session row;
    size_t count = 0;
    nav_status status = nav_list_sessions(client, NULL, NULL, &sessions, &error);
    if (status != NAV_STATUS_OK)
        stop("list", status, error);
    memset(&row, 0, sizeof row);
    row.size = sizeof row;
    memset(key, 0, sizeof *key);
    while ((status = nav_sessions_next(sessions, &row, &error)) == NAV_STATUS_OK) {
        if (row.own_session)
            continue;
        count++;
        if (row.session_id == id) {
            assert(row.session_unique_id.length == 36);
            assert(row.login_datetime != NAV_NO_DATETIME);
            memcpy(unique_id, row.session_unique_id.data, 36);
            unique_id[36] = '\0';
            key->size = sizeof *key;
            key->session_id = row.session_id;
            key->session_unique_id = text(unique_id);
            key->login_datetime = row.login_datetime;
        }
    }
    if (status != NAV_STATUS_END)
        stop("next", status, error);
    assert(error == NULL);
    nav_sessions_free(sessions);
    return count;
}

int main(int argc, char **argv)
{
    nav_client_options options;
    nav_client *client = NULL;
    nav_error *error = NULL;
    nav_error_info info;
    nav_session_key key;
    char unique_id[37];
    int32_t outcome = 0;
    size_t before;
    nav_status status;

    assert(argc == 2);
    assert(nav_abi_version() == NAV_ABI_VERSION);

    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.server_instance = text("DynamicsNAV");
    options.endpoint_json = text(argv[1]);
    status = nav_client_open(&options, &client, &error);
    if (status != NAV_STATUS_OK)
        stop("open", status, error);

    before = list(client, 11, &key, unique_id);
    assert(before == 12 && key.session_id == 11);

    status = nav_remove_session(client, &key, NULL, &outcome, &error);
    if (status != NAV_STATUS_OK)
        stop("remove", status, error);
    assert(outcome == NAV_OUTCOME_REMOVED && error == NULL);

    /* An outcome other than Removed is described in words. */
    status = nav_remove_session(client, &key, NULL, &outcome, &error);
    assert(status == NAV_STATUS_OK && outcome == NAV_OUTCOME_NOT_FOUND && error != NULL);
    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    assert(nav_error_describe(error, &info) == NAV_STATUS_OK);
    assert(info.status == NAV_STATUS_SESSION_NOT_FOUND && info.http_status == 0);
    assert(info.id.length == strlen("SessionNotFound"));
    assert(memcmp(info.id.data, "SessionNotFound", info.id.length) == 0);
    assert(memcmp(info.category.data, "ObjectNotFound", info.category.length) == 0);
    assert(info.message.length > 0 && info.recommended_action.length > 0);
    nav_error_free(error);

    assert(list(client, 11, &key, unique_id) == before - 1 && key.session_id == 0);
    nav_client_free(client);
    return 0;
}
