"""What bench.py peers must show for f32, by collective and size. A ratio is the other's time over ours: above 1, ours is faster."""

from .units import KIB, MIB

GLOO, OPENMPI, CEILING = "gloo", "openmpi-tcp", "ceiling"


def targets(collective, world, size):
    """[(opponent, least ratio)] for a buffer of `size` bytes."""
    if collective != "all_reduce":
        return [(GLOO, 1.2), (OPENMPI, 1.2)] if size >= MIB else []
    if size <= 4 * KIB:
        return [(GLOO, 8.0 if world >= 4 else 3.0), (OPENMPI, 1 / 1.3)]
    if size <= 64 * KIB:
        return [(GLOO, 3.0), (OPENMPI, 0.5)]
    if size < 4 * MIB:
        return [(GLOO, 1.5), (OPENMPI, 1.0)]
    wanted = [(GLOO, 1.5), (OPENMPI, 1.2)]
    return wanted + [(CEILING, 0.85)] if size >= 16 * MIB else wanted
