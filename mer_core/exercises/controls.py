"""Exercises of the chapter on controls: what is left when what matters is taken away."""

import numpy as np

from mer_core.exercises.base import Exercise


def without_motion(clip: np.ndarray) -> np.ndarray:
    """Take the movement away.

    `clip` is (frames, rows, columns) uint8. Return a clip of the same shape and type in which every
    frame is the first one: what a recogniser still gets right on it, it gets without movement.
    """
    return np.repeat(clip[:1], len(clip), axis=0)


def shuffle_within(labels: list, subjects: list, seed: int) -> list:
    """Take the expression away, and keep who somebody is.

    Return the `labels` in a random order in which labels move only among clips of the *same
    subject*: each subject keeps the labels it has. `seed` makes the order reproducible. Any such
    order is accepted, but somewhere in a large set something must have moved.
    """
    rng = np.random.default_rng(seed)
    labels, subjects = np.array(labels), np.array(subjects)
    for subject in np.unique(subjects):
        mine = np.flatnonzero(subjects == subject)
        labels[mine] = labels[rng.permutation(mine)]
    return labels.tolist()


def _sets() -> list[tuple]:
    rng = np.random.default_rng(10)
    subjects = np.repeat(["s01", "s02", "s03", "s04"], [9, 3, 12, 6])
    rng.shuffle(subjects)
    labels = rng.choice(["negative", "positive", "surprise"], len(subjects), p=[0.4, 0.3, 0.3])
    return [(labels.tolist(), subjects.tolist(), seed) for seed in (0, 1)]


def _counts(labels, subjects) -> list:
    return sorted(zip(map(str, subjects), map(str, labels), strict=True))


def _accept(args: tuple, answer: object) -> bool:
    labels, subjects, _ = args
    return (
        len(answer) == len(labels)
        and _counts(answer, subjects) == _counts(labels, subjects)
        and list(answer) != list(labels)
    )


def _spot(args: tuple, answer: object, expected: object) -> str | None:
    labels = args[0]
    if not isinstance(answer, (list, tuple, np.ndarray)):
        return "type"
    if list(answer) == list(labels):
        return "unmoved"
    if len(answer) == len(labels) and sorted(map(str, answer)) == sorted(labels):
        return "leak"
    return "lost"


def _clips() -> list[tuple]:
    rng = np.random.default_rng(11)
    shapes = ((4, 5, 6), (6, 3, 3))
    return [(rng.integers(0, 256, shape, dtype=np.uint8),) for shape in shapes]


EXERCISES = [
    Exercise(
        22,
        without_motion,
        _clips,
        wrong={
            "unchanged": lambda c: c,
            "mean": lambda c: np.repeat(np.rint(c.mean(axis=0))[None], len(c), axis=0).astype(
                np.uint8
            ),
            "one-frame": lambda c: c[:1],
            "frame": lambda c: c[0],
            "rows": lambda c: np.repeat(c[:, :1], c.shape[1], axis=1),
        },
        hints={
            "unchanged": "the clip still moves.",
            "mean": "this is the mean frame: it holds a blur of the movement. Repeat the first.",
            "one-frame": "one frame is left; the descriptor needs as many as before.",
            "frame": "one frame is left, without the axis of time; a clip has (frames, rows, "
            "columns).",
            "rows": "the first *row* is repeated: time is axis 0.",
        },
    ),
    Exercise(
        23,
        shuffle_within,
        _sets,
        spot=_spot,
        accept=_accept,
        hints={
            "unmoved": "nothing moved: are the shuffled labels returned, or the ones that came in?",
            "leak": "labels wandered from one subject to another. This control must keep what each "
            "subject tends to show, so that only the expression is lost: shuffle inside a subject.",
            "lost": "the labels are not the same ones as before: shuffle them (without drawing the "
            "same one twice), and keep their number.",
            "type": "a list of labels is needed.",
        },
        level=2,
    ),
]
