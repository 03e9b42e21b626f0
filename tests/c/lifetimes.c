/* Handles are freed in every order, and after each the others still do what they are for. argv[1] is an endpoint's JSON,
   argv[2] every how manyth order is tried. */
#define _DEFAULT_SOURCE
#include <unistd.h>

#include "support.h"

enum { CLIENT, SESSIONS, REMOVALS, CANCEL, CHECK, ERROR, STRING, KINDS };
#define ORDERS 5040 /* of 7 */

static nav_client *client;
static nav_sessions *sessions;
static nav_removals *removals;
static nav_cancel *cancel;
static nav_check *check;
static nav_error *error;
static nav_string *string;
static int in_flight;

static void open_all(const char *endpoint)
{
    nav_client_options options = options_for(endpoint);
    nav_client_options bad = options_for("{}");
    nav_client *none = NULL;
    nav_session_key key;
    nav_session row;
    int32_t id;

    assert(nav_client_open(&options, &client, NULL) == NAV_STATUS_OK);
    assert(nav_cancel_new(&cancel, NULL) == NAV_STATUS_OK);
    assert(nav_list_sessions(client, NULL, cancel, &sessions, NULL) == NAV_STATUS_OK);
    memset(&row, 0, sizeof row);
    row.size = sizeof row;
    assert(nav_sessions_next(sessions, &row, NULL) == NAV_STATUS_OK);
    assert(nav_removals_new(4, cancel, &removals, NULL) == NAV_STATUS_OK);
    for (id = 1000; id < 1003; id++) {
        key = key_of(id);
        assert(nav_removals_add(removals, client, &key, (uint64_t)id, NULL) == NAV_STATUS_OK);
    }
    in_flight = 3;
    assert(nav_check_endpoint(&options, cancel, &check, NULL) == NAV_STATUS_OK);
    assert(nav_client_open(&bad, &none, &error) == NAV_STATUS_INVALID_ENDPOINT && none == NULL);
    assert(nav_server_instance_names((const uint8_t *)"bc", 2, &string, NULL, NULL) == NAV_STATUS_OK);
}

static void use(int which)
{
    nav_session row;
    nav_removed removed;
    nav_checked_step step;
    nav_error_info info;
    nav_error *failure = NULL;
    nav_text name;

    switch (which) {
    case CLIENT:
        assert(nav_client_name(client, &name, NULL) == NAV_STATUS_OK && name.length > 0);
        break;
    case SESSIONS:
        memset(&row, 0, sizeof row);
        row.size = sizeof row;
        assert(nav_sessions_next(sessions, &row, NULL) == NAV_STATUS_OK && row.session_id != 0);
        break;
    case REMOVALS:
        memset(&removed, 0, sizeof removed);
        removed.size = sizeof removed;
        if (in_flight == 0)
            break;
        assert(nav_removals_next(removals, NAV_INFINITE, &removed, &failure) == NAV_STATUS_OK);
        assert(removed.outcome == NAV_OUTCOME_NOT_FOUND && removed.tag == (uint64_t)removed.session_id);
        expect_error(&failure, NAV_STATUS_SESSION_NOT_FOUND, "");
        in_flight--;
        break;
    case CANCEL:
        break;
    case CHECK:
        memset(&step, 0, sizeof step);
        step.size = sizeof step;
        assert(nav_check_next(check, &step, NULL) <= NAV_STATUS_END);
        break;
    case ERROR:
        memset(&info, 0, sizeof info);
        info.size = sizeof info;
        assert(nav_error_describe(error, &info) == NAV_STATUS_OK && info.message.length > 0);
        break;
    case STRING:
        nav_string_text(string, &name);
        assert(name.length == 29 || name.length == strlen("MicrosoftDynamicsNavServer$bc"));
        break;
    }
}

static void free_one(int which)
{
    switch (which) {
    case CLIENT: nav_client_free(client); break;
    case SESSIONS: nav_sessions_free(sessions); break;
    case REMOVALS: nav_removals_free(removals); break;
    case CANCEL: nav_cancel_free(cancel); break;
    case CHECK: nav_check_free(check); break;
    case ERROR: nav_error_free(error); break;
    case STRING: nav_string_free(string); break;
    }
}

int main(int argc, char **argv)
{
    unsigned long tried = 0;
    int order;

    assert(argc == 3 && atoi(argv[2]) > 0);
    alarm(LIMIT_SECONDS);
    for (order = 0; order < ORDERS; order += atoi(argv[2])) {
        int left[KINDS] = {CLIENT, SESSIONS, REMOVALS, CANCEL, CHECK, ERROR, STRING};
        int n, rest = order;
        open_all(argv[1]);
        for (n = KINDS; n > 0; n--) {
            const int at = rest % n;
            int i;
            rest /= n;
            free_one(left[at]);
            memmove(&left[at], &left[at + 1], (size_t)(n - 1 - at) * sizeof left[0]);
            /* Each of the others once, two of them after this one */
            for (i = 0; i < 2 && i < n - 1; i++)
                use(left[(i + order) % (n - 1)]);
        }
        tried++;
        if (tried % 16 == 0)
            nav_close_connections();
    }
    nav_close_connections();
    printf("orders\t%lu\n", tried);
    return 0;
}
