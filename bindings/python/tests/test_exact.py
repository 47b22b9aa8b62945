"""Results over real processes, compared with values that are known exactly."""

import pytest


@pytest.mark.parametrize("world", [1, 2, 3, 4])
def test_every_type_and_op_in_place_and_out_of_place(group, world):
    # none, one, fewer than the members, not divisible by them, more than one segment of a small message
    for found in group.run(world, "exact:types_and_ops", counts=[0, 1, 2, 3, 5, 1021]):
        assert found == []


@pytest.mark.parametrize("algorithm, largest", [("ring", 300_007), ("exchange", 32_768), ("star", 32_768)])
def test_each_algorithm_and_larger_buffers(group, algorithm, largest):
    for found in group.run(3, "exact:types_and_ops", counts=[2, largest], algorithm=algorithm):
        assert found == []


def test_wrapping_rounding_nan_and_zeros(group):
    for found in group.run(2, "exact:corners"):
        assert found == []


def test_weights_that_differ_between_members(group):
    for found in group.run(3, "exact:weights"):
        assert found == []


def test_the_same_bits_on_all_members(group):
    found = group.run(3, "exact:random_bits", seed=7, rounds=60)
    assert sorted(rank for rank, _ in found) == [0, 1, 2]
    assert len({digest for _, digest in found}) == 1
