"""The backend "collectives" of torch.distributed; importing this package registers it.

    import collectives.torch
    import torch.distributed as dist

    dist.init_process_group("collectives")                         # under torchrun; env://, tcp:// and file:// work
    collectives.torch.init()                                       # the same from Slurm's variables, without torchrun
    model = torch.nn.parallel.DistributedDataParallel(model)
    model.register_comm_hook(None, collectives.torch.average_hook) # averages over the members that are left

When a process dies, the others' all_reduce goes on among those that are left. World size and ranks stay what
init_process_group has made them; `communicator(group).info()` tells who is there.

The coordinator is the one that COLLECTIVES_COORDINATOR names. Without it rank 0 starts one in its process, and then rank 0
is the one process that must not die: start `collectives coordinator` somewhere else to survive any.
"""

from ._group import CollectivesGroup, communicator
from ._hooks import average_hook
from ._launch import Launch, init, launched
from ._options import Options
from ._registration import register

__all__ = ["CollectivesGroup", "Launch", "Options", "average_hook", "communicator", "init", "launched"]

register()
