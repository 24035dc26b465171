"""How sure a score is: intervals, tests for pairs, and what clips of one subject share.

Clips of one subject are alike. What treats clips as independent (Wilson, McNemar) says so; the
others draw, flip or permute whole subjects, or stay inside them.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

LEVEL, RESAMPLES = 0.95, 2000  # of the intervals
EXACT = 16  # subjects up to which every pattern of signs is tried: 2^16 of them


def wilson(k: float, n: float, level: float = LEVEL) -> tuple[float, float]:
    """Wilson's interval of k successes in n; Wilson 1927, doi:10.1080/01621459.1927.10502953."""
    from scipy.stats import norm

    z = norm.ppf(0.5 + level / 2)
    centre = (k + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * np.sqrt(k * (n - k) / n + z**2 / 4)
    return max(0.0, centre - half), min(1.0, centre + half)


def mcnemar(won: int, lost: int) -> float:
    """Exact two-sided p of McNemar's test: are discordant pairs split like a fair coin?

    Parameters
    ----------
    won, lost : clips that only the first, or only the second, condition gets right

    Takes clips as independent. McNemar 1947, doi:10.1007/BF02295996.
    """
    from scipy.stats import binomtest

    return float(binomtest(won, won + lost).pvalue) if won + lost else 1.0


def holm(p: Sequence[float]) -> np.ndarray:
    """p-values adjusted for their number, step by step; at most 1, order of `p` kept.

    Holm 1979, https://www.jstor.org/stable/4615733.
    """
    p = np.asarray(p, dtype=float)
    order = np.argsort(p, kind="stable")
    steps = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(steps, 1.0)
    return adjusted


def draws(subjects: int, *, resamples: int = RESAMPLES, seed: int = 0) -> np.ndarray:
    """(resamples, subjects) counts: how often each subject is drawn, with replacement."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(subjects, np.full(subjects, 1 / subjects), resamples)


def sign_flip(
    first: Sequence[float],
    second: Sequence[float],
    subjects: Sequence[str],
    *,
    resamples: int = 20_000,
    seed: int = 0,
) -> float:
    """Two-sided p of "no subject's difference has a sign": whole subjects change sides at once.

    Parameters
    ----------
    first, second : (n,) values of the same clips under two conditions (right or wrong, dB)
    subjects : (n,) subject of each clip
    resamples, seed : of the random signs where there are more than 16 subjects; up to that
        number every pattern is tried and the p is exact

    The statistic is the sum of the clips' differences; clips of one subject may depend on one
    another as they like. With S subjects no p is below 2 / 2^S.
    """
    difference = np.asarray(first, dtype=float) - np.asarray(second, dtype=float)
    sums = pd.Series(difference).groupby(np.asarray(subjects)).sum().to_numpy()
    sums = sums[sums != 0]  # a sign changes nothing there
    if not len(sums):
        return 1.0
    if exact := len(sums) <= EXACT:
        patterns = np.arange(2 ** len(sums))[:, None] >> np.arange(len(sums)) & 1
    else:
        patterns = np.random.default_rng(seed).integers(0, 2, (resamples, len(sums)))
    extreme = np.abs((2 * patterns - 1) @ sums) >= abs(sums.sum()) * (1 - 1e-9)
    return float(extreme.mean() if exact else (extreme.sum() + 1) / (resamples + 1))


def permutation_within(
    predictions: pd.DataFrame, *, score: str = "accuracy", resamples: int = 2000, seed: int = 0
) -> dict[str, float]:
    """Do predictions know more than who the subject is? Labels change places inside each subject.

    Parameters
    ----------
    predictions : one row per clip, columns subject, label, predicted
    score : "accuracy" or "uar"

    Returns
    -------
    dict of ``observed``; ``chance``, the mean over permutations, which is what knowing the
    subject alone is worth to these predictions; ``p``, one-sided

    A prediction that is the same for all of a subject's clips scores the same however its labels
    are permuted: p is 1.
    """
    if score not in ("accuracy", "uar"):
        raise ValueError(f"score: got {score!r}; allowed are accuracy, uar")
    labels, y = np.unique(predictions.label, return_inverse=True)
    right = labels[None, :] == np.asarray(predictions.predicted)[:, None]  # (n, classes)
    weight = np.ones(len(labels)) / len(y)
    if score == "uar":
        weight = 1 / np.bincount(y) / len(labels)
    gain = right * weight  # what clip i adds if its label is class j
    groups = [np.flatnonzero(predictions.subject == s) for s in predictions.subject.unique()]
    rng = np.random.default_rng(seed)
    permuted = np.empty((resamples, len(y)), dtype=int)
    for group in groups:
        permuted[:, group] = rng.permuted(np.tile(y[group], (resamples, 1)), axis=1)
    values = gain[np.arange(len(y)), permuted].sum(axis=1)
    observed = gain[np.arange(len(y)), y].sum()
    above = (values >= observed * (1 - 1e-9)).sum()
    return {
        "observed": float(observed),
        "chance": float(values.mean()),
        "p": float((above + 1) / (resamples + 1)),
    }


def icc(values: Sequence[float], subjects: Sequence[str]) -> float:
    """Intraclass correlation: how alike values of one subject are, by one-way analysis of variance.

    Parameters
    ----------
    values : (n,) numbers, such as 1 for a clip predicted right
    subjects : (n,) subject of each

    Negative where subjects differ less than chance would make them; NaN where nothing varies.
    Donner 1986, doi:10.2307/1403259, unequal numbers of clips included.
    """
    table = pd.Series(np.asarray(values, dtype=float)).groupby(np.asarray(subjects))
    sizes, means = table.size().to_numpy(), table.mean().to_numpy()
    n, k = sizes.sum(), len(sizes)
    if k < 2 or n == k:
        return float("nan")
    grand = (sizes * means).sum() / n
    between = (sizes * (means - grand) ** 2).sum() / (k - 1)
    within = (table.var(ddof=0).to_numpy() * sizes).sum() / (n - k)
    size = (n - (sizes**2).sum() / n) / (k - 1)
    spread = between + (size - 1) * within
    return float((between - within) / spread) if spread > 0 else float("nan")


def design_effect(sizes: Sequence[int], icc: float) -> float:
    """By how much clips of `sizes` per subject swell the variance of a mean over all clips.

    1 + (sum m^2 / sum m - 1) icc; the square root multiplies the standard error.
    Kish 1965, Survey Sampling.
    """
    m = np.asarray(sizes, dtype=float)
    return float(1 + ((m**2).sum() / m.sum() - 1) * icc)
