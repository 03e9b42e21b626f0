/* Many removals in flight: each that was added comes back once, with its tag, its outcome and its words. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "nav_session.h"

#define COUNT 40

static nav_text text(const char *of)
{
    nav_text text = {(const uint8_t *)of, strlen(of)};
    return text;
}

int main(int argc, char **argv)
{
    nav_client_options options;
    nav_client *client;
    nav_removals *removals;
    nav_removed removed;
    nav_session_key key;
    nav_error *error = NULL;
    nav_error_info info;
    nav_status status;
    int seen[COUNT + 1] = {0};
    int gone = 0, missing = 0, id;

    assert(argc == 2);
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.server_instance = text("DynamicsNAV");
    options.endpoint_json = text(argv[1]);
    assert(nav_client_open(&options, &client, &error) == NAV_STATUS_OK);
    assert(nav_removals_new(0, NULL, &removals, &error) == NAV_STATUS_OK);
    nav_removals_free(removals);
    assert(nav_removals_new(4, NULL, &removals, &error) == NAV_STATUS_OK);
    memset(&removed, 0, sizeof removed);
    removed.size = sizeof removed;
    assert(nav_removals_next(removals, NAV_INFINITE, &removed, &error) == NAV_STATUS_END && error == NULL);

    memset(&key, 0, sizeof key);
    key.size = sizeof key;
    key.login_datetime = NAV_NO_DATETIME;
    key.session_unique_id = text("no GUID");
    assert(nav_removals_add(removals, client, &key, 1, &error) == NAV_STATUS_INVALID_ARGUMENT);
    nav_error_free(error);
    memset(&key.session_unique_id, 0, sizeof key.session_unique_id);
    assert(nav_removals_add(NULL, client, &key, 1, NULL) == NAV_STATUS_INVALID_ARGUMENT);
    assert(nav_removals_add(removals, NULL, &key, 1, NULL) == NAV_STATUS_INVALID_ARGUMENT);

    /* Sessions 1 to COUNT - 1 are there. */
    assert(nav_removals_has_room(removals, 0, &error) == NAV_STATUS_OK && error == NULL);
    assert(nav_removals_has_room(NULL, 0, NULL) == NAV_STATUS_INVALID_ARGUMENT);
    for (id = 1; id <= COUNT; id++) {
        key.session_id = id;
        assert(nav_removals_has_room(removals, NAV_INFINITE, &error) == NAV_STATUS_OK);
        assert(nav_removals_add(removals, client, &key, (uint64_t)id, &error) == NAV_STATUS_OK);
    }
    /* The client may go before its removals have ended. */
    nav_client_free(client);
    assert(nav_removals_next(removals, NAV_INFINITE, NULL, NULL) == NAV_STATUS_INVALID_ARGUMENT);
    while ((status = nav_removals_next(removals, NAV_INFINITE, &removed, &error)) == NAV_STATUS_OK) {
        assert(removed.tag >= 1 && removed.tag <= COUNT && (uint64_t)removed.session_id == removed.tag);
        assert(!seen[removed.tag]);
        seen[removed.tag] = 1;
        assert(removed.status == NAV_STATUS_OK);
        if (removed.outcome == NAV_OUTCOME_REMOVED) {
            assert(error == NULL);
            gone++;
        } else {
            assert(removed.outcome == NAV_OUTCOME_NOT_FOUND && removed.tag == COUNT);
            memset(&info, 0, sizeof info);
            info.size = sizeof info;
            assert(nav_error_describe(error, &info) == NAV_STATUS_OK);
            assert(info.status == NAV_STATUS_SESSION_NOT_FOUND && info.message.length > 0);
            nav_error_free(error);
            missing++;
        }
    }
    assert(status == NAV_STATUS_END);
    assert(gone == COUNT - 1 && missing == 1);
    nav_removals_free(removals);
    nav_removals_free(NULL);
    nav_close_connections();
    nav_close_connections();
    return 0;
}
