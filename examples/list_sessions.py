"""Lists the sessions of a server instance: python3 list_sessions.py DynamicsNAV"""

import ctypes
import os
import sys
from ctypes import Structure, byref, c_int32, c_int64, c_size_t, c_uint8, c_void_p

ABI_VERSION = 1
END = 1


class Text(Structure):
    _fields_ = [("data", c_void_p), ("length", c_size_t)]

    def __str__(self):
        return ctypes.string_at(self.data, self.length).decode() if self.data else ""


# A struct says its size, so the fields that are not needed at its end can be left out.
class Options(Structure):
    _fields_ = [("size", c_size_t), ("server_instance", Text), ("endpoint_json", Text), ("endpoints_file", Text),
                ("tenant", Text), ("user_name", Text), ("password", Text), ("comment", Text),
                ("allow_unencrypted_authentication", c_uint8), ("log", c_void_p), ("log_context", c_void_p)]


class ErrorInfo(Structure):
    _fields_ = [("size", c_size_t), ("status", c_int32), ("http_status", c_int32), ("id", Text), ("category", Text),
                ("message", Text), ("recommended_action", Text)]


class Session(Structure):
    _fields_ = [("size", c_size_t), ("server_instance_id", c_int32), ("session_id", c_int32), ("user_sid", Text),
                ("server_instance_name", Text), ("server_computer_name", Text), ("user_id", Text),
                ("client_type", Text), ("client_computer_name", Text), ("login_datetime", c_int64),
                ("database_name", Text), ("session_unique_id", Text), ("own_session", c_uint8)]


def succeed(status, error):
    if status in (0, END):
        return status
    info = ErrorInfo(ctypes.sizeof(ErrorInfo))
    nav.nav_error_describe(error, byref(info))
    words = f"{info.message}\n{info.recommended_action}"
    nav.nav_error_free(error)
    sys.exit(words)


def main(name):
    client, sessions, error = c_void_p(), c_void_p(), c_void_p()
    encoded = name.encode()
    instance = Text(ctypes.cast(encoded, c_void_p), len(encoded))
    options = Options(ctypes.sizeof(Options), instance)
    succeed(nav.nav_client_open(byref(options), byref(client), byref(error)), error)
    succeed(nav.nav_list_sessions(client, None, None, byref(sessions), byref(error)), error)
    row = Session(ctypes.sizeof(Session))
    while succeed(nav.nav_sessions_next(sessions, byref(row), byref(error)), error) != END:
        print(f"{row.session_id:>11}  {row.client_type}  {row.user_id}")
    nav.nav_sessions_free(sessions)
    nav.nav_client_free(client)


if len(sys.argv) != 2:
    sys.exit("Usage: list_sessions.py SERVER_INSTANCE")
try:
    nav = ctypes.CDLL(os.environ.get("NAV_SESSION_LIBRARY", f"libnav_session.so.{ABI_VERSION}"))
except OSError as error:
    sys.exit(f"{error}\nSet NAV_SESSION_LIBRARY to the path of the library.")
if nav.nav_abi_version() != ABI_VERSION:
    sys.exit(f"The library's ABI is version {nav.nav_abi_version()}, and this script was written for {ABI_VERSION}.")
for function in (nav.nav_sessions_free, nav.nav_client_free, nav.nav_error_free):
    function.argtypes = [c_void_p]
main(sys.argv[1])
