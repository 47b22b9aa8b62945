"""Firewalls between members: whoever can be reached by somebody takes part, and who can't is told what to set."""

import json
import re

import firewall
import pytest
from cluster import Cluster
from processes import COMMAND, now_ns
from sites import Sites

WHY_NOT = firewall.why_not()
pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)


@pytest.fixture
def sites(emulator):
    return Sites(emulator, rate="100mbit", delay="6ms")


@pytest.fixture
def cluster(sites):
    made = Cluster(window=2, network=sites, heartbeat_ms=3000, largest=1 << 15)
    yield made
    made.close()


def check_all_went_well(cluster, members):
    """They get results that all of them are in, in the first epoch, and end together."""
    cluster.wait_for_results(members, 0, 30, count=10)
    cluster.stop(members)
    cluster.check_agreement(members)
    everybody = sum(1 << member.bit for member in members)
    assert {(result.members, result.retries, result.epoch) for member in members for result in member.report.results.values()} == {(everybody, 0, 1)}


@pytest.mark.parametrize("closed", ["a", "d"])
def test_a_member_that_can_only_dial_out_takes_part(sites, cluster, closed):
    # Ids are drawn: among three links, it is the end that has to begin in some, and the other one in others, nearly always.
    firewall.lets_nobody_in(sites.place(closed))
    started = now_ns()
    members = cluster.start(4)
    cluster.wait_for_joined(members)
    assert max(member.report.joined_ns for member in members) < started + 5e9
    check_all_went_well(cluster, members)


def id_of(member):
    """As the coordinator writes it: of the 16 bytes, each half is a number."""
    raw = bytes.fromhex(member.report.id)
    return f"{int.from_bytes(raw[:8], 'little'):016x}{int.from_bytes(raw[8:], 'little'):016x}"


def relayed_links(cluster, members):
    """The ends of those that members have told of, with their heartbeats."""
    found = {}

    def all_have_told():
        status = json.loads(cluster.network.place("coordinator 0").run(str(COMMAND), "status", cluster.coordinators[0].address, "--json"))
        for member in status["groups"][0]["members"]:
            found.update({(member["member"], link["peer"]): link["congestion_control"] for link in member["links"] if link["lanes"]})
        return len(found) == len(members) * (len(members) - 1)

    cluster.wait(all_have_told, 15, "members have told of their links")
    return {ends for ends, control in found.items() if control.endswith(", relayed")}


def test_two_that_nobody_reaches_go_through_one_that_both_reach(sites, cluster):
    for closed in "ab":
        firewall.lets_nobody_in(sites.place(closed))
    started = now_ns()
    members = cluster.start(3)
    cluster.wait_for_joined(members)
    assert max(member.report.joined_ns for member in members) < started + 9e9
    a, b, _ = map(id_of, members)
    assert relayed_links(cluster, members) == {(a, b), (b, a)}
    check_all_went_well(cluster, members)


def test_another_member_relays_when_one_dies(sites, cluster):
    for closed in "ab":
        firewall.lets_nobody_in(sites.place(closed))
    members = cluster.start(4)
    cluster.wait_for_results(members, 0, 30, count=5)
    relay = next(member for member in members if f"through {id_of(member)[:8]}" in " ".join(cluster.coordinators[0].notes()))
    struck = cluster.kill([relay])
    rest = [member for member in members if member is not relay]
    cluster.wait_for_results(rest, struck, 30, count=10, such=lambda result: result.epoch > 1)
    cluster.stop(rest)
    cluster.check_agreement(rest)


def test_without_anybody_to_relay_one_of_the_two_is_evicted(sites, cluster):
    for closed in "ab":
        firewall.lets_nobody_in(sites.place(closed))
    members = cluster.start(3)
    cluster.wait_for_results(members, 0, 30, count=5)
    struck = cluster.kill([members[2]])
    cluster.wait(lambda: any(member.report.gone for member in members[:2]), 20, "one of the two is evicted")
    (gone,), (left,) = ([member for member in members[:2] if bool(member.report.gone) == is_gone] for is_gone in (True, False))
    assert gone.report.gone == "COLL_ERR_EVICTED" and "cannot reach it" in gone.report.words, gone.report.words
    cluster.wait_for_results([left], struck, 20, such=lambda result: result.members == 1 << left.bit)
    cluster.stop([left])
    cluster.check_agreement([left])


def test_lanes_are_listened_for_at_the_ports_that_a_firewall_opens(sites, cluster):
    ports = "30000-30002"
    for label in "abc":
        firewall.lets_nobody_in(sites.place(label), but_at=ports)
    members = cluster.start(3, environment={"COLLECTIVES_PORT_RANGE": ports})
    cluster.wait_for_joined(members)
    for label in "abc":
        assert ":30000 " in sites.place(label).run("ss", "-Hltn")
    check_all_went_well(cluster, members)


def test_a_member_at_an_address_that_nobody_reaches_is_told_and_holds_nobody_up_for_long(sites, cluster):
    members = cluster.start(3)
    cluster.wait_for_results(members, 0, 30)
    firewall.lets_nobody_out(sites.place("d"), but_to=cluster.coordinators[0].address.split(":")[1])
    (stray,) = cluster.start(1, minimum=1, environment={"COLLECTIVES_ADVERTISE": "198.18.99.1:4000"})
    cluster.wait_for_gone([stray], 20)
    assert stray.report.gone == "COLL_ERR_EVICTED"
    for words in ("198.18.99.1:4000", "cannot reach it: the link to member", "Connection timed out", "set advertise or interface_name", "port_range"):
        assert words in stray.report.words, stray.report.words
    cluster.wait_for_results(members, now_ns(), 20)
    cluster.stop(members)
    cluster.check_agreement(members)
    longest = max(end - call for member in members for _, call, end, _, _ in member.report.updates)
    assert longest < 11e9, longest


def test_a_loopback_address_is_refused_to_a_member_from_elsewhere(cluster):
    (stray,) = cluster.start(1, environment={"COLLECTIVES_ADVERTISE": "127.0.0.1"})
    cluster.wait_for_gone([stray], 10)
    assert stray.report.gone == "COLL_ERR_REFUSED"
    assert re.search(r"found 127\.0\.0\.1, .* this member comes from 198\.18\.\d+\.1", stray.report.words), stray.report.words
