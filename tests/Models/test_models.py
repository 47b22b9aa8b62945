"""
The membership protocol keeps its promises in all interleavings of these configurations; and each of its rules is needed: a
model that cannot fail shows nothing. README.md says what the model is, and what it leaves out.
"""

import pytest

from spin import Case

HOLDS = {
    "settle, 3 members, all but one die": dict(DEATHS=2, CUTS=1, GIVEUPS=1),
    "settle, 3 members, an error on loss": dict(DEATHS=2, ERROR_ON_LOSS=1, GIVEUPS=1),
    "settle, 3 members, one is evicted or leaves": dict(EVICTIONS=1, LEAVES=1, CALLED=1),
    "settle, 4 members, all but one die": dict(N=4, DEATHS=3, CALLED=1),
    "join, 2 members and 1, all but one die": dict(NEWCOMERS=1, UPDATES=1, DEATHS=2),
    "join, 2 members and 1, a session breaks": dict(NEWCOMERS=1, UPDATES=1, CUTS=1, CALLED=1),
    "join, 3 members and 1, one dies": dict(N=4, NEWCOMERS=1, UPDATES=1, DEATHS=1, CALLED=1),
    "recovery, 3 members, the coordinator crashes and a session breaks": dict(CRASHES=1, CUTS=1, CALLED=1),
    "recovery, 4 members, the coordinator crashes and one dies": dict(N=4, CRASHES=1, DEATHS=1, CALLED=1),
    "recovery, the coordinator crashes while one joins": dict(NEWCOMERS=1, UPDATES=1, CRASHES=1, CALLED=1),
    "recovery, the coordinator crashes before there is an epoch": dict(MIN_MEMBERS=2, CRASHES=1),
    "two coordinators, 3 members, one coordinator crashes and one dies": dict(COORDINATORS=2, CRASHES=1, DEATHS=1, TURNS=2, CALLED=1),
    "two coordinators, 3 members, a partition": dict(COORDINATORS=2, PARTITION=1, TURNS=2, CALLED=1),
}


@pytest.mark.parametrize("case", map(Case, HOLDS.values()), ids=HOLDS.keys())
def test_holds(outcome_of, case):
    outcome = outcome_of(case)
    assert not outcome.violation, f"{outcome.violation}\n{outcome.steps}"
    assert outcome.states > 1000


# What the assertions of a promise have in common.
ALL_OR_NOTHING, INPUTS, SPLIT, PROGRESS = "life", ".value==", "rosterOf", "m[x]."

ONE_COORDINATOR = dict(CRASHES=1, CUTS=1, CALLED=1)
JOINING = dict(NEWCOMERS=1, UPDATES=1, CALLED=1)
PARTED = dict(COORDINATORS=2, PARTITION=1, TURNS=2, CALLED=1)

NEEDED = {
    # Rules of operations.
    "FROZEN_GOES_ON": (ALL_OR_NOTHING, dict(CALLED=1, DEATHS=2), "ENDS_ONLY"),
    "COMMIT_WITHOUT_ALL_DONE": (ALL_OR_NOTHING, dict(CALLED=1, DEATHS=1)),
    "GIVE_UP_WHOLE": (ALL_OR_NOTHING, dict(CALLED=1, GIVEUPS=1)),
    "RERUN_FROM_THE_BUFFER": (INPUTS, dict(CALLED=1, DEATHS=1)),
    "NO_ANSWER_TO_LATE_DONE": (PROGRESS, dict(CALLED=1, DEATHS=1)),
    "ANSWER_OLDER_RUNS": (ALL_OR_NOTHING, JOINING | dict(EVICTIONS=1)),
    "CLOSED_ANSWERS": (ALL_OR_NOTHING, dict(CALLED=1, LEAVES=1)),
    # Rules of the verdict.
    "FIRST_ANSWER_DECIDES": (ALL_OR_NOTHING, dict(CALLED=1, DEATHS=2), "ENDS_ONLY"),
    "FORGET_WHOLE": (ALL_OR_NOTHING, dict(CALLED=1, DEATHS=1), "ENDS_ONLY"),
    "NO_MAJORITY_RULE": (ALL_OR_NOTHING, PARTED, "ENDS_ONLY"),
    "FORGET_THE_EPOCH_BEFORE": (SPLIT, PARTED | dict(NEWCOMERS=2, UPDATES=1), "ENDS_ONLY"),
    # Rules of recovery.
    "FORGET_NUMBERS": (SPLIT, ONE_COORDINATOR, "ENDS_ONLY"),
    "TAKE_UP_WITHOUT_MAJORITY": (SPLIT, ONE_COORDINATOR, "ENDS_ONLY"),
    "FORGET_WHAT_FOLLOWS": (PROGRESS, JOINING | dict(CRASHES=1)),
    "TAKE_UP_OVERTAKEN": (PROGRESS, ONE_COORDINATOR),
    "LATE_STAND_STILL": (PROGRESS, ONE_COORDINATOR),
    "FORGET_LAST_LED": (ALL_OR_NOTHING, dict(DEATHS=1, CUTS=2, CALLED=1), "ENDS_ONLY"),
    "ACTIVATE_WITHOUT_FORM": (PROGRESS, dict(MIN_MEMBERS=2, CRASHES=1)),
    # Rules of updates.
    "DROP_EARLY_UPDATE": (PROGRESS, JOINING | dict(CRASHES=1)),
    "FORGET_ANSWERED_UPDATE": (PROGRESS, JOINING | dict(CUTS=1)),
}


@pytest.mark.parametrize("case", [Case(settings, (rule, *only), promise) for rule, (promise, settings, *only) in NEEDED.items()], ids=NEEDED.keys())
def test_rule_is_needed(outcome_of, case):
    outcome = outcome_of(case)
    assert case.promise in outcome.violation, f"{outcome.violation}\n{outcome.steps}"
    assert outcome.steps


@pytest.mark.parametrize("case", [Case(dict(CRASHES=1, PARTITION=1, CALLED=1), ("ENDS_ONLY",))], ids=["a minority goes on"])
def test_limit_of_a_single_coordinator(outcome_of, case):
    """One that has gone on with a minority, and then forgets, may take up the epoch before with the others."""
    outcome = outcome_of(case)
    assert ALL_OR_NOTHING in outcome.violation or SPLIT in outcome.violation, outcome
