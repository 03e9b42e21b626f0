/* Makes the calls that argv[3] lists, four bytes in hexadecimal each: which call, and three choices of its arguments. After
   each it looks whether what the header promises holds; in the end it frees all that is left. argv[1] and argv[2] are the
   JSON of endpoints. */
#define _DEFAULT_SOURCE
#include <unistd.h>

#include "support.h"

#define SLOTS 2

static const char *endpoints[2];
static char file[4096];
static unsigned long made;

static nav_client *clients[SLOTS];
static nav_sessions *lists[SLOTS];
static nav_removals *sets[SLOTS];
static nav_cancel *cancels[SLOTS];
static nav_check *checks[SLOTS];
static nav_endpoints *registered[SLOTS];
static nav_error *errors[SLOTS];
static nav_string *strings[SLOTS];

/* What each set owes: the removals that were added and have not come back. */
static int owed[SLOTS];
static int lines;

static void write_log(void *context, int32_t level, const uint8_t *line, size_t length)
{
    assert(context == &lines && (level == 1 || level == 2) && line != NULL && length > 0);
    lines++;
}

/* The status is one of the table; there is an error exactly where there has to be, and it is of that status. Keeps it in
   the place of an older one. */
static void look(nav_status status, nav_error *error, int is_described, int slot)
{
    made++;
    if (!is_status(status) || (error != NULL) != (status > NAV_STATUS_END || is_described))
        fprintf(stderr, "call %lu: status %d, error %p\n", made, (int)status, (void *)error);
    assert(is_status(status));
    assert((error != NULL) == (status > NAV_STATUS_END || is_described));
    if (error != NULL) {
        nav_error_info info;
        memset(&info, 0, sizeof info);
        info.size = sizeof info;
        assert(nav_error_describe(error, &info) == NAV_STATUS_OK);
        assert(is_described || info.status == status);
        assert(info.message.length > 0 && info.id.length > 0 && info.recommended_action.length > 0);
        nav_error_free(errors[slot]);
        errors[slot] = error;
    }
}

static nav_cancel *cancel_or_none(unsigned c) { return c & 1 ? cancels[c >> 1 & 1] : NULL; }

static nav_client_options options_of(unsigned b)
{
    nav_client_options options = options_for(endpoints[b & 1]);
    options.network_timeout_milliseconds = 400;
    options.has_retry_delay = 1;
    options.retry_delay_milliseconds = 5;
    if (b & 2) {
        options.log = write_log;
        options.log_context = &lines;
    }
    if (b & 4)
        options.wait_milliseconds = 60;
    if (b & 8) {
        options.has_max_retries = 1;
        options.max_retries = b >> 4 & 3;
    }
    switch (b >> 5) {
    case 5: options.endpoint_json = text("{\"service\":\"Soap\"}"); break;
    case 6: options.size = b; break;
    case 7: options.tenant = text("\xFF"); break;
    }
    return options;
}

static nav_session_key key_for(unsigned c)
{
    nav_session_key key = key_of((int32_t)(c & 31) + 8);
    if (c & 32)
        key.session_unique_id = text(c & 64 ? "none" : "11111111-2222-3333-4444-555555555555");
    if ((c & 224) == 128)
        key.size = 3;
    return key;
}

static void refused_or(nav_status status, int is_bad)
{
    assert(!is_bad || status == NAV_STATUS_INVALID_ARGUMENT);
}

