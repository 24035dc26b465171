"""Exercises of the chapter on clips: time, planes, grey values, change."""

import numpy as np

from mer_core.exercises.base import Exercise


def duration(onset: int, offset: int, fps: float) -> float:
    """How long does an expression last?

    `onset` and `offset` are the numbers of its first and its last frame, both part of it; `fps`
    is the number of frames per second. Each frame stands for 1 / fps seconds. Return milliseconds.
    """
    return 1000 * (offset - onset + 1) / fps


def xt_plane(clip: np.ndarray, y: int) -> np.ndarray:
    """Cut a clip along time.

    `clip` is a grey clip, (frames, rows, columns). Return its XT plane at row `y`: time runs down,
    x to the right, so the shape is (frames, columns).
    """
    return clip[:, y, :].copy()


def luma(frame: np.ndarray) -> np.ndarray:
    """Turn colour into grey.

    `frame` is (rows, columns, 3), RGB, uint8. Return the luma 0.299 R + 0.587 G + 0.114 B as
    (rows, columns) uint8, rounded to the nearest grey level.
    """
    grey = frame @ np.array([0.299, 0.587, 0.114])
    return np.rint(grey).astype(np.uint8)


def mean_change(clip: np.ndarray) -> np.ndarray:
    """Measure how much moves.

    `clip` is a grey clip, (frames, rows, columns), uint8. Return one number a frame: the mean
    absolute difference of that frame from the first one, in grey levels. The first number is 0.
    """
    difference = clip.astype(float) - clip[0]
    return np.abs(difference).mean(axis=(1, 2))


def _clips() -> list[np.ndarray]:
    rng = np.random.default_rng(1)
    return [rng.integers(0, 256, shape, dtype=np.uint8) for shape in ((5, 6, 8), (8, 7, 4))]


def _frames() -> list[tuple]:
    rng = np.random.default_rng(2)
    return [(rng.integers(0, 256, shape, dtype=np.uint8),) for shape in ((5, 7, 3), (4, 4, 3))]


EXERCISES = [
    Exercise(
        3,
        duration,
        lambda: [(100, 149, 100.0), (7, 7, 25.0), (12, 40, 200.0)],
        wrong={
            "off-by-one": lambda a, b, fps: 1000 * (b - a) / fps,
            "seconds": lambda a, b, fps: (b - a + 1) / fps,
            "no-rate": lambda a, b, fps: float(b - a + 1),
        },
        hints={
            "off-by-one": "off by one: frames 7 to 7 are one frame, not none. Both ends belong to "
            "the expression.",
            "seconds": "these are seconds; milliseconds are asked for.",
            "no-rate": "these are frames; divide by the frames per second.",
        },
    ),
    Exercise(
        4,
        xt_plane,
        lambda: [(_clips()[0], 2), (_clips()[1], 3)],
        wrong={
            "yt-plane": lambda c, y: c[:, :, y],
            "xy-plane": lambda c, y: c[y],
        },
        hints={
            "swapped-axes": "time and x are swapped: frames go down, so the frames come first.",
            "yt-plane": "this is the plane YT: you kept column y. Rows are the second axis.",
            "xy-plane": "this is frame y of the clip; the row is on the second axis.",
            "off-by-one": "this is the row beside; rows are counted from 0.",
            "reversed": "one axis runs backwards: the first frame is on top, x = 0 on the left.",
        },
    ),
    Exercise(
        5,
        luma,
        _frames,
        wrong={
            "truncation": lambda f: np.floor(f @ np.array([0.299, 0.587, 0.114])).astype(np.uint8),
            "mean": lambda f: np.rint(f.mean(axis=-1)).astype(np.uint8),
            "mean-truncated": lambda f: f.mean(axis=-1).astype(np.uint8),
            "bgr": lambda f: np.rint(f @ np.array([0.114, 0.587, 0.299])).astype(np.uint8),
        },
        hints={
            "truncation": "your grey levels are cut off instead of rounded: astype(np.uint8) drops "
            "the fraction, half a level too dark on average. Use np.rint before it.",
            "mean": "this is the plain mean of the three colours; the eye weighs green more.",
            "mean-truncated": "this is the plain mean of the three colours, and cut off instead of "
            "rounded; the eye weighs green more.",
            "bgr": "red and blue are swapped: the channels come in the order R, G, B.",
        },
        level=2,
    ),
    Exercise(
        6,
        mean_change,
        lambda: [(c,) for c in _clips()],
        wrong={
            "wraparound": lambda c: np.abs(c - c[0]).mean(axis=(1, 2)),
            "wraparound-absolute": lambda c: np.abs((c - c[0]).astype(np.int8).astype(float)).mean(
                axis=(1, 2)
            ),
            "neighbour": lambda c: np.abs(np.diff(c.astype(float), axis=0, prepend=c[:1])).mean(
                axis=(1, 2)
            ),
            "signed": lambda c: (c.astype(float) - c[0]).mean(axis=(1, 2)),
            "squared": lambda c: ((c.astype(float) - c[0]) ** 2).mean(axis=(1, 2)),
        },
        hints={
            "wraparound": "bytes wrap around: in uint8, 3 - 5 is 254. Turn the clip into float "
            "before you subtract.",
            "wraparound-absolute": "bytes wrap around: turn the clip into float before you "
            "subtract, not after.",
            "neighbour": "you compare each frame with the one before it; compare with the first.",
            "signed": "brighter and darker cancel each other: take the absolute value before the "
            "mean.",
            "squared": "this is the mean squared difference; the absolute one is asked for.",
            "normalisation": "right up to a factor: the mean is over the pixels of one frame.",
        },
        level=3,
    ),
]
