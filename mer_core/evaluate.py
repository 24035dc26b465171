"""Who is predicted by whom: leave-one-subject-out (LOSO), and the scores of its predictions."""

import numbers
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

KERNELS = ("linear", "poly", "rbf")
TRANSFORMS = ("sqrt", "standard", None)
C_GRID = (0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)
INNER_FOLDS = 5
DEGREE = 3  # of the polynomial kernel (gamma x'y)^3, libsvm's defaults
LEVEL, RESAMPLES = 0.95, 2000  # of the intervals


class _Grams:
    """Kernel matrices of any training set, from one matrix of inner products where that is exact.

    "sqrt" and None fit nothing, so every fold shares the inner products of all clips; "standard"
    is fitted on the training clips and makes its own. gamma=None is scikit-learn's "scale",
    1 / (D var(X_train)), which is fitted too: it follows from sums kept for each clip.
    """

    def __init__(self, features: np.ndarray, transform: str | None) -> None:
        self.features = np.sqrt(features) if transform == "sqrt" else features
        self.transform = transform
        if transform != "standard":
            self.products = self.features @ self.features.T
            self.sums = self.features.sum(axis=1)

    def _fold(self, train: np.ndarray) -> tuple[np.ndarray, float]:
        """Inner products (n, n) of all clips and the variance of the training entries."""
        width = self.features.shape[1]
        if self.transform != "standard":
            mean = self.sums[train].mean() / width
            square = np.diag(self.products)[train].mean() / width
            return self.products, square - mean**2
        mean, deviation = self.features[train].mean(axis=0), self.features[train].std(axis=0)
        x = (self.features - mean) / np.where(deviation == 0, 1.0, deviation)
        return x @ x.T, float(x[train].var())

    def kernel(self, kernel: str, gamma: float | None, train: np.ndarray) -> np.ndarray:
        """(n, n) kernel matrix of all clips, everything fitted on `train` (indices)."""
        products, variance = self._fold(train)
        if kernel == "linear":
            return products
        if gamma is None:
            gamma = 1.0 / (self.features.shape[1] * variance) if variance > 0 else 1.0
        if kernel == "poly":
            return (gamma * products) ** DEGREE
        squares = np.diag(products)
        return np.exp(-gamma * np.maximum(squares[:, None] + squares - 2 * products, 0))


def _predict(
    gram: np.ndarray, labels: np.ndarray, train: np.ndarray, test: np.ndarray, C: float
) -> np.ndarray:
    from sklearn import config_context
    from sklearn.svm import SVC

    # features and arguments are checked once, in `loso`; a fit takes less time than its checks
    with config_context(assume_finite=True, skip_parameter_validation=True):
        machine = SVC(C=C, kernel="precomputed").fit(gram[np.ix_(train, train)], labels[train])
        return machine.predict(gram[np.ix_(test, train)])


