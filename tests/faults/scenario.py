"""
One cell of the matrix, run: members work, the moment comes, the fault strikes, and those that are left go on within a
bounded time. Then all that was reported must agree, and nothing may be left behind.

Everything that a cell leaves open (who, at which point, in which operation, how many in flight) follows from its name and the seed.
"""

import random
import signal
from typing import List, NamedTuple, Optional

from cluster import Cluster
from matrix import OF_THE_NETWORK, PHASES, Cell
from network import Network
from plan import KillAt, Moment, StopAt, TellAt
from processes import Member, now_ns

HEARTBEAT_MS = 2000

# Those that nobody may lose on a machine with little time for them.
PATIENT_HEARTBEAT_MS = 3000

PAUSE_AT = 8


class Bounds:
    """Seconds until the survivors have gone on, by fault: generous, for machines with other things to do."""

    QUICK = 5
    OF = {
        "stop": HEARTBEAT_MS / 1000 + 5,
        "blackhole": HEARTBEAT_MS / 1000 + 5,
        # A link that never was is given 8 s, and others may complain for another 1 s.
        "link cut": HEARTBEAT_MS / 1000 + 14,
        "partition": HEARTBEAT_MS / 1000 + 20,
        "coordinator kill": 10,
        "coordinator restart": 10,
    }


class Measured(NamedTuple):
    """Milliseconds from the fault to the first good result of the slowest survivor."""

    recovery_ms: float
    what: str


def run(cell: Cell, seed: int, network: Optional[Network], baseline: tuple) -> Measured:
    scenario = Scenario(cell, seed, network)
    try:
        return scenario.run(baseline)
    finally:
        scenario.cluster.close()


