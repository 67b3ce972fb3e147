"""The rules of SPEC.md, sections 2 to 7. The tags beside the functions name the rules that they follow."""

import collections
import functools
import importlib.resources
import itertools
import json
import re
from urllib.parse import unquote_to_bytes

REDACTED = "[redacted]"


def verdict(status, content_type, body, profile, secrets=(), level="hardening", headers=()):
    """Judge one response. Return a dict with the six fields of section 1, or None when it is not a failure.

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
    inner = error_object(tables, document, top, dialects)
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
    return text.lower() if text.isascii() else text.translate(ASCII_LOWER)


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
    if text.count("[") + text.count("{") <= 64:
        return False
    # Up to the first mistake in the text this sees the same strings as the parser, which stops there.
    brackets = NO_BRACKET.sub("", ESCAPE.sub("", text))
    return any(depth > 64 for depth in itertools.accumulate(map(STEP.get, brackets)))


def read_form(body):  # R16
    form = {}
    for piece in reversed(dict.fromkeys(reversed(body.split(b"&")))):  # of equal pieces the last counts
        if piece:
            name, _, value = piece.partition(b"=")
            form[read_form_part(name)] = read_form_part(value)
    return form


def read_form_part(part):  # R16
    return decode(unquote_to_bytes(part.replace(b"+", b" ")) if b"%" in part or b"+" in part else part)


# --- Codes and texts


def error_object(tables, document, top, dialects):  # R18
    if isinstance(top.get("error"), dict):
        return top["error"]
    for array in (top.get("error"), top.get("errors"), document):
        if isinstance(array, list):
            for item in array:
                if isinstance(item, dict):
                    return item
    for key in tables["objects"] if dialects else ():  # R60
        if isinstance(top.get(key), dict):
            return top[key]
    return {}


def places(rows, dialects):  # R20, R25, R26, R28
    return rows if dialects else [row for row in rows if row["level"] == "core"]


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
            if row["key"] in members:
                code = as_code(members[row["key"]], secrets)
                if code is not None:
                    return code
    return None


def texts_of(members, rows, secrets):
    """Return what stands in the text places of one object, without the codes in places marked unless_code (R27)."""
    values = [(row, members[row["key"]]) for row in rows if row["key"] in members]
    return [value for row, value in values if not (row["unless_code"] and as_code(value, secrets) is not None)]


LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def find_texts(tables, document, inner, top, secrets, dialects):  # R26, R28
    if isinstance(document, str):  # R51
        return [document]
    found = texts_of(inner, places(tables["inner_text"], dialects), secrets)
    if dialects and isinstance(top.get("errors"), list):  # R29
        found += itertools.islice((item for item in top["errors"] if isinstance(item, str)), 16)
    found += texts_of(top, places(tables["top_text"], dialects), secrets)
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
    row = tables["codes"].get(code)
    beside = "\n".join(texts)  # no phrase holds a line feed
    for exception in row["exceptions"] if row and texts else ():  # R53
        if exception["phrase"] in beside:
            return exception
    return row  # R32


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
TWO_DIGITS = re.compile(r"[0-9][^0-9]*[0-9]")


def usable_secrets(secrets):  # R55
    """Return the secrets that are looked for, each as given and percent-encoded."""
    secrets = (LONE_SURROGATE.sub("\ufffd", secret) for secret in secrets)
    return [(secret, encode_as_form(secret)) for secret in secrets if len(secret) >= 8 and secret not in REDACTED]


KEPT = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-._")


def encode_as_form(text):  # R55: the serializer of the WHATWG URL Standard
    return "".join(chr(byte) if byte in KEPT else "+" if byte == 0x20 else f"%{byte:02X}" for byte in text.encode())


def would_redact(text, secrets):  # R23
    return next(marked_ranges(text, secrets), None) is not None


def redact(text, secrets):  # R57
    ranges = marked_ranges(text, secrets)
    first = next(ranges, None)
    if first is None:
        return text
    # Ranges may overlap, and there may be many: count at each place those that begin less those that end there.
    edges = collections.Counter()
    for start, length in itertools.chain([first], ranges):
        edges[start] += 1
        edges[start + length] -= 1
    pieces, end, depth = [], 0, 0
    for place, change in sorted(edges.items()):
        if change == 0:
            continue
        if depth == 0:
            pieces += (text[end:place], REDACTED)
        depth += change
        if depth == 0:
            end = place
    return "".join(pieces) + text[end:]


def marked_ranges(text, secrets):
    for match in RUN.finditer(text):  # R56
        if TWO_DIGITS.search(match[0]):
            yield match.start(), len(match[0])
    folded = fold(text)
    for given, encoded in secrets:  # R55
        for start in occurrences(text, given):
            yield start, len(given)
        if encoded != given:
            # Only the first two characters of an occurrence can be folded by a % that stands before it.
            head, tail = fold(encoded[:2]), fold(encoded)[2:]
            for start in occurrences(folded, tail):
                if start >= 2 and fold(text[start - 2 : start]) == head:
                    yield start - 2, len(encoded)


DIGIT_OF_ESCAPE = re.compile("(?<=%)[A-F]|(?<=%.)[A-F]", re.DOTALL)


def fold(text):  # R55: the digits after a % match in either case
    return DIGIT_OF_ESCAPE.sub(lambda match: match[0].lower(), text) if "%" in text else text


def occurrences(text, word):
    """Yield where the word begins in the text; occurrences may overlap.

    This is the algorithm of Knuth, Morris and Pratt: a server that repeats the word's own pattern does not make it slower.
    """
    if word not in text:
        return
    borders = [0]  # of each prefix of the word: the length of its longest border
    length = 0

    def extended(length, character):
        while length > 0 and character != word[length]:
            length = borders[length - 1]
        return length + 1 if character == word[length] else length

    for character in word[1:]:
        length = extended(length, character)
        borders.append(length)
    length = 0
    for end, character in enumerate(text, 1):
        length = extended(length, character)
        if length == len(word):
            yield end - length
            length = borders[-1]


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
    """Read tables.json, which is generated from the corpus of relogin and tested against it."""
    tables = json.loads(importlib.resources.files(__package__).joinpath("tables.json").read_text(encoding="utf-8"))
    return usable_tables(tables)


def usable_tables(tables):
    codes = {lower(row["code"]): row for row in tables["codes"]}
    return {
        "codes": codes,
        "in_text": {code: row for code, row in codes.items() if row["in_text"]},
        "objects": tables["objects"],
        "inner_code": tables["error_object_code"],
        "inner_text": tables["error_object_text"],
        "top_code": tables["top_level_code"],
        "top_text": tables["top_level_text"],
        "headers": tables["headers"],
        "invisible": character_class(tables["invisible"]),
        "space": character_class(tables["space"]),
        "profiles": tables["profiles"],
    }


def character_class(ranges):
    return re.compile("[%s]+" % "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges))
