"""Exercises of the chapter on networks: what a network sees, and how it gets larger."""

import numpy as np

from mer_core.exercises.base import Exercise


def receptive_field(layers: int, kernel: int) -> int:
    """How far does a network see?

    `layers` convolutions of kernel × kernel pixels, kernel odd, follow one another. Return the side
    of the square of input pixels that one output pixel depends on.
    """
    return 1 + layers * (kernel - 1)


def pixel_shuffle(features: np.ndarray, scale: int) -> np.ndarray:
    """Turn channels into pixels.

    `features` is (rows, columns, scale²). Channel number dy * scale + dx of the pixel (y, x) is the
    output pixel (scale * y + dy, scale * x + dx). Return (rows * scale, columns * scale).
    """
    h, w, _ = features.shape
    cells = features.reshape(h, w, scale, scale)
    return cells.transpose(0, 2, 1, 3).reshape(h * scale, w * scale)


def _probes() -> list[tuple]:
    rng = np.random.default_rng(5)
    return [(rng.normal(size=(3, 4, 4)), 2), (rng.normal(size=(2, 3, 9)), 3)]


def _swapped(f, s):
    h, w, _ = f.shape
    return f.reshape(h, w, s, s).transpose(0, 3, 1, 2).reshape(h * s, w * s)


def _torn(f, s):
    h, w, _ = f.shape
    return f.reshape(h * s, w * s)


def _tiled(f, s):
    h, w, _ = f.shape
    return f.reshape(h, w, s, s).transpose(2, 0, 3, 1).reshape(h * s, w * s)


EXERCISES = [
    Exercise(
        13,
        receptive_field,
        lambda: [(1, 3), (2, 3), (8, 3), (3, 5), (4, 1)],
        wrong={
            "off-by-one": lambda n, k: n * (k - 1),
            "product": lambda n, k: n * k,
            "power": lambda n, k: k**n,
        },
        hints={
            "off-by-one": "off by one: a single 3 × 3 convolution sees 3 pixels, not 2. Count the "
            "pixel itself.",
            "product": "windows of neighbours overlap: a further 3 × 3 layer adds one pixel on "
            "each side, not three.",
            "power": "the field grows by kernel - 1 with each layer; it would grow by a factor "
            "only if the layers also skipped pixels.",
        },
    ),
    Exercise(
        14,
        pixel_shuffle,
        _probes,
        wrong={"swapped-axes": _swapped, "torn": _torn, "tiled": _tiled},
        hints={
            "swapped-axes": "dy and dx are swapped inside each cell: the channel is dy * scale + "
            "dx, so dy is the slower one.",
            "torn": "a bare reshape tears neighbours apart: split the channels into (dy, dx), "
            "bring the axes into the order y, dy, x, dx, and only then reshape.",
            "tiled": "your picture is a mosaic of small ones: y comes before dy, x before dx.",
            "shape": "the output has rows * scale rows and columns * scale columns.",
        },
        level=2,
    ),
]
