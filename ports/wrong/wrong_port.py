#!/usr/bin/env python3
"""Ports with one bug each: the Python port, of which one function, pattern or table is replaced. No examples to follow.

    wrong_port.py NAME      the port with that bug (SPEC.md, appendix A)
    wrong_port.py --list    the names

`wrong.json` names the rules of SPEC.md that each bug breaks, and whose mistake it is. The bugs here come from clients;
`json_habits.py`, `form_habits.py` and `text_habits.py` have those that a language or a library suggests.
"""

import decimal
import itertools
import json
import math
import re
import sys

from bugs import BUGS, PERCENT, decoder, nothing, port, replaces, right

import form_habits  # noqa: F401  each registers its bugs
import json_habits  # noqa: F401
import text_habits  # noqa: F401

from relogin import __main__ as program

BOM = b"\xef\xbb\xbf"
NEVER = re.compile("(?!)")


# --- Failure or success


@replaces("is_success")
def any_2xx_is_success(status, top):
    """Asks the status alone."""
    return 200 <= status <= 299


@replaces("is_success")
def only_200_is_success(status, top):
    """Takes every other 2xx for a failure."""
    return status == 200 and right.is_success(status, top)


@replaces("is_success")
def null_token_is_success(status, top):
    """Asks whether there is an `access_token`, not what it is."""
    return right.is_success(status, {**top, "access_token": "one"} if "access_token" in top else top)


@replaces("is_success")
def null_error_is_an_error(status, top):
    """Asks whether there is an `error`, not what it is."""
    return right.is_success(status, top) and "error" not in top


# --- From bytes to a document


@replaces("read_document")
def bom_refused(tables, content_type, body, dialects):
    """Knows no byte order mark, so nothing after one parses."""
    return None if body.startswith(BOM) else right.read_document(tables, content_type, body, dialects)


@replaces("read_document")
def every_bom_dropped(tables, content_type, body, dialects):
    """Drops one byte order mark after the other."""
    while body.startswith(BOM + BOM):
        body = body.removeprefix(BOM)
    return right.read_document(tables, content_type, body, dialects)


@replaces("read_document")
def utf16_accepted(tables, content_type, body, dialects):
    """Guesses the encoding, as Python's json.loads does when it is given bytes."""
    encoding = json.detect_encoding(body)
    if encoding.startswith("utf-16"):
        body = body.decode(encoding, "replace").encode()
    return right.read_document(tables, content_type, body, dialects)


