"""The shared piece of the Python drivers: a port for relogin, and a token endpoint on loopback for a real client.

A driver imports this module before its client, defines `ask(url)`, and calls `run`. For each request of the protocol
(SPEC.md, appendix A) the endpoint answers with exactly its status, headers, content type and body. `ask` makes the client
refresh once, and returns None for a success or `failure(error, code=..., description=...)` for an error of the client's own.
Any other exception leaves `ask` and becomes the port's `error`.

Replaced in this process, from outside of the client:
- `time.sleep` and `asyncio.sleep` record the pause and return at once, so that a back-off does not make a run last minutes;
- `random` is seeded for each refresh, so that a back-off with jitter is the same in each run;
- `socket.getaddrinfo` refuses every host but loopback, so that no redirect of a response leaves this machine;
- proxies and `.netrc` are switched off, and the list of trusted roots is empty: loading it takes longer than a refresh;
- standard output is the protocol's alone: a client that prints, prints to standard error; its log goes nowhere.
"""

import asyncio
import base64
import http
import importlib.metadata
import inspect
import json
import logging
import os
import platform
import random
import re
import socket
import sys
import tempfile
import threading
import time

SHOWN = 2_000  # characters of the text that a client shows
SECONDS = 5  # how long a connection may take to send its request
FRAMING = {"connection", "content-length", "content-type", "transfer-encoding"}  # headers that the endpoint itself sends


# --- The process that the client lives in.
class Clock:
    """The time that the client has slept since the refresh began, in seconds."""

    slept = 0.0

    def sleep(self, seconds):
        self.slept += max(0.0, seconds)

    async def sleep_async(self, seconds, result=None):
        self.sleep(seconds)
        await _yield(0)
        return result


_yield = asyncio.sleep
clock = Clock()
time.sleep = clock.sleep
asyncio.sleep = clock.sleep_async

_resolve = socket.getaddrinfo


def _loopback_only(host, *rest, **named):
    if host not in ("127.0.0.1", b"127.0.0.1", "localhost", b"localhost"):
        raise socket.gaierror(socket.EAI_NONAME, "only loopback is reachable from a driver")
    return _resolve(host, *rest, **named)


socket.getaddrinfo = _loopback_only
for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
    del os.environ[name]
os.environ["NETRC"] = os.devnull
_no_roots = tempfile.TemporaryDirectory()  # kept until the process ends
os.environ["SSL_CERT_DIR"] = _no_roots.name
os.environ.pop("SSL_CERT_FILE", None)
sys.setswitchinterval(0.000_2)  # client and endpoint are two threads: neither waits 5 ms for the other
_replies = os.fdopen(os.dup(1), "wb")
sys.stdout = sys.stderr
logging.basicConfig(handlers=[logging.NullHandler()])


# --- The token endpoint.
class Endpoint(threading.Thread):
    """Answers every request with the response in hand, byte for byte, and counts them. One connection a request."""

    def __init__(self, page):
        super().__init__(daemon=True)
        self._page = page
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._address = "127.0.0.1:%d" % self._listener.getsockname()[1]
        self.url = "http://%s/token" % self._address
        self.start()

    def hold(self, answer):
        """Takes the response of the next refresh in hand."""
        self._answer, self.requests, self.waited = answer, 0, 0.0
        clock.slept = 0.0
        random.seed(0)

    def cut(self, text):
        """A text of the client, bounded, and without the port of the endpoint, which is another in each run."""
        return None if text is None else text[:SHOWN].replace(self._address, "127.0.0.1")

    def run(self):
        while True:
            connection, _ = self._listener.accept()
            with connection:
                try:
                    connection.settimeout(SECONDS)
                    path, head = _read_request(connection)
                    connection.sendall(self._reply(path, head))
                except OSError:
                    pass  # the client went away, or sent nothing

    def _reply(self, path, head):
        page = self._page(path, head) if self._page else None
        if page is not None:
            return response(*page)
        self.requests += 1
        self.waited = clock.slept  # what it slept before this request; a pause after the last one is no wait for a retry
        return self._answer


