"""Bugs that come with a library for forms, content types, headers, bytes or numbers in them."""

import email.utils
import html
import re

from bugs import PERCENT, register_all, replaces, right

# --- Forms


def of_pieces(is_kept):
    """Read the form without the pieces that are not kept."""
    return lambda body: right.read_form(b"&".join(filter(is_kept, body.split(b"&"))))


def pairs(body):
    for piece in filter(None, body.split(b"&")):
        name, _, value = piece.partition(b"=")
        yield right.read_form_part(name), right.read_form_part(value)


def is_broken(piece):
    return b"%" in PERCENT.sub(b"", piece)


def listed_duplicates(body):
    form = {}
    for name, value in pairs(body):
        form.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in form.items()}


def nested(body):
    form = {}
    for name, value in pairs(body):
        outer, bracket, inner = name.partition("[")
        if not bracket or not inner.endswith("]"):
            form[name] = value
        elif inner == "]":
            form[outer] = [*(form[outer] if isinstance(form.get(outer), list) else []), value]
        else:
            form[outer] = {**(form[outer] if isinstance(form.get(outer), dict) else {}), inner[:-1]: value}
    return form


def php_names(body):
    return {re.sub("[ .]", "_", name.lstrip(" ")): value for name, value in pairs(body)}


def strict_utf8(part):
    try:
        PERCENT.sub(lambda match: bytes([int(match[1], 16)]), part).decode()
    except UnicodeDecodeError:
        return part.decode("utf-8", "replace")
    return right.read_form_part(part)


def first_1000(body):
    return right.read_form(b"&".join(body.split(b"&")[:1000]))


def without_references(body):
    return right.read_form(html.unescape(body.decode("latin-1")).encode("latin-1", "ignore"))


def percent_u(part):
    return re.sub("%u([0-9A-Fa-f]{4})", lambda match: chr(int(match[1], 16)), right.read_form_part(part))


register_all({
    "urlsearchparams-question": {"read_form": lambda body: right.read_form(body.removeprefix(b"?"))},
    "parse-qs-blanks-dropped": {"read_form": lambda body: {name: value for name, value in pairs(body) if value}},
    "parse-qs-semicolons": {"read_form": lambda body: right.read_form(body.replace(b";", b"&"))},
    "go-semicolon-pairs-lost": {"read_form": of_pieces(lambda piece: b";" not in piece)},
    "go-broken-pairs-lost": {"read_form": of_pieces(lambda piece: not is_broken(piece))},
    "querystring-1000-keys": {"read_form": first_1000},
    "querystring-listed": {"read_form": listed_duplicates},
    "rack-nested-form": {"read_form": nested},
    "php-parse-str-names": {"read_form": php_names},
    "html-ampersands": {"read_form": without_references},
    "form-trimmed": {"read_form": lambda body: right.read_form(body.strip())},
    "key-without-equals-lost": {"read_form": of_pieces(lambda piece: b"=" in piece)},
    "textdecoder-marks-lost": {"read_form_part": lambda part: right.read_form_part(part).removeprefix("\ufeff")},
    "servlet-latin-1": {"read_form_part": lambda part: right.read_form_part(part).encode().decode("latin-1")},
    "decodeuri-strict-utf8": {"read_form_part": strict_utf8},
    "unescape-percent-u": {"read_form_part": percent_u},
    "plus-after-percent": {"read_form_part": lambda part: right.read_form_part(part).replace("+", " ")},
})

# --- Content types


def with_content_type(change):
    def read_document(tables, content_type, body, dialects):
        return right.read_document(tables, content_type and change(content_type), body, dialects)

    return read_document


PARAMETER = re.compile(r"\s*[\w!#$%&'*+.^`|~-]+\s*=\s*([\w!#$%&'*+.^`|~-]+|\"(?:[^\"\\]|\\.)*\")\s*")


def media_type_of_go(content_type):
    _, *parameters = re.split(r";(?![^\"]*\"[^\"]*$)", content_type)
    if parameters and not parameters[-1].strip():
        parameters.pop()
    return content_type if all(map(PARAMETER.fullmatch, parameters)) else ""


FORM = "application/x-www-form-urlencoded"

register_all({
    "go-parse-media-type": {"read_document": with_content_type(media_type_of_go)},
    "content-type-contains": {
        "read_document": with_content_type(lambda value: FORM if FORM in value.lower() else value)
    },
    "content-type-begins": {
        "read_document": with_content_type(lambda value: FORM if value.lower().startswith(FORM) else value)
    },
    "content-types-joined": {"read_document": with_content_type(lambda value: value.split(",")[0])},
})

# --- Headers


def seconds_by(number):
    """Read `retry-after` by `number`, which raises ValueError or returns None for what it does not take."""

    def retry_after(headers, action):
        if action != "retry" or "retry-after" not in headers:
            return None
        try:
            seconds = number(headers["retry-after"])
            return None if seconds is None else max(0, min(int(seconds), right.LONGEST_DELAY))
        except (ValueError, OverflowError):
            return None

    return retry_after


def leading_digits(value):
    digits = re.match(r"\s*[+-]?\d+", value, re.ASCII)
    return None if digits is None else int(digits[0][:20])


