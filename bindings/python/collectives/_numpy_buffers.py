"""Numpy arrays as buffers: C-contiguous, in the machine's byte order."""

from typing import Any, Dict, Optional, Tuple

from . import _abi
from ._dtypes import recount, unsupported
from .errors import InvalidArgument

_NUMBERS: Dict[str, int] = {
    "i1": _abi.I8,
    "u1": _abi.U8,
    "i2": _abi.I16,
    "u2": _abi.U16,
    "i4": _abi.I32,
    "u4": _abi.U32,
    "i8": _abi.I64,
    "u8": _abi.U64,
    "f2": _abi.F16,
    "f4": _abi.F32,
    "f8": _abi.F64,
}
_DTYPES: Dict[Any, int] = {}


def describe(name: str, array: Any, dtype: Optional[int]) -> Tuple[int, int, int, bool, Any]:
    """(address, count, element type, writable, owner) of an array."""
    number = _DTYPES.get(array.dtype) or _number(name, array, dtype)
    flags = array.flags
    if not flags.c_contiguous:
        raise InvalidArgument(
            f"{name}: expected a C-contiguous array, found shape {array.shape} with strides {array.strides}; "
            "copy it with numpy.ascontiguousarray"
        )
    count = array.size
    if dtype is not None and dtype != number:
        count = recount(name, count, array.itemsize, dtype, array.itemsize == 1)
        number = dtype
    return array.__array_interface__["data"][0], count, number, flags.writeable, array


def _number(name: str, array: Any, dtype: Optional[int]) -> int:
    """The slow way, for what the table lacks: fills the table, or says what is wrong. 0: the array can't say."""
    found = array.dtype
    if not found.isnative:
        raise InvalidArgument(
            f"{name}: expected the machine's byte order, found {found.str}; convert it with "
            f".astype({found.newbyteorder('=').str!r})"
        )
    number = _NUMBERS.get(found.str[1:])
    if number is None:
        if dtype is not None and found.kind == "V":  # an extension's type, bfloat16 say, read as what dtype= says
            return 0
        raise unsupported(name, f"numpy.{found}")
    _DTYPES[found] = number
    return number
