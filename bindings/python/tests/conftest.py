"""Fixtures: the package from this checkout, and groups of member processes."""

import faulthandler
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
sys.path[:0] = [str(TESTS.parent), str(TESTS)]

from processes import Group  # noqa: E402

LIMIT = 150.0


def pytest_configure(config):
    """The marks of this suite."""
    config.addinivalue_line("markers", "by_name: takes minutes or much memory; runs only if -k names something")
    config.addinivalue_line("markers", "limit(seconds): a time limit of its own")


def pytest_collection_modifyitems(config, items):
    """Leaves out what has to be asked for by name."""
    if config.getoption("keyword"):
        return
    for item in items:
        if item.get_closest_marker("by_name"):
            item.add_marker(pytest.mark.skip(reason="asked for by name only: -k " + item.originalname[len("test_") :]))


@pytest.fixture(autouse=True)
def time_limit(request):
    """No test hangs: after the limit all stacks are printed and the run ends."""
    mark = request.node.get_closest_marker("limit")
    faulthandler.dump_traceback_later(mark.args[0] if mark else LIMIT, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.fixture
def group():
    """A coordinator for member processes; what still runs at the end is killed."""
    found = Group()
    yield found
    found.close()