static void call(unsigned op, unsigned a, unsigned b, unsigned c)
{
    const unsigned i = a & 1, j = b & 1;
    nav_error *error = NULL;
    nav_status status;

    switch (op) {
    case 0: {
        nav_client_options options = options_of(b);
        nav_client *client = NULL;
        status = nav_client_open(c == 0 ? NULL : &options, &client, &error);
        look(status, error, 0, 0);
        assert((client != NULL) == (status == NAV_STATUS_OK));
        refused_or(status, c == 0);
        nav_client_free(clients[i]);
        clients[i] = client;
        break;
    }
    case 1:
        nav_client_free(clients[i]);
        clients[i] = NULL;
        break;
    case 2: {
        nav_session_filter filter;
        nav_sessions *list = NULL;
        nav_text pattern = text(c & 4 ? "*A*" : "[");
        int32_t ids[2] = {11, 12};
        memset(&filter, 0, sizeof filter);
        filter.size = sizeof filter;
        if (c & 8) {
            filter.user_id_patterns = &pattern;
            filter.user_id_pattern_count = 1;
        }
        if (c & 16) {
            filter.session_ids = ids;
            filter.session_id_count = c >> 5 & 1;
        }
        status = nav_list_sessions(clients[j], c & 64 ? &filter : NULL, cancel_or_none(c), &list, &error);
        look(status, error, 0, 0);
        assert((list != NULL) == (status == NAV_STATUS_OK));
        refused_or(status, clients[j] == NULL);
        nav_sessions_free(lists[i]);
        lists[i] = list;
        break;
    }
    case 3: {
        nav_session row;
        memset(&row, 0xA5, sizeof row);
        row.size = c == 0 ? 1 : sizeof row;
        status = nav_sessions_next(lists[i], c == 1 ? NULL : &row, &error);
        look(status, error, 0, 0);
        refused_or(status, lists[i] == NULL || c < 2);
        assert((status == NAV_STATUS_OK) == (row.session_id != (int32_t)0xA5A5A5A5));
        assert(status != NAV_STATUS_OK || row.user_id.length < 1000);
        break;
    }
    case 4:
        nav_sessions_free(lists[i]);
        lists[i] = NULL;
        break;
    case 5: {
        nav_session_key key = key_for(c);
        int32_t outcome = 77;
        status = nav_remove_session(clients[i], &key, cancel_or_none(b), &outcome, &error);
        look(status, error, status == NAV_STATUS_OK && outcome != NAV_OUTCOME_REMOVED, 1);
        assert(status == NAV_STATUS_OK ? outcome >= 1 && outcome <= 8 : outcome == 77);
        refused_or(status, clients[i] == NULL || key.size == 3);
        break;
    }
    case 6: {
        nav_removals *set = NULL;
        status = nav_removals_new(b & 7, cancel_or_none(c), &set, &error);
        look(status, error, 0, 0);
        assert(status == NAV_STATUS_OK && set != NULL);
        nav_removals_free(sets[i]);
        sets[i] = set;
        owed[i] = 0;
        break;
    }
    case 7: {
        nav_session_key key = key_for(c);
        status = nav_removals_add(sets[i], clients[j], &key, c, &error);
        look(status, error, 0, 0);
        refused_or(status, sets[i] == NULL || clients[j] == NULL || key.size == 3);
        owed[i] += status == NAV_STATUS_OK;
        break;
    }
    case 8:
        status = nav_removals_has_room(sets[i], b & 1 ? NAV_INFINITE : b, &error);
        look(status, error, 0, 0);
        refused_or(status, sets[i] == NULL);
        assert(sets[i] == NULL || !(b & 1) || status == NAV_STATUS_OK);
        break;
    case 9: {
        nav_removed removed;
        const int waits = b & 1;
        memset(&removed, 0xA5, sizeof removed);
        removed.size = c == 0 ? 0 : sizeof removed;
        status = nav_removals_next(sets[i], waits ? NAV_INFINITE : 0, &removed, &error);
        look(status, error, status == NAV_STATUS_OK && removed.outcome != NAV_OUTCOME_REMOVED, 1);
        refused_or(status, sets[i] == NULL || c == 0);
        if (status == NAV_STATUS_OK) {
            assert(owed[i] > 0 && is_status(removed.status) && removed.tag < 256);
            assert((removed.outcome == 0) == (removed.status != NAV_STATUS_OK));
            owed[i]--;
        } else {
            assert(removed.outcome == (int32_t)0xA5A5A5A5);
            /* Each that was added comes back once. */
            assert(status != NAV_STATUS_END || !waits || owed[i] == 0);
        }
        break;
    }
    case 10:
        nav_removals_free(sets[i]);
        sets[i] = NULL;
        owed[i] = 0;
        break;
    case 11: {
        nav_cancel *cancel = NULL;
        status = nav_cancel_new(c == 0 ? NULL : &cancel, &error);
        look(status, error, 0, 0);
        refused_or(status, c == 0);
        nav_cancel_free(cancels[i]);
        cancels[i] = cancel;
        break;
    }
    case 12:
        if (c & 1)
            nav_cancel_request(cancels[i]);
        break;
    case 13:
        nav_cancel_free(cancels[i]);
        cancels[i] = NULL;
        break;
    case 14: {
        nav_client_options options = options_of(b);
        nav_check *check = NULL;
        status = nav_check_endpoint(&options, cancel_or_none(c), &check, &error);
        look(status, error, 0, 0);
        assert((check != NULL) == (status == NAV_STATUS_OK));
        nav_check_free(checks[i]);
        checks[i] = check;
        break;
    }
    case 15: {
        nav_checked_step step;
        memset(&step, 0xA5, sizeof step);
        step.size = sizeof step;
        status = nav_check_next(checks[i], &step, &error);
        look(status, error, 0, 0);
        refused_or(status, checks[i] == NULL);
        if (status == NAV_STATUS_OK) {
            assert(step.step >= 1 && step.step <= 11 && step.verdict >= 1 && step.verdict <= 3);
            assert((step.error_id.data != NULL) == (step.verdict == NAV_VERDICT_FAILED));
        }
        break;
    }
    case 16:
        nav_check_free(checks[i]);
        checks[i] = NULL;
        break;
    case 17: {
        nav_endpoints *list = NULL;
        status = nav_list_endpoints(b & 1 ? (const uint8_t *)file : NULL, b & 1 ? strlen(file) : 0, &list, &error);
        look(status, error, 0, 0);
        assert((list != NULL) == (status == NAV_STATUS_OK));
        nav_endpoints_free(registered[i]);
        registered[i] = list;
        break;
    }
    case 18: {
        nav_endpoint row;
        memset(&row, 0xA5, sizeof row);
        row.size = c == 0 ? 7 : sizeof row;
        status = nav_endpoints_next(registered[i], &row, &error);
        look(status, error, 0, 0);
        refused_or(status, registered[i] == NULL || c == 0);
        assert(status != NAV_STATUS_OK || row.server_instance.length > 0);
        break;
    }
    case 19:
        nav_endpoints_free(registered[i]);
        registered[i] = NULL;
        break;
    case 20: {
        static const char *const names[] = {"one", "two", "", "a/b"};
        nav_endpoint endpoint;
        memset(&endpoint, 0, sizeof endpoint);
        endpoint.size = sizeof endpoint;
        endpoint.server_instance = text(names[a & 3]);
        endpoint.service = (int32_t)(b & 3);
        endpoint.uri = text("http://nav01:7047/N");
        endpoint.company = text("C");
        endpoint.credential_type = (int32_t)(b >> 2 & 3);
        endpoint.scope = (int32_t)(b >> 4 & 3);
        status = nav_register_endpoint(NULL, 0, &endpoint, c & 1, &error);
        look(status, error, 0, 0);
        status = nav_validate_endpoint(&endpoint, error == NULL ? &error : NULL);
        assert(is_status(status));
        if (error != errors[0])
            nav_error_free(error);
        status = nav_unregister_endpoint(NULL, 0, (const uint8_t *)names[c & 3], strlen(names[c & 3]), 1, NULL);
        assert(is_status(status));
        break;
    }
    case 21: {
        nav_error_info info;
        memset(&info, 0, sizeof info);
        info.size = c & 1 ? sizeof info : c & 63;
        status = nav_error_describe(errors[i], &info);
        refused_or(status, errors[i] == NULL || !(c & 1));
        if (c & 2) {
            nav_error_free(errors[i]);
            errors[i] = NULL;
        }
        break;
    }
    case 22: {
        nav_string *full = NULL, *brief = NULL;
        nav_text name;
        uint8_t bytes[2];
        bytes[0] = (uint8_t)b;
        bytes[1] = (uint8_t)c;
        status = nav_server_instance_names(bytes, a & 3 ? 2 : 0, a & 4 ? &full : NULL, a & 8 ? &brief : NULL, &error);
        look(status, error, 0, 0);
        nav_string_text(full, &name);
        assert((name.data != NULL) == (full != NULL));
        nav_string_free(strings[0]);
        nav_string_free(strings[1]);
        strings[0] = full;
        strings[1] = brief;
        break;
    }
    case 23: {
        nav_text name;
        status = nav_client_name(clients[i], &name, &error);
        look(status, error, 0, 0);
        assert((status == NAV_STATUS_OK) == (clients[i] != NULL));
        nav_version(&name);
        assert(name.length > 0 && nav_abi_version() == NAV_ABI_VERSION);
        break;
    }
    case 24:
        nav_close_connections();
        break;
    }
}

