"""Authlib with httpx: `OAuth2Client.refresh_token` (Authlib 1.9 takes httpx2, the successor of httpx).

Code and text: `error` and `description` of its `OAuthError`. Worked around: nothing.
"""

import endpoint
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client


def ask(url):
    try:
        with OAuth2Client("client", "example-secret", token={"refresh_token": "example"}) as client:
            client.refresh_token(url)
    except OAuthError as error:
        return endpoint.failure(error, code=error.error, description=error.description)


endpoint.run("Authlib", ["code", "description"], ask)