@replaces("read_document")
def invalid_utf8_refused(tables, content_type, body, dialects):
    """Decodes strictly, so one Latin-1 letter hides the code."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return None
    return right.read_document(tables, content_type, body, dialects)


@replaces("read_document")
def no_size_limit(tables, content_type, body, dialects):
    """Parses JSON of any size."""
    if len(body) > 1_048_576:
        return right.read_json(right.decode(body.removeprefix(BOM)))
    return right.read_document(tables, content_type, body, dialects)


@replaces("read_document")
def size_in_characters(tables, content_type, body, dialects):
    """Measures the text after it is decoded."""
    if len(right.decode(body)) <= 1_048_576 < len(body):
        return right.read_json(right.decode(body.removeprefix(BOM)))
    return right.read_document(tables, content_type, body, dialects)


@replaces("read_document")
def empty_body_crash(tables, content_type, body, dialects):
    """Gives every body to the decoder, which raises for an empty one: the reply is an `error`."""
    if body == b"":
        raise ValueError("unexpected end of input")
    return right.read_document(tables, content_type, body, dialects)


@replaces("read_document")
def content_type_decides(tables, content_type, body, dialects):
    """Reads no body that its content type calls anything but JSON or a form."""
    readable = content_type is None or re.search("json|urlencoded", content_type, re.IGNORECASE)
    return right.read_document(tables, content_type, body, dialects) if readable else None


@replaces("read_document")
def evidence_from_html(tables, content_type, body, dialects):
    """Searches what does not parse for the word."""
    document = right.read_document(tables, content_type, body, dialects)
    return {"error": "invalid_grant"} if document is None and b"invalid_grant" in body else document


@replaces("read_document")
def json_found_in_text(tables, content_type, body, dialects):
    """Begins at the first brace and ends at the last, whatever stands around them; the limit of R6 is another matter."""
    braces = re.search(rb"\{.*\}", body, re.DOTALL) if len(body) <= 1_048_576 else None
    return right.read_document(tables, content_type, braces[0] if braces else body, dialects)


@replaces("read_document")
def top_level_array_ignored(tables, content_type, body, dialects):
    """Knows only objects."""
    document = right.read_document(tables, content_type, body, dialects)
    return None if isinstance(document, list) else document


@replaces("read_document")
def errors_array_ignored(tables, content_type, body, dialects):
    """Does not know the member `errors`."""
    document = right.read_document(tables, content_type, body, dialects)
    return {key: document[key] for key in document if key != "errors"} if isinstance(document, dict) else document


@replaces("read_json")
def trailing_bytes_accepted(text):
    """Stops at the end of the first JSON text, as decoders of streams do."""
    try:
        return None if right.too_deep(text) else port.DECODER.raw_decode(text.lstrip(" \t\n\r"))[0]
    except ValueError:
        return None


@replaces("read_json")
def trailing_comma_accepted(text):
    """Forgives a comma after the last member or element."""
    return right.read_json(re.sub(r",(\s*[]}])", r"\1", text))


@replaces("read_json")
def lone_surrogate_crash(text):
    """Writes what it has read to a log in UTF-8, which raises for a lone surrogate: the reply is an `error`."""
    document = right.read_json(text)
    json.dumps(document, ensure_ascii=False).encode()
    return document


@replaces("read_json")
def lone_surrogate_refused(text):
    """Takes the escape of a lone surrogate for a mistake, as strict libraries do."""
    document = right.read_json(text)
    return None if right.LONE_SURROGATE.search(json.dumps(document, ensure_ascii=False)) else document


@replaces("read_json")
def recursion_crash(text):
    """Measures the depth after parsing, and the parser recurses: the reply to a very deep body is an `error`."""
    try:
        document = port.DECODER.decode(text)
    except ValueError:
        return None
    return None if right.too_deep(text) else document


@replaces("read_json")
def depth_forgets_duplicates(text):
    """Measures the depth of what was read, where a replaced member is gone."""

    def depth(value):
        elements = value.values() if isinstance(value, dict) else value
        return 1 + max(map(depth, elements), default=0) if isinstance(value, (dict, list)) else 0

    try:
        document = port.DECODER.decode(text)
        return None if depth(document) > 64 else document
    except (ValueError, RecursionError):
        return None


@replaces("too_deep")
def no_depth_limit(text):
    """Parses until the stack of the language ends."""
    return False


@replaces("too_deep")
def outermost_is_level_0(text):
    """Begins to count inside the outermost object."""
    return right.too_deep("]" + text)


@replaces("read_form")
def form_ignored(body):
    """Knows no forms."""
    return None


@replaces("read_form")
def first_of_form_pairs_wins(body):
    """Keeps the first of several pairs with one name, as `URLSearchParams.get` and Go's `Values.Get` do."""
    return right.read_form(b"&".join(reversed(body.split(b"&"))))


@replaces("read_form_part")
def form_plus_kept(part):
    """Decodes the escapes only, as decodeURIComponent does."""
    return right.read_form_part(part.replace(b"+", b"%2B"))


@replaces("read_form_part")
def form_percent_crash(part):
    """Raises for a `%` that begins no escape, as decodeURIComponent does: the reply is an `error`."""
    if b"%" in PERCENT.sub(b"", part):
        raise ValueError("malformed escape")
    return right.read_form_part(part)


@replaces("read_document")
def form_charset_refused(tables, content_type, body, dialects):
    """Compares the whole content type, a charset included."""
    return right.read_document(tables, content_type, body, dialects and ";" not in (content_type or ""))


# --- Codes


@replaces("error_object", level="core")
def flat_only(tables, document, top, dialects):
    """Knows only the flat error: a dead token in an object is a failure without a code, for ever."""
    return {}


@replaces("error_object")
def empty_object_passed_over(tables, document, top, dialects):
    """Asks `if body["error"]:`, which is false for an empty object."""
    return right.error_object(tables, document, {key: top[key] for key in top if top[key] != {}}, dialects)


@replaces("error_object")
def null_error_crash(tables, document, top, dialects):
    """Asks `error` for its members when it is neither a string nor an object: the reply is an `error`."""
    if "error" in top and top["error"] is None:  # null, or a number to the decoder of the Python port
        raise AttributeError("no attribute 'get'")
    return right.error_object(tables, document, top, dialects)


@replaces("first_code")
def nested_only(tables, inner, top, secrets, dialects):
    """Looks for a code in the error object only."""
    return right.first_code(tables, inner, {}, secrets, dialects)


