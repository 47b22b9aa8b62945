"""The libraries that are compared, and how each one's client is started."""

import os
import tempfile

from .group import Group

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILT = os.path.join(ROOT, "build", "perf")

# Algorithms of each library that has several; "gloo best" is the fastest of them per size.
GLOO_IN_PLACE = ["ring", "bcube", "old-ring", "old-chunked", "old-halving", "old-bcube"]
GLOO_OUT_OF_PLACE = ["ring", "bcube"]
GLOO = {"reduce_scatter": ["old-halving"], "broadcast": ["default", "old-one-to-all"],
        "barrier": ["default", "old-all-to-all", "old-all-to-one"]}
OPENMPI = {"reduce_scatter": ["default", "counts"]}

# The fastest raw ring found on loopback: calls of 512 KiB to 1 MiB (16 KiB: a third of that), one connection (two
# and four gain nothing), a spin that yields before poll, no-delay, the kernel's own socket buffers.
CEILING_OPTIONS = ["--segment", "1048576", "--call", "524288", "--spin-us", "100"]


def kernel_congestion():
    with open("/proc/sys/net/ipv4/tcp_congestion_control") as setting:
        return setting.read().strip()


class Launcher:
    """Starts groups; owns the directory with their boards."""

    def __init__(self, library_path=None):
        self._directory = tempfile.TemporaryDirectory(prefix="collectives-bench-", dir="/dev/shm")
        self._library_path = library_path or os.path.join(ROOT, "dist", "lib")
        self._started = []

    def _start(self, name, commands, environment=None):
        group = Group(name, commands, self._directory.name, environment)
        self._started.append(group)
        return group

    def _board(self):
        return os.path.join(self._directory.name, f"board-{len(self._started)}")

    def _forced(self, congestion):
        """Environment that forces a congestion control on a program that has no setting for it."""
        if congestion is None:
            return {}
        return {"LD_PRELOAD": os.path.join(BUILT, "congestion_preload.so"), "BENCH_CONGESTION": congestion}

    def _ranks(self, client, board, world, *more):
        return [[*client, board, str(rank), str(world), *more] for rank in range(world)]

    def ceiling(self, world, congestion=None, add=False, options=None):
        client = [os.path.join(BUILT, "raw_ring"), *(CEILING_OPTIONS if options is None else options)]
        client += ["--congestion", congestion] if congestion else []
        client += ["--add"] if add else []
        return self._start("ceiling" + ("+add" if add else ""), self._ranks(client, self._board(), world))

    def gloo(self, world, congestion=None):
        board = self._board()
        store = board + "-store"
        os.mkdir(store)
        return self._start("gloo", self._ranks([os.path.join(BUILT, "gloo_bench")], board, world, store),
                           self._forced(congestion))

    def openmpi(self, world, transport, congestion=None, mca=()):
        """transport: "tcp" (ob1 over btl tcp on lo) or "default" (what Open MPI chooses: shared memory)."""
        command = ["mpirun", "--allow-run-as-root", "--oversubscribe", "-n", str(world)]
        if transport == "tcp":
            command += ["--mca", "pml", "ob1", "--mca", "btl", "tcp,self", "--mca", "btl_tcp_if_include", "lo"]
        for name, value in mca:
            command += ["--mca", name, str(value)]
        for name, value in self._forced(congestion).items():
            command += ["-x", f"{name}={value}"]
        return self._start(f"openmpi-{transport}", [[*command, os.path.join(BUILT, "mpi_bench"), self._board()]])

    def ours(self, world, congestion=None, options=(), library_path=None):
        client = [os.path.join(BUILT, "coll_bench"), *options]
        client += ["--congestion", congestion] if congestion else []
        search = os.pathsep.join(filter(None, [library_path or self._library_path, os.environ.get("LD_LIBRARY_PATH")]))
        return self._start("ours", self._ranks(client, self._board(), world), {"LD_LIBRARY_PATH": search})

    def close(self):
        for group in self._started:
            group.close()
        self._directory.cleanup()
