/* A call is cancelled from another thread at each stage of it, and ends at once: the server of this program knows which
   stage it is. */
#define _DEFAULT_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "support.h"

enum stage { BEFORE, CONNECT, REQUEST_OUT, ANSWER, WAIT, RETRY, BETWEEN_PAGES, STAGES };
enum call { REMOVE, LIST, REMOVALS, CHECK, CALLS };

static const char *const stage_names[] = {"before", "connect", "request", "answer", "wait", "retry", "pages"};

/* A call that is cancelled returns within milliseconds; a machine may be busy. */
#define PROMPT_SECONDS 10

static enum stage stage;
static nav_cancel *cancel;
static int listener;
static int port;
static int lists;

static int listening(int backlog)
{
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    int one = socket(AF_INET, SOCK_STREAM, 0);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert(one >= 0 && bind(one, (struct sockaddr *)&address, sizeof address) == 0 && listen(one, backlog) == 0);
    assert(getsockname(one, (struct sockaddr *)&address, &length) == 0);
    port = ntohs(address.sin_port);
    return one;
}

static void say(int connection, const char *head, const char *body, size_t sent)
{
    char answer[4096];
    int length = snprintf(answer, sizeof answer,
                          "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %lu\r\n\r\n", head,
                          (unsigned long)strlen(body));
    assert(length > 0 && (size_t)length + sent < sizeof answer);
    memcpy(answer + length, body, sent);
    /* The other side may have gone. */
    if (send(connection, answer, (size_t)length + sent, MSG_NOSIGNAL) < 0)
        return;
}

/* Reads one request to its end; 0 when there is no more. */
static int heard(int connection, char *request, size_t size)
{
    size_t length = 0, wanted = 0;
    for (;;) {
        ssize_t got = recv(connection, request + length, size - 1 - length, 0);
        char *end, *field;
        if (got <= 0)
            return 0;
        length += (size_t)got;
        request[length] = '\0';
        end = strstr(request, "\r\n\r\n");
        if (end == NULL)
            continue;
        field = strstr(request, "Content-Length: ");
        wanted = (size_t)(end + 4 - request) + (field == NULL ? 0 : strtoul(field + 16, NULL, 10));
        if (length >= wanted)
            return 1;
    }
}

static void answer(int connection, const char *request)
{
    char page[1024];
    const int is_list = strncmp(request, "GET", 3) == 0;
    snprintf(page, sizeof page,
             "{\"value\":[{\"Server_Instance_ID\":1,\"Session_ID\":11,\"User_ID\":\"ANNA\"}]%s%d%s}",
             stage == BETWEEN_PAGES ? ",\"@odata.nextLink\":\"http://127.0.0.1:" : ",\"x\":\"", port,
             stage == BETWEEN_PAGES ? "/BC/ODataV4/next\"" : "\"");
    switch (stage) {
    case REQUEST_OUT:
        nav_cancel_request(cancel);
        break;
    case ANSWER:
        say(connection, "200 OK", page, 20);
        nav_cancel_request(cancel);
        break;
    case RETRY:
        say(connection, "429 Too Many Requests\r\nRetry-After: 50", "{}", 2);
        break;
    case WAIT:
        if (!is_list) {
            say(connection, "200 OK", "{\"value\":\"Removed\"}", 19);
            break;
        }
        say(connection, "200 OK", page, strlen(page));
        if (++lists == 2)
            nav_cancel_request(cancel);
        break;
    default:
        say(connection, "200 OK", page, strlen(page));
    }
}

static void *converse(void *socket)
{
    int connection = *(int *)socket;
    char request[16384];
    free(socket);
    while (heard(connection, request, sizeof request))
        answer(connection, request);
    close(connection);
    return NULL;
}

static void *serve(void *unused)
{
    (void)unused;
    for (;;) {
        int *connection = malloc(sizeof *connection);
        pthread_t thread;
        assert(connection != NULL);
        *connection = accept(listener, NULL, NULL);
        if (*connection < 0) {
            free(connection);
            return NULL;
        }
        assert(pthread_create(&thread, NULL, converse, connection) == 0);
        assert(pthread_detach(thread) == 0);
    }
}

/* Cancels once a connection to the port is being made, which nobody accepts. */
static void *cancel_connecting(void *unused)
{
    char line[512], wanted[32];
    int found = 0;
    (void)unused;
    snprintf(wanted, sizeof wanted, "0100007F:%04X 02", (unsigned)port);
    while (!found) {
        FILE *table = fopen("/proc/self/net/tcp", "r");
        assert(table != NULL);
        while (fgets(line, sizeof line, table) != NULL)
            found = found || strstr(line, wanted) != NULL;
        fclose(table);
        sched_yield();
    }
    nav_cancel_request(cancel);
    return NULL;
}

static void *request(void *unused)
{
    (void)unused;
    nav_cancel_request(cancel);
    return NULL;
}

/* The pause before a retry begins when the log has told of it. */
static void write_log(void *context, int32_t level, const uint8_t *line, size_t length)
{
    static const char announced[] = "Asking again in ";
    pthread_t *canceller = context;
    size_t i;
    (void)level;
    for (i = 0; i + strlen(announced) <= length; i++)
        if (memcmp(line + i, announced, strlen(announced)) == 0) {
            assert(pthread_create(canceller, NULL, request, NULL) == 0);
            return;
        }
}

