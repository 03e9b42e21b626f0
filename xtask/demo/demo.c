/* The demo without PowerShell: the calls of the C interface that the cmdlets make.
   Usage: demo SOAP-ADDRESS, with NAV_SESSION_ENDPOINTS naming a file to write. */
#include "nav_session.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static nav_text text(const char *characters)
{
    nav_text text = { (const uint8_t *)characters, strlen(characters) };
    return text;
}

static void print_column(nav_text column, int width)
{
    printf("  %-*.*s", width, (int)column.length, column.length == 0 ? "" : (const char *)column.data);
}

/* Ends the program when a call has failed. */
static void check(const char *call, nav_error *error)
{
    nav_error_info info = { .size = sizeof info };

    if (error == NULL)
        return;
    fflush(stdout);
    if (nav_error_describe(error, &info) == NAV_STATUS_OK)
        fprintf(stderr, "%s: %.*s\n%.*s\n", call,
                (int)info.message.length, (const char *)info.message.data,
                (int)info.recommended_action.length, (const char *)info.recommended_action.data);
    nav_error_free(error);
    exit(EXIT_FAILURE);
}

/* Prints the list, and says whether a session is in it. */
static bool list(const nav_client *client, int32_t wanted)
{
    nav_sessions *sessions = NULL;
    nav_session row = { .size = sizeof row };
    nav_error *error = NULL;
    bool listed = false;

    puts("\n> nav_list_sessions(client, NULL, NULL, &sessions, &error)\n");
    nav_list_sessions(client, NULL, NULL, &sessions, &error);
    check("nav_list_sessions", error);
    printf("%9s  %-16s  %-16s  %s\n", "SessionID", "UserID", "ClientType", "ClientComputerName");
    while (nav_sessions_next(sessions, &row, &error) == NAV_STATUS_OK) {
        printf("%9d", (int)row.session_id);
        print_column(row.user_id, 16);
        print_column(row.client_type, 16);
        print_column(row.client_computer_name, 18);
        puts(row.own_session ? "  this program" : "");
        listed = listed || row.session_id == wanted;
    }
    check("nav_sessions_next", error);
    nav_sessions_free(sessions);
    return listed;
}

static void register_endpoint(const char *uri)
{
    nav_endpoint endpoint = { .size = sizeof endpoint };
    nav_error *error = NULL;

    endpoint.server_instance = text("DynamicsNAV");
    endpoint.service = NAV_SERVICE_SOAP;
    endpoint.uri = text(uri);
    endpoint.company = text("CRONUS International Ltd.");
    endpoint.credential_type = NAV_CREDENTIAL_TYPE_NONE;
    endpoint.scope = NAV_SCOPE_USER;
    printf("\n> nav_register_endpoint(NULL, 0, { \"%s\", ... }, 0, &error)\n", uri);
    nav_register_endpoint(NULL, 0, &endpoint, 0, &error);
    check("nav_register_endpoint", error);
}

static nav_client *open_client(void)
{
    nav_client_options options = { .size = sizeof options };
    nav_client *client = NULL;
    nav_error *error = NULL;

    options.server_instance = text("DynamicsNAV");
    options.tenant = text("default");
    puts("\n> nav_client_open({ \"DynamicsNAV\", tenant \"default\" }, &client, &error)");
    nav_client_open(&options, &client, &error);
    check("nav_client_open", error);
    return client;
}

static void remove_session(const nav_client *client, int32_t session_id)
{
    nav_session_key key = { .size = sizeof key };
    nav_error *error = NULL;
    int32_t outcome = 0;

    key.session_id = session_id;
    key.login_datetime = NAV_NO_DATETIME;
    printf("\n> nav_remove_session(client, { %d }, NULL, &outcome, &error)\n", (int)session_id);
    nav_remove_session(client, &key, NULL, &outcome, &error);
    check("nav_remove_session", error);
    printf("  outcome %d: %s\n", (int)outcome, outcome == NAV_OUTCOME_REMOVED ? "Removed" : "not removed");
}

int main(int argument_count, char **arguments)
{
    nav_client *client;
    bool listed;

    if (argument_count != 2) {
        fputs("usage: demo SOAP-ADDRESS\n", stderr);
        return 2;
    }
    register_endpoint(arguments[1]);
    client = open_client();
    if (!list(client, 11)) {
        fputs("Session 11 is not there to be removed.\n", stderr);
        return EXIT_FAILURE;
    }
    remove_session(client, 11);
    listed = list(client, 11);
    nav_client_free(client);
    puts(listed ? "\nSession 11 is still there." : "\nSession 11 is gone.");
    return listed ? EXIT_FAILURE : EXIT_SUCCESS;
}
