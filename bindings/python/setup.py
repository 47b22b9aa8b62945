"""Tags the wheel for what it holds: no Python extension (py3-none), but a library for one machine type.

The platform tag says which C library it needs, read from the symbol versions that libcollectives.so names.
The rest stands in pyproject.toml. build_wheel.sh puts the library in place and calls this.
"""

import platform
import re
from pathlib import Path

from setuptools import Distribution, setup

try:
    from setuptools.command.bdist_wheel import bdist_wheel
except ImportError:  # setuptools before 70.1 leaves the command to the package "wheel"
    from wheel.bdist_wheel import bdist_wheel

LIBRARIES = sorted((Path(__file__).parent / "collectives" / "lib").rglob("libcollectives.so"))


def platform_tag() -> str:
    """manylinux_2_N for the newest GLIBC_2.N that any of the libraries refers to (PEP 600)."""
    minors = [int(found) for path in LIBRARIES for found in re.findall(rb"\0GLIBC_2\.(\d+)", path.read_bytes())]
    machine = platform.machine()
    return f"manylinux_2_{max(max(minors), 17)}_{machine}" if minors else f"linux_{machine}"


class PlatformWheel(bdist_wheel):
    """A wheel for every Python 3 of one platform."""

    def get_tag(self):
        return "py3", "none", platform_tag() if LIBRARIES else "any"


class LibraryDistribution(Distribution):
    """Counts as platform-specific if it brings the library."""

    def has_ext_modules(self):
        return bool(LIBRARIES)


setup(cmdclass={"bdist_wheel": PlatformWheel}, distclass=LibraryDistribution)
