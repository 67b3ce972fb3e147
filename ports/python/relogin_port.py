#!/usr/bin/env python3
"""The whole of SPEC.md in standard-library Python, written from SPEC.md and the tables alone.

Run it as a port (appendix A), or import it and call verdict(). The tags beside the functions are the rules they follow.
"""

import argparse
import base64
import functools
import itertools
import json
import os
import platform
import re
import sys

LEVELS = ["core", "dialects", "hardening"]
FIELDS = ["code", "description", "action", "relogin_required", "message"]
REDACTED = "[redacted]"


def verdict(status, content_type, body, profile, secrets, level="hardening"):
    """The verdict of one response as a dict with the five fields, or None when it is not a failure."""
    tables = load_tables()
    dialects = level != "core"
    document = read_document(content_type, body, dialects)
    top = document if isinstance(document, dict) else {}  # R19
    if is_success(status, top):
        return None

    secrets = usable_secrets(secrets)
    inner = error_object(document, top)
    code = first_code(tables, inner, top, secrets, dialects)
    texts = find_texts(tables, inner, top, secrets, dialects)
    action, reused = decide(tables, status, code, texts, dialects)
    description = describe(tables, texts, secrets)
    return {
        "code": profile["fallback_code"] if code is None else code,  # R43
        "description": description,
        "action": action,
        "relogin_required": action == "relogin",  # R44
        "message": write_message(status, profile, code, description, action, reused),
    }


# --- Words


def trim(text):  # R1
    return text.strip(" \t\n\r\f\v")


ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def lower(text):  # R2: str.lower knows more letters than A to Z
    return text.translate(ASCII_LOWER)


def is_full(value):
    """A string that is not empty after trimming."""
    return isinstance(value, str) and trim(value) != ""


def is_success(status, top):  # R3; top is empty when the document is no object and no form
    return (
        200 <= status <= 299
        and is_full(top.get("access_token"))
        and not tells_of_error(top.get("error"))  # R4
        and not (isinstance(top.get("errors"), list) and tells_of_error(top["errors"]))  # R5
    )


def tells_of_error(value):  # R4
    items = value if isinstance(value, list) else [value]
    return any(is_full(item) or (isinstance(item, dict) and item) for item in items)


# --- From bytes to a document: a dict (an object or a form), a list, or None (unparsed)


def read_document(content_type, body, dialects):
    if len(body) > 1_048_576:  # R6
        return None
    body = body.removeprefix(b"\xef\xbb\xbf")  # R7
    if body.lstrip(b" \t\n\r")[:1] in (b"{", b"["):  # R9
        return read_json(decode(body))
    if dialects and content_type is not None:  # R15
        if lower(trim(content_type.split(";", 1)[0])) == "application/x-www-form-urlencoded":
            return read_form(body)
    return None  # R17


def decode(data):  # R8
    return data.decode("utf-8", "replace")


def refuse(constant):
    raise ValueError(constant)


# Numbers become None: no rule tells a number from null, and a number must never pass for a string (R13). NaN, Infinity
# and -Infinity are refused (R10). For the rest CPython's own scanner is as strict as RFC 8259, and in its dicts the
# last of several equal keys replaces the earlier ones whole (R11).
DECODER = json.JSONDecoder(
    parse_int=lambda digits: None, parse_float=lambda digits: None, parse_constant=refuse, strict=True
)


def read_json(text):  # R10
    if too_deep(text):
        return None
    try:
        return DECODER.decode(text)
    except ValueError:
        return None


ESCAPE = re.compile(r"\\.", re.DOTALL)
NO_BRACKET = re.compile(r'"[^"]*"?|[^][{}"]+')
STEP = {"[": 1, "{": 1, "]": -1, "}": -1}


def too_deep(text):  # R14; before parsing, because the parser recurses and forgets replaced members
    # Up to the first mistake in the text this sees the same strings as the parser, which stops there.
    brackets = NO_BRACKET.sub("", ESCAPE.sub("", text))
    return max(itertools.accumulate(map(STEP.get, brackets)), default=0) > 64


PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")


def read_form(body):  # R16
    form = {}
    for piece in body.split(b"&"):
        if piece:
            name, _, value = piece.partition(b"=")
            form[read_form_part(name)] = read_form_part(value)
    return form


def read_form_part(part):  # R16
    return decode(PERCENT.sub(lambda match: bytes([int(match[1], 16)]), part.replace(b"+", b" ")))


# --- Codes and texts


