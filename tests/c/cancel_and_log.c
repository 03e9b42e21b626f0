/* Another thread ends a call to a server that does not answer; the log tells what was done. argv[1] is an endpoint's
   JSON. */
#include <assert.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "nav_session.h"

static nav_text text(const char *of)
{
    nav_text text = {(const uint8_t *)of, strlen(of)};
    return text;
}

struct log {
    int verbose, debug;
    char last[1024];
    nav_cancel *cancel;
    pthread_t thread;
};

static void *request(void *cancel)
{
    nav_cancel_request(cancel);
    return NULL;
}

static void write_log(void *context, int32_t level, const uint8_t *line, size_t length)
{
    struct log *log = context;
    log->verbose += level == NAV_LOG_LEVEL_VERBOSE;
    log->debug += level == NAV_LOG_LEVEL_DEBUG;
    assert(length < sizeof log->last);
    memcpy(log->last, line, length);
    log->last[length] = '\0';
    /* The first line comes just before the request goes out. */
    if (log->verbose == 1 && level == NAV_LOG_LEVEL_VERBOSE)
        assert(pthread_create(&log->thread, NULL, request, log->cancel) == 0);
}

int main(int argc, char **argv)
{
    nav_client_options options;
    nav_client *client = NULL;
    nav_cancel *cancel = NULL;
    nav_error *error = NULL;
    nav_session_key key;
    struct log log;
    time_t began;
    int32_t outcome = 0;
    nav_status status;

    assert(argc == 2);
    memset(&log, 0, sizeof log);
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.server_instance = text("DynamicsNAV");
    options.endpoint_json = text(argv[1]);
    options.log = write_log;
    options.log_context = &log;
    assert(nav_client_open(&options, &client, NULL) == NAV_STATUS_OK);
    assert(nav_cancel_new(&cancel, NULL) == NAV_STATUS_OK);
    log.cancel = cancel;
    memset(&key, 0, sizeof key);
    key.size = sizeof key;
    key.session_id = 11;
    key.login_datetime = NAV_NO_DATETIME;

    began = time(NULL);
    status = nav_remove_session(client, &key, cancel, &outcome, &error);
    assert(time(NULL) - began < 10);
    assert(pthread_join(log.thread, NULL) == 0);

    /* If the request had gone out, what became of it is not known: an outcome, not an error. */
    assert(status == NAV_STATUS_OK ? outcome == NAV_OUTCOME_UNKNOWN : status == NAV_STATUS_CANCELLED);
    assert(error != NULL);
    assert(log.verbose >= 1 && log.debug >= 1);
    assert(strlen(log.last) > 0);
    nav_error_free(error);
    nav_client_free(client);
    nav_cancel_free(cancel);
    return 0;
}
