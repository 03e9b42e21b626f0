/*
 * nav_session: ends sessions on Microsoft Dynamics NAV and Business Central servers, and says exactly
 * what happened.
 *
 * This file is generated: change the sources in src/ffi and run `cargo xtask header`.
 *
 *
 * Conventions, which hold for every function
 *
 * Arguments. The object comes first, results come last. A handle or a place for a result that is NULL is
 * NAV_STATUS_INVALID_ARGUMENT and never a crash, unless the function says what NULL means; every `_free`
 * function takes NULL and does nothing. A pointer that is neither NULL nor valid is undefined behaviour. A handle that was
 * freed or is of another type, and a struct or place that is not aligned, are caught where that can be seen: they are
 * NAV_STATUS_INVALID_ARGUMENT too, and a `_free` function leaves them alone. That helps to find a mistake; what was freed may
 * be anything by then, so no program can rely on it.
 *
 * Results. A function that can fail returns a nav_status: NAV_STATUS_OK when it did what it is for. Places for
 * results are written only then; `*error` is always written.
 *
 * Errors. The last argument is `nav_error **error` and may be NULL. `*error` becomes NULL at the start of the
 * call, and an error of the caller's own when the call fails: free it with nav_error_free, which may be called in any
 * case. nav_remove_session and nav_removals_next also describe outcomes there.
 *
 * Texts are UTF-8 with a length, without a NUL at their end: see nav_text.
 *
 * Structs that may grow begin with `size`, which the caller sets to sizeof of the struct, for arguments and
 * results alike. A library that knows fewer fields does not look at the others, one that knows more takes
 * what is missing as zero and writes nothing there. A size that no version can have is refused: one smaller than the
 * first, larger than 64 KiB, or no multiple of the struct's alignment.
 *
 * Numbers. Booleans are uint8_t, 0 and 1. Enums arrive as int32_t and are checked. Numbers of statuses, outcomes and
 * other enums are never given to another meaning.
 *
 * Threads and ownership are said for each type. A handle that is for one thread at a time refuses a call while another one
 * uses it, with NAV_STATUS_INVALID_ARGUMENT. A call blocks the thread that makes it. The transfers are done by threads of
 * the library, one for each server and sign-in, which end half a minute after the last client was freed: free all handles
 * and call nav_close_connections before the library is unloaded.
 *
 * Processes and signals. The child of a fork has none of these threads: it must not use the library until it has called one
 * of the exec functions, not even to free what the parent opened. The library changes no action of a signal and no mask of
 * the caller's threads. Its own block SIGPIPE, so a connection that the server closes ends no process that does not ignore
 * it.
 *
 * A panic inside the library is a defect and is returned as NAV_STATUS_PANIC; nothing is printed.
 */

#ifndef NAV_SESSION_H
#define NAV_SESSION_H

#include <stddef.h>
#include <stdint.h>

/**
 * A date and time that is absent.
 */
#define NAV_NO_DATETIME INT64_MIN

/**
 * Waits as long as it takes, where a time to wait is given in milliseconds.
 */
#define NAV_INFINITE UINT32_MAX

/**
 * A number that is absent.
 */
#define NAV_NO_NUMBER INT64_MIN

/**
 * Version of this ABI. It changes only when a function, a number or the meaning of one does; functions and fields that
 * are added do not change it.
 */
#define NAV_ABI_VERSION 1

/**
 * What a function returns: 0 when it did what it is for. Numbers are never changed; new ones may come, in the blocks
 * 100 (the caller's arguments), 200 (endpoints and sign-in on this side), 300 (the way to the server), 400 (the server's
 * answer), 500 (this library) and 600 (what an outcome other than Removed is called when it is described as an error).
 */
