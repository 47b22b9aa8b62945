"""Who this process is, from the variables that torchrun and Slurm set."""

import os
import re
from typing import Any, Mapping, NamedTuple, Optional

import torch.distributed as dist


class Launch(NamedTuple):
    """This process among those that were launched together."""

    rank: int
    world: int
    local_rank: int
    """among those on its machine"""
    master_addr: str
    """a machine's name or address: rank 0's, where it listens for the others"""
    master_port: int


def launched(environment: Optional[Mapping[str, str]] = None) -> Launch:
    """Reads RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR and MASTER_PORT (torchrun), or SLURM_PROCID, SLURM_NTASKS,
    SLURM_LOCALID, SLURM_STEP_NODELIST, SLURM_LAUNCH_NODE_IPADDR and SLURM_JOB_ID (srun). What torchrun calls goes first;
    without any of them this is a world of one. RuntimeError: only some of them are there."""
    found = os.environ if environment is None else environment
    if "RANK" in found or "WORLD_SIZE" in found:
        rank, world = _number(found, "RANK"), _number(found, "WORLD_SIZE")
        local = int(found.get("LOCAL_RANK", 0))
    elif "SLURM_PROCID" in found:
        rank, world = _number(found, "SLURM_PROCID"), _number(found, "SLURM_NTASKS")
        local = int(found.get("SLURM_LOCALID", 0))
    else:
        rank, world, local = 0, 1, 0
    return Launch(rank, world, local, _address(found), _port(found))


def init(**more: Any) -> Launch:
    """dist.init_process_group("collectives", ...) for the process that `launched` finds; `more` goes along with it."""
    found = launched()
    host = f"[{found.master_addr}]" if ":" in found.master_addr else found.master_addr
    where = f"tcp://{host}:{found.master_port}"
    given = {"init_method": where, "rank": found.rank, "world_size": found.world, **more}
    if "store" in given:
        del given["init_method"]
    dist.init_process_group("collectives", **given)
    return found


def _number(found: Mapping[str, str], name: str) -> int:
    try:
        return int(found[name])
    except KeyError:
        raise RuntimeError(f"{name}: expected a number in the environment, found nothing") from None


def _address(found: Mapping[str, str]) -> str:
    """MASTER_ADDR; else the first node of Slurm's step, where rank 0 is; else the node that srun was called on."""
    nodes = found.get("SLURM_STEP_NODELIST") or found.get("SLURM_NODELIST") or ""
    return (
        found.get("MASTER_ADDR") or _first_node(nodes) or found.get("SLURM_LAUNCH_NODE_IPADDR") or "127.0.0.1"
    )


def _first_node(nodes: str) -> str:
    """node[07-09,12],other3 -> node07"""
    begin = re.match(r"([^\[,]+)(?:\[(\d+)[^\]]*\]([^,]*))?", nodes)
    return "" if begin is None else begin[1] + (begin[2] or "") + (begin[3] or "")


def _port(found: Mapping[str, str]) -> int:
    """MASTER_PORT; else one that the processes of a Slurm job agree on, and those of another hardly."""
    given = found.get("MASTER_PORT")
    return int(given) if given else 20000 + int(found.get("SLURM_JOB_ID", 9500)) % 20000
