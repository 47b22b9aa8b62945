#!/bin/bash
# Runs every test suite and ends with one line: "N passed, N failed". Called by `make test`, after the build.
# Each suite leaves a machine-readable report, and the counts come from those alone. A suite that leaves none, that
# ran nothing, or whose runner failed without a failed test counts as one failure. All suites run, whatever
# happens to the first.
set -uo pipefail
cd "$(dirname "$0")/.."

python=/usr/bin/python3
reports=$PWD/build/test-results
minutes=8 # for one suite
rm -rf "$reports"
mkdir -p "$reports"

# suite NAME REPORT COMMAND...: keeps the runner's exit status beside the report it was to write.
suite() {
    local name=$1 report=$2
    shift 2
    echo "==== $name"
    timeout --kill-after=10 "${minutes}m" "$@"
    echo "$? $report" > "$reports/$name.status"
}

# check NAME COMMAND...: a suite of one, passed if the command succeeds.
check() {
    local name=$1
    shift
    echo "==== $name"
    timeout --kill-after=10 "${minutes}m" "$@"
    echo "$? -" > "$reports/$name.status"
}

export PYTHONDONTWRITEBYTECODE=1

# First, since the formatter needs the references that a build restores.
check build-tests dotnet build Collectives.sln -c Release -v quiet --nologo
check format-c scripts/format-c.sh --check
check format-csharp dotnet format Collectives.sln --verify-no-changes --no-restore --severity warn

# pytests FOLDER
pytests() {
    local name
    name=pytest-$(echo "$1" | tr / -)
    suite "$name" "$reports/$name.xml" \
        "$python" -m pytest -q -p no:cacheprovider -o junit_family=xunit1 --junitxml="$reports/$name.xml" "$1"
}

# What mostly waits (for processes that start, die and time out) runs beside what computes.
{
    for folder in tests/Models tests/end_to_end tests/c tests/faults; do
        pytests "$folder"
    done
} > "$reports/background.log" 2>&1 &

for project in tests/*/*.Tests.csproj; do
    name=$(basename "$project" .Tests.csproj)
    suite "dotnet-$name" "$reports/$name.trx" \
        dotnet test "$project" -c Release --no-build --nologo --logger "trx;LogFileName=$reports/$name.trx"
done
pytests bindings/python/tests

wait
cat "$reports/background.log"

# Last and alone: emulated lines keep their times only while there is a processor for them.
pytests tests/Wan

exec "$python" scripts/count_tests.py "$reports"
