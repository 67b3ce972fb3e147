"""An OAuth token refresh failed; must the user sign in again, or not?

The tags R1, R2, ... in the comments are the rules of relogin's SPEC.md.

>>> failure = classify(401, b'{"error": {"code": "refresh_token_reused"}}')
>>> failure.action
'relogin'
>>> classify(200, b'{"access_token": "a"}') is None
True
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from . import _rules

__all__ = ["CODEX", "GENERIC", "Failure", "Profile", "classify", "classify_response"]

__version__ = "0.1.0"

Action = Literal["relogin", "retry", "fix_client", "unknown"]


def _check_type(value: object, types: Any, subject: str, wanted: str) -> None:
    if not isinstance(value, types):
        raise TypeError(f"{subject} is {_kind(value)}, not {wanted}.")


def _kind(value: object) -> str:
    return "None" if value is None else f"of type {type(value).__name__}"


@dataclass(frozen=True)
class Profile:
    """The texts of the calling product. They are put into messages unchanged (R49).

    Raises TypeError for a text that is not a string.

    >>> profile = Profile("Mailbox", "Mailbox on your phone", "Run `mailbox login`.", "mailbox_refresh_failed")
    >>> print(classify(400, b'{"error": "invalid_grant"}', profile=profile).message)
    Mailbox token refresh failed: invalid_grant (status 400). Run `mailbox login`.
    """

    product: str
    """The product's name, the first word of each message."""
    other_clients: str
    """The programs that may share the user's sign-in (R45)."""
    sign_in: str
    """One or more sentences that say how to sign in again (R45, R59)."""
    fallback_code: str
    """The code of a failure for which the server sent none (R43)."""

    def __post_init__(self) -> None:
        for field in fields(self):
            _check_type(getattr(self, field.name), str, f"The profile's {field.name}", "a string")


def _built_in(name: str) -> Profile:
    return Profile(**_rules.load_tables()["profiles"][name])


GENERIC = _built_in("generic")
"""The default profile, which names no product."""
CODEX = _built_in("codex")
"""The profile of the Codex CLI."""


@dataclass(frozen=True)
class Failure:
    """The verdict on a response that is a failure."""

    code: str
    """The error code as the server sent it, or the profile's fallback_code (R43)."""
    description: str | None
    """The server's text for people, without control characters and secrets, or None (R42)."""
    action: Action
    """`relogin`: the user must sign in again. `retry`: send the same request again, later. `fix_client`: the
    client's registration or its request is wrong. `unknown`: the response does not say (section 5)."""
    relogin_required: bool
    """Whether the action is `relogin` (R44)."""
    message: str
    """One or two sentences for the user (R45 to R49, R59)."""
    retry_after: int | None
    """The seconds that the server asks to wait, at most seven days; None unless the action is `retry` (R58)."""


def classify(
    status: int,
    body: bytes | bytearray | memoryview | str,
    *,
    content_type: str | None = None,
    headers: Mapping[str, str | list[str]] | Iterable[tuple[str, str]] | None = None,
    profile: Profile = GENERIC,
    secrets: Iterable[str] = (),
) -> Failure | None:
    """Judge the response of a token endpoint to a refresh. Return None when it is not a failure (R3).

    body is the body after any content encoding was undone; a string is encoded as UTF-8. headers is a
    mapping or an iterable of pairs; names are compared without case (R50). Without a content_type, the
    one of the headers counts. Pass every secret that the request held as secrets: the description and the
    message show `[redacted]` in its place (R55).

    Raises TypeError for an argument of a wrong type, and ValueError for a status outside of 100 to 999.

    >>> failure = classify(503, "<html>", headers={"Retry-After": "30"})
    >>> failure.action, failure.retry_after
    ('retry', 30)
    >>> print(classify(400, b"error=invalid_grant", content_type="application/x-www-form-urlencoded").code)
    invalid_grant
    >>> classify(400, b'{"message": "No token rt-0123456789"}', secrets=["rt-0123456789"]).description
    'No token [redacted]'
    >>> classify(99, b"")
    Traceback (most recent call last):
    ValueError: The status 99 is not an integer from 100 to 999.
    """
    if isinstance(status, bool):
        raise TypeError("The status is a bool, not an integer.")
    _check_type(status, int, "The status", "an integer")
    if not 100 <= status <= 999:
        raise ValueError(f"The status {int(status)} is not an integer from 100 to 999.")
    if isinstance(body, str):
        body = body.encode("utf-8", "surrogatepass")  # R8 replaces what no UTF-8 can encode
    _check_type(body, (bytes, bytearray, memoryview), "The body", "bytes or a string")
    if content_type is not None:
        _check_type(content_type, str, "The content_type", "a string or None")
    pairs = _pairs(headers)
    if content_type is None:
        content_type = _rules.first_values(pairs).get("content-type")
    _check_type(profile, Profile, "The profile", "a Profile")
    verdict = _rules.verdict(
        int(status), content_type, bytes(body), vars(profile), _strings(secrets), headers=pairs
    )
    return None if verdict is None else Failure(**verdict)


def classify_response(response: Any, *, profile: Profile = GENERIC, secrets: Iterable[str] = ()) -> Failure | None:
    """Judge a response of requests or httpx, or any object with their status_code, headers and content.

    Takes and returns the same as classify. Raises TypeError for an object without these attributes. The
    content of a streamed response is read, or has to be read before, as its library says.

    >>> from types import SimpleNamespace
    >>> response = SimpleNamespace(status_code=429, headers={"Retry-After": "5"}, content=b"")
    >>> classify_response(response).retry_after
    5
    """
    try:
        status, headers, content = response.status_code, response.headers, response.content
    except AttributeError as error:
        raise TypeError(f"The response is {_kind(response)}, without a status_code, headers or a content.") from error
    return classify(status, content, headers=headers, profile=profile, secrets=secrets)


def _pairs(headers: Any) -> list[tuple[str, str]]:
    """The names and values of headers, in order."""
    if headers is None:
        return []
    if hasattr(headers, "multi_items"):  # httpx joins equal names otherwise
        headers = headers.multi_items()
    elif hasattr(headers, "items"):
        headers = headers.items()
    if isinstance(headers, (str, bytes)) or not isinstance(headers, Iterable):
        raise TypeError(f"The headers are {_kind(headers)}, not a mapping or an iterable of pairs.")
    pairs = []
    for pair in headers:
        if not (isinstance(pair, (tuple, list)) and len(pair) == 2 and isinstance(pair[0], str)):
            raise TypeError("The headers hold an element that is no pair of a name and a value.")
        name, values = pair
        for value in values if isinstance(values, (list, tuple)) else [values]:
            _check_type(value, str, f"The value of the header {name!a}", "a string")
            pairs.append((name, value))
    return pairs


def _strings(secrets: Any) -> list[str]:
    if isinstance(secrets, (str, bytes)) or not isinstance(secrets, Iterable):
        raise TypeError(f"The secrets are {_kind(secrets)}, not an iterable of strings.")
    secrets = list(secrets)
    for secret in secrets:
        _check_type(secret, str, "One of the secrets", "a string")
    return secrets
