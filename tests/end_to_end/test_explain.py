"""`collectives explain`: which algorithm is chosen for made-up links, and for those of a running group."""

import json
import subprocess

import pytest

from surface import DIST
from test_status_and_metrics import Coordinator, environment

TOOL = DIST / "bin/collectives"
MIB = 1 << 20


def explain(*options):
    return subprocess.run([TOOL, "explain", *map(str, options)], capture_output=True, text=True, timeout=60, env=environment())


def explained(*options):
    return json.loads(explain(*options, "--json").stdout)


def test_every_candidate_has_a_line_and_one_is_chosen():
    lines = explain("--world", 4, "--count", 1024).stdout.splitlines()
    assert lines[0] == "4096 bytes among 4 members at one site"
    assert lines[1].split() == ["algorithm", "hops", "MB", "per", "member", "predicted", "ms"]
    assert [line.split()[0] for line in lines[2:]] == ["ring", "exchange", "star", "two_way_ring", "tree", "halving", "direct"]
    assert sum(line.endswith("chosen") for line in lines) == 1


@pytest.mark.parametrize("options, chosen", [
    (["--world", 4, "--count", 1], "star"),
    (["--world", 4, "--count", 64 * MIB], "ring"),
    (["--world", 4, "--count", 1, "--rtt-ms", 30, "--mbit", 100], "exchange"),
    (["--world", 8, "--count", 64 * MIB, "--rtt-ms", 30, "--mbit", 100], "direct"),
    (["--world", 8, "--count", MIB, "--rtt-ms", 30, "--mbit", 100, "--collective", "broadcast", "--root", 3], "halving"),
])
def test_what_is_chosen(options, chosen):
    assert explained(*options)["chosen"] == chosen


def test_a_part_for_each_member_counts_for_all_of_them():
    assert explained("--world", 4, "--count", 10, "--type", "f64", "--collective", "all_gather")["bytes"] == 320
    assert explained("--world", 4, "--count", 10, "--type", "bf16")["bytes"] == 20


def test_the_links_of_a_running_group():
    coordinator = Coordinator()
    try:
        coordinator.join(3)
        document = explained("--coordinator", coordinator.address, "--group", 0, "--count", 1)
        assert document["world"] == 3 and document["sites"] == [[0, 1, 2]] and document["chosen"] == "star"
        assert "no group 7" in explain("--coordinator", coordinator.address, "--group", 7, "--count", 1).stderr
    finally:
        coordinator.close()


@pytest.mark.parametrize("options, word", [
    (["--count", 1], "--world"),
    (["--world", 0, "--count", 1], "--world"),
    (["--world", 4, "--count", -1], "--count"),
    (["--world", 4, "--count", 1, "--type", "f8"], "--type"),
    (["--world", 4, "--count", 1, "--op", "mul"], "--op"),
    (["--world", 4, "--count", 1, "--collective", "gather"], "--collective"),
    (["--world", 4, "--count", 1, "--collective", "reduce", "--root", 4], "--root"),
    (["--world", 4, "--count", 1, "--mbit", 0], "--mbit"),
    (["--world", 4, "--count", 1, "--coordinator", "localhost:1"], "--coordinator"),
])
def test_command_lines_that_cannot_be_used(options, word):
    run = explain(*options)
    assert run.returncode == 2 and word in run.stderr and run.stdout == ""
