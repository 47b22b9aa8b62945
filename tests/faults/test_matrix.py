"""
The fault matrix (matrix.py), a cell a test. `make test` takes a selection that follows from SEED, one cell for each fault
in each phase; `make test-faults` takes them all. To replay a cell:

    SEED=n CELLS=all /usr/bin/python3 -m pytest tests/faults/test_matrix.py -k NAME
"""

import os

import pytest

from matrix import OF_THE_NETWORK, all_cells, selection, sensible, why_senseless
from scenario import run

SEED = int(os.environ.get("SEED", "1"))
CELLS = sensible() if os.environ.get("CELLS") == "all" else selection(SEED)


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_cell(cell, baseline, request, record_property):
    network = request.getfixturevalue("network") if cell.fault in OF_THE_NETWORK else None
    record_property("cell", (cell.fault, cell.phase))
    measured = run(cell, SEED, network, baseline)
    record_property("point", measured.what)
    record_property("recovery_ms", round(measured.recovery_ms, 1))


def test_every_cell_is_run_or_says_why_not():
    assert all(bool(why_senseless(cell)) != (cell in set(sensible())) for cell in all_cells())
    assert {(cell.fault, cell.phase) for cell in selection(1)} == {(cell.fault, cell.phase) for cell in sensible()}
