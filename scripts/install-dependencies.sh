#!/bin/sh
# Installs what a make target needs and this machine lacks: install-dependencies.sh build|test|demo|peers|wan ...
# On Debian and its relatives with apt-get; elsewhere it names what is missing and stops. The .NET SDK and git
# are expected to be there. A run that finds everything takes a few hundredths of a second.
set -eu

build="gcc libc6-dev zlib1g-dev python3 python3-setuptools python3-wheel python3-pip"
network="iproute2 iputils-ping util-linux procps iperf3 nftables"
test="$build $network g++ cmake make pkg-config binutils clang-format spin python3-pytest python3-numpy python3-torch"
demo="$build python3-numpy python3-torch python3-matplotlib"
wan="$build $network python3-matplotlib"
peers="$build g++ pkg-config python3-numpy libgloo-dev libopenmpi-dev openmpi-bin python3-matplotlib"

say() { printf '%s\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

wanted=""
for need in "$@"; do
    case $need in
        build) wanted="$wanted $build" ;;
        test) wanted="$wanted $test" ;;
        demo) wanted="$wanted $demo" ;;
        peers) wanted="$wanted $peers" ;;
        wan) wanted="$wanted $wan" ;;
        *) fail "install-dependencies.sh: expected build, test, demo, peers or wan, found \"$need\"" ;;
    esac
done

if ! command -v dotnet >/dev/null 2>&1; then
    fail "The .NET SDK (9 or later) is missing. Install it from https://dotnet.microsoft.com/download and put
\`dotnet\` on the PATH."
fi

if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg-query >/dev/null 2>&1; then
    missing=""
    for command in gcc g++ cmake pkg-config python3 clang-format spin ip ss tc nft ping nsenter chrt iperf3; do
        command -v "$command" >/dev/null 2>&1 || missing="$missing $command"
    done
    [ -e /usr/include/zlib.h ] || missing="$missing zlib-headers"
    for module in setuptools wheel pip pytest numpy torch; do
        /usr/bin/python3 -c "import $module" >/dev/null 2>&1 || missing="$missing python3:$module"
    done
    [ -z "$missing" ] && exit 0
    fail "This is not a Debian system, so nothing is installed. Missing here:$missing.
The same packages on Debian would be:$(printf '%s\n' $wanted | sort -u | tr '\n' ' ' | sed 's/^/ /')"
fi

missing=""
for package in $(printf '%s\n' $wanted | sort -u); do

    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $package"
done
[ -z "$missing" ] && exit 0

as_root=""
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null 2>&1 || fail "Missing packages:$missing
Run this as root, or install sudo: apt-get install$missing"
    as_root="sudo"
fi

say "Installing with apt-get:$missing"
$as_root apt-get update -qq
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
say "Installed:$missing"
