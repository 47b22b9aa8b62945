"""Buffers with a part for each slot: how long they have to be, and where a member's own part is."""

from ctypes import c_uint64
from typing import Any, Iterable, NamedTuple, Optional, Tuple

from ._arguments import integer
from ._buffers import Buffer, describe
from ._dtypes import SIZES, dtype_name
from .errors import InvalidArgument

_MOST = 2**62


class Layout(NamedTuple):
    """A buffer with a part for each slot, in elements."""

    total: int
    before: int
    """in front of this member's own part"""
    own: int


def even(name: str, buffer: Buffer, slots: int, slot: int) -> Layout:
    """The buffer cut into a part of the same length for each slot."""
    own, rest = divmod(buffer.elements, slots)
    if rest:
        raise InvalidArgument(
            f"{name}: expected a multiple of {slots} elements, which is a part for each slot, found {buffer.elements}"
        )
    return Layout(buffer.elements, slot * own, own)


def of_counts(name: str, counts: Iterable[int], slots: int, slot: int) -> Tuple[Layout, Any]:
    """The layout that the counts say, and the counts as a C array."""
    try:
        found = [integer(f"{name}[{index}]", count, 0, _MOST) for index, count in enumerate(counts)]
    except TypeError:
        raise InvalidArgument(f"{name}: expected {slots} ints, one for each slot, found {counts!r}") from None
    if len(found) != slots:
        raise InvalidArgument(f"{name}: expected {slots} ints, one for each slot, found {len(found)}")
    return Layout(sum(found), sum(found[:slot]), found[slot]), (c_uint64 * slots)(*found)


def expect(name: str, buffer: Buffer, elements: int, what: str) -> None:
    """Checks a buffer's length."""
    if buffer.elements != elements:
        raise InvalidArgument(f"{name}: expected {elements} elements, {what}, found {buffer.elements}")


def writable(name: str, buffer: Buffer) -> None:
    """Checks that a buffer can be written."""
    if not buffer.writable:
        raise InvalidArgument(f"{name}: expected a writable buffer, found a read-only {type(buffer.owner).__name__}")


def target(value: Any, source: Optional[Buffer], dtype: Optional[int]) -> Buffer:
    """Describes `out`: writable, and of the source's element type."""
    found = describe("out", value, dtype)
    writable("out", found)
    if source is not None and found.dtype != source.dtype:
        raise InvalidArgument(
            f"out: expected {dtype_name(source.dtype)} elements as in tensor, found {dtype_name(found.dtype)}"
        )
    return found


def own_part(buffer: Buffer, layout: Layout) -> int:
    """The address of this member's part."""
    return buffer.address + layout.before * SIZES[buffer.dtype]


def received(tensor: Any, out: Any, dtype: Optional[int]) -> Buffer:
    """What a member that only receives gets its elements in: out, or tensor."""
    name, value = ("tensor", tensor) if out is None else ("out", out)
    found = describe(name, value, dtype)
    writable(name, found)
    return found
