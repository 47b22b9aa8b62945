"""Header, exported symbols and Python binding name the same functions, and nothing else is exported."""

import sys

import pytest

from surface import BUILDS, ROOT, exported, header_functions, run


def test_header_declares_functions():
    assert {"coll_all_reduce", "coll_comm_create", "coll_last_error"} <= header_functions()


@pytest.mark.parametrize("library", BUILDS, ids=["baseline", "x86-64-v3"])
def test_exports_are_the_headers_functions(library):
    assert exported(library) == {("T", name) for name in header_functions()}


def test_python_declares_the_headers_functions():
    sys.path.insert(0, str(ROOT / "bindings/python"))
    from collectives._functions import SIGNATURES

    assert set(SIGNATURES) == header_functions()


@pytest.mark.parametrize("library", BUILDS, ids=["baseline", "x86-64-v3"])
def test_needs_only_the_c_library(library):
    dynamic = run("readelf", "-d", library)
    needed = {line.split("[")[1].rstrip("]") for line in dynamic.splitlines() if "(NEEDED)" in line}
    assert needed <= {"libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2", "libz.so.1"}
    assert "[libcollectives.so.1]" in dynamic


def test_builds_differ():
    baseline, modern = (run("objdump", "-d", "--no-show-raw-insn", library) for library in BUILDS)
    assert modern.count(" vfmadd") > baseline.count(" vfmadd") or modern.count("%ymm") > baseline.count("%ymm")