def error_object(document, top):  # R18
    if isinstance(top.get("error"), dict):
        return top["error"]
    for array in (top.get("error"), top.get("errors"), document):
        if isinstance(array, list):
            for item in array:
                if isinstance(item, dict):
                    return item
    return {}


def places(rows, dialects):  # R20, R25, R26, R28
    return [row for row in rows if dialects or row["level"] == "core"]


CODE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,128}")
LETTER = re.compile(r"[A-Za-z]")
URI = re.compile(r"://|^(?:about|urn):")


def as_code(value, secrets):
    """The code that a value holds, trimmed, or None."""
    if not isinstance(value, str):
        return None
    code = trim(value)
    if not (CODE.fullmatch(code) and LETTER.search(code)):  # R21
        return None
    if URI.search(lower(code)) or would_redact(code, secrets):  # R22, R23
        return None
    return code


def first_code(tables, inner, top, secrets, dialects):  # R24
    for members, rows in ((inner, tables["inner_code"]), (top, tables["top_code"])):
        for row in places(rows, dialects):  # R20, R25
            code = as_code(members.get(row["key"]), secrets)
            if code is not None:
                return code
    return None


LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def find_texts(tables, inner, top, secrets, dialects):  # R26, R28
    found = [inner.get(row["key"]) for row in places(tables["inner_text"], dialects)]
    if dialects and isinstance(top.get("errors"), list):  # R29
        found += itertools.islice((item for item in top["errors"] if isinstance(item, str)), 16)
    for row in places(tables["top_text"], dialects):
        value = top.get(row["key"])
        if not (row.get("unless_code") and as_code(value, secrets) is not None):  # R27
            found.append(value)
    # R12: the decoder joins pairs and keeps what is alone. Only texts can show it: no code and no key asked for has one.
    return [LONE_SURROGATE.sub("\ufffd", value) for value in found if is_full(value)]


# --- The action


def decide(tables, status, code, texts, dialects):
    """The action, and whether the row that gave it is marked reused."""
    if status in (408, 425, 429) or status >= 500:  # R31
        return "retry", False
    if code is not None:  # R32
        row = tables["codes"].get(lower(code))
    else:
        row = row_of_texts(tables["in_text"], texts) if dialects else None
    if row is None:  # R32, R35
        return "unknown", False
    if row["action"] == "relogin" and not (200 <= status <= 299 or status in (400, 401, 403)):  # R36
        return "unknown", False
    return row["action"], row["reused"]


JOINT = re.compile(r"[ \-]+")
WORD = re.compile(r"[A-Za-z0-9_]+")


def row_of_texts(in_text, texts):
    texts = [trim(text) for text in texts]
    for text in texts:  # R33
        row = in_text.get(lower(JOINT.sub("_", text.removesuffix("."))))
        if row is not None:
            return row
    for text in texts:  # R34
        first = WORD.search(text)
        if first is not None:
            last = WORD.search(text[::-1])[0][::-1]
            for word in (first[0], last):
                if "_" in word and lower(word) in in_text:
                    return in_text[lower(word)]
    return None


# --- The description


def describe(tables, texts, secrets):
    for text in texts:
        text = tables["invisible"].sub("", text)  # R37
        text = REPLACEMENTS.sub("\ufffd", tables["space"].sub(" ", text))  # R38
        text = cut(redact(text, secrets).strip(" "))  # R39, R40, R41
        if text:  # R42
            return text
    return None


def cut(text):  # R41
    return text if len(text) <= 500 else text[:499] + "\u2026"


REPLACEMENTS = re.compile("\ufffd+")
RUN = re.compile(r"[A-Za-z0-9._~+=%-]+")
DIGIT = re.compile(r"[0-9]")


def usable_secrets(secrets):  # R39; sorting keeps the order of those of equal length
    return sorted((s for s in secrets if len(s) >= 8 and s not in REDACTED), key=lambda s: -len(s))


def would_redact(text, secrets):  # R23: not the same as another text afterwards, for one replacement can undo another
    return any(secret in text for secret in secrets) or RUN.sub(redact_run, text) != text


def redact(text, secrets):
    for secret in secrets:  # R39
        text = text.replace(secret, REDACTED)
    return RUN.sub(redact_run, text)  # R40


def redact_run(match):  # R40
    run = match[0]
    return REDACTED if len(run) >= 40 and len(DIGIT.findall(run)) >= 2 else run


# --- The message


