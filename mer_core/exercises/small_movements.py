"""Exercises of the chapter on small movements: what is left of a pixel."""

import numpy as np

from mer_core.exercises.base import Exercise


def movement_left(pixels: float, factor: int) -> float:
    """What is left of a movement?

    A mouth's corner moves by `pixels` HR pixels. Return how many LR pixels that is after a
    reduction by `factor` per axis.
    """
    return pixels / factor


def threshold(amplitudes: np.ndarray, accuracy: np.ndarray, wanted: float) -> float:
    """How large must a movement be to be read?

    `amplitudes` rise, and `accuracy` rises with them, from below `wanted` to above it. Return the
    amplitude at which the accuracy is `wanted`, on straight lines between the measured points.
    """
    k = int(np.argmax(accuracy >= wanted))
    share = (wanted - accuracy[k - 1]) / (accuracy[k] - accuracy[k - 1])
    return float(amplitudes[k - 1] + share * (amplitudes[k] - amplitudes[k - 1]))


def _curves() -> list[tuple]:
    x = np.array([0.0, 0.5, 1.0, 2.0, 4.0])
    return [
        (x, np.array([0.34, 0.40, 0.55, 0.80, 0.95]), 0.6),
        (x, np.array([0.33, 0.36, 0.41, 0.52, 0.79]), 0.5),
        (x, np.array([0.20, 0.60, 0.70, 0.75, 0.80]), 0.5),
    ]


EXERCISES = [
    Exercise(
        41,
        movement_left,
        lambda: [(2.0, 4), (1.5, 2), (0.25, 1), (3.0, 2)],
        wrong={
            "multiplied": lambda p, f: p * f,
            "area": lambda p, f: p / f**2,
            "truncation": lambda p, f: float(int(p / f)),
            "rounded": lambda p, f: float(round(p / f)),
        },
        hints={
            "multiplied": "turned round: fewer pixels, smaller movements.",
            "area": "the *area* falls with the square of the factor; a movement along a line falls "
            "with the factor itself.",
            "truncation": "cut off: a movement of half a pixel is still there, as a change of "
            "grey.",
            "rounded": "not rounded: a movement of half a pixel is still there, as a change of "
            "grey.",
        },
    ),
    Exercise(
        42,
        threshold,
        _curves,
        wrong={
            "off-by-one": lambda x, a, w: float(x[int(np.argmax(a >= w)) - 1]),
            "grid-point": lambda x, a, w: float(x[int(np.argmax(a >= w))]),
            "nearest": lambda x, a, w: float(x[int(np.argmin(np.abs(a - w)))]),
            "swapped-axes": lambda x, a, w: float(np.interp(w, x, a)),
            "middle": lambda x, a, w: float(
                x[int(np.argmax(a >= w)) - 1 : int(np.argmax(a >= w)) + 1].mean()
            ),
        },
        hints={
            "off-by-one": "this is the last measured amplitude *below*; go on along the line to "
            "the next one.",
            "grid-point": "this is the first measured amplitude above; the line crosses the wanted "
            "accuracy before it.",
            "nearest": "this is the nearest measured amplitude; interpolate between two of them.",
            "swapped-axes": "the axes are swapped: this gives an accuracy for an amplitude. "
            "np.interp(wanted, accuracy, amplitudes) reads the curve the other way.",
            "middle": "the crossing is not always in the middle of two points; weigh by how far "
            "the accuracy has come.",
        },
        level=2,
    ),
]
