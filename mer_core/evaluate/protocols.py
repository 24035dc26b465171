"""Protocols: how clips are split, and the predictions that come of it.

Leave-one-subject-out (LOSO) is the field's and the default. The others are here because the paper
writes of training and testing without saying how clips were split: they show what each would do.
"""

import numbers
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mer_core.evaluate.machines import (
    TRANSFORMS,
    Grams,
    Splits,
    candidates_of,
    choose,
    fit_predict,
)

INNER_FOLDS = 5
HELD = 0.25  # share of the subjects that a hold-out keeps for testing


def _by_group(train: np.ndarray, groups: np.ndarray, folds: int, seed: int) -> Splits:
    """GroupKFold of `train`; seed 0 balances the folds' sizes, another shuffles the groups."""
    from sklearn.model_selection import GroupKFold

    folds = min(folds, len(np.unique(groups[train])))
    shuffle = {"shuffle": True, "random_state": seed} if seed else {}
    for fit, held in GroupKFold(folds, **shuffle).split(train, groups=groups[train]):
        yield train[fit], train[held]


def _by_clip(train: np.ndarray, labels: np.ndarray, folds: int, seed: int) -> Splits:
    """Clips dealt out at random, each class evenly over the folds; subjects do not matter."""
    order = np.random.default_rng(seed).permutation(train)
    order = order[np.argsort(labels[order], kind="stable")]
    folds = min(folds, len(order))
    place = np.arange(len(order)) % folds
    for fold in range(folds):
        yield np.sort(order[place != fold]), np.sort(order[place == fold])


def _loso(labels: np.ndarray, subjects: np.ndarray, folds: int, seed: int) -> Splits:
    for subject in np.unique(subjects):
        yield np.flatnonzero(subjects != subject), np.flatnonzero(subjects == subject)


def _kfold(labels: np.ndarray, subjects: np.ndarray, folds: int, seed: int) -> Splits:
    return _by_group(np.arange(len(labels)), subjects, folds, seed)


def _holdout(labels: np.ndarray, subjects: np.ndarray, folds: int, seed: int) -> Splits:
    names = np.unique(subjects)
    held = max(1, round(HELD * len(names)))
    rng = np.random.default_rng(seed)
    for _ in range(folds):
        test = np.isin(subjects, rng.permutation(names)[:held])
        yield np.flatnonzero(~test), np.flatnonzero(test)


def _clips(labels: np.ndarray, subjects: np.ndarray, folds: int, seed: int) -> Splits:
    return _by_clip(np.arange(len(labels)), labels, folds, seed)


@dataclass(frozen=True)
class Protocol:
    """A way to split clips that a preset can name."""

    name: str
    what: str
    split: Callable[[np.ndarray, np.ndarray, int, int], Splits]  # labels, subjects, folds, seed
    repeated: bool = False  # a clip may be tested several times, or never
    leak: bool = False  # subjects stand on both sides of a split


PROTOCOLS = {
    p.name: p
    for p in [
        Protocol("loso", "each subject left out in turn", _loso),
        Protocol("kfold", "folds of whole subjects", _kfold),
        Protocol("holdout", "a quarter of the subjects held out, repeatedly", _holdout, True),
        Protocol("by-clip", "folds of clips; a leak: subjects on both sides", _clips, leak=True),
    ]
}


def _check(
    features: np.ndarray, labels: np.ndarray, subjects: np.ndarray, transform: str | None
) -> None:
    if features.ndim != 2 or 0 in features.shape:
        raise ValueError(f"features: got shape {features.shape}; (clips, features) is needed")
    for name, values in (("labels", labels), ("subjects", subjects)):
        if values.shape != features.shape[:1]:
            raise ValueError(f"{name}: got shape {values.shape}; ({len(features)},) is needed")
    if not np.isfinite(features).all():
        count = int((~np.isfinite(features)).sum())
        raise ValueError(f"features: got {count} NaN or infinite values; finite ones are needed")
    if transform not in TRANSFORMS:
        raise ValueError(f"transform: got {transform!r}; allowed are 'sqrt', 'standard', None")
    if transform == "sqrt" and (features < 0).any():
        raise ValueError("features: got negative values; transform='sqrt' needs none")
    if len(np.unique(subjects)) < 2:
        raise ValueError("subjects: got one subject; leaving one out needs at least 2")