enum nav_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * Done.
     */
    NAV_STATUS_OK = 0,
    /**
     * No more rows. Not an error: nothing is stored in `*error`.
     */
    NAV_STATUS_END = 1,
    /**
     * An argument is NULL, not UTF-8, or out of its range.
     */
    NAV_STATUS_INVALID_ARGUMENT = 100,
    /**
     * A text is not the name of a server instance.
     */
    NAV_STATUS_INVALID_SERVER_INSTANCE = 101,
    /**
     * A text is not a tenant's id.
     */
    NAV_STATUS_INVALID_TENANT = 102,
    /**
     * An endpoint lacks something or contradicts itself.
     */
    NAV_STATUS_INVALID_ENDPOINT = 103,
    /**
     * A text is not a pattern with wildcards.
     */
    NAV_STATUS_INVALID_PATTERN = 104,
    /**
     * No endpoint is known for the server instance.
     */
    NAV_STATUS_ENDPOINT_NOT_FOUND = 200,
    /**
     * An endpoint of that name is registered already.
     */
    NAV_STATUS_ENDPOINT_EXISTS = 201,
    /**
     * An endpoints file is not what an endpoints file has to be.
     */
    NAV_STATUS_ENDPOINTS_FILE_INVALID = 202,
    /**
     * An endpoints file could not be read or written.
     */
    NAV_STATUS_ENDPOINTS_FILE_UNAVAILABLE = 203,
    /**
     * A server instance's settings file is not one, or a setting in it has a value it cannot have.
     */
    NAV_STATUS_CUSTOM_SETTINGS_INVALID = 204,
    /**
     * A server instance's settings file could not be read, or there is none.
     */
    NAV_STATUS_CUSTOM_SETTINGS_UNAVAILABLE = 205,
    /**
     * Others than the user and root can change an endpoints file. Not looked at on Windows.
     */
    NAV_STATUS_ENDPOINTS_FILE_NOT_PROTECTED = 206,
    /**
     * The endpoint asks for a sign-in and no credential was given.
     */
    NAV_STATUS_CREDENTIAL_REQUIRED = 210,
    /**
     * A credential was given and the endpoint takes none.
     */
    NAV_STATUS_CREDENTIAL_NOT_ACCEPTED = 211,
    /**
     * The password would go over the network unencrypted.
     */
    NAV_STATUS_UNENCRYPTED_AUTHENTICATION = 212,
    /**
     * This version, or the interface, cannot do what is asked for.
     */
    NAV_STATUS_NOT_SUPPORTED = 213,
    /**
     * The HTTP library of this computer cannot sign in as the endpoint asks.
     */
    NAV_STATUS_SIGN_IN_NOT_AVAILABLE = 214,
    /**
     * The host's name is unknown.
     */
    NAV_STATUS_HOST_NOT_FOUND = 300,
    /**
     * Nothing listens at the address, or no route leads to it.
     */
    NAV_STATUS_CONNECTION_REFUSED = 301,
    /**
     * The host did not take the connection in time.
     */
    NAV_STATUS_CONNECT_TIMEOUT = 302,
    /**
     * The encrypted connection could not be made.
     */
    NAV_STATUS_TLS_FAILED = 303,
    /**
     * The connection ended before the answer did.
     */
    NAV_STATUS_CONNECTION_BROKEN = 304,
    /**
     * The server took the request and did not answer in time.
     */
    NAV_STATUS_ANSWER_TIMEOUT = 305,
    /**
     * The answer is larger than any real one.
     */
    NAV_STATUS_ANSWER_TOO_LARGE = 306,
    /**
     * The transfer failed for another reason.
     */
    NAV_STATUS_TRANSFER_FAILED = 307,
    /**
     * The server's certificate is not trusted, not valid now, or for another name.
     */
    NAV_STATUS_CERTIFICATE_NOT_TRUSTED = 308,
    /**
     * The endpoint's file of trusted certificates cannot be used.
     */
    NAV_STATUS_CERTIFICATE_FILE_UNUSABLE = 309,
    /**
     * The server did not accept the sign-in.
     */
    NAV_STATUS_UNAUTHORIZED = 400,
    /**
     * The user may not do this.
     */
    NAV_STATUS_PERMISSION_DENIED = 401,
    /**
     * The server is multitenant and no tenant was named.
     */
    NAV_STATUS_TENANT_REQUIRED = 402,
    /**
     * The server knows no such tenant.
     */
    NAV_STATUS_TENANT_NOT_FOUND = 403,
    /**
     * The tenant is there and cannot be used now.
     */
    NAV_STATUS_TENANT_UNAVAILABLE = 404,
    /**
     * There is no such company.
     */
    NAV_STATUS_COMPANY_NOT_FOUND = 405,
    /**
     * The companion's web service is not published.
     */
    NAV_STATUS_COMPANION_NOT_FOUND = 406,
    /**
     * The web-service interface is switched off.
     */
    NAV_STATUS_SERVICE_DISABLED = 407,
    /**
     * The server is starting or stopping.
     */
    NAV_STATUS_SERVER_NOT_READY = 408,
    /**
     * The server limits how many calls it takes.
     */
    NAV_STATUS_TOO_MANY_REQUESTS = 409,
    /**
     * The server stopped the session that carried the call.
     */
    NAV_STATUS_CALL_STOPPED = 410,
    /**
     * The server said no, in its own words.
     */
    NAV_STATUS_SERVER_FAULT = 411,
    /**
     * What came back is not the answer of such a server.
     */
    NAV_STATUS_UNEXPECTED_ANSWER = 412,
    /**
     * The server points elsewhere.
     */
    NAV_STATUS_REDIRECTED = 413,
    /**
     * The token endpoint gave no token.
     */
    NAV_STATUS_TOKEN_REFUSED = 414,
    /**
     * There is no such environment of Business Central online.
     */
    NAV_STATUS_ENVIRONMENT_NOT_FOUND = 415,
    /**
     * The caller cancelled the call.
     */
    NAV_STATUS_CANCELLED = 500,
    /**
     * A defect of this library.
     */
    NAV_STATUS_INTERNAL = 501,
    /**
     * A defect of this library: it panicked. The handles of the call should be freed and not used again.
     */
    NAV_STATUS_PANIC = 502,
    /**
     * The HTTP library of this machine cannot be used.
     */
    NAV_STATUS_HTTP_UNAVAILABLE = 503,
    /**
     * Describes `NAV_OUTCOME_NOT_FOUND`.
     */
    NAV_STATUS_SESSION_NOT_FOUND = 602,
    /**
     * Describes `NAV_OUTCOME_CHANGED`.
     */
    NAV_STATUS_SESSION_CHANGED = 603,
    /**
     * Describes `NAV_OUTCOME_OWN_SESSION`.
     */
    NAV_STATUS_OWN_SESSION = 604,
    /**
     * Describes `NAV_OUTCOME_OTHER_INSTANCE`.
     */
    NAV_STATUS_OTHER_SERVER_INSTANCE = 605,
    /**
     * Describes `NAV_OUTCOME_REFUSED`.
     */
    NAV_STATUS_REMOVAL_REFUSED = 606,
    /**
     * Describes `NAV_OUTCOME_STILL_PRESENT`.
     */
    NAV_STATUS_SESSION_STILL_PRESENT = 607,
    /**
     * Describes `NAV_OUTCOME_UNKNOWN`.
     */
    NAV_STATUS_REMOVAL_UNKNOWN = 608,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum nav_status nav_status;
#else
typedef int32_t nav_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What became of a removal. Every removal asked for ends in one of these, or in an error of the call.
 */
