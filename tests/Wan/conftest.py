import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2] / "perf"))
sys.path.insert(0, str(Path(__file__).parents[1] / "faults"))

from harness.emulator import Emulator, why_not  # noqa: E402


def pytest_collection_modifyitems(items):
    reason = why_not()
    for item in items if reason else []:
        item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture
def emulator():
    with Emulator() as running:
        yield running
        stats = running.stats()
        assert stats["device_drops"] == 0, stats["why"]


@pytest.fixture
def two(emulator):
    """Two sites; the test links them."""
    return emulator.site("here"), emulator.site("there")
