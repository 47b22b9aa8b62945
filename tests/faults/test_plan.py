"""Fault plans: read strictly, and no part of a process that has none."""

import pytest

from cluster import Cluster
from plan import KillAt, Moment, StopAt, TellAt

BAD = ["kill", "kill a reduce 1", "kill a reduce 1 2 3", "murder a reduce 1 2", "kill a lunch 1 2", "kill a reduce x 2", "kill a reduce 1 -2",
       "kill a reduce +1 2", "corrupt a whole 1 2", "0 a reduce 1 2", "kill a 5 1 2", "kill b reduce 1 2; nonsense"]


class Raw:
    """A plan in words of one's own."""

    def __init__(self, text):
        self.text = text

    def words(self):
        return self.text


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_plan_is_refused(text):
    cluster = Cluster()
    member = cluster.start(1, plan=[Raw(text)])[0]
    cluster.wait_for_gone([member], 10)
    assert member.report.gone == "COLL_ERR_INVALID_ARGUMENT"
    assert "COLLECTIVES_FAULT_PLAN" in member.report.words and text.split(";")[-1].strip() in member.report.words
    cluster.close()


def test_who_is_to_tell_needs_somebody_to_be_told():
    cluster = Cluster()
    member = cluster.start(1, plan=[TellAt(Moment("a", "begun"))], environment={"COLLECTIVES_FAULT_CHANNEL": "x"})[0]
    cluster.wait_for_gone([member], 10)
    assert "COLLECTIVES_FAULT_CHANNEL" in member.report.words
    cluster.close()


def test_a_plan_names_its_moment():
    """The second operation that begins at member b, whichever, and the whole result of operation 2 at member c."""
    cluster = Cluster(window=1, fixed=1, largest=100)
    plan = [TellAt(Moment("b", "begun", times=1)), TellAt(Moment("c", "whole", operation=2)), KillAt(Moment("z", "begun"))]
    members = cluster.start(3, plan=plan)
    waiting = members[1:]
    while waiting:
        # The one that stands still may have something that the other one waits for.
        cluster.wait(lambda: any(member.told for member in waiting), 10, "one has come to its moment")
        member = next(member for member in waiting if member.told)
        assert (member.told[0].action, member.told[0].operation) == ("tell", 1 if member is members[1] else 2)
        member.answer()
        waiting.remove(member)
    cluster.wait_for_results(members, members[2].told[0].ns, 5)
    assert [len(member.told) for member in members] == [0, 1, 1]
    cluster.stop(members)
    cluster.check_agreement(members)
    cluster.close()


def test_plans_have_words():
    assert KillAt(Moment("b", "reduce", operation=10, times=3)).words() == "kill b reduce 10 3"
    assert StopAt(Moment("b", "settled")).words() == "stop b settled * 0"