@replaces("first_code")
def outer_code_first(tables, inner, top, secrets, dialects):
    """Asks the top level before the error object."""
    code = right.first_code(tables, {}, top, secrets, dialects)
    return right.first_code(tables, inner, top, secrets, dialects) if code is None else code


@replaces("first_code")
def non_string_code_ends(tables, inner, top, secrets, dialects):
    """Gives up when `code` of the error object is there and no string."""
    return right.first_code(tables, inner, top, secrets, dialects) if isinstance(inner.get("code", ""), str) else None


@replaces("places")
def type_never_asked(rows, dialects):
    """Does not know that `type` may hold the code."""
    return [row for row in right.places(rows, dialects) if row["key"] != "type"]


@replaces("places")
def dialect_places_ignored(rows, dialects):
    """Asks the places of the core only, while it claims the dialects."""
    return right.places(rows, False)


@replaces("as_code", DECODER=decoder(parse_int=decimal.Decimal))
def number_is_a_code(value, secrets):
    """Takes a whole number for a code."""
    return str(value) if isinstance(value, decimal.Decimal) else right.as_code(value, secrets)


@replaces("as_code")
def code_in_lower_case(value, secrets):
    """Reports the code in lower case, the form in which codes are compared."""
    code = right.as_code(value, secrets)
    return None if code is None else right.lower(code)


# --- The action


@replaces("decide")
def status_401_is_relogin(tables, status, headers, code, texts, dialects):
    """Sends the user to sign in at every 401."""
    action, reused = right.decide(tables, status, headers, code, texts, dialects)
    return ("relogin" if status == 401 else action), reused


@replaces("decide")
def any_4xx_is_relogin(tables, status, headers, code, texts, dialects):
    """Sends the user to sign in at every 4xx, 408 and 429 included."""
    action, reused = right.decide(tables, status, headers, code, texts, dialects)
    return ("relogin" if 400 <= status <= 499 else action), reused


@replaces("decide")
def status_429_is_relogin(tables, status, headers, code, texts, dialects):
    """Takes a rate limit for a dead token."""
    return ("relogin", False) if status == 429 else right.decide(tables, status, headers, code, texts, dialects)


@replaces("decide")
def code_decides_at_5xx(tables, status, headers, code, texts, dialects):
    """Believes a code in the answer of a broken server."""
    return right.decide(tables, 400 if status >= 500 and code is not None else status, headers, code, texts, dialects)


@replaces("decide")
def no_retry_at_408(tables, status, headers, code, texts, dialects):
    """Does not know that 408 and 425 say nothing about the token."""
    return right.decide(tables, 400 if status in (408, 425) else status, headers, code, texts, dialects)


@replaces("decide")
def retry_ends_at_599(tables, status, headers, code, texts, dialects):
    """Knows no status above 599, as proxies send them."""
    return right.decide(tables, min(status, 499) if status > 599 else status, headers, code, texts, dialects)


@replaces("decide")
def relogin_at_any_status(tables, status, headers, code, texts, dialects):
    """Believes a code at 404 or 407 as at 400."""
    is_retried = status in (408, 425, 429) or status >= 500
    return right.decide(tables, status if is_retried else 400, headers, code, texts, dialects)


@replaces("decide")
def never_relogin_at_403(tables, status, headers, code, texts, dialects):
    """Takes every 403 for the word of a proxy."""
    return right.decide(tables, 409 if status == 403 else status, headers, code, texts, dialects)


def has_no_row(tables, code):
    return code is not None and right.lower(code) not in tables["codes"]


@replaces("decide")
def unknown_code_is_relogin(tables, status, headers, code, texts, dialects):
    """Takes a code that it does not know for the end of the sign-in."""
    action, reused = right.decide(tables, status, headers, code, texts, dialects)
    return ("relogin" if action == "unknown" and has_no_row(tables, code) else action), reused


@replaces("decide")
def unknown_code_is_retry(tables, status, headers, code, texts, dialects):
    """Takes a code that it does not know for a passing fault, and loops."""
    action, reused = right.decide(tables, status, headers, code, texts, dialects)
    return ("retry" if action == "unknown" and has_no_row(tables, code) else action), reused


@replaces("decide")
def case_sensitive_registry(tables, status, headers, code, texts, dialects):
    """Finds a code only when it is written as in the registry."""
    as_written = code is None or code == tables["codes"].get(right.lower(code), {}).get("code")
    return right.decide(tables, status, headers, code if as_written else "not_registered", texts, dialects)


