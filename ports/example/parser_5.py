"""Step 5: what a success is (R3 to R5), and what a status says (R31, R36, R54). The error has an action as well."""

import json
import os
import re

with open(os.path.join(os.path.dirname(__file__), "..", "..", "corpus", "codes.json"), encoding="utf-8") as file:
    ACTIONS = {row["code"].lower(): row["action"] for row in json.load(file)["codes"]}


class AuthError(Exception):
    def __init__(self, code, action):
        super().__init__(code)
        self.code = code
        self.action = action
        self.relogin_required = action == "relogin"


def check_refresh(status, body):
    """Raises AuthError when the token endpoint has refused to refresh."""
    data = read_json(body)
    top = data if isinstance(data, dict) else {}
    is_token = is_full(top.get("access_token"))
    errors = top.get("errors")
    if 200 <= status <= 299 and is_token and not tells_of_error(top.get("error")):
        if not (isinstance(errors, list) and tells_of_error(errors)):
            return
    inner = error_object(data, top)
    codes = filter(None, map(as_code, (inner.get("code"), inner.get("type"), top.get("error"))))
    code = next(codes, None)
    raise AuthError(code or "codex_refresh_failed", action_of(status, code))


# Statuses that blame the request (R54), besides 3xx.
CLIENT_FAULTS = (404, 405, 406, 410, 411, 413, 414, 415, 422)


def action_of(status, code):
    if status in (408, 425, 429) or status >= 500:  # a server that says it is broken is not believed about the token
        return "retry"
    if code is None:
        return "fix_client" if 300 <= status <= 399 or status in CLIENT_FAULTS else "unknown"
    action = ACTIONS.get(code.lower(), "unknown")
    speaks_of_grants = 200 <= status <= 299 or status in (400, 401, 403)
    return action if speaks_of_grants or action != "relogin" else "unknown"


def is_full(value):
    return isinstance(value, str) and trim(value) != ""


def tells_of_error(value):
    items = value if isinstance(value, list) else [value]
    return any(is_full(item) or (isinstance(item, dict) and item) for item in items)


def refuse(constant):
    raise ValueError(constant)


def read_json(body):
    """An object, an array, or None. json.loads alone takes UTF-16, NaN, and a string for the whole text."""
    try:
        data = json.loads(body.decode("utf-8", "replace"), parse_constant=refuse)
    except ValueError:
        return None
    return data if isinstance(data, (dict, list)) else None


def error_object(data, top):
    if isinstance(top.get("error"), dict):
        return top["error"]
    for array in (top.get("error"), top.get("errors"), data):
        if isinstance(array, list):
            for item in array:
                if isinstance(item, dict):
                    return item
    return {}


CODE = re.compile(r"(?=.*[A-Za-z])[\x21\x23-\x5b\x5d-\x7e]{1,128}")
URI = re.compile(r"(?i)about:|urn:|.*://")


def trim(text):
    return text.strip(" \t\n\r\f\v")  # strip() alone takes more (R1)


def as_code(value):
    """The code that a value holds, or None."""
    code = trim(value) if isinstance(value, str) else ""
    return code if CODE.fullmatch(code) and not URI.match(code) else None
