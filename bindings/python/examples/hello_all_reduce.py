#!/usr/bin/env python3
"""The smallest all-reduce: two processes add up a buffer each.

    python3 hello_all_reduce.py             # starts a coordinator and both members
    python3 hello_all_reduce.py ADDRESS     # one member, of the coordinator at ADDRESS

No numpy, no torch: any buffer will do.
"""

import array
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # from a checkout, without installing

import collectives


def member(coordinator: str) -> None:
    with collectives.Communicator(coordinator, min_members=2) as comm:
        numbers = array.array("d", [comm.rank + 1.0, 10.0, 0.5])
        before = numbers.tolist()
        result = comm.all_reduce(numbers, "sum")
        print(f"rank {comm.rank} of {comm.world}: {before} -> {numbers.tolist()} in {result.seconds * 1e6:.0f} us")


def main() -> int:
    if len(sys.argv) > 1:
        member(sys.argv[1])
        return 0
    with collectives.Coordinator() as coordinator:
        command = [sys.executable, __file__, coordinator.address]
        members = [subprocess.Popen(command) for _ in range(2)]
        return max(process.wait() for process in members)


if __name__ == "__main__":
    sys.exit(main())