enum nav_outcome
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * The server stopped the session.
     */
    NAV_OUTCOME_REMOVED = 1,
    /**
     * There is no such session now.
     */
    NAV_OUTCOME_NOT_FOUND = 2,
    /**
     * The id belongs to another session than the key says. Nothing was removed.
     */
    NAV_OUTCOME_CHANGED = 3,
    /**
     * It is the session that carries the call, which cannot stop itself.
     */
    NAV_OUTCOME_OWN_SESSION = 4,
    /**
     * The session lives on another server instance of the same database. Nothing was removed.
     */
    NAV_OUTCOME_OTHER_INSTANCE = 5,
    /**
     * The server's `StopSession` said no.
     */
    NAV_OUTCOME_REFUSED = 6,
    /**
     * The server accepted, and the session was still listed when the wait ended.
     */
    NAV_OUTCOME_STILL_PRESENT = 7,
    /**
     * The request went out, no answer came back, and the list could not tell what happened.
     */
    NAV_OUTCOME_UNKNOWN = 8,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum nav_outcome nav_outcome;
#else
typedef int32_t nav_outcome;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How the pauses between retries grow.
 */
enum nav_retry_mode
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * As `NAV_RETRY_MODE_EXPONENTIAL`.
     */
    NAV_RETRY_MODE_DEFAULT = 0,
    /**
     * Each is as long as the first.
     */
    NAV_RETRY_MODE_FIXED = 1,
    /**
     * Each is twice as long as the one before, give or take a fifth.
     */
    NAV_RETRY_MODE_EXPONENTIAL = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum nav_retry_mode nav_retry_mode;
#else
typedef int32_t nav_retry_mode;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * The interface a server instance is reached by.
 */
enum nav_service
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * SOAP web services: NAV 2013 and later.
     */
    NAV_SERVICE_SOAP = 1,
    /**
     * OData V4 web services: Business Central.
     */
    NAV_SERVICE_ODATA = 2,
    /**
     * The Admin Center API of Business Central online.
     */
    NAV_SERVICE_ADMIN_CENTER = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum nav_service nav_service;
#else
typedef int32_t nav_service;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How a server instance asks its callers to sign in.
 */
enum nav_credential_type
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * Negotiate: Kerberos or NTLM.
     */
    NAV_CREDENTIAL_TYPE_WINDOWS = 1,
    /**
     * User name and password or web-service access key.
     */
    NAV_CREDENTIAL_TYPE_NAV_USER_PASSWORD = 2,
    /**
     * OAuth 2 bearer token of Microsoft Entra.
     */
    NAV_CREDENTIAL_TYPE_OAUTH = 3,
    /**
     * No sign-in.
     */
    NAV_CREDENTIAL_TYPE_NONE = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum nav_credential_type nav_credential_type;
#else
typedef int32_t nav_credential_type;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Whose endpoints a file holds.
 */
enum nav_scope
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * The user's own, looked up first.
     */
    NAV_SCOPE_USER = 1,
    /**
     * Those of everybody on this computer.
     */
    NAV_SCOPE_MACHINE = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum nav_scope nav_scope;
#else
typedef int32_t nav_scope;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How much a line of the log matters.
 */
enum nav_log_level
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * What is being done.
     */
    NAV_LOG_LEVEL_VERBOSE = 1,
    /**
     * The requests that do it, without secrets.
     */
    NAV_LOG_LEVEL_DEBUG = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum nav_log_level nav_log_level;
#else
typedef int32_t nav_log_level;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * A step of checking an endpoint, in the order they are taken.
 */
enum nav_step
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * An endpoint is known for the server instance, and it is complete.
     */
    NAV_STEP_ENDPOINT = 1,
    /**
     * The host's name has an address.
     */
    NAV_STEP_ADDRESS = 2,
    /**
     * The port takes connections.
     */
    NAV_STEP_PORT = 3,
    /**
     * The encrypted connection comes about, and the certificate is accepted.
     */
    NAV_STEP_TLS = 4,
    /**
     * Something answers that can be such a server, and is ready.
     */
    NAV_STEP_SERVICE = 5,
    /**
     * The sign-in is accepted.
     */
    NAV_STEP_SIGN_IN = 6,
    /**
     * The tenant is known. For SOAP and OData.
     */
    NAV_STEP_TENANT = 7,
    /**
     * The company is there. For SOAP and OData.
     */
    NAV_STEP_COMPANY = 8,
    /**
     * The environment is there. For the Admin Center API.
     */
    NAV_STEP_ENVIRONMENT = 9,
    /**
     * The companion's page answers. For SOAP and OData.
     */
    NAV_STEP_PAGE = 10,
    /**
     * The companion's codeunit answers. For SOAP and OData.
     */
    NAV_STEP_CODEUNIT = 11,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum nav_step nav_step;
#else
typedef int32_t nav_step;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What a step of a check came to.
 */
enum nav_verdict
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * It works.
     */
    NAV_VERDICT_PASSED = 1,
    /**
     * It does not.
     */
    NAV_VERDICT_FAILED = 2,
    /**
     * It was not looked at, because a step before it failed or there is nothing to look at.
     */
    NAV_VERDICT_SKIPPED = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum nav_verdict nav_verdict;
#else
typedef int32_t nav_verdict;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Ends the calls it was given to. May be used from any thread, also while a call it was given to runs; ends with
 * `nav_cancel_free`, not before the calls it was given to have returned.
 */
typedef struct nav_cancel nav_cancel;

/**
 * A check in progress. One thread at a time; ends with `nav_check_free`.
 */
typedef struct nav_check nav_check;

/**
 * One server instance, as one user sees it. May be used from several threads at once; ends with `nav_client_free`.
 */
typedef struct nav_client nav_client;

/**
 * A list of endpoints. One thread at a time; ends with `nav_endpoints_free`.
 */
typedef struct nav_endpoints nav_endpoints;

/**
 * What went wrong, in sentences for a person. The caller owns it and may use it from any thread; it ends with
 * `nav_error_free`.
 */
typedef struct nav_error nav_error;

/**
 * Removals in flight, of one client or several. One thread at a time; may outlive the clients; ends with
 * `nav_removals_free`, which ends what is in flight.
 */
typedef struct nav_removals nav_removals;

