/* Every pointer of every function, every text and enum of every struct: each in turn as nobody should pass it. All good
   arguments but one are made anew for each call.

   argv[1] "list" prints what is attacked, for comparison with the header. "freed" also passes handles that were freed,
   which no program may do: it shows what is caught where memory still allows. */
#define _POSIX_C_SOURCE 200809L
#define _DEFAULT_SOURCE
#include <stddef.h>
#include <unistd.h>

#include "support.h"

enum kind {
    NONE,
    HANDLE,          /* must be live */
    OPTIONAL_HANDLE, /* or NULL */
    FREED,           /* of a function that frees: NULL does nothing */
    OUT,             /* a place for a result */
    OPTIONAL_OUT,
    TEXT, /* a pointer with a length behind it */
    OPTIONAL_TEXT,
    IN, /* a struct that carries its size */
    OPTIONAL_IN,
    RESULT, /* a struct that carries its size, for a result */
    ERROR   /* a place for an error */
};

struct argument {
    void *p;
    size_t n;
};

struct parameter {
    const char *name;
    enum kind kind;
    void *good;   /* a handle's variable, else what is pointed to */
    size_t size;  /* sizeof */
    size_t least; /* the size of its first version */
};

struct function {
    const char *name;
    nav_status good; /* what comes back for good arguments; -1: see `call` */
    nav_status (*call)(struct argument *a);
    struct parameter parameters[5];
};

/* Handles that are live throughout */
static nav_client *client;
static nav_cancel *cancel;
static nav_check *check;
static nav_endpoints *endpoints;
static nav_error *error;
static nav_removals *removals;
static nav_sessions *sessions;
static nav_string *string;

/* Places for results */
static nav_client *new_client;
static nav_cancel *new_cancel;
static nav_check *new_check;
static nav_endpoints *new_endpoints;
static nav_removals *new_removals;
static nav_sessions *new_sessions;
static nav_string *new_string, *other_string;
static nav_error *new_error;
static nav_text new_text;
static int32_t outcome;
static char untouched[8];

/* Structs */
static nav_client_options options;
static nav_session_key key;
static nav_session_filter filter;
static nav_endpoint endpoint;
static nav_settings_choices choices;
static nav_session row;
static nav_endpoint endpoint_row;
static nav_checked_step step;
static nav_removed removed;
static nav_error_info info;

static char file[4096];
static unsigned long calls;
static void *page;

#define P(i) (a[i].p)
#define ERR(i) ((nav_error **)a[i].p)

