"""Exercises of the chapter on Table 1: what a ranking depends on."""

import itertools

import numpy as np

from mer_core.exercises.base import Exercise


def inner_error(reference: np.ndarray, test: np.ndarray, border: int) -> float:
    """Leave out a border.

    Both are frames, (rows, columns) uint8. Return the mean squared difference of the pixels that
    are at least `border` pixels away from every edge; with a border of 0 that is all of them.
    """
    h, w = reference.shape
    a = reference[border : h - border, border : w - border].astype(float)
    b = test[border : h - border, border : w - border]
    return float(np.mean((a - b) ** 2))


def rank_flips(first: dict, second: dict) -> int:
    """How often does a ranking turn?

    Two dicts map the same methods to PSNR under two choices of what the paper leaves open. Return
    the number of pairs of methods that stand in opposite order in the two; pairs that are equal in
    one of them do not count.
    """
    return sum(
        (first[a] - first[b]) * (second[a] - second[b]) < 0
        for a, b in itertools.combinations(first, 2)
    )


def _frames() -> list[tuple]:
    rng = np.random.default_rng(22)
    probes = []
    for shape, border in (((9, 12), 2), ((8, 7), 0), ((10, 11), 3)):
        a = rng.integers(0, 256, shape, dtype=np.uint8)
        probes.append((a, rng.integers(0, 256, shape, dtype=np.uint8), border))
    return probes


def _one_side(a, b, k):
    return float(np.mean((a[k:, k:].astype(float) - b[k:, k:]) ** 2))


def _only_without_border(args: tuple, answer: object, expected: object) -> str | None:
    return "negative-slice" if args[2] == 0 else None


def _wrapped(a, b, k):
    h, w = a.shape
    part = a[k : h - k, k : w - k] - b[k : h - k, k : w - k]
    return float(np.mean(part.astype(float) ** 2))


def _rankings() -> list[tuple]:
    first = {"bicubic": 30.0, "lanczos": 30.5, "esrgan": 29.0, "psnr-small": 33.0}
    second = {"bicubic": 30.0, "lanczos": 29.5, "esrgan": 31.0, "psnr-small": 33.0}
    third = {"bicubic": 31.0, "lanczos": 31.0, "esrgan": 34.0, "psnr-small": 30.0}
    return [(first, second), (first, third), (second, third), (first, first)]


def _ordered(first, second):
    return 2 * rank_flips(first, second)


def _moved(first, second):
    orders = [sorted(d, key=d.get) for d in (first, second)]
    return sum(a != b for a, b in zip(*orders, strict=True))


EXERCISES = [
    Exercise(
        49,
        inner_error,
        _frames,
        wrong={
            "one-side": _one_side,
            "wraparound": _wrapped,
            "all": lambda a, b, k: float(np.mean((a.astype(float) - b) ** 2)),
            "off-by-one": lambda a, b, k: inner_error(a, b, k + 1),
        },
        spot=_only_without_border,
        hints={
            "one-side": "the border is left out on top and left only; every edge has one.",
            "negative-slice": "with a border of 0, a[0:-0] is empty: -0 is 0. Count from the size.",
            "not-finite": "with a border of 0, a[0:-0] is empty: -0 is 0. Count from the size.",
            "wraparound": "bytes wrap around: turn one frame into float before you subtract.",
            "all": "the border is not left out.",
            "off-by-one": "off by one: one ring of pixels too many is left out.",
        },
    ),
    Exercise(
        50,
        rank_flips,
        _rankings,
        wrong={
            "ordered": _ordered,
            "ties": lambda a, b: sum(
                (a[x] - a[y]) * (b[x] - b[y]) <= 0 for x, y in itertools.combinations(a, 2)
            ),
            "places": _moved,
        },
        hints={
            "ordered": "each pair is counted twice, as (a, b) and as (b, a).",
            "ties": "a pair that is equal in one ranking has no order there; it does not count.",
            "places": "this counts places in the ranking that changed hands; count pairs of "
            "methods.",
        },
        level=2,
    ),
]