/**
 * A list of sessions being read. One thread at a time; may outlive its client; ends with `nav_sessions_free`.
 */
typedef struct nav_sessions nav_sessions;

/**
 * A text that the caller owns. May be used from any thread, ends with `nav_string_free`.
 */
typedef struct nav_string nav_string;

/**
 * A text: UTF-8, without a NUL at its end. `data` NULL is a text that is absent, which an empty one is not.
 *
 * As an argument it is read before the function returns, and has 1 MiB (1048576 bytes) at most: a greater length is
 * refused and nothing read. With a length of 0, `data` is not read, wherever it points. As a result it is borrowed: each
 * function that gives one says of what, and how long it lives.
 */
typedef struct nav_text {
    /**
     * First byte, or NULL.
     */
    const uint8_t *data;
    /**
     * Number of bytes.
     */
    size_t length;
} nav_text;

/**
 * Is told what happens, a line at a time. `text` is UTF-8 of `length` bytes, without a NUL, and lives until the function
 * returns. It is called on the thread that makes the call, which goes on when it has returned.
 *
 * The library holds no lock meanwhile, so it may make calls of its own, also with the client it belongs to, and may free
 * that client. The list, check or set of removals whose call it is inside it cannot use, which is
 * `NAV_STATUS_INVALID_ARGUMENT`; if it frees that, it ends with the call, and so do the texts that the call gives.
 *
 * It must not jump out of the call. An exception of C++ that comes out of it ends the process.
 */
typedef void (*nav_log_callback)(void *context, int32_t level, const uint8_t *text, size_t length);

/**
 * What a client is opened with. Zero everything, then set `size` and what is wanted.
 */
typedef struct nav_client_options {
    /**
     * `sizeof(nav_client_options)`.
     */
    size_t size;
    /**
     * Full or short name of the server instance, in any casing. Required.
     */
    struct nav_text server_instance;
    /**
     * An endpoint as the JSON object that stands in an endpoints file; absent: `server_instance` is looked up in the
     * endpoints files.
     */
    struct nav_text endpoint_json;
    /**
     * The endpoints file to look in; absent or empty: those that the environment says, as for `nav_list_endpoints`.
     */
    struct nav_text endpoints_file;
    /**
     * Id of the tenant; absent: none is named, which a multitenant server refuses.
     */
    struct nav_text tenant;
    /**
     * User to sign in as, or the client id of an app registration; absent: the user who is logged on where the endpoint
     * asks for a Windows sign-in, else nobody.
     */
    struct nav_text user_name;
    /**
     * The user's password or web-service access key, or the app's client secret. The library keeps its own copy, zeroed when the client and the
     * lists opened from it are freed.
     */
    struct nav_text password;
    /**
     * What the server records as the reason of a removal; absent: `Stopped by management PowerShell cmdlet.`
     */
    struct nav_text comment;
    /**
     * 1: lets a password or token go over plain http to another computer, readable by anybody on the way. Otherwise 0.
     */
    uint8_t allow_unencrypted_authentication;
    /**
     * Is told what happens; may be NULL.
     */
    nav_log_callback log;
    /**
     * Passed to `log`. It and `log` must stay valid, and usable from any thread that makes a call, until the client and
     * the lists opened from it are freed.
     */
    void *log_context;
    /**
     * OAuth 2 bearer token to sign in with; absent: none. Kept and zeroed like `password`.
     */
    struct nav_text access_token;
    /**
     * How long a removal waits until the session is gone from the list, in milliseconds: one that is still listed then is
     * `NAV_OUTCOME_STILL_PRESENT`. 0: what the server says is believed, and the Admin Center API, which only says that it
     * accepted, is given 30 seconds.
     */
    uint32_t wait_milliseconds;
    /**
     * 1: accepts any certificate of the server, also that of somebody in between. Otherwise 0.
     */
    uint8_t skip_certificate_check;
    /**
     * A `nav_retry_mode`: how the pauses between retries grow.
     */
    int32_t retry_mode;
    /**
     * 1: a request that came to nothing is sent again `max_retries` times at most, if it is safe to repeat: it certainly did
     * nothing (no connection was made, or HTTP 429 or 503), or it changes nothing. 0: three times after HTTP 429, which
     * asks for it, and never otherwise. A removal whose answer is lost is never sent again blindly: the list decides.
     */
    uint8_t has_max_retries;
    /**
     * How often a request is sent again at most, with `has_max_retries`.
     */
    uint32_t max_retries;
    /**
     * 1: `retry_delay_milliseconds` counts. 0: the first pause is 800 ms.
     */
    uint8_t has_retry_delay;
    /**
     * The first pause between retries, in milliseconds, with `has_retry_delay`. The server's `Retry-After` counts where
     * it is longer. No pause is longer than a minute; where the server asks for more, its answer is told at once.
     */
    uint32_t retry_delay_milliseconds;
    /**
     * How long one request may take, from its beginning to the end of its answer, in milliseconds. 0: 100 seconds, and a list
     * ends within two where its server takes no connection, or answers nothing at all on a second one
     * (`NAV_STATUS_SERVER_NOT_READY`).
     */
    uint32_t network_timeout_milliseconds;
} nav_client_options;

/**
 * A step of a check and what it came to. Texts are borrowed from the check until its next call.
 */
typedef struct nav_checked_step {
    /**
     * `sizeof(nav_checked_step)`, set by the caller.
     */
    size_t size;
    /**
     * A `nav_step`.
     */
    int32_t step;
    /**
     * A `nav_verdict`.
     */
    int32_t verdict;
    /**
     * What was found, or why it failed.
     */
    struct nav_text message;
    /**
     * For a step that failed, the stable name of the error in `PascalCase`; else absent.
     */
    struct nav_text error_id;
    /**
     * For a step that failed, what to do about it; else absent.
     */
    struct nav_text recommended_action;
} nav_checked_step;

