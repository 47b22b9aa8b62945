"""Buffers whose length does not fit 32 bits. Needs 20 GiB of memory and some minutes; asked for by name only:

make test-over-4-gib
"""

import pytest

MIB = 1 << 20


@pytest.mark.by_name
@pytest.mark.limit(1800)
@pytest.mark.parametrize(
    "type_name, element_bytes",
    [("u1", 1), ("bf16", 2), ("f4", 4)],
)
def test_over_4_gib(group, type_name, element_bytes):
    """A bit more than 4 GiB, and no multiple of anything; u1 has more than 2^32 elements too."""
    elements = (4096 + 37) * MIB // element_bytes + 13
    for wrong, held_bytes, tx_bytes, seconds in [
        member.result(1700) for member in group.start(2, "large:in_place", type_name=type_name, elements=elements)
    ]:
        print(f"{type_name}: {held_bytes} bytes in {seconds:.1f} s")
        assert wrong == []
        assert held_bytes > 4096 * MIB
        assert held_bytes <= tx_bytes <= held_bytes * 1.01
