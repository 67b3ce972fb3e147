"""A port for relogin: drives a client that you have through a stubbed urllib, by JSON lines. Standard library, Python 3.8 or later."""

import base64
import email.message
import io
import json
import sys
import urllib.error
import urllib.request
import urllib.response

# --- YOURS: put `from my_project import AuthError, refresh` in place of this example of a client, and see ask() below.
FIELDS = ["code", "relogin_required"]  # what it reports, of: code, description, action, relogin_required, message


class AuthError(Exception):
    def __init__(self, code, relogin):
        super().__init__(code)
        self.code, self.relogin = code, relogin


def refresh(refresh_token):
    form = ("grant_type=refresh_token&refresh_token=" + refresh_token).encode()
    try:
        return json.load(urllib.request.urlopen("https://auth.example.com/oauth/token", form))
    except urllib.error.HTTPError as failure:
        try:
            error = json.load(failure).get("error")
        except (ValueError, AttributeError):  # no JSON, or no object
            error = None
    except ValueError:  # a success that is no JSON
        error = None
    code = error if isinstance(error, str) else "refresh_failed"
    raise AuthError(code, code in ("invalid_grant", "invalid_token", "invalid_request", "refresh_token_reused"))


def ask():
    """None when your client sees a success, otherwise a dict of FIELDS; a code that is no string means that the server sent none."""
    try:
        refresh("example")
    except AuthError as error:  # your client's own, and no other: anything else that it raises becomes an error of the port
        return {"code": None if error.code == "refresh_failed" else error.code, "relogin_required": error.relogin}
# --- end of yours


class Stub(urllib.request.BaseHandler):
    handler_order = 0  # before proxies and sockets: nothing reaches the network

    def https_open(self, request):
        self.requests += 1
        headers = email.message.Message()
        if self.content_type is not None:
            headers["Content-Type"] = self.content_type
        response = urllib.response.addinfourl(io.BytesIO(self.body), headers, request.full_url, self.status)
        response.msg = "stub"
        return response

    http_open = https_open


urllib.request.install_opener(urllib.request.build_opener(stub := Stub()))


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
        stub.status, stub.content_type = request["status"], request["content_type"]
        stub.body = base64.b64decode(request["body"], validate=True)
        stub.requests = 0
        verdict = ask()
        if stub.requests == 0:
            raise RuntimeError("the client sent no request, and ask() returned %r" % (verdict,))
        if verdict is not None and not isinstance(verdict.get("code"), str):
            verdict["code"] = request["profile"]["fallback_code"]
        return json.dumps({"seq": seq, "verdict": verdict})
    except Exception as error:
        return json.dumps({"seq": seq, "error": "%s: %s" % (type(error).__name__, error)})


for line in sys.stdin.buffer:  # bytes, of any length, until the input ends
    sys.stdout.buffer.write(answer(line).encode("ascii") + b"\n")
    sys.stdout.buffer.flush()  # without this the replies wait in a buffer
