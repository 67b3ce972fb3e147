"""google-auth: `google.oauth2.credentials.Credentials.refresh` over its requests transport.

Code and text: `error` and `error_description` of the decoded body, which `RefreshError` has as its second argument; a body
that is no JSON is its only argument, and then there is neither.
Worked around: it retries three times with a back-off by `time.sleep`, which endpoint.py records and does not wait for.
"""

import endpoint
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import Request
from google.oauth2.credentials import Credentials


def ask(url):
    credentials = Credentials(None, refresh_token="example", token_uri=url, client_id="client", client_secret="example-secret")
    try:
        credentials.refresh(Request())
    except GoogleAuthError as error:
        body = error.args[1] if len(error.args) > 1 else None
        code, description = endpoint.member(body, "error"), endpoint.member(body, "error_description")
        return endpoint.failure(error, code=code, description=description)


endpoint.run("google-auth", ["code", "description"], ask)