/**
 * Which session is meant: its id, and what must still be true of the session that has it. Ids are used again, so a key
 * taken from a list should carry what the list said: the server compares before it ends anything.
 */
typedef struct nav_session_key {
    /**
     * `sizeof(nav_session_key)`.
     */
    size_t size;
    /**
     * The session's id; can be negative.
     */
    int32_t session_id;
    /**
     * The unique id it must have, a GUID with or without braces in any casing; absent, empty or all zero: not compared.
     */
    struct nav_text session_unique_id;
    /**
     * When it must have begun, to the second, in units of 100 ns since 1970-01-01T00:00:00Z; `NAV_NO_DATETIME`: not
     * compared.
     */
    int64_t login_datetime;
} nav_session_key;

/**
 * How one server instance is reached. As a result, texts are borrowed from the list until its next call.
 */
typedef struct nav_endpoint {
    /**
     * `sizeof(nav_endpoint)`, set by the caller.
     */
    size_t size;
    /**
     * Name of the server instance; as a result the short one.
     */
    struct nav_text server_instance;
    /**
     * A `nav_service`.
     */
    int32_t service;
    /**
     * Base address, such as `http://host:7047/DynamicsNAV`. As an argument for the Admin Center API, absent is
     * `https://api.businesscentral.dynamics.com`.
     */
    struct nav_text uri;
    /**
     * Company whose web services are called, written as on the server.
     */
    struct nav_text company;
    /**
     * A `nav_credential_type`.
     */
    int32_t credential_type;
    /**
     * 1: the server is multitenant. Otherwise 0.
     */
    uint8_t multitenant;
    /**
     * Name the companion's codeunit is published by. As an argument, absent is `SessionControl`.
     */
    struct nav_text session_control;
    /**
     * Name the companion's page is published by. As an argument, absent is `ActiveSessions`.
     */
    struct nav_text active_sessions;
    /**
     * A `nav_scope`: whose file it stands in.
     */
    int32_t scope;
    /**
     * The endpoints file or settings file it stands in. Not looked at as an argument.
     */
    struct nav_text path;
    /**
     * Environment of Business Central online. For the Admin Center API, as are the next and `api_version`.
     */
    struct nav_text environment;
    /**
     * Application family. As an argument, absent is `BusinessCentral`.
     */
    struct nav_text application_family;
    /**
     * Version segment of the API, such as `v2.29`. As an argument, absent is the newest known.
     */
    struct nav_text api_version;
    /**
     * Microsoft Entra tenant, by its id or a domain of it. For OAuth, as are the next three.
     */
    struct nav_text entra_tenant;
    /**
     * Id of the app registration that signs in.
     */
    struct nav_text client_id;
    /**
     * Address that tokens are asked for at. As an argument, absent is `https://login.microsoftonline.com`.
     */
    struct nav_text authority;
    /**
     * Scope that a token is asked for. As an argument, absent is that of Business Central online.
     */
    struct nav_text token_scope;
    /**
     * Absolute path of a PEM file of certificates that are trusted for this endpoint; absent: what the platform trusts.
     */
    struct nav_text ca_file;
    /**
     * 1: the server offers NTLM alone. Otherwise 0.
     */
    uint8_t ntlm;
} nav_endpoint;

/**
 * What a caller knows better than a settings file. Zeroed but for its size, it knows nothing.
 */
typedef struct nav_settings_choices {
    /**
     * `sizeof(nav_settings_choices)`.
     */
    size_t size;
    /**
     * Name to know the server instance by; absent: the setting `ServerInstance`.
     */
    struct nav_text server_instance;
    /**
     * `NAV_SERVICE_SOAP` or `NAV_SERVICE_ODATA`; 0: the one that is switched on, SOAP first.
     */
    int32_t service;
    /**
     * Name or IP address of the computer the server instance runs on; absent: the public address in the settings, and on
     * Windows without one this computer.
     */
    struct nav_text host;
    /**
     * Company whose web services are called; absent: the setting `ServicesDefaultCompany`.
     */
    struct nav_text company;
} nav_settings_choices;

/**
 * An error in its parts. Texts are borrowed from the error until it is freed.
 */
typedef struct nav_error_info {
    /**
     * `sizeof(nav_error_info)`, set by the caller.
     */
    size_t size;
    /**
     * A `nav_status`; for the description of an outcome one of the block 600.
     */
    int32_t status;
    /**
     * HTTP status of the answer that said so, or 0.
     */
    int32_t http_status;
    /**
     * Stable name in `PascalCase`, by which scripts know the kind.
     */
    struct nav_text id;
    /**
     * Name of the PowerShell `ErrorCategory` that fits.
     */
    struct nav_text category;
    /**
     * What happened, the server's own words among it.
     */
    struct nav_text message;
    /**
     * What to do about it.
     */
    struct nav_text recommended_action;
} nav_error_info;

/**
 * A removal that has ended.
 */
typedef struct nav_removed {
    /**
     * `sizeof(nav_removed)`, set by the caller.
     */
    size_t size;
    /**
     * What it was added with.
     */
    uint64_t tag;
    /**
     * Id of the session that was asked for.
     */
    int32_t session_id;
    /**
     * `NAV_STATUS_OK` where there is an outcome; else why nothing was done, a `nav_status`.
     */
    int32_t status;
    /**
     * A `nav_outcome`; 0 where there is none.
     */
    int32_t outcome;
} nav_removed;

/**
 * Which sessions a list is to hold: those that all of it admits. Zeroed but for its size, it holds all. An array that is
 * NULL admits any session, one with a count of 0 none, wherever it points. An array has 16777216 values at most. Everything
 * is read before the function returns.
 *
 * Patterns have wildcards as PowerShell's, and disregard casing: `*` any text, `?` one character (of UTF-16), `[a-c]` one
 * of a range, `[abc]` one of a set; a backtick takes the next character as it is. A text that a session does not have is
 * empty to them.
 */
