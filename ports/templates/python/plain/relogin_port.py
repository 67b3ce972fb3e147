"""A port for relogin: asks a parser that you have, by JSON lines on standard input and output. Standard library, Python 3.8 or later."""

import base64
import json
import sys

# --- YOURS: call your parser in ask(). What stands there now is an example that knows one shape: {"error": "invalid_grant"}.
FIELDS = ["code", "relogin_required"]  # what it reports, of: code, description, action, relogin_required, message


def ask(status, content_type, body):
    """None when the response is not a failure, otherwise a dict of FIELDS; a code of None means that the server sent none."""
    if status == 200:
        return None
    try:
        error = json.loads(body).get("error")
    except (ValueError, AttributeError):  # no JSON, or no object
        error = None
    code = error if isinstance(error, str) else None
    dead = ("invalid_grant", "invalid_token", "invalid_request", "refresh_token_reused")
    return {"code": code, "relogin_required": code in dead}
# --- end of yours


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
        verdict = ask(request["status"], request["content_type"], base64.b64decode(request["body"], validate=True))
        if verdict is not None and verdict.get("code") is None:
            verdict["code"] = request["profile"]["fallback_code"]
        return json.dumps({"seq": seq, "verdict": verdict})
    except Exception as error:
        return json.dumps({"seq": seq, "error": "%s: %s" % (type(error).__name__, error)})


for line in sys.stdin.buffer:  # bytes, of any length, until the input ends
    sys.stdout.buffer.write(answer(line).encode("ascii") + b"\n")
    sys.stdout.buffer.flush()  # without this the replies wait in a buffer
