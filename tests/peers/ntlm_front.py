"""An HTTP server that asks for NTLM and passes what it lets in on to another one.

The NTLM is impacket's: the messages, and the check of the answer to the challenge. A sign-in belongs to its connection.

Arguments: the port of 127.0.0.1 to pass requests on to; the file of the log; the schemes to offer. The accounts are
lines "DOMAIN<tab>user<tab>password" on the standard input, up to an empty line, so that no password is in the
process's arguments. The first line of the standard output is the port it listens on; it ends when its standard input
does.

The log has a line for each answer, written before the answer is sent: connection, step, user, status. The step is
"bare", "negotiate" or "authenticate": what the request said of signing in.
"""

import base64
import http.client
import http.server
import itertools
import os
import sys
import threading

from impacket import ntlm
from impacket.smbserver import computeNTLMv2

FLAGS = (
    ntlm.NTLMSSP_NEGOTIATE_UNICODE
    | ntlm.NTLMSSP_REQUEST_TARGET
    | ntlm.NTLMSSP_NEGOTIATE_NTLM
    | ntlm.NTLMSSP_TARGET_TYPE_DOMAIN
    | ntlm.NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY
    | ntlm.NTLMSSP_NEGOTIATE_TARGET_INFO
    | ntlm.NTLMSSP_NEGOTIATE_VERSION
    | ntlm.NTLMSSP_NEGOTIATE_128
)
HEAD_OF_CHALLENGE = 40 + 16
NOT_PASSED_ON = {"connection", "keep-alive", "transfer-encoding", "content-length", "authorization"}


class Accounts:
    """Who may sign in, by the names a Windows domain takes: DOMAIN and user, or user@DOMAIN alone."""

    def __init__(self, lines):
        self.hashes = {}
        for line in lines:
            domain, user, password = line.split("\t")
            hashed = ntlm.compute_nthash(password)
            self.hashes[(domain.upper(), user.upper())] = hashed
            self.hashes[("", f"{user}@{domain}".upper())] = hashed
            self.domain = domain

    def challenge(self):
        target_info = ntlm.AV_PAIRS()
        target_info[ntlm.NTLMSSP_AV_HOSTNAME] = "NAVSERVER01".encode("utf-16le")
        target_info[ntlm.NTLMSSP_AV_DOMAINNAME] = self.domain.encode("utf-16le")
        target_info = target_info.getData()
        name = self.domain.encode("utf-16le")
        challenge = ntlm.NTLMAuthChallenge()
        challenge["flags"] = FLAGS
        challenge["challenge"] = os.urandom(8)
        challenge["domain_len"] = challenge["domain_max_len"] = len(name)
        challenge["domain_offset"] = HEAD_OF_CHALLENGE
        challenge["domain_name"] = name
        challenge["TargetInfoFields_len"] = challenge["TargetInfoFields_max_len"] = len(target_info)
        challenge["TargetInfoFields_offset"] = HEAD_OF_CHALLENGE + len(name)
        challenge["TargetInfoFields"] = target_info
        challenge["Version"] = b"\xff" * 8
        challenge["VersionLen"] = 8
        return challenge

    def verify(self, negotiate, challenge, answer):
        """The user's name and whether the answer proves it."""
        domain = answer["domain_name"].decode("utf-16le")
        user = answer["user_name"].decode("utf-16le")
        name = f"{domain}\\{user}" if domain else user
        hashed = self.hashes.get((domain.upper(), user.upper()))
        if hashed is None or len(answer["ntlm"]) <= 24:
            # An answer of 24 bytes is NTLM of the first version, which servers refuse.
            return name, False
        status, _ = computeNTLMv2(user, "", hashed, challenge["challenge"], answer, challenge, negotiate)
        return name, status == 0


class Connection(http.server.BaseHTTPRequestHandler):
    """One connection and what it has signed in as."""

    protocol_version = "HTTP/1.1"
    # An answer's head and body are two writes, and the second would wait for the client's acknowledgement.
    disable_nagle_algorithm = True
    numbers = itertools.count(1)

    def setup(self):
        super().setup()
        self.number = next(self.numbers)
        self.negotiate = self.challenge = None
        # Who is signed in, and who last tried to.
        self.user = self.claimed = None
        self.upstream = http.client.HTTPConnection("127.0.0.1", self.server.upstream)

    def finish(self):
        self.upstream.close()
        super().finish()

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        step = "bare"
        if scheme == "NTLM" and scheme in self.server.schemes:
            step = self.sign_in(base64.b64decode(token))
        if step == "negotiate":
            token = base64.b64encode(self.challenge.getData()).decode()
            self.reply(step, 401, [("WWW-Authenticate", f"NTLM {token}")], b"")
        elif self.user is None:
            offers = [("WWW-Authenticate", offer) for offer in self.server.schemes]
            self.reply(step, 401, offers, b"<html>401 - Unauthorized</html>")
        else:
            self.pass_on(step, body)

    do_GET = do_POST = handle_any

    def sign_in(self, message):
        kind = message[8]
        if kind == 1:
            self.user = None
            self.negotiate = ntlm.NTLMAuthNegotiate()
            self.negotiate.fromString(message)
            self.challenge = self.server.accounts.challenge()
            return "negotiate"
        answer = ntlm.NTLMAuthChallengeResponse()
        answer.fromString(message)
        # A challenge is answered once.
        negotiate, challenge, self.challenge = self.negotiate, self.challenge, None
        if challenge is not None:
            self.claimed, proven = self.server.accounts.verify(negotiate, challenge, answer)
            self.user = self.claimed if proven else None
        return "authenticate"

    def pass_on(self, step, body):
        self.upstream.request(self.command, self.path, body, dict(passed_on(self.headers.items())))
        answer = self.upstream.getresponse()
        self.reply(step, answer.status, passed_on(answer.getheaders()), answer.read())

    def reply(self, step, status, headers, body):
        name = (self.claimed if step == "authenticate" else self.user) or "-"
        self.server.log(f"{self.number}\t{step}\t{name}\t{status}")
        self.send_response_only(status)
        for header in [*headers, ("Content-Length", str(len(body)))]:
            self.send_header(*header)
        self.end_headers()
        self.wfile.write(body)


def passed_on(headers):
    return [(name, value) for name, value in headers if name.lower() not in NOT_PASSED_ON]


class Front(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, upstream, log, schemes, accounts):
        super().__init__(("127.0.0.1", 0), Connection)
        self.upstream = upstream
        self.schemes = schemes
        self.accounts = accounts
        self.log_file = open(log, "a", encoding="utf-8")
        self.log_lock = threading.Lock()

    def log(self, line):
        with self.log_lock:
            self.log_file.write(line + "\n")
            self.log_file.flush()

    def handle_error(self, request, client_address):
        # A client that goes away is no error of the server.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def main():
    upstream, log, *schemes = sys.argv[1:]
    lines = iter(sys.stdin.readline, "")
    accounts = Accounts(list(itertools.takewhile(str, (line.rstrip("\n") for line in lines))))
    front = Front(int(upstream), log, schemes, accounts)
    threading.Thread(target=front.serve_forever, daemon=True).start()
    print(front.server_port, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
