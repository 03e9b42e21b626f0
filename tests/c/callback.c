/* What a log callback may do while it is inside a call: calls of its own with the same client and with others, freeing
   the client it belongs to, and the handle whose call it is inside. argv[1] is an endpoint's JSON. */
#define _DEFAULT_SOURCE
#define _POSIX_C_SOURCE 200809L
#include <time.h>
#include <unistd.h>

#include "support.h"

enum action { CALLS, FREES_CLIENT, USES_HANDLE, FREES_HANDLE, CANCELS, CLOSES, SLOW, ACTIONS };

struct log {
    enum action action;
    const char *endpoint;
    nav_client *client;
    nav_sessions *sessions;
    nav_removals *removals;
    nav_check *check;
    nav_cancel *cancel;
    int depth;
    int lines;
};

static void write_log(void *context, int32_t level, const uint8_t *line, size_t length);

static nav_client *opened(const char *endpoint, struct log *log)
{
    nav_client_options options = options_for(endpoint);
    nav_client *client = NULL;
    options.log = log == NULL ? NULL : write_log;
    options.log_context = log;
    assert(nav_client_open(&options, &client, NULL) == NAV_STATUS_OK);
    return client;
}

/* Lists all sessions, and asks for the removal of one that is not there. */
static void make_calls(nav_client *client)
{
    nav_sessions *list = NULL;
    nav_session row;
    nav_session_key key = key_of(99999);
    nav_error *error = NULL;
    int32_t outcome = 0;
    nav_status status;
    int rows = 0;

    memset(&row, 0, sizeof row);
    row.size = sizeof row;
    assert(nav_list_sessions(client, NULL, NULL, &list, NULL) == NAV_STATUS_OK);
    while ((status = nav_sessions_next(list, &row, NULL)) == NAV_STATUS_OK)
        rows++;
    assert(status == NAV_STATUS_END && rows > 0);
    nav_sessions_free(list);
    assert(nav_remove_session(client, &key, NULL, &outcome, &error) == NAV_STATUS_OK);
    assert(outcome == NAV_OUTCOME_NOT_FOUND);
    expect_error(&error, NAV_STATUS_SESSION_NOT_FOUND, "99999");
}

static void act(struct log *log)
{
    nav_error *error = NULL;
    nav_session row;
    nav_checked_step step;
    nav_removed removed;
    nav_client *other;
    struct timespec pause = {0, 50000000};

    switch (log->action) {
    case CALLS:
        if (log->client != NULL)
            make_calls(log->client);
        other = opened(log->endpoint, NULL);
        make_calls(other);
        nav_client_free(other);
        break;
    case FREES_CLIENT:
        nav_client_free(log->client);
        log->client = NULL;
        break;
    case USES_HANDLE:
        memset(&row, 0, sizeof row);
        row.size = sizeof row;
        memset(&step, 0, sizeof step);
        step.size = sizeof step;
        memset(&removed, 0, sizeof removed);
        removed.size = sizeof removed;
        if (log->sessions != NULL) {
            assert(nav_sessions_next(log->sessions, &row, &error) == NAV_STATUS_INVALID_ARGUMENT);
            expect_error(&error, NAV_STATUS_INVALID_ARGUMENT, "sessions is in use by another call");
        }
        if (log->check != NULL) {
            assert(nav_check_next(log->check, &step, &error) == NAV_STATUS_INVALID_ARGUMENT);
            expect_error(&error, NAV_STATUS_INVALID_ARGUMENT, "check is in use by another call");
        }
        if (log->removals != NULL) {
            assert(nav_removals_next(log->removals, 0, &removed, &error) == NAV_STATUS_INVALID_ARGUMENT);
            expect_error(&error, NAV_STATUS_INVALID_ARGUMENT, "removals is in use by another call");
            assert(nav_removals_has_room(log->removals, 0, NULL) == NAV_STATUS_INVALID_ARGUMENT);
        }
        break;
    case FREES_HANDLE:
        nav_sessions_free(log->sessions);
        nav_removals_free(log->removals);
        nav_check_free(log->check);
        log->sessions = NULL;
        log->removals = NULL;
        log->check = NULL;
        break;
    case CANCELS:
        nav_cancel_request(log->cancel);
        break;
    case CLOSES:
        nav_close_connections();
        break;
    case SLOW:
        nanosleep(&pause, NULL);
        break;
    case ACTIONS:
        break;
    }
}

static void write_log(void *context, int32_t level, const uint8_t *line, size_t length)
{
    struct log *log = context;
    assert(level == NAV_LOG_LEVEL_VERBOSE || level == NAV_LOG_LEVEL_DEBUG);
    assert(line != NULL && length > 0);
    log->lines++;
    if (log->depth > 0)
        return;
    log->depth++;
    act(log);
    log->depth--;
}

/* One call of each kind, with a callback that does `action` at each of its lines. */
static void attack(const char *endpoint, enum action action, int call)
{
    struct log log;
    nav_session row;
    nav_checked_step step;
    nav_removed removed;
    nav_client_options options = options_for(endpoint);
    nav_session_key key = key_of(99998);
    nav_error *error = NULL;
    nav_status status = NAV_STATUS_OK;
    int32_t outcome = 0;

    memset(&log, 0, sizeof log);
    log.action = action;
    log.endpoint = endpoint;
    assert(nav_cancel_new(&log.cancel, NULL) == NAV_STATUS_OK);
    log.client = opened(endpoint, &log);
    memset(&row, 0, sizeof row);
    row.size = sizeof row;
    memset(&step, 0, sizeof step);
    step.size = sizeof step;
    memset(&removed, 0, sizeof removed);
    removed.size = sizeof removed;
    switch (call) {
    case 0:
        status = nav_remove_session(log.client, &key, log.cancel, &outcome, &error);
        assert(status == NAV_STATUS_OK || (action == CANCELS && status == NAV_STATUS_CANCELLED));
        break;
    case 1:
        assert(nav_list_sessions(log.client, NULL, log.cancel, &log.sessions, NULL) == NAV_STATUS_OK);
        do {
            status = nav_sessions_next(log.sessions, &row, &error);
        } while (status == NAV_STATUS_OK && log.sessions != NULL);
        break;
    case 2:
        assert(nav_removals_new(2, log.cancel, &log.removals, NULL) == NAV_STATUS_OK);
        assert(nav_removals_add(log.removals, log.client, &key, 1, NULL) == NAV_STATUS_OK);
        if (log.removals != NULL)
            status = nav_removals_next(log.removals, NAV_INFINITE, &removed, &error);
        assert(status == NAV_STATUS_OK);
        break;
    case 3:
        options.log = write_log;
        options.log_context = &log;
        assert(nav_check_endpoint(&options, log.cancel, &log.check, NULL) == NAV_STATUS_OK);
        while (log.check != NULL && nav_check_next(log.check, &step, NULL) == NAV_STATUS_OK)
            ;
        break;
    }
    assert(log.lines > 0);
    nav_error_free(error);
    nav_sessions_free(log.sessions);
    nav_removals_free(log.removals);
    nav_check_free(log.check);
    nav_client_free(log.client);
    nav_cancel_free(log.cancel);
}

int main(int argc, char **argv)
{
    int action, call;
    assert(argc == 2);
    alarm(LIMIT_SECONDS);
    for (action = 0; action < ACTIONS; action++)
        for (call = 0; call < 4; call++) {
            attack(argv[1], (enum action)action, call);
            nav_close_connections();
        }
    printf("callbacks\t%d\n", ACTIONS * 4);
    return 0;
}
