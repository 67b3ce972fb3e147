"""msal: `PublicClientApplication.acquire_token_by_refresh_token`.

It does not raise for an error of the server: it returns a dictionary, which has `error` when it is one. Code and text are its
`error` and `error_description`. Its `MsalServiceError` (a status of 500 and above) has neither.
Worked around: it refuses http, so the `requests.Session` that it is given sends https requests for its authority to the endpoint
over http; it wants a discovery document, which the endpoint serves and does not count. A new application for each refresh, since
it answers the next refresh from a cache after an error.
"""

import json

import endpoint
import requests
from msal import PublicClientApplication
from msal.exceptions import MsalServiceError

HOST = "https://login.example"
AUTHORITY = HOST + "/tenant"
DISCOVERY = "/tenant/.well-known/openid-configuration"


class ToEndpoint(requests.adapters.HTTPAdapter):
    def __init__(self, origin):
        super().__init__()
        self._origin = origin

    def send(self, request, **options):
        request.url = request.url.replace(HOST, self._origin, 1)
        return super().send(request, **options)


def discovery(path, head):
    if path == DISCOVERY:
        pages = {"issuer": AUTHORITY, "authorization_endpoint": AUTHORITY + "/authorize", "token_endpoint": HOST + "/token"}
        return 200, "application/json", json.dumps(pages).encode()


def ask(url):
    with requests.Session() as session:
        session.mount(HOST, ToEndpoint(url[: -len("/token")]))
        application = PublicClientApplication("client", oidc_authority=AUTHORITY, http_client=session)
        try:
            result = application.acquire_token_by_refresh_token("example", ["example"])
        except MsalServiceError as error:
            return endpoint.failure(error, code=None, description=None)
        if "error" in result:
            code, description = endpoint.member(result, "error"), endpoint.member(result, "error_description")
            return endpoint.Failure(description or str(result["error"]), None, {"code": code, "description": description})


endpoint.run("msal", ["code", "description"], ask, page=discovery)
