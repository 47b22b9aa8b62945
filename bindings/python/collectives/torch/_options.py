"""What the backend can be told beyond what torch.distributed passes on."""

from typing import Any, Mapping, NamedTuple


class Options(NamedTuple):
    """The `pg_options` of init_process_group and new_group; the same on all ranks, except for `config`."""

    on_loss: str = "retry"
    """when members are lost: "retry" goes on without them, "fail" raises `collectives.PeerLost`"""
    config: Mapping[str, Any] = {}
    """further arguments of `collectives.Communicator`: lanes, advertise, heartbeat ..."""
