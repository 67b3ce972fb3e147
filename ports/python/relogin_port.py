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
FIELDS = ["code", "description", "action", "relogin_required", "message", "retry_after"]
REDACTED = "[redacted]"


def verdict(status, content_type, body, profile, secrets=(), level="hardening", headers=()):
    """Judge one response. Return a dict with the fields of FIELDS, or None when it is not a failure.

    body is bytes; headers is a sequence of (name, value) pairs in the order in which they came.
    """
    tables = load_tables()
    dialects = level != "core"
    headers = first_values(headers) if dialects else {}
    document = read_document(tables, content_type, body, dialects)
    top = document if isinstance(document, dict) else {}  # R19
    if is_success(status, top):
        return None

    secrets = usable_secrets(secrets)
    inner = error_object(document, top)
    code = first_code(tables, inner, top, secrets, dialects)
    texts = find_texts(tables, document, inner, top, secrets, dialects)
    action, reused = decide(tables, status, headers, code, texts, dialects)
    description = describe(tables, texts, secrets)
    return {
        "code": profile["fallback_code"] if code is None else code,  # R43
        "description": description,
        "action": action,
        "relogin_required": action == "relogin",  # R44
        "message": write_message(status, profile, code, description, action, reused),
        "retry_after": retry_after(headers, action),
    }


# --- Words


def trim(text):  # R1
    return text.strip(" \t\n\r\f\v")


ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def lower(text):  # R2: str.lower knows more letters than A to Z
    return text.translate(ASCII_LOWER)


def is_full(value):
    """Return whether the value is a string that is not empty after trimming."""
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


def first_values(headers):  # R50
    """Map each name, in lower case, to its first value, trimmed."""
    values = {}
    for name, value in headers:
        values.setdefault(lower(name), trim(value))
    return values


# --- From bytes to a document: a dict (an object or a form), a list, a string (a bare text), or None (unparsed)


def read_document(tables, content_type, body, dialects):
    if len(body) > 1_048_576:  # R6
        return None
    body = body.removeprefix(b"\xef\xbb\xbf")  # R7
    if body.lstrip(b" \t\n\r")[:1] in (b"{", b"["):  # R9
        return read_json(decode(body))
    if dialects and content_type is not None:  # R15
        if lower(trim(content_type.split(";", 1)[0])) == "application/x-www-form-urlencoded":
            return read_form(body)
    if dialects and len(body) <= 128 and text_as_code(trim(decode(body))) in tables["in_text"]:  # R51
        return decode(body)
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
    """Return the code that the value holds, trimmed, or None."""
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


def find_texts(tables, document, inner, top, secrets, dialects):  # R26, R28
    if isinstance(document, str):  # R51
        return [document]
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


def decide(tables, status, headers, code, texts, dialects):
    """Return the action, and whether the row that gave it is marked reused."""
    if status in (408, 425, 429) or status >= 500:  # R31
        return "retry", False
    if any(headers.get(name) for name in tables["headers"]):  # R52
        return "retry", False
    texts = [lower(trim(text)) for text in texts] if dialects else []
    if code is not None:
        row = row_of_code(tables, lower(code), texts)
        if row is None:  # R32
            return "unknown", False
    else:
        row = row_of_texts(tables["in_text"], texts)
        if row is None:
            return ("fix_client" if is_clients_fault(status) else "unknown"), False  # R54, R35
    if row["action"] == "relogin" and not (200 <= status <= 299 or status in (400, 401, 403)):  # R36
        return "unknown", False
    return row["action"], row["reused"]


def row_of_code(tables, code, texts):
    for row in tables["exceptions"].get(code, ()):  # R53
        if any(row["phrase"] in text for text in texts):
            return row
    return tables["codes"].get(code)  # R32


def is_clients_fault(status):  # R54
    return 300 <= status <= 399 or status in (404, 405, 406, 410, 411, 413, 414, 415, 422)


JOINT = re.compile(r"[ \-]+")
WORD = re.compile(r"[a-z0-9_]+")


def row_of_texts(in_text, texts):
    """Find the row of the first text that is a code, or else of the first that begins or ends with one.

    The texts are trimmed and in lower case.
    """
    for text in texts:  # R33
        row = in_text.get(text_as_code(text))
        if row is not None:
            return row
    for text in texts:  # R34
        first = WORD.search(text)
        if first is not None:
            last = WORD.search(text[::-1])[0][::-1]
            for word in (first[0], last):
                if "_" in word and word in in_text:
                    return in_text[word]
    return None


def text_as_code(text):  # R33
    return lower(JOINT.sub("_", text.removesuffix(".")))


def retry_after(headers, action):  # R58
    seconds = headers.get("retry-after", "")
    if action != "retry" or not DIGITS.fullmatch(seconds):
        return None
    # CPython refuses to read very long numbers, and leading zeros count for nothing.
    digits = seconds.lstrip("0") or "0"
    return LONGEST_DELAY if len(digits) > 6 else min(int(digits), LONGEST_DELAY)


DIGITS = re.compile(r"[0-9]+")
LONGEST_DELAY = 604_800  # seconds: one week


# --- The description


def describe(tables, texts, secrets):
    for text in texts:
        text = tables["invisible"].sub("", text)  # R37
        text = REPLACEMENTS.sub("\ufffd", tables["space"].sub(" ", text))  # R38
        text = cut(redact(text, secrets).strip(" "))  # R57, R41
        if text:  # R42
            return text
    return None


