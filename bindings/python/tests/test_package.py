"""The package as such: what it imports, documents and annotates."""

import inspect
import pickle
import subprocess
import sys
import typing

import pytest

import collectives
from collectives import errors
from conftest import TESTS


def public():
    """Every public name, and the public members of the public classes: (name, object)."""
    for name in collectives.__all__:
        found = getattr(collectives, name)
        yield name, found
        if inspect.isclass(found):
            ours = [vars(base) for base in reversed(found.__mro__) if base.__module__.startswith("collectives")]
            for member, value in {key: value for members in ours for key, value in members.items()}.items():
                if not member.startswith("_") and (callable(value) or isinstance(value, property)):
                    yield f"{name}.{member}", value


def test_neither_torch_nor_numpy_is_imported():
    code = (
        "import sys; sys.modules['torch'] = sys.modules['numpy'] = None\n"
        "import collectives\n"
        "assert collectives._buffers.describe('tensor', bytearray(3)).elements == 3\n"
        "assert collectives._library._loaded is None"
    )
    subprocess.run([sys.executable, "-c", code], cwd=TESTS.parent, check=True, timeout=60)


def test_every_public_name_has_a_docstring():
    # what NamedTuple generates documents itself
    lacking = [name for name, value in public() if not (value.__doc__ or "").strip()]
    assert lacking == []
    assert len(list(public())) > 40


def test_public_functions_are_annotated_in_full():
    for name, value in public():
        function = value.fget if isinstance(value, property) else value
        if inspect.isclass(function):
            function = function.__init__
        if not inspect.isfunction(function) or function.__module__.partition(".")[0] != "collectives":
            continue
        hints = typing.get_type_hints(function)
        expected = [parameter for parameter in inspect.signature(function).parameters if parameter != "self"]
        assert [parameter for parameter in [*expected, "return"] if parameter not in hints] == [], name


def test_the_package_says_that_it_is_typed():
    assert (TESTS.parent / "collectives" / "py.typed").is_file()


def test_exceptions_are_typed_and_pickle():
    for status, cls in errors.BY_STATUS.items():
        found = errors.error_of(status, "what happened")
        assert type(found) is cls and (found.status, str(found), found.message) == (status, *["what happened"] * 2)
        again = pickle.loads(pickle.dumps(found))
        assert (type(again), again.message, again.status) == (cls, found.message, status)
        assert cls.__name__ in collectives.__all__
    assert errors.error_of(-99, "").status == -99
    assert "-99" in str(errors.error_of(-99, ""))


@pytest.mark.parametrize(
    "name, builtin",
    [
        ("Timeout", TimeoutError),
        ("DeadlineExceeded", TimeoutError),
        ("InvalidArgument", ValueError),
        ("PeerLost", ConnectionError),
        ("CoordinatorUnreachable", ConnectionError),
        ("OutOfMemory", MemoryError),
        ("LibraryNotFound", ImportError),
    ],
)
def test_exceptions_are_the_built_in_ones_too(name, builtin):
    with pytest.raises(builtin):
        raise getattr(collectives, name)("why")
