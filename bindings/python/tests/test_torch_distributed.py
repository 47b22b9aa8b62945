"""The backend of torch.distributed: every call with exact values, groups, stores, DistributedDataParallel, losses."""

import os
import re
import socket
import subprocess
import sys

import pytest

pytest.importorskip("torch.distributed")

from collectives.torch import Launch, launched  # noqa: E402
from collectives.torch._order import Order  # noqa: E402
from conftest import TESTS  # noqa: E402


@pytest.fixture
def port():
    """A port that is free, or was a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize("world, backwards", [(1, False), (2, False), (3, True), (4, False)])
def test_every_call(group, port, world, backwards):
    for rank, (wrong, order) in enumerate(group.run(world, "backend:calls", world=world, port=port, backwards=backwards)):
        assert wrong == []
        if backwards:  # the one in the middle stays where it is
            assert order == [rank == 1]


def test_groups(group, port):
    for wrong in group.run(4, "backend:groups", world=4, port=port):
        assert wrong == []


@pytest.mark.parametrize("method", ["env", "tcp", "file"])
def test_rank_0_brings_the_coordinator(group, port, tmp_path, method):
    where = {"world": 2, "port": port, "method": method, "path": str(tmp_path / "store"), "own_coordinator": True}
    assert group.run(2, "backend:meets", **where) == [2.0, 2.0]


@pytest.mark.parametrize("world", [2, 3])
def test_distributed_data_parallel(group, port, world):
    for wrong in group.run(world, "backend:data_parallel", world=world, port=port):
        assert wrong == []


def test_a_killed_rank_is_left_out(group, port):
    members = group.start(3, "backend:loses_one", world=3, port=port, victim=1)
    for member in members:
        member.event("ready")
    for member in members:
        member.tell()
    members[1].kill()
    survivors = [members[0], members[2]]
    for member in survivors:
        member.event("ended")
    for member in survivors:
        member.tell()
    for member in survivors:
        assert member.result() == [2.0, 2, 3, [1.0, 0.0, 3.0], "PeerLost"]


def test_a_killed_rank_is_an_error(group, port):
    members = group.start(3, "backend:fails_on_a_loss", world=3, port=port, victim=1)
    for member in members:
        member.event("ready")
    survivors = [members[0], members[2]]
    for member in survivors:
        member.tell()
    for member in survivors:
        member.event("waits")
    members[1].kill()
    for member in survivors:
        member.event("ended")
    for member in survivors:
        member.tell()
    for member in survivors:
        assert member.result() == [True, "PeerLost", True, 1.0, False]


def test_the_example(tmp_path):
    example = TESTS.parent / "examples" / "ddp_survives.py"
    found = subprocess.run(
        [sys.executable, str(example), "--launch", "3", "--steps", "60", "--die-at", "20"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        cwd=tmp_path,
    )
    assert found.returncode == 0, found.stdout
    assert "rank 2 dies" in found.stdout
    # Not by lines: two processes may write theirs at once.
    digests = re.findall(r"bit for bit the same on all members, sha256 ([0-9a-f]{16})", found.stdout)
    assert len(digests) == 2 and len(set(digests)) == 1, found.stdout


@pytest.mark.parametrize(
    "environment, expected",
    [
        ({}, Launch(0, 1, 0, "127.0.0.1", 29500)),
        (
            {"RANK": "3", "WORLD_SIZE": "8", "LOCAL_RANK": "1", "MASTER_ADDR": "node1", "MASTER_PORT": "1234"},
            Launch(3, 8, 1, "node1", 1234),
        ),
        (
            {
                "SLURM_PROCID": "5",
                "SLURM_NTASKS": "6",
                "SLURM_LOCALID": "2",
                "SLURM_STEP_NODELIST": "gpu[07-09,12],other3",
                "SLURM_LAUNCH_NODE_IPADDR": "10.0.0.9",
                "SLURM_JOB_ID": "123456",
            },
            Launch(5, 6, 2, "gpu07", 20000 + 123456 % 20000),
        ),
        (
            {"SLURM_PROCID": "0", "SLURM_NTASKS": "2", "SLURM_LAUNCH_NODE_IPADDR": "10.0.0.9", "MASTER_PORT": "7"},
            Launch(0, 2, 0, "10.0.0.9", 7),
        ),
        ({"SLURM_PROCID": "1", "SLURM_NTASKS": "2", "SLURM_STEP_NODELIST": "a,b"}, Launch(1, 2, 0, "a", 29500)),
    ],
)
def test_launchers(environment, expected):
    assert launched(environment) == expected


def test_half_a_launcher_is_an_error():
    with pytest.raises(RuntimeError, match="WORLD_SIZE"):
        launched({"RANK": "1"})


def test_orders():
    order = Order([2, 0, 1])
    assert order.rank_of_slot == [1, 2, 0] and not order.is_same and Order([0, 1]).is_same
    assert order.by_slot("abc") == ["b", "c", "a"] and order.by_rank(order.by_slot("abc")) == ["a", "b", "c"]


def test_the_package_does_not_import_torch():
    code = "import sys, collectives; assert 'torch' not in sys.modules"
    environment = {**os.environ, "PYTHONPATH": str(TESTS.parent)}
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, env=environment)
