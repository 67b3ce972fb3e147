"""httpx-oauth: `OAuth2.refresh_token`.

Code and text: none. Its `RefreshTokenError` has the whole response, and a message of its own with the status; no field of it has
the server's code or text. `code` is declared all the same, so that there is a verdict to judge: it is always "no code".
Worked around: nothing.
"""

import endpoint
from httpx_oauth.exceptions import HTTPXOAuthError
from httpx_oauth.oauth2 import OAuth2


async def ask(url):
    client = OAuth2("client", "example-secret", "http://127.0.0.1/authorize", url, refresh_token_endpoint=url)
    try:
        await client.refresh_token("example")
    except HTTPXOAuthError as error:
        return endpoint.failure(error, code=None)


endpoint.run("httpx-oauth", ["code"], ask)