static nav_status cancel_new(struct argument *a) { return nav_cancel_new(P(0), ERR(1)); }
static nav_status cancel_request(struct argument *a) { nav_cancel_request(P(0)); return NAV_STATUS_OK; }
static nav_status cancel_free(struct argument *a) { nav_cancel_free(P(0)); return NAV_STATUS_OK; }
static nav_status check_endpoint(struct argument *a) { return nav_check_endpoint(P(0), P(1), P(2), ERR(3)); }
static nav_status check_next(struct argument *a) { return nav_check_next(P(0), P(1), ERR(2)); }
static nav_status check_free(struct argument *a) { nav_check_free(P(0)); return NAV_STATUS_OK; }
static nav_status client_open(struct argument *a) { return nav_client_open(P(0), P(1), ERR(2)); }
static nav_status client_name(struct argument *a) { return nav_client_name(P(0), P(1), ERR(2)); }
static nav_status client_free(struct argument *a) { nav_client_free(P(0)); return NAV_STATUS_OK; }
static nav_status remove_session(struct argument *a) { return nav_remove_session(P(0), P(1), P(2), P(3), ERR(4)); }
static nav_status list_endpoints(struct argument *a) { return nav_list_endpoints(P(0), a[0].n, P(1), ERR(2)); }
static nav_status list_installed(struct argument *a) { return nav_list_installed_endpoints(P(0), ERR(1)); }
static nav_status endpoints_next(struct argument *a) { return nav_endpoints_next(P(0), P(1), ERR(2)); }
static nav_status endpoints_free(struct argument *a) { nav_endpoints_free(P(0)); return NAV_STATUS_OK; }
static nav_status validate(struct argument *a) { return nav_validate_endpoint(P(0), ERR(1)); }
static nav_status register_one(struct argument *a) { return nav_register_endpoint(P(0), a[0].n, P(1), 1, ERR(2)); }
static nav_status read_settings(struct argument *a)
{
    return nav_read_custom_settings(P(0), a[0].n, P(1), P(2), ERR(3));
}
static nav_status unregister_one(struct argument *a)
{
    return nav_unregister_endpoint(P(0), a[0].n, P(1), a[1].n, NAV_SCOPE_USER, ERR(2));
}
static nav_status describe(struct argument *a) { return nav_error_describe(P(0), P(1)); }
static nav_status error_free(struct argument *a) { nav_error_free(P(0)); return NAV_STATUS_OK; }
static nav_status names(struct argument *a) { return nav_server_instance_names(P(0), a[0].n, P(1), P(2), ERR(3)); }
static nav_status removals_new(struct argument *a) { return nav_removals_new(4, P(0), P(1), ERR(2)); }
static nav_status removals_add(struct argument *a) { return nav_removals_add(P(0), P(1), P(2), 7, ERR(3)); }
static nav_status has_room(struct argument *a) { return nav_removals_has_room(P(0), 0, ERR(1)); }
static nav_status removals_next(struct argument *a) { return nav_removals_next(P(0), 0, P(1), ERR(2)); }
static nav_status removals_free(struct argument *a) { nav_removals_free(P(0)); return NAV_STATUS_OK; }
static nav_status list_sessions(struct argument *a) { return nav_list_sessions(P(0), P(1), P(2), P(3), ERR(4)); }
static nav_status sessions_next(struct argument *a) { return nav_sessions_next(P(0), P(1), ERR(2)); }
static nav_status sessions_free(struct argument *a) { nav_sessions_free(P(0)); return NAV_STATUS_OK; }
static nav_status string_text(struct argument *a) { nav_string_text(P(0), P(1)); return NAV_STATUS_OK; }
static nav_status string_free(struct argument *a) { nav_string_free(P(0)); return NAV_STATUS_OK; }
static nav_status abi_version(struct argument *a)
{
    (void)a;
    return nav_abi_version() == NAV_ABI_VERSION ? NAV_STATUS_OK : NAV_STATUS_END;
}
static nav_status version(struct argument *a) { nav_version(P(0)); return NAV_STATUS_OK; }
static nav_status close_connections(struct argument *a) { (void)a; nav_close_connections(); return NAV_STATUS_OK; }

#define ANY (-1)
#define FAILURE {"error", ERROR, &new_error, 0, 0}
#define H(kind, of) {#of, kind, &of, 0, 0}
#define PLACE(name, of) {name, OUT, &of, sizeof of, 0}
#define STRUCT(kind, of, least) {#of, kind, &of, sizeof of, least}
#define OPTIONS STRUCT(IN, options, offsetof(nav_client_options, access_token))
#define KEY STRUCT(IN, key, sizeof key)