typedef struct nav_session_filter {
    /**
     * `sizeof(nav_session_filter)`.
     */
    size_t size;
    /**
     * 1: only the session whose id is `session_id`. Otherwise 0.
     */
    uint8_t has_session_id;
    /**
     * A session's id; looked at only if `has_session_id` is 1.
     */
    int32_t session_id;
    /**
     * Only sessions of this user, in this casing; absent: of any.
     */
    struct nav_text user_id;
    /**
     * Only sessions from this computer, in this casing; absent: from any.
     */
    struct nav_text client_computer_name;
    /**
     * Only sessions with one of these ids. There can be none. One id alone is picked out by the server.
     */
    const int32_t *session_ids;
    /**
     * How many ids.
     */
    size_t session_id_count;
    /**
     * Only sessions of users that match one of these patterns.
     */
    const struct nav_text *user_id_patterns;
    /**
     * How many patterns.
     */
    size_t user_id_pattern_count;
    /**
     * Only sessions whose kind of client, as `nav_session` has it, matches one of these patterns.
     */
    const struct nav_text *client_type_patterns;
    /**
     * How many patterns.
     */
    size_t client_type_pattern_count;
    /**
     * Only sessions from computers that match one of these patterns.
     */
    const struct nav_text *client_computer_name_patterns;
    /**
     * How many patterns.
     */
    size_t client_computer_name_pattern_count;
    /**
     * Only sessions whose `age` is known and greater than this, in units of 100 ns; 0: of any age. Never negative.
     */
    int64_t older_than;
    /**
     * 1: not the session that carries the list call itself. Otherwise 0.
     */
    uint8_t exclude_own_session;
    /**
     * Only the session that this key means, which is how a row from an earlier list is looked up again; NULL: any.
     */
    const struct nav_session_key *key;
} nav_session_filter;

/**
 * A session as the server lists it. A text that the server left out or blank is absent. Texts are borrowed from the list
 * until its next call.
 */
typedef struct nav_session {
    /**
     * `sizeof(nav_session)`, set by the caller.
     */
    size_t size;
    /**
     * Number of the server instance that carries the session.
     */
    int32_t server_instance_id;
    /**
     * Unique only within the server instance; can be negative; used again later.
     */
    int32_t session_id;
    /**
     * Security id of the user.
     */
    struct nav_text user_sid;
    /**
     * The server's own word for the instance that carries the session.
     */
    struct nav_text server_instance_name;
    /**
     * Computer the server runs on.
     */
    struct nav_text server_computer_name;
    /**
     * Name the user signed in with.
     */
    struct nav_text user_id;
    /**
     * Kind of client, without spaces: `WebClient`, `WindowsClient`, `NAS`, ….
     */
    struct nav_text client_type;
    /**
     * Computer the client runs on.
     */
    struct nav_text client_computer_name;
    /**
     * When the session began, in units of 100 ns since 1970-01-01T00:00:00Z; `NAV_NO_DATETIME` when the server did not
     * say, or said it without a zone.
     */
    int64_t login_datetime;
    /**
     * The database the session works on.
     */
    struct nav_text database_name;
    /**
     * GUID in lower case without braces; absent from servers whose version has none.
     */
    struct nav_text session_unique_id;
    /**
     * 1: this is the session that carried the list call itself. Otherwise 0.
     */
    uint8_t own_session;
    /**
     * What began the session's work. This and the following come from the Admin Center API alone.
     */
    struct nav_text entry_point_operation;
    /**
     * Name of the object the session's work began in.
     */
    struct nav_text entry_point_object_name;
    /**
     * Id of that object.
     */
    struct nav_text entry_point_object_id;
    /**
     * Type of that object.
     */
    struct nav_text entry_point_object_type;
    /**
     * Name of the object that runs now.
     */
    struct nav_text current_object_name;
    /**
     * Id of that object, or `NAV_NO_NUMBER`.
     */
    int64_t current_object_id;
    /**
     * Type of that object.
     */
    struct nav_text current_object_type;
    /**
     * How long the current operation has been running, in the server's unit, which is not documented; or
     * `NAV_NO_NUMBER`.
     */
    int64_t current_operation_duration;
    /**
     * How long ago the session began when the server listed it, in units of 100 ns: by the whole second that the server's
     * answer tells (HTTP `Date`), or by this computer's clock where it tells none. Never negative; `NAV_NO_NUMBER` without
     * `login_datetime`.
     */
    int64_t age;
} nav_session;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Makes a handle that nothing has been requested of yet.
 */
nav_status nav_cancel_new(struct nav_cancel **cancel, struct nav_error **error);

/**
 * Ends the calls in progress within milliseconds, and those that are given the handle later at once. It cannot be taken
 * back. NULL does nothing. It takes a lock, so a handler of a signal must not call it.
 */
void nav_cancel_request(const struct nav_cancel *cancel);

/**
 * Frees a handle. NULL does nothing.
 */
void nav_cancel_free(struct nav_cancel *cancel);

/**
 * Begins to check whether a client opened with `options` would work. Nothing is sent yet. `cancel` may be NULL, and may
 * be freed once the check is. An endpoint that cannot be found or is not complete is a failed step and not an error.
 *
 * Errors: `NAV_STATUS_INVALID_ARGUMENT`, `NAV_STATUS_INVALID_SERVER_INSTANCE`, `NAV_STATUS_INVALID_TENANT`.
 */
nav_status nav_check_endpoint(const struct nav_client_options *options,
                              const struct nav_cancel *cancel,
                              struct nav_check **check,
                              struct nav_error **error);

/**
 * Looks at the next step, which takes as long as a call takes, or gives `NAV_STATUS_END` when there is none left. After
 * a step that failed, the others are skipped.
 *
 * Errors: `NAV_STATUS_INVALID_ARGUMENT`.
 */
