"""Torch's reduction operators in the library's words."""

from typing import Any, Dict, List, Tuple

import torch
from torch.distributed import ReduceOp

from ._tensors import KNOWN

_NAMES: List[Tuple[Any, str]] = [
    (ReduceOp.SUM, "sum"),
    (ReduceOp.PRODUCT, "prod"),
    (ReduceOp.MIN, "min"),
    (ReduceOp.MAX, "max"),
    (ReduceOp.AVG, "avg"),
]

# Of truth values, which are bytes of 0 and 1.
_LOGICAL: Dict[str, str] = {"sum": "max", "max": "max", "prod": "min", "min": "min"}


def op_name(op: Any, tensor: torch.Tensor) -> str:
    """The library's name of torch's operator (or of the options that hold one) for elements like the tensor's."""
    op = getattr(op, "reduceOp", op)
    name = next((name for known, name in _NAMES if known == op), "")
    if tensor.dtype is torch.bool:
        name = _LOGICAL.get(name, "max" if op == ReduceOp.BOR else "min" if op == ReduceOp.BAND else "")
    elif tensor.dtype not in KNOWN:
        raise TypeError(f"expected elements of one of {', '.join(map(str, KNOWN))} or torch.bool, found {tensor.dtype}")
    if not name:
        raise ValueError(f"expected SUM, PRODUCT, MIN, MAX or AVG (BOR or BAND of torch.bool), found {op} of {tensor.dtype}")
    return name
