"""One exception class per C status.

Each carries `status` (the C number), `status_name` ("COLL_ERR_MISMATCH") and `message` (the library's
words: member, address, phase, bytes, argument, expected, found). Where Python has a built-in class of the
same meaning, the exception is one of those too, so that `except TimeoutError` catches what it says.
"""

from typing import Dict, Type


class CollectivesError(Exception):
    """The root of all errors of this package.

    status       the C status, negative for errors
    status_name  its name in collectives.h
    message      what happened, in words; also str(error)
    """

    status: int = 0
    status_name: str = "COLL_UNKNOWN"

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message


class Timeout(CollectivesError, TimeoutError):
    """A wait ended before the work did; the work goes on and may be waited for again."""

    status, status_name = 1, "COLL_TIMEOUT"


class InvalidArgument(CollectivesError, ValueError):
    """An argument or buffer that cannot be used; the message says which, what was expected and found."""

    status, status_name = -10, "COLL_ERR_INVALID_ARGUMENT"


class InvalidHandle(CollectivesError):
    """The communicator, work or coordinator has been destroyed."""

    status, status_name = -11, "COLL_ERR_INVALID_HANDLE"


class Mismatch(CollectivesError):
    """Members called with different count, type or op. Raised on all sides; the message shows both calls."""

    status, status_name = -12, "COLL_ERR_MISMATCH"


class Forked(CollectivesError):
    """Called in a child of fork(); create communicators after the fork instead."""

    status, status_name = -13, "COLL_ERR_FORKED"


class PeerLost(CollectivesError, ConnectionError):
    """A member died or became unreachable; the message names it. Inputs are as they were."""

    status, status_name = -30, "COLL_ERR_PEER_LOST"


class Evicted(CollectivesError):
    """The other members went on without this one."""

    status, status_name = -31, "COLL_ERR_EVICTED"


class CoordinatorUnreachable(CollectivesError, ConnectionError):
    """None of the coordinator's addresses answered."""

    status, status_name = -32, "COLL_ERR_COORDINATOR"


class Refused(CollectivesError):
    """The other side refused this member: wrong token, version or group."""

    status, status_name = -33, "COLL_ERR_REFUSED"


class DeadlineExceeded(CollectivesError, TimeoutError):
    """The call's deadline passed; the message says who was waited for."""

    status, status_name = -34, "COLL_ERR_DEADLINE"


class Aborted(CollectivesError):
    """`abort` or `destroy` of the communicator ended the call."""

    status, status_name = -35, "COLL_ERR_ABORTED"


class Left(CollectivesError):
    """The communicator has left; only destroy is left to call."""

    status, status_name = -36, "COLL_ERR_LEFT"


class OutOfMemory(CollectivesError, MemoryError):
    """Memory for the operation could not be had."""

    status, status_name = -50, "COLL_ERR_OUT_OF_MEMORY"


class SystemRefused(CollectivesError):
    """The operating system refused something; the message has its error."""

    status, status_name = -51, "COLL_ERR_SYSTEM"


class InternalFault(CollectivesError):
    """A bug in the library: please report the message."""

    status, status_name = -70, "COLL_ERR_INTERNAL"


BY_STATUS: Dict[int, Type[CollectivesError]] = {
    cls.status: cls for cls in CollectivesError.__subclasses__()
}


def error_of(status: int, message: str) -> CollectivesError:
    """The exception for a C status. A status of a newer library gives a plain CollectivesError."""
    cls = BY_STATUS.get(status)
    if cls is not None:
        return cls(message or cls.status_name)
    error = CollectivesError(message or f"status {status}")
    error.status = status
    return error
