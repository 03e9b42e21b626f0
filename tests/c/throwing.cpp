// An exception that comes out of a log callback ends the process, as the header says, whatever would catch it further out.
// argv[1] is an endpoint's JSON.
#include <cstdlib>
#include <cstring>

#include "nav_session.h"

static nav_text text(const char *of)
{
    return {reinterpret_cast<const uint8_t *>(of), std::strlen(of)};
}

static void throw_it(void *, int32_t, const uint8_t *, size_t)
{
    throw 1;
}

int main(int, char **argv)
{
    nav_client_options options = {};
    options.size = sizeof options;
    options.server_instance = text("DynamicsNAV");
    options.endpoint_json = text(argv[1]);
    options.log = throw_it;
    nav_client *client = nullptr;
    if (nav_client_open(&options, &client, nullptr) != NAV_STATUS_OK)
        return 2;
    nav_session_key key = {};
    key.size = sizeof key;
    key.login_datetime = NAV_NO_DATETIME;
    int32_t outcome = 0;
    try {
        nav_remove_session(client, &key, nullptr, &outcome, nullptr);
    } catch (...) {
        return 3;
    }
    return 4;
}
