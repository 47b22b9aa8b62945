"""Whatever has the buffer protocol: bytearray, memoryview, array.array, ctypes arrays, mmap.

The memoryview taken here stays with the operation, so a bytearray cannot be resized under it (Python
raises BufferError instead).
"""

from ctypes import POINTER, Structure, byref, c_char_p, c_int, c_ssize_t, c_void_p, py_object, pythonapi
from typing import Any, Dict, Optional, Tuple

from . import _abi
from ._dtypes import recount, unsupported
from .errors import InvalidArgument


class _PyBuffer(Structure):
    """Py_buffer, as the stable ABI of CPython lays it out."""

    _fields_ = [
        ("buf", c_void_p),
        ("obj", c_void_p),
        ("len", c_ssize_t),
        ("itemsize", c_ssize_t),
        ("readonly", c_int),
        ("ndim", c_int),
        ("format", c_char_p),
        ("shape", POINTER(c_ssize_t)),
        ("strides", POINTER(c_ssize_t)),
        ("suboffsets", POINTER(c_ssize_t)),
        ("internal", c_void_p),
    ]


_get_buffer = pythonapi.PyObject_GetBuffer
_get_buffer.restype, _get_buffer.argtypes = c_int, [py_object, c_void_p, c_int]
_release_buffer = pythonapi.PyBuffer_Release
_release_buffer.restype, _release_buffer.argtypes = None, [c_void_p]

_SIGNED: Dict[int, int] = {1: _abi.I8, 2: _abi.I16, 4: _abi.I32, 8: _abi.I64}
_UNSIGNED: Dict[int, int] = {1: _abi.U8, 2: _abi.U16, 4: _abi.U32, 8: _abi.U64}
_FLOAT: Dict[int, int] = {2: _abi.F16, 4: _abi.F32, 8: _abi.F64}
_KINDS: Dict[str, Dict[int, int]] = {
    **dict.fromkeys("bhilqn", _SIGNED),
    **dict.fromkeys("BHILQNc", _UNSIGNED),
    **dict.fromkeys("efd", _FLOAT),
}


def describe(name: str, value: Any, dtype: Optional[int]) -> Tuple[int, int, int, bool, Any]:
    """(address, count, element type, writable, owner) of a plain buffer."""
    try:
        view = memoryview(value)
    except TypeError:
        raise InvalidArgument(
            f"{name}: expected a torch tensor, a numpy array or an object with the buffer protocol, "
            f"found {type(value).__module__}.{type(value).__qualname__}"
        ) from None
    if not view.c_contiguous:
        raise InvalidArgument(
            f"{name}: expected a contiguous buffer, found shape {view.shape} with strides {view.strides}"
        )
    order, letter = view.format[:-1], view.format[-1:]  # "<f": ctypes says the order even where it is native
    number = None if order not in ("", "@", "=", "<") else _KINDS.get(letter, {}).get(view.itemsize)
    if number is None:
        raise unsupported(name, f"format {view.format!r} of {view.itemsize} bytes")
    count = view.nbytes // view.itemsize
    if dtype is not None and dtype != number:
        count = recount(name, count, view.itemsize, dtype, view.itemsize == 1)
        number = dtype
    return _address(view), count, number, not view.readonly, view


def _address(view: memoryview) -> int:
    """Where the view's memory begins. The view itself holds the export, so this one ends at once."""
    if not view.nbytes:
        return 0
    native = _PyBuffer()
    _get_buffer(view, byref(native), 0)
    address: int = native.buf
    _release_buffer(byref(native))
    return address