static const struct function functions[] = {
    {"nav_cancel_new", 0, cancel_new, {PLACE("cancel", new_cancel), FAILURE}},
    {"nav_cancel_request", 0, cancel_request, {{"cancel", FREED, &cancel, 0, 0}}},
    {"nav_cancel_free", 0, cancel_free, {{"cancel", FREED, &cancel, 0, 0}}},
    {"nav_check_endpoint", 0, check_endpoint, {OPTIONS, H(OPTIONAL_HANDLE, cancel), PLACE("check", new_check), FAILURE}},
    {"nav_check_next", ANY, check_next, {H(HANDLE, check), STRUCT(RESULT, step, sizeof step), FAILURE}},
    {"nav_check_free", 0, check_free, {{"check", FREED, &check, 0, 0}}},
    {"nav_client_open", 0, client_open, {OPTIONS, PLACE("client", new_client), FAILURE}},
    {"nav_client_name", 0, client_name, {H(HANDLE, client), PLACE("name", new_text), FAILURE}},
    {"nav_client_free", 0, client_free, {{"client", FREED, &client, 0, 0}}},
    {"nav_remove_session", NAV_STATUS_CONNECTION_REFUSED, remove_session,
     {H(HANDLE, client), KEY, H(OPTIONAL_HANDLE, cancel), PLACE("outcome", outcome), FAILURE}},
    {"nav_list_endpoints", 0, list_endpoints,
     {{"endpoints_file", OPTIONAL_TEXT, file, 0, 0}, PLACE("endpoints", new_endpoints), FAILURE}},
    {"nav_list_installed_endpoints", 0, list_installed, {PLACE("endpoints", new_endpoints), FAILURE}},
    {"nav_endpoints_next", ANY, endpoints_next,
     {H(HANDLE, endpoints), {"endpoint", RESULT, &endpoint_row, sizeof endpoint_row, offsetof(nav_endpoint, environment)},
      FAILURE}},
    {"nav_endpoints_free", 0, endpoints_free, {{"endpoints", FREED, &endpoints, 0, 0}}},
    {"nav_validate_endpoint", 0, validate, {STRUCT(IN, endpoint, offsetof(nav_endpoint, environment)), FAILURE}},
    {"nav_register_endpoint", 0, register_one,
     {{"endpoints_file", OPTIONAL_TEXT, file, 0, 0}, STRUCT(IN, endpoint, offsetof(nav_endpoint, environment)), FAILURE}},
    {"nav_read_custom_settings", 0, read_settings,
     {{"settings_file", TEXT, SETTINGS, 0, 0}, STRUCT(OPTIONAL_IN, choices, sizeof choices),
      PLACE("endpoints", new_endpoints), FAILURE}},
    {"nav_unregister_endpoint", ANY, unregister_one,
     {{"endpoints_file", OPTIONAL_TEXT, file, 0, 0}, {"name", TEXT, "DynamicsNAV", 0, 0}, FAILURE}},
    {"nav_error_describe", 0, describe, {H(HANDLE, error), STRUCT(RESULT, info, sizeof info)}},
    {"nav_error_free", 0, error_free, {{"error", FREED, &error, 0, 0}}},
    {"nav_server_instance_names", 0, names,
     {{"name", TEXT, "DynamicsNAV", 0, 0}, {"full_name", OPTIONAL_OUT, &new_string, sizeof new_string, 0},
      {"short_name", OPTIONAL_OUT, &other_string, sizeof other_string, 0}, FAILURE}},
    {"nav_removals_new", 0, removals_new, {H(OPTIONAL_HANDLE, cancel), PLACE("removals", new_removals), FAILURE}},
    {"nav_removals_add", 0, removals_add, {H(HANDLE, removals), H(HANDLE, client), KEY, FAILURE}},
    {"nav_removals_has_room", ANY, has_room, {H(HANDLE, removals), FAILURE}},
    {"nav_removals_next", ANY, removals_next, {H(HANDLE, removals), STRUCT(RESULT, removed, sizeof removed), FAILURE}},
    {"nav_removals_free", 0, removals_free, {{"removals", FREED, &removals, 0, 0}}},
    {"nav_list_sessions", 0, list_sessions,
     {H(HANDLE, client), STRUCT(OPTIONAL_IN, filter, offsetof(nav_session_filter, user_id)), H(OPTIONAL_HANDLE, cancel),
      PLACE("sessions", new_sessions), FAILURE}},
    {"nav_sessions_next", ANY, sessions_next,
     {H(HANDLE, sessions), {"session", RESULT, &row, sizeof row, offsetof(nav_session, entry_point_operation)}, FAILURE}},
    {"nav_sessions_free", 0, sessions_free, {{"sessions", FREED, &sessions, 0, 0}}},
    {"nav_string_text", 0, string_text, {{"string", FREED, &string, 0, 0}, {"text", FREED, NULL, 0, 0}}},
    {"nav_string_free", 0, string_free, {{"string", FREED, &string, 0, 0}}},
    {"nav_abi_version", 0, abi_version, {{NULL, NONE, NULL, 0, 0}}},
    {"nav_version", 0, version, {{"version", FREED, NULL, 0, 0}}},
    {"nav_close_connections", 0, close_connections, {{NULL, NONE, NULL, 0, 0}}},
};
#define FUNCTIONS (sizeof functions / sizeof functions[0])

/* What every live handle is of, for each to be passed in the place of each other. */
static void **const handles[] = {(void **)&client, (void **)&cancel,   (void **)&check,    (void **)&endpoints,
                                 (void **)&error,  (void **)&removals, (void **)&sessions, (void **)&string};
