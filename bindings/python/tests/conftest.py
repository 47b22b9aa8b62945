"""Fixtures: the package from this checkout, and groups of member processes."""

import faulthandler
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
sys.path[:0] = [str(TESTS.parent), str(TESTS)]

from processes import Group  # noqa: E402

LIMIT = 150.0


@pytest.fixture(autouse=True)
def time_limit():
    """No test hangs: after the limit all stacks are printed and the run ends."""
    faulthandler.dump_traceback_later(LIMIT, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.fixture
def group():
    """A coordinator for member processes; what still runs at the end is killed."""
    found = Group()
    yield found
    found.close()
