"""The program of a member process: run.py MODULE:FUNCTION JSON_ARGUMENTS."""

import importlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

import collectives  # noqa: E402


class Member:
    """What a member's function is given."""

    label = int(os.environ["MEMBER_LABEL"])

    def connect(self, **config: Any) -> collectives.Communicator:
        """A communicator of the test's group; coordinator and min_members come from the environment."""
        return collectives.Communicator(**config)

    def say(self, event: str, value: Any = None) -> None:
        """Sends an event to the test."""
        sys.stdout.write(json.dumps([event, value]) + "\n")
        sys.stdout.flush()

    def hear(self) -> str:
        """Waits for the test's next line."""
        line = sys.stdin.readline()
        if not line:
            sys.exit("the test has ended")
        return line.strip()


def main() -> None:
    # Shells have their background jobs ignore it, and children inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    module, function = sys.argv[1].split(":")
    member = Member()
    member.say("result", getattr(importlib.import_module(module), function)(member, **json.loads(sys.argv[2])))


if __name__ == "__main__":
    main()
