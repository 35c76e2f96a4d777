#!/bin/sh
# The RUSTC_WORKSPACE_WRAPPER of fuzz builds: the project's own crates tell libFuzzer which ways an input takes through them.
# Dependencies stay as every other build has them, so that they are not compiled once more.
exec "$@" \
    -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares
