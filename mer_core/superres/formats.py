"""File formats of weights, to float32 tensors by name: TensorFlow.js, Keras hdf5, npz, safetensors.

None of them can run code. A damaged file is a ValueError that names it.
"""

import json
import math
import tokenize
import zipfile
import zlib
from pathlib import Path

import numpy as np

# What the readers of zip, .npy and hdf5 raise on damaged bytes
DAMAGE = (
    ArithmeticError, AttributeError, EOFError, LookupError, MemoryError, OSError, RuntimeError,
    SyntaxError, TypeError, ValueError, tokenize.TokenError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


def read_tfjs(file: Path) -> dict[str, np.ndarray]:
    """Tensors of a TensorFlow.js layers model: ``model.json`` and the shards beside it.

    A quantised tensor is ``q * scale + min``, computed in float64 and cast once, which gives the
    bits that TensorFlow.js computes.
    """
    try:
        groups = json.loads(file.read_text(encoding="utf-8"))["weightsManifest"]
        tensors = {}
        for group in groups:
            data = b"".join((file.parent / Path(p).name).read_bytes() for p in group["paths"])
            start = 0
            for entry in group["weights"]:
                packing = entry.get("quantization", {})
                dtype = np.dtype(packing.get("dtype", entry["dtype"])).newbyteorder("<")
                count = math.prod(entry["shape"])
                if start + count * dtype.itemsize > len(data):
                    raise ValueError(f"the shards end inside {entry['name']}")
                tensor = np.frombuffer(data, dtype, count, start).reshape(entry["shape"])
                if "scale" in packing:
                    tensor = tensor.astype(np.float64) * packing["scale"] + packing["min"]
                tensors[entry["name"]] = tensor.astype(np.float32)
                start += count * dtype.itemsize
            if start != len(data):
                raise ValueError(f"the shards have {len(data) - start} bytes too many")
    except (ArithmeticError, LookupError, TypeError, OSError, ValueError) as error:
        raise ValueError(f"weights: {file.name} cannot be read: {error}") from error
    return tensors


def read_hdf5(file: Path) -> dict[str, np.ndarray]:
    """Tensors of a legacy Keras weights file (``save_weights`` to hdf5), as ISR's are."""
    import h5py

    try:
        with h5py.File(file) as root:
            tensors = {}
            for layer in root.attrs["layer_names"]:
                layer = layer.decode() if isinstance(layer, bytes) else layer
                for path in root[layer].attrs["weight_names"]:
                    path = path.decode() if isinstance(path, bytes) else path
                    short = path.rsplit("/", 1)[-1].split(":")[0]
                    tensors[f"{layer}/{short}"] = np.asarray(root[layer][path], np.float32)
    except DAMAGE as error:
        raise ValueError(f"weights: {file.name} cannot be read as Keras hdf5: {error}") from error
    return tensors


def read_npz(file: Path) -> dict[str, np.ndarray]:
    """Tensors of an .npz of arrays named ``layer/kernel`` and ``layer/bias``."""
    try:
        with np.load(file, allow_pickle=False) as archive:
            return {key: archive[key] for key in archive.files}
    except DAMAGE as error:
        raise ValueError(f"weights: {file.name} cannot be read as .npz: {error}") from error


def read_safetensors(file: Path) -> dict[str, np.ndarray]:
    """Tensors of a safetensors file, float32; float16 ones are widened, which is exact."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        tensors = load(file.read_bytes())
    except (SafetensorError, *DAMAGE) as error:
        raise ValueError(f"weights: {file.name} cannot be read as safetensors: {error}") from error
    return {k: t.astype(np.float32) if t.dtype == np.float16 else t for k, t in tensors.items()}
