"""A port for relogin: lets a client that you have refresh against a token endpoint on loopback. Standard library, Python 3.8 or later."""

import base64
import json
import os
import re
import socket
import sys
import threading
import time
import urllib.error
import urllib.request

os.environ["no_proxy"] = "*"
time.sleep = lambda seconds: None  # before your client is imported: a back-off between retries takes no time

# --- YOURS: put `from my_project import AuthError, refresh` in place of this example of a client, and see ask() below.
FIELDS = ["code", "relogin_required"]  # what it reports, of: code, description, action, relogin_required, message


class AuthError(Exception):
    def __init__(self, code, relogin):
        super().__init__(code)
        self.code, self.relogin = code, relogin


def refresh(refresh_token, url="https://auth.example.com/oauth/token"):
    form = ("grant_type=refresh_token&refresh_token=" + refresh_token).encode()
    try:
        return json.load(urllib.request.urlopen(url, form))
    except urllib.error.HTTPError as failure:
        try:
            error = json.load(failure).get("error")
        except (ValueError, AttributeError):  # no JSON, or no object
            error = None
    except ValueError:  # a success that is no JSON
        error = None
    code = error if isinstance(error, str) else "refresh_failed"
    raise AuthError(code, code in ("invalid_grant", "invalid_token", "invalid_request", "refresh_token_reused"))


def ask(url):
    """None when your client sees a success, otherwise a dict of FIELDS; a code that is no string means that the server sent none."""
    try:
        refresh("example", url)
    except AuthError as error:  # your client's own, and no other: anything else that it raises becomes an error of the port
        return {"code": None if error.code == "refresh_failed" else error.code, "relogin_required": error.relogin}
# --- end of yours


class Endpoint(threading.Thread):
    """Answers every request with the response in hand, byte for byte, and counts them. One connection a request."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d/token" % self.listener.getsockname()[1]
        self.start()

    def run(self):
        while True:
            connection, _ = self.listener.accept()
            with connection:
                connection.settimeout(5)
                try:
                    read_request(connection)
                    self.requests += 1
                    connection.sendall(self.answer)
                except OSError:
                    pass  # the client went away, or sent nothing


def read_request(connection):
    head = b""
    while b"\r\n\r\n" not in head and (more := connection.recv(65536)):
        head += more
    head, _, body = head.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: *([0-9]+)", head)
    while length and len(body) < int(length[1]) and (more := connection.recv(65536)):
        body += more


def response(status, content_type, body, headers):
    # A Location is left out: no redirect leaves this machine.
    lines = [(name, value) for name, values in headers.items() if name.lower() != "location" for value in values]
    lines += [] if content_type is None else [("Content-Type", content_type)]
    lines += [("Content-Length", len(body)), ("Connection", "close")]
    head = "HTTP/1.1 %d \r\n" % status + "".join("%s: %s\r\n" % line for line in lines) + "\r\n"
    return head.encode("latin-1", "replace") + body


endpoint = Endpoint()


def answer(line):
    """The reply to one line. An exception becomes its error, so that one bad request does not end the port."""
    seq = None
    try:
        request = json.loads(line.decode("utf-8"))
        if request.get("cmd") == "hello":
            about = {"protocol": 1, "name": "my-port", "language": "Python", "version": "1"}
            return json.dumps({**about, "levels": ["core"], "fields": FIELDS})
        if type(request.get("seq")) is not int or not 0 <= request["seq"] < 2**53:
            raise ValueError("there is no seq")
        seq = request["seq"]
        if request.get("cmd") != "parse":
            raise ValueError("unknown cmd")
        body = base64.b64decode(request["body"], validate=True)
        endpoint.answer = response(request["status"], request["content_type"], body, request.get("headers", {}))
        endpoint.requests = 0
        verdict = ask(endpoint.url)
        if endpoint.requests == 0:
            raise RuntimeError("the client sent no request, and ask() returned %r" % (verdict,))
        if verdict is not None and not isinstance(verdict.get("code"), str):
            verdict["code"] = request["profile"]["fallback_code"]
        return json.dumps({"seq": seq, "verdict": verdict})
    except Exception as error:
        return json.dumps({"seq": seq, "error": "%s: %s" % (type(error).__name__, error)})


for line in sys.stdin.buffer:  # bytes, of any length, until the input ends
    sys.stdout.buffer.write(answer(line).encode("ascii") + b"\n")
    sys.stdout.buffer.flush()  # without this the replies wait in a buffer