def _inner_folds(
    train: np.ndarray, subjects: np.ndarray, seed: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """GroupKFold over the training subjects; seed 0 balances the folds, another shuffles."""
    from sklearn.model_selection import GroupKFold

    folds = min(INNER_FOLDS, len(np.unique(subjects[train])))
    shuffle = {"shuffle": True, "random_state": seed} if seed else {}
    for fit, held in GroupKFold(folds, **shuffle).split(train, groups=subjects[train]):
        yield train[fit], train[held]


def _choose(
    grams: _Grams,
    labels: np.ndarray,
    subjects: np.ndarray,
    train: np.ndarray,
    candidates: list[tuple[str, float]],
    gamma: float | None,
    seed: int,
) -> tuple[str, float]:
    """The (kernel, C) with most inner clips right; the first named wins a tie."""
    if len(candidates) == 1:
        return candidates[0]
    right = dict.fromkeys(candidates, 0)
    for fit, held in _inner_folds(train, subjects, seed):
        if len(np.unique(labels[fit])) < 2:
            continue  # nothing to separate: this inner fold says nothing about any candidate
        for kernel in dict.fromkeys(k for k, _ in candidates):
            gram = grams.kernel(kernel, gamma, fit)
            for candidate in [c for c in candidates if c[0] == kernel]:
                predicted = _predict(gram, labels, fit, held, candidate[1])
                right[candidate] += int((predicted == labels[held]).sum())
    return max(candidates, key=right.__getitem__)


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


def _candidates(kernel: str | None, C: float | None) -> list[tuple[str, float]]:
    if kernel is not None and kernel not in KERNELS:
        raise ValueError(f"kernel: got {kernel!r}; allowed are {', '.join(KERNELS)}, None")
    if C is not None and not (isinstance(C, numbers.Real) and C > 0):
        raise ValueError(f"C: got {C!r}; a number above 0 or None is needed")
    kernels = KERNELS if kernel is None else (kernel,)
    return [(k, float(c)) for k in kernels for c in (C_GRID if C is None else (C,))]


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

    Parameters
    ----------
    features : (n, D) array, one row per clip, finite
    labels, subjects : (n,) class and subject of each clip
    kernel : "linear", "poly" (gamma x'y)^3, "rbf" exp(-gamma |x - y|^2), or None to choose
    C : penalty; None chooses from 0.01, 0.1, 1, 10, 100, 1000
    gamma : None is 1 / (D var(X)) of the training clips
    transform : "sqrt" of the features (histograms: the linear kernel becomes Hellinger's);
        "standard", zero mean and unit variance, fitted inside each fold; or None
    seed : 0 takes GroupKFold's balanced inner folds, another number shuffles the subjects

    Choices are made inside the training subjects, GroupKFold(5) by subject (fewer folds where
    there are fewer subjects), by the number of clips predicted right; a tie goes to the first.

    Returns
    -------
    DataFrame, one row per clip in the order given (index: that of `labels` if it has one), with
    columns subject, label, predicted, kernel, C

    Raises ValueError, naming the argument: shapes, NaN, negative features with "sqrt", fewer
    than 2 subjects, a training set of one class. Chang & Lin 2011, doi:10.1145/1961189.1961199.
    """
    index = labels.index if isinstance(labels, pd.Series) else None
    X = np.asarray(features, dtype=float)
    names, groups = np.asarray(labels, dtype=str), np.asarray(subjects, dtype=str)
    classes, y = np.unique(names, return_inverse=True)  # libsvm wants numbers
    candidates = _candidates(kernel, C)
    if gamma is not None and not (isinstance(gamma, numbers.Real) and gamma > 0):
        raise ValueError(f"gamma: got {gamma!r}; a number above 0 or None is needed")
    _check(X, y, groups, transform)
    grams = _Grams(X, transform)
    table = pd.DataFrame({"subject": groups, "label": names})
    table = table.assign(predicted="", kernel="", C=0.0)
    for subject in np.unique(groups):
        test, train = np.flatnonzero(groups == subject), np.flatnonzero(groups != subject)
        if len(np.unique(y[train])) < 2:
            raise ValueError(f"labels: without subject {subject} only one class is left to learn")
        chosen = _choose(grams, y, groups, train, candidates, gamma, seed)
        gram = grams.kernel(chosen[0], gamma, train)
        table.loc[test, "predicted"] = classes[_predict(gram, y, train, test, chosen[1])]
        table.loc[test, ["kernel", "C"]] = chosen
    return table if index is None else table.set_index(index)


def _uf1_uar(confusion: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean F1 and mean recall of confusion matrices (..., k, k), rows true; absent classes skipped.

    A class that is neither true nor predicted has no F1, one that is never true no recall; both
    are left out of the mean.
    """
    hit = np.diagonal(confusion, axis1=-2, axis2=-1).astype(float)
    true, predicted = confusion.sum(-1), confusion.sum(-2)
    with np.errstate(invalid="ignore"):
        return np.nanmean(2 * hit / (true + predicted), -1), np.nanmean(hit / true, -1)


def wilson(k: int, n: int, level: float = LEVEL) -> tuple[float, float]:
    """Wilson's interval of k successes in n; Wilson 1927, doi:10.1080/01621459.1927.10502953."""
    from scipy.stats import norm

    z = norm.ppf(0.5 + level / 2)
    centre = (k + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * np.sqrt(k * (n - k) / n + z**2 / 4)
    return max(0.0, centre - half), min(1.0, centre + half)


def scores(
    predictions: pd.DataFrame, *, level: float = LEVEL, resamples: int = RESAMPLES, seed: int = 0
) -> dict[str, object]:
    """Scores of a table of predictions, pooled over all clips, each with its interval.

    Parameters
    ----------
    predictions : one row per clip, columns subject, label, predicted
    level : of the intervals
    resamples, seed : of the bootstrap

    Returns
    -------
    dict of ``n``; ``accuracy``, ``uf1`` (mean F1 of the classes), ``uar`` (mean recall), all
    0-1, each with ``_low`` and ``_high``; ``confusion`` (DataFrame, rows true, columns predicted)

    Accuracy has Wilson's interval, which takes clips as independent. UF1 and UAR have percentiles
    of a bootstrap that draws subjects, not clips; with 16 subjects it covers less than it says.
    Scores follow MEGC 2019, doi:10.1109/FG.2019.8756611.
    """
    if lacking := sorted({"subject", "label", "predicted"} - set(predictions.columns)):
        raise ValueError(f"predictions: lacks the column {lacking[0]}")
    if predictions.empty:
        raise ValueError("predictions: got no row; at least one clip is needed")
    classes = sorted(set(predictions.label) | set(predictions.predicted))
    subjects = sorted(set(predictions.subject))
    counts = np.zeros((len(subjects), len(classes), len(classes)), dtype=int)
    place = [
        pd.Categorical(predictions[column], categories=values).codes
        for column, values in (("subject", subjects), ("label", classes), ("predicted", classes))
    ]
    np.add.at(counts, tuple(place), 1)
    confusion = counts.sum(axis=0)
    right, n = int(np.trace(confusion)), len(predictions)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(subjects), np.full(len(subjects), 1 / len(subjects)), resamples)
    spread = _uf1_uar(np.tensordot(drawn, counts, axes=1))
    result: dict[str, object] = {"n": n, "accuracy": right / n}
    result["accuracy_low"], result["accuracy_high"] = wilson(right, n, level)
    tails = (0.5 - level / 2, 0.5 + level / 2)
    for name, value, drawn_values in zip(("uf1", "uar"), _uf1_uar(confusion), spread, strict=True):
        result[name] = float(value)
        result[f"{name}_low"], result[f"{name}_high"] = map(float, np.quantile(drawn_values, tails))
    names = {
        "index": pd.Index(classes, name="label"),
        "columns": pd.Index(classes, name="predicted"),
    }
    return result | {"confusion": pd.DataFrame(confusion, **names)}
