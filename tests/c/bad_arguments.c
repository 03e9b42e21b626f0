/* What no caller should pass is an error with a sentence, never a crash, and leaves places for results alone. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "nav_session.h"

static nav_text text(const char *of)
{
    nav_text text = {(const uint8_t *)of, strlen(of)};
    return text;
}

/* The call failed with this status, and its error says `words`. */
static void expect(nav_status found, nav_error **error, nav_status status, const char *words)
{
    nav_error_info info;
    char message[1024];
    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    assert(nav_error_describe(*error, &info) == NAV_STATUS_OK);
    assert(info.message.length < sizeof message);
    memcpy(message, info.message.data, info.message.length);
    message[info.message.length] = '\0';
    if (found != status || info.status != status || strstr(message, words) == NULL)
        fprintf(stderr, "status %d, expected %d, \"%s\" in: %s\n", (int)found, (int)status, words,
                message);
    assert(found == status && info.status == status);
    assert(strstr(message, words) != NULL);
    nav_error_free(*error);
    *error = NULL;
}

#define CLIENT(changes, status, words)                                                             \
    do {                                                                                           \
        memset(&options, 0, sizeof options);                                                       \
        options.size = sizeof options;                                                             \
        options.server_instance = text("DynamicsNAV");                                             \
        options.endpoint_json = text(good);                                                        \
        changes;                                                                                   \
        expect(nav_client_open(&options, &client, &error), &error, status, words);                  \
        assert(client == NULL);                                                                    \
    } while (0)

