#!/bin/sh
# Builds the wheel that contains the library, offline.
#
#   build_wheel.sh LIBDIR OUTDIR
#
# LIBDIR  holds libcollectives.so and, if there is one, glibc-hwcaps/x86-64-v3/libcollectives.so
# OUTDIR  where the wheel goes; wheels of this package that are there already are replaced
#
# PYTHON names the interpreter (default /usr/bin/python3); it needs setuptools and wheel.
set -eu

if [ $# -ne 2 ]; then
    echo "usage: $0 LIBDIR OUTDIR" >&2
    exit 2
fi
python=${PYTHON:-/usr/bin/python3}
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
libraries=$(CDPATH='' cd -- "$1" && pwd)
mkdir -p "$2"
out=$(CDPATH='' cd -- "$2" && pwd)

if [ ! -f "$libraries/libcollectives.so" ]; then
    echo "$0: no libcollectives.so in $libraries; build it first (make build)" >&2
    exit 1
fi
if ! "$python" -c 'import setuptools, wheel' 2>/dev/null; then
    echo "$0: $python lacks setuptools or wheel (Debian: python3-setuptools python3-wheel)" >&2
    exit 1
fi

# In a copy, so that the source tree never holds a library, build/ or egg-info.
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT INT TERM
mkdir -p "$stage/collectives/torch"
cp "$here/setup.py" "$here/pyproject.toml" "$here/README.md" "$here/../../LICENSE" "$stage/"
cp "$here"/collectives/*.py "$here/collectives/py.typed" "$stage/collectives/"
cp "$here"/collectives/torch/*.py "$stage/collectives/torch/"
install -D "$libraries/libcollectives.so" "$stage/collectives/lib/libcollectives.so"
v3=glibc-hwcaps/x86-64-v3/libcollectives.so
if [ -f "$libraries/$v3" ]; then
    install -D "$libraries/$v3" "$stage/collectives/lib/x86-64-v3/libcollectives.so"
fi

rm -f "$out"/collectives-*.whl
# -W ignore: setuptools takes the folders of the libraries for packages, and warns that it could change its mind.
(cd "$stage" && "$python" -W ignore setup.py --quiet bdist_wheel --dist-dir "$out")
ls "$out"/collectives-*.whl
