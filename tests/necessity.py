"""Shows with the Python port what each row of the tables is for.

    necessity.py vectors   every vector has its verdict with the full tables
    necessity.py levels    a vector has the same verdict from its own level upwards
    necessity.py rows      without a row, with a flag cleared, a range shrunk or two neighbouring keys swapped, some vector fails

Prints what does not hold, one line each, and ends with status 1 then. Standard library only.
"""

import base64
import copy
import importlib
import json
import os
import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
CORPUS = ROOT / "corpus"
LEVELS = ["core", "dialects", "hardening"]
TABLES = ["keys", "codes", "characters"]
# The vectors about the limit of 1 MiB show nothing about a row and cost most of the time.
BIG = 100_000

sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "ports" / "python"))


def load_port(corpus):
    """The port, reading the tables of `corpus`."""
    os.environ["RELOGIN_CORPUS"] = str(corpus)
    if "relogin_port" in sys.modules:
        return importlib.reload(sys.modules["relogin_port"])
    return importlib.import_module("relogin_port")


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
            vectors.append((vector["id"], call, vector["expect"]))
    if not vectors:
        sys.exit("no vectors in corpus/vectors")
    return vectors


def passes(port, vector, level="hardening"):
    _, call, expect = vector
    return port.verdict(*call, level=level) == expect


def changes(tables):
    """Each smallest loss: what is lost, a word that a vector about it is likely to hold, and the table with the loss."""

    def without(name, path, index, what, word):
        table = copy.deepcopy(tables[name])
        rows = table
        for step in path:
            rows = rows[step]
        del rows[index]
        return what, word, name, table

    def with_value(name, path, key, value, what, word):
        table = copy.deepcopy(tables[name])
        row = table
        for step in path:
            row = row[step]
        row[key] = value
        return what, word, name, table

    def swapped(path, index, what, word):
        table = copy.deepcopy(tables["keys"])
        rows = table[path[0]][path[1]]
        rows[index - 1 : index + 1] = rows[index], rows[index - 1]
        return what, word, "keys", table

    for index, row in enumerate(tables["codes"]["codes"]):
        code = row["code"]
        yield without("codes", ["codes"], index, f"codes.json: {code}", code)
        for flag in ["in_text", "reused"]:
            if row[flag]:
                yield with_value("codes", ["codes", index], flag, False, f"codes.json: {code}, {flag}", code)

    for place in ["error_object", "top_level"]:
        for kind in ["code", "text"]:
            for index, row in enumerate(tables["keys"][place][kind]):
                what = f"keys.json: {place}, {kind}, {row['key']}"
                word = f'"{row["key"]}"'
                yield without("keys", [place, kind], index, what, word)
                if row.get("unless_code"):
                    path = [place, kind, index]
                    yield with_value("keys", path, "unless_code", False, f"{what}, unless_code", word)
                if index > 0:
                    yield swapped([place, kind], index, f"{what}, its place in the order", word)

    for kind in ["invisible", "space"]:
        for index, row in enumerate(tables["characters"][kind]):
            first, last = int(row["first"], 16), int(row["last"], 16)
            what = f"characters.json: {kind}, {row['first']} to {row['last']}"
            yield without("characters", [kind], index, what, escaped(first))
            if first == last:
                continue  # shrunk by one, it is gone
            path = [kind, index]
            yield with_value("characters", path, "first", f"{first + 1:04X}", f"{what}, its first", escaped(first))
            yield with_value("characters", path, "last", f"{last - 1:04X}", f"{what}, its last", escaped(last))


def escaped(point):
    """The JSON escape of a code point: most vectors spell it so."""
    return json.dumps(chr(point)).strip('"') if point > 0x7E or point < 0x20 else chr(point)


def check_vectors():
    port = load_port(CORPUS)
    vectors = load_vectors()
    failed = [vector[0] for vector in vectors if not passes(port, vector)]
    return len(vectors), "vectors", failed


def check_levels():
    port = load_port(CORPUS)
    count, failed = 0, []
    for vector in load_vectors():
        lowest = LEVELS.index(vector[0].split("/")[0])
        for level in LEVELS[lowest:]:
            count += 1
            if not passes(port, vector, level):
                failed.append(f"{vector[0]} at level {level}")
    return count, "verdicts", failed


def check_rows():
    # A vector that fails anyway would seem to need every row; `vectors` reports it.
    port = load_port(CORPUS)
    vectors = [vector for vector in load_vectors() if len(vector[1][2]) < BIG and passes(port, vector)]
    folded = [vector[1][2].decode("utf-8", "replace").lower().replace(" ", "_").replace("-", "_") for vector in vectors]
    tables = {name: json.loads((CORPUS / f"{name}.json").read_text()) for name in TABLES}
    count, failed = 0, []
    with tempfile.TemporaryDirectory() as directory:
        corpus = pathlib.Path(directory)
        for path in CORPUS.glob("*.json"):
            (corpus / path.name).write_bytes(path.read_bytes())
        for what, word, name, table in changes(tables):
            count += 1
            (corpus / f"{name}.json").write_text(json.dumps(table))
            port = load_port(corpus)
            # Those that hold the word come first: usually one of them fails, and the rest need not run.
            word = word.lower()
            order = sorted(range(len(vectors)), key=lambda index: word not in folded[index])
            if all(passes(port, vectors[index]) for index in order):
                failed.append(f"no vector needs {what}")
            (corpus / f"{name}.json").write_text(json.dumps(tables[name]))
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
