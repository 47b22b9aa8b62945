"""Communication hooks for DistributedDataParallel."""

from typing import Any

import torch
import torch.distributed as dist


def average_hook(group: Any, bucket: dist.GradBucket) -> torch.futures.Future[torch.Tensor]:
    """Averages gradients over the members that took part: after a loss, over those that are left.

        model.register_comm_hook(None, collectives.torch.average_hook)

    Without it DistributedDataParallel divides by the world size that it began with, so that gradients shrink with every
    member that is lost. group  the process group; None: the default one.
    """
    group = dist.group.WORLD if group is None else group
    future: torch.futures.Future[torch.Tensor] = group.average(bucket.buffer()).get_future().then(_first)
    return future


def _first(future: torch.futures.Future[Any]) -> torch.Tensor:
    found: torch.Tensor = future.value()[0]
    return found
