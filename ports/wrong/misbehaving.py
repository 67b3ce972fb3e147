#!/usr/bin/env python3
"""Ports that judge rightly and misbehave otherwise, and two that judge everything alike.

    misbehaving.py NAME      the port that does so (SPEC.md, appendix A)
    misbehaving.py --list    the names

`wrong.json` tells what a runner must say of each. The requests of status 429 are the chosen ones: a few, spread over the levels.
"""

import json
import os
import pathlib
import resource
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "python" / "src"))

from relogin import __main__ as port

NAME = " ".join(sys.argv[1:])
CHOSEN_STATUS = 429
PORTS = {}  # name: a generator function, from the lines of the input to what is to be written


def misbehaves(function):
    PORTS[function.__name__.replace("_", "-")] = function
    return function


def right(line):
    reply = port.answer(line, "hardening")
    return {**reply, "name": NAME} if "name" in reply else reply


def write(reply):
    return json.dumps(reply).encode() + b"\n"


def sleep_for_ever():
    while True:
        time.sleep(60)


# --- On the chosen requests: what is written in place of the right reply


def on_chosen(function):
    """The function below makes of the right reply to a chosen request what is written in its place."""

    def run(lines):
        for line in lines:
            is_chosen = json.loads(line).get("status") == CHOSEN_STATUS
            yield function(right(line)) if is_chosen else write(right(line))

    run.__name__ = function.__name__
    return misbehaves(run)


@on_chosen
def hangs(reply):
    """Never answers."""
    sleep_for_ever()


@on_chosen
def exits(reply):
    """Ends with status 3."""
    sys.exit(3)


@on_chosen
def crashes(reply):
    """Dies of SIGSEGV, without a core file."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.kill(os.getpid(), signal.SIGSEGV)


@on_chosen
def closes_its_output(reply):
    """Closes its standard output and lives on."""
    os.close(sys.stdout.fileno())
    sleep_for_ever()


@on_chosen
def answers_twice(reply):
    """Writes the same reply twice."""
    return 2 * write(reply)


@on_chosen
def wrong_seq(reply):
    """Answers with a `seq` that was never sent."""
    return write({**reply, "seq": reply["seq"] + 1_000_000})


@on_chosen
def not_json(reply):
    """Prints its reply as Python does."""
    return f"{reply}\n".encode()


@on_chosen
def verdict_is_a_string(reply):
    """Gives the action for a verdict."""
    return write({**reply, "verdict": "retry"})


@on_chosen
def action_is_a_number(reply):
    """Gives the number of the action in some list of its own."""
    return write({**reply, "verdict": {**reply["verdict"], "action": 1}})


@on_chosen
def line_too_long(reply):
    """Answers rightly in a line of more than 1 MiB."""
    return write({**reply, "padding": "x" * (1 << 20)})


@on_chosen
def floods_stderr(reply):
    """Writes 10 MB to its standard error and then answers rightly."""
    sys.stderr.write(100_000 * ("debug".ljust(99, ".") + "\n"))
    return write(reply)


# --- On all requests


@misbehaves
def hangs_from_the_200th(lines):
    """Answers 199 requests and then no more."""
    yield write(right(next(lines)))
    for number, line in enumerate(lines, 1):
        if number == 200:
            sleep_for_ever()
        yield write(right(line))


@misbehaves
def exits_at_the_300th(lines):
    """Answers 299 requests and then ends with status 0."""
    yield write(right(next(lines)))
    for number, line in enumerate(lines, 1):
        if number == 300:
            return
        yield write(right(line))


@misbehaves
def noise_before_each_reply(lines):
    """Prints a line of debug text before each reply but that to hello."""
    yield write(right(next(lines)))
    for line in lines:
        yield b"debug: got a request\n" + write(right(line))


@misbehaves
def noise_once(lines):
    """Prints a line of debug text before its first reply to a request."""
    yield write(right(next(lines)))
    yield b"debug: ready\n"
    for line in lines:
        yield write(right(line))


@misbehaves
def swaps_pairs(lines):
    """Answers every second request before the first."""
    yield write(right(next(lines)))
    for line in lines:
        second = next(lines, None)
        yield (b"" if second is None else write(right(second))) + write(right(line))


@misbehaves
def never_reads(lines):
    """Does not read its input."""
    sleep_for_ever()
    yield b""


@misbehaves
def never_flushes(lines):
    """Writes nothing until its input ends."""
    yield b"".join([write(right(line)) for line in lines])


@misbehaves
def never_ends(lines):
    """Ignores the end of its input, and SIGTERM."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for line in lines:
        yield write(right(line))
    sleep_for_ever()


@misbehaves
def status_1_at_the_end(lines):
    """Answers everything and ends with status 1."""
    for line in lines:
        yield write(right(line))
    sys.exit(1)


def start_a_child(**options):
    # In a session of its own it is in no process group that a runner could know.
    subprocess.Popen(["sleep", "300"], stdin=subprocess.DEVNULL, start_new_session=True, **options)


@misbehaves
def leaves_a_child(lines):
    """Leaves a process behind that lets go of its output."""
    start_a_child(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for line in lines:
        yield write(right(line))


@misbehaves
def leaves_its_output_open(lines):
    """Leaves a process behind that keeps its standard output and standard error open."""
    start_a_child()
    for line in lines:
        yield write(right(line))


@misbehaves
def skips_everything(lines):
    """Claims all levels and judges nothing."""
    yield write(right(next(lines)))
    for line in lines:
        yield write({"seq": json.loads(line)["seq"], "skip": "not now"})


@misbehaves
def breaks_on_everything(lines):
    """Answers every request with an error."""
    yield write(right(next(lines)))
    for line in lines:
        yield write({"seq": json.loads(line)["seq"], "error": "cannot import name 'loads' from 'json'"})


# --- In the answer to hello


def says(**members):
    def run(lines):
        yield write({**right(next(lines)), **members})
        for line in lines:
            yield write(right(line))

    return run


PORTS["no-level"] = says(levels=[])
PORTS["no-field"] = says(fields=[])
PORTS["other-protocol"] = says(protocol=2)


# --- Controls: what a runner must not take for judgement


def always(action):
    """Gives every response the same action, successes included, and declares no more than that."""

    def run(lines):
        yield write({**right(next(lines)), "fields": ["action", "relogin_required"]})
        for line in lines:
            verdict = {"action": action, "relogin_required": action == "relogin"}
            yield write({"seq": json.loads(line)["seq"], "verdict": verdict})

    return run


PORTS["always-relogin"] = always("relogin")
PORTS["always-unknown"] = always("unknown")


def main():
    if NAME == "--list":
        print("\n".join(PORTS))
        return 0
    if NAME not in PORTS:
        print(f"misbehaving.py: there is no port {NAME!a}; --list prints their names", file=sys.stderr)
        return 2
    for output in PORTS[NAME](sys.stdin.buffer):
        sys.stdout.buffer.write(output)
        sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