def parse_int_of_javascript(value):
    hexadecimal = re.match(r"\s*0[xX]([0-9a-fA-F]+)", value)
    return int(hexadecimal[1], 16) if hexadecimal else leading_digits(value)


def number_of_javascript(value):
    if value == "":
        return 0
    if re.fullmatch("0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+", value):
        return int(value, 0)
    number = float(value) if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", value, re.ASCII) else None
    return right.LONGEST_DELAY if number == float("inf") else number


def parse_int_of_java(value):
    number = int(value) if re.fullmatch(r"[+-]?[0-9]{1,20}", value) else None
    return number if number is not None and number < 2**31 else None


def integer_of_ruby(value):
    octal = re.fullmatch("0_?([0-7]+)", value)
    return int(octal[1], 8) if octal else int(value[:30], 0)


def in_32_bits(value):
    number = int(value) & 0xFFFFFFFF if re.fullmatch("[0-9]{1,4000}", value) else None
    return number if number is None or number < 2**31 else 0


def date_in_seconds(value):
    date = email.utils.parsedate_to_datetime(value) if not value.isdigit() else None
    return value[:20] if date is None else date.timestamp()


@replaces("first_values")
def fetch_headers_joined(headers):
    """Joins the values of one name, as `Headers.get` does."""
    values = {}
    for name, value in headers:
        values[right.lower(name)] = ", ".join(filter(None, [values.get(right.lower(name)), right.trim(value)]))
    return values


@replaces("first_values")
def dict_of_headers(headers):
    """Keeps the last of several headers with one name, as a dict that is filled in a loop does."""
    return {right.lower(name): right.trim(value) for name, value in headers}


@replaces("first_values")
def header_names_with_case(headers):
    """Looks names up as RFCs write them, and as HTTP/2 does."""
    spelled = ("Retry-After", "retry-after", "CF-Mitigated", "cf-mitigated", "Cf-Mitigated")
    return right.first_values([header for header in headers if header[0] in spelled])


register_all({
    "parseint-delay": {"retry_after": seconds_by(parse_int_of_javascript)},
    "number-delay": {"retry_after": seconds_by(number_of_javascript)},
    "java-parse-int-delay": {"retry_after": seconds_by(parse_int_of_java)},
    "atoi-delay": {"retry_after": seconds_by(lambda value: leading_digits(value) or 0)},
    "int32-delay": {"retry_after": seconds_by(in_32_bits)},
    "python-int-delay": {"retry_after": seconds_by(lambda value: int(value[:30]))},
    "python-float-delay": {"retry_after": seconds_by(float)},
    "ruby-integer-delay": {"retry_after": seconds_by(integer_of_ruby)},
    "retry-after-date-read": {"retry_after": seconds_by(date_in_seconds)},
})

# --- Bytes

BOM = b"\xef\xbb\xbf"


def decoded_by(decode):
    return {"decode": lambda data: decode(bytes(data))}


def utf8_or(encoding):
    def decode(data):
        try:
            return data.decode()
        except UnicodeDecodeError:
            return data.decode(encoding, "replace")

    return decode


CESU_PAIR = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")


def modified_utf8(data):
    """Reads two surrogates of three bytes each as one character, and C0 80 as U+0000."""

    def joined(match):
        units = match[0].decode("utf-8", "surrogatepass")
        return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le").encode()

    return right.decode(CESU_PAIR.sub(joined, data.replace(b"\xc0\x80", b"\0")))


CHARSET = re.compile(r"charset=\"?(iso-8859-1|latin1|windows-1252|utf-16(?:le|be)?)\b", re.IGNORECASE)


def by_charset(tables, content_type, body, dialects):
    charset = CHARSET.search(content_type or "")
    if charset and len(body) <= 1_048_576:
        body = body.decode(charset[1], "replace").encode()
    return right.read_document(tables, content_type, body, dialects)


def text_is_latin_1(tables, content_type, body, dialects):
    is_latin_1 = content_type is not None and re.match(r"text/[^;]*$", content_type, re.IGNORECASE)
    if is_latin_1 and len(body) <= 1_048_576:
        body = body.decode("latin-1").encode()
    return right.read_document(tables, content_type, body, dialects)


UTF_32 = {
    b"\xff\xfe\0\0": "utf-32-le",
    b"{\0\0\0": "utf-32-le",
    b"\0\0\xfe\xff": "utf-32-be",
    b"\0\0\0{": "utf-32-be",
}


def utf32_detected(tables, content_type, body, dialects):
    encoding = UTF_32.get(body[:4])
    body = body.decode(encoding, "replace").removeprefix("\ufeff").encode() if encoding else body
    return right.read_document(tables, content_type, body, dialects)


register_all({
    "python-errors-ignore": decoded_by(lambda data: data.decode("utf-8", "ignore")),
    "latin-1-fallback": decoded_by(utf8_or("latin-1")),
    "windows-1252-fallback": decoded_by(utf8_or("cp1252")),
    "java-modified-utf8": decoded_by(modified_utf8),
    "requests-charset": {"read_document": by_charset},
    "requests-text-latin-1": {"read_document": text_is_latin_1},
    "jackson-utf-32": {"read_document": utf32_detected},
    "strlen-body": {
        "read_document": lambda tables, content_type, body, dialects: right.read_document(
            tables, content_type, body.split(b"\0")[0], dialects
        )
    },
})
