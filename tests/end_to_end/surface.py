"""What the library's surface is, read from each place that states it."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DIST = ROOT / "dist"
BUILDS = [DIST / "lib/libcollectives.so", DIST / "lib/glibc-hwcaps/x86-64-v3/libcollectives.so"]


def run(*command, **more):
    """The command's output; its errors are part of the failure's message."""
    ended = subprocess.run(
        [str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, **more
    )
    assert ended.returncode == 0, f"{' '.join(map(str, command))}: exit status {ended.returncode}\n{ended.stdout}"
    return ended.stdout


def header_functions():
    """Functions that the public header declares, found in what the preprocessor leaves of it."""
    text = run("gcc", "-E", "-P", "-x", "c", DIST / "include/collectives.h")
    return set(re.findall(r"\b(coll_\w+)\s*\(", text))


def exported(library):
    """(kind, name) of every symbol in the library's dynamic table that another could bind to."""
    lines = run("nm", "-D", "--defined-only", library).splitlines()
    return {tuple(line.split()[-2:]) for line in lines}