@replaces("decide")
def row_from_a_prototype(tables, status, headers, code, texts, dialects):
    """Looks codes up in a JavaScript object, which inherits members that are no rows: the action is none."""
    inherited = code in ("__proto__", "constructor", "hasOwnProperty", "toString")
    return (None, None) if inherited else right.decide(tables, status, headers, code, texts, dialects)


def first_exception(tables, code, texts):
    row = tables["codes"].get(code)
    return next((one for text in texts for one in (row["exceptions"] if row else ()) if one["phrase"] in text), row)


@replaces("row_of_code")
def exceptions_by_text(tables, code, texts):
    """Asks each text for all phrases, in place of each row for all texts: the first phrase counts, not the first row."""
    return first_exception(tables, code, texts)


@replaces("row_of_code")
def exceptions_of_first_text(tables, code, texts):
    """Looks for phrases in the text that is shown."""
    return right.row_of_code(tables, code, texts[:1])


@replaces("row_of_code")
def longest_phrase_wins(tables, code, texts):
    """Takes the longest phrase for the most exact one."""
    row = tables["codes"].get(code)
    found = [one for one in (row["exceptions"] if row else ()) if any(one["phrase"] in text for text in texts)]
    return max(found, key=lambda one: len(one["phrase"]), default=row)


@replaces("decide")
def phrases_with_case(tables, status, headers, code, texts, dialects):
    """Compares phrases with case."""
    if code is None:
        return right.decide(tables, status, headers, code, texts, dialects)
    marked = [re.sub("[A-Z]", "\0", text) for text in texts]  # nothing that has a capital letter can match
    return right.decide(tables, status, headers, code, marked, dialects)


@replaces("decide")
def exception_at_any_status(tables, status, headers, code, texts, dialects):
    """Believes an exception at 404 and at 500 as at 400."""
    row = right.row_of_code(tables, right.lower(code), [right.lower(text) for text in texts]) if code else None
    if row and "phrase" in row:
        return row["action"], row["reused"]
    return right.decide(tables, status, headers, code, texts, dialects)


OF_RFC_6749 = (
    "invalid_request", "invalid_client", "invalid_grant",
    "unauthorized_client", "unsupported_grant_type", "invalid_scope",
)


def with_codes(tables, change):
    """The tables with each row of the registry changed."""
    return right.usable_tables({**tables, "codes": [{**row, **change(row)} for row in tables["codes"]]})


@replaces("usable_tables")
def only_codes_of_rfc_6749(tables):
    """Knows no code of a provider's own."""
    nothing_known = {"action": "unknown", "reused": False, "in_text": False, "exceptions": []}
    return with_codes(tables, lambda row: {} if row["code"] in OF_RFC_6749 else nothing_known)


@replaces("usable_tables")
def invalid_client_relogin(tables):
    """Sends the user to sign in when the client's registration is lost."""
    return with_codes(tables, lambda row: {"action": "relogin"} if row["code"] == "invalid_client" else {})


@replaces("usable_tables")
def every_code_in_text(tables):
    """Believes a text that is or holds any code, marked or not."""
    return with_codes(tables, lambda row: {"in_text": True})


@replaces("row_of_texts")
def texts_never_decide(in_text, texts):
    """Asks the code places only."""
    return None


@replaces("row_of_texts")
def code_amid_a_sentence(in_text, texts):
    """Asks every word of a text, not only the first and the last."""
    words = [right.lower(word) for text in texts for word in right.WORD.findall(text) if "_" in word]
    return right.row_of_texts(in_text, texts) or next((in_text[word] for word in words if word in in_text), None)


@replaces("row_of_texts")
def tail_code_never_seen(in_text, texts):
    """Asks a whole text and its first word, never the last."""
    whole = [right.lower(right.JOINT.sub("_", right.trim(text).removesuffix("."))) for text in texts]
    heads = [right.lower(word[0]) for word in map(right.WORD.search, texts) if word is not None and "_" in word[0]]
    return next((in_text[code] for code in whole + heads if code in in_text), None)


# --- The description


@replaces("find_texts")
def errors_strings_ignored(tables, document, inner, top, secrets, dialects):
    """Knows only objects in `errors`."""
    return right.find_texts(tables, document, inner, {key: top[key] for key in top if key != "errors"}, secrets, dialects)


