"""Read the tensors of a PyTorch file (.pth) without PyTorch, and without running its code.

A .pth file is a pickle beside raw numbers. Unpickling can run anything that the file names, so
the names it may use are listed here, a handful that rebuild tensors; any other is refused. Both
layouts are read: the zip file of PyTorch 1.6 and later, and the older one in a row.
"""

import io
import math
import pickle
import pickletools
import struct
import warnings
import zipfile
import zlib
from collections import OrderedDict
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

DTYPES = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
}
MAGIC = 0x1950A86A20F9469CFC6C  # of the older layout


# What PyTorch writes (protocol 2): numbers, strings, containers, and calls of the names below.
OPCODES = frozenset(
    "PROTO STOP MARK NONE NEWTRUE NEWFALSE BININT BININT1 BININT2 LONG1 BINFLOAT BINUNICODE "
    "EMPTY_DICT EMPTY_LIST EMPTY_TUPLE TUPLE TUPLE1 TUPLE2 TUPLE3 SETITEM SETITEMS APPEND APPENDS "
    "BINPUT LONG_BINPUT BINGET LONG_BINGET GLOBAL BINPERSID REDUCE BUILD".split()
)


class _Storage(NamedTuple):
    key: str
    dtype: str


class _Tensor(NamedTuple):
    storage: _Storage
    offset: int  # in elements
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class _StorageType(NamedTuple):
    dtype: str


class _Rebuild:
    """What a file may call: it notes a tensor, or returns that of a parameter."""

    __slots__ = ()  # nothing that a file could set

    def __call__(self, first, *rest) -> _Tensor:
        if isinstance(first, _Tensor):
            return first
        offset, shape, strides = rest[:3]
        return _Tensor(first, offset, tuple(shape), tuple(strides))


class _Reader(pickle.Unpickler):
    """An unpickler that knows an ordered dictionary and tensors, and refuses every other name."""

    def find_class(self, module: str, name: str):
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if module == "torch._utils" and name in ("_rebuild_tensor_v2", "_rebuild_parameter"):
            return _Rebuild()
        if module == "torch" and name in DTYPES:
            return _StorageType(DTYPES[name])
        raise ValueError(f"it names {module}.{name}, which is not part of a file of tensors")

    def persistent_load(self, saved) -> _Storage:
        # zip: ("storage", type, key, device, size); older: one more, a view, always None here
        kind, storage, key = saved[:3]
        if kind != "storage" or any(view is not None for view in saved[5:]):
            raise ValueError("it has a storage of an unknown kind")
        return _Storage(str(key), storage.dtype)


def _unpickle(stream: BinaryIO) -> object:
    """Read one pickle of plain opcodes from `stream`, which is left behind it."""
    start = stream.tell()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of escapes in damaged strings
        names = {opcode.name for opcode, _, _ in pickletools.genops(stream)}
    if not names <= OPCODES:
        strange = ", ".join(sorted(names - OPCODES))
        raise ValueError(f"it holds {strange}, which PyTorch does not write")
    stream.seek(start)
    return _Reader(stream).load()


def _array(tensor: _Tensor, data: bytes) -> np.ndarray:
    flat = np.frombuffer(data, tensor.storage.dtype)
    end = (
        tensor.offset
        + sum((n - 1) * s for n, s in zip(tensor.shape, tensor.strides, strict=True))
        + 1
    )
    if math.prod(tensor.shape) and (
        tensor.offset < 0 or min(tensor.strides, default=0) < 0 or end > len(flat)
    ):
        raise ValueError("a tensor reaches beyond its storage")
    steps = [s * flat.itemsize for s in tensor.strides]
    return np.lib.stride_tricks.as_strided(flat[tensor.offset :], tensor.shape, steps).copy()


def _zipped(file: Path) -> tuple[object, dict[str, bytes]]:
    with zipfile.ZipFile(file) as archive:
        (record,) = [n for n in archive.namelist() if n.rsplit("/", 1)[-1] == "data.pkl"]
        root = record[: -len("data.pkl")]
        saved = _unpickle(io.BytesIO(archive.read(record)))
        data = {
            n[len(root) + len("data/") :]: archive.read(n)
            for n in archive.namelist()
            if n.startswith(f"{root}data/")
        }
    return saved, data


def _in_a_row(file: Path) -> tuple[object, dict[str, bytes]]:
    with open(file, "rb") as stream:
        if _unpickle(stream) != MAGIC:
            raise ValueError("it does not begin as a PyTorch file")
        _unpickle(stream)  # version of the layout
        _unpickle(stream)  # facts on the machine that wrote it
        saved = _unpickle(stream)
        keys = _unpickle(stream)
        dtypes = {t.storage.key: t.storage.dtype for t in _leaves(saved)}
        data = {}
        for key in keys:
            (count,) = struct.unpack("<q", stream.read(8))
            size = count * np.dtype(dtypes[str(key)]).itemsize
            data[str(key)] = stream.read(size)
            if count < 0 or len(data[str(key)]) != size:
                raise ValueError("it ends inside a tensor")
    return saved, data


def _leaves(saved: object) -> list[_Tensor]:
    if not isinstance(saved, dict) or not all(isinstance(t, _Tensor) for t in saved.values()):
        raise ValueError("it is not a state dict, a dictionary of tensors by name")
    return list(saved.values())


def read_pth(file: Path) -> dict[str, np.ndarray]:
    """The tensors of a state dict, by their PyTorch names, in their own dtype and axis order.

    Raises ValueError for a file that is damaged, is no state dict, or names anything else than
    tensors.
    """
    try:
        saved, data = _zipped(file) if zipfile.is_zipfile(file) else _in_a_row(file)
        _leaves(saved)
        return {str(name): _array(t, data[t.storage.key]) for name, t in saved.items()}
    except (
        pickle.UnpicklingError,
        zipfile.BadZipFile,
        EOFError,
        KeyError,
        ValueError,
        TypeError,
        AttributeError,
        IndexError,
        struct.error,
        OSError,
        MemoryError,
        ArithmeticError,
        RuntimeError,
        zlib.error,
    ) as error:
        raise ValueError(f"file: {file.name} cannot be read as a PyTorch file: {error}") from error
