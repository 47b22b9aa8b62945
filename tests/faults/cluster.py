"""A group under test: its coordinators, its members, and what must be true of what they report."""

import signal
from typing import Callable, Dict, Iterable, List, Optional

from network import Network
from processes import Coordinator, Member, Result, Watch, now_ns

JOIN_SECONDS = 20


class Cluster:
    """
    Members have labels "a", "b" ..., in the order in which they were started, and the bit of that number. With a network,
    each lives in a place of its own, and so does each coordinator ("coordinator 0" ...); otherwise all are on loopback.
    """

    def __init__(self, heartbeat_ms: int = 2000, coordinators: int = 1, network: Optional[Network] = None, lanes: int = 1, **options) -> None:
        self.heartbeat_ms = heartbeat_ms
        self.network = network
        self._options = options
        self._lanes = lanes
        self._watch = Watch()
        self.members: Dict[str, Member] = {}
        self.coordinators: List[Coordinator] = []
        for i in range(coordinators):
            self.coordinators.append(Coordinator(network.place(f"coordinator {i}") if network else None, heartbeat_ms))

    def start(self, count: int, plan=(), minimum: Optional[int] = None, environment: Optional[dict] = None, **more) -> List[Member]:
        """Starts members; the first epoch forms with as many as are started here, unless it is said otherwise."""
        started = []
        for bit in range(len(self.members), len(self.members) + count):
            label = chr(ord("a") + bit)
            variables = {
                "COLLECTIVES_MIN_MEMBERS": str(minimum or count),
                "COLLECTIVES_HEARTBEAT_MS": str(self.heartbeat_ms),
                "COLLECTIVES_DEADLINE_MS": "60000",
                "COLLECTIVES_LANES": str(self._lanes),
                **(environment or {}),
            }
            place = self.network.place(label) if self.network else None
            addresses = ",".join(one.address for one in self.coordinators)
            member = Member(label, bit, addresses, place, plan, variables, **{**self._options, **more})
            self.members[label] = member
            self._watch.add(member)
            started.append(member)
        return started

    def wait(self, condition: Callable[[], bool], seconds: float, what: str) -> None:
        """Fails, with all that is known, if a member fails or the time is over."""

        def seen() -> bool:
            for member in self.members.values():
                assert not member.errors, self._words(f"{member.label} has failed")
            return condition()

        self._watch.until(seen, seconds, lambda: self._words(f"not so: {what}"))

    def check(self, condition: bool, otherwise: str) -> None:
        """Fails with all that is known."""
        assert condition, self._words(otherwise)

    def wait_for_joined(self, members: Iterable[Member]) -> None:
        members = list(members)
        self.wait(lambda: all(member.report.first is not None for member in members), JOIN_SECONDS, "all have joined")

    def wait_for_told(self, member: Member, seconds: float = JOIN_SECONDS) -> None:
        self.wait(lambda: bool(member.told), seconds, f"{member.label} has come to its fault")

    def wait_for_results(self, members: Iterable[Member], after_ns: int, seconds: float, count: int = 5,
                         such: Callable[[Result], bool] = lambda result: True) -> None:
        """Each of them gets so many results after that moment."""
        members = list(members)
        self.wait(
            lambda: all(sum(1 for result in member.report.results.values() if result.ns > after_ns and such(result)) >= count for member in members),
            seconds, f"{[member.label for member in members]} get {count} results more",
        )

    def wait_for_gone(self, members: Iterable[Member], seconds: float) -> None:
        members = list(members)
        self.wait(lambda: all(member.report.left for member in members), seconds, f"{[member.label for member in members]} have ended with an error")

    def kill(self, members: Iterable[Member]) -> int:
        for member in members:
            member.signal(signal.SIGKILL)
        return now_ns()

    def stop(self, members: Iterable[Member], seconds: float = 10) -> None:
        """Has the members end their stream together."""
        members = list(members)
        for member in members:
            member.say("sg")
        self.wait(lambda: all(member.report.left for member in members), seconds, f"{[member.label for member in members]} have ended")
        for member in members:
            assert member.process.wait(timeout=5) == 0, member.describe()

    def close(self) -> None:
        for member in self.members.values():
            member.close()
        for coordinator in self.coordinators:
            coordinator.close()
        self._watch.close()
        if self.network:
            self.network.heal()

    def _words(self, what: str) -> str:
        lines = [what, *(member.describe() for member in self.members.values())]
        for coordinator in self.coordinators:
            lines += [f"coordinator {coordinator.address} has noted:", *(f"    {note}" for note in coordinator.notes())]
        return "\n    ".join(lines)

    # ---- What must be true

    def check_agreement(self, survivors: Iterable[Member]) -> None:
        """
        Every operation ended alike on all that it ended on. (Each member has checked that its result is exactly the sum over
        those that it names; so the same names are the same bits.) Whoever is in a result and has survived has it too.
        """
        survivors = list(survivors)
        known = sum(1 << member.bit for member in self.members.values())
        for member in self.members.values():
            for number, result in member.report.results.items():
                assert result.members | known == known
                for other in self.members.values():
                    theirs = other.report.results.get(number)
                    if theirs is not None:
                        assert theirs[:3] == result[:3], (
                            f"operation {number} ended as {result} on {member.label}, as {theirs} on {other.label}\n" + self._words(""))
                for other in survivors:
                    if result.members >> other.bit & 1:
                        assert number in other.report.results, (
                            f"operation {number} has ended as {result} on {member.label}, and {other.label} does not know of it\n" + self._words(""))
        ends = {max(member.report.results) for member in survivors}
        assert len(ends) == 1, f"the survivors ended after operations {ends}"
        for member in survivors:
            numbers = sorted(member.report.results)
            assert numbers == list(range(member.report.first, numbers[-1] + 1)), f"{member.label} has gaps: {numbers}"
        for number in range(max(member.report.first for member in survivors), ends.pop() + 1):
            for member in survivors:
                mask = survivors[0].report.results[number].members
                assert mask >> member.bit & 1, f"operation {number} is without {member.label}: {mask:#x}\n" + self._words("")

    def check_nothing_is_held(self, survivors: Iterable[Member], baseline: tuple) -> None:
        """Descriptors, threads and memory, after all is over, are what they are when nothing has happened."""
        for member in survivors:
            descriptors, threads, held = member.report.left
            assert (descriptors, threads) == baseline[:2], f"{member.label} holds {descriptors} descriptors and {threads} threads, expected {baseline[:2]}"
            assert held <= baseline[2] + SLACK_BYTES, f"{member.label} holds {held} bytes of memory, expected {baseline[2]}"


SLACK_BYTES = 64 * 1024
