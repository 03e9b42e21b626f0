/* A program that does not ignore SIGPIPE survives a write to a connection that the server closed. libcurl before 7.87 leaves
   such writes to its TLS library, which lets them raise the signal. This program stands in for it: each send of the library
   is such a write. argv[1] is an endpoint's JSON. */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "support.h"

static int writes;

ssize_t send(int socket, const void *data, size_t length, int flags)
{
    int ends[2], domain = 0;
    socklen_t size = sizeof domain;
    ssize_t written;
    /* What the library tells its own threads is none. */
    if (getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX)
        return syscall(SYS_sendto, socket, data, length, flags, NULL, 0);
    writes++;
    if (pipe(ends) != 0)
        return -1;
    close(ends[0]);
    written = write(ends[1], data, length);
    assert(written == -1 && errno == EPIPE);
    close(ends[1]);
    errno = EPIPE;
    return -1;
}

int main(int argc, char **argv)
{
    nav_client_options options;
    nav_client *client = NULL;
    nav_session_key key = key_of(11);
    nav_error *error = NULL;
    struct sigaction now;
    sigset_t blocked;
    int32_t outcome = 0;

    assert(argc == 2);
    alarm(LIMIT_SECONDS);
    assert(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    options = options_for(argv[1]);
    assert(nav_client_open(&options, &client, NULL) == NAV_STATUS_OK);
    assert(nav_remove_session(client, &key, NULL, &outcome, &error) == NAV_STATUS_CONNECTION_BROKEN || writes > 0);
    assert(error != NULL && writes > 0);
    nav_error_free(error);
    nav_client_free(client);
    nav_close_connections();

    /* The caller's own signals are as they were. */
    assert(sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_DFL);
    assert(sigprocmask(SIG_BLOCK, NULL, &blocked) == 0 && !sigismember(&blocked, SIGPIPE));
    return 0;
}