static void call(enum call which)
{
    char endpoint[200];
    nav_client_options options;
    nav_client *client = NULL;
    nav_sessions *list = NULL;
    nav_removals *removals = NULL;
    nav_check *check = NULL;
    nav_checked_step step;
    nav_removed removed;
    nav_session row;
    nav_session_key key = key_of(11);
    nav_error *error = NULL;
    nav_status status;
    pthread_t thread, canceller;
    int filler = -1, failed = 0;
    int32_t outcome = 0;
    time_t began;

    assert(nav_cancel_new(&cancel, NULL) == NAV_STATUS_OK);
    lists = 0;
    listener = listening(stage == CONNECT ? 0 : 16);
    if (stage == CONNECT) {
        struct sockaddr_in address;
        memset(&address, 0, sizeof address);
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons((uint16_t)port);
        /* The first fills the queue of what nobody accepts. */
        filler = socket(AF_INET, SOCK_STREAM, 0);
        assert(connect(filler, (struct sockaddr *)&address, sizeof address) == 0);
        assert(pthread_create(&thread, NULL, cancel_connecting, NULL) == 0);
    } else {
        assert(pthread_create(&thread, NULL, serve, NULL) == 0);
    }
    snprintf(endpoint, sizeof endpoint,
             "{\"service\":\"OData\",\"uri\":\"http://127.0.0.1:%d/BC\",\"company\":\"C\","
             "\"credentialType\":\"None\"}",
             port);
    options = options_for(endpoint);
    options.wait_milliseconds = stage == WAIT ? 60000 : 0;
    options.log = stage == RETRY ? write_log : NULL;
    options.log_context = &canceller;
    assert(nav_client_open(&options, &client, NULL) == NAV_STATUS_OK);
    if (stage == BEFORE)
        nav_cancel_request(cancel);
    memset(&row, 0, sizeof row);
    row.size = sizeof row;
    memset(&removed, 0, sizeof removed);
    removed.size = sizeof removed;
    memset(&step, 0, sizeof step);
    step.size = sizeof step;

    began = time(NULL);
    switch (which) {
    case REMOVE:
        status = nav_remove_session(client, &key, cancel, &outcome, &error);
        break;
    case LIST:
        assert(nav_list_sessions(client, NULL, cancel, &list, NULL) == NAV_STATUS_OK);
        status = nav_sessions_next(list, &row, &error);
        if (stage == BETWEEN_PAGES) {
            assert(status == NAV_STATUS_OK);
            nav_cancel_request(cancel);
            status = nav_sessions_next(list, &row, &error);
        }
        assert(status == NAV_STATUS_CANCELLED);
        break;
    case REMOVALS:
        assert(nav_removals_new(2, cancel, &removals, NULL) == NAV_STATUS_OK);
        assert(nav_removals_add(removals, client, &key, 5, NULL) == NAV_STATUS_OK);
        assert(nav_removals_next(removals, NAV_INFINITE, &removed, &error) == NAV_STATUS_OK);
        assert(removed.tag == 5);
        status = removed.status;
        outcome = removed.outcome;
        break;
    default:
        assert(nav_check_endpoint(&options, cancel, &check, NULL) == NAV_STATUS_OK);
        while (nav_check_next(check, &step, NULL) == NAV_STATUS_OK)
            failed += step.verdict == NAV_VERDICT_FAILED;
        /* The step that was cancelled failed, and no other was tried. */
        assert(failed == 1);
        status = NAV_STATUS_CANCELLED;
    }
    if (time(NULL) - began > PROMPT_SECONDS)
        fprintf(stderr, "%s, call %d: %lu s\n", stage_names[stage], (int)which, (unsigned long)(time(NULL) - began));
    assert(time(NULL) - began <= PROMPT_SECONDS);
    if (which == REMOVE || which == REMOVALS) {
        /* Nothing was done where nothing had gone out, or the server had said so. */
        const int nothing_done = stage == BEFORE || stage == CONNECT || stage == RETRY;
        const int is_right = nothing_done ? status == NAV_STATUS_CANCELLED
                                          : status == NAV_STATUS_OK && outcome == NAV_OUTCOME_UNKNOWN;
        if (!is_right)
            fprintf(stderr, "%s: status %d, outcome %d\n", stage_names[stage], (int)status, (int)outcome);
        assert(is_right && error != NULL);
    }
    nav_error_free(error);
    if (stage == RETRY)
        assert(pthread_join(canceller, NULL) == 0);

    /* Once cancelled, a handle ends whatever is given it. */
    error = NULL;
    assert(nav_remove_session(client, &key, cancel, &outcome, &error) == NAV_STATUS_CANCELLED);
    expect_error(&error, NAV_STATUS_CANCELLED, "cancelled");

    nav_check_free(check);
    nav_removals_free(removals);
    nav_sessions_free(list);
    nav_client_free(client);
    nav_close_connections();
    shutdown(listener, SHUT_RDWR);
    assert(pthread_join(thread, NULL) == 0);
    close(listener);
    if (filler >= 0)
        close(filler);
    nav_cancel_free(cancel);
}

int main(void)
{
    int which, tried = 0;
    alarm(LIMIT_SECONDS);
    for (stage = BEFORE; stage < STAGES; stage++)
        for (which = REMOVE; which < CALLS; which++) {
            if ((stage == BETWEEN_PAGES && which != LIST) || (stage == WAIT && which != REMOVE && which != REMOVALS))
                continue;
            call((enum call)which);
            tried++;
        }
    printf("stages\t%d\n", tried);
    return 0;
}
