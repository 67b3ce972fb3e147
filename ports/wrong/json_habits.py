"""Bugs that come with a JSON library: what its documentation promises is not what RFC 8259 or SPEC.md says."""

import json
import re
from datetime import datetime

from bugs import decoder, register_all, replaces, right

# --- Syntax: text is accepted that is not JSON. Each pattern is replaced outside of strings, and the result is parsed.

STRING = r'("(?:[^"\\]|\\.)*")|'

SYNTAX = {
    # Comments of both kinds.
    "jackson-comments": (r"/\*.*?\*/|//[^\n]*", " "),
    # Comments that begin with a number sign.
    "gson-hash-comments": (r"#[^\n]*", " "),
    # `=` and `=>` for a colon.
    "gson-equals-sign": (r"=>?", ":"),
    # `;` for a comma.
    "gson-semicolons": (r";", ","),
    # Nothing between two commas is null.
    "gson-empty-elements": (r"(?<=\[)\s*(?=,)|(?<=,)\s*(?=[,\]])", "null"),
    # `TRUE`, `Null`: literals in any case.
    "gson-literals-any-case": (r"(?<!\w)(?i:true|false|null)(?!\w)", lambda match: match[0].lower()),
    # A word without quotes is a string.
    "gson-unquoted-strings": (
        r"(?<![\w.+-])[A-Za-z_][\w-]*",
        lambda match: match[0] if match[0] in ("true", "false", "null", "NaN", "Infinity") else f'"{match[0]}"',
    ),
    # A name may stand without quotes.
    "jackson-unquoted-names": (r"([A-Za-z_$][\w$]*)(?=\s*:)", r'"\2"'),
    # Names and strings in single quotes.
    "jackson-single-quotes": (r"'((?:[^'\\]|\\.)*)'", lambda match: json.dumps(match[2].replace(r"\'", "'"))),
    # `007`: needless zeros before a number.
    "jackson-leading-zeros": (r"(?<![\d.eE+-])(-?)0+(?=\d)", r"\2"),
    # `0x1F` is a number.
    "lua-hex-numbers": (r"-?0[xX][0-9a-fA-F]+", "0"),
    # `.5`, `5.` and `+5` are numbers.
    "json5-numbers": (r"[+-]?(?:(?:0|[1-9]\d*)\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", "0"),
    # White space is what Unicode calls so.
    "json5-white-space": (r"[\s\ufeff]+", " "),
    # Every byte up to 0x20 is white space.
    "cjson-white-space": (r"[\x00-\x20]+", " "),
    # `undefined` is a value.
    "newtonsoft-undefined": (r"\bundefined\b", "null"),
    # `new Date(0)` is a value.
    "newtonsoft-constructors": (r"\bnew\s+\w+\([^)]*\)", "null"),
}


def tolerant(pattern, replacement):
    habit = re.compile(STRING + pattern, re.DOTALL)
    expand = replacement if callable(replacement) else lambda match: match.expand(replacement)
    return lambda text: right.read_json(habit.sub(lambda match: match[1] or expand(match), text))


# Inside of strings: escapes that RFC 8259 does not name.

ESCAPE = re.compile(r"\\(?:u(.{4})|.)", re.DOTALL)
CODE_UNIT = re.compile(r"\s*([+-]?)(?:0[xX])?([0-9a-fA-F]*)")


def with_escapes(read):
    """Parse the text after each escape was replaced by what `read` makes of it."""

    def read_json(text):
        try:
            return right.read_json(ESCAPE.sub(read, text))
        except ValueError:
            return None

    return read_json


def any_character(match):
    return match[0] if match[0][1] in '"\\/bfnrtu' else match[0][1]


def of_javascript(match):
    return {r"\v": r"\u000b", r"\0": r"\u0000", r"\'": "'"}.get(match[0], match[0])


def in_code_units(number):
    """Return the function that reads the four characters of a `\\u` escape by `number`."""
    return with_escapes(lambda match: match[0] if match[1] is None else rf"\u{number(match[1]) & 0xFFFF:04x}")


