"""The port program, `python -m relogin`: relogin's protocol, SPEC.md appendix A.

Each line of standard input is a request, each line of standard output a reply.
"""

import argparse
import base64
import json
import platform
import re
import sys

from . import __version__, _rules

LEVELS = ["core", "dialects", "hardening"]
FIELDS = ["code", "description", "action", "relogin_required", "message", "retry_after"]
MOST_SEQ = 2**53 - 1


class Number(str):
    """A number of a request in its own digits: an int would not show whether it was written as 1, 1.0 or 1e0."""


def refuse(constant):
    raise ValueError(f"{constant} is not JSON")


DECODER = json.JSONDecoder(parse_int=Number, parse_float=Number, parse_constant=refuse)


def answer(line, level):
    """Return the reply to one request line: an error for a broken request, so that the port goes on."""
    seq = None
    try:
        request = DECODER.decode(line.decode("utf-8"))
        if not isinstance(request, dict):
            raise ValueError("the line is not a JSON object")
        if is_string(request.get("cmd")) and request["cmd"] == "hello":
            return {
                "protocol": 1,
                "name": "python-port",
                "language": f"Python {platform.python_version()}",
                "version": __version__,
                "levels": LEVELS[: LEVELS.index(level) + 1],
                "fields": FIELDS,
            }
        if not is_integer(request.get("seq"), 0, MOST_SEQ):
            raise ValueError(f"there is no seq from 0 to {MOST_SEQ}")
        seq = int(request["seq"])
        if not (is_string(request.get("cmd")) and request["cmd"] == "parse"):
            raise ValueError("the cmd is neither hello nor parse")
        request = {"headers": {}, **request}
        for name, is_valid in MEMBERS.items():
            if name not in request or not is_valid(request[name]):
                raise ValueError(f"the member {name} is missing or invalid")
        body = read_base64(request["body"])
        if body is None:
            raise ValueError("the member body is not base64")
        return {"seq": seq, "verdict": judge(request, body, level)}
    except Exception as error:  # also a bug of the rules is one reply, not the end of the port
        return {"seq": seq, "error": f"{type(error).__name__}: {error}"[:500]}


def judge(request, body, level):
    return _rules.verdict(
        int(request["status"]),
        request["content_type"],
        body,
        request["profile"],
        request["secrets"],
        headers=[(name, value) for name, values in request["headers"].items() for value in values],
        level=level,
    )


def is_string(value):
    return isinstance(value, str) and not isinstance(value, Number)


def are_strings(value):
    return isinstance(value, list) and all(map(is_string, value))


DIGITS = re.compile("[0-9]{1,16}")  # no JSON number begins with a needless 0


def is_integer(value, least, most):
    return (
        isinstance(value, Number)
        and DIGITS.fullmatch(value) is not None
        and least <= int(value) <= most
    )


def read_base64(text):
    """Return the bytes, or None if the text is not base64 as an encoder writes it."""
    try:
        data = base64.b64decode(text)
        return data if base64.b64encode(data) == text.encode("ascii") else None
    except ValueError:
        return None


def is_profile(value):
    names = ("product", "other_clients", "sign_in", "fallback_code")
    return isinstance(value, dict) and all(map(is_string, map(value.get, names)))


# The members of a `parse`, each with its test.
MEMBERS = {
    "status": lambda value: is_integer(value, 100, 999),
    "content_type": lambda value: value is None or is_string(value),
    "headers": lambda value: isinstance(value, dict) and all(map(are_strings, value.values())),
    "body": is_string,
    "profile": is_profile,
    "secrets": are_strings,
}


def main():
    parser = argparse.ArgumentParser(
        prog="python -m relogin",
        description="Reads requests of the relogin protocol on standard input, one JSON object a line, "
        "and writes a reply to each on standard output.",
    )
    parser.add_argument("--level", choices=LEVELS, default="hardening", help="declare and follow the levels up to this one")
    level = parser.parse_args().level
    for line in sys.stdin.buffer:
        # json.dumps writes ASCII only, so no text can break the encoding of the output.
        sys.stdout.buffer.write(json.dumps(answer(line, level)).encode("ascii") + b"\n")
        sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