#define HANDLES (sizeof handles / sizeof handles[0])

/* Texts and enums within structs that are arguments, and the functions they are tried with. */
struct field {
    const char *of;
    const char *name;
    size_t offset;
    const void *within;
    int is_text;
    int is_looked_at;
};
#define FIELD(type, of, name, is_text, is_looked_at) {#type, #name, offsetof(type, name), &of, is_text, is_looked_at}
#define TEXT_OF(type, of, name) FIELD(type, of, name, 1, 1)
#define ENUM_OF(type, of, name) FIELD(type, of, name, 0, 1)

static const struct field fields[] = {
    TEXT_OF(nav_client_options, options, server_instance), TEXT_OF(nav_client_options, options, endpoint_json),
    TEXT_OF(nav_client_options, options, endpoints_file), TEXT_OF(nav_client_options, options, tenant),
    TEXT_OF(nav_client_options, options, user_name), TEXT_OF(nav_client_options, options, password),
    TEXT_OF(nav_client_options, options, comment), TEXT_OF(nav_client_options, options, access_token),
    ENUM_OF(nav_client_options, options, retry_mode),
    TEXT_OF(nav_session_key, key, session_unique_id),
    TEXT_OF(nav_endpoint, endpoint, server_instance), ENUM_OF(nav_endpoint, endpoint, service),
    TEXT_OF(nav_endpoint, endpoint, uri), TEXT_OF(nav_endpoint, endpoint, company),
    ENUM_OF(nav_endpoint, endpoint, credential_type), TEXT_OF(nav_endpoint, endpoint, session_control),
    TEXT_OF(nav_endpoint, endpoint, active_sessions), FIELD(nav_endpoint, endpoint, scope, 0, 0),
    FIELD(nav_endpoint, endpoint, path, 1, 0), TEXT_OF(nav_endpoint, endpoint, environment),
    TEXT_OF(nav_endpoint, endpoint, application_family), TEXT_OF(nav_endpoint, endpoint, api_version),
    TEXT_OF(nav_endpoint, endpoint, entra_tenant), TEXT_OF(nav_endpoint, endpoint, client_id),
    TEXT_OF(nav_endpoint, endpoint, authority), TEXT_OF(nav_endpoint, endpoint, token_scope),
    TEXT_OF(nav_endpoint, endpoint, ca_file),
    TEXT_OF(nav_settings_choices, choices, server_instance), ENUM_OF(nav_settings_choices, choices, service),
    TEXT_OF(nav_settings_choices, choices, host), TEXT_OF(nav_settings_choices, choices, company),
    TEXT_OF(nav_session_filter, filter, user_id), TEXT_OF(nav_session_filter, filter, client_computer_name),
};
#define FIELDS (sizeof fields / sizeof fields[0])

static const char endpoint_json[] = "{\"service\":\"Soap\",\"uri\":\"http://127.0.0.1:9/N\",\"company\":\"C\","
                                    "\"credentialType\":\"None\"}";

static void make_structs(void)
{
    options = options_for(endpoint_json);
    key = key_of(11);
    memset(&filter, 0, sizeof filter);
    filter.size = sizeof filter;
    memset(&endpoint, 0, sizeof endpoint);
    endpoint.size = sizeof endpoint;
    endpoint.server_instance = text("DynamicsNAV");
    endpoint.service = NAV_SERVICE_SOAP;
    endpoint.uri = text("http://127.0.0.1:9/N");
    endpoint.company = text("C");
    endpoint.credential_type = NAV_CREDENTIAL_TYPE_NONE;
    endpoint.scope = NAV_SCOPE_USER;
    memset(&choices, 0, sizeof choices);
    choices.size = sizeof choices;
    memset(&row, 0xA5, sizeof row);
    row.size = sizeof row;
    memset(&endpoint_row, 0xA5, sizeof endpoint_row);
    endpoint_row.size = sizeof endpoint_row;
    memset(&step, 0xA5, sizeof step);
    step.size = sizeof step;
    memset(&removed, 0xA5, sizeof removed);
    removed.size = sizeof removed;
    memset(&info, 0xA5, sizeof info);
    info.size = sizeof info;
    new_client = (void *)untouched;
    new_cancel = (void *)untouched;
    new_check = (void *)untouched;
    new_endpoints = (void *)untouched;
    new_removals = (void *)untouched;
    new_sessions = (void *)untouched;
    new_string = other_string = (void *)untouched;
    new_error = (void *)untouched;
    new_text.data = (void *)untouched;
    outcome = 77;
}

