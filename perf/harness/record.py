"""The record of a benchmark: what was measured, where, on which commit, by which command."""

import datetime
import json
import os
import platform
import shlex
import subprocess
import sys

from .libraries import ROOT, kernel_congestion


def _first_line(command):
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.split("\n")[0].strip() or None


def _package(name):
    return _first_line(["dpkg-query", "-W", "-f", "${Version}", name])


def _cpu_model():
    with open("/proc/cpuinfo") as cpus:
        for line in cpus:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor()


def _memory_bytes():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def surroundings():
    """Everything a reader needs to judge the figures."""
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "command": shlex.join(["/usr/bin/python3", *sys.argv]),
        "commit": _first_line(["git", "rev-parse", "HEAD"]),
        "uncommitted_changes": _first_line(["git", "status", "--porcelain", "--untracked-files=no"]) is not None,
        "machine": {
            "cpu": _cpu_model(),
            "cores": os.cpu_count(),
            "memory_bytes": _memory_bytes(),
            "kernel": f"{platform.system()} {platform.release()} {platform.version()}",
            "congestion_control_default": kernel_congestion(),
            "load_average": os.getloadavg(),
        },
        "packages": {name: _package(name) for name in ("libgloo0", "libopenmpi3")},
    }


def write_record(path, around, rows, **more):
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(path, "w") as out:
        json.dump({**around, **more, "rows": rows}, out, indent=1)
        out.write("\n")
