"""Shows with the Python port what each row of the tables is for.

    necessity.py vectors   every vector has its verdict with the full tables
    necessity.py levels    a vector has the same verdict from its own level upwards
    necessity.py rows      without a row, with a flag cleared, a range shrunk or two neighbouring keys swapped, some vector fails

Sweeps (corpus/sweeps/) are left out; tests/sweeps.py asks about them. Prints what does not hold, one line each, and ends with status 1 then. Standard library only.
"""

import base64
import copy
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CORPUS = ROOT / "corpus"
LEVELS = ["core", "dialects", "hardening"]
# The vectors about the limit of 1 MiB show nothing about a row and cost most of the time.
BIG = 100_000

sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "ports" / "python" / "src"))

from relogin import _rules as port

TABLES = json.loads((ROOT / "ports/python/src/relogin/tables.json").read_text(encoding="utf-8"))


def use(tables):
    """Makes the port judge by these tables."""
    usable = port.usable_tables(tables)
    port.load_tables = lambda: usable


def body_bytes(body):
    if "parts" in body:
        return b"".join(body_bytes(part) for part in body["parts"])
    if "base64" in body:
        return base64.b64decode(body["base64"])
    if "repeat" in body:
        return body["repeat"].encode() * body["times"]
    return body["text"].encode()


def load_vectors():
    profiles = json.loads((CORPUS / "profiles.json").read_text())["profiles"]
    vectors = []
    for path in sorted((CORPUS / "vectors").glob("*/*.json")):
        for vector in json.loads(path.read_text())["vectors"]:
            given = vector["input"]
            profile = given["profile"]
            if isinstance(profile, str):
                profile = profiles[profile]
            body = body_bytes(given["body"])
            call = (given["status"], given["content_type"], body, profile, given["secrets"])
            vectors.append((vector["id"], call, given.get("headers", []), vector["expect"]))
    if not vectors:
        sys.exit("no vectors in corpus/vectors")
    return vectors


def passes(vector, level="hardening"):
    _, call, headers, expect = vector
    verdict = port.verdict(*call, headers=headers, level=level)
    if verdict is None or expect is None:
        return verdict == expect
    return all(verdict[field] == value for field, value in expect.items())


def changes():
    """Each smallest loss: what is lost, a word that a vector about it is likely to hold, and the tables with the loss."""

    def changed(path, change, what, word):
        tables = copy.copy(TABLES)
        tables[path[0]] = rows = copy.deepcopy(TABLES[path[0]])
        for step in path[1:]:
            rows = rows[step]
        change(rows)
        return f"{path[0]}: {what}", word, tables

    def without(path, index, what, word):
        return changed(path, lambda rows: rows.pop(index), what, word)

    def with_value(path, key, value, what, word):
        return changed(path, lambda row: row.update({key: value}) if isinstance(row, dict) else row.__setitem__(key, value), what, word)

    def swap(rows, index):
        rows[index - 1 : index + 1] = rows[index], rows[index - 1]

    for index, row in enumerate(TABLES["codes"]):
        code = row["code"]
        yield without(["codes"], index, code, code)
        for flag in ["in_text", "reused"]:
            if row[flag]:
                yield with_value(["codes", index], flag, False, f"{code}, {flag}", code)
        for place, exception in enumerate(row["exceptions"]):
            phrase = exception["phrase"]
            yield without(["codes", index, "exceptions"], place, f"{code} beside {phrase!r}", phrase)
            if exception["reused"]:
                yield with_value(["codes", index, "exceptions", place], "reused", False, f"{code} beside {phrase!r}, reused", phrase)

    for name in ["objects", "headers"]:
        for index, word in enumerate(TABLES[name]):
            yield without([name], index, word, word)
            if name == "objects" and index > 0:
                yield changed([name], lambda rows: swap(rows, index), f"{word}, its place in the order", f'"{word}"')

    for name in ["error_object_code", "error_object_text", "top_level_code", "top_level_text"]:
        for index, row in enumerate(TABLES[name]):
            key = row["key"]
            yield without([name], index, key, f'"{key}"')
            if row["unless_code"]:
                yield with_value([name, index], "unless_code", False, f"{key}, unless_code", f'"{key}"')
            if index > 0:
                yield changed([name], lambda rows: swap(rows, index), f"{key}, its place in the order", f'"{key}"')

    for name in ["invisible", "space"]:
        for index, (first, last) in enumerate(TABLES[name]):
            what = f"{first:04X} to {last:04X}"
            yield without([name], index, what, escaped(first))
            if first == last:
                continue  # shrunk by one, it is gone
            yield with_value([name, index], 0, first + 1, f"{what}, its first", escaped(first))
            yield with_value([name, index], 1, last - 1, f"{what}, its last", escaped(last))


def escaped(point):
    """The JSON escape of a code point: most vectors spell it so."""
    return json.dumps(chr(point)).strip('"') if point > 0x7E or point < 0x20 else chr(point)


def check_vectors():
    vectors = load_vectors()
    failed = [vector[0] for vector in vectors if not passes(vector)]
    return len(vectors), "vectors", failed


def check_levels():
    count, failed = 0, []
    for vector in load_vectors():
        lowest = LEVELS.index(vector[0].split("/")[0])
        for level in LEVELS[lowest:]:
            count += 1
            if not passes(vector, level):
                failed.append(f"{vector[0]} at level {level}")
    return count, "verdicts", failed


def check_rows():
    # A vector that fails anyway would seem to need every row; `vectors` reports it.
    vectors = [vector for vector in load_vectors() if len(vector[1][2]) < BIG and passes(vector)]
    folded = [vector[1][2].decode("utf-8", "replace").lower().replace(" ", "_").replace("-", "_") for vector in vectors]
    count, failed = 0, []
    for what, word, tables in changes():
        count += 1
        use(tables)
        # Those that hold the word come first: usually one of them fails, and the rest need not run.
        word = word.lower().replace(" ", "_").replace("-", "_")
        order = sorted(range(len(vectors)), key=lambda index: word not in folded[index])
        if all(passes(vectors[index]) for index in order):
            failed.append(f"no vector needs {what}")
    return count, "changes of the tables, each of which a vector shows", failed


def main():
    checks = {"vectors": check_vectors, "levels": check_levels, "rows": check_rows}
    if len(sys.argv) != 2 or sys.argv[1] not in checks:
        sys.exit(__doc__)
    count, noun, failed = checks[sys.argv[1]]()
    for line in failed:
        print(line)
    print(f"{count - len(failed)} of {count} {noun}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