int main(int argc, char **argv)
{
    /* What takes longest and goes deepest is asked for most. */
    static const unsigned char often[] = {0,  0,  1,  2,  2,  3,  3,  3,  3,  4,  5,  5,  5,  6,  6,  7,  7,  7,
                                          7,  7,  8,  9,  9,  9,  9,  10, 11, 11, 12, 13, 14, 15, 15, 15, 16, 17,
                                          18, 18, 19, 20, 21, 22, 23, 24};
    const char *at;
    int i;

    assert(argc == 4);
    alarm(LIMIT_SECONDS);
    endpoints[0] = argv[1];
    endpoints[1] = argv[2];
    snprintf(file, sizeof file, "%s", getenv("NAV_SESSION_ENDPOINTS"));
    for (at = argv[3]; strlen(at) >= 8; at += 8) {
        unsigned long step;
        char digits[9];
        memcpy(digits, at, 8);
        digits[8] = '\0';
        step = strtoul(digits, NULL, 16);
        call(often[(step >> 24 & 255) % sizeof often], step >> 16 & 255, step >> 8 & 255, step & 255);
    }
    for (i = 0; i < SLOTS; i++) {
        nav_error_free(errors[i]);
        nav_string_free(strings[i]);
        nav_client_free(clients[i]);
        nav_sessions_free(lists[i]);
        nav_removals_free(sets[i]);
        nav_cancel_free(cancels[i]);
        nav_check_free(checks[i]);
        nav_endpoints_free(registered[i]);
    }
    nav_close_connections();
    printf("calls\t%lu\n", made);
    return 0;
}