nav_status nav_check_next(struct nav_check *check,
                          struct nav_checked_step *step,
                          struct nav_error **error);

/**
 * Frees a check, taken to its end or not. NULL does nothing.
 */
void nav_check_free(struct nav_check *check);

/**
 * Opens a client. Reads the endpoints files unless `endpoint_json` is given; sends nothing yet.
 *
 * Errors: `NAV_STATUS_INVALID_*`, the block 200.
 */
nav_status nav_client_open(const struct nav_client_options *options,
                           struct nav_client **client,
                           struct nav_error **error);

/**
 * Gives the name by which messages know the server instance: `MicrosoftDynamicsNavServer$NAME`, or
 * `NAME, environment ENVIRONMENT` for Business Central online. It is borrowed from the client until that is freed.
 *
 * Errors: `NAV_STATUS_INVALID_ARGUMENT`.
 */
nav_status nav_client_name(const struct nav_client *client,
                           struct nav_text *name,
                           struct nav_error **error);

/**
 * Frees a client. Lists opened from it stay usable, and its connections are kept for half a minute for the next client of
 * the same server and sign-in. NULL does nothing.
 */
void nav_client_free(struct nav_client *client);

/**
 * Removes one session, and says exactly what became of it.
 *
 * Returns `NAV_STATUS_OK` whenever there is an outcome, and stores it as a `nav_outcome`. For every outcome but
 * `NAV_OUTCOME_REMOVED`, `*error` describes it in words although the status is `NAV_STATUS_OK`: free it in any case.
 *
 * A connection that breaks after the request went out settles nothing, so the list is asked: a session that is gone is
 * `NAV_OUTCOME_REMOVED`, one that is certainly still there is asked for again, and where the list cannot tell it is
 * `NAV_OUTCOME_UNKNOWN`. So is a removal that is cancelled after its request went out.
 *
 * With `wait_milliseconds`, and always with the Admin Center API, it returns when the session is gone from the list, or
 * the time has run out.
 *
 * Errors: `NAV_STATUS_INVALID_ARGUMENT`, the blocks 300 and 400, `NAV_STATUS_CANCELLED`. After an error nothing was
 * removed.
 */
nav_status nav_remove_session(const struct nav_client *client,
                              const struct nav_session_key *key,
                              const struct nav_cancel *cancel,
                              int32_t *outcome,
                              struct nav_error **error);

/**
 * Reads the endpoints: the user's, then this computer's. Where both have one of a name, the first is the one that is used.
 *
 * `endpoints_file` NULL or empty is the files that the environment says: the one that `NAV_SESSION_ENDPOINTS` names, or
 * those of the user and of the computer. Otherwise this file stands for both.
 *
 * Errors: `NAV_STATUS_ENDPOINTS_FILE_INVALID`, `NAV_STATUS_ENDPOINTS_FILE_UNAVAILABLE`.
 */
nav_status nav_list_endpoints(const uint8_t *endpoints_file,
                              size_t endpoints_file_length,
                              struct nav_endpoints **endpoints,
                              struct nav_error **error);

/**
 * Reads the endpoints of the server instances that are installed on this computer, registered or not: those whose
 * settings say how they are reached. Their `path` is the settings file, their `scope` 0. On another system than Windows
 * there are none.
 *
 * Errors: `NAV_STATUS_CUSTOM_SETTINGS_UNAVAILABLE` where Windows does not list its services.
 */
nav_status nav_list_installed_endpoints(struct nav_endpoints **endpoints,
                                        struct nav_error **error);

/**
 * Gives the next endpoint, or `NAV_STATUS_END` when there is none left.
 *
 * Errors: `NAV_STATUS_INVALID_ARGUMENT`.
 */
nav_status nav_endpoints_next(struct nav_endpoints *endpoints,
                              struct nav_endpoint *endpoint,
                              struct nav_error **error);

/**
 * Frees a list, read to its end or not. NULL does nothing.
 */
void nav_endpoints_free(struct nav_endpoints *endpoints);

/**
 * Says whether an endpoint has all that its interface needs, as `nav_register_endpoint` would. Nothing is read or written.
 *
 * Errors: `NAV_STATUS_INVALID_*`.
 */
nav_status nav_validate_endpoint(const struct nav_endpoint *endpoint,
                                 struct nav_error **error);

/**
 * Writes an endpoint into the file of its scope. `replace` 1 replaces the one of that name, 0 leaves it and fails with
 * `NAV_STATUS_ENDPOINT_EXISTS`. Other entries of the file stay as they are, also when the call fails. `endpoints_file` is
 * as for `nav_list_endpoints`; the one file has the scope `NAV_SCOPE_USER`.
 *
 * Errors: `NAV_STATUS_INVALID_*`, `NAV_STATUS_ENDPOINT_EXISTS`, `NAV_STATUS_ENDPOINTS_FILE_INVALID`,
 * `NAV_STATUS_ENDPOINTS_FILE_UNAVAILABLE`.
 */
nav_status nav_register_endpoint(const uint8_t *endpoints_file,
                                 size_t endpoints_file_length,
                                 const struct nav_endpoint *endpoint,
                                 uint8_t replace,
                                 struct nav_error **error);

/**
 * Reads the endpoint out of a server instance's `CustomSettings.config`, as a list of one. It is not registered; its
 * `path` is the settings file, its `scope` 0. `choices` may be NULL.
 *
 * Errors: `NAV_STATUS_INVALID_*`, `NAV_STATUS_CUSTOM_SETTINGS_INVALID`, `NAV_STATUS_CUSTOM_SETTINGS_UNAVAILABLE`, and
 * `NAV_STATUS_SERVICE_DISABLED` where the settings switch the service off.
 */
nav_status nav_read_custom_settings(const uint8_t *settings_file,
                                    size_t settings_file_length,
                                    const struct nav_settings_choices *choices,
                                    struct nav_endpoints **endpoints,
                                    struct nav_error **error);

