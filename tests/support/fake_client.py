"""Two fake OAuth clients behind the port protocol, without a network: `honest` and `careless`, by the first argument.

A second argument is the version. `honest` reads flat and nested codes and cleans the text. `careless` believes every status 2xx,
crashes on what is no JSON, knows only flat codes, shows raw text, and sends each failed request three times.
"""

import base64
import json
import sys

careless = sys.argv[1] == "careless"
version = sys.argv[2] if len(sys.argv) > 2 else "1.0"
if sys.argv[1] == "broken":
    sys.exit("ModuleNotFoundError: no module")


def ask(request):
    """The verdict, or the error, and what was observed."""
    status, body = request["status"], base64.b64decode(request["body"])
    fallback = request["profile"]["fallback_code"]
    if careless and status < 300:
        return {"verdict": None}, {"requests": 1, "waited": 0, "shown": None, "exception": None}
    try:
        document = json.loads(body)
    except ValueError as error:
        document = {}
        if careless:
            return {"error": "JSONDecodeError: %s" % error}, {"requests": 1, "shown": str(error), "exception": "JSONDecodeError"}
    if not isinstance(document, dict):
        document = {}
    if status < 300 and document.get("access_token") and not document.get("error"):
        return {"verdict": None}, {"requests": 1, "waited": 0, "shown": None, "exception": None}
    code, text = document.get("error"), document.get("error_description")
    if isinstance(code, dict) and not careless:
        code, text = code.get("code"), code.get("message")
    code = code if isinstance(code, str) else None
    shown = "%s: %s" % (code, text)
    if not careless:
        shown = "".join(c for c in shown if c.isprintable())
        for secret in request["secrets"]:
            shown = shown.replace(secret, "[redacted]") if secret else shown
    observed = {"requests": 3 if careless else 1, "waited": 2.5 if careless else 0, "shown": shown, "exception": "FakeError"}
    return {"verdict": {"code": code or fallback}}, observed


for line in sys.stdin:
    request = json.loads(line)
    if request["cmd"] == "hello":
        reply = {"protocol": 1, "name": "fake", "language": "Python", "version": version, "levels": ["core"], "fields": ["code"]}
    else:
        answer, observed = ask(request)
        reply = {"seq": request["seq"], **answer, "observed": observed}
    print(json.dumps(reply), flush=True)
