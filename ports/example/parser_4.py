"""Step 4: the registry of codes instead of four that were known (R32), compared without case (R2)."""

import json
import os
import re

with open(os.path.join(os.path.dirname(__file__), "..", "..", "corpus", "codes.json"), encoding="utf-8") as file:
    ACTIONS = {row["code"].lower(): row["action"] for row in json.load(file)["codes"]}


class AuthError(Exception):
    def __init__(self, code, relogin_required):
        super().__init__(code)
        self.code = code
        self.relogin_required = relogin_required


def check_refresh(status, body):
    """Raises AuthError when the token endpoint has refused to refresh."""
    if status == 200:
        return
    data = read_json(body)
    top = data if isinstance(data, dict) else {}
    inner = error_object(data, top)
    codes = filter(None, map(as_code, (inner.get("code"), inner.get("type"), top.get("error"))))
    code = next(codes, "codex_refresh_failed")
    raise AuthError(code, relogin_required=ACTIONS.get(code.lower()) == "relogin")


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


def as_code(value):
    """The code that a value holds, or None."""
    code = value.strip(" \t\n\r\f\v") if isinstance(value, str) else ""  # strip() alone takes more (R1)
    return code if CODE.fullmatch(code) and not URI.match(code) else None
