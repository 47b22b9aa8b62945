import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from cluster import Cluster  # noqa: E402
from network import Network, why_not  # noqa: E402


@pytest.fixture(scope="session")
def network():
    """Places with lines between them; see network.py."""
    reason = why_not()
    if reason:
        pytest.skip(reason)
    made = Network()
    yield made
    made.close()


@pytest.fixture(scope="session")
def baseline():
    """What a member process holds at the end if nothing has happened: descriptors, threads, bytes."""
    cluster = Cluster(window=4, seed=1)
    members = cluster.start(3)
    cluster.wait_for_joined(members)
    cluster.wait_for_results(members, 0, 20, count=30)
    cluster.stop(members)
    cluster.check_agreement(members)
    left = [member.report.left for member in members]
    cluster.close()
    assert len({one[:2] for one in left}) == 1, left
    return (*left[0][:2], max(one[2] for one in left))


@pytest.fixture(scope="session")
def seed():
    return int(os.environ.get("SEED", "1"))


def pytest_terminal_summary(terminalreporter):
    """The matrix as a table: for each fault and phase, cells passed of those run, and the slowest recovery."""
    cells = {}
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            properties = dict(report.user_properties)
            if report.when == "call" and "cell" in properties:
                fault, phase = properties["cell"]
                cells.setdefault((fault, phase), []).append((outcome == "passed", properties.get("recovery_ms", 0)))
    if not cells:
        return
    from matrix import FAULTS, PHASES

    terminalreporter.write_sep("=", "cells passed / run, slowest recovery in ms")
    terminalreporter.write_line(f"{'':20}" + "".join(f"{phase:>17}" for phase in PHASES))
    for fault in FAULTS:
        row = [cells.get((fault, phase), []) for phase in PHASES]
        words = [f"{sum(ok for ok, _ in one)}/{len(one)} {max(ms for _, ms in one):8.0f}" if one else "-" for one in row]
        terminalreporter.write_line(f"{fault:20}" + "".join(f"{word:>17}" for word in words))
