"""The element types: names, numbers, sizes."""

from typing import Dict

from . import _abi
from .errors import InvalidArgument

DTYPES: Dict[str, int] = {
    "i8": _abi.I8,
    "u8": _abi.U8,
    "i16": _abi.I16,
    "u16": _abi.U16,
    "i32": _abi.I32,
    "u32": _abi.U32,
    "i64": _abi.I64,
    "u64": _abi.U64,
    "f16": _abi.F16,
    "bf16": _abi.BF16,
    "f32": _abi.F32,
    "f64": _abi.F64,
}
NAMES: Dict[int, str] = {number: name for name, number in DTYPES.items()}
SIZES: Dict[int, int] = {number: int(name.lstrip("iubf")) // 8 for name, number in DTYPES.items()}


def dtype_name(number: int) -> str:
    """ "f32" for COLL_F32, and so on."""
    return NAMES[number]


def unsupported(name: str, found: object) -> InvalidArgument:
    """The error for an element type that collectives lack."""
    return InvalidArgument(f"{name}: expected elements of type {', '.join(DTYPES)}, found {found}")


def recount(name: str, count: int, size: int, dtype: int, bytes_only: bool) -> int:
    """The count when a buffer's memory is read as another type: bytes as anything, else the same size."""
    wanted = SIZES[dtype]
    if size == wanted:
        return count
    if not bytes_only:
        raise InvalidArgument(
            f"{name}: expected elements of {wanted} bytes (or single bytes) to be read as {NAMES[dtype]}, "
            f"found elements of {size} bytes"
        )
    if count % wanted:
        raise InvalidArgument(
            f"{name}: expected a multiple of {wanted} bytes to be read as {NAMES[dtype]}, found {count} bytes"
        )
    return count // wanted