@replaces("usable_tables")
def code_as_description(tables):
    """Shows `error` for want of a description, also when it is the code."""
    places = [{**row, "unless_code": False} for row in tables["top_level_text"]]
    return right.usable_tables({**tables, "top_level_text": places})


@replaces("describe")
def blank_text_ends_search(tables, texts, secrets):
    """Cleans the first text only, and has no description when nothing is left of it."""
    return right.describe(tables, texts[:1], secrets)


def tables_that_keep(kind, characters):
    """The tables, with some characters taken out of the class `invisible` or `space`."""
    tables = right.load_tables()
    return {**tables, kind: re.compile(f"(?:(?![{characters}]){tables[kind].pattern.removesuffix('+')})+")}


@replaces("load_tables")
def escape_codes_kept():
    """Lets ESC through to the terminal."""
    return tables_that_keep("space", r"\x1b")


@replaces("load_tables")
def c1_controls_kept():
    """Knows the controls of ASCII only, and lets U+009B through, which is ESC [ to some terminals."""
    return tables_that_keep("space", r"\x80-\x9f")


@replaces("load_tables")
def bidi_controls_kept():
    """Lets the characters through that turn a sentence around."""
    return tables_that_keep("invisible", r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069")


@replaces("usable_secrets")
def secret_echoed(secrets):
    """Does not look for the secrets that the caller names."""
    return []


@replaces("usable_secrets")
def secrets_of_any_length(secrets):
    """Replaces a secret of a few letters wherever they stand."""
    secrets = [secret for secret in secrets if secret not in right.REDACTED]
    return [(secret, secret if len(secret) < 8 else right.encode_as_form(secret)) for secret in secrets]


@replaces("usable_secrets")
def secret_length_in_bytes(secrets):
    """Measures secrets in UTF-8, as Go's len and Rust's do."""
    secrets = [secret for secret in secrets if len(secret.encode()) >= 8 and secret not in right.REDACTED]
    return [(secret, right.encode_as_form(secret)) for secret in secrets]


@replaces("cut")
def length_in_bytes(text):
    """Measures and cuts in UTF-8, as Go does."""
    data = text.encode()
    return text if len(data) <= 500 else data[:499].decode("utf-8", "replace") + "\u2026"


@replaces("cut")
def length_in_utf16(text):
    """Measures in UTF-16, as JavaScript's and Java's length do, and cuts by characters."""
    return text if len(text.encode("utf-16-le")) <= 2 * 500 else text[:499] + "\u2026"


@replaces("cut")
def cut_inside_a_pair(text):
    """Measures in characters and cuts in UTF-16: the reply may hold half a pair, the escape of a lone surrogate."""
    units = text.encode("utf-16-le")
    return text if len(text) <= 500 else units[: 2 * 499].decode("utf-16-le", "surrogatepass") + "\u2026"


@replaces("cut")
def cut_without_ellipsis(text):
    """Cuts to the first 500 characters, and nothing shows it."""
    return text[:500]


# --- The verdict and its message


@replaces("verdict")
def fallback_code_never_used(status, content_type, body, profile, secrets, **options):
    """Leaves `code` null when the server sends none."""
    return right.verdict(status, content_type, body, {**profile, "fallback_code": None}, secrets, **options)


@replaces("verdict")
def flag_set_by_status(status, content_type, body, profile, secrets, **options):
    """Sets the flag by the status, beside an action that says otherwise."""
    verdict = right.verdict(status, content_type, body, profile, secrets, **options)
    return verdict and {**verdict, "relogin_required": verdict["relogin_required"] or status in (401, 403)}


@replaces("verdict")
def body_status_believed(status, content_type, body, profile, secrets, **options):
    """Takes a number in `status` of the body for the HTTP status."""
    try:
        inner = json.loads(body)["status"]
    except (ValueError, LookupError, TypeError, RecursionError):
        inner = None
    return right.verdict(inner if type(inner) is int else status, content_type, body, profile, secrets, **options)


@replaces("write_message")
def reused_message_always(status, profile, code, description, action, reused):
    """Blames another client for every dead token."""
    return right.write_message(status, profile, code, description, action, True)


@replaces("write_message")
def sign_in_on_retry(status, profile, code, description, action, reused):
    """Asks for a new sign-in although the request is only to be repeated."""
    message = right.write_message(status, profile, code, description, action, reused)
    return f"{message} {profile['sign_in']}" if action == "retry" else message


@replaces("write_message")
def message_filled_in_twice(status, profile, code, description, action, reused):
    """Replaces placeholders in what was already filled in."""
    message = right.write_message(status, profile, code, description, action, reused)
    for name, text in {**profile, "status": status, "code": code, "description": description}.items():
        message = message.replace("{%s}" % name, str(text))
    return message


# --- Bugs that replace a pattern, the JSON decoder, or a function by one of Python's


def refuse_overflow(digits):
    if math.isinf(float(digits)):
        raise ValueError("number out of range")


def merge(old, new):
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{key: merge(old.get(key), new[key]) for key in new}}
    if isinstance(old, list) and isinstance(new, list):
        return [merge(*pair) for pair in itertools.zip_longest(old[: len(new)], new)]
    return old if new is None else new


