"""Starts a coordinator and N copies of a script as its members, and relays what they print."""

import subprocess
import sys
import threading
from typing import IO, List, Sequence

import collectives


def launch(script: str, members: int, arguments: Sequence[str]) -> int:
    """Runs `script --coordinator ADDRESS --members N ARGUMENTS...` N times; 0 if all of them end with 0."""
    with collectives.Coordinator() as coordinator:
        print(f"coordinator at {coordinator.address}, starting {members} members", flush=True)
        command = [sys.executable, "-u", script, "--coordinator", coordinator.address, "--members", str(members)]
        processes = [
            subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            for _ in range(members)
        ]
        relays = [
            threading.Thread(target=_relay, args=(f"[process {index}] ", process.stdout))
            for index, process in enumerate(processes)
        ]
        for relay in relays:
            relay.start()
        try:
            codes = [process.wait() for process in processes]
        except KeyboardInterrupt:  # a terminal's Ctrl-C has reached the members as well
            codes = _end(processes)
        for relay in relays:
            relay.join()
    failed = [f"process {index} ended with {code}" for index, code in enumerate(codes) if code != 0]
    print("; ".join(failed) if failed else f"all {members} members ended well", flush=True)
    return 1 if failed else 0


def _relay(prefix: str, lines: IO[str]) -> None:
    for line in lines:
        print(prefix + line, end="", flush=True)


def _end(processes: List["subprocess.Popen[str]"]) -> List[int]:
    """Gives the processes some time to end by themselves, then terminates the rest."""
    for process in processes:
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.terminate()
    return [process.wait() for process in processes]