def strtol(digits):
    sign, digits = CODE_UNIT.match(digits).groups()
    return int(sign + (digits or "0"), 16)


def parse_int_of_java(digits):
    if not re.fullmatch(r"[+-]?[0-9a-fA-F]+", digits):
        raise ValueError(digits)
    return int(digits, 16)


def after(change, **habits):
    """Parse, and let `change` make another document of the result."""
    habit = decoder(**habits)

    def read_json(text):
        try:
            return None if right.too_deep(text) else change(habit.decode(text))
        except (ValueError, TypeError):
            return None

    return read_json


def each(change):
    """Return a function that changes every value of a document, the innermost first, as a reviver does."""

    def walk(value):
        if isinstance(value, dict):
            return change({key: walk(inner) for key, inner in value.items()})
        return change([walk(inner) for inner in value]) if isinstance(value, list) else change(value)

    return walk


def refuse_if(is_refused):
    """Return a function that makes the whole text unparsed when a document is refused."""
    return lambda document: None if is_refused(document) else document


# --- Types: values are refused, coerced or dropped. A number is a Number here, so that it is not null.


class Number:
    def __init__(self, digits):
        self.digits = digits


NUMBERS = {"parse_int": Number, "parse_float": Number}


def members(document, *keys):
    """The members of an object with these keys; null is like none, as in most libraries."""
    found = [document.get(key) for key in keys] if isinstance(document, dict) else []
    return [value for value in found if value is not None]


def has_other_than_strings(document):
    return not all(isinstance(value, str) for value in members(document, "error", "error_description"))


def has_code_of_other_type(document):
    inner = members(document, "error")
    return any(not isinstance(value, str) for value in members(inner[0] if inner else None, "code", "message"))


def has_expiry_of_other_type(document):
    return any(not isinstance(value, Number) for value in members(document, "expires_in"))


KNOWN = {
    "error", "error_description", "error_uri", "access_token", "token_type", "expires_in", "refresh_token", "scope",
    "id_token",
}


def has_unknown_members(document):
    return isinstance(document, dict) and not document.keys() <= KNOWN


def members_that(is_kept):
    """Drop the other members of an object."""

    def kept(value):
        if not isinstance(value, dict):
            return value
        return {key: inner for key, inner in value.items() if is_kept(key, inner)}

    return kept


