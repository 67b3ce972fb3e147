"""Step 2: arrays (SPEC.md, R18), and every place is asked until one holds a code (R20, R24)."""

import json

RELOGIN = {"refresh_token_reused", "invalid_grant", "invalid_token", "invalid_request"}


class AuthError(Exception):
    def __init__(self, code, relogin_required):
        super().__init__(code)
        self.code = code
        self.relogin_required = relogin_required


def check_refresh(status, body):
    """Raises AuthError when the token endpoint has refused to refresh."""
    if status == 200:
        return
    try:
        data = json.loads(body)
    except ValueError:
        data = None
    top = data if isinstance(data, dict) else {}
    inner = error_object(data, top)
    codes = filter(None, map(as_code, (inner.get("code"), inner.get("type"), top.get("error"))))
    code = next(codes, "codex_refresh_failed")
    raise AuthError(code, relogin_required=code in RELOGIN)


def error_object(data, top):
    if isinstance(top.get("error"), dict):
        return top["error"]
    for array in (top.get("error"), top.get("errors"), data):
        if isinstance(array, list):
            for item in array:
                if isinstance(item, dict):
                    return item
    return {}


def as_code(value):
    """The code that a value holds, or None."""
    return value.strip() or None if isinstance(value, str) else None
