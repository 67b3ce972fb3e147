"""Bugs that come with a language's own strings: what it trims, folds, counts, matches and fills in."""

import html
import re
import textwrap
import unicodedata

from bugs import register_all, right

# --- Trimming: what each language calls blank at the ends of a string.

ASCII = " \t\n\r\f\v"
SPACES = "\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2008\u2009\u200a\u2028\u2029\u205f\u3000"
NO_BREAK = "\u00a0\u2007\u202f"
WHITE_SPACE = ASCII + "\x85" + SPACES + NO_BREAK  # the property of Unicode
INFORMATION_SEPARATORS = "\x1c\x1d\x1e\x1f"

BLANKS = {
    "javascript-trim": ASCII + SPACES + NO_BREAK + "\ufeff",
    "java-trim": "".join(map(chr, range(0x21))),
    "java-strip": ASCII + SPACES + INFORMATION_SEPARATORS,
    "go-trimspace": WHITE_SPACE,
    "kotlin-trim": ASCII + SPACES + NO_BREAK + INFORMATION_SEPARATORS,
    "ruby-strip": ASCII + "\0",
    "php-trim": " \t\n\r\v\0",
    "rust-trim-ascii": " \t\n\r\f",
    "sql-trim": " ",
    "lodash-trim": WHITE_SPACE + "\ufeff\u180e",
}


def strip(blanks):
    return lambda text: text.strip(blanks)


# --- Comparison: strings are equal that SPEC.md keeps apart.


def base_letters(text):
    """Letters without their marks, as a collation of the strength `base` compares them."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).casefold()


def turkish(text):
    return text.replace("I", "\u0131").replace("\u0130", "i").lower()


register_all({
    **{name: {"trim": strip(blanks)} for name, blanks in BLANKS.items()},
    "turkish-lower-case": {"lower": turkish},
    "python-casefold": {"lower": str.casefold},
    "locale-compare-base": {"lower": base_letters},
    "swift-canonical-equality": {"lower": lambda text: right.lower(unicodedata.normalize("NFC", text))},
    "compatibility-forms": {"lower": lambda text: right.lower(unicodedata.normalize("NFKC", text))},
})

# --- Patterns


def as_code_by(code, **others):
    """Ask the pattern by `match`, `search` or `fullmatch`."""

    def as_code(value, secrets):
        text = right.trim(value) if isinstance(value, str) else ""
        if not (code(text) and right.LETTER.search(text)) or right.URI.search(right.lower(text)):
            return None
        return None if right.would_redact(text, secrets) else text

    return {"as_code": as_code, **others}


OF_A_CODE = right.CODE.pattern

register_all({
    "re-match-is-a-prefix": as_code_by(re.compile(OF_A_CODE + r"(?!\S)").match),
    "ruby-line-anchors": as_code_by(re.compile(f"^{OF_A_CODE}$", re.MULTILINE).search),
    "regex-ignorecase": {"CODE": re.compile(OF_A_CODE, re.IGNORECASE)},
    "unicode-letters-in-codes": {"LETTER": re.compile(r"[^\W\d_]"), "CODE": re.compile(r"[\w.:#/-]{1,128}")},
    "unicode-words": {"WORD": re.compile(r"\w+")},
    "unicode-joints": {"JOINT": re.compile(r"[\s-]+")},
    "urllib-scheme-is-a-uri": {"URI": re.compile(r"^[a-z][a-z0-9+.-]*:")},
    "base64-runs": {"RUN": re.compile(r"[A-Za-z0-9+/=_-]{40,}")},
})

# --- Texts: what is empty, what is shown, and how it is cut


def is_full_in_php(value):
    return right.is_full(value) and value != "0"


def cleaned_by(change):
    return {"redact": lambda text, secrets: change(right.redact(text, secrets))}


def htmlspecialchars(text):
    return html.escape(text).replace("&#x27;", "&#039;")


def graphemes(text):
    """Split as far as combining marks go."""
    return re.findall("[^\u0300-\u036f][\u0300-\u036f]*|^[\u0300-\u036f]+", text, re.DOTALL)


def by_graphemes(text):
    units = graphemes(text)
    return text if len(units) <= 500 else "".join(units[:499]) + "\u2026"


register_all({
    "php-empty-zero": {"is_full": is_full_in_php},
    "php-htmlspecialchars": cleaned_by(htmlspecialchars),
    "php-strip-tags": cleaned_by(lambda text: re.sub("<[^>]*>", "", text)),
    "python-html-unescape": cleaned_by(html.unescape),
    "swift-grapheme-count": {"cut": by_graphemes},
    "commons-abbreviate": {"cut": lambda text: text if len(text) <= 500 else text[:497] + "..."},
    "textwrap-shorten": {
        "cut": lambda text: text if len(text) <= 500 else textwrap.shorten(text, 500, placeholder="\u2026")
    },
    "rails-truncate-at-space": {
        "cut": lambda text: text if len(text) <= 500 else re.sub(r" \S*$", "", text[:499]) + "\u2026"
    },
})

# --- Secrets


def as_given_only(secrets):
    return [(secret, secret) for secret, _ in right.usable_secrets(secrets)]


def encoded_by(encode):
    return {"encode_as_form": encode}


def percent(kept):
    return lambda text: "".join(chr(byte) if chr(byte) in kept else f"%{byte:02X}" for byte in text.encode())


UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~"


def one_after_another(text, secrets):
    for secret in [form for forms in secrets for form in forms]:
        text = text.replace(secret, right.REDACTED)
    return right.redact(text, [])


def each_range_by_itself(text, secrets):
    """Replaces each occurrence by a word of its own, so that two which touch are two words."""
    ranges = sorted(right.marked_ranges(text, secrets))
    pieces, end = [], 0
    for start, length in ranges:
        if start >= end:
            pieces += [text[end:start], right.REDACTED]
        end = max(end, start + length)
    return "".join(pieces) + text[end:]


def not_overlapping(text, word):
    return (match.start() for match in re.finditer(re.escape(word), text))


register_all({
    "secrets-as-given-only": {"usable_secrets": as_given_only},
    "secrets-one-by-one": {"redact": one_after_another},
    "touching-secrets-apart": {"redact": each_range_by_itself},
    "secret-does-not-overlap": {"occurrences": not_overlapping},
    "encodeuricomponent": encoded_by(percent(UNRESERVED + "!*'()")),
    "python-quote-plus": encoded_by(lambda text: percent(UNRESERVED + " ")(text).replace(" ", "+")),
    "rfc-3986-encoding": encoded_by(percent(UNRESERVED)),
    "hex-digits-upper-only": {"fold": lambda text: text},
    "secrets-in-any-case": {"fold": str.lower},
})

# --- The message: replacement strings have a syntax of their own.


def message_through(change):
    def write_message(status, profile, code, description, action, reused):
        return right.write_message(status, profile, code, description and change(description), action, reused)

    return {"write_message": write_message}


def dollars_of_javascript(text):
    return re.sub(r"\$([$&])", lambda match: "$" if match[1] == "$" else "{description}", text)


def format_of_c(text):
    return re.sub(r"%([%sd])", lambda match: "%" if match[1] == "%" else "(null)", text)


register_all({
    "javascript-replacement": message_through(dollars_of_javascript),
    "java-replacement": message_through(lambda text: re.sub(r"\\(.)", r"\1", text)),
    "printf-description": message_through(format_of_c),
    "braces-doubled": message_through(lambda text: text.replace("{{", "{").replace("}}", "}")),
})
