"""Exercises of the chapter on evaluation: splits, baselines, scores, intervals."""

import math

import numpy as np

from mer_core.exercises.base import Exercise


def subject_folds(subjects: list) -> list:
    """Leave one subject out.

    `subjects` names the subject of each clip. Return one pair of lists for each subject, in the
    order of the sorted names: the numbers of the clips to train on, and those to test on, counted
    from 0. All clips of the subject are tested, and none of them is trained on.
    """
    folds = []
    for subject in sorted(set(subjects)):
        train = [k for k, s in enumerate(subjects) if s != subject]
        test = [k for k, s in enumerate(subjects) if s == subject]
        folds.append((train, test))
    return folds


def majority_accuracy(labels: list, subjects: list) -> float:
    """How good is knowing nothing, without cheating?

    Predict every clip as the most frequent label among the clips of the *other* subjects (the
    alphabetically first one if two are equally frequent). Return the share of clips predicted
    right, 0 to 1.
    """
    right = 0
    for subject in set(subjects):
        train = [lab for lab, s in zip(labels, subjects, strict=True) if s != subject]
        guess = max(sorted(set(train)), key=train.count)
        right += sum(lab == guess for lab, s in zip(labels, subjects, strict=True) if s == subject)
    return right / len(labels)


def mean_recall(confusion: np.ndarray) -> float:
    """Give every class the same voice.

    `confusion` counts clips: rows are the true classes, columns the predicted ones, and no row is
    empty. Return UAR, the unweighted mean of the classes' recalls, 0 to 1.
    """
    return float(np.mean(np.diag(confusion) / confusion.sum(axis=1)))


