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


# --- Hostile: ports that would have the memory, the time, the terminal or the life of the runner


MOST = (1 << 20) - 100  # bytes of a line, with a little left for the rest


def after_hello(function):
    """The function below makes what is written of each right reply but that to hello."""

    def run(lines):
        yield write(right(next(lines)))
        for line in lines:
            yield function(right(line))

    run.__name__ = function.__name__
    return misbehaves(run)


def padded(reply, member, unit, before="", after="", end="}"):
    """The reply with a member more before `end`, which holds as many units as a line can."""
    start = write(reply)[: -1 - len(end)] + f', "{member}": {before}'.encode()
    return start + ((MOST - len(start) - len(after)) // len(unit) * unit).encode() + f"{after}{end}\n".encode()


@after_hello
def big_member(reply):
    """Answers rightly, with a MiB of small objects in a member that nobody declared, of the verdict if there is one."""
    return padded(reply, "more", '{"":0},', "[", "0]", "}" if reply["verdict"] is None else "}}")


@after_hello
def big_array(reply):
    """Gives a MiB of small objects for a code."""
    seq = reply["seq"]
    return padded({"seq": seq}, "verdict", '{"":0},', '{"code": [', "0]}")


@after_hello
def big_texts(reply):
    """Gives wrong texts for all fields, a MiB in all, of characters that take the most bytes when they are escaped."""
    fields = ["code", "description", "action", "message"]
    text = (MOST // 5 // 4) * "\U000e0001"
    verdict = {**dict.fromkeys(fields, text), "relogin_required": False}
    return json.dumps({"seq": reply["seq"], "verdict": verdict}, ensure_ascii=False).encode() + b"\n"


@after_hello
def deep_reply(reply):
    """Answers rightly, with a member that is half a million arrays deep."""
    depth = MOST // 2 - 500
    return padded(reply, "more", "[" * depth, "", "]" * depth)


@misbehaves
def big_hello(lines):
    """Has a MiB of small objects in its answer to hello, and answers rightly."""
    yield padded(right(next(lines)), "more", '{"":0},', "[", "0]")
    for line in lines:
        yield write(right(line))


@misbehaves
def late_hello(lines):
    """Takes 9 s to answer hello, and ends before it answers a request."""
    time.sleep(9)
    yield write(right(next(lines)))
    next(lines)


@after_hello
def slow_reply(reply):
    """Takes 4 s for each reply."""
    time.sleep(4)
    return write(reply)


@misbehaves
def slow_drip(lines):
    """Writes a byte of its reply each second."""
    yield write(right(next(lines)))
    for line in lines:
        for byte in write(right(line)):
            time.sleep(1)
            yield bytes([byte])


@misbehaves
def hangs_after_20(lines):
    """Answers 20 requests and then no more."""
    yield write(right(next(lines)))
    for _ in range(20):
        yield write(right(next(lines)))
    sleep_for_ever()


@misbehaves
def closed_output(lines):
    """Closes its output instead of its first reply, and lives on."""
    yield write(right(next(lines)))
    next(lines)
    os.close(sys.stdout.fileno())
    sleep_for_ever()


@misbehaves
def terminal_writer(lines):
    """Writes to the terminal of the runner, if it can open it, and answers with an error if it could."""
    try:
        with open("/dev/tty", "w") as terminal:
            terminal.write("\033[2J\033[32mpass\n")
        could = True
    except OSError:
        could = False
    yield write(right(next(lines)))
    for line in lines:
        reply = right(line)
        yield write({"seq": reply["seq"], "error": "it wrote to the terminal"} if could else reply)


@misbehaves
def signal_sender(lines):
    """Sends SIGQUIT to the runner after its tenth reply. `SIGNAL` names another signal."""
    yield write(right(next(lines)))
    for number, line in enumerate(lines, 1):
        yield write(right(line))
        if number == 10:
            os.kill(os.getppid(), signal.Signals["SIG" + os.environ.get("SIGNAL", "QUIT")])


@misbehaves
def daemon(lines):
    """Becomes a daemon in a session of its own, and again for each request, and answers rightly."""
    for line in lines:
        if os.fork() == 0:
            os.setsid()
            for name in (0, 1, 2):
                os.close(name)
            if os.fork() == 0:
                time.sleep(300)
            os._exit(0)
        yield write(right(line))


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