def _check_protocol(protocol: str, folds: int) -> Protocol:
    if protocol not in PROTOCOLS:
        allowed = ", ".join(PROTOCOLS)
        raise ValueError(f"protocol: got {protocol!r}; allowed are {allowed}")
    if not (isinstance(folds, numbers.Integral) and folds >= 2):
        raise ValueError(f"folds: got {folds!r}; a whole number from 2 on is needed")
    return PROTOCOLS[protocol]


def predict(
    features: np.ndarray,
    labels: Sequence[str],
    subjects: Sequence[str],
    *,
    protocol: str = "loso",
    folds: int = 10,
    kernel: str | None = "linear",
    C: float | None = None,
    gamma: float | None = None,
    transform: str | None = "sqrt",
    seed: int = 0,
) -> pd.DataFrame:
    """Predict clips with support vector machines trained on the other side of each split.

    Parameters
    ----------
    features : (n, D) array, one row per clip, finite
    labels, subjects : (n,) class and subject of each clip
    protocol : a name of `PROTOCOLS`
    folds : of "kfold" and "by-clip"; the number of hold-outs of "holdout"; "loso" has no use for it
    kernel : "linear", "poly" (gamma x'y)^3, "rbf" exp(-gamma |x - y|^2), or None to choose
    C : penalty; None chooses from 0.01, 0.1, 1, 10, 100, 1000
    gamma : None is 1 / (D var(X)) of the training clips
    transform : "sqrt" of the features (histograms: the linear kernel becomes Hellinger's);
        "standard", zero mean and unit variance, fitted inside each fold; or None
    seed : of the splits. By subject, 0 takes GroupKFold's balanced folds, another number shuffles
        the subjects

    Choices are made inside the training clips, GroupKFold(5) by subject (fewer folds where there
    are fewer subjects), by the number of clips predicted right; a tie goes to the first. Under
    "by-clip" the inner folds are of clips as well.

    Returns
    -------
    DataFrame with columns subject, label, predicted, kernel, C: one row per clip in the order
    given (index: that of `labels` if it has one). "holdout" has one row for each time a clip was
    held out, with a column repeat; some clips may never be.

    Raises ValueError, naming the argument: shapes, NaN, negative features with "sqrt", fewer
    than 2 subjects, a training set of one class. Chang & Lin 2011, doi:10.1145/1961189.1961199.
    """
    chosen = _check_protocol(protocol, folds)
    index = labels.index if isinstance(labels, pd.Series) else None
    X = np.asarray(features, dtype=float)
    names, groups = np.asarray(labels, dtype=str), np.asarray(subjects, dtype=str)
    classes, y = np.unique(names, return_inverse=True)  # libsvm wants numbers
    candidates = candidates_of(kernel, C)
    if gamma is not None and not (isinstance(gamma, numbers.Real) and gamma > 0):
        raise ValueError(f"gamma: got {gamma!r}; a number above 0 or None is needed")
    _check(X, y, groups, transform)
    grams = Grams(X, transform)
    parts = []
    for number, (train, test) in enumerate(chosen.split(y, groups, folds, seed)):
        if len(np.unique(y[train])) < 2:
            left = ", ".join(np.unique(groups[test]))
            raise ValueError(f"labels: without subject {left} only one class is left to learn")

        def inner(train: np.ndarray = train) -> Splits:
            if chosen.leak:
                return _by_clip(train, y, INNER_FOLDS, seed)
            return _by_group(train, groups, INNER_FOLDS, seed)

        best_kernel, best_C = choose(grams, y, inner, candidates, gamma)
        gram = grams.kernel(best_kernel, gamma, train)
        found = {"predicted": classes[fit_predict(gram, y, train, test, best_C)]}
        part = pd.DataFrame({"subject": groups[test], "label": names[test], **found}, index=test)
        parts.append(part.assign(kernel=best_kernel, C=best_C, repeat=number))
    table = pd.concat(parts)
    if not chosen.repeated:
        table = table.sort_index().drop(columns="repeat")
    return table if index is None else table.set_axis(index[table.index])


def loso(
    features: np.ndarray,
    labels: Sequence[str],
    subjects: Sequence[str],
    *,
    kernel: str | None = "linear",
    C: float | None = None,
    gamma: float | None = None,
    transform: str | None = "sqrt",
    seed: int = 0,
) -> pd.DataFrame:
    """Predict each subject's clips with a support vector machine trained on the others.

    `predict` with protocol "loso"; the arguments, the table and the errors are described there.
    """
    options = {"kernel": kernel, "C": C, "gamma": gamma, "transform": transform, "seed": seed}
    return predict(features, labels, subjects, protocol="loso", **options)
