#!/usr/bin/env python3
"""A port with the bug that the project was founded on: it knows only the flat error, {"error": "invalid_grant"}.

An object in `error` is passed over, so a dead token in a nested error is "token refresh failed with status 401.", for ever. Everything else is
the Python port's. The runner must find this out; it is no example to follow.
"""

import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "python"))

import relogin_port

right_answer = relogin_port.answer


def no_error_object(document, top):
    return {}


def answer(line, level):
    reply = right_answer(line, level)
    if "name" in reply:
        reply["name"] = "flat-only"
    return reply


relogin_port.error_object = no_error_object  # the bug
relogin_port.answer = answer

if __name__ == "__main__":
    sys.argv[1:] = ["--level", "core"]
    sys.exit(relogin_port.main())
