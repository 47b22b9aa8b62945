"""The library's log, as records of Python's `logging`."""

import atexit
import logging
from ctypes import CFUNCTYPE, c_char_p, c_int32, c_void_p, cast
from typing import Any, List, Optional

from . import _abi
from ._arguments import choice
from ._library import failure, library

LEVELS = {
    "error": _abi.LOG_ERROR,
    "warning": _abi.LOG_WARNING,
    "info": _abi.LOG_INFO,
    "debug": _abi.LOG_DEBUG,
}

_LOGGING = {
    _abi.LOG_ERROR: logging.ERROR,
    _abi.LOG_WARNING: logging.WARNING,
    _abi.LOG_INFO: logging.INFO,
    _abi.LOG_DEBUG: logging.DEBUG,
}

_CALLBACK = CFUNCTYPE(None, c_void_p, c_int32, c_char_p)
_kept: List[Any] = []  # what C calls, or has called: of two threads that set a log at once, either may be the last


def set_log(level: Optional[str] = "info", logger: Optional[logging.Logger] = None) -> None:
    """Sends the library's log to Python's `logging`.

    level   "error", "warning", "info" or "debug" (every operation); None ends it, and leaves the log to the
            environment variable COLLECTIVES_LOG, which sends it to standard error
    logger  takes the records; `logging.getLogger("collectives")`. Its own level counts too.

    The log is the process's. Each record's message is one line of key=value pairs ("event=member_lost
    epoch=3 ..."). They are emitted on a thread of the library's, one at a time, in order; a slow handler holds
    up no operation.
    """
    number = _abi.LOG_OFF if level is None else LEVELS.get(level) or choice("level", level, LEVELS)
    target = logger if logger is not None else logging.getLogger("collectives")

    def emit(_user: Any, of: int, line: bytes) -> None:
        target.log(_LOGGING.get(of, logging.ERROR), "%s", line.decode("utf-8", "replace"))

    callback = None if level is None else _CALLBACK(emit)
    if callback is not None:
        if not _kept:
            # A call into an interpreter that is gone would end the process.
            atexit.register(_end)
        _kept.append(callback)
    status = library().coll_set_log(None if callback is None else cast(callback, c_void_p), None, number)
    if status != _abi.OK:
        raise failure(status)


def _end() -> None:
    library().coll_set_log(None, None, _abi.LOG_OFF)
