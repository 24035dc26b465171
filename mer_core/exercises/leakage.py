"""Exercises of the chapter on leaks: what a training fold must not know."""

import numpy as np

from mer_core.exercises.base import Exercise


def shared_subjects(train: list, test: list, subjects: list) -> list:
    """Find a leak.

    `train` and `test` hold clip numbers, counted from 0; `subjects` names the subject of every
    clip. Return the sorted names of the subjects that stand on both sides.
    """
    return sorted({subjects[i] for i in train} & {subjects[i] for i in test})


def standardise(train: np.ndarray, test: np.ndarray) -> tuple:
    """Scale features without a leak.

    `train` and `test` are (clips, features). Return both, standardised: subtract from each feature
    its mean and divide by its standard deviation, *as they are in the training clips*. No training
    feature is constant.
    """
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    return (train - mean) / deviation, (test - mean) / deviation


def _splits() -> list[tuple]:
    subjects = ["s3", "s1", "s2", "s1", "s3", "s4"]
    return [
        ([0, 1, 2], [3, 4, 5], subjects),
        ([1, 3], [0, 2], subjects),
        ([0, 2, 5], [4, 4, 2, 3], subjects),
        ([0, 3], [4, 1, 0, 5], subjects),
    ]


def _features() -> list[tuple]:
    rng = np.random.default_rng(15)
    return [
        (rng.normal(5, 2, (8, 3)), rng.normal(8, 4, (4, 3))),
        (rng.normal(0, 9, (6, 6)), rng.normal(1, 1, (5, 6))),
    ]


def _own(x, axis=0, ddof=0):
    return (x - x.mean(axis=axis, keepdims=True)) / x.std(axis=axis, ddof=ddof, keepdims=True)


def _together(train, test):
    both = np.concatenate([train, test])
    mean, deviation = both.mean(axis=0), both.std(axis=0)
    return (train - mean) / deviation, (test - mean) / deviation


def _by(train, test, axis, ddof=0):
    mean = train.mean(axis=axis)
    deviation = train.std(axis=axis, ddof=ddof)
    return (train - mean) / deviation, (test - mean) / deviation


EXERCISES = [
    Exercise(
        36,
        shared_subjects,
        _splits,
        wrong={
            "clips": lambda a, b, s: sorted(set(a) & set(b)),
            "union": lambda a, b, s: sorted({s[i] for i in [*a, *b]}),
            "off-by-one": lambda a, b, s: sorted({s[i - 1] for i in a} & {s[i - 1] for i in b}),
            "repeated": lambda a, b, s: [s[i] for i in b if s[i] in {s[j] for j in a}],
        },
        hints={
            "clips": "these are *clips* that stand on both sides. A leak does not need one: "
            "another clip of the same person is enough. Compare subjects.",
            "union": "these are all subjects; those on *both* sides are asked for.",
            "off-by-one": "off by one: clips are counted from 0.",
            "repeated": "each subject once, and sorted.",
        },
    ),
    Exercise(
        37,
        standardise,
        _features,
        wrong={
            "leak": _together,
            "own-scale": lambda a, b: (_own(a), _own(b)),
            "ddof": lambda a, b: _by(a, b, 0, ddof=1),
            "one-scale": lambda a, b: ((a - a.mean()) / a.std(), (b - a.mean()) / a.std()),
            "not-divided": lambda a, b: (a - a.mean(axis=0), b - a.mean(axis=0)),
            "swapped-axes": lambda a, b: (_own(a, axis=1), _own(b, axis=1)),
        },
        hints={
            "leak": "a leak: mean and deviation are taken from training and test clips together, "
            "so the training knows of the test. Take both from the training clips alone.",
            "own-scale": "the test clips are scaled by their own mean and deviation: a leak of "
            "another kind, and two scales that do not fit. Use the training's for both.",
            "ddof": "this divides by n - 1; np.std divides by n unless told otherwise.",
            "one-scale": "one mean and deviation for all features; each feature has its own "
            "(axis=0).",
            "not-divided": "the deviation is missing: divide by it.",
            "swapped-axes": "the axes are swapped: each *clip* is standardised; rows are clips, so "
            "the mean goes over axis 0.",
            "swapped-order": "the training clips come first.",
        },
        level=2,
    ),
]
