"""A machine without OpenSSL: an error that says so, not the end of the host process."""

import glob
import os
import subprocess

import pytest

from surface import BUILDS, DIST, ROOT

LIBRARIES = sorted(set(map(os.path.realpath, glob.glob("/usr/lib/*/libssl.so.*") + glob.glob("/lib/*/libssl.so.*"))))
CREATE = """
import collectives
try:
    collectives.Communicator("127.0.0.1:9", min_members=2, deadline=5)
except collectives.CollectivesError as error:
    print("refused:", error)
"""


def without_openssl(*command, **environment):
    """Runs the command where each libssl is an empty file: in a mount namespace of its own."""
    hide = "".join(f"mount --bind /dev/null {library} && " for library in LIBRARIES)
    return subprocess.run(
        ["unshare", "--mount", "sh", "-c", f'{hide} exec "$@"', "sh", *map(str, command)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, env=dict(os.environ, **environment)
    )


@pytest.fixture(autouse=True)
def needs_namespaces():
    if not LIBRARIES or subprocess.run(["unshare", "--mount", "true"], stderr=subprocess.DEVNULL).returncode != 0:
        pytest.skip("needs the right to make a mount namespace, and a libssl to hide")


def test_a_member_gets_an_error_that_says_what_to_install():
    ended = without_openssl("/usr/bin/python3", "-c", CREATE,
                            PYTHONPATH=str(ROOT / "bindings/python"), COLLECTIVES_LIBRARY=str(BUILDS[0]))
    assert ended.returncode == 0, ended.stdout
    assert "refused:" in ended.stdout and "libssl3" in ended.stdout


def test_the_command_says_what_to_install():
    ended = without_openssl(DIST / "bin/collectives", "coordinator", "--listen", "127.0.0.1:0")
    assert ended.returncode == 1, ended.stdout
    assert "libssl3" in ended.stdout
