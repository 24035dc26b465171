"""Support vector machines over precomputed kernels, and the choice of kernel and C among them."""

import numbers
from collections.abc import Callable, Iterator

import numpy as np

KERNELS = ("linear", "poly", "rbf")
TRANSFORMS = ("sqrt", "standard", None)
C_GRID = (0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)
DEGREE = 3  # of the polynomial kernel (gamma x'y)^3, libsvm's defaults
FIXED_C = 1.0  # reported beside the chosen one: choosing adds noise to comparisons

Splits = Iterator[tuple[np.ndarray, np.ndarray]]  # (indices to fit on, indices held out)


class Grams:
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


def fit_predict(
    gram: np.ndarray, labels: np.ndarray, train: np.ndarray, test: np.ndarray, C: float
) -> np.ndarray:
    from sklearn import config_context
    from sklearn.svm import SVC

    # features and arguments are checked once, in `loso`; a fit takes less time than its checks
    with config_context(assume_finite=True, skip_parameter_validation=True):
        machine = SVC(C=C, kernel="precomputed").fit(gram[np.ix_(train, train)], labels[train])
        return machine.predict(gram[np.ix_(test, train)])


def choose(
    grams: Grams,
    labels: np.ndarray,
    splits: Callable[[], Splits],
    candidates: list[tuple[str, float]],
    gamma: float | None,
) -> tuple[str, float]:
    """The (kernel, C) with most inner clips right; the first named wins a tie.

    Parameters
    ----------
    grams, labels : of all clips, the labels as numbers
    splits : gives the inner folds of the training clips; not called for a single candidate
    candidates : as `candidates_of` lists them
    gamma : None is fitted on each inner fold
    """
    if len(candidates) == 1:
        return candidates[0]
    right = dict.fromkeys(candidates, 0)
    for fit, held in splits():
        if len(np.unique(labels[fit])) < 2:
            continue  # nothing to separate: this inner fold says nothing about any candidate
        for kernel in dict.fromkeys(k for k, _ in candidates):
            gram = grams.kernel(kernel, gamma, fit)
            for candidate in [c for c in candidates if c[0] == kernel]:
                predicted = fit_predict(gram, labels, fit, held, candidate[1])
                right[candidate] += int((predicted == labels[held]).sum())
    return max(candidates, key=right.__getitem__)


def candidates_of(kernel: str | None, C: float | None) -> list[tuple[str, float]]:
    """The pairs (kernel, C) to choose from; None stands for all. Raises ValueError by name."""
    if kernel is not None and kernel not in KERNELS:
        raise ValueError(f"kernel: got {kernel!r}; allowed are {', '.join(KERNELS)}, None")
    if C is not None and not (isinstance(C, numbers.Real) and C > 0):
        raise ValueError(f"C: got {C!r}; a number above 0 or None is needed")
    kernels = KERNELS if kernel is None else (kernel,)
    return [(k, float(c)) for k in kernels for c in (C_GRID if C is None else (C,))]
