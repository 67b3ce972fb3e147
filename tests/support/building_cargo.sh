#!/usr/bin/env bash
# A `cargo` that plays cargo fuzz for tests/repo/clusterfuzzlite.rs: what it builds are shell scripts, for the targets `one` and `two`.
set -euo pipefail
build() {
  mkdir -p "$1"
  for target in one two; do
    printf '%s\n' '#!/bin/sh' '# LLVMFuzzerTestOneInput' 'echo "Done 7 runs in 1 second(s)"' \
      '[ -z "$LLVM_PROFILE_FILE" ] || echo >"$LLVM_PROFILE_FILE"' >"$1/$target"
    chmod +x "$1/$target"
  done
}
case "$*" in
"+nightly fuzz list" | "fuzz list") printf 'one\ntwo\n' ;;
*"--example fuzz_inputs")
  mkdir -p fuzz/dictionaries fuzz/seeds/one fuzz/seeds/two
  echo '"word"' | tee fuzz/dictionaries/one.dict >fuzz/dictionaries/two.dict
  echo seed | tee fuzz/seeds/one/seed >fuzz/seeds/two/seed
  ;;
"fuzz build -O"*) build "$CARGO_TARGET_DIR/x86_64-unknown-linux-gnu/release" ;;
"build --bins"*) build "$CARGO_TARGET_DIR/debug" ;;
esac