def wilson_interval(k: int, n: int) -> tuple:
    """How sure is a score?

    `k` of `n` clips were right. Return the lower and the upper end of Wilson's 95 % interval
    (z = 1.96): centre (k + z²/2) / (n + z²), half width z / (n + z²) · √(k (n - k) / n + z²/4).
    Shares, 0 to 1.
    """
    z = 1.96
    centre = (k + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * math.sqrt(k * (n - k) / n + z**2 / 4)
    return centre - half, centre + half


def _subject_sets() -> list[tuple]:
    first = ["s02", "s01", "s02", "s03", "s01", "s02"]
    return [(first,), (["b", "a", "c", "a", "d", "d", "d"],)]


def _fold_problem(args: tuple, answer: object, expected: object) -> str | None:
    subjects = args[0]
    try:
        folds = [([int(i) for i in train], [int(i) for i in test]) for train, test in answer]
    except (TypeError, ValueError):
        return "pairs"
    everyone = set(range(len(subjects)))
    if any(min([0, *a, *b]) < 0 or max([0, *a, *b]) >= len(subjects) for a, b in folds):
        return "off-by-one"
    for train, test in folds:
        if {subjects[i] for i in train} & {subjects[i] for i in test}:
            return "leak"
    if len(folds) > len(expected):
        return "leak" if any(len(b) == 1 for _, b in folds) else "folds"
    if len(folds) < len(expected):
        return "off-by-one"
    if any(set(a) | set(b) != everyone for a, b in folds):
        return "lost"
    if [sorted(b) for _, b in folds] == [sorted(a) for a, _ in expected]:
        return "swapped-order"
    return "order"


def _accept_folds(args: tuple, answer: object) -> bool:
    try:
        got = [(sorted(map(int, a)), sorted(map(int, b))) for a, b in answer]
    except (TypeError, ValueError):
        return False
    return got == [(list(a), list(b)) for a, b in subject_folds(*args)]


def _majority_all(labels, subjects):
    return max(map(labels.count, set(labels))) / len(labels)


def _own_majority(labels, subjects):
    right = 0
    for subject in set(subjects):
        own = [lab for lab, s in zip(labels, subjects, strict=True) if s == subject]
        right += max(map(own.count, set(own)))
    return right / len(labels)


def _without_clip(labels, subjects):
    right = 0
    for k, label in enumerate(labels):
        others = labels[:k] + labels[k + 1 :]
        right += label == max(sorted(set(others)), key=others.count)
    return right / len(labels)


def _mean_of_subjects(labels, subjects):
    shares = []
    for subject in set(subjects):
        train = [lab for lab, s in zip(labels, subjects, strict=True) if s != subject]
        test = [lab for lab, s in zip(labels, subjects, strict=True) if s == subject]
        guess = max(sorted(set(train)), key=train.count)
        shares.append(test.count(guess) / len(test))
    return float(np.mean(shares))


def _label_sets() -> list[tuple]:
    labels = ["neg"] * 7 + ["pos"] * 6 + ["sur"] * 2
    subjects = ["a"] * 5 + ["b"] * 2 + ["b"] * 1 + ["c"] * 5 + ["a", "c"]
    more = ["pos", "neg", "neg", "neg", "sur", "sur", "pos", "neg", "pos", "pos", "neg", "neg"]
    return [(labels, subjects), (more, list("xxxyyyzzzzwx"))]


def _confusions() -> list[tuple]:
    tables = ([[30, 15, 6], [20, 45, 5], [9, 8, 26]], [[5, 0, 1], [2, 30, 3], [1, 1, 2]])
    return [(np.array(t),) for t in tables]


def _f1(c):
    return float(np.mean(2 * np.diag(c) / (c.sum(0) + c.sum(1))))


def _weighted(c):
    return float(np.trace(c) / c.sum())


def _wald(k, n):
    p, half = k / n, 1.96 * math.sqrt(k / n * (1 - k / n) / n)
    return p - half, p + half


def _wilson(k, n, z=1.96, scale=1.0):
    centre = (k + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * math.sqrt(k * (n - k) / n + z**2 / 4)
    return scale * (centre - half), scale * (centre + half)


EXERCISES = [
    Exercise(
        24,
        subject_folds,
        _subject_sets,
        spot=_fold_problem,
        accept=_accept_folds,
        hints={
            "leak": "a subject stands on both sides of a split: a leak. The classifier can then "
            "recognise the person instead of the expression. Leave out all clips of a subject.",
            "off-by-one": "off by one: clips are counted from 0, and the last subject needs a fold "
            "too.",
            "lost": "clips are lost: each clip is either trained on or tested on, in every fold.",
            "swapped-order": "training and test are swapped: the left-out subject is the test.",
            "order": "the folds are right but not in the order of the sorted subjects.",
            "folds": "one fold for each subject is needed.",
            "pairs": "a list of pairs (train, test) is needed, each a list of clip numbers.",
        },
    ),
    Exercise(
        25,
        majority_accuracy,
        _label_sets,
        wrong={
            "leak": _majority_all,
            "own-majority": _own_majority,
            "clip-out": _without_clip,
            "mean-of-subjects": _mean_of_subjects,
        },
        hints={
            "leak": "a leak: the most frequent label is counted over *all* clips, the tested ones "
            "too. Count only the clips of the other subjects.",
            "own-majority": "a leak: each subject's own labels are used to predict that subject. "
            "That is the number above every row of Table 2; count the *other* subjects' clips.",
            "clip-out": "a leak: only the clip itself is left out, its subject's other clips are "
            "counted. Leave out the whole subject.",
            "mean-of-subjects": "this is the mean of the subjects' shares; pool all clips first, "
            "so that each clip counts once.",
            "normalisation": "a share from 0 to 1 is asked for.",
        },
        level=2,
    ),
    Exercise(
        26,
        mean_recall,
        _confusions,
        wrong={
            "swapped-axes": lambda c: float(np.mean(np.diag(c) / c.sum(axis=0))),
            "accuracy": _weighted,
            "f1": _f1,
            "per-cent": lambda c: 100 * mean_recall(c),
            "whole-table": lambda c: float(np.mean(np.diag(c) / c.sum())),
        },
        hints={
            "swapped-axes": "the axes are swapped: this divides by the columns' sums, which gives "
            "precision. Recall divides by the number of clips that truly are of the class, the "
            "rows.",
            "accuracy": "this is accuracy: frequent classes count more. Take each class's recall "
            "first, then their plain mean.",
            "f1": "this is UF1, the mean of the F1 scores.",
            "per-cent": "normalisation: a share from 0 to 1 is asked for, not per cent.",
            "whole-table": "normalisation: each recall is divided by its own row's sum, not by the "
            "number of all clips.",
        },
        level=2,
    ),
    Exercise(
        27,
        wilson_interval,
        lambda: [(82, 164), (3, 24), (1, 10), (155, 164)],
        wrong={
            "wald": _wald,
            "one-sided": lambda k, n: _wilson(k, n, z=1.645),
            "per-cent": lambda k, n: _wilson(k, n, scale=100.0),
            "half": lambda k, n: (
                (k + 1.96**2 / 2) / (n + 1.96**2),
                1.96 / (n + 1.96**2) * math.sqrt(k * (n - k) / n + 1.96**2 / 4),
            ),
        },
        hints={
            "wald": "this is the plain normal interval, p ± z√(p(1 - p)/n); at few clips or near 0 "
            "and 1 it is wrong. Use the formula given.",
            "one-sided": "z = 1.645 leaves 5 % on each side; 95 % in the middle need 1.96.",
            "per-cent": "normalisation: shares from 0 to 1 are asked for, not per cent.",
            "half": "these are the centre and the half width; return centre - half, centre + half.",
            "reversed": "the lower end comes first.",
        },
        level=3,
    ),
]
