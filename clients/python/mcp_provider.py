"""The MCP SDK: `OAuthClientProvider`, which refreshes before a request to an MCP server when the stored token has expired.

Code and text: none. It reports nothing about a refresh that fails: it drops the tokens, sends the request without one, and when
that is refused starts the sign-in, by the `redirect_handler` of the application. So the verdict is `relogin_required`: whether
the user was sent to sign in.
Worked around: it does not know from its storage when a token expires, so its `context.token_expiry_time` is set. The endpoint is
also the MCP server, which takes a request only with a new token (200, otherwise 401) and serves the discovery documents; these
requests are not counted. The sign-in ends in `redirect_handler`, where an application opens a browser.
"""

import json
import re

import endpoint
import httpx2
from mcp.client.auth import OAuthClientProvider
from mcp.client.auth.exceptions import OAuthFlowError
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken


class SignIn(Exception):
    """The application was asked to send its user to the sign-in page."""


class Storage:
    async def get_tokens(self):
        return OAuthToken(access_token="old", refresh_token="example", expires_in=-1)

    async def get_client_info(self):
        return OAuthClientInformationFull(client_id="client", redirect_uris=["http://127.0.0.1/callback"])

    async def set_tokens(self, tokens):
        pass

    async def set_client_info(self, client_info):
        pass


async def sign_in(url):
    raise SignIn


async def never():
    raise AssertionError("the sign-in page was never opened")


def server(path, head):
    """The MCP server, and the documents by which the client finds its token endpoint."""
    origin = "http://" + re.search(r"(?im)^host: *(\S+)", head)[1]
    pages = {
        "/.well-known/oauth-protected-resource/mcp": {"resource": origin + "/mcp", "authorization_servers": [origin]},
        "/.well-known/oauth-authorization-server": {
            "issuer": origin,
            "authorization_endpoint": origin + "/authorize",
            "token_endpoint": origin + "/token",
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
        },
    }
    if path == "/mcp":
        return (200 if "\nauthorization: bearer " in head.lower() else 401), None, b""
    if path in pages:
        return 200, "application/json", json.dumps(pages[path]).encode()
    if path != "/token":
        return 404, None, b""


async def ask(url):
    address = url.replace("/token", "/mcp")
    metadata = OAuthClientMetadata(redirect_uris=["http://127.0.0.1/callback"])
    provider = OAuthClientProvider(address, metadata, Storage(), sign_in, never)
    provider.context.token_expiry_time = 1  # long ago
    try:
        async with httpx2.AsyncClient(auth=provider) as client:
            await client.post(address)
    except SignIn:
        return endpoint.Failure(None, None, {"relogin_required": True})
    except OAuthFlowError as error:
        return endpoint.failure(error, relogin_required=False)


endpoint.run("mcp", ["relogin_required"], ask, page=server)
