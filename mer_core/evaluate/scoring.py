"""The scores of a table of predictions: accuracy, UF1, UAR, recalls, confusion matrix."""

import numpy as np
import pandas as pd

from mer_core.evaluate.statistics import LEVEL, RESAMPLES, draws, wilson


def uf1_uar(confusion: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean F1 and mean recall of confusion matrices (..., k, k), rows true; absent classes skipped.

    A class that is neither true nor predicted has no F1, one that is never true no recall; both
    are left out of the mean.
    """
    hit = np.diagonal(confusion, axis1=-2, axis2=-1).astype(float)
    true, predicted = confusion.sum(-1), confusion.sum(-2)
    with np.errstate(invalid="ignore"):
        return np.nanmean(2 * hit / (true + predicted), -1), np.nanmean(hit / true, -1)


def _counts(predictions: pd.DataFrame) -> tuple[np.ndarray, list[str]]:
    """A confusion matrix for each subject, (subjects, classes, classes), and the classes."""
    classes = sorted(set(predictions.label) | set(predictions.predicted))
    subjects = sorted(set(predictions.subject))
    counts = np.zeros((len(subjects), len(classes), len(classes)), dtype=int)
    place = [
        pd.Categorical(predictions[column], categories=values).codes
        for column, values in (("subject", subjects), ("label", classes), ("predicted", classes))
    ]
    np.add.at(counts, tuple(place), 1)
    return counts, classes


def _clips(predictions: pd.DataFrame) -> int:
    """Different clips in a table in which repeated hold-outs may name one several times."""
    if "repeat" not in predictions:
        return len(predictions)
    names = predictions["clip_id"] if "clip_id" in predictions else predictions.index
    return int(pd.Index(names).nunique())


def scores(
    predictions: pd.DataFrame, *, level: float = LEVEL, resamples: int = RESAMPLES, seed: int = 0
) -> dict[str, object]:
    """Scores of a table of predictions, pooled over all rows, each with its interval.

    Parameters
    ----------
    predictions : one row per clip, columns subject, label, predicted; with a column repeat, one
        row for each time that a clip was held out
    level : of the intervals
    resamples, seed : of the bootstrap

    Returns
    -------
    dict of ``n``, the number of different clips; ``accuracy``, ``uf1`` (mean F1 of the classes),
    ``uar`` (mean recall), all 0-1, each with ``_low`` and ``_high``; ``recalls`` (Series, one for
    each true class); ``confusion`` (DataFrame, rows true, columns predicted)

    Accuracy has Wilson's interval for n clips, which takes them as independent. UF1 and UAR have
    percentiles of a bootstrap that draws subjects, not clips; with 16 subjects it covers less
    than it says. Scores follow MEGC 2019, doi:10.1109/FG.2019.8756611.
    """
    if lacking := sorted({"subject", "label", "predicted"} - set(predictions.columns)):
        raise ValueError(f"predictions: lacks the column {lacking[0]}")
    if predictions.empty:
        raise ValueError("predictions: got no row; at least one clip is needed")
    counts, classes = _counts(predictions)
    confusion = counts.sum(axis=0)
    drawn = draws(len(counts), resamples=resamples, seed=seed)
    spread = uf1_uar(np.tensordot(drawn, counts, axes=1))
    n, accuracy = _clips(predictions), float(np.trace(confusion) / len(predictions))
    result: dict[str, object] = {"n": n, "accuracy": accuracy}
    result["accuracy_low"], result["accuracy_high"] = wilson(accuracy * n, n, level)
    tails = (0.5 - level / 2, 0.5 + level / 2)
    for name, value, drawn_values in zip(("uf1", "uar"), uf1_uar(confusion), spread, strict=True):
        result[name] = float(value)
        result[f"{name}_low"], result[f"{name}_high"] = map(float, np.quantile(drawn_values, tails))
    table = pd.DataFrame(
        confusion,
        index=pd.Index(classes, name="label"),
        columns=pd.Index(classes, name="predicted"),
    )
    true = table.sum(axis=1)
    recalls = pd.Series(np.diag(confusion), table.index)[true > 0] / true[true > 0]
    return result | {"recalls": recalls.rename("recall"), "confusion": table}
