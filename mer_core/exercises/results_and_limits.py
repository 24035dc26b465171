"""Exercises of the last chapter: what may be said."""

import numpy as np

from mer_core.exercises.base import Exercise


def verdict(margin: float, low: float, high: float) -> str:
    """What may be said?

    A claim says that a difference is above 0. It was measured as `margin`, with the 95 % interval
    from `low` to `high`; `margin` is NaN where a row is missing. Return "not evaluable" for NaN,
    "within the noise" where the interval includes 0 (its ends belong to it), else "true" or
    "false".
    """
    if np.isnan(margin):
        return "not evaluable"
    if low <= 0 <= high:
        return "within the noise"
    return "true" if margin > 0 else "false"


def subjects_resampled(right: list, subjects: list, drawn: list) -> float:
    """Draw subjects, not clips.

    One step of a bootstrap over subjects: `right` says for each clip whether it was recognised,
    `subjects` whose it is, and `drawn` lists the subjects that were drawn, with repeats. Return the
    accuracy over all clips of the drawn subjects; a subject drawn twice counts twice.
    """
    chosen = [r for d in drawn for r, s in zip(right, subjects, strict=True) if s == d]
    return sum(chosen) / len(chosen)


def _once(right, subjects, drawn):
    chosen = [r for r, s in zip(right, subjects, strict=True) if s in set(drawn)]
    return sum(chosen) / len(chosen)


def _mean_of_means(right, subjects, drawn):
    means = []
    for d in drawn:
        mine = [r for r, s in zip(right, subjects, strict=True) if s == d]
        means.append(sum(mine) / len(mine))
    return sum(means) / len(means)


def _by_all(right, subjects, drawn):
    chosen = [r for d in drawn for r, s in zip(right, subjects, strict=True) if s == d]
    return sum(chosen) / len(right)


def _draws() -> list[tuple]:
    rng = np.random.default_rng(21)
    subjects = np.repeat(["a", "b", "c", "d"], [9, 2, 5, 4])
    right = rng.random(20) < np.repeat([0.8, 0.4, 0.2, 0.6], [9, 2, 5, 4])
    names = subjects.tolist()
    return [(right.tolist(), names, list(d)) for d in ("aabd", "cccb", "abbb")]


def _strict(m, low, high):
    if np.isnan(m):
        return "not evaluable"
    if low < 0 < high:
        return "within the noise"
    return "true" if m > 0 else "false"


def _no_noise(m, low, high):
    if np.isnan(m):
        return "not evaluable"
    return "true" if m > 0 else "false"


def _no_nan(m, low, high):
    if low <= 0 <= high:
        return "within the noise"
    return "true" if m > 0 else "false"


EXERCISES = [
    Exercise(
        47,
        verdict,
        lambda: [
            (1.2, 0.3, 2.1),
            (-2.0, -3.5, -0.5),
            (0.8, -0.4, 2.0),
            (0.5, 0.0, 1.0),
            (-0.5, -1.0, 0.0),
            (float("nan"), float("nan"), float("nan")),
        ],
        wrong={
            "ends": _strict,
            "no-noise": _no_noise,
            "nan": _no_nan,
        },
        hints={
            "ends": "the ends belong to the interval: from 0 to 1 it includes 0.",
            "no-noise": "the interval is not used: a margin above 0 whose interval includes 0 is "
            "within the noise.",
            "nan": "a missing row is neither true nor false: NaN compares as False with "
            "everything. Ask for it first, with np.isnan.",
            "type": "one of the four texts is needed.",
        },
    ),
    Exercise(
        48,
        subjects_resampled,
        _draws,
        wrong={
            "once": _once,
            "mean-of-means": _mean_of_means,
            "normalisation": _by_all,
            "not-drawn": lambda r, s, d: sum(r) / len(r),
        },
        hints={
            "once": "a subject that was drawn twice counts once here; `in` forgets how often.",
            "mean-of-means": "this is the mean of the subjects' accuracies; pool the drawn clips, "
            "so that each clip counts the same.",
            "normalisation": "normalisation: divided by the number of all clips; divide by that of "
            "the drawn ones.",
            "not-drawn": "the draw is not used.",
        },
        level=2,
    ),
]