class Scenario:
    def __init__(self, cell: Cell, seed: int, network: Optional[Network]) -> None:
        self.cell = cell
        self.draw = random.Random(f"{cell} {seed}")
        evicts = cell.fault in ("stop", "blackhole", "link cut", "partition")
        self.cluster = Cluster(
            heartbeat_ms=HEARTBEAT_MS if evicts else PATIENT_HEARTBEAT_MS,
            coordinators=2 if cell.fault in ("coordinator kill", "partition") else 1,
            network=network if cell.fault in OF_THE_NETWORK else None,
            lanes=self.draw.randint(1, 2),
            window=self.draw.randint(1, 6),
            seed=self.draw.randrange(1000),
        )
        self.point = self._draw_point()
        self.members: List[Member] = []
        self.newcomers: List[Member] = []
        self.victims: List[Member] = []
        self.teller: Optional[Member] = None
        self.struck_ns = 0
        self.healed_ns = 0
        self.lost_before: List[Member] = []
        self.bound = Bounds.OF.get(cell.fault, Bounds.QUICK)

    def run(self, baseline: tuple) -> Measured:
        getattr(self, "_come_to_" + ("operation" if self.cell.phase in ("reduce", "result", "all-done") else self.cell.phase))()
        lost = getattr(self, "_" + self.cell.fault.replace(" ", "_"))()
        survivors = [member for member in self.cluster.members.values() if member not in lost and member not in self.lost_before]
        self._check_first_results(survivors)
        self.cluster.stop(survivors)
        self.cluster.check_agreement(survivors)
        self.cluster.check_nothing_is_held(survivors, baseline)
        return Measured(self._recovery_ms(survivors), f"{self.point}")

    # ---- How it comes to the moment: afterwards the teller stands still there, or everybody pauses

    def _come_to_idle(self) -> None:
        self.members = self.cluster.start(self.cell.world, pause=PAUSE_AT)
        self._wait_for_pause()
        self._choose_victims(self.members)
        self.struck_ns = now_ns()

    def _come_to_operation(self) -> None:
        labels = self._labels(self.cell.world)
        teller = self.draw.choice(labels)
        times = self.draw.randrange({"begun": 10, "reduce": 40, "result": 20}.get(self.point, 12))
        self.members = self.cluster.start(self.cell.world, plan=[self._fault_at(Moment(teller, self.point, times=times))])
        self._choose_victims(self.members, self.cluster.members[teller])
        self._await_teller()

    def _come_to_settle(self) -> None:
        labels = self._labels(self.cell.world + 1)
        first = self.draw.choice(labels)
        teller = self.draw.choice([label for label in labels if label != first])
        plan = [KillAt(Moment(first, "reduce", times=self.draw.randrange(30))), self._fault_at(Moment(teller, self.point))]
        self.members = self.cluster.start(self.cell.world + 1, plan=plan)
        self.lost_before = [self.cluster.members[first]]
        self._choose_victims([member for member in self.members if member.label != first], self.cluster.members[teller])
        self._await_teller()

    def _come_to_update(self) -> None:
        teller = self.draw.choice(self._labels(self.cell.world))
        # Members pass these points in their first epoch too.
        times = 0 if self.point == "updating" else 1
        self._start_with_pause([self._fault_at(Moment(teller, self.point, times=times))])
        self._add_newcomers(1, [])
        self._choose_victims(self.members, self.cluster.members[teller])
        self._go_on(self.members)
        self._await_teller()

    def _come_to_joining(self) -> None:
        self._start_with_pause([])
        count = max(1, self.cell.count)
        if self.cell.fault in ("lane cut", "link cut"):
            count = 1
        teller = chr(ord("a") + self.cell.world)
        self._add_newcomers(count, [self._fault_at(Moment(teller, self.point))])
        self._choose_victims(self.newcomers, self.newcomers[0])
        if self.point != "registered":
            self._go_on(self.members)
        self._await_teller()

    def _start_with_pause(self, plan) -> None:
        # Either an update of its own, with nothing in flight, or one because somebody waits, with operations in flight.
        more = {"update": PAUSE_AT} if self.draw.random() < 0.5 else {}
        self.members = self.cluster.start(self.cell.world, plan=plan, pause=PAUSE_AT, **more)
        self._wait_for_pause()

    def _wait_for_pause(self) -> None:
        self.cluster.wait(lambda: all(member.report.paused for member in self.members), 20, "all have paused")

    def _add_newcomers(self, count: int, plan) -> None:
        registered = [TellAt(Moment(chr(ord("a") + self.cell.world + i), "registered")) for i in range(count)]
        if plan and self.point == "registered":
            registered = registered[1:]
        self.newcomers = self.cluster.start(count, plan=[*registered, *plan], minimum=1)
        for member in self.newcomers:
            self.cluster.wait_for_told(member)
            if member is not self.newcomers[0] or self.point != "registered" or not plan:
                member.answer()

    def _go_on(self, members: List[Member]) -> None:
        for member in members:
            member.say("g")

    def _choose_victims(self, candidates: List[Member], teller: Optional[Member] = None) -> None:
        self.teller = teller
        first = teller or self.draw.choice(candidates)
        self.victims = [first]
        if self.cell.fault not in ("lane cut", "link cut") and self.cell.count > 1:
            self.victims += self.draw.sample([member for member in candidates if member is not first], self.cell.count - 1)

    def _await_teller(self) -> None:
        place = 1 if self.newcomers and self.teller in self.newcomers and self.point != "registered" else 0
        self.cluster.wait(lambda: len(self.teller.told) > place, 20, f"{self.teller.label} has come to {self.point}")
        self.struck_ns = self.teller.told[place].ns

    def _fault_at(self, moment: Moment):
        alone = self.cell.count == 1
        return KillAt(moment) if self.cell.fault == "kill" and alone else StopAt(moment) if self.cell.fault == "stop" and alone else TellAt(moment)

    def _draw_point(self) -> str:
        points = PHASES[self.cell.phase] or ["idle"]
        if self.cell.phase == "joining" and self.cell.fault == "lane cut":
            points = ["ready", "active"]  # before, there are no lanes
        if self.cell.phase == "settle" and self.cell.fault == "partition":
            points = ["settling"]  # later, whether the loss is settled already is a race
        return self.draw.choice(points)

    @staticmethod
    def _labels(count: int) -> List[str]:
        return [chr(ord("a") + i) for i in range(count)]

    # ---- The faults; each returns those that are lost

    def _release(self) -> None:
        if self.teller is not None:
            self.teller.answer()
        self._go_on([*self.members, *self.newcomers])

    def _everybody(self) -> List[Member]:
        return [member for member in [*self.members, *self.newcomers] if member not in self.lost_before]

    def _others(self) -> List[Member]:
        return [member for member in self._everybody() if member not in self.victims]

    def _without(self, lost: List[Member]):
        gone = sum(1 << member.bit for member in [*lost, *self.lost_before])
        return lambda result: not result.members & gone

    def _kill(self) -> List[Member]:
        self.cluster.kill(self.victims)
        self._release()
        self.cluster.wait_for_results(self._others(), self.struck_ns, self.bound, such=self._without(self.victims))
        return self.victims

    def _stop(self) -> List[Member]:
        for member in self.victims:
            if not any(told.action == "stop" for told in member.told):
                member.signal(signal.SIGSTOP)
            member.await_stop()
        self._release()
        self.cluster.wait_for_results(self._others(), self.struck_ns, self.bound, such=self._without(self.victims))
        for member in self.victims:
            member.signal(signal.SIGCONT)
        return self._see_what_becomes_of(self.victims)

    def _brief_stop(self) -> List[Member]:
        for member in self.victims:
            member.signal(signal.SIGSTOP)
            member.await_stop()
        self._release()
        for member in self.victims:
            member.signal(signal.SIGCONT)
        self.cluster.wait_for_results(self._everybody(), self.struck_ns, self.bound)
        return []

    def _lane_cut(self) -> List[Member]:
        victim = self.victims[0]
        peers = self.draw.sample([member for member in self._everybody() if member is not victim], self.cell.count)
        for peer in peers:
            self.cluster.network.reset(victim.label, peer.label, lanes=1)
        self._release()
        self.cluster.wait_for_results(self._everybody(), self.struck_ns, self.bound)
        retries = [result.retries for member in self._everybody() for result in member.report.results.values()]
        assert self.lost_before or not any(retries), "a cut lane costs no operation a second run"
        return []

    def _link_cut(self) -> List[Member]:
        victim = self.victims[0]
        # A newcomer that was not connected yet to the victim would not notice for long that it cannot be.
        peers = self.draw.sample([member for member in self.members if member not in [victim, *self.lost_before]], self.cell.count)
        self.cluster.network.blackhole([victim.label], [peer.label for peer in peers])
        for peer in peers:
            self.cluster.network.reset(victim.label, peer.label)
            self.cluster.network.reset(peer.label, victim.label)
        self._release()
        if any(member not in [victim, *peers] for member in self._everybody()):
            # Both ends reach somebody who relays: nobody is lost. More results than are in flight need the links that are down.
            self.cluster.wait_for_results(self._everybody(), self.struck_ns, self.bound, count=12, such=self._without([]))
            self.cluster.network.heal()
            return []
        # One link does not show which end is at fault.
        ends = [victim, *peers] if len(peers) == 1 else [victim]

        def lost() -> List[Member]:
            return [one for one in ends if self._have_gone_on([member for member in self._everybody() if member is not one], [one])]

        self.cluster.wait(lambda: bool(lost()), self.bound, f"one of {[member.label for member in ends]} is left behind")
        gone = lost()[:1]
        self.cluster.network.heal()
        return self._see_what_becomes_of(gone)

    def _have_gone_on(self, members: List[Member], lost: List[Member], count: int = 5) -> bool:
        such = self._without(lost)
        return all(sum(1 for result in member.report.results.values() if result.ns > self.struck_ns and such(result)) >= count for member in members)

    def _blackhole(self) -> List[Member]:
        places = [member.label for member in self._everybody()] + ["coordinator 0"]
        self.cluster.network.blackhole([member.label for member in self.victims], places)
        self._release()
        self.cluster.wait_for_results(self._others(), self.struck_ns, self.bound, such=self._without(self.victims))
        self.cluster.network.heal()
        return self._see_what_becomes_of(self.victims)

    def _coordinator_kill(self) -> List[Member]:
        self.cluster.coordinators[0].kill()
        return self._go_on_under_another_coordinator()

    def _coordinator_restart(self) -> List[Member]:
        self.cluster.coordinators[0].kill()
        self._release()
        self.cluster.coordinators[0].start()
        return self._go_on_under_another_coordinator()

    def _go_on_under_another_coordinator(self) -> List[Member]:
        self._release()
        self.cluster.wait_for_results(self._everybody(), self.struck_ns, self.bound)
        # It leads the epoch: somebody new can join.
        self.newcomers = [*self.newcomers, *self.cluster.start(1, minimum=1)]
        self.cluster.wait_for_results(self._everybody(), self.struck_ns, self.bound)
        return []

    def _partition(self) -> List[Member]:
        victims, others = self.victims, self._others()
        near, far = self.draw.sample(["coordinator 0", "coordinator 1"], 2)
        self.cluster.network.blackhole([*(one.label for one in victims), near], [*(one.label for one in others), far])
        self._release()
        winners = [side for side in (victims, others) if any(self._majorities(side))]
        sure = [side for side in winners if all(self._majorities(side))]
        if not winners:
            self.cluster.wait(lambda: now_ns() - self.struck_ns > (HEARTBEAT_MS + 3000) * 1e6, 60, "time has gone by")
            self.cluster.check(not any(self._have_gone_on([one], [], count=10) for one in self._everybody()), "nobody has a majority, and somebody goes on")
        else:
            self.cluster.wait(
                lambda: any(self._have_gone_on(side, [one for one in self._everybody() if one not in side]) for side in winners)
                or (not sure and now_ns() - self.struck_ns > 8e9),
                self.bound, f"one of {[[one.label for one in side] for side in winners]} has gone on")
        self.cluster.network.heal()
        ended = [one for one in self._everybody() if self._have_gone_on([one], [])]
        return self._see_what_becomes_of([one for one in self._everybody() if one not in ended] if winners else [], self._everybody())

    def _majorities(self, side: List[Member]) -> List[bool]:
        """
        Whether it is one of the epoch before the update or the settlement that is under way, and of the one after it: which of
        them counts is a race.
        """
        active = [one for one in side if one not in self.newcomers]
        worlds = [(len(active), len(self.members))]
        if self.lost_before:
            worlds.append((len(active), len(self.members) - len(self.lost_before)))
        if self.newcomers:
            worlds.append((len(side), len(self.members) + len(self.newcomers)))
        return [2 * here > world for here, world in worlds]

    def _see_what_becomes_of(self, lost: List[Member], all_that_may: Optional[List[Member]] = None) -> List[Member]:
        """
        They can reach the others again. Who was active is evicted. Newcomers may yet join.
        """
        candidates = all_that_may if all_that_may is not None else lost
        self.healed_ns = now_ns()

        def settled(member: Member) -> bool:
            return member.report.left is not None or self._is_back(member)

        self.cluster.wait(lambda: all(settled(member) for member in candidates), 20, f"{[one.label for one in candidates]} hear what has become of them")
        gone = [member for member in candidates if member.report.left is not None]
        for member in gone:
            self.cluster.check(member.report.gone == "COLL_ERR_EVICTED", f"{member.label} has ended with {member.report.gone}, expected to be evicted")
        if all_that_may is None:
            assert all(member in self.newcomers for member in lost if member not in gone)
        return gone

    def _is_back(self, member: Member) -> bool:
        """It takes part again: it has results in the newest epoch that anybody has."""
        newest = max((result.epoch for other in self._everybody() for result in other.report.results.values()), default=0)
        return sum(1 for result in member.report.results.values() if result.ns > self.healed_ns and result.epoch == newest) >= 3

    # ---- What is checked and measured besides

    def _check_first_results(self, survivors: List[Member]) -> None:
        """All of them are in the newest results, and nobody else."""
        everybody = sum(1 << member.bit for member in survivors)

        def complete(member: Member) -> bool:
            return bool(member.report.results) and member.report.results[max(member.report.results)].members == everybody

        self.cluster.wait(lambda: all(complete(member) for member in survivors), self.bound + 15, f"results are over {[one.label for one in survivors]}")

    def _recovery_ms(self, survivors: List[Member]) -> float:
        firsts = [min((result.ns for result in member.report.results.values() if result.ns > self.struck_ns), default=self.struck_ns) for member in survivors]
        return (max(firsts) - self.struck_ns) / 1e6
