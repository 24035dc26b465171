"""Exercises of the chapter on degradation: where a small pixel stands, and how it is made."""

import numpy as np

from mer_core.exercises.base import Exercise


def pixel_centres(size: int, factor: int) -> np.ndarray:
    """Where does a small pixel stand?

    A row of `size` HR pixels, whose centres are at 0, 1, 2, ..., is reduced by `factor`: each LR
    pixel replaces `factor` neighbours and stands in their middle. Return the LR pixels' centres in
    HR coordinates, as an array of size // factor floats.
    """
    return factor * np.arange(size // factor) + (factor - 1) / 2


def gaussian_weights(sigma: float, reach: int) -> np.ndarray:
    """Write down a blur.

    Return the weights of a Gaussian blur of width `sigma` at the offsets -reach, ..., 0, ...,
    reach: an array of 2 * reach + 1 floats that sums to 1, so that an even grey stays as it is.
    """
    offsets = np.arange(-reach, reach + 1)
    weights = np.exp(-0.5 * (offsets / sigma) ** 2)
    return weights / weights.sum()


def block_mean(clip: np.ndarray, factor: int) -> np.ndarray:
    """Make a small clip from a large one.

    `clip` is a grey clip, (frames, rows, columns), uint8, whose rows and columns `factor` divides.
    Return (frames, rows / factor, columns / factor) uint8: each pixel is the mean of a square of
    factor × factor pixels, rounded once, at the end.
    """
    t, h, w = clip.shape
    blocks = clip.reshape(t, h // factor, factor, w // factor, factor)
    return np.rint(blocks.mean(axis=(2, 4))).astype(np.uint8)


def _twice_rounded(clip, f):
    t, h, w = clip.shape
    rows = np.rint(clip.reshape(t, h // f, f, w).mean(axis=2))
    return np.rint(rows.reshape(t, h // f, w // f, f).mean(axis=3)).astype(np.uint8)


def _cut(clip, f):
    t, h, w = clip.shape
    return clip.reshape(t, h // f, f, w // f, f).mean(axis=(2, 4)).astype(np.uint8)


def _interleaved(clip, f):
    t, h, w = clip.shape
    return np.rint(clip.reshape(t, f, h // f, f, w // f).mean(axis=(1, 3))).astype(np.uint8)


def _clips() -> list[tuple]:
    rng = np.random.default_rng(3)
    return [
        (rng.integers(0, 256, (3, 8, 12), dtype=np.uint8), 2),
        (rng.integers(0, 256, (2, 12, 8), dtype=np.uint8), 4),
    ]


EXERCISES = [
    Exercise(
        7,
        pixel_centres,
        lambda: [(8, 2), (128, 4), (9, 3)],
        wrong={
            "corner": lambda n, f: f * np.arange(n // f).astype(float),
            "half-pixel": lambda n, f: f * np.arange(n // f) + f / 2,
            "spread": lambda n, f: np.linspace(0, n - 1, n // f),
        },
        hints={
            "corner": "this is the first HR pixel of each group, not the middle: it is what "
            "blurred[::factor] keeps, and the shift that the chapter warns of.",
            "half-pixel": "half a pixel too far: centres are whole numbers here, so the middle of "
            "pixels 0 and 1 is 0.5, not 1.",
            "spread": "the first and the last LR pixel do not stand on the picture's edge; each "
            "stands in the middle of the pixels it replaces.",
        },
    ),
    Exercise(
        8,
        gaussian_weights,
        lambda: [(0.8, 3), (1.6, 5), (2.5, 4)],
        wrong={
            "normalisation": lambda s, r: np.exp(-0.5 * (np.arange(-r, r + 1) / s) ** 2),
            "formula": lambda s, r: (
                np.exp(-0.5 * (np.arange(-r, r + 1) / s) ** 2) / (s * np.sqrt(2 * np.pi))
            ),
            "variance": lambda s, r: _normal(np.exp(-0.5 * np.arange(-r, r + 1) ** 2 / s)),
            "no-half": lambda s, r: _normal(np.exp(-((np.arange(-r, r + 1) / s) ** 2))),
        },
        hints={
            "normalisation": "the weights do not sum to 1: the blur would brighten or darken an "
            "even face. Divide by their sum.",
            "formula": "the formula's own factor makes the *integral* 1; a finite row of weights "
            "must be divided by its sum.",
            "variance": "sigma is squared in the exponent: (offset / sigma)².",
            "no-half": "the exponent is -x² / (2 sigma²); the 2 is missing.",
            "off-by-one": "the offsets run from -reach to +reach, both included; range and arange "
            "leave the end out.",
        },
        level=2,
    ),
    Exercise(
        9,
        block_mean,
        _clips,
        wrong={
            "truncation": _cut,
            "decimate": lambda c, f: c[:, ::f, ::f],
            "twice-rounded": _twice_rounded,
            "interleaved": _interleaved,
        },
        hints={
            "truncation": "your means are cut off instead of rounded: half a grey level too dark "
            "on average. Use np.rint before astype.",
            "decimate": "you keep one pixel of each square; the mean of all is asked for.",
            "twice-rounded": "rounded twice: first along y, then along x. Round once, at the end.",
            "interleaved": "the squares are torn apart: reshape to (t, h/f, f, w/f, f), with the "
            "factor *after* the count, so that neighbours stay neighbours.",
            "swapped-axes": "rows and columns are swapped: a clip is (frames, rows, columns).",
            "type": "a clip is uint8 between all steps: round, then astype(np.uint8).",
        },
        level=3,
    ),
]


def _normal(weights: np.ndarray) -> np.ndarray:
    return weights / weights.sum()
