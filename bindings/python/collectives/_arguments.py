"""Python arguments -> C values, each checked for what C could not see: a float that is no number, an int
that does not fit its field, a zero that C would read as "default"."""

from ctypes import byref, sizeof
from functools import lru_cache
from math import ceil, isfinite
from typing import Any, Dict, Optional

from . import _abi
from .errors import InvalidArgument

OPS: Dict[str, int] = {
    "sum": _abi.SUM,
    "avg": _abi.AVG,
    "prod": _abi.PROD,
    "min": _abi.MIN,
    "max": _abi.MAX,
}
ALGORITHMS: Dict[str, int] = {
    "auto": _abi.ALGORITHM_AUTO,
    "ring": _abi.ALGORITHM_RING,
    "exchange": _abi.ALGORITHM_EXCHANGE,
    "star": _abi.ALGORITHM_STAR,
    "two_way_ring": _abi.ALGORITHM_TWO_WAY_RING,
    "tree": _abi.ALGORITHM_TREE,
    "halving": _abi.ALGORITHM_HALVING,
    "direct": _abi.ALGORITHM_DIRECT,
    "hierarchical": _abi.ALGORITHM_HIERARCHICAL,
}
RECOVER: Dict[str, int] = {"input": _abi.RECOVER_INPUT, "none": _abi.RECOVER_NONE}
ON_LATE: Dict[str, int] = {
    "wait": _abi.ON_LATE_WAIT,
    "evict": _abi.ON_LATE_EVICT,
    "proceed": _abi.ON_LATE_PROCEED,
}
ON_LOSS: Dict[str, int] = {"retry": _abi.ON_LOSS_RETRY, "fail": _abi.ON_LOSS_FAIL}

_U32 = 0xFFFFFFFF


def choice(name: str, value: Any, choices: Dict[str, int]) -> int:
    """The number of a named choice."""
    number = choices.get(value) if isinstance(value, str) else None
    if number is None:
        raise InvalidArgument(f"{name}: expected one of {', '.join(map(repr, choices))}, found {value!r}")
    return number


def integer(name: str, value: Any, low: int, high: int) -> int:
    """An int within low..high. Anything with __index__ will do, bool will not."""
    try:
        number = None if isinstance(value, bool) else value.__index__()
    except AttributeError:
        number = None
    if number is None or not low <= number <= high:
        raise InvalidArgument(f"{name}: expected an int in {low}..{high}, found {value!r}")
    return int(number)


def count32(name: str, value: Optional[int], high: int = _U32) -> int:
    """A field in which None is C's zero, the default, and an explicit 0 is as well."""
    return 0 if value is None else integer(name, value, 0, high)


def units(name: str, value: Optional[float], per_second: int, high: int = _U32) -> int:
    """Seconds -> whole units of a C field, rounded up so that no positive time becomes C's default."""
    if value is None:
        return 0
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        seconds = -1.0
    if not (isfinite(seconds) and 0.0 < seconds and seconds * per_second <= high):
        raise InvalidArgument(
            f"{name}: expected seconds, more than 0 and at most {high // per_second}, found {value!r}"
        )
    return ceil(seconds * per_second)


def text(name: str, value: Optional[str]) -> Optional[bytes]:
    """A C string, or None for the default."""
    if value is None:
        return None
    if not isinstance(value, str) or "\0" in value:
        raise InvalidArgument(f"{name}: expected a str without zero characters, found {value!r}")
    return value.encode()


@lru_cache(maxsize=256, typed=True)
def options(
    tag: int,
    algorithm: str,
    weight: Optional[float],
    recover: str,
    on_loss: str,
    on_late: str,
    min_participants: int,
    contribution: Optional[int],
    deadline: Optional[float],
    priority: int,
) -> Any:
    """A pointer to coll_options. The library copies it within the call, so equal ones are shared."""
    if weight is not None and not (isfinite(weight) and weight > 0.0):
        raise InvalidArgument(f"weight: expected a finite number above 0, found {weight!r}")
    return byref(
        _abi.Options(
            sizeof(_abi.Options),
            integer("tag", tag, 0, 0x7FFFFFFF),
            choice("algorithm", algorithm, ALGORITHMS),
            choice("recover", recover, RECOVER),
            weight or 0.0,
            units("deadline", deadline, 1000, 2**53),
            choice("on_loss", on_loss, ON_LOSS),
            choice("on_late", on_late, ON_LATE),
            contribution,
            integer("min_participants", min_participants, 1, 4096),
            integer("priority", priority, -100, 100),
        )
    )


def shared_options(
    *,
    tag: int = 0,
    algorithm: str = "auto",
    weight: Optional[float] = None,
    recover: str = "input",
    on_loss: str = "retry",
    on_late: str = "wait",
    min_participants: int = 1,
    deadline: Optional[float] = None,
    priority: int = 0,
) -> Any:
    """The options that every collective takes, from its keyword arguments, as a pointer to coll_options."""
    return options(
        tag,
        algorithm,
        None if weight is None else float(weight),
        recover,
        on_loss,
        on_late,
        min_participants,
        None,
        deadline,
        priority,
    )
