/* Lists the sessions that a filter admits, and looks one of them up again: argv[1] is an endpoint's JSON. */
#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "nav_session.h"

static nav_text text(const char *of)
{
    nav_text text = {(const uint8_t *)of, strlen(of)};
    return text;
}

/* Counts the sessions that the filter admits, and gives the numbers of the last one. */
static size_t count(const nav_client *client, const nav_session_filter *filter, nav_session *last)
{
    nav_sessions *sessions = NULL;
    nav_error *error = NULL;
    nav_session row;
    size_t rows = 0;
    nav_status status;
    assert(nav_list_sessions(client, filter, NULL, &sessions, &error) == NAV_STATUS_OK);
    memset(&row, 0, sizeof row);
    row.size = sizeof row;
    while ((status = nav_sessions_next(sessions, &row, &error)) == NAV_STATUS_OK) {
        rows++;
        *last = row;
    }
    assert(status == NAV_STATUS_END);
    nav_sessions_free(sessions);
    return rows;
}

int main(int argc, char **argv)
{
    static const int32_t ids[] = {11, -6574, 4711};
    const int64_t hour = INT64_C(36000000000);
    nav_client_options options;
    nav_client *client = NULL;
    nav_session_filter filter;
    nav_session_key key;
    nav_session row;
    nav_text patterns[2];
    nav_error *error = NULL;

    assert(argc == 2);
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.server_instance = text("DynamicsNAV");
    options.endpoint_json = text(argv[1]);
    assert(nav_client_open(&options, &client, &error) == NAV_STATUS_OK);

    memset(&filter, 0, sizeof filter);
    filter.size = sizeof filter;
    filter.session_ids = ids;
    filter.session_id_count = 3;
    assert(count(client, &filter, &row) == 2);
    filter.session_id_count = 1;
    assert(count(client, &filter, &row) == 1 && row.session_id == 11);
    assert(row.age > 3 * hour && row.age < 4 * hour);
    filter.session_id_count = 0;
    assert(count(client, &filter, &row) == 0);

    /* The fields of the first version hold together with those that came later. */
    filter.session_id_count = 3;
    filter.has_session_id = 1;
    filter.session_id = -6574;
    assert(count(client, &filter, &row) == 1 && row.session_id == -6574);
    filter.session_id = 14;
    assert(count(client, &filter, &row) == 0);

    /* A caller of the first version has none of these fields. */
    filter.size = offsetof(nav_session_filter, session_ids);
    assert(count(client, &filter, &row) == 1 && row.session_id == 14);

    memset(&filter, 0, sizeof filter);
    filter.size = sizeof filter;
    patterns[0] = text("*\\maria");
    patterns[1] = text("cronus\\a[d-n]*");
    filter.user_id_patterns = patterns;
    filter.user_id_pattern_count = 2;
    assert(count(client, &filter, &row) == 4);
    filter.older_than = hour;
    assert(count(client, &filter, &row) == 1 && row.session_id == 11);

    memset(&filter, 0, sizeof filter);
    filter.size = sizeof filter;
    filter.exclude_own_session = 1;
    assert(count(client, &filter, &row) > 11 && row.own_session == 0);

    memset(&key, 0, sizeof key);
    key.size = sizeof key;
    key.session_id = 11;
    key.login_datetime = NAV_NO_DATETIME;
    filter.key = &key;
    assert(count(client, &filter, &row) == 1);
    key.login_datetime = 0;
    assert(count(client, &filter, &row) == 0);

    nav_client_free(client);
    return 0;
}
