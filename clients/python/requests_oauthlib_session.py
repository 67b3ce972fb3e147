"""requests-oauthlib: `OAuth2Session.refresh_token`, the call that its automatic refresh makes too.

Code and text: `error` and `description` of oauthlib's `OAuth2Error`. `missing_token` is oauthlib's own word for a response
that has neither a token nor an error, so it counts as no code; the description that a class has without the server is its
own too.
Worked around: it refuses http, so OAUTHLIB_INSECURE_TRANSPORT is set, as its documentation says for tests.
"""

import os

import endpoint
from oauthlib.oauth2 import MissingTokenError, OAuth2Error
from requests_oauthlib import OAuth2Session

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"


def ask(url):
    try:
        with OAuth2Session("client", token={"refresh_token": "example"}) as session:
            session.refresh_token(url)
    except OAuth2Error as error:
        code = None if isinstance(error, MissingTokenError) else error.error
        own_words = isinstance(error, MissingTokenError) or error.description == type(error).description
        return endpoint.failure(error, code=code, description=None if own_words else error.description)


endpoint.run("requests-oauthlib", ["code", "description"], ask)
