"""Gradients in a few flat buffers, averaged while all of them are in flight.

Each parameter's `.grad` is a view into one flat tensor, so that backward() writes where all_reduce reads: no
copy in, no copy out. The flat tensor is cut into buckets of whole parameters; the first to travel is the one
whose gradients backward() has finished first, the last layer's.
"""

from typing import List, Tuple

import torch

import collectives


class GradientBuckets:
    """The gradients of a model, ready to be averaged over the members."""

    def __init__(self, model: torch.nn.Module, bucket_elements: int) -> None:
        """bucket_elements  a bucket is closed as soon as it holds that many"""
        parameters = list(model.parameters())[::-1]
        self.flat = torch.zeros(sum(parameter.numel() for parameter in parameters))
        cuts: List[Tuple[int, int]] = []
        begin = end = 0
        for parameter in parameters:
            count = parameter.numel()
            parameter.grad = self.flat[end : end + count].view_as(parameter)
            end += count
            if end - begin >= bucket_elements:
                cuts.append((begin, end))
                begin = end
        if end > begin:
            cuts.append((begin, end))
        self.buckets = [self.flat[first:last] for first, last in cuts]

    def clear(self) -> None:
        """Sets all gradients to zero, in place: an optimizer's zero_grad() may drop the views."""
        self.flat.zero_()

    def average(self, comm: collectives.Communicator, weight: float) -> None:
        """Replaces the gradients by the members' average, each weighted by the samples that it has seen."""
        works = [comm.all_reduce_start(bucket, "avg", weight=weight) for bucket in self.buckets]
        for work in works:
            work.wait()
