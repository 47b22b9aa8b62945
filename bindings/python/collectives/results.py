"""What calls return, as named tuples, read from the C structs in one step."""

import struct
from typing import Any, Dict, NamedTuple

from ._arguments import ALGORITHMS


class Result(NamedTuple):
    """How a collective went."""

    participants: int
    """members whose input is in the result"""
    epoch: int
    """the epoch that it was computed in"""
    retries: int
    """times that the operation was run again after a loss"""
    pending_members: int
    """members that wait for `Communicator.update`; the same on all participants, so all can branch on it"""
    tx_bytes: int
    """bytes sent for this operation, headers included"""
    rx_bytes: int
    """bytes received for this operation, headers included"""
    seconds: float
    """from start to commit"""
    algorithm: str
    """the algorithm that ran: "ring", "exchange", "star", "two_way_ring", "tree", "halving", "direct" or "hierarchical\""""
    late: bool
    """this member called too late: its input is not in the result"""
    participant_mask: int
    """bit r: the member of rank r of `epoch` has its input in the result (of the first 64 ranks)"""
    better_order: bool
    """`Communicator.update` puts the members in an order in which their links carry more; the same on all participants"""
    slot_mask: int
    """bit s: the member of slot s took part (of the first 64 slots)"""
    predicted_seconds: float
    """what the choice of the algorithm expected `seconds` to be; 0.0: nothing"""


class EpochInfo(NamedTuple):
    """This member's place in the current epoch."""

    rank: int
    """of this member, 0 <= rank < world"""
    epoch: int
    """number of the epoch, from 1"""
    world: int
    """members of the epoch"""
    pending: int
    """members that wait for admission, as last heard"""
    member: bytes
    """this member's id, 16 bytes; it stays the same when ranks change"""
    slot: int
    """this member's rank when the communicator was created or last updated; losses do not change it"""
    slots: int
    """the world then: the number of parts of buffers with a part for each member"""


class Statistics(NamedTuple):
    """Counters since the communicator was created."""

    lanes: int
    """open lanes (TCP connections), all links"""
    operations: int
    """collectives that ended well"""
    failures: int
    """collectives that ended in an error"""
    tx_bytes: int
    """bytes sent on lanes, headers included"""
    rx_bytes: int
    """bytes received on lanes, headers included"""
    frames_dropped: int
    """frames of another epoch or operation, or received before"""
    connections_refused: int
    """connections that failed the handshake or broke the protocol"""
    coordinator_messages: int
    """messages sent to the coordinator, heartbeats and reports not counted"""
    scratch_bytes: int
    """scratch memory held now"""
    scratch_peak_bytes: int
    """most scratch memory ever held"""
    managed_bytes: int
    """managed memory allocated by this process so far (a test aid)"""


# The C structs without `size`; native layout, 4 bytes skipped.
_RESULT = struct.Struct("@4xIQIIQQdiiQI4xQd")
_EPOCH_INFO = struct.Struct("@4xIQII16sII")
_STATISTICS = struct.Struct("@4xI10Q")

_ALGORITHMS: Dict[int, str] = {number: name for name, number in ALGORITHMS.items()}


def read_result(source: Any) -> Result:
    """coll_result -> Result"""
    (
        participants,
        epoch,
        retries,
        pending,
        tx,
        rx,
        seconds,
        algorithm,
        late,
        mask,
        better,
        slots,
        predicted,
    ) = _RESULT.unpack_from(source)
    name = _ALGORITHMS.get(algorithm) or f"algorithm {algorithm}"
    return Result(
        participants, epoch, retries, pending, tx, rx, seconds, name, bool(late), mask, bool(better), slots, predicted
    )


def read_epoch_info(source: Any) -> EpochInfo:
    """coll_epoch_info -> EpochInfo"""
    return EpochInfo._make(_EPOCH_INFO.unpack_from(source))


def read_statistics(source: Any) -> Statistics:
    """coll_comm_statistics -> Statistics"""
    return Statistics._make(_STATISTICS.unpack_from(source))
