"""Exercises of the chapter on the faces: sizes, noise, and what a pixel of movement is."""

import numpy as np

from mer_core.exercises.base import Exercise


def to_square(points: np.ndarray, width: int, height: int, size: int) -> np.ndarray:
    """Stretch a face, and know where its points go.

    `points` are movements (dx, dy) in pixels of a frame of width × height pixels, one a row. The
    frame is stretched to size × size pixels. Return the movements there, as (points, 2) floats.
    """
    return points * np.array([size / width, size / height])


def camera_noise(first: np.ndarray, second: np.ndarray) -> float:
    """How noisy is the camera?

    Two grey frames, uint8, show the same still scene; each has its own noise of the same standard
    deviation, and the noise is even over the picture. Return that standard deviation, in grey
    levels: that of the difference of the frames, divided by √2.
    """
    difference = first.astype(float) - second
    return float(difference.std() / np.sqrt(2))


def _stills() -> list[tuple]:
    rng = np.random.default_rng(13)
    probes = []
    for sigma in (2.0, 5.0, 9.0):
        scene = rng.integers(40, 216, (24, 20)).astype(float)
        noisy = [np.rint(scene + rng.normal(0, sigma, scene.shape)) for _ in range(2)]
        probes.append(tuple(n.clip(0, 255).astype(np.uint8) for n in noisy))
    return probes


def _moves() -> list[tuple]:
    rng = np.random.default_rng(14)
    return [(rng.normal(size=(5, 2)), 190, 230, 128), (rng.normal(size=(3, 2)), 300, 200, 64)]


EXERCISES = [
    Exercise(
        31,
        to_square,
        _moves,
        wrong={
            "swapped-axes": lambda p, w, h, s: p * np.array([s / h, s / w]),
            "one-scale": lambda p, w, h, s: p * (s / w),
            "one-scale-height": lambda p, w, h, s: p * (s / h),
            "inverse": lambda p, w, h, s: p * np.array([w / s, h / s]),
        },
        hints={
            "swapped-axes": "x and y are swapped: dx shrinks with the width, dy with the height.",
            "one-scale": "both are scaled as x is; a stretched face shrinks more along y.",
            "one-scale-height": "both are scaled as y is; a stretched face shrinks less along x.",
            "inverse": "the scale is turned round: a smaller picture has smaller movements.",
        },
    ),
    Exercise(
        32,
        camera_noise,
        _stills,
        wrong={
            "normalisation": lambda a, b: float((a.astype(float) - b).std()),
            "half": lambda a, b: float((a.astype(float) - b).std() / 2),
            "wraparound": lambda a, b: float((a - b).std() / np.sqrt(2)),
            "one-frame": lambda a, b: float(a.std()),
            "variance": lambda a, b: float((a.astype(float) - b).var() / 2),
        },
        hints={
            "normalisation": "normalisation: the difference holds the noise of *two* frames, whose "
            "variances add; divide by √2.",
            "half": "normalisation: variances add, so the variance is halved and the standard "
            "deviation is divided by √2.",
            "wraparound": "bytes wrap around: turn one frame into float before you subtract.",
            "one-frame": "this measures the scene; the difference of the frames cancels it.",
            "variance": "this is the variance; its root is asked for.",
        },
        level=2,
    ),
]
