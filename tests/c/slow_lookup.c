/* Neither a cancelled call nor one whose time is up waits for the system's look-up of a name. This program stands in for
   it; argv[1] is an endpoint's JSON whose host has to be looked up. */
#define _POSIX_C_SOURCE 200809L
#include <assert.h>
#include <netdb.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "nav_session.h"

static nav_cancel *cancel;
static int cancels;

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **result)
{
    (void)node;
    (void)service;
    (void)hints;
    (void)result;
    if (cancels)
        nav_cancel_request(cancel);
    sleep(60);
    return EAI_AGAIN;
}

static nav_text text(const char *of)
{
    nav_text text = {(const uint8_t *)of, strlen(of)};
    return text;
}

/* The status of a removal, and the seconds until the client is freed. */
static nav_status removal(const char *endpoint, time_t *seconds)
{
    nav_client_options options;
    nav_client *client = NULL;
    nav_error *error = NULL;
    nav_session_key key;
    int32_t outcome = 0;
    nav_status status;
    time_t began = time(NULL);

    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.server_instance = text("DynamicsNAV");
    options.endpoint_json = text(endpoint);
    assert(nav_client_open(&options, &client, NULL) == NAV_STATUS_OK);
    memset(&key, 0, sizeof key);
    key.size = sizeof key;
    key.session_id = 11;
    key.login_datetime = NAV_NO_DATETIME;
    status = nav_remove_session(client, &key, cancel, &outcome, &error);
    assert(error != NULL);
    nav_error_free(error);
    nav_client_free(client);
    *seconds = time(NULL) - began;
    return status;
}

int main(int argc, char **argv)
{
    time_t seconds;

    assert(argc == 2);
    assert(nav_cancel_new(&cancel, NULL) == NAV_STATUS_OK);
    assert(removal(argv[1], &seconds) == NAV_STATUS_HOST_NOT_FOUND);
    assert(seconds >= 4 && seconds < 30);
    cancels = 1;
    assert(removal(argv[1], &seconds) == NAV_STATUS_CANCELLED);
    assert(seconds < 3);
    return 0;
}
