"""Keyword arguments -> coll_config and coll_coordinator_config. None becomes C's zero, "the default".

The names are C's, without the unit where it is one of time: Python's times are seconds.
"""

from typing import Optional

from . import _abi
from ._arguments import count32, integer, text, units


def communicator_config(
    *,
    coordinator: Optional[str],
    min_members: Optional[int],
    group: Optional[int],
    lanes: Optional[int],
    advertise: Optional[str],
    interface_name: Optional[str],
    port_range: Optional[str],
    token: Optional[str],
    congestion_control: Optional[str],
    heartbeat: Optional[float],
    spin: Optional[float],
    deadline: Optional[float],
    scratch_limit_bytes: Optional[int],
    keepalive: Optional[float],
    user_timeout: Optional[float],
    dump_dir: Optional[str],
    recorded_events: Optional[int],
    keep_order: Optional[bool],
) -> _abi.Config:
    """The struct of `Communicator`'s arguments."""
    config = _abi.sized(_abi.Config)
    config.coordinator = text("coordinator", coordinator)
    config.min_members = count32("min_members", min_members)
    config.group = count32("group", group)
    config.lanes = count32("lanes", lanes)
    config.advertise = text("advertise", advertise)
    config.interface_name = text("interface_name", interface_name)
    config.port_range = text("port_range", port_range)
    config.token = text("token", token)
    config.congestion_control = text("congestion_control", congestion_control)
    config.heartbeat_ms = units("heartbeat", heartbeat, 1000)
    # C's 0 lets the library choose and -1 never spins; here None and 0 say so.
    config.spin_us = -1 if spin == 0 else units("spin", spin, 1_000_000, 2**31 - 1)
    config.deadline_ms = units("deadline", deadline, 1000, 2**53)
    if scratch_limit_bytes is not None:
        config.scratch_limit_bytes = integer("scratch_limit_bytes", scratch_limit_bytes, 1, 2**64 - 1)
    config.keepalive_s = units("keepalive", keepalive, 1)
    config.user_timeout_ms = units("user_timeout", user_timeout, 1000)
    config.dump_dir = text("dump_dir", dump_dir)
    if recorded_events is not None:
        # C's 0 is the default and -1 none; here None and 0 say so.
        config.recorded_events = integer("recorded_events", recorded_events, 0, 2**20) or -1
    config.keep_order = 1 if keep_order else 0
    return config


def coordinator_config(
    *, listen: Optional[str], token: Optional[str], heartbeat: Optional[float], metrics: Optional[str]
) -> _abi.CoordinatorConfig:
    """The struct of `Coordinator`'s arguments."""
    config = _abi.sized(_abi.CoordinatorConfig)
    config.listen = text("listen", listen)
    config.token = text("token", token)
    config.heartbeat_ms = units("heartbeat", heartbeat, 1000)
    config.metrics = text("metrics", metrics)
    return config
