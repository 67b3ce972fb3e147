"""A `cargo` that plays cargo fuzz for tests/repo/overnight.rs: two targets, `one` and `two`. Files in its folder say what goes wrong."""

import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
words = sys.argv[1:]
with open(HERE / "calls", "a", encoding="utf-8") as calls:
    print(*words, file=calls)


def goes_wrong(what):
    return (HERE / what).exists()


def value(flag):
    return next((word.split("=", 1)[1] for word in words if word.startswith(flag + "=")), None)


def run(target, folders):
    if value("-fork"):
        (Path(folders[0]) / "new").write_bytes(b"new")
        # What a fuzzer has found and not merged yet.
        unmerged = Path(os.environ["TMPDIR"]) / "libFuzzerTemp.FuzzWithFork1.dir" / "C1" / "unmerged"
        unmerged.parent.mkdir(parents=True)
        unmerged.write_bytes(b"unmerged")
        print("#10: cov: 10 ft: 20 corp: 3 exec/s: 10 oom/timeout/crash: 0/0/0 time: 1s job: 1 dft_time: 0", flush=True)
        print("#100: cov: 15 ft: 30 corp: 4 exec/s: 50 oom/timeout/crash: 0/0/0 time: 2s job: 2 dft_time: 0", flush=True)
        if goes_wrong("finds") and target == "one":
            artifacts = Path("fuzz/artifacts/one")
            artifacts.mkdir(parents=True, exist_ok=True)
            for name in ("crash-a", "crash-b", "timeout-c", "slow-unit-d"):
                (artifacts / name).write_text(name + " is long")
        if goes_wrong("hangs"):
            child = subprocess.Popen(["sleep", "600"])
            (HERE / "pid").write_text(str(child.pid))
            time.sleep(600)
    elif value("-minimize_crash"):
        Path(value("-exact_artifact_path")).write_text("x")
    else:
        print("thread '<unnamed>' (7) panicked at src/some.rs:1:2:\nfor a reason")
        sys.exit(77)


match words:
    case ["+nightly", "fuzz", "list"] if goes_wrong("no-cargo-fuzz"):
        sys.exit("no such command: fuzz")
    case ["+nightly", "fuzz", "list"]:
        print("one\ntwo")
    case ["+nightly", "fuzz", "build", *_] if goes_wrong("does-not-build"):
        sys.exit("error[E0425]: this does not build")
    case ["+nightly", "fuzz", "run", "-s", _, "--target-dir", _, target, *rest]:
        run(target, rest[: rest.index("--")])
    case ["+nightly", "fuzz", "cmin", "-s", _, "--target-dir", _, target, corpus, *_]:
        for path in Path(corpus).iterdir():
            if path.read_bytes() != b"new":
                path.unlink()
    case [*_, "--example", "fuzz_vector", "one", _]:
        print('{"a": "vector"}')
