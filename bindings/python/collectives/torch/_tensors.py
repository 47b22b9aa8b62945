"""Torch's tensors as the library takes them: contiguous, on the CPU, of a type that it knows."""

from typing import Any, Callable, List, Optional, Sequence

import torch

Finish = Callable[[], None]

KNOWN = (
    torch.int8,
    torch.uint8,
    torch.int16,
    torch.int32,
    torch.int64,
    torch.float16,
    torch.bfloat16,
    torch.float32,
    torch.float64,
)


class Staged:
    """A tensor, or a copy that stands for it while the library works; `finish` brings the result back."""

    def __init__(self, tensor: torch.Tensor, *, moved: bool = False) -> None:
        """`moved`: elements only move, so that those of unknown types may pass as bytes."""
        self._tensor = tensor.detach()
        usable = tensor.device.type == "cpu" and tensor.is_contiguous() and tensor.layout is torch.strided
        self._copy = self._tensor if usable else self._tensor.to("cpu").contiguous()
        flat = self._copy.reshape(-1)
        if moved and tensor.dtype not in KNOWN:
            flat = flat.view(torch.uint8)
        self.flat: torch.Tensor = flat

    def finish(self) -> None:
        """Puts what the library has written where it belongs."""
        if self._copy is not self._tensor:
            self._tensor.copy_(self._copy)


def pack(tensors: Sequence[torch.Tensor]) -> torch.Tensor:
    """The tensors' elements, one after the other, in memory of their own."""
    flat = [Staged(tensor, moved=True).flat for tensor in tensors]
    return torch.cat(flat) if flat else torch.empty(0)


def unpack(packed: torch.Tensor, tensors: Sequence[torch.Tensor]) -> None:
    """The reverse of `pack`."""
    at = 0
    for tensor in tensors:
        target = Staged(tensor, moved=True)
        length = target.flat.numel()
        target.flat.copy_(packed[at : at + length])
        target.finish()
        at += length


def lengths(tensors: Sequence[torch.Tensor]) -> List[int]:
    """How many elements of the packed buffer each tensor has."""
    return [
        tensor.numel() * (1 if tensor.dtype in KNOWN else tensor.element_size()) for tensor in tensors
    ]


def like(tensor: torch.Tensor, elements: int) -> torch.Tensor:
    """A buffer for so many elements of a packed buffer of such tensors."""
    return torch.empty(elements, dtype=tensor.dtype if tensor.dtype in KNOWN else torch.uint8)


def in_order(finishes: Sequence[Optional[Any]]) -> Finish:
    """One that does what they do, one after the other."""

    def run() -> None:
        for finish in finishes:
            if finish is not None:
                finish()

    return run
