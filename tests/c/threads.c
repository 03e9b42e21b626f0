/* Many threads on one client, and one that cancels some of their calls. argv[1] is an endpoint's JSON, argv[2] the number
   of rounds of each thread. */
#define _DEFAULT_SOURCE
#include <pthread.h>
#include <unistd.h>

#include "support.h"

#define THREADS 8

static nav_client *client;
static int rounds;
static const char *endpoint;

static int32_t id_of(int thread, int round) { return 10000 + thread * 1000 + round; }

static void write_log(void *context, int32_t level, const uint8_t *line, size_t length)
{
    (void)context;
    (void)level;
    (void)line;
    assert(length > 0);
}

static void *request(void *cancel)
{
    nav_cancel_request(cancel);
    return NULL;
}

static void *work(void *argument)
{
    const int thread = *(const int *)argument;
    int round;
    for (round = 0; round < rounds; round++) {
        nav_session_key key = key_of(id_of(thread, round));
        nav_cancel *cancel = NULL;
        nav_sessions *list = NULL;
        nav_removals *removals = NULL;
        nav_removed removed;
        nav_error *error = NULL;
        nav_session row;
        nav_text name;
        pthread_t canceller;
        int32_t outcome = 0;
        nav_status status;

        /* The session is there: it is removed, once. */
        assert(nav_remove_session(client, &key, NULL, &outcome, &error) == NAV_STATUS_OK);
        assert(outcome == NAV_OUTCOME_REMOVED && error == NULL);

        /* A list that another thread cancels, at whatever stage */
        assert(nav_cancel_new(&cancel, NULL) == NAV_STATUS_OK);
        assert(nav_list_sessions(client, NULL, cancel, &list, NULL) == NAV_STATUS_OK);
        assert(pthread_create(&canceller, NULL, request, cancel) == 0);
        memset(&row, 0, sizeof row);
        row.size = sizeof row;
        while ((status = nav_sessions_next(list, &row, &error)) == NAV_STATUS_OK)
            assert(error == NULL);
        assert(status == NAV_STATUS_END || status == NAV_STATUS_CANCELLED);
        nav_error_free(error);
        assert(pthread_join(canceller, NULL) == 0);
        nav_sessions_free(list);

        /* A set of removals that another thread cancels */
        memset(&removed, 0, sizeof removed);
        removed.size = sizeof removed;
        nav_cancel_free(cancel);
        assert(nav_cancel_new(&cancel, NULL) == NAV_STATUS_OK);
        assert(nav_removals_new(3, cancel, &removals, NULL) == NAV_STATUS_OK);
        assert(pthread_create(&canceller, NULL, request, cancel) == 0);
        for (key.session_id = 1; key.session_id < 6; key.session_id++)
            assert(nav_removals_add(removals, client, &key, 0, NULL) == NAV_STATUS_OK);
        for (outcome = 0; nav_removals_next(removals, NAV_INFINITE, &removed, &error) == NAV_STATUS_OK; outcome++)
            nav_error_free(error);
        assert(outcome == 5);
        assert(pthread_join(canceller, NULL) == 0);
        nav_removals_free(removals);
        nav_cancel_free(cancel);

        assert(nav_client_name(client, &name, NULL) == NAV_STATUS_OK && name.length > 0);
        if (round % 4 == thread % 4) {
            nav_client_options options = options_for(endpoint);
            nav_client *other = NULL;
            assert(nav_client_open(&options, &other, NULL) == NAV_STATUS_OK);
            nav_client_free(other);
            nav_close_connections();
        }
    }
    return NULL;
}

int main(int argc, char **argv)
{
    nav_client_options options;
    pthread_t threads[THREADS];
    int numbers[THREADS];
    int i;

    assert(argc == 3);
    alarm(LIMIT_SECONDS);
    endpoint = argv[1];
    rounds = atoi(argv[2]);
    options = options_for(argv[1]);
    options.log = write_log;
    assert(nav_client_open(&options, &client, NULL) == NAV_STATUS_OK);
    for (i = 0; i < THREADS; i++) {
        numbers[i] = i;
        assert(pthread_create(&threads[i], NULL, work, &numbers[i]) == 0);
    }
    for (i = 0; i < THREADS; i++)
        assert(pthread_join(threads[i], NULL) == 0);
    nav_client_free(client);
    nav_close_connections();
    printf("rounds\t%d\n", THREADS * rounds);
    return 0;
}