static int is_untouched(void)
{
    const void *const mark = untouched;
    return new_client == mark && new_cancel == mark && new_check == mark && new_endpoints == mark &&
           new_removals == mark && new_sessions == mark && new_string == mark && other_string == mark &&
           new_text.data == (const uint8_t *)mark && outcome == 77 && row.age == (int64_t)0xA5A5A5A5A5A5A5A5 &&
           endpoint_row.ntlm == 0xA5 && step.step == (int32_t)0xA5A5A5A5 && removed.outcome == (int32_t)0xA5A5A5A5 &&
           info.status == (int32_t)0xA5A5A5A5;
}

#define FREE(new_one, function)                                                                                    \
    do {                                                                                                           \
        if ((const void *)new_one != (const void *)untouched)                                                      \
            function(new_one);                                                                                     \
    } while (0)

static void free_results(void)
{
    FREE(new_client, nav_client_free);
    FREE(new_cancel, nav_cancel_free);
    FREE(new_check, nav_check_free);
    FREE(new_endpoints, nav_endpoints_free);
    FREE(new_removals, nav_removals_free);
    FREE(new_sessions, nav_sessions_free);
    FREE(new_string, nav_string_free);
    FREE(other_string, nav_string_free);
    FREE(new_error, nav_error_free);
}

static int is_handle(enum kind kind) { return kind == HANDLE || kind == OPTIONAL_HANDLE; }
static int is_text(enum kind kind) { return kind == TEXT || kind == OPTIONAL_TEXT; }
static int is_struct(enum kind kind) { return kind == IN || kind == OPTIONAL_IN || kind == RESULT; }
static int is_place(enum kind kind) { return kind == OUT || kind == OPTIONAL_OUT; }

static int count(const struct function *of)
{
    int n = 0;
    while (n < 5 && of->parameters[n].kind != NONE)
        n++;
    return n;
}

static void arguments(const struct function *of, struct argument *a)
{
    int i;
    make_structs();
    for (i = 0; i < count(of); i++) {
        const struct parameter *p = &of->parameters[i];
        a[i].p = is_handle(p->kind) ? *(void **)p->good : p->good;
        a[i].n = is_text(p->kind) ? strlen(p->good) : 0;
        if (p->kind == FREED)
            a[i].p = NULL;
    }
}

static nav_status called(const struct function *of, struct argument *a)
{
    nav_status status = of->call(a);
    calls++;
    if (!is_status(status))
        fprintf(stderr, "%s: status %d\n", of->name, (int)status);
    assert(is_status(status));
    return status;
}

static int has_error(const struct function *of)
{
    int n = count(of);
    return n > 0 && of->parameters[n - 1].kind == ERROR;
}

/* The call is refused, says why, and leaves all places for results alone. */
static void refused(const struct function *of, struct argument *a, const char *words)
{
    nav_status status = called(of, a);
    if (status != NAV_STATUS_INVALID_ARGUMENT)
        fprintf(stderr, "%s: status %d where \"%s\" was to be refused\n", of->name, (int)status, words);
    assert(status == NAV_STATUS_INVALID_ARGUMENT);
    if (has_error(of))
        expect_error(&new_error, status, words);
    assert(is_untouched());
}

/* The call did nothing at all, or what it is for. */
static void harmless(const struct function *of, struct argument *a)
{
    nav_status status = called(of, a);
    if (has_error(of) && a[count(of) - 1].p != NULL)
        assert((status > NAV_STATUS_END) == (new_error != NULL) || status == NAV_STATUS_OK);
    free_results();
}

