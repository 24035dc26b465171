"""Leaks beside an honest evaluation, each on made-up features on which it can act.

Labels and subjects are those of SMIC-HS's 164 clips throughout; no picture is needed.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from mer_core import LABELS
from mer_core.datasets.smic import HS_COUNTS
from mer_core.evaluate import C_GRID, FIXED_C, predict, scores

WIDTH = 300  # features of a clip: more than clips, as histograms have
SIGNAL, OFFSET = 0.1, 4.0  # in units of the noise
OFFSETS = 30  # features that carry a subject's offset


def structure() -> tuple[np.ndarray, np.ndarray]:
    """(164,) labels and subjects of SMIC-HS, in the order of its table of counts."""
    rows = [
        (label, subject)
        for subject, counts in HS_COUNTS.items()
        for label, n in zip(LABELS, counts, strict=True)
        for _ in range(n)
    ]
    labels, subjects = np.array(rows).T
    return labels, subjects


def noise(labels: np.ndarray, subjects: np.ndarray, seed: int) -> np.ndarray:
    """(n, WIDTH) features that know nothing."""
    return np.random.default_rng(seed).normal(size=(len(labels), WIDTH))


def identity(labels: np.ndarray, subjects: np.ndarray, seed: int) -> np.ndarray:
    """(n, WIDTH) features that know who the subject is: a random vector for each, and noise."""
    rng = np.random.default_rng(seed)
    codes = np.unique(subjects, return_inverse=True)[1]
    marks = rng.normal(size=(codes.max() + 1, WIDTH))
    return marks[codes] + rng.normal(size=(len(labels), WIDTH))


def offset(labels: np.ndarray, subjects: np.ndarray, seed: int) -> np.ndarray:
    """(n, WIDTH) features: a weak sign of the class, and in some a large offset of the subject."""
    rng = np.random.default_rng(seed)
    codes, classes = (np.unique(x, return_inverse=True)[1] for x in (subjects, labels))
    features = rng.normal(size=(len(labels), WIDTH))
    features += SIGNAL * rng.normal(size=(classes.max() + 1, WIDTH))[classes]
    shift = OFFSET * rng.standard_t(2, size=(codes.max() + 1, OFFSETS))
    features[:, :OFFSETS] += shift[codes]
    return features


FEATURES: dict[str, Callable[[np.ndarray, np.ndarray, int], np.ndarray]] = {
    "nothing": noise,
    "who the subject is": identity,
    "the expression, under an offset of the subject": offset,
}


def chosen_on_test(tables: dict[float, pd.DataFrame]) -> pd.DataFrame:
    """Predictions with C chosen on each test subject: the C with most of its clips right.

    Parameters
    ----------
    tables : C -> its predictions of all clips, in one order; the first C wins a tie
    """
    first = next(iter(tables.values()))
    subjects = first.subject.to_numpy()
    right = {
        C: pd.Series((t.predicted == t.label).to_numpy()).groupby(subjects).sum()
        for C, t in tables.items()
    }
    best = pd.DataFrame(right).idxmax(axis=1)
    return pd.concat([tables[best[s]][subjects == s] for s in best.index]).loc[first.index]


HONEST = "C = 1, honest"


def outcomes(features: np.ndarray, *, seed: int = 0) -> dict[str, pd.DataFrame]:
    """Predictions of honest evaluations and of three leaks, on the same features.

    Parameters
    ----------
    features : (164, D) array, clips in the order of `structure`
    seed : of the splits

    Returns
    -------
    dict of predictions: C chosen inside the training subjects, and C = 1 (both LOSO, scaled inside
    each fold); C = 1 by folds of clips; C = 1 on features scaled over all clips before; for each
    test subject the C that is best for it
    """
    labels, subjects = structure()
    same = {"labels": labels, "subjects": subjects, "seed": seed}
    deviation = features.std(axis=0)
    outside = (features - features.mean(axis=0)) / np.where(deviation == 0, 1, deviation)
    each = {C: predict(features, C=C, transform="standard", **same) for C in C_GRID}
    by_clip = {"protocol": "by-clip", "C": FIXED_C, "transform": "standard"}
    return {
        "C chosen inside": predict(features, transform="standard", **same),
        HONEST: each[FIXED_C],
        "folds of clips": predict(features, **by_clip, **same),
        "scaled outside the fold": predict(outside, C=FIXED_C, transform=None, **same),
        "C chosen on the test subject": chosen_on_test(each),
    }


def compare(draws: int) -> pd.DataFrame:
    """One row for each kind of features, evaluation and draw, with accuracy and UAR."""
    labels, subjects = structure()
    rows = []
    for known, make in FEATURES.items():
        for seed in range(draws):
            for name, table in outcomes(make(labels, subjects, seed), seed=seed).items():
                found = scores(table, resamples=1)
                rows.append({"features": known, "evaluation": name, "seed": seed,
                             "accuracy": found["accuracy"], "uar": found["uar"]})  # fmt: skip
    return pd.DataFrame(rows)


def oracle() -> pd.DataFrame:
    """What knowing the subject and nothing else scores on SMIC-HS's labels.

    Columns knows, right, n, accuracy. "its own clips": each subject's most frequent class, the
    clip itself included; "its other clips": the most frequent class of the subject's other clips,
    a tie split evenly, so that its number of right clips is an expected one
    """
    labels, subjects = structure()
    order = pd.Series(labels).value_counts()
    counts = pd.crosstab(subjects, labels)[order.index]
    own = counts.idxmax(axis=1)
    others = 0.0
    for label, subject in zip(labels, subjects, strict=True):
        left = counts.loc[subject].copy()
        left[label] -= 1
        best = left.index[left == left.max()]
        others += (label in best) / len(best)
    rows = [
        ("its own clips", float((own[subjects].to_numpy() == labels).sum())),
        ("its other clips", others),
        ("nothing: the most frequent class", float(order.iloc[0])),
    ]
    table = pd.DataFrame(rows, columns=["knows", "right"]).assign(n=len(labels))
    return table.assign(accuracy=table.right / table.n)
