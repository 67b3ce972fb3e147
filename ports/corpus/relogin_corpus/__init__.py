"""The corpus of relogin: tables, vectors, sweeps and lines of the protocol."""

import base64
import importlib.resources
import json

corpus = json.loads(importlib.resources.files(__package__).joinpath("corpus.json").read_text(encoding="utf-8"))


def expand(body):
    """Return the bytes of a body, which is a member `body` of an input or `line` of a line."""
    if "parts" in body:
        return b"".join(map(expand, body["parts"]))
    if "base64" in body:
        return base64.b64decode(body["base64"])
    return (body["text"] if "text" in body else body["repeat"] * body["times"]).encode()
