"""Exercises of the chapter on training: pairs, schedules, losses."""

import numpy as np

from mer_core.exercises.base import Exercise


def learning_rate(epoch: int, start: float, every: int) -> float:
    """Halve the learning rate.

    Training begins at epoch 0 with the rate `start`, which is halved after every `every` epochs:
    epochs 0 to every - 1 have the rate `start`, the next `every` epochs half of it. Return the
    rate at `epoch`.
    """
    return start * 0.5 ** (epoch // every)


def training_pair(hr: np.ndarray, lr: np.ndarray, y: int, x: int, side: int) -> tuple:
    """Cut a pair of patches.

    `hr` is (rows, columns) and `lr` the same picture, smaller by a whole factor. Return two
    arrays: the LR patch of side × side pixels whose first pixel is (y, x) *in LR pixels*, and the
    HR patch of the same part of the face.
    """
    f = hr.shape[0] // lr.shape[0]
    small = lr[y : y + side, x : x + side]
    large = hr[f * y : f * (y + side), f * x : f * (x + side)]
    return small.copy(), large.copy()


def _pictures() -> list[tuple]:
    rng = np.random.default_rng(6)
    probes = []
    for f, y, x, side in ((2, 1, 5, 4), (4, 3, 0, 3)):
        lr = rng.integers(0, 256, (8, 10), dtype=np.uint8)
        hr = rng.integers(0, 256, (8 * f, 10 * f), dtype=np.uint8)
        probes.append((hr, lr, y, x, side))
    return probes


def _unscaled(hr, lr, y, x, s):
    f = hr.shape[0] // lr.shape[0]
    return lr[y : y + s, x : x + s], hr[y : y + f * s, x : x + f * s]


def _small_window(hr, lr, y, x, s):
    f = hr.shape[0] // lr.shape[0]
    return lr[y : y + s, x : x + s], hr[f * y : f * y + s, f * x : f * x + s]


def _swapped(hr, lr, y, x, s):
    f = hr.shape[0] // lr.shape[0]
    return lr[x : x + s, y : y + s], hr[f * x : f * (x + s), f * y : f * (y + s)]


def _half_swapped(hr, lr, y, x, s):
    f = hr.shape[0] // lr.shape[0]
    return lr[y : y + s, x : x + s], hr[f * x : f * (x + s), f * y : f * (y + s)]


EXERCISES = [
    Exercise(
        15,
        learning_rate,
        lambda: [(0, 4e-4, 100), (99, 4e-4, 100), (100, 4e-4, 100), (250, 1e-3, 50)],
        wrong={
            "off-by-one": lambda e, s, n: s * 0.5 ** ((e + 1) // n),
            "off-by-one-late": lambda e, s, n: s * 0.5 ** (max(e - 1, 0) // n),
            "smooth": lambda e, s, n: s * 0.5 ** (e / n),
            "linear": lambda e, s, n: s / (1 + e // n),
        },
        hints={
            "off-by-one": "off by one: epochs are counted from 0, so epoch 99 is the hundredth and "
            "still has the first rate.",
            "off-by-one-late": "off by one: epoch `every` is the first with half the rate.",
            "smooth": "the rate falls in steps: use whole division, //.",
            "linear": "each step halves: 1, 1/2, 1/4, 1/8, not 1, 1/2, 1/3.",
        },
        tolerance=1e-9,
    ),
    Exercise(
        16,
        training_pair,
        _pictures,
        wrong={
            "unscaled": _unscaled,
            "small-window": _small_window,
            "swapped-axes": _swapped,
            "half-swapped": _half_swapped,
        },
        hints={
            "unscaled": "the corner is not scaled: (y, x) in LR pixels is (f y, f x) in HR pixels. "
            "A network trained on such pairs learns from faces that do not fit together.",
            "small-window": "the HR patch is as small as the LR patch; it is f times larger.",
            "swapped-axes": "x and y are swapped: the first axis is y, rows.",
            "half-swapped": "x and y are swapped in the HR patch: the first axis is y, rows.",
            "swapped-order": "the LR patch comes first, then the HR patch.",
        },
        level=2,
    ),
]
