"""Step 0: the client of the founding report, before its fix. It knows the flat shape of RFC 6749 and no other."""

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
    code = "codex_refresh_failed"
    try:
        data = json.loads(body)
    except ValueError:
        data = None
    if isinstance(data, dict):
        error = data.get("error")
        if isinstance(error, str) and error.strip():
            code = error.strip()
    raise AuthError(code, relogin_required=code in RELOGIN)
