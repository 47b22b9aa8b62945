"""Fault-tolerant collective communication over TCP, for torch tensors, numpy arrays and plain buffers.

    import collectives

    with collectives.Communicator("10.0.0.1:29400", min_members=4) as comm:
        comm.all_reduce(gradient, "avg")          # in place; every member ends with the same bits

A `Coordinator` holds the roster (or run `collectives coordinator`); a `Communicator` is this process as
a member; a `Work` is a collective that runs in the background. Neither torch nor numpy is needed to
import the package, and libcollectives.so is loaded at the first use, not at the import.

Times are seconds, as floats. Every function may be called from any thread; the interpreter lock is free
while the library works or waits, and Ctrl-C ends a wait within about 100 ms. What fails raises a subclass
of `CollectivesError` that carries the C status and the library's own words.
"""

from ._library import LibraryNotFound, abi_version, version_string
from .communicator import Communicator
from .coordinator import Coordinator
from .errors import (
    Aborted,
    CollectivesError,
    CoordinatorUnreachable,
    DeadlineExceeded,
    Evicted,
    Forked,
    InternalFault,
    InvalidArgument,
    InvalidHandle,
    Left,
    Mismatch,
    OutOfMemory,
    PeerLost,
    Refused,
    SystemRefused,
    Timeout,
)
from .log import set_log
from .results import EpochInfo, Result, Statistics
from .work import Work

__all__ = [
    "Aborted",
    "CollectivesError",
    "Communicator",
    "Coordinator",
    "CoordinatorUnreachable",
    "DeadlineExceeded",
    "EpochInfo",
    "Evicted",
    "Forked",
    "InternalFault",
    "InvalidArgument",
    "InvalidHandle",
    "Left",
    "LibraryNotFound",
    "Mismatch",
    "OutOfMemory",
    "PeerLost",
    "Refused",
    "Result",
    "Statistics",
    "SystemRefused",
    "Timeout",
    "Work",
    "abi_version",
    "set_log",
    "version_string",
]
