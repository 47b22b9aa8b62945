"""More faults at a time than `make test` has the time for: `make test-models`, about ten minutes and 6 GiB."""

import pytest

from spin import explore

HOLDS = {
    "settle, 3 members, all faults": dict(DEATHS=1, CUTS=1, EVICTIONS=1, LEAVES=1),
    "settle, 3 members, two sessions break": dict(DEATHS=1, CUTS=2),
    "settle, 4 members, all but one die, one gives up": dict(N=4, DEATHS=3, GIVEUPS=1, CALLED=1),
    "settle, 4 members, a session breaks and one dies": dict(N=4, DEATHS=1, CUTS=1, CALLED=1),
    "join, 2 members and 1, one dies and a session breaks": dict(NEWCOMERS=1, UPDATES=1, DEATHS=1, CUTS=1, CALLED=1),
    "join, 1 member and 2, two coordinators, a partition": dict(
        NEWCOMERS=2, UPDATES=1, COORDINATORS=2, PARTITION=1, TURNS=2, CALLED=1),
    "recovery, 3 members, the coordinator crashes, one dies and a session breaks": dict(CRASHES=1, DEATHS=1, CUTS=1, CALLED=1),
    "recovery, 3 members, the coordinator crashes twice": dict(CRASHES=2, DEATHS=1, CALLED=1),
    "recovery, 4 members, the coordinator crashes and a session breaks": dict(N=4, CRASHES=1, CUTS=1, CALLED=1),
    "recovery, the coordinator crashes and one dies while one joins": dict(NEWCOMERS=1, UPDATES=1, CRASHES=1, DEATHS=1, CALLED=1),
    "two coordinators, 3 members, one crashes and a session breaks": dict(COORDINATORS=2, CRASHES=1, CUTS=1, TURNS=2, CALLED=1),
    "two coordinators, 4 members, a partition": dict(N=4, COORDINATORS=2, PARTITION=1, TURNS=1, CALLED=1),
}


@pytest.mark.parametrize("settings", HOLDS.values(), ids=HOLDS.keys())
def test_holds(tmp_path, settings):
    outcome = explore(tmp_path, optimised="-O1", **settings)
    assert not outcome.violation, f"{outcome.violation}\n{outcome.steps}"
    print(f"{outcome.states} states")
