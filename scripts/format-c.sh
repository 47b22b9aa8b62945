#!/bin/sh
# Formats the C and C++ sources; with --check it only says which ones are not formatted, and fails.
# The public header is laid out by hand, like a page, and stays out of this; so does perf/.
set -eu
cd "$(dirname "$0")/.."
files=$(find bindings/c/examples tests/c tests/faults src/Native -name '*.[ch]' -o -name '*.cpp' -path '*examples*' | sort)
if [ "${1:-}" = --check ]; then
    clang-format --dry-run -Werror $files
else
    clang-format -i $files
fi
