"""Authlib with requests: `OAuth2Session.refresh_token`, the call that its automatic refresh makes too.

Code and text: `error` and `description` of its `OAuthError`. Worked around: nothing.
"""

import endpoint
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session


def ask(url):
    try:
        with OAuth2Session("client", "example-secret", token={"refresh_token": "example"}) as session:
            session.refresh_token(url)
    except OAuthError as error:
        return endpoint.failure(error, code=error.error, description=error.description)


endpoint.run("Authlib", ["code", "description"], ask)