static void attack_parameter(const struct function *of, int i, int with_freed)
{
    const struct parameter *p = &of->parameters[i];
    struct argument a[5];
    size_t j;
    char words[200];

    /* NULL */
    arguments(of, a);
    a[i].p = NULL;
    snprintf(words, sizeof words, "%s is NULL", p->name);
    if (p->kind == HANDLE || p->kind == OUT || p->kind == TEXT || p->kind == IN || p->kind == RESULT)
        refused(of, a, words);
    else
        harmless(of, a);

    /* Handles of other types, and what is no handle */
    if (is_handle(p->kind) || (p->kind == FREED && p->good != NULL)) {
        uint64_t zeroes[16];
        memset(zeroes, 0, sizeof zeroes);
        snprintf(words, sizeof words, "%s is no live nav_", p->name);
        for (j = 0; j < HANDLES + 2; j++) {
            arguments(of, a);
            if (j < HANDLES && (void *)handles[j] == p->good)
                continue;
            a[i].p = j < HANDLES ? *handles[j] : j == HANDLES ? (void *)zeroes : (char *)*(void **)p->good + 1;
            if (is_handle(p->kind))
                refused(of, a, words);
            else
                harmless(of, a);
        }
    }
    if (with_freed && p->kind == HANDLE && p->good == &client) {
        nav_client *freed = NULL;
        nav_client_options good = options_for(endpoint_json);
        assert(nav_client_open(&good, &freed, NULL) == NAV_STATUS_OK);
        nav_client_free(freed);
        nav_client_free(freed);
        arguments(of, a);
        a[i].p = freed;
        refused(of, a, "is no live nav_client: it was freed");
    }

    /* Places and structs that are not aligned */
    if (p->size % 4 == 0 && (is_place(p->kind) || is_struct(p->kind)) && p->kind != OPTIONAL_OUT) {
        arguments(of, a);
        a[i].p = (char *)p->good + 1;
        snprintf(words, sizeof words, "%s is not aligned", p->name);
        refused(of, a, words);
    }

    /* Structs of a size that none has */
    if (is_struct(p->kind)) {
        const size_t sizes[] = {0,           1,           sizeof(size_t), p->least - 8, p->least - 1,
                                p->least + 1, p->size + 4, 1u << 20,       SIZE_MAX,     SIZE_MAX / 2};
        snprintf(words, sizeof words, "%s has size", p->name);
        for (j = 0; j < sizeof sizes / sizeof sizes[0]; j++) {
            arguments(of, a);
            *(size_t *)p->good = sizes[j];
            refused(of, a, words);
        }
        /* One of a version to come, whose new fields nobody looks at, and an old one */
        for (j = 0; j < 2; j++) {
            char larger[1024];
            arguments(of, a);
            memset(larger, 0xA5, sizeof larger);
            memcpy(larger, p->good, p->size);
            *(size_t *)(void *)larger = j == 0 ? sizeof larger : p->least;
            a[i].p = larger;
            harmless(of, a);
            assert(larger[p->size] == (char)0xA5);
        }
    }

    /* Texts that are none */
    if (is_text(p->kind)) {
        static const char *const not_utf8[] = {"a\xFF", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82"};
        const size_t lengths[] = {SIZE_MAX, SIZE_MAX / 2 + 1, SIZE_MAX / 2, (size_t)1 << 40, (1u << 20) + 1};
        for (j = 0; j < sizeof not_utf8 / sizeof not_utf8[0]; j++) {
            arguments(of, a);
            a[i].p = (void *)not_utf8[j];
            a[i].n = strlen(not_utf8[j]);
            snprintf(words, sizeof words, "%s is not UTF-8", p->name);
            refused(of, a, words);
        }
        for (j = 0; j < sizeof lengths / sizeof lengths[0]; j++) {
            arguments(of, a);
            a[i].p = page;
            a[i].n = lengths[j];
            snprintf(words, sizeof words, "%s has a length of", p->name);
            refused(of, a, words);
        }
        arguments(of, a);
        a[i].p = page;
        a[i].n = 0;
        harmless(of, a);
        arguments(of, a);
        a[i].p = "a\0b";
        a[i].n = 3;
        harmless(of, a);
    }
}

static void attack_field(const struct field *f, const struct function *of)
{
    static const char *const not_utf8[] = {"a\xFF", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82"};
    const size_t lengths[] = {SIZE_MAX, SIZE_MAX / 2 + 1, SIZE_MAX / 2, (size_t)1 << 40, (1u << 20) + 1};
    const int32_t numbers[] = {INT32_MIN, -1, 4711, INT32_MAX};
    char *within = (char *)f->within + f->offset;
    struct argument a[5];
    char words[200];
    size_t j;

    if (!f->is_text) {
        for (j = 0; j < sizeof numbers / sizeof numbers[0]; j++) {
            arguments(of, a);
            memcpy(within, &numbers[j], sizeof numbers[j]);
            snprintf(words, sizeof words, "%d", (int)numbers[j]);
            if (f->is_looked_at || of->call == register_one)
                refused(of, a, words);
            else
                harmless(of, a);
        }
        return;
    }
    for (j = 0; j < sizeof not_utf8 / sizeof not_utf8[0]; j++) {
        nav_text bad = text(not_utf8[j]);
        arguments(of, a);
        if (strcmp(f->name, "password") == 0)
            options.user_name = text("u");
        memcpy(within, &bad, sizeof bad);
        snprintf(words, sizeof words, "%s is not UTF-8", f->name);
        if (f->is_looked_at)
            refused(of, a, words);
        else
            harmless(of, a);
    }
    for (j = 0; j < sizeof lengths / sizeof lengths[0]; j++) {
        nav_text bad = {page, lengths[j]};
        arguments(of, a);
        memcpy(within, &bad, sizeof bad);
        snprintf(words, sizeof words, "%s has a length of", f->name);
        if (f->is_looked_at)
            refused(of, a, words);
        else
            harmless(of, a);
    }
    /* Empty, wherever it points, and absent, whatever its length */
    for (j = 0; j < 3; j++) {
        nav_text empty = {j < 2 ? page : NULL, j == 2 ? SIZE_MAX : 0};
        if (j == 1)
            empty.data = (const uint8_t *)1;
        arguments(of, a);
        memcpy(within, &empty, sizeof empty);
        harmless(of, a);
    }
    {
        nav_text odd = {(const uint8_t *)"a\0\r\n\x1b]", 6};
        arguments(of, a);
        memcpy(within, &odd, sizeof odd);
        harmless(of, a);
    }
}

static const struct function *named(const char *name)
{
    size_t i;
    for (i = 0; i < FUNCTIONS; i++)
        if (strcmp(functions[i].name, name) == 0)
            return &functions[i];
    abort();
}

/* Arrays within a filter, and its key. */
static void attack_filter(void)
{
    const struct function *of = named("nav_list_sessions");
    static const size_t counts[] = {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 16 + 1, (size_t)1 << 40, (1u << 24) + 1};
    static const char *const array_names[] = {"session_ids", "user_id_patterns", "client_type_patterns",
                                              "client_computer_name_patterns"};
    struct argument a[5];
    nav_session_key own;
    nav_text one;
    size_t j, k;
    char words[200];
    for (k = 0; k < 4; k++) {
        const size_t first = k == 0   ? offsetof(nav_session_filter, session_ids)
                             : k == 1 ? offsetof(nav_session_filter, user_id_patterns)
                             : k == 2 ? offsetof(nav_session_filter, client_type_patterns)
                                      : offsetof(nav_session_filter, client_computer_name_patterns);
        void **pointer = (void **)(void *)((char *)&filter + first);
        size_t *n = (size_t *)(void *)((char *)&filter + first + sizeof(void *));
        for (j = 0; j < sizeof counts / sizeof counts[0]; j++) {
            arguments(of, a);
            *pointer = page;
            *n = counts[j];
            snprintf(words, sizeof words, "%s has a count of", array_names[k]);
            refused(of, a, words);
        }
        arguments(of, a);
        *pointer = (char *)page + 1;
        *n = 1;
        snprintf(words, sizeof words, "%s is not aligned", array_names[k]);
        refused(of, a, words);
        arguments(of, a);
        *pointer = (char *)page + 1;
        *n = 0;
        assert(called(of, a) == NAV_STATUS_OK);
        free_results();
        arguments(of, a);
        *pointer = NULL;
        *n = SIZE_MAX;
        assert(called(of, a) == NAV_STATUS_OK);
        free_results();
        if (k == 0)
            continue;
        for (j = 0; j < 3; j++) {
            arguments(of, a);
            one.data = j == 0 ? NULL : j == 1 ? (const uint8_t *)"\xFF" : page;
            one.length = j == 1 ? 1 : SIZE_MAX;
            *pointer = &one;
            *n = 1;
            refused(of, a, array_names[k]);
        }
    }
    for (j = 0; j < 3; j++) {
        arguments(of, a);
        own = key_of(1);
        own.size = j == 0 ? 0 : j == 1 ? SIZE_MAX : sizeof own - 1;
        filter.key = &own;
        refused(of, a, "key has size");
    }
    arguments(of, a);
    filter.key = (void *)((char *)&own + 1);
    refused(of, a, "key is not aligned");
}

static void attack_scope(void)
{
    static const int32_t numbers[] = {INT32_MIN, -1, 0, 3, INT32_MAX};
    size_t i;
    for (i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        nav_error *failure = NULL;
        nav_status status = nav_unregister_endpoint(NULL, 0, (const uint8_t *)"a", 1, numbers[i], &failure);
        assert(status == NAV_STATUS_INVALID_ARGUMENT);
        expect_error(&failure, status, "scope");
        calls++;
    }
}

static void list(void)
{
    size_t i;
    int j;
    for (i = 0; i < FUNCTIONS; i++) {
        printf("%s", functions[i].name);
        for (j = 0; j < count(&functions[i]); j++)
            printf(" %s", functions[i].parameters[j].name);
        printf("\n");
    }
    for (i = 0; i < FIELDS; i++)
        printf("%s.%s\n", fields[i].of, fields[i].name);
}

int main(int argc, char **argv)
{
    const int with_freed = argc > 1 && strcmp(argv[1], "freed") == 0;
    nav_client_options good = options_for(endpoint_json);
    struct argument a[5];
    size_t i, k;
    int j;

    if (argc > 1 && strcmp(argv[1], "list") == 0) {
        list();
        return 0;
    }
    alarm(LIMIT_SECONDS);
    page = forbidden();
    snprintf(file, sizeof file, "%s", getenv("NAV_SESSION_ENDPOINTS"));
    assert(nav_client_open(&good, &client, NULL) == NAV_STATUS_OK);
    assert(nav_cancel_new(&cancel, NULL) == NAV_STATUS_OK);
    assert(nav_check_endpoint(&good, NULL, &check, NULL) == NAV_STATUS_OK);
    assert(nav_list_endpoints(NULL, 0, &endpoints, NULL) == NAV_STATUS_OK);
    assert(nav_client_open(NULL, &client, &error) == NAV_STATUS_INVALID_ARGUMENT && error != NULL);
    assert(nav_removals_new(2, NULL, &removals, NULL) == NAV_STATUS_OK);
    assert(nav_list_sessions(client, NULL, NULL, &sessions, NULL) == NAV_STATUS_OK);
    assert(nav_server_instance_names((const uint8_t *)"a", 1, &string, NULL, NULL) == NAV_STATUS_OK);

    for (i = 0; i < FUNCTIONS; i++) {
        arguments(&functions[i], a);
        {
            nav_status status = called(&functions[i], a);
            if (functions[i].good != ANY && status != functions[i].good)
                fprintf(stderr, "%s: status %d for good arguments\n", functions[i].name, (int)status);
            assert(functions[i].good == ANY || status == functions[i].good);
            free_results();
        }
        for (j = 0; j < count(&functions[i]); j++)
            attack_parameter(&functions[i], j, with_freed);
        /* The field of each struct that the function takes */
        for (k = 0; k < FIELDS; k++)
            for (j = 0; j < count(&functions[i]); j++)
                if (functions[i].parameters[j].good == fields[k].within && functions[i].parameters[j].kind != RESULT)
                    attack_field(&fields[k], &functions[i]);
    }
    attack_filter();
    attack_scope();

    nav_client_free(client);
    nav_cancel_free(cancel);
    nav_check_free(check);
    nav_endpoints_free(endpoints);
    nav_error_free(error);
    nav_removals_free(removals);
    nav_sessions_free(sessions);
    nav_string_free(string);
    nav_close_connections();
    printf("functions\t%lu\ncalls\t%lu\n", (unsigned long)FUNCTIONS, calls);
    return 0;
}
