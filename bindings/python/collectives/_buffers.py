"""From a user's object to (address, elements, element type): the one place that decides what is a buffer.

Torch tensors and numpy arrays are recognised without importing either package: an object of theirs
cannot exist before its package is in sys.modules. Everything else goes through the buffer protocol.
The way chosen for a type is remembered, since a collective of 4 KiB is over in tens of microseconds.
"""

import sys
from typing import Any, Callable, Dict, NamedTuple, Optional, Tuple

from . import _numpy_buffers, _plain_buffers, _torch_buffers
from ._dtypes import DTYPES, SIZES, dtype_name
from .errors import InvalidArgument


class Buffer(NamedTuple):
    """A described buffer. `owner` keeps the memory alive and, for plain buffers, from being resized."""

    address: int
    elements: int
    dtype: int
    writable: bool
    owner: Any


Describe = Callable[[str, Any, Optional[int]], Tuple[int, int, int, bool, Any]]

_DESCRIBE: Dict[type, Describe] = {}


def describe(name: str, value: Any, dtype: Optional[int] = None) -> Buffer:
    """Describes `value`; `name` is the argument's, for messages. `dtype` overrides what the object says.

    InvalidArgument: not contiguous, not on the CPU, an element type that collectives lack, or no buffer.
    """
    known = _DESCRIBE.get(type(value))
    if known is None:
        known = _DESCRIBE[type(value)] = _way_for(value)
    return Buffer._make(known(name, value, dtype))


def pair(value: Any, out: Any, dtype: Optional[int] = None) -> Tuple[Buffer, Buffer]:
    """Describes source and destination and checks that they fit each other. In place, both are the same."""
    source = describe("tensor", value, dtype)
    if out is None or out is value:
        if not source.writable:
            raise InvalidArgument(
                "tensor: expected a writable buffer, since the result replaces it, found a read-only "
                f"{type(value).__name__}; pass a writable one as out="
            )
        return source, source
    target = describe("out", out, dtype)
    if not target.writable:
        raise InvalidArgument(f"out: expected a writable buffer, found a read-only {type(out).__name__}")
    if source.dtype != target.dtype:
        raise InvalidArgument(
            f"out: expected {dtype_name(source.dtype)} elements as in tensor, found {dtype_name(target.dtype)}"
        )
    source_shape, target_shape = tuple(source.owner.shape), tuple(target.owner.shape)
    if source.elements != target.elements or source_shape != target_shape:
        raise InvalidArgument(f"out: expected shape {source_shape} as of tensor, found {target_shape}")
    length = source.elements * SIZES[source.dtype]
    if source.address != target.address and abs(source.address - target.address) < length:
        raise InvalidArgument(
            "out: expected the same memory as tensor or none of it, found an overlap of "
            f"{length - abs(source.address - target.address)} bytes"
        )
    return source, target


def dtype_number(dtype: Optional[str]) -> Optional[int]:
    """The C number of an element type's name."""
    if dtype is None:
        return None
    number = DTYPES.get(dtype) if isinstance(dtype, str) else None
    if number is None:
        raise InvalidArgument(f"dtype: expected one of {', '.join(map(repr, DTYPES))}, found {dtype!r}")
    return number


def _way_for(value: Any) -> Describe:
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, getattr(torch, "Tensor", ())):
        return _torch_buffers.describe
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, getattr(numpy, "ndarray", ())):
        return _numpy_buffers.describe
    return _plain_buffers.describe
