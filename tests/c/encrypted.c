/* Lists the sessions of a server instance over TLS. argv[1] is an endpoint's JSON, argv[2] the status of what that fails with,
   or 0, and each further argument is to stand in the error's sentence. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nav_session.h"

static nav_text text(const char *of)
{
    nav_text text = {(const uint8_t *)of, strlen(of)};
    return text;
}

int main(int argc, char **argv)
{
    nav_client_options options;
    nav_client *client = NULL;
    nav_sessions *sessions = NULL;
    nav_error *error = NULL;
    nav_error_info info;
    nav_session row;
    char message[2048];
    size_t count = 0;
    nav_status expected, status;
    int i;

    assert(argc >= 3);
    expected = (nav_status)strtol(argv[2], NULL, 10);

    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.server_instance = text("DynamicsNAV");
    options.endpoint_json = text(argv[1]);
    assert(nav_client_open(&options, &client, &error) == NAV_STATUS_OK);

    memset(&row, 0, sizeof row);
    row.size = sizeof row;
    status = nav_list_sessions(client, NULL, NULL, &sessions, &error);
    while (status == NAV_STATUS_OK && (status = nav_sessions_next(sessions, &row, &error)) == NAV_STATUS_OK)
        count++;
    nav_sessions_free(sessions);
    nav_client_free(client);

    if (error != NULL) {
        memset(&info, 0, sizeof info);
        info.size = sizeof info;
        assert(nav_error_describe(error, &info) == NAV_STATUS_OK);
        assert(info.message.length < sizeof message);
        memcpy(message, info.message.data, info.message.length);
        message[info.message.length] = '\0';
        fprintf(stderr, "%d %s\n", (int)status, message);
        assert(status == expected);
        for (i = 3; i < argc; i++)
            assert(strstr(message, argv[i]) != NULL);
        nav_error_free(error);
    } else {
        assert(expected == NAV_STATUS_OK && status == NAV_STATUS_END && count > 10);
    }
    return 0;
}
