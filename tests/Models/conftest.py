"""Explores all that was selected at once, one on each core: most of the time is the compiler's, which uses one."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from spin import explore


@pytest.fixture(scope="session")
def outcome_of(request, tmp_path_factory):
    """A function from a test's `case`, its rules and settings, to what was found."""
    cases = [item.callspec.params["case"] for item in request.session.items if "outcome_of" in item.fixturenames]
    pool = ThreadPoolExecutor(os.cpu_count())
    outcomes = {id(case): pool.submit(explore, tmp_path_factory.mktemp("spin"), *case.rules, **case.settings) for case in cases}
    yield lambda case: outcomes[id(case)].result()
    pool.shutdown(cancel_futures=True)
