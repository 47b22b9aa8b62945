"""How the ranks of a group find each other: through torch's store they agree on a coordinator, a group number and slots."""

import os
import secrets
import socket
from datetime import timedelta
from typing import Any, List, Optional, Tuple

from torch.distributed import default_pg_timeout

from .. import Communicator, Coordinator
from ._options import Options
from ._order import Order

_COORDINATORS: List[Coordinator] = []
"""Those of this process; they live as long as it does, since later groups use them too."""

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def meet(store: Any, rank: int, world: int, timeout: timedelta, options: Options) -> Tuple[Communicator, Order]:
    """Joins the group's communicator; every rank of the group calls it with the group's own part of the store."""
    if rank == 0:
        # Groups of one coordinator must not meet, those of other jobs neither.
        store.set("collectives/group", str(secrets.randbelow(2**32 - 1) + 1))
        store.set("collectives/coordinator", os.environ.get("COLLECTIVES_COORDINATOR") or _own_coordinator(store))
    config = {
        "coordinator": store.get("collectives/coordinator").decode(),
        "group": int(store.get("collectives/group")),
        "min_members": world,
        "deadline": None if timeout == default_pg_timeout else timeout.total_seconds(),
        **options.config,
    }
    comm = Communicator(**config)
    store.set(f"collectives/slot/{rank}", str(comm.slot))
    return comm, Order([int(store.get(f"collectives/slot/{other}")) for other in range(world)])


def _own_coordinator(store: Any) -> str:
    """The address of a coordinator in this process."""
    host = _reachable_host(store)
    if not _COORDINATORS:
        token = os.environ.get("COLLECTIVES_TOKEN") or None
        _COORDINATORS.append(Coordinator("127.0.0.1:0" if host is None else ":0", token=token))
    port = _COORDINATORS[0].port
    if host is None:
        return f"127.0.0.1:{port}"
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _reachable_host(store: Any) -> Optional[str]:
    """Where the others reach this process, which is rank 0: torch's store is at the same place. None: on this machine."""
    name = os.environ.get("MASTER_ADDR") or _store_host(store)
    if not name or name in _LOOPBACK:
        return None
    address = str(socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)[0][4][0])
    return None if address in _LOOPBACK or address.startswith("127.") else address


def _store_host(store: Any) -> Optional[str]:
    """The host of the TCPStore that the group's store is a part of."""
    while hasattr(store, "underlying_store"):
        store = store.underlying_store
    host = getattr(store, "host", None)
    return host if isinstance(host, str) else None
