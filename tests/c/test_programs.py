"""Runs every case of the C programs, each in a process of its own. The programs name their cases themselves."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / "build" / "tests-c"
NAMES = ["arguments", "collective_arguments", "structs", "handles", "errors", "forks", "signals", "works", "endings", "reduce",
         "collectives", "collective_deaths", "deaths", "late", "costs", "fairness", "observing", "joins"]
SECONDS = 120  # above the programs' own alarm, which says more

def cases():
    for name in NAMES:
        listed = subprocess.run([PROGRAMS / name, "--list"], capture_output=True, text=True, timeout=30, check=True)
        lines = listed.stdout.split()
        assert lines, f"{name} has no cases"
        for case in lines:
            yield pytest.param(name, case, id=f"{name}-{case}")


@pytest.mark.parametrize("name, case", cases())
def test_case(name, case):
    ended = subprocess.run(
        [PROGRAMS / name, case], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=SECONDS
    )
    assert ended.returncode == 0, f"exit status {ended.returncode}\n{ended.stdout}"
