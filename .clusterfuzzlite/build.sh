#!/usr/bin/env bash
# Builds every fuzz target for ClusterFuzzLite: $OUT gets TARGET, TARGET_seed_corpus.zip, TARGET.dict and TARGET.options of each.
#
# The engine sets OUT, SRC, WORK, SANITIZER, RUSTFLAGS and CFLAGS, and runs this in the folder of the project.
# `scripts/clusterfuzzlite` does so too.
set -euo pipefail
export CARGO_TARGET_DIR=$WORK/target

# The engine's `cargo` turns every `cargo fuzz` into a build when it is to measure coverage, so that `list` needs another sanitizer.
targets=$(SANITIZER=none cargo fuzz list)

# The seeds are written by an ordinary program: the flags of the engine are for what it fuzzes.
env -u RUSTFLAGS -u CFLAGS -u CXXFLAGS CARGO_TARGET_DIR="$WORK/tools" cargo run --release --locked --example fuzz_inputs

if [ "$SANITIZER" = coverage ]; then
  cargo fuzz build # becomes `cargo build --bins`, with the flags for coverage that are in RUSTFLAGS
else
  cargo fuzz build -O --debug-assertions --sanitizer "$SANITIZER"
fi

for target in $targets; do
  cp "$CARGO_TARGET_DIR/x86_64-unknown-linux-gnu/release/$target" "$OUT/"
  # A target without words has an empty dictionary, which libFuzzer refuses.
  [ ! -s "fuzz/dictionaries/$target.dict" ] || cp "fuzz/dictionaries/$target.dict" "$OUT/"
  printf '[libfuzzer]\ntimeout = 10\n' >"$OUT/$target.options"
  # Regressions are seeds: breaking one again fails at once. A target may have none; without any input `zip` fails.
  archive=$OUT/${target}_seed_corpus.zip
  rm -f "$archive"
  { find "fuzz/seeds/$target" "fuzz/regressions/$target" -type f 2>/dev/null || true; } | sort | zip -q -j -@ "$archive"
done
