/* Lists the sessions of a server instance, and removes one of them:
 *
 *     list_and_remove DynamicsNAV
 *     list_and_remove DynamicsNAV 11
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nav_session.h>

static nav_text text(const char *of)
{
    nav_text text = {(const uint8_t *)of, strlen(of)};
    return text;
}

static void print(FILE *to, nav_text text)
{
    if (text.length > 0)
        fwrite(text.data, 1, text.length, to);
}

/* Says what happened and what to do about it, and frees the error. */
static void tell(nav_error *error)
{
    nav_error_info info;
    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    if (nav_error_describe(error, &info) == NAV_STATUS_OK) {
        print(stderr, info.message);
        fputs("\n", stderr);
        print(stderr, info.recommended_action);
        fputs("\n", stderr);
    }
    nav_error_free(error);
}

/* Prints the sessions. Makes `key` mean the session that it has the id of, as it is now. */
static int list(const nav_client *client, nav_session_key *key, char unique_id[37])
{
    nav_sessions *sessions = NULL;
    nav_error *error = NULL;
    nav_session row;
    nav_status status;

    if (nav_list_sessions(client, NULL, NULL, &sessions, &error) != NAV_STATUS_OK) {
        tell(error);
        return 0;
    }
    memset(&row, 0, sizeof row);
    row.size = sizeof row;
    while ((status = nav_sessions_next(sessions, &row, &error)) == NAV_STATUS_OK) {
        printf("%11" PRId32 "  ", row.session_id);
        print(stdout, row.client_type);
        printf("  ");
        print(stdout, row.user_id);
        printf("%s\n", row.own_session ? "  (this program's own)" : "");
        if (key != NULL && row.session_id == key->session_id) {
            /* The texts of a row live until the next one is asked for. */
            if (row.session_unique_id.length < 37) {
                memcpy(unique_id, row.session_unique_id.data, row.session_unique_id.length);
                unique_id[row.session_unique_id.length] = '\0';
                key->session_unique_id = text(unique_id);
            }
            key->login_datetime = row.login_datetime;
        }
    }
    nav_sessions_free(sessions);
    if (status != NAV_STATUS_END) {
        tell(error);
        return 0;
    }
    return 1;
}

static int remove_session(const nav_client *client, const nav_session_key *key)
{
    nav_error *error = NULL;
    int32_t outcome = 0;
    nav_status status = nav_remove_session(client, key, NULL, &outcome, &error);

    if (status == NAV_STATUS_OK && outcome == NAV_OUTCOME_REMOVED) {
        printf("Session %" PRId32 " is removed.\n", key->session_id);
        return 1;
    }
    tell(error);
    return 0;
}

int main(int argc, char **argv)
{
    nav_client_options options;
    nav_client *client = NULL;
    nav_error *error = NULL;
    nav_session_key key;
    char unique_id[37] = "";
    int done;

    memset(&key, 0, sizeof key);
    key.size = sizeof key;
    key.login_datetime = NAV_NO_DATETIME;
    if (argc == 3) {
        char *end;
        long id;
        errno = 0;
        id = strtol(argv[2], &end, 10);
        if (errno != 0 || end == argv[2] || *end != '\0' || id < INT32_MIN || id > INT32_MAX) {
            fprintf(stderr, "'%s' is not the id of a session.\n", argv[2]);
            return 2;
        }
        key.session_id = (int32_t)id;
    } else if (argc != 2) {
        fprintf(stderr, "Usage: %s SERVER_INSTANCE [SESSION_ID]\n", argv[0]);
        return 2;
    }
    if (nav_abi_version() != NAV_ABI_VERSION) {
        fprintf(stderr, "The library's ABI is version %" PRIu32 ", and this program was built for %d.\n",
                nav_abi_version(), NAV_ABI_VERSION);
        return 1;
    }

    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.server_instance = text(argv[1]);
    if (nav_client_open(&options, &client, &error) != NAV_STATUS_OK) {
        tell(error);
        return 1;
    }
    done = list(client, argc == 3 ? &key : NULL, unique_id) && (argc == 2 || remove_session(client, &key));
    nav_client_free(client);
    nav_close_connections();
    return done ? 0 : 1;
}
