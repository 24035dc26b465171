"""Every claim judged twice: on the paper's tables and, with intervals, on ours."""

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from mer_core.claims.statements import CLAIMS
from mer_core.claims.view import HR, SCALE, Difference, Term, View
from mer_core.evaluate.statistics import draws

VERDICTS = ("true", "false", "within the noise", "not evaluable")
LEVEL_CELL = (*HR, "lbp-top")  # the one accuracy that the replica is calibrated to
COLUMNS = (
    "claim", "said", "on_paper", "on_ours", "margin", "margin_low", "margin_high", "unit",
    "paper_margin", "calibrated",
)  # fmt: skip


class _Spread:
    """Values of terms over resamples of the subjects, each with all of its clips, paired."""

    def __init__(self, predictions: pd.DataFrame, quality: pd.DataFrame | None, seed: int) -> None:
        subjects = sorted(set(predictions.subject))
        self.subjects, self.drawn = subjects, draws(len(subjects), seed=seed)
        right = predictions.assign(value=predictions.predicted == predictions.label)
        self.parts = dict(list(right.groupby(["input", "method", "descriptor"])))
        self.methods = {} if quality is None else dict(list(quality.groupby("method")))
        self.known: dict[Term, np.ndarray | None] = {}

    def _values(self, term: Term) -> np.ndarray | None:
        """(resamples,) means of a term, or None where its clips are not there one by one."""
        part = self.parts.get(term) if len(term) == 3 else self.methods.get(term[0])
        if part is None:
            return None
        values = part["value"] if len(term) == 3 else part[term[1]]
        table = values.astype(float).groupby(part.subject).agg(["sum", "size"])
        table = table.reindex(self.subjects, fill_value=0)
        with np.errstate(invalid="ignore"):
            return (self.drawn @ table["sum"].to_numpy()) / (self.drawn @ table["size"].to_numpy())

    def term(self, term: Term) -> np.ndarray | None:
        if term not in self.known:
            self.known[term] = self._values(term)
        return self.known[term]

    def interval(self, difference: Difference) -> tuple[float, float] | None:
        """95 % interval of a difference; None where there are no clips to resample."""
        from scipy.stats import rankdata

        sides = difference.ranked or (tuple(difference.terms),)
        found = [[self.term(term) for term in side] for side in sides]
        if not found[0] or any(values is None for side in found for values in side):
            return None
        if difference.ranked:
            a, b = (rankdata(np.stack(side, axis=1), axis=1) for side in found)
            a, b = a - a.mean(axis=1, keepdims=True), b - b.mean(axis=1, keepdims=True)
            with np.errstate(invalid="ignore"):
                values = (a * b).sum(axis=1) / np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
        else:
            weights = np.array(list(difference.terms.values()))
            values = difference.constant + weights @ np.stack(found[0])
        if np.isnan(values).all():
            return None
        low, high = np.nanquantile(values, (0.025, 0.975))
        return float(low), float(high)


def _one(difference: Difference, interval: tuple[float, float] | None) -> str:
    """The verdict on one difference: its sign, unless its interval includes 0."""
    if interval is not None and interval[0] <= 0 <= interval[1]:
        edge = not difference.strict and interval[0] >= 0
        return "true" if edge else "within the noise"
    return "true" if difference.holds else "false"


def _weakest(differences: list[Difference]) -> Difference:
    return min(differences, key=lambda d: d.value / SCALE[d.unit])


def _judge(differences: list[Difference], spread: _Spread) -> dict[str, object]:
    """Verdict, and the margin that decides it: the weakest of the differences that share it."""
    if any(math.isnan(d.value) for d in differences):
        return {"on_ours": "not evaluable"}
    intervals = [spread.interval(d) for d in differences]
    single = [_one(d, i) for d, i in zip(differences, intervals, strict=True)]
    order = ("false", "within the noise", "true")  # one false is enough; true needs all of them
    verdict = next(v for v in order if v in single)
    deciding = _weakest([d for d, v in zip(differences, single, strict=True) if v == verdict])
    found = {"on_ours": verdict, "margin": round(deciding.value, 6), "unit": deciding.unit}
    interval = intervals[differences.index(deciding)]
    if interval is not None:
        found |= {"margin_low": round(interval[0], 6), "margin_high": round(interval[1], 6)}
    return found


def ledger(
    paper: Mapping[str, pd.DataFrame],
    table1: pd.DataFrame,
    table2: pd.DataFrame,
    predictions: pd.DataFrame,
    quality: pd.DataFrame | None = None,
    *,
    seed: int = 0,
) -> pd.DataFrame:
    """Judge every claim on the paper's tables and on ours.

    Parameters
    ----------
    paper : `mer_core.paper.tables`
    table1, table2, predictions, quality : a run's tables; without `quality` the differences of
        PSNR and SSIM have no interval
    seed : of the bootstrap

    Returns
    -------
    DataFrame with columns claim, said, on_paper, on_ours (one of VERDICTS), margin, margin_low,
    margin_high, unit, paper_margin, calibrated.

    On ours each difference has a 95 % interval over subjects, drawn with their clips (paired).
    A claim is false if one of its differences is below zero beyond its interval, true if all are
    above zero beyond theirs, else within the noise. The margin is the weakest difference among
    those that decide. ``calibrated`` marks verdicts that rest on the accuracy of LBP-TOP at HR,
    to which the synthetic faces are calibrated.
    """
    theirs = View(paper["table1"], paper["table2"], paper=True)
    ours, spread = View(table1, table2), _Spread(predictions, quality, seed)
    rows = []
    for claim in CLAIMS:
        said, found = claim.differences(theirs), claim.differences(ours)
        worst = _weakest(said)
        row = {
            "claim": claim.name,
            "said": claim.said,
            "on_paper": str(all(d.holds for d in said)).lower(),
            "paper_margin": round(worst.value, 6),
            "unit": worst.unit,
            "calibrated": any(LEVEL_CELL in d.terms for d in found),
        }
        rows.append(row | _judge(found, spread))
    return pd.DataFrame(rows, columns=list(COLUMNS))
