"""Exercises of the chapter on LBP-TOP: a code, its changes, a histogram."""

import itertools

import numpy as np

from mer_core.exercises.base import Exercise

_CIRCLE = [(0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1), (1, 0), (1, 1)]


def lbp_code(patch: np.ndarray) -> int:
    """Compute one code by hand.

    `patch` is 3 × 3 pixels, uint8. Neighbour p = 0 is to the right of the middle, p = 1 above
    that (up and right), and so on against the clock; bit p is 1 where neighbour p is *at least* as
    bright as the middle, and weighs 2**p. Return the code, 0 to 255.
    """
    circle = [(1, 2), (0, 2), (0, 1), (0, 0), (1, 0), (2, 0), (2, 1), (2, 2)]
    return sum(int(patch[y, x] >= patch[1, 1]) << p for p, (y, x) in enumerate(circle))


def bit_changes(code: int) -> int:
    """Is a code uniform?

    Return how often the eight bits of `code` change between 0 and 1 when one goes once around the
    circle; bit 7 has bit 0 as its neighbour. (A code with at most two changes is called uniform.)
    """
    bits = [(code >> p) & 1 for p in range(8)]
    return sum(bits[p] != bits[p - 1] for p in range(8))


def code_histogram(codes: np.ndarray) -> np.ndarray:
    """From codes to a histogram.

    `codes` is an array of codes from 0 to 255, of any shape. Return 256 floats that sum to 1: the
    share of each code.
    """
    counts = np.bincount(codes.ravel(), minlength=256)
    return counts / counts.sum()


def _code(patch, order, compare=np.greater_equal):
    middle = int(patch[1, 1])
    return sum(
        int(compare(int(patch[1 + y, 1 + x]), middle)) << p for p, (y, x) in enumerate(order)
    )


def _binary_text(code):
    text = bin(code)[2:]
    return sum(a != b for a, b in itertools.pairwise(text))


_CLOCKWISE = [(0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1)]
_READING = [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)]


def _patches() -> list[tuple]:
    rng = np.random.default_rng(7)
    patches = [rng.integers(98, 103, (3, 3), dtype=np.uint8) for _ in range(6)]
    return [(p,) for p in [*patches, np.array([[9, 8, 1], [7, 5, 5], [2, 1, 9]], np.uint8)]]


def _codes() -> list[tuple]:
    rng = np.random.default_rng(8)
    small = rng.integers(0, 200, (3, 7, 5), dtype=np.uint8)
    return [(small,), (rng.integers(0, 256, (4, 9, 9), dtype=np.uint8),)]


EXERCISES = [
    Exercise(
        17,
        lbp_code,
        _patches,
        wrong={
            "ties": lambda p: _code(p, _CIRCLE, np.greater),
            "inverted-bits": lambda p: _code(p, _CIRCLE, np.less),
            "inverted-ties": lambda p: _code(p, _CIRCLE, np.less_equal),
            "clockwise": lambda p: _code(p, _CLOCKWISE),
            "reading-order": lambda p: _code(p, _READING),
            "reading-order-reversed": lambda p: _code(p, _READING[::-1]),
            "swapped-axes": lambda p: _code(p.T, _CIRCLE),
        },
        hints={
            "ties": "a neighbour *as* bright as the middle counts as 1: use >=, not >. On even "
            "skin that decides most codes.",
            "inverted-bits": "the comparison is turned round: 1 where the *neighbour* is at least "
            "as bright as the middle.",
            "inverted-ties": "the comparison is turned round: 1 where the *neighbour* is at least "
            "as bright as the middle.",
            "clockwise": "bit order: your neighbours go round with the clock; row 0 is on top, so "
            "against the clock from the right means up first.",
            "reading-order": "bit order: your neighbours are read row by row; go round the circle, "
            "from the right, upwards.",
            "reading-order-reversed": "bit order: your neighbours are read row by row; go round "
            "the circle, from the right, upwards.",
            "swapped-axes": "bit order: rows and columns are swapped; patch[y, x], y downwards.",
            "bit-order": "the bits are right but in another order: neighbour 0, on the right, "
            "weighs 1; then against the clock, each twice the one before.",
        },
    ),
    Exercise(
        18,
        bit_changes,
        lambda: [(c,) for c in (0, 255, 1, 128, 129, 85, 60, 240, 15, 37)],
        wrong={
            "not-circular": lambda c: sum(((c >> p) ^ (c >> (p + 1))) & 1 for p in range(7)),
            "ones": lambda c: bin(c).count("1"),
            "half": lambda c: bit_changes(c) // 2,
            "uniform": lambda c: bit_changes(c) <= 2,
            "binary-text": _binary_text,
        },
        hints={
            "not-circular": "off by one: the circle is not closed. Bit 7 and bit 0 are neighbours "
            "too, so eight pairs are compared, not seven.",
            "ones": "this counts the ones, not the changes.",
            "half": "each change counts, from 0 to 1 and from 1 to 0.",
            "uniform": "the number of changes is asked for, not whether there are at most two.",
            "binary-text": "bin() leaves leading zeros out, and the text has ends where the circle "
            "has none. Compare all eight bits, bit 7 with bit 0 too.",
            "type": "return the number of changes, a whole number.",
        },
        level=2,
    ),
    Exercise(
        19,
        code_histogram,
        _codes,
        wrong={
            "counts": lambda c: np.bincount(c.ravel(), minlength=256),
            "density": lambda c: np.histogram(c, bins=256, density=True)[0],
            "auto-range": lambda c: np.histogram(c, bins=256)[0] / c.size,
            "peak": lambda c: np.bincount(c.ravel(), minlength=256) / np.bincount(c.ravel()).max(),
            "length": lambda c: (
                np.bincount(c.ravel(), minlength=256) / np.linalg.norm(np.bincount(c.ravel()))
            ),
            "frames": lambda c: np.bincount(c.ravel(), minlength=256) / len(c),
            "off-by-one": lambda c: np.histogram(c, bins=255, range=(0, 255))[0] / c.size,
        },
        hints={
            "counts": "these are counts; a longer clip would have a larger histogram. Divide by "
            "their sum.",
            "density": "np.histogram chose its own range: from the smallest to the largest code "
            "here, not 0 to 255. Use np.bincount with minlength=256.",
            "auto-range": "np.histogram chose its own range: from the smallest to the largest code "
            "here, not 0 to 255. Use np.bincount with minlength=256.",
            "peak": "normalisation: divided by the largest bin; divide by the sum.",
            "length": "normalisation: divided by the Euclidean length; divide by the sum.",
            "frames": "normalisation: divided by the number of frames; divide by that of all "
            "codes.",
            "off-by-one": "codes 0 to 255 are 256 values, not 255.",
            "shape": "256 bins are needed, also where a code does not occur: minlength=256.",
            "normalisation": "the histogram does not sum to 1: divide by the number of codes.",
        },
        level=2,
    ),
]
