"""Torch tensors: what is refused and with which words, and results over real processes."""

import pytest

torch = pytest.importorskip("torch")

from collectives import InvalidArgument, _abi, _buffers  # noqa: E402


@pytest.mark.parametrize(
    "name, number",
    [
        ("int8", _abi.I8),
        ("uint8", _abi.U8),
        ("int16", _abi.I16),
        ("int32", _abi.I32),
        ("int64", _abi.I64),
        ("float16", _abi.F16),
        ("bfloat16", _abi.BF16),
        ("float32", _abi.F32),
        ("float64", _abi.F64),
    ],
)
def test_types(name, number):
    tensor = torch.zeros(3, 4, dtype=getattr(torch, name))
    found = _buffers.describe("tensor", tensor)
    assert found[:4] == (tensor.data_ptr(), 12, number, True)


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda: torch.zeros(4, 6).t(), ["contiguous", "(6, 4)", "(1, 6)", ".contiguous()"]),
        (lambda: torch.zeros(10)[::2], ["contiguous", "(5,)"]),
        (lambda: torch.zeros(1).expand(4), ["contiguous", "(4,)", "(0,)"]),
        (lambda: torch.zeros(3, dtype=torch.bool), ["f32", "torch.bool"]),
        (lambda: torch.zeros(3, dtype=torch.complex64), ["bf16", "torch.complex64"]),
        (lambda: torch.zeros(3, device="meta"), ["CPU", "meta", ".cpu()"]),
        (lambda: torch.zeros(3).to_sparse(), ["dense", "sparse"]),
        (lambda: torch.zeros(1, dtype=torch.complex64).conj().imag, ["negated", ".resolve_neg()"]),
    ],
)
def test_what_is_refused(make, words):
    with pytest.raises(InvalidArgument) as caught:
        _buffers.describe("tensor", make())
    assert all(word in caught.value.message for word in ["tensor: expected", *words]), caught.value.message


def test_shape_and_type_of_out():
    with pytest.raises(InvalidArgument, match=r"out: expected f32 elements as in tensor, found f64"):
        _buffers.pair(torch.zeros(3), torch.zeros(3, dtype=torch.float64))
    with pytest.raises(InvalidArgument, match=r"out: expected shape \(2, 3\) as of tensor, found \(3, 2\)"):
        _buffers.pair(torch.zeros(2, 3), torch.zeros(3, 2))
    whole = torch.zeros(10)
    with pytest.raises(InvalidArgument, match=r"overlap of 16 bytes"):
        _buffers.pair(whole[:6], whole[2:8])


def test_every_type_and_op(group):
    for found in group.run(3, "tensors:types_and_ops", counts=[1, 2, 1021]):
        assert found == []


def test_views_and_shapes(group):
    for found in group.run(2, "tensors:views"):
        assert found == []
