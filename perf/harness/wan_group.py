"""The library's members on emulated sites: a coordinator at the first, a stream of all-reduces from all."""

import json
import os
import subprocess
import tempfile

from .emulator import EmulatorError
from .libraries import BUILT, ROOT

PORT = 29400
TOOL = os.path.join(ROOT, "dist", "bin", "collectives")


class Coordinator:
    def __init__(self, site):
        self._site, self.address = site, f"{site.address}:{PORT}"
        self._process = site.start(TOOL, "coordinator", "--listen", self.address, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        site.wait_for_listener(PORT, self._process)

    def group(self):
        """The one group, as `collectives status --json` shows it; None as long as nobody is there."""
        groups = json.loads(self._site.run(TOOL, "status", self.address, "--json"))["groups"]
        return groups[0] if groups else None

    def close(self):
        self._process.kill()
        self._process.wait()


def places(group, sites):
    """By rank, the number of the site that the member is at."""
    at = {site.address: index for index, site in enumerate(sites)}
    return {member["rank"]: at[member["address"].rsplit(":", 1)[0]] for member in group["members"] if member["rank"] >= 0}


def rings(group, sites):
    """The ways round the sites that the coordinator has chosen, and the share of the data on each; none while a member of them is not there."""
    at = places(group, sites)
    if not all(rank in at for ring in group["order"]["rings"] for rank in ring["ranks"]):
        return []
    return [{"sites": [at[rank] for rank in ring["ranks"]], "share": ring["share"]} for ring in group["order"]["rings"]]


def pairs(ring):
    """Who sends to whom on a ring of sites."""
    return list(zip(ring, [*ring[1:], ring[0]]))


class Stream:
    """coll_stream on every site, under way from the moment it is made."""

    def __init__(self, sites, coordinator, size, in_flight, seconds, lanes=None, congestion=None, library=None, keep_order=False, algorithm=0):
        self._board = tempfile.TemporaryDirectory(prefix="collectives-wan-", dir="/dev/shm")
        options = ["--bytes", str(size), "--in-flight", str(in_flight), "--seconds", str(seconds), "--coordinator", coordinator.address]
        options += ["--lanes", str(lanes)] if lanes else []
        options += ["--congestion", congestion] if congestion else []
        options += ["--keep-order"] if keep_order else []
        options += ["--algorithm", str(algorithm)] if algorithm else []
        environment = dict(os.environ, LD_LIBRARY_PATH=library or os.path.join(ROOT, "dist", "lib"))
        self._timeout = seconds + 180
        self._processes = [
            site.start(os.path.join(BUILT, "coll_stream"), *options, os.path.join(self._board.name, "board"), str(rank), str(len(sites)),
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
            for rank, site in enumerate(sites)]

    @property
    def is_running(self):
        return all(process.poll() is None for process in self._processes)

    def result(self):
        """Waits for the end; rank 0's record (see perf/Collectives/coll_stream.c)."""
        try:
            said = [process.communicate(timeout=self._timeout) for process in self._processes]
        finally:
            for process in self._processes:
                process.kill()
            self._board.cleanup()
        failed = [errors.strip() for (_, errors), process in zip(said, self._processes) if process.returncode != 0]
        if failed:
            raise EmulatorError("coll_stream: " + "; ".join(failed))
        return json.loads(said[0][0])


def operations_by(ends_ns, seconds):
    """How many operations had ended by then; in between two ends, in proportion."""
    before = 0.0
    for number, end in enumerate(ends_ns):
        if end / 1e9 > seconds:
            return number + (seconds - before) / (end / 1e9 - before)
        before = end / 1e9
    return float(len(ends_ns))