/**
 * Takes an endpoint out of the file of `scope`, a `nav_scope`. Other entries stay as they are. `endpoints_file` is as for
 * `nav_register_endpoint`.
 *
 * Errors: `NAV_STATUS_INVALID_*`, `NAV_STATUS_ENDPOINT_NOT_FOUND`, `NAV_STATUS_ENDPOINTS_FILE_INVALID`,
 * `NAV_STATUS_ENDPOINTS_FILE_UNAVAILABLE`.
 */
nav_status nav_unregister_endpoint(const uint8_t *endpoints_file,
                                   size_t endpoints_file_length,
                                   const uint8_t *name,
                                   size_t name_length,
                                   int32_t scope,
                                   struct nav_error **error);

/**
 * Gives the parts of an error.
 */
nav_status nav_error_describe(const struct nav_error *error, struct nav_error_info *info);

/**
 * Frees an error. NULL does nothing.
 */
void nav_error_free(struct nav_error *error);

/**
 * Gives both names of a server instance from either: the full one of its Windows service,
 * `MicrosoftDynamicsNavServer$NAME`, and the short one, `NAME`. `full_name` or `short_name` may be NULL when it is not
 * wanted; the caller owns what it gets.
 */
nav_status nav_server_instance_names(const uint8_t *name,
                                     size_t name_length,
                                     struct nav_string **full_name,
                                     struct nav_string **short_name,
                                     struct nav_error **error);

/**
 * Makes a set that has at most `limit` requests in flight; 0 is taken for 1. `cancel` may be NULL, and may be freed once the set
 * is.
 *
 * Errors: `NAV_STATUS_INVALID_ARGUMENT`.
 */
nav_status nav_removals_new(uint32_t limit,
                            const struct nav_cancel *cancel,
                            struct nav_removals **removals,
                            struct nav_error **error);

/**
 * Sends the removal of a session off, as `nav_remove_session` does it. Where the limit is reached, it waits until there is
 * room; `nav_removals_has_room` waits for that no longer than it is told to. Take what has ended with `nav_removals_next`
 * after each call, or it piles up. `tag` comes back with it.
 *
 * Errors: `NAV_STATUS_INVALID_ARGUMENT`, after which nothing was added. What becomes of the removal is told by
 * `nav_removals_next` alone.
 */
nav_status nav_removals_add(struct nav_removals *removals,
                            const struct nav_client *client,
                            const struct nav_session_key *key,
                            uint64_t tag,
                            struct nav_error **error);

/**
 * Returns `NAV_STATUS_OK` where `nav_removals_add` would not wait. Waits for that at most `wait_milliseconds`, 0 or more or
 * `NAV_INFINITE`, and returns `NAV_STATUS_END` when the time is over.
 *
 * Errors: `NAV_STATUS_INVALID_ARGUMENT`.
 */
nav_status nav_removals_has_room(struct nav_removals *removals,
                                 uint32_t wait_milliseconds,
                                 struct nav_error **error);

/**
 * Gives a removal that has ended, in the order they end. Waits for one at most `wait_milliseconds`, 0 or more or
 * `NAV_INFINITE`. Returns `NAV_STATUS_END` when none is left, or the time is over: each that was added comes back once, so
 * the caller can count.
 *
 * With `NAV_STATUS_OK`, `*error` describes each outcome but `NAV_OUTCOME_REMOVED`, and each failure, in words: free it in
 * any case.
 *
 * Errors: `NAV_STATUS_INVALID_ARGUMENT`, after which no removal was taken.
 */
nav_status nav_removals_next(struct nav_removals *removals,
                             uint32_t wait_milliseconds,
                             struct nav_removed *removed,
                             struct nav_error **error);

/**
 * Frees a set, and ends what is in flight: what becomes of that is not told. NULL does nothing.
 */
void nav_removals_free(struct nav_removals *removals);

/**
 * Opens a list of the sessions that `filter` admits; NULL admits all. Pages are fetched by `nav_sessions_next` as they
 * are needed, so errors of the call come from there. `cancel` may be NULL, and may be freed once the list is.
 *
 * Errors: `NAV_STATUS_INVALID_ARGUMENT`, `NAV_STATUS_INVALID_PATTERN`.
 */
nav_status nav_list_sessions(const struct nav_client *client,
                             const struct nav_session_filter *filter,
                             const struct nav_cancel *cancel,
                             struct nav_sessions **sessions,
                             struct nav_error **error);

/**
 * Gives the next session, or `NAV_STATUS_END` when there is none left. After an error the list has ended.
 *
 * Errors: `NAV_STATUS_INVALID_ARGUMENT`, the blocks 300 and 400, `NAV_STATUS_CANCELLED`.
 */
nav_status nav_sessions_next(struct nav_sessions *sessions,
                             struct nav_session *session,
                             struct nav_error **error);

/**
 * Frees a list, read to its end or not. NULL does nothing.
 */
void nav_sessions_free(struct nav_sessions *sessions);

/**
 * Gives the text of `string`, borrowed from it until it is freed. Both may be NULL: then the text is absent, or nothing
 * is done.
 */
void nav_string_text(const struct nav_string *string,
                     struct nav_text *text);

/**
 * Frees a string. NULL does nothing.
 */
void nav_string_free(struct nav_string *string);

/**
 * The `NAV_ABI_VERSION` the library was built with. Check it before any other call.
 */
uint32_t nav_abi_version(void);

/**
 * The version of the library, such as `0.1.0`. The text lives as long as the library is loaded. `version` NULL does
 * nothing.
 */
void nav_version(struct nav_text *version);

/**
 * Closes the connections that are kept for later calls, ends their threads, and forgets what they signed in with. Those
 * that a client or list still holds stay. Call it before the library is unloaded; otherwise they go by themselves.
 */
void nav_close_connections(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* NAV_SESSION_H */