int main(void)
{
    static const char good[] = "{\"service\":\"Soap\",\"uri\":\"http://127.0.0.1:9/N\",\"company\":\"C\","
                               "\"credentialType\":\"None\"}";
    static const uint8_t not_utf8[] = {'a', 0xFF};
    nav_client_options options;
    nav_client *client = NULL;
    nav_sessions *sessions = NULL;
    nav_endpoints *endpoints = NULL;
    nav_cancel *cancel = NULL;
    nav_string *full = NULL, *brief = NULL;
    nav_text name;
    nav_error *error = NULL;
    nav_error_info info;
    nav_session_key key;
    nav_session row;
    nav_session_filter filter;
    nav_text patterns[2];
    nav_endpoint endpoint;
    nav_check *check = NULL;
    nav_checked_step step;
    nav_settings_choices choices;
    int32_t outcome = 77;

    /* NULL */
    nav_client_free(NULL);
    nav_sessions_free(NULL);
    nav_endpoints_free(NULL);
    nav_cancel_free(NULL);
    nav_cancel_request(NULL);
    nav_check_free(NULL);
    nav_error_free(NULL);
    nav_string_free(NULL);
    nav_string_text(NULL, NULL);
    nav_version(NULL);
    assert(nav_cancel_new(NULL, NULL) == NAV_STATUS_INVALID_ARGUMENT);
    expect(nav_client_open(NULL, &client, &error), &error, NAV_STATUS_INVALID_ARGUMENT,
           "options is NULL");
    expect(nav_list_sessions(NULL, NULL, NULL, &sessions, &error), &error,
           NAV_STATUS_INVALID_ARGUMENT, "client is NULL");
    expect(nav_remove_session(NULL, &key, NULL, &outcome, &error), &error,
           NAV_STATUS_INVALID_ARGUMENT, "client is NULL");
    expect(nav_sessions_next(NULL, &row, &error), &error, NAV_STATUS_INVALID_ARGUMENT,
           "sessions is NULL");
    expect(nav_endpoints_next(NULL, &endpoint, &error), &error, NAV_STATUS_INVALID_ARGUMENT,
           "endpoints is NULL");
    expect(nav_list_endpoints(NULL, 0, NULL, &error), &error, NAV_STATUS_INVALID_ARGUMENT,
           "endpoints is NULL");
    expect(nav_list_installed_endpoints(NULL, &error), &error, NAV_STATUS_INVALID_ARGUMENT,
           "endpoints is NULL");
    expect(nav_unregister_endpoint(NULL, 0, NULL, 3, NAV_SCOPE_USER, &error), &error,
           NAV_STATUS_INVALID_ARGUMENT, "name is NULL");
    expect(nav_validate_endpoint(NULL, &error), &error, NAV_STATUS_INVALID_ARGUMENT,
           "endpoint is NULL");
    expect(nav_register_endpoint(NULL, 0, NULL, 0, &error), &error, NAV_STATUS_INVALID_ARGUMENT,
           "endpoint is NULL");
    expect(nav_client_name(NULL, &name, &error), &error, NAV_STATUS_INVALID_ARGUMENT,
           "client is NULL");
    expect(nav_check_endpoint(NULL, NULL, &check, &error), &error, NAV_STATUS_INVALID_ARGUMENT,
           "options is NULL");
    expect(nav_check_next(NULL, &step, &error), &error, NAV_STATUS_INVALID_ARGUMENT, "check is NULL");
    expect(nav_read_custom_settings(NULL, 3, NULL, &endpoints, &error), &error,
           NAV_STATUS_INVALID_ARGUMENT, "settings_file is NULL");
    assert(nav_error_describe(NULL, &info) == NAV_STATUS_INVALID_ARGUMENT);

    /* Client options */
    CLIENT(options.size = 8, NAV_STATUS_INVALID_ARGUMENT, "options has size 8");
    CLIENT(memset(&options.server_instance, 0, sizeof(nav_text)), NAV_STATUS_INVALID_ARGUMENT,
           "server_instance is NULL");
    CLIENT(options.server_instance = text("a/b"), NAV_STATUS_INVALID_SERVER_INSTANCE, "'/'");
    CLIENT((options.tenant.data = not_utf8, options.tenant.length = 2), NAV_STATUS_INVALID_ARGUMENT,
           "tenant is not UTF-8 at byte 1");
    CLIENT((options.tenant.data = not_utf8, options.tenant.length = SIZE_MAX),
           NAV_STATUS_INVALID_ARGUMENT, "has a length of");
    CLIENT(options.tenant = text(" "), NAV_STATUS_INVALID_TENANT, "blank");
    CLIENT(options.password = text("x"), NAV_STATUS_INVALID_ARGUMENT, "user_name is not");
    CLIENT(options.user_name = text("x"), NAV_STATUS_CREDENTIAL_NOT_ACCEPTED, "None");
    CLIENT(options.endpoint_json = text("{}"), NAV_STATUS_INVALID_ENDPOINT, "missing field");

    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.server_instance = text("DynamicsNAV");
    options.endpoint_json = text(good);
    assert(nav_client_open(&options, &client, NULL) == NAV_STATUS_OK);
    expect(nav_client_open(&options, NULL, &error), &error, NAV_STATUS_INVALID_ARGUMENT,
           "client is NULL");

    expect(nav_client_name(client, NULL, &error), &error, NAV_STATUS_INVALID_ARGUMENT,
           "name is NULL");
    expect(nav_check_endpoint(&options, NULL, NULL, &error), &error, NAV_STATUS_INVALID_ARGUMENT,
           "check is NULL");
    options.access_token = text("t");
    expect(nav_client_open(&options, NULL, &error), &error, NAV_STATUS_INVALID_ARGUMENT,
           "client is NULL");
    memset(&options.access_token, 0, sizeof options.access_token);
    assert(nav_check_endpoint(&options, NULL, &check, &error) == NAV_STATUS_OK);
    expect(nav_check_next(check, NULL, &error), &error, NAV_STATUS_INVALID_ARGUMENT, "step is NULL");
    memset(&step, 0, sizeof step);
    expect(nav_check_next(check, &step, &error), &error, NAV_STATUS_INVALID_ARGUMENT,
           "step has size 0");
    step.size = sizeof step;
    assert(nav_check_next(check, &step, &error) == NAV_STATUS_OK);
    assert(step.step == NAV_STEP_ENDPOINT && step.verdict == NAV_VERDICT_PASSED);
    nav_check_free(check);

    /* Keys */
    memset(&key, 0, sizeof key);
    expect(nav_remove_session(client, &key, NULL, &outcome, &error), &error,
           NAV_STATUS_INVALID_ARGUMENT, "key has size 0");
    key.size = sizeof key;
    key.login_datetime = NAV_NO_DATETIME;
    key.session_unique_id = text("not a GUID");
    expect(nav_remove_session(client, &key, NULL, &outcome, &error), &error,
           NAV_STATUS_INVALID_ARGUMENT, "\"not a GUID\" is not a session's unique id");
    key.session_unique_id = text("");
    key.login_datetime = INT64_MAX;
    expect(nav_remove_session(client, &key, NULL, &outcome, &error), &error,
           NAV_STATUS_INVALID_ARGUMENT, "outside the years");
    key.login_datetime = NAV_NO_DATETIME;
    expect(nav_remove_session(client, &key, NULL, NULL, &error), &error, NAV_STATUS_INVALID_ARGUMENT,
           "outcome is NULL");
    assert(outcome == 77);

    /* A server that is not there */
    expect(nav_remove_session(client, &key, NULL, &outcome, &error), &error,
           NAV_STATUS_CONNECTION_REFUSED, "Nothing answers at 127.0.0.1 port 9");
    assert(outcome == 77);

    /* Rows */
    memset(&filter, 0, sizeof filter);
    expect(nav_list_sessions(client, &filter, NULL, &sessions, &error), &error,
           NAV_STATUS_INVALID_ARGUMENT, "filter has size 0");
    filter.size = sizeof filter;
    filter.older_than = -1;
    expect(nav_list_sessions(client, &filter, NULL, &sessions, &error), &error,
           NAV_STATUS_INVALID_ARGUMENT, "older_than is -1");
    filter.older_than = 0;
    filter.session_ids = &outcome;
    filter.session_id_count = SIZE_MAX;
    expect(nav_list_sessions(client, &filter, NULL, &sessions, &error), &error,
           NAV_STATUS_INVALID_ARGUMENT, "session_ids has a count of");
    filter.session_ids = (const int32_t *)((const char *)&outcome + 1);
    filter.session_id_count = 1;
    expect(nav_list_sessions(client, &filter, NULL, &sessions, &error), &error,
           NAV_STATUS_INVALID_ARGUMENT, "session_ids is not aligned");
    filter.session_ids = NULL;
    patterns[0] = text("CRONUS*");
    patterns[1] = text("A[1");
    filter.user_id_patterns = patterns;
    filter.user_id_pattern_count = 2;
    expect(nav_list_sessions(client, &filter, NULL, &sessions, &error), &error,
           NAV_STATUS_INVALID_PATTERN, "'A[1' is not a pattern");
    memset(&patterns[1], 0, sizeof patterns[1]);
    expect(nav_list_sessions(client, &filter, NULL, &sessions, &error), &error,
           NAV_STATUS_INVALID_ARGUMENT, "user_id_patterns is NULL");
    filter.user_id_patterns = NULL;
    key.size = 0;
    filter.key = &key;
    expect(nav_list_sessions(client, &filter, NULL, &sessions, &error), &error,
           NAV_STATUS_INVALID_ARGUMENT, "key has size 0");
    key.size = sizeof key;
    assert(sessions == NULL);
    assert(nav_list_sessions(client, NULL, NULL, &sessions, NULL) == NAV_STATUS_OK);
    nav_client_free(client);
    expect(nav_sessions_next(sessions, NULL, &error), &error, NAV_STATUS_INVALID_ARGUMENT,
           "session is NULL");
    memset(&row, 0, sizeof row);
    row.size = sizeof row;
    expect(nav_sessions_next(sessions, &row, &error), &error, NAV_STATUS_CONNECTION_REFUSED,
           "Nothing answers");
    assert(nav_sessions_next(sessions, &row, &error) == NAV_STATUS_END && error == NULL);
    nav_sessions_free(sessions);

    /* A cancel that was requested before the call */
    assert(nav_client_open(&options, &client, NULL) == NAV_STATUS_OK);
    assert(nav_cancel_new(&cancel, &error) == NAV_STATUS_OK);
    nav_cancel_request(cancel);
    nav_cancel_request(cancel);
    expect(nav_remove_session(client, &key, cancel, &outcome, &error), &error, NAV_STATUS_CANCELLED,
           "cancelled");
    nav_cancel_free(cancel);
    nav_client_free(client);

    /* Names */
    assert(nav_server_instance_names((const uint8_t *)"microsoftdynamicsnavserver$Bc", 29, &full, &brief,
                                     &error) == NAV_STATUS_OK);
    nav_string_text(full, &name);
    assert(name.length == 29 && memcmp(name.data, "MicrosoftDynamicsNavServer$Bc", 29) == 0);
    nav_string_text(brief, &name);
    assert(name.length == 2 && memcmp(name.data, "Bc", 2) == 0);
    nav_string_free(full);
    nav_string_free(brief);
    expect(nav_server_instance_names((const uint8_t *)"", 0, &full, NULL, &error), &error,
           NAV_STATUS_INVALID_SERVER_INSTANCE, "blank");

    /* Settings files */
    expect(nav_read_custom_settings((const uint8_t *)"no such file", 12, NULL, &endpoints, &error),
           &error, NAV_STATUS_CUSTOM_SETTINGS_UNAVAILABLE, "no such file could not be read");
    memset(&choices, 0, sizeof choices);
    expect(nav_read_custom_settings((const uint8_t *)SETTINGS, strlen(SETTINGS), &choices, &endpoints,
                                    &error),
           &error, NAV_STATUS_INVALID_ARGUMENT, "choices has size 0");
    choices.size = sizeof choices;
    choices.service = 9;
    expect(nav_read_custom_settings((const uint8_t *)SETTINGS, strlen(SETTINGS), &choices, &endpoints,
                                    &error),
           &error, NAV_STATUS_INVALID_ARGUMENT, "no service with the number 9");
    choices.service = 0;
    choices.server_instance = text("Other");
    choices.host = text("nav01");
    choices.company = text("CRONUS AG");
    assert(nav_read_custom_settings((const uint8_t *)SETTINGS, strlen(SETTINGS), &choices, &endpoints,
                                    &error) == NAV_STATUS_OK);
    memset(&endpoint, 0, sizeof endpoint);
    endpoint.size = sizeof endpoint;
    assert(nav_endpoints_next(endpoints, &endpoint, &error) == NAV_STATUS_OK);
    assert(endpoint.scope == 0 && endpoint.company.length == strlen("CRONUS AG"));
    assert(endpoint.server_instance.length == strlen("Other"));
    assert(nav_endpoints_next(endpoints, &endpoint, &error) == NAV_STATUS_END);
    nav_endpoints_free(endpoints);

    /* Endpoints: the file is named by NAV_SESSION_ENDPOINTS */
    memset(&endpoint, 0, sizeof endpoint);
    endpoint.size = sizeof endpoint;
    endpoint.server_instance = text("DynamicsNAV");
    endpoint.uri = text("http://nav01:7047/DynamicsNAV");
    endpoint.company = text("CRONUS International Ltd.");
    endpoint.service = 9;
    endpoint.credential_type = NAV_CREDENTIAL_TYPE_WINDOWS;
    endpoint.scope = NAV_SCOPE_USER;
    expect(nav_register_endpoint(NULL, 0, &endpoint, 0, &error), &error, NAV_STATUS_INVALID_ARGUMENT,
           "no service with the number 9");
    endpoint.service = NAV_SERVICE_ODATA;
    endpoint.scope = NAV_SCOPE_MACHINE;
    expect(nav_register_endpoint(NULL, 0, &endpoint, 0, &error), &error,
           NAV_STATUS_ENDPOINTS_FILE_UNAVAILABLE, "one endpoints file was named");
    endpoint.scope = NAV_SCOPE_USER;
    assert(nav_register_endpoint(NULL, 0, &endpoint, 0, &error) == NAV_STATUS_OK);
    expect(nav_register_endpoint(NULL, 0, &endpoint, 0, &error), &error, NAV_STATUS_ENDPOINT_EXISTS,
           "registered already");
    assert(nav_register_endpoint(NULL, 0, &endpoint, 1, &error) == NAV_STATUS_OK);
    assert(nav_list_endpoints(NULL, 0, &endpoints, &error) == NAV_STATUS_OK);
    memset(&endpoint, 0, sizeof endpoint);
    expect(nav_endpoints_next(endpoints, &endpoint, &error), &error, NAV_STATUS_INVALID_ARGUMENT,
           "endpoint has size 0");
    endpoint.size = sizeof endpoint;
    assert(nav_endpoints_next(endpoints, &endpoint, &error) == NAV_STATUS_OK);
    assert(endpoint.service == NAV_SERVICE_ODATA && endpoint.scope == NAV_SCOPE_USER);
    assert(endpoint.session_control.length == strlen("SessionControl"));
    assert(endpoint.path.length > 0);
    assert(nav_endpoints_next(endpoints, &endpoint, &error) == NAV_STATUS_END);
    nav_endpoints_free(endpoints);
    expect(nav_unregister_endpoint(NULL, 0, (const uint8_t *)"x", 1, NAV_SCOPE_USER, &error), &error,
           NAV_STATUS_ENDPOINT_NOT_FOUND, "No endpoint for server instance 'x'");
    assert(nav_unregister_endpoint(NULL, 0, (const uint8_t *)"dynamicsnav", 11, NAV_SCOPE_USER, &error) ==
           NAV_STATUS_OK);

    /* A file that is named stands for those of the environment. */
    expect(nav_list_endpoints((const uint8_t *)"", SIZE_MAX, &endpoints, &error), &error,
           NAV_STATUS_INVALID_ARGUMENT, "has a length of");
    assert(nav_list_endpoints((const uint8_t *)"no such file", 12, &endpoints, &error) == NAV_STATUS_OK);
    assert(nav_endpoints_next(endpoints, &endpoint, &error) == NAV_STATUS_END);
    nav_endpoints_free(endpoints);
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.server_instance = text("DynamicsNAV");
    options.endpoints_file = text("no such file");
    client = NULL;
    expect(nav_client_open(&options, &client, &error), &error, NAV_STATUS_ENDPOINT_NOT_FOUND,
           "Looked in: no such file (no such file)");

    /* An unknown instance is looked up in the file, and the error names it. */
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.server_instance = text("DynamicsNAV");
    client = NULL;
    expect(nav_client_open(&options, &client, &error), &error, NAV_STATUS_ENDPOINT_NOT_FOUND,
           "Looked in: ");
    return 0;
}
