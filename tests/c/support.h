/* What the programs that attack the ABI share. */
#ifndef SUPPORT_H
#define SUPPORT_H

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "nav_session.h"

/* A program that hangs has failed: no stage of one takes this long. */
#define LIMIT_SECONDS 120

static inline nav_text text(const char *of)
{
    nav_text text = {(const uint8_t *)of, strlen(of)};
    return text;
}

/* Memory that nobody may read: whoever does ends the program. */
static inline void *forbidden(void)
{
    void *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert(page != MAP_FAILED);
    return page;
}

static inline nav_client_options options_for(const char *endpoint)
{
    nav_client_options options;
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.server_instance = text("DynamicsNAV");
    options.endpoint_json = text(endpoint);
    return options;
}

static inline nav_session_key key_of(int32_t session_id)
{
    nav_session_key key;
    memset(&key, 0, sizeof key);
    key.size = sizeof key;
    key.session_id = session_id;
    key.login_datetime = NAV_NO_DATETIME;
    return key;
}

/* Whether the number stands in the table of statuses. */
static inline int is_status(int32_t status)
{
    return (status >= 0 && status <= 1) || (status >= 100 && status <= 104) || (status >= 200 && status <= 205) ||
           (status >= 210 && status <= 214) || (status >= 300 && status <= 309) ||
           (status >= 400 && status <= 415) || status == NAV_STATUS_CANCELLED ||
           status == NAV_STATUS_HTTP_UNAVAILABLE;
}

/* An error of this status, with all that an error has; `words` stand in its message. Frees it. */
static inline void expect_error(nav_error **error, nav_status status, const char *words)
{
    nav_error_info info;
    char message[2048];
    assert(*error != NULL);
    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    assert(nav_error_describe(*error, &info) == NAV_STATUS_OK);
    assert(info.message.length > 0 && info.message.length < sizeof message);
    memcpy(message, info.message.data, info.message.length);
    message[info.message.length] = '\0';
    if (info.status != status || strstr(message, words) == NULL)
        fprintf(stderr, "status %d, expected %d, \"%s\" in: %s\n", (int)info.status, (int)status, words, message);
    assert(info.status == status && strstr(message, words) != NULL);
    assert(info.id.length > 0 && info.category.length > 0 && info.recommended_action.length > 0);
    nav_error_free(*error);
    *error = NULL;
}

#endif