def _read_request(connection):
    """The path and the head of one request, whose body has been read to its end."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _more(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    head = head.decode("latin-1")
    length = re.search(r"(?im)^content-length:\s*([0-9]+)", head)
    chunked = re.search(r"(?im)^transfer-encoding:.*chunked", head)
    while len(body) < int(length[1]) if length else chunked and not body.endswith(b"0\r\n\r\n"):
        body += _more(connection)
    return head.split(" ")[1], head


def _more(connection):
    data = connection.recv(65_536)
    if not data:
        raise ConnectionError("the client closed the connection")
    return data


def response(status, content_type, body, headers={}):
    """The bytes of an HTTP response. ValueError when HTTP cannot carry one of the headers."""
    phrase = http.HTTPStatus(status).phrase if status in set(http.HTTPStatus) else ""
    lines = [(name, value) for name, values in headers.items() for value in values if name.lower() not in FRAMING]
    if content_type is not None:
        lines.append(("Content-Type", content_type))
    lines += [("Content-Length", str(len(body))), ("Connection", "close")]
    for name, value in lines:
        if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name) or re.search(r"[\0\r\n]", value):
            raise ValueError("HTTP cannot carry this header: %r" % name)
    head = "".join("%s: %s\r\n" % line for line in lines)
    return b"HTTP/1.1 %d %s\r\n" % (status, phrase.encode()) + _header_bytes(head) + b"\r\n" + body


def _header_bytes(head):
    """HTTP clients read a header as Latin-1; only what does not fit is sent as UTF-8."""
    try:
        return head.encode("latin-1")
    except UnicodeEncodeError:
        return head.encode("utf-8", "surrogatepass")


# --- The port.
class Failure:
    """An error of the client's own: the text that it shows, the class of its exception, and the fields of the verdict.

    A text that is empty or no string is None: there is none.
    """

    def __init__(self, shown, exception, fields):
        self.shown, self.exception = shown, exception
        self.fields = {name: value if self._is_given(name, value) else None for name, value in fields.items()}

    @staticmethod
    def _is_given(name, value):
        return isinstance(value, bool if name == "relogin_required" else str) and value != ""


def failure(error, **fields):
    """The Failure for an exception of the client's own."""
    return Failure(str(error), type(error).__name__, fields)


def member(body, name):
    """The string that an attached, already decoded body has under `name`; None if there is none."""
    value = body.get(name) if isinstance(body, dict) else None
    return value if isinstance(value, str) else None


def run(package, fields, ask, page=None):
    """Speaks the protocol until the end of input.

    `package` is the client's name in its registry. `fields` lists the fields of a verdict that the client has. `ask(url)`,
    which may be a coroutine function, makes it refresh at `url`. `page(path, head)` gives `(status, content_type, body)` for
    a request that is not the refresh itself, such as a discovery document; such requests are not counted.
    """
    endpoint = Endpoint(page)
    if inspect.iscoroutinefunction(ask):
        loop = asyncio.new_event_loop()
        refresh = lambda url: loop.run_until_complete(ask(url))  # noqa: E731
    else:
        refresh = ask
    about = {"protocol": 1, "name": package, "language": "Python " + platform.python_version()}
    about.update(version=importlib.metadata.version(package), levels=["core", "dialects", "hardening"], fields=fields)
    for line in sys.stdin.buffer:  # bytes, of any length, until the input ends
        _replies.write(json.dumps(_answer(line, about, endpoint, refresh)).encode("ascii") + b"\n")
        _replies.flush()


def _response_of(request):
    """The arguments of `response`, and the fallback code. An exception when a member is missing or broken."""
    status, content_type, headers = request["status"], request["content_type"], request.get("headers", {})
    fallback_code = request["profile"]["fallback_code"]
    lists = [request["secrets"], *headers.values()]
    if not all(isinstance(texts, list) for texts in lists):
        raise ValueError("a list is none")
    texts = [fallback_code, *(text for texts in lists for text in texts)]
    if type(status) is not int or not 100 <= status <= 999:
        raise ValueError("status is no integer from 100 to 999")
    if not all(isinstance(text, str) for text in texts + ([] if content_type is None else [content_type])):
        raise ValueError("a text is no string")
    return (status, content_type, base64.b64decode(request["body"], validate=True), headers), fallback_code


def _answer(line, about, endpoint, refresh):
    """The reply to one line."""
    seq = None
    try:
        request = json.loads(line.decode("utf-8"))
        if request.get("cmd") == "hello":
            return about
        if type(request.get("seq")) is not int or not 0 <= request["seq"] < 2**53:
            raise ValueError("there is no seq")
        seq = request["seq"]
        if request.get("cmd") != "parse":
            raise ValueError("unknown cmd")
        given, fallback_code = _response_of(request)
    except Exception as error:
        return {"seq": seq, "error": "%s: %s" % (type(error).__name__, error)}
    try:
        endpoint.hold(response(*given))
    except ValueError as error:
        return {"seq": seq, "skip": str(error)}
    reply, shown, exception = {"seq": seq, "verdict": None}, None, None
    try:
        outcome = refresh(endpoint.url)
        if endpoint.requests == 0:
            reply = {"seq": seq, "error": "the client sent no request"}
        elif outcome is not None:
            shown, exception = outcome.shown, outcome.exception
            reply["verdict"] = dict(outcome.fields)
            if "code" in outcome.fields:
                reply["verdict"]["code"] = outcome.fields["code"] or fallback_code
    except Exception as error:  # not the client's own: its caller does not expect it either
        shown, exception = str(error), type(error).__name__
        reply = {"seq": seq, "error": endpoint.cut("%s: %s" % (exception, shown))}
    observed = {"requests": endpoint.requests, "waited": round(endpoint.waited, 1)}
    observed.update(shown=endpoint.cut(shown), exception=exception)
    return {**reply, "observed": observed}
