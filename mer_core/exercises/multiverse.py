"""Exercises of the chapter on the multiverse: every reasonable path, not the best one."""

import itertools

import numpy as np

from mer_core.exercises.base import Exercise


def all_paths(choices: dict) -> list:
    """Write down every path.

    `choices` maps each choice to its list of options. Return every way to choose one option of
    each, as a list of dicts; the last choice changes fastest.
    """
    return [dict(zip(choices, path, strict=True)) for path in itertools.product(*choices.values())]


def share_helped(gains: np.ndarray) -> float:
    """On how many paths does it help?

    `gains` is (paths,): accuracy with super-resolution minus without, on each path. Return the
    share of paths on which it helps; a path without any difference counts half.
    """
    return float(np.mean(gains > 0) + np.mean(gains == 0) / 2)


def best_is_biased(scores: np.ndarray) -> float:
    """What does picking the best path add?

    `scores` is (tables, paths): accuracies that differ by nothing but chance. In each table,
    somebody reports the best path. Return how much that adds on average: the mean over tables of
    the best minus the mean of all paths of that table.
    """
    return float(np.mean(scores.max(axis=1) - scores.mean(axis=1)))


def _zip_only(choices):
    return [dict(zip(choices, p, strict=True)) for p in zip(*choices.values(), strict=False)]


def _first_fastest(choices):
    names = list(choices)
    paths = itertools.product(*(choices[n] for n in reversed(names)))
    return [dict(zip(reversed(names), p, strict=True)) for p in paths]


def _choices() -> list[tuple]:
    first = {"sigma": [0.4, 0.8], "kernel": ["linear", "rbf"], "grid": [1, 5, 8]}
    return [(first,), ({"frames": [10, None], "enlarge": ["bicubic", "no"]},)]


def _tables() -> list[tuple]:
    rng = np.random.default_rng(16)
    return [(rng.normal(0.5, 0.04, shape),) for shape in ((6, 5), (4, 9))]


EXERCISES = [
    Exercise(
        38,
        share_helped,
        lambda: [
            (np.array([0.1, -0.1, 0.0, 0.2]),),
            (np.array([0.0, 0.0, 0.0, -0.1, 0.3]),),
            (np.array([-0.2, 0.1, 0.3]),),
        ],
        wrong={
            "ties": lambda g: float(np.mean(g > 0)),
            "ties-won": lambda g: float(np.mean(g >= 0)),
            "ties-dropped": lambda g: float((g > 0).sum() / (g != 0).sum()),
            "mean": lambda g: float(np.mean(g)),
            "count": lambda g: float((g > 0).sum() + (g == 0).sum() / 2),
            "per-cent": lambda g: 100 * share_helped(g),
        },
        hints={
            "ties": "ties count as lost; they count half.",
            "ties-won": "ties count as won; they count half.",
            "ties-dropped": "ties are left out; they count half.",
            "mean": "this is the mean gain; on how many paths it helps is asked for.",
            "count": "normalisation: this is a count of paths; divide by their number.",
            "per-cent": "normalisation: a share from 0 to 1 is asked for, not per cent.",
        },
    ),
    Exercise(
        39,
        all_paths,
        _choices,
        wrong={"zip": _zip_only, "order": _first_fastest},
        hints={
            "zip": "these are the first options together, then the second ones, and so on. Every "
            "option of one choice goes with every option of the others (a product).",
            "order": "the paths are all there, in another order: the last choice changes fastest.",
            "type": "a list of dicts is needed.",
            "wrong": "not the paths that were asked for: one option of each choice, each "
            "combination once.",
        },
        level=2,
    ),
    Exercise(
        40,
        best_is_biased,
        _tables,
        wrong={
            "swapped-axes": lambda s: float(np.mean(s.max(axis=0) - s.mean(axis=0))),
            "overall": lambda s: float(s.max() - s.mean()),
            "not-subtracted": lambda s: float(np.mean(s.max(axis=1))),
            "range": lambda s: float(np.mean(s.max(axis=1) - s.min(axis=1))),
            "best-mean": lambda s: float(s.mean(axis=0).max() - s.mean()),
        },
        hints={
            "swapped-axes": "the axes are swapped: the best *path* of a table is the maximum along "
            "a row (axis=1).",
            "overall": "this is the best of all tables; each table has a best of its own.",
            "not-subtracted": "this is the mean of the best; subtract what a path scores on "
            "average.",
            "range": "this is best minus worst; subtract the mean.",
            "best-mean": "this is one path for all tables; the path is picked anew in each table.",
        },
        level=3,
    ),
]
