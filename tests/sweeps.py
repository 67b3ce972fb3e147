"""Expands the sweeps of the corpus as the harness does, and asks the Python port about each member.

    sweeps.py          every member of every sweep has the verdict of its class
    sweeps.py ID       prints the members of one sweep, a line each

`members` and the functions below it are all that another reader of the corpus needs. Standard library only.
"""

import itertools
import json
import re
import sys

import necessity

TABLES = {
    name: json.loads((necessity.CORPUS / f"{name}.json").read_text(encoding="utf-8"))
    for name in ["codes", "exceptions", "headers", "keys", "characters"]
}


def members(sweep):
    """Yields the name, the input, the body and the expected verdict of each member."""
    rows = {}
    for name, value, row in drawn(**sweep["over"]):
        rows.setdefault(name, (len(rows), value, row))  # of several with one name the first counts
    for name, (place, value, row) in rows.items():
        holes = {column: text.encode() for column, text in row.items() if isinstance(text, str)}
        holes["member"] = value
        if value == value.decode("utf-8", "ignore").encode():
            units = value.decode().encode("utf-16-be").hex()
            holes["escape"] = re.sub("....", r"\\u\g<0>", units).encode()
        verdict = next(part["expect"] for part in sweep["expect"] if is_of(part.get("of"), place, row, rows))
        given = {key: filled(part, holes) for key, part in sweep["input"].items() if key != "body"}
        body = filled_bytes(necessity.body_bytes(sweep["input"]["body"]), holes)
        yield name, dict(given, status=int(given["status"])), body, filled(verdict, holes)


def filled(part, holes):
    if isinstance(part, dict):
        return {key: filled(inner, holes) for key, inner in part.items()}
    if isinstance(part, list):
        return [filled(inner, holes) for inner in part]
    return filled_bytes(part.encode(), holes).decode() if isinstance(part, str) else part


def filled_bytes(template, holes):
    pieces = re.split(b"{(" + "|".join(holes).encode() + b")}", template)
    return b"".join(holes[piece.decode()] if place % 2 else piece for place, piece in enumerate(pieces))


def is_of(of, place, row, rows):
    if isinstance(of, dict):
        return all(row.get(column) in (some if isinstance(some, list) else [some]) for column, some in of.items())
    ranges = [[name, name] if isinstance(name, str) else name for name in of or []]
    return of is None or any(rows[first][0] <= place <= rows[last][0] for first, last in ranges)


def drawn(integers=None, bytes=None, characters=None, edges=None, hex=None, texts=None, rows=None):
    """Yields the name, the bytes and the row of each member of a domain."""
    is_in = lambda table, point: any(int(r["first"], 16) <= point <= int(r["last"], 16) for r in TABLES["characters"][table])
    if integers:
        yield from ((str(number), str(number).encode(), {}) for number in range(integers[0], integers[1] + 1))
    if bytes:
        yield from ((f"{n:02X}", n.to_bytes(1, "big"), {}) for n in range(int(bytes[0], 16), int(bytes[1], 16) + 1))
    for first, last in characters or []:
        yield from ((f"{n:04X}", chr(n).encode(), {}) for n in range(int(first, 16), int(last, 16) + 1))
    for end in TABLES["characters"][edges] if edges else []:
        first, last = int(end["first"], 16), int(end["last"], 16)
        for n in [first - 1, first, last, last + 1]:
            if 0 <= n <= 0x10FFFF:
                yield f"{n:04X}", chr(n).encode(), {table: is_in(table, n) for table in ["invisible", "space"]}
    yield from ((text, __builtins__.bytes.fromhex(text), {}) for text in hex or [])
    yield from (("".join(some), "".join(some).encode(), {}) for some in itertools.product(*texts or [[]]) if texts)
    if rows:
        table, word = rows["table"], {"codes": "code", "exceptions": "phrase", "headers": "header"}.get(rows["table"], "key")
        of = TABLES["keys"] if word == "key" else TABLES[table]
        for step in table.split("."):
            of = of[step]
        for row in of:
            yield from ((text, text.encode(), row) for text in changed(row[word], rows["change"]))


def changed(word, change):
    letters = [place for place, letter in enumerate(word) if letter.isalpha()]
    ends = [letters[0], letters[-1]] if letters else []
    if isinstance(change, dict):
        return [before + word + behind for before, behind in change["around"]]
    without = {"missing": range(len(word)), "ends_missing": ends}.get(change, [])
    twice = {"doubled": range(len(word)), "middle_doubled": letters[len(letters) // 2 :][:1]}.get(change, [])
    other = {"case": letters, "ends_case": ends}.get(change, [])
    return (
        [word[:at] + word[at + 1 :] for at in without]
        + [word[: at + 1] + word[at:] for at in twice]
        + [word[:at] + word[at].swapcase() + word[at + 1 :] for at in other]
    )


def main():
    profiles = json.loads((necessity.CORPUS / "profiles.json").read_text(encoding="utf-8"))["profiles"]
    count, failed = 0, []
    for path in sorted((necessity.CORPUS / "sweeps").glob("*/*.json")):
        for sweep in json.loads(path.read_text(encoding="utf-8"))["sweeps"]:
            if sys.argv[1:] and sys.argv[1] != sweep["id"]:
                continue
            for name, given, body, expect in members(sweep):
                if sys.argv[1:]:
                    print(ascii(name), given["status"], body, ascii(expect and expect["message"]))
                profile = profiles.get(given["profile"]) if isinstance(given["profile"], str) else given["profile"]
                call = (given["status"], given["content_type"], body, profile, given["secrets"])
                count += 1
                if not necessity.passes((name, call, given.get("headers", []), expect)):
                    failed.append(f"{sweep['id']}@{ascii(name)}")
    print("\n".join(failed + [f"{count - len(failed)} of {count} members of sweeps"]))
    return 1 if failed or not count else 0


if __name__ == "__main__":
    sys.exit(main())
