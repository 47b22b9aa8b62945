"""Ranks of torch.distributed and slots of the communicator: the same members, maybe in another order.

Torch gives ranks before anybody connects; slots follow from the order in which members register. Parts of buffers that go
by ranks on torch's side go by slots on the library's.
"""

from typing import List, Sequence, TypeVar

T = TypeVar("T")


class Order:
    """A permutation, from both sides."""

    def __init__(self, slot_of_rank: Sequence[int]) -> None:
        self.slot_of_rank: List[int] = list(slot_of_rank)
        self.rank_of_slot: List[int] = [0] * len(slot_of_rank)
        for rank, slot in enumerate(slot_of_rank):
            self.rank_of_slot[slot] = rank
        self.is_same = self.slot_of_rank == list(range(len(slot_of_rank)))

    def by_slot(self, of_ranks: Sequence[T]) -> List[T]:
        """What stood in the order of ranks, in the order of slots."""
        return [of_ranks[rank] for rank in self.rank_of_slot]

    def by_rank(self, of_slots: Sequence[T]) -> List[T]:
        """What stood in the order of slots, in the order of ranks."""
        return [of_slots[slot] for slot in self.slot_of_rank]