def cut(text):  # R41
    return text if len(text) <= 500 else text[:499] + "\u2026"


REPLACEMENTS = re.compile("\ufffd+")
RUN = re.compile(r"[A-Za-z0-9._~+=%-]{40,}")
DIGIT = re.compile(r"[0-9]")


def usable_secrets(secrets):  # R55
    """Return the forms to look for: pairs of a string and, for an encoded form, the pattern that it must match too."""
    forms = {}
    for secret in secrets:
        if len(secret) >= 8 and secret not in REDACTED:
            forms[secret] = None
            encoded = encode_as_form(secret)
            if encoded != secret:
                forms[encoded] = ENCODED.sub(ignore_case_of_digits, re.escape(encoded))
    return [(form, pattern and re.compile(pattern)) for form, pattern in forms.items()]


KEPT = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-._")
ENCODED = re.compile(r"%([0-9A-F])([0-9A-F])")


def encode_as_form(text):  # R55: the application/x-www-form-urlencoded serializer of the WHATWG URL Standard
    data = text.encode("utf-8", "replace")
    return "".join(chr(byte) if byte in KEPT else "+" if byte == 0x20 else f"%{byte:02X}" for byte in data)


def ignore_case_of_digits(match):  # R55
    return "%" + "".join(f"[{digit}{digit.lower()}]" for digit in match.groups())


def would_redact(text, secrets):  # R23
    return any(mark(text, secrets))


def redact(text, secrets):  # R57
    marks = mark(text, secrets)
    if not any(marks):
        return text
    pieces = []
    for is_marked, places in itertools.groupby(range(len(text)), marks.__getitem__):
        places = list(places)
        pieces.append(REDACTED if is_marked else text[places[0] : places[-1] + 1])
    return "".join(pieces)


def mark(text, secrets):
    """Return one byte for each character of the text: 1 when it is part of a secret or of a long run."""
    marks = bytearray(len(text))
    for match in RUN.finditer(text):  # R56
        if len(DIGIT.findall(match[0])) >= 2:
            marks[match.start() : match.end()] = b"\1" * len(match[0])
    lowered = lower(text)
    for form, pattern in secrets:  # R55
        wanted, within = (form, text) if pattern is None else (lower(form), lowered)
        start = within.find(wanted)
        while start >= 0:
            if pattern is None or pattern.match(text, start):
                marks[start : start + len(form)] = b"\1" * len(form)
            start = within.find(wanted, start + 1)  # occurrences may overlap
    return marks


# --- The message


def write_message(status, profile, code, description, action, reused):  # R49: f-strings fill in once
    product = profile["product"]
    if action == "relogin" and reused:  # R45
        return (
            f"{product} refresh token was already consumed by another client "
            f"(e.g. {profile['other_clients']}). {profile['sign_in']}"
        )
    if description is not None:  # R46
        message = f"{product} token refresh failed: {description}"
    elif code is not None:  # R47
        message = f"{product} token refresh failed: {code} (status {status})."
    else:  # R48
        message = f"{product} token refresh failed with status {status}."
    if action != "relogin":
        return message
    stop = "" if description is None or description.endswith((".", "!", "?", "\u2026")) else "."
    return f"{message}{stop} {profile['sign_in']}"  # R59


# --- The tables


@functools.lru_cache(maxsize=None)
def load_tables():
    """Read the tables of the corpus. Raise ValueError, with one line, when one is missing or broken."""
    here = os.path.dirname(os.path.abspath(__file__))
    corpus = os.environ.get("RELOGIN_CORPUS") or os.path.join(here, "..", "..", "corpus")
    name = ""
    try:
        name = os.path.join(corpus, "codes.json")
        codes = {lower(row["code"]): check_code(row) for row in read_table(name)["codes"]}
        name = os.path.join(corpus, "exceptions.json")
        exceptions = {}
        for row in read_table(name)["exceptions"]:
            exceptions.setdefault(lower(row["code"]), []).append(check_exception(row))
        name = os.path.join(corpus, "headers.json")
        headers = [lower(row["header"]) for row in read_table(name)["headers"]]
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
            "exceptions": exceptions,
            "headers": headers,
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
    return check_meaning(row, marks=("in_text", "reused"))


def check_exception(row):
    if not isinstance(row["phrase"], str):
        raise ValueError(f"the phrase {row['phrase']!a} is not a string")
    return check_meaning(row, marks=("reused",))


def check_meaning(row, marks):
    if row["action"] not in ("relogin", "retry", "fix_client", "unknown"):
        raise ValueError(f"unknown action {row['action']!a}")
    if not all(isinstance(row[mark], bool) for mark in marks):
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
    """Return the reply to one request line: an error for a broken request, so that the port goes on."""
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
        given = (request["profile"], request["secrets"], level, header_pairs(request.get("headers", {})))
        return {"seq": seq, "verdict": verdict(request["status"], request["content_type"], body, *given)}
    except Exception as error:
        return {"seq": seq, "error": f"{type(error).__name__}: {error}"[:500]}


def header_pairs(headers):
    if not all(isinstance(values, list) for values in headers.values()):
        raise ValueError("the values of a header are not a list")
    return [(name, value) for name, values in headers.items() for value in values]


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
