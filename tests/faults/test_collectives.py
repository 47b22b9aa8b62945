"""
A member is killed at each point of each collective (collective.c): the survivors have exact values over the same members, or
COLL_ERR_PEER_LOST alike where the root is dead. To replay a cell:

    /usr/bin/python3 -m pytest tests/faults/test_collectives.py -k NAME
"""

import os
import subprocess

import pytest

from plan import KillAt, Moment, text_of
from processes import ROOT

PROGRAM = ROOT / "build/tests-c/fault_collective"

# Partial sums come to members of reductions only, and to those of a reduce only when they are the root, say. Operations have
# the number of the call; where a point does not come in each of them the victim dies the so manieth time.
POINTS = {
    "broadcast": ["begun", "result", "whole", "done", "ended"],
    "reduce": ["begun", "reduce", "whole", "done", "ended"],
    "gather": ["begun", "result", "whole", "done", "ended"],
    "scatter": ["begun", "result", "whole", "done", "ended"],
    "reduce_scatter": ["begun", "reduce", "whole", "done", "ended"],
    "all_gather": ["begun", "result", "whole", "done", "ended"],
    "all_to_all": ["begun", "result", "whole", "done", "ended"],
    "barrier": ["begun", "whole", "done", "ended"],
}
CELLS = [(collective, point) for collective, points in POINTS.items() for point in points]


@pytest.mark.parametrize("collective, point", CELLS, ids=lambda word: word)
def test_cell(collective, point):
    at = int(os.environ.get("SEED", "1")) + CELLS.index((collective, point))
    # The fifth and the sixth call, and some after these, are large ones.
    moment = Moment("b", point, operation=4 + at % 5) if point in ("begun", "whole", "ended") else Moment("b", point, times=2 + at % 4)
    run = subprocess.run(
        [PROGRAM, collective], capture_output=True, text=True, timeout=30,
        env={**os.environ, "COLLECTIVES_FAULT_PLAN": text_of([KillAt(moment)]), "COLLECTIVES_DEADLINE_MS": "15000"},
    )
    assert run.returncode == 0, f"{moment}\n{run.stdout}{run.stderr}"
