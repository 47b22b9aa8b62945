"""Finds libcollectives.so, loads it once, and checks that it speaks this package's binary interface.

Looked for, in this order:
  1. the file that the environment variable COLLECTIVES_LIBRARY names (then nothing else is tried);
  2. lib/ in this package, as the wheel brings it;
  3. dist/lib/ of the source checkout that this package stands in;
  4. the system's loader (LD_LIBRARY_PATH, ld.so.conf).
In 2 and 3 the build for x86-64-v3 (AVX2, BMI2, FMA) comes first where the processor has them.
"""

import ctypes
import os
import threading
from pathlib import Path
from typing import Iterator, List, Optional, Set

from . import _abi
from ._functions import declare
from .errors import CollectivesError, error_of

FILE_NAME = "libcollectives.so"
_PACKAGE = Path(__file__).resolve().parent

_loaded: Optional[ctypes.CDLL] = None
_loading = threading.Lock()


class LibraryNotFound(CollectivesError, ImportError):
    """libcollectives.so was found nowhere, or does not fit; the message lists what was tried."""


def library() -> ctypes.CDLL:
    """The loaded library, its functions declared."""
    global _loaded
    if _loaded is None:
        with _loading:
            if _loaded is None:
                _loaded = _load()
    return _loaded


def abi_version() -> int:
    """The loaded library's binary interface: major part in the upper 16 bits, minor part in the lower."""
    version: int = library().coll_abi_version()
    return version


def version_string() -> str:
    """The loaded library's version, "0.1.0" say."""
    text: bytes = library().coll_version_string()
    return text.decode()


def last_error() -> str:
    """The calling thread's last failure in the library's words; "" if there was none."""
    native = library()
    buffer = ctypes.create_string_buffer(1024)
    length = native.coll_last_error(buffer, len(buffer))
    if length >= len(buffer):
        buffer = ctypes.create_string_buffer(length + 1)
        native.coll_last_error(buffer, len(buffer))
    return buffer.value.decode("utf-8", "replace")


def failure(status: int) -> CollectivesError:
    """The exception for what the calling thread's last call returned."""
    return error_of(status, last_error())


def has_x86_64_v3(cpuinfo: str = "/proc/cpuinfo") -> bool:
    """Whether the processor runs the x86-64-v3 build; no, where the system does not say."""
    try:
        with open(cpuinfo, encoding="ascii", errors="replace") as lines:
            flags: Set[str] = next((set(line.split()) for line in lines if line.startswith("flags")), set())
    except OSError:
        return False
    return {"avx2", "bmi2", "fma"} <= flags


def candidates(package: Path = _PACKAGE, v3: Optional[bool] = None) -> Iterator[str]:
    """The names to try, in order; the last one leaves the search to the system's loader."""
    named = os.environ.get("COLLECTIVES_LIBRARY")
    if named:
        yield named
        return
    wheel = package / "lib"
    checkout = package.parents[2] / "dist" / "lib"
    prefer_v3 = has_x86_64_v3() if v3 is None else v3
    for folder, v3_folder in ((wheel, wheel / "x86-64-v3"), (checkout, checkout / "glibc-hwcaps" / "x86-64-v3")):
        if prefer_v3:
            yield str(v3_folder / FILE_NAME)
        yield str(folder / FILE_NAME)
    yield FILE_NAME


def _load() -> ctypes.CDLL:
    tried: List[str] = []
    for name in candidates():
        if "/" in name and not os.path.exists(name):
            tried.append(f"{name}: no such file")
            continue
        try:
            native = ctypes.CDLL(name)
            declare(native)
        except (OSError, AttributeError) as error:
            tried.append(f"{name}: {error}")
            continue
        found = native.coll_abi_version()
        if found >> 16 != _abi.ABI_VERSION >> 16 or found < _abi.ABI_VERSION:
            tried.append(
                f"{name}: binary interface {found >> 16}.{found & 0xFFFF}, "
                f"expected {_abi.ABI_VERSION >> 16}.{_abi.ABI_VERSION & 0xFFFF} or a later minor"
            )
            continue
        return native
    raise LibraryNotFound(
        f"no usable {FILE_NAME}; tried\n  " + "\n  ".join(tried) + "\n"
        "Build it with `make build` in the source checkout, install the wheel that contains it, or name the "
        "file in the environment variable COLLECTIVES_LIBRARY."
    )
