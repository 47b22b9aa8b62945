"""The wheel holds the library and works without the checkout; the examples run as a user runs them."""

import os
import subprocess
import sys
import zipfile

import pytest

from collectives._library import library
from conftest import TESTS

EXAMPLES = TESTS.parent / "examples"


def run(*command, **options):
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, check=False, **options
    )


def test_the_wheel(tmp_path):
    pytest.importorskip("setuptools")
    libraries = tmp_path / "lib"
    (libraries / "glibc-hwcaps" / "x86-64-v3").mkdir(parents=True)
    with open(library()._name, "rb") as source:
        content = source.read()
    for folder in (libraries, libraries / "glibc-hwcaps" / "x86-64-v3"):
        (folder / "libcollectives.so").write_bytes(content)
    built = run(str(TESTS.parent / "build_wheel.sh"), str(libraries), str(tmp_path / "out"))
    assert built.returncode == 0, built.stdout
    (wheel,) = (tmp_path / "out").glob("*.whl")
    assert "-py3-none-manylinux_2_" in wheel.name and wheel.name.endswith(f"_{os.uname().machine}.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        archive.extractall(tmp_path / "site")
    for path in (TESTS.parent / "collectives").rglob("*.py"):
        assert str(path.relative_to(TESTS.parent)) in names
    assert {"collectives/py.typed", "collectives/lib/libcollectives.so"} <= names
    assert not any("tests" in name or "examples" in name for name in names)
    code = (
        "import collectives\n"
        "from collectives._library import library\n"
        "with collectives.Coordinator() as c, collectives.Communicator(c.address) as m:\n"
        "    m.all_reduce(bytearray(3))\n"
        "print(library()._name)"
    )
    environment = {key: value for key, value in os.environ.items() if key != "COLLECTIVES_LIBRARY"}
    environment["PYTHONPATH"] = str(tmp_path / "site")
    used = run(sys.executable, "-c", code, cwd=tmp_path, env=environment)
    assert used.returncode == 0, used.stdout
    assert used.stdout.startswith(str(tmp_path / "site" / "collectives" / "lib")), used.stdout


def test_the_wheel_s_script_says_what_it_needs(tmp_path):
    script = str(TESTS.parent / "build_wheel.sh")
    assert run(script).returncode == 2
    failed = run(script, str(tmp_path), str(tmp_path))
    assert failed.returncode == 1 and "no libcollectives.so in" in failed.stdout and "make build" in failed.stdout


def test_hello(tmp_path):
    found = run(sys.executable, str(EXAMPLES / "hello_all_reduce.py"), cwd=tmp_path)
    assert found.returncode == 0, found.stdout
    assert "rank 0 of 2: [1.0, 10.0, 0.5] -> [3.0, 20.0, 1.0]" in found.stdout
    assert "rank 1 of 2: [2.0, 10.0, 0.5] -> [3.0, 20.0, 1.0]" in found.stdout


def test_training_on_digits(tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("matplotlib")
    command = [sys.executable, str(EXAMPLES / "train_digits.py"), "--launch", "3", "--epochs", "4", "--plot", "a/b.png"]
    found = run(*command, cwd=tmp_path)
    assert found.returncode == 0, found.stdout
    assert (tmp_path / "a" / "b.png").read_bytes().startswith(b"\x89PNG")
    accuracy = float(found.stdout.split("test accuracy ")[1].split("%")[0])
    assert accuracy > 90, found.stdout
    lines = [line.split("parameters ")[1] for line in found.stdout.splitlines() if "bit for bit" in line]
    assert len(lines) == 3 and len(set(lines)) == 1, found.stdout
    assert found.stdout.count("\n[process ") >= 4 + 3


def test_training_fails_when_a_member_fails(tmp_path):
    """The picture cannot be written there: the member ends with 1, and the exit status of the launcher says so."""
    pytest.importorskip("torch")
    command = [sys.executable, str(EXAMPLES / "train_digits.py"), "--launch", "1", "--plot", "/dev/null/no.png"]
    found = run(*command, "--epochs", "1", cwd=tmp_path)
    assert found.returncode == 1
    assert "process 0 ended with 1" in found.stdout