def as_date(value):
    """`2024-01-31T10:00:00Z` becomes a date, and that is shown in the form of the invariant culture."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value):
        return datetime.fromisoformat(value).strftime("%m/%d/%Y %H:%M:%S")
    return value


def as_php_array(value):
    """An object whose keys are 0, 1, 2, ... is the same array as a list, and so is an empty one."""
    is_list = isinstance(value, dict) and list(value) == [str(index) for index in range(len(value))]
    return list(value.values()) if is_list else value


def other_than(*names):
    return members_that(lambda key, _: key not in names)


def camel_case(key):
    first, *rest = key.split("_")
    return first + "".join(map(str.capitalize, rest))


def by_camel_case(value):
    if not isinstance(value, dict):
        return value
    rows = right.load_tables()["top_code"][::-1] + right.load_tables()["top_text"][::-1]
    names = {camel_case(row["key"]): row["key"] for row in rows}  # the first of a table wins
    return {**{names.get(camel_case(key), key): inner for key, inner in value.items()}, **value}


def underscored(value):
    if not isinstance(value, dict):
        return value
    return {re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).replace("-", "_").lower(): inner for key, inner in value.items()}


def by_folded_keys(pairs):
    return {**{key.casefold(): value for key, value in pairs}, **dict(pairs)}


def refuse_duplicates(pairs):
    if len(dict(pairs)) < len(pairs):
        raise ValueError("duplicate key")
    return dict(pairs)


def refuse_long_keys(pairs):
    if any(len(key) > 50_000 for key, _ in pairs):
        raise ValueError("name too long")
    return dict(pairs)


def refuse_long_numbers(digits):
    if len(digits) > 1_000:
        raise ValueError("number too long")


def refuse_line_separators(text):
    return None if re.search("[\u2028\u2029]", text) else right.read_json(text)


def refuse_nul(text):
    return None if re.search(r"(?<!\\)(?:\\\\)*\\u0000", text) else right.read_json(text)


def cut_at_nul(value):
    return value.split("\0")[0] if isinstance(value, str) else value


def within_100_levels(text):
    depth = deepest = 0
    for bracket in re.sub(r'"(?:[^"\\]|\\.)*"|[^][{}]', "", text):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest > 100


@replaces("as_code")
def jackson_coerces_scalars(value, secrets):
    """Reads `true` into a string."""
    return right.as_code(str(value).lower() if isinstance(value, bool) else value, secrets)


@replaces("as_code")
def jackson_unwraps_arrays(value, secrets):
    """Reads an array of one string into a string."""
    return right.as_code(value[0] if isinstance(value, list) and len(value) == 1 else value, secrets)


@replaces("texts_of", DECODER=decoder(**NUMBERS))
def optstring_of_android(values, rows, secrets):
    """Shows the text `null` for null and `401` for 401."""
    shown = {
        key: "null" if value is None else value.digits
        for key, value in values.items()
        if value is None or isinstance(value, Number)
    }
    return right.texts_of({**values, **shown}, rows, secrets)


register_all({
    **{name: {"read_json": tolerant(*habit)} for name, habit in SYNTAX.items()},
    "jackson-any-escape": {"read_json": with_escapes(any_character)},
    "javascript-escapes": {"read_json": with_escapes(of_javascript)},
    "strtol-escapes": {"read_json": in_code_units(strtol)},
    "java-signed-escapes": {"read_json": in_code_units(parse_int_of_java)},
    "python-int-escapes": {"read_json": in_code_units(lambda digits: int(digits, 16))},
    "go-flat-struct": {"read_json": after(refuse_if(has_other_than_strings), **NUMBERS)},
    "go-expiry-is-a-number": {"read_json": after(refuse_if(has_expiry_of_other_type), **NUMBERS)},
    "swift-codable-mismatch": {"read_json": after(refuse_if(has_code_of_other_type), **NUMBERS)},
    "serde-unknown-refused": {"read_json": after(refuse_if(has_unknown_members))},
    "reviver-drops-nulls": {"read_json": after(each(members_that(lambda _, inner: inner is not None)), **NUMBERS)},
    "reviver-drops-blanks": {"read_json": after(each(members_that(lambda _, inner: inner != "")))},
    "secure-parse-removes-names": {"read_json": after(each(other_than("__proto__", "constructor")))},
    "newtonsoft-metadata": {"read_json": after(each(other_than("$id", "$type", "$values")))},
    "newtonsoft-dates": {"read_json": after(each(as_date))},
    "php-associative-arrays": {"read_json": after(each(as_php_array))},
    "swift-from-snake-case": {"read_json": after(each(by_camel_case))},
    "rails-underscore": {"read_json": after(each(underscored))},
    "c-strings-end-at-nul": {"read_json": after(each(cut_at_nul))},
    "jansson-nul-refused": {"read_json": refuse_nul},
    "eval-line-separators": {"read_json": refuse_line_separators},
    "go-folded-keys": {"DECODER": decoder(object_pairs_hook=by_folded_keys)},
    "gson-duplicates-refused": {"DECODER": decoder(object_pairs_hook=refuse_duplicates)},
    "jackson-long-names": {"DECODER": decoder(object_pairs_hook=refuse_long_keys)},
    "jackson-long-numbers": {"DECODER": decoder(parse_int=refuse_long_numbers, parse_float=refuse_long_numbers)},
    "ruby-max-nesting-100": {"too_deep": within_100_levels},
})
