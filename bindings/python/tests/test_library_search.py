"""Where libcollectives.so is looked for, and what is said when it does not fit."""

import pytest

from collectives import LibraryNotFound, _abi, _library
from conftest import TESTS

V3 = "flags\t\t: fpu sse2 avx avx2 bmi1 bmi2 fma f16c\n"


def test_the_order_of_the_search(monkeypatch, tmp_path):
    monkeypatch.delenv("COLLECTIVES_LIBRARY", raising=False)
    package = tmp_path / "bindings" / "python" / "collectives"
    wheel, dist = package / "lib", tmp_path / "dist" / "lib"
    assert list(_library.candidates(package, v3=True)) == [
        str(wheel / "x86-64-v3" / "libcollectives.so"),
        str(wheel / "libcollectives.so"),
        str(dist / "glibc-hwcaps" / "x86-64-v3" / "libcollectives.so"),
        str(dist / "libcollectives.so"),
        "libcollectives.so",
    ]
    assert not any("v3" in name for name in _library.candidates(package, v3=False))
    monkeypatch.setenv("COLLECTIVES_LIBRARY", "/somewhere/else.so")
    assert list(_library.candidates(package)) == ["/somewhere/else.so"]


def test_the_checkout_is_this_one():
    assert _library._PACKAGE.parents[2] == TESTS.parents[2]


@pytest.mark.parametrize(
    "text, expected",
    [(V3, True), (V3.replace("bmi2 ", ""), False), (V3.replace("fma ", "fma4 "), False), ("Features : neon\n", False)],
)
def test_processors(tmp_path, text, expected):
    (tmp_path / "cpuinfo").write_text("processor\t: 0\n" + text)
    assert _library.has_x86_64_v3(str(tmp_path / "cpuinfo")) is expected
    assert _library.has_x86_64_v3(str(tmp_path / "missing")) is False


def failed_search(monkeypatch, name):
    monkeypatch.setenv("COLLECTIVES_LIBRARY", name)
    monkeypatch.setattr(_library, "_loaded", None)
    with pytest.raises(LibraryNotFound) as caught:
        _library.library()
    return caught.value.message


def test_a_missing_library_lists_what_was_tried(monkeypatch):
    message = failed_search(monkeypatch, "/nowhere/libcollectives.so")
    assert "/nowhere/libcollectives.so: no such file" in message and "make build" in message


def test_another_library_is_not_taken_for_ours(monkeypatch):
    message = failed_search(monkeypatch, "libm.so.6")
    assert "libm.so.6" in message and "coll_abi_version" in message


def test_an_unfitting_binary_interface_is_refused(monkeypatch):
    name = _library.library()._name
    major, minor = _abi.ABI_VERSION >> 16, _abi.ABI_VERSION & 0xFFFF
    for wanted in (major + 1 << 16, _abi.ABI_VERSION + 1):
        monkeypatch.setattr(_abi, "ABI_VERSION", wanted)
        message = failed_search(monkeypatch, name)
        assert f"binary interface {major}.{minor}, expected {wanted >> 16}.{wanted & 0xFFFF}" in message
