"""Makes the backend known to torch.distributed."""

import inspect
from typing import Any, Optional

import torch.distributed as dist

from ._group import CollectivesGroup
from ._options import Options
from ._rendezvous import meet

NAME = "collectives"


def register() -> None:
    """Registers the backend; once is enough."""
    if not dist.is_available() or hasattr(dist.Backend, NAME.upper()):
        return
    more = {}
    if "devices" in inspect.signature(dist.Backend.register_backend).parameters:  # torch 2
        more["devices"] = ["cpu", "cuda"]
    dist.Backend.register_backend(NAME, _create, extended_api=True, **more)


def _create(given: Any, options: Optional[Options] = None) -> CollectivesGroup:
    """A process group, from torch's DistributedBackendOptions."""
    options = options if isinstance(options, Options) else Options()
    comm, order = meet(given.store, given.group_rank, given.group_size, given.timeout, options)
    return CollectivesGroup(given.group_rank, given.group_size, comm, order, options)
