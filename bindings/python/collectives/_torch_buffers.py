"""Torch tensors as buffers: dense, contiguous, on the CPU. Works with torch 1.13 and later."""

import sys
from typing import Any, Dict, Optional, Tuple

from . import _abi
from ._dtypes import recount, unsupported
from .errors import InvalidArgument

_NUMBERS = {
    "int8": _abi.I8,
    "uint8": _abi.U8,
    "int16": _abi.I16,
    "uint16": _abi.U16,  # the unsigned types beyond uint8 exist from torch 2.3 on
    "int32": _abi.I32,
    "uint32": _abi.U32,
    "int64": _abi.I64,
    "uint64": _abi.U64,
    "float16": _abi.F16,
    "bfloat16": _abi.BF16,
    "float32": _abi.F32,
    "float64": _abi.F64,
}
_DTYPES: Dict[Any, int] = {}
_STRIDED: Any = None  # torch.strided, once torch is known to be there


def describe(name: str, tensor: Any, dtype: Optional[int]) -> Tuple[int, int, int, bool, Any]:
    """(address, count, element type, writable, owner) of a tensor."""
    if not tensor.is_cpu:
        raise InvalidArgument(
            f"{name}: expected a tensor on the CPU, found one on {tensor.device}; copy it with .cpu()"
        )
    if tensor.layout is not _STRIDED:
        _require_strided(name, tensor)
    number = _DTYPES.get(tensor.dtype) or _number(name, tensor)
    if not tensor.is_contiguous():
        raise InvalidArgument(
            f"{name}: expected a contiguous tensor, found shape {tuple(tensor.shape)} with strides "
            f"{tensor.stride()}; copy it with .contiguous()"
        )
    if tensor.is_neg():  # a view like x.conj().imag, whose memory holds the negated values
        raise InvalidArgument(f"{name}: expected plain memory, found a lazily negated view; use .resolve_neg()")
    count = tensor.numel()
    if dtype is not None and dtype != number:
        count = recount(name, count, tensor.element_size(), dtype, tensor.element_size() == 1)
        number = dtype
    return tensor.data_ptr(), count, number, True, tensor


def _require_strided(name: str, tensor: Any) -> None:
    global _STRIDED
    _STRIDED = sys.modules["torch"].strided
    if tensor.layout is not _STRIDED:
        raise InvalidArgument(f"{name}: expected a dense tensor, found {tensor.layout}; convert it with .to_dense()")


def _number(name: str, tensor: Any) -> int:
    """The slow way, for what the table lacks: fills the table, or says what is wrong."""
    torch = sys.modules["torch"]
    if not _DTYPES:
        _DTYPES.update({getattr(torch, key): value for key, value in _NUMBERS.items() if hasattr(torch, key)})
    number = _DTYPES.get(tensor.dtype)
    if number is None:
        raise unsupported(name, tensor.dtype)
    return number
