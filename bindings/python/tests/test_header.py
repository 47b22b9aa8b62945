"""The binding and collectives.h say the same: functions, structs, constants, versions."""

import ctypes
import re

import pytest

from collectives import _abi, errors
from collectives._functions import SIGNATURES
from collectives._library import library
from conftest import TESTS

ROOT = TESTS.parents[2]
HEADER = ROOT / "bindings" / "c" / "include" / "collectives.h"

POINTERS = {"char": ctypes.c_char_p, "void": ctypes.c_void_p}
SCALARS = {
    "uint8_t": ctypes.c_uint8,
    "uint16_t": ctypes.c_uint16,
    "int32_t": ctypes.c_int32,
    "uint32_t": ctypes.c_uint32,
    "int64_t": ctypes.c_int64,
    "uint64_t": ctypes.c_uint64,
    "size_t": ctypes.c_size_t,
    "int": ctypes.c_int,
    "double": ctypes.c_double,
    "void": None,
    "coll_status": ctypes.c_int32,
    "coll_dtype": ctypes.c_int32,
    "coll_op": ctypes.c_int32,
    "coll_log_callback": ctypes.c_void_p,
}


@pytest.fixture(scope="module")
def header():
    """The header without comments and line continuations."""
    return re.sub(r"/\*.*?\*/", "", HEADER.read_text(), flags=re.S).replace("\\\n", "")


def functions(header):
    """name -> (type of the result, types of the parameters)"""
    found = {}
    declaration = r"^(const char \*|[a-z_0-9]+)\s*(coll_\w+)\(([^)]*)\);"
    for result, name, parameters in re.findall(declaration, header, flags=re.M):
        kinds = [" ".join(part.split()) for part in parameters.split(",")]
        found[name] = (result, [] if kinds == ["void"] else kinds)
    return found


def c_type(declared):
    """The ctypes type of a C parameter, "uint64_t count" say."""
    return ctypes.c_void_p if "*" in declared else SCALARS[declared.split()[0]]


def test_every_function_is_declared_and_no_other(header):
    declared = set(functions(header))
    assert len(declared) >= 20
    assert declared == set(SIGNATURES)


def test_signatures(header):
    for name, (result, parameters) in functions(header).items():
        found_result, found_parameters = SIGNATURES[name]
        assert found_result == (ctypes.c_char_p if "*" in result else SCALARS[result]), name
        assert found_parameters == [c_type(parameter) for parameter in parameters], name


def test_every_function_is_mentioned_by_a_method(header):
    """A declared function that nothing calls is a method that was forgotten."""
    sources = "".join(path.read_text() for path in (TESTS.parent / "collectives").glob("*.py"))
    called = set(re.findall(r"\.(coll_\w+)\b", sources))
    # blocking forms cannot be interrupted (start and wait take their place); names come with the exceptions
    blocking = {name[: -len("_start")] for name in functions(header) if name.endswith("_start")} - {"coll_coordinator"}
    assert set(functions(header)) - called == {*blocking, "coll_status_name"}


def test_the_library_exports_them(header):
    native = library()
    for name in functions(header):
        assert getattr(native, name)


def test_structs(header):
    bodies = re.findall(r"typedef struct (coll_\w+) \{(.*?)\} \1;", header, flags=re.S)
    assert {name for name, _ in bodies} == set(_abi.STRUCTS)
    for name, body in bodies:
        expected = []
        for kind, pointer, field, length in re.findall(r"(?:const )?(\w+)\s+(\*?)(\w+)(?:\[(\d+)\])?;", body):
            scalar = POINTERS[kind] if pointer else SCALARS[kind]
            expected.append((field, scalar * int(length) if length else scalar))
        assert list(_abi.STRUCTS[name]._fields_) == expected, name


def test_constants(header):
    defined = dict(re.findall(r"^#define COLL_(\w+) \(?(-?(?:0x)?[0-9a-fA-F]+)u?\)?\s*$", header, flags=re.M))
    defined = {name: int(value, 0) for name, value in defined.items()}
    assert defined.pop("ABI_VERSION") == _abi.ABI_VERSION
    statuses = {name: value for name, value in defined.items() if name.startswith("ERR_") or name == "TIMEOUT"}
    assert {cls.status_name[5:]: status for status, cls in errors.BY_STATUS.items()} == statuses
    for name, value in defined.items():
        if not name.startswith("ERR_"):
            assert getattr(_abi, name) == value, name


def test_status_names():
    for status, cls in errors.BY_STATUS.items():
        assert library().coll_status_name(status).decode() == cls.status_name


def test_the_version_is_the_repository_s():
    project = re.search(r'^version = "(.*)"', (TESTS.parent / "pyproject.toml").read_text(), flags=re.M)
    build = re.search(r"<Version>(.*)</Version>", (ROOT / "Directory.Build.props").read_text())
    assert project[1] == build[1] == library().coll_version_string().decode()