def merge_pairs(pairs):
    members = {}
    for key, value in pairs:
        members[key] = merge(members.get(key), value)
    return members


def inherit(pairs):
    members = dict(pairs)
    parent = members.get("__proto__")
    return {**parent, **members} if isinstance(parent, dict) else members


def in_any_case(pairs):
    return {**{key.lower(): value for key, value in pairs}, **dict(pairs)}


OTHERS = {
    # Plain `json` of Python takes NaN and Infinity for numbers.
    "nan-accepted": {"DECODER": decoder(parse_constant=nothing)},
    # Plain `int` of Python: a number of more than 4,300 digits does not parse.
    "digits-limit": {"DECODER": decoder(parse_int=int)},
    # Refuses a number that is too large for a float, as Go and serde_json do.
    "number-overflow-refused": {"DECODER": decoder(parse_float=refuse_overflow)},
    # Takes line ends and other controls in strings as they are.
    "raw-controls-accepted": {"DECODER": decoder(strict=False)},
    # Keeps the first of several members with one key.
    "first-duplicate-wins": {"DECODER": decoder(object_pairs_hook=lambda pairs: dict(reversed(pairs)))},
    # Decodes a member into what an earlier one left there, as Go does with a struct. Numbers are no null here.
    "duplicates-merged": {"DECODER": decoder(object_pairs_hook=merge_pairs, parse_int=float, parse_float=float)},
    # Finds keys that are written in another case, as Go does when it decodes into a struct.
    "keys-of-any-case": {"DECODER": decoder(object_pairs_hook=in_any_case)},
    # Copies members one by one, as JavaScript does with `target[key] = source[key]`: __proto__ becomes the prototype.
    "members-inherited": {"DECODER": decoder(object_pairs_hook=inherit)},
    # Trims what Python calls white space, U+00A0 and U+001C among it.
    "unicode-trimming": {"trim": str.strip},
    # Maps letters beyond A to Z too: the Kelvin sign becomes k.
    "unicode-lower-case": {"lower": str.lower},
    # Compares in upper case: the long s becomes S.
    "unicode-upper-case": {"lower": lambda text: right.lower(text.upper())},
    # Takes a URI for a code.
    "uri-is-a-code": {"URI": NEVER},
    # Takes the longest word for a code.
    "code-of-any-length": {"CODE": re.compile(right.CODE.pattern.replace("{1,128}", "+"))},
    # Shows a token that the caller did not name.
    "long-runs-kept": {"RUN": NEVER},
    # Takes every long run for a token, words with dots or hyphens included.
    "digits-not-counted": {"TWO_DIGITS": re.compile(".")},
    # Shows one U+FFFD for each invalid byte.
    "replacement-runs-kept": {"REPLACEMENTS": re.compile("\ufffd")},
}
BUGS.update({name: ("hardening", replacements) for name, replacements in OTHERS.items()})


def main():
    if sys.argv[1:] == ["--list"]:
        print("\n".join(BUGS))
        return 0
    name = " ".join(sys.argv[1:])
    if name not in BUGS:
        print(f"wrong_port.py: there is no bug {name!a}; --list prints their names", file=sys.stderr)
        return 2

    level, replacements = BUGS[name]
    for target, replacement in replacements.items():
        getattr(right, target)  # raises when the Python port no longer has it
        setattr(port, target, replacement)

    right.load_tables.cache_clear()
    answer = program.answer

    def with_its_name(line, level):
        reply = answer(line, level)
        return {**reply, "name": name} if "name" in reply else reply

    program.answer = with_its_name
    sys.argv[1:] = ["--level", level]
    return program.main()


if __name__ == "__main__":
    sys.exit(main())
