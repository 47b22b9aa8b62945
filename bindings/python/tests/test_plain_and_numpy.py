"""Plain buffers and numpy arrays: what is refused and with which words, and results over real processes."""

import array
import ctypes

import pytest

import collectives
from collectives import InvalidArgument, _abi, _buffers

numpy = pytest.importorskip("numpy")


@pytest.mark.parametrize(
    "value, count, number, writable",
    [
        (bytearray(5), 5, _abi.U8, True),
        (b"abc", 3, _abi.U8, False),
        (memoryview(bytearray(8)).cast("d"), 1, _abi.F64, True),
        (array.array("l", [1, 2]), 2, _abi.I64, True),
        ((ctypes.c_uint32 * 4)(), 4, _abi.U32, True),
        (ctypes.c_float(1), 1, _abi.F32, True),
        (numpy.zeros((2, 3), dtype=numpy.float16), 6, _abi.F16, True),
        (numpy.zeros(4, dtype=numpy.longlong), 4, _abi.I64, True),
        (numpy.zeros(0), 0, _abi.F64, True),
    ],
)
def test_what_is_taken(value, count, number, writable):
    found = _buffers.describe("tensor", value)
    assert (found.elements, found.dtype, found.writable) == (count, number, writable)


def test_the_address_is_that_of_the_first_element():
    values = (ctypes.c_int32 * 4)(1, 2, 3, 4)
    assert _buffers.describe("tensor", memoryview(values).cast("B")[4:]).address == ctypes.addressof(values) + 4
    whole = numpy.zeros(10)
    assert _buffers.describe("tensor", whole[3:]).address == whole.ctypes.data + 24


def _read_only():
    found = numpy.zeros(3)
    found.flags.writeable = False
    return found


@pytest.mark.parametrize(
    "value, words",
    [
        (numpy.zeros((4, 6)).T, ["C-contiguous", "(6, 4)", "ascontiguousarray"]),
        (numpy.zeros(10)[::2], ["C-contiguous", "(5,)", "(16,)"]),
        (numpy.zeros(3, dtype=bool), ["f32", "numpy.bool"]),
        (numpy.zeros(3, dtype=complex), ["f32", "numpy.complex128"]),
        (numpy.zeros(3, dtype=">f4"), ["byte order", ">f4", "<f4"]),
        (numpy.zeros(3, dtype=object), ["f32", "numpy.object"]),
        (memoryview(bytearray(8))[::2], ["contiguous", "(4,)", "(2,)"]),
        ((ctypes.c_bool * 3)(), ["f32", "format"]),
        ((ctypes.c_float.__ctype_be__ * 3)(), ["f32", ">f"]),
        ([1.0, 2.0], ["torch tensor", "numpy array", "buffer protocol", "builtins.list"]),
        (3.0, ["buffer protocol", "builtins.float"]),
        (None, ["buffer protocol", "NoneType"]),
    ],
)
def test_what_is_refused(value, words):
    with pytest.raises(InvalidArgument) as caught:
        _buffers.describe("tensor", value)
    assert all(word in caught.value.message for word in ["tensor: expected", *words]), caught.value.message


@pytest.mark.parametrize("value", [b"abc", memoryview(b"abc"), _read_only()])
def test_read_only_destinations(value):
    with pytest.raises(InvalidArgument, match=r"tensor: expected a writable buffer.*read-only.*out="):
        _buffers.pair(value, None)
    with pytest.raises(InvalidArgument, match=r"out: expected a writable buffer, found a read-only"):
        _buffers.pair(bytearray(3) if not isinstance(value, numpy.ndarray) else numpy.zeros(3), value)


def test_out_has_to_fit():
    with pytest.raises(InvalidArgument, match=r"out: expected u8 elements as in tensor, found f64"):
        _buffers.pair(bytearray(8), numpy.zeros(1))
    with pytest.raises(InvalidArgument, match=r"out: expected shape \(3,\) as of tensor, found \(4,\)"):
        _buffers.pair(bytearray(3), bytearray(4))
    whole = numpy.zeros(10)
    with pytest.raises(InvalidArgument, match=r"overlap of 8 bytes"):
        _buffers.pair(whole[:4], whole[3:7])
    assert _buffers.pair(whole[:5], whole[5:])[0].elements == 5  # neighbours do not overlap
    same = _buffers.pair(whole, whole[:])  # two objects, one memory: in place
    assert same[0].address == same[1].address


def test_dtype_reads_memory_as_another_type():
    read = _buffers.describe("tensor", bytearray(8), _buffers.dtype_number("bf16"))
    assert (read.elements, read.dtype) == (4, _abi.BF16)
    assert _buffers.describe("tensor", numpy.zeros(4, dtype=numpy.uint16), _abi.BF16).dtype == _abi.BF16
    with pytest.raises(InvalidArgument, match="multiple of 2 bytes to be read as bf16, found 7 bytes"):
        _buffers.describe("tensor", bytearray(7), _abi.BF16)
    with pytest.raises(InvalidArgument, match="expected elements of 2 bytes .* found elements of 4 bytes"):
        _buffers.describe("tensor", numpy.zeros(4, dtype=numpy.float32), _abi.BF16)
    with pytest.raises(InvalidArgument, match="dtype: expected one of 'i8', .* found 'float'"):
        _buffers.dtype_number("float")


def test_a_bytearray_cannot_be_resized_under_an_operation():
    raw = bytearray(8)
    held = _buffers.describe("tensor", raw)
    with pytest.raises(BufferError):
        raw.append(1)
    del held
    raw.append(1)


def test_errors_reach_the_caller_of_all_reduce():
    with collectives.Coordinator() as coordinator, collectives.Communicator(coordinator.address) as comm:
        for bad in (b"abc", numpy.zeros(4)[::2], [1.0]):
            with pytest.raises(InvalidArgument, match="tensor: expected"):
                comm.all_reduce(bad)
            with pytest.raises(InvalidArgument, match="tensor: expected"):
                comm.all_reduce_start(bad)
        assert comm.stats().operations == 0


def test_kinds_of_plain_buffers(group):
    for found in group.run(3, "plain:kinds"):
        assert found == []


def test_odd_alignments(group):
    for found in group.run(2, "plain:odd_alignments"):
        assert found == []
