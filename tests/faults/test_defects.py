"""A bug in the library on one member ends its calls with words to report, and costs the others that member and no more."""

import pytest

from cluster import Cluster
from plan import Moment, ThrowAt


@pytest.mark.parametrize("point", ["begun", "reduce", "whole", "done", "settling"])
def test_an_exception_ends_one_member(point):
    cluster = Cluster(window=3, largest=300_000)
    plan = [ThrowAt(Moment("b", point, times=0 if point == "settling" else 12))]
    members = cluster.start(4, plan=plan)
    broken, survivors = members[1], [members[0], members[2]]
    cluster.wait_for_joined(members)
    if point == "settling":
        cluster.kill(members[3:])
    else:
        survivors.append(members[3])
    cluster.wait_for_gone([broken], 20)
    assert broken.report.gone == "COLL_ERR_INTERNAL", broken.report.gone
    assert "please report" in broken.report.words and f"planned at {point}" in broken.report.words.lower()
    cluster.wait_for_results(survivors, broken.report.gone_ns, 20)
    cluster.stop(survivors)
    cluster.check_agreement(survivors)
    cluster.close()