def write_message(status, profile, code, description, action, reused):  # R49: f-strings fill in once
    product = profile["product"]
    if action == "relogin" and reused:  # R45
        return (
            f"{product} refresh token was already consumed by another client "
            f"(e.g. {profile['other_clients']}). {profile['sign_in']}"
        )
    if description is not None:  # R46
        return f"{product} token refresh failed: {description}"
    if code is not None:  # R47
        return f"{product} token refresh failed: {code} (status {status})."
    return f"{product} token refresh failed with status {status}."  # R48


# --- The tables


@functools.lru_cache(maxsize=None)
def load_tables():
    """The tables of the corpus. Raises ValueError with one line when one is missing or broken."""
    here = os.path.dirname(os.path.abspath(__file__))
    corpus = os.environ.get("RELOGIN_CORPUS") or os.path.join(here, "..", "..", "corpus")
    name = ""
    try:
        name = os.path.join(corpus, "codes.json")
        codes = {lower(row["code"]): check_code(row) for row in read_table(name)["codes"]}
        name = os.path.join(corpus, "keys.json")
        keys = read_table(name)
        rows = {
            f"{short}_{kind}": [check_place(row) for row in keys[long][kind]]
            for short, long in (("inner", "error_object"), ("top", "top_level"))
            for kind in ("code", "text")
        }
        name = os.path.join(corpus, "characters.json")
        characters = read_table(name)
        return {
            "codes": codes,
            "in_text": {code: row for code, row in codes.items() if row["in_text"]},
            **rows,
            "invisible": character_class(characters["invisible"]),
            "space": character_class(characters["space"]),
        }
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError, re.error) as error:
        raise ValueError(f"cannot use the table {name!a}: {type(error).__name__}: {error}") from error


def read_table(name):
    with open(name, encoding="utf-8") as file:
        return json.load(file)


def check_code(row):
    if row["action"] not in ("relogin", "retry", "fix_client", "unknown"):
        raise ValueError(f"unknown action {row['action']!a}")
    if not (isinstance(row["in_text"], bool) and isinstance(row["reused"], bool)):
        raise ValueError(f"marks of {row['code']!a} must be true or false")
    return row


def check_place(row):
    if not isinstance(row["key"], str) or row["level"] not in ("core", "dialects"):
        raise ValueError(f"bad place {row['key']!a}")
    return row


def character_class(ranges):
    pairs = [(int(each["first"], 16), int(each["last"], 16)) for each in ranges]
    return re.compile("[%s]+" % "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in pairs))


# --- The port


MOST_SEQ = 2**53 - 1


def answer(line, level):
    """The reply to one request line. What breaks is told in the reply: one bad request must not end the port."""
    seq = None
    try:
        request = json.loads(line.decode("utf-8"))
        if request.get("cmd") == "hello":
            version = ".".join(platform.python_version_tuple()[:2])
            return {
                "protocol": 1, "name": "python-port", "language": f"Python {version}", "version": "1.0.0",
                "levels": LEVELS[: LEVELS.index(level) + 1], "fields": FIELDS,
            }
        if not (is_integer(request.get("seq")) and 0 <= request["seq"] <= MOST_SEQ):
            raise ValueError("there is no seq from 0 to 9007199254740991")
        seq = request["seq"]
        if request["cmd"] != "parse":
            raise ValueError("unknown cmd")
        if not (is_integer(request["status"]) and 100 <= request["status"] <= 999):
            raise ValueError("the status is not an integer from 100 to 999")
        body = base64.b64decode(request["body"], validate=True)
        given = (request["profile"], request["secrets"], level)
        return {"seq": seq, "verdict": verdict(request["status"], request["content_type"], body, *given)}
    except Exception as error:
        return {"seq": seq, "error": f"{type(error).__name__}: {error}"[:500]}


def is_integer(value):  # in Python, True is an int
    return isinstance(value, int) and not isinstance(value, bool)


def main():
    parser = argparse.ArgumentParser(description="A relogin port: requests on standard input, replies on standard output.")
    parser.add_argument("--level", choices=LEVELS, default="hardening", help="declare and follow the levels up to this one")
    level = parser.parse_args().level
    try:
        load_tables()
    except ValueError as error:
        print(f"relogin_port.py: {error}", file=sys.stderr)
        return 2
    for line in sys.stdin.buffer:
        # json.dumps writes ASCII only, so no text can break the encoding of the output.
        sys.stdout.buffer.write(json.dumps(answer(line, level)).encode("ascii") + b"\n")
        sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
