"""The networks' layers as data, for diagrams: read from a file, so that TensorFlow is not needed.

``layers.json`` was read off the built Keras models by ``tools/make_layers.py``; the test suite
builds them anew and holds the file against them.
"""

import functools
import json
from pathlib import Path

from . import networks
from .registry import find

FILE = Path(__file__).with_name("layers.json")
DRAWN = ("psnr-small", "psnr-large", "esrgan-x2", "esrgan-x4", "nesrgan-plus-x4")
KEYS = ("name", "type", "kernel", "filters", "inputs")


@functools.cache
def _file() -> dict[str, list[list]]:
    return json.loads(FILE.read_text(encoding="utf-8"))


def describe_network(name: str) -> list[dict]:
    """The layers of model `name` as `networks.describe` lists them; no weights are needed.

    A network that the file does not have is built for it, which imports TensorFlow. Raises
    ValueError for an interpolation.
    """
    spec = find(name).network
    if spec is None:
        raise ValueError(f"name: got {name!r}, an interpolation; it has no layers")
    if (listed := _file().get(str(spec))) is None:
        return networks.describe(networks.build(spec))
    return [dict(zip(KEYS, layer, strict=True)) for layer in listed]


def parameters(name: str) -> int:
    """How many numbers model `name` learns; an interpolation has none.

    Counted from the shapes of its convolutions, which the test suite holds against the layers.
    """
    spec = find(name).network
    if spec is None:
        return 0
    count = 0
    for c in networks.convolutions(spec):
        count += c.kernel**2 * c.inputs * c.filters + (c.filters if c.bias else 0)
    return count
