"""The paper's claims as predicates, judged on any pair of tables: its own, and ours.

A claim holds when each of its differences is above zero (or not below it). Its margin is the
weakest of them, in that difference's own unit.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

X2 = ("esrgan-x2", "psnr-large", "psnr-small", "noise-cancel")
X4 = ("esrgan-x4", "nesrgan-plus-x4")
GANS_X2, GANS_X4 = ("esrgan-x2", "noise-cancel"), X4
DESCRIPTORS = ("lbp-top", "lpq-top")
HR, LR64, LR32 = ("HR", "none"), ("LR64", "none"), ("LR32", "none")
ROWS = (HR, *(("SR64", m) for m in X2), *(("SR32", m) for m in X4), LR64, LR32)
SCALE = {"dB": 1.0, "SSIM": 0.01, "accuracy": 0.01, "rho": 0.1}  # to find the weakest of a mix
RESAMPLES = 2000
VERDICTS = ("true", "false", "within the noise", "not evaluable")

Cell = tuple[str, str, str]  # input, method, descriptor


@dataclass(frozen=True)
class Difference:
    """A number that a claim wants above zero."""

    value: float
    unit: str
    strict: bool = True  # False: zero will do
    cells: Mapping[Cell, float] = field(default_factory=dict)  # accuracy: weights of its cells
    constant: float = 0.0

    @property
    def holds(self) -> bool:
        return self.value > 0 if self.strict else self.value >= -1e-12


@dataclass(frozen=True)
class View:
    """The two tables as the claims read them; an absent row reads NaN."""

    table1: pd.DataFrame
    table2: pd.DataFrame
    paper: bool = False

    def quality(self, method: str, column: str) -> float:
        found = self.table1.loc[self.table1.method == method, column]
        return float(found.iloc[0]) if len(found) else math.nan

    def accuracy(self, cell: Cell) -> float:
        t = self.table2
        same = (t.input == cell[0]) & (t.method == cell[1]) & (t.descriptor == cell[2])
        found = t.loc[same, "accuracy"]
        return float(found.iloc[0]) if len(found) else math.nan

    @property
    def clip(self) -> float:
        """The accuracy that one clip is worth."""
        return 1 / 164 if self.paper else 1 / max(1, int(self.table2.n.max()))

    def P(self, better: str, worse: str) -> Difference:
        return Difference(self.quality(better, "psnr") - self.quality(worse, "psnr"), "dB")

    def S(self, better: str, worse: str) -> Difference:
        return Difference(self.quality(better, "ssim") - self.quality(worse, "ssim"), "SSIM")

    def PS(self, better: str, worse: str) -> list[Difference]:
        return [self.P(better, worse), self.S(better, worse)]

    def A(
        self, weights: Mapping[Cell, float], *, strict: bool = True, constant: float = 0.0
    ) -> Difference:
        value = constant + sum(w * self.accuracy(c) for c, w in weights.items())
        return Difference(value, "accuracy", strict, dict(weights), constant)

    def above(self, better: tuple[str, str], worse: tuple[str, str], d: str) -> Difference:
        return self.A({(*better, d): 1.0, (*worse, d): -1.0})

    def best(self, rows: Iterable[tuple[str, str]], descriptor: str) -> tuple[str, str]:
        def value(row: tuple[str, str]) -> float:
            found = self.accuracy((*row, descriptor))
            return -math.inf if math.isnan(found) else found

        return max(rows, key=value)


def _sr(methods: Iterable[str]) -> list[tuple[str, str]]:
    return [("SR64" if m in X2 else "SR32", m) for m in methods]


def _lr(method: str) -> tuple[str, str]:
    return LR64 if method in X2 else LR32


def _c2(v: View) -> list[Difference]:
    found = v.PS("esrgan-x2", "esrgan-x4")
    if not v.paper:
        return found
    said = ((6.29, 0.005), (0.1324, 0.00005))  # equal within the digits given
    return [
        Difference(half - abs(d.value - s), d.unit, False)
        for d, (s, half) in zip(found, said, strict=True)
    ]


def _c6(v: View) -> list[Difference]:
    gap = v.S("psnr-small", "esrgan-x2").value
    return [Difference(gap, "SSIM", False), Difference(0.001 - gap, "SSIM", False)]


def _c7(v: View) -> list[Difference]:
    return v.PS("esrgan-x4", "nesrgan-plus-x4")


def _c8a(v: View) -> list[Difference]:
    parts = [
        ({(*r, d): 0.25 for r in _sr(X2)}, {(*r, d): -0.5 for r in _sr(X4)}) for d in DESCRIPTORS
    ]
    return [v.A(high | low) for high, low in parts]


def _c9(v: View) -> list[Difference]:
    best = [("SR64", "psnr-small", "lpq-top"), ("SR64", "esrgan-x2", "lpq-top")]
    others = [(*r, d) for r in _sr(X2 + X4) for d in DESCRIPTORS if (*r, d) not in best]
    return [v.A({b: 1.0, o: -1.0}) for b in best for o in others]


def _c10(v: View) -> list[Difference]:
    small, gan = ("SR64", "psnr-small"), ("SR32", "esrgan-x4")
    found = [v.above(small, r, "lbp-top") for r in _sr(X2) if r != small]
    return found + [v.above(gan, ("SR32", "nesrgan-plus-x4"), d) for d in DESCRIPTORS]


def _c11(v: View) -> list[Difference]:
    return [v.A({(*r, "lpq-top"): 1.0, (*r, "lbp-top"): -1.0}) for r in ROWS]


def _c12(v: View) -> list[Difference]:
    a, b = ("SR64", "esrgan-x2"), ("SR64", "psnr-small")
    return [
        v.A({(*a, d): sign, (*b, d): -sign}, strict=False, constant=v.clip)
        for d in DESCRIPTORS
        for sign in (1.0, -1.0)
    ]


def _lowest(v: View) -> list[Difference]:
    return [x for m in X2 if m != "noise-cancel" for x in v.PS(m, "noise-cancel")]


def _c13(v: View) -> list[Difference]:
    low = ("SR64", "noise-cancel")
    return _lowest(v) + [v.above(r, low, d) for r in _sr(X2) if r != low for d in DESCRIPTORS]


def _over_lr(v: View, methods: Iterable[str]) -> list[Difference]:
    return [v.above(r, _lr(r[1]), d) for r in _sr(methods) for d in DESCRIPTORS]


def _c16b(v: View) -> list[Difference]:
    plain = _sr(("psnr-small", "psnr-large"))
    return [v.above(v.best(_sr(GANS_X2), d), r, d) for d in DESCRIPTORS for r in plain]


def _c18(v: View, rows: list[tuple[str, str]]) -> list[Difference]:
    if not v.paper:
        return [Difference(math.nan, "accuracy")]  # Li et al. did not measure our data
    best = max(v.accuracy((*r, d)) for r in rows for d in DESCRIPTORS)
    li = float(v.table2.loc[v.table2.method == rows[0][1], "li2019"].iloc[0])
    return [Difference(v.clip - abs(best - li), "accuracy", False)]


def _c19(v: View) -> list[Difference]:
    found = [v.above(v.best(_sr(X2), d), HR, d) for d in DESCRIPTORS]
    known = [d for d in found if not math.isnan(d.value)]
    return [max(known, key=lambda d: d.value)] if known else found[:1]


def _c20(v: View) -> list[Difference]:
    from scipy.stats import spearmanr

    found = []
    for d in DESCRIPTORS:
        accuracy = [v.accuracy((*r, d)) for r in _sr(X2 + X4)]
        for column in ("psnr", "ssim"):
            quality = [v.quality(m, column) for m in X2 + X4]
            known = np.isfinite([accuracy, quality]).all() and len(set(accuracy)) > 1
            found.append(spearmanr(accuracy, quality).statistic if known else math.nan)
    return [Difference(float(rho), "rho") for rho in found]


@dataclass(frozen=True)
class Claim:
    """What the text says, and the differences that must be above zero for it to hold."""

    name: str
    said: str
    differences: Callable[[View], list[Difference]]


CLAIMS = [
    Claim("C1", "every model reconstructs better from 64 than from 32 pixels",
          lambda v: [x for a in X2 for b in X4 for x in v.PS(a, b)]),
    Claim("C2", "ESRGAN gains 6.29 dB and .1324 of SSIM from x4 to x2 (ours: it gains)", _c2),
    Claim("C3", "psnr-small reconstructs best",
          lambda v: [x for m in X2 + X4 if m != "psnr-small" for x in v.PS("psnr-small", m)]),
    Claim("C4", "the PSNR-driven networks have a higher PSNR than ESRGAN at x2",
          lambda v: [v.P("psnr-large", "esrgan-x2"), v.P("psnr-small", "esrgan-x2")]),
    Claim("C5", "noise-cancel is lowest at x2 and above every x4",
          lambda v: _lowest(v) + [x for m in X4 for x in v.PS("noise-cancel", m)]),
    Claim("C6", "ESRGAN's SSIM is just behind psnr-small's", _c6),
    Claim("C7", "ESRGAN reconstructs better than nESRGAN+ at x4", _c7),
    Claim("C8a", "accuracy from 64 pixels is above that from 32, in the mean", _c8a),
    Claim("C8b", "accuracy from 64 pixels is above that from 32, each row over each",
          lambda v: [v.above(a, b, d) for a in _sr(X2) for b in _sr(X4) for d in DESCRIPTORS]),
    Claim("C9", "psnr-small and ESRGAN with LPQ-TOP at x2 are best of all", _c9),
    Claim("C10", "best of their group: psnr-small (LBP-TOP, x2), ESRGAN (both, x4)", _c10),
    Claim("C11", "LPQ-TOP is above LBP-TOP in every row", _c11),
    Claim("C12", "ESRGAN and psnr-small are alike at x2, within one clip", _c12),
    Claim("C13", "noise-cancel is lowest at x2 in quality and accuracy", _c13),
    Claim("C14", "ESRGAN is above nESRGAN+ in accuracy and quality",
          lambda v: _c7(v) + [v.above(*_sr(X4), d) for d in DESCRIPTORS]),
    Claim("C15", "super-resolution is above low resolution at all instances",
          lambda v: _over_lr(v, X2 + X4)),
    Claim("C16a", "every GAN's accuracy is above its low resolution's",
          lambda v: _over_lr(v, GANS_X2 + GANS_X4)),
    Claim("C16b", "the best GAN is above the best network without one, at x2", _c16b),
    Claim("C17", "accuracy falls with resolution: HR, LR64, LR32",
          lambda v: [v.above(a, b, d) for a, b in ((HR, LR64), (LR64, LR32)) for d in DESCRIPTORS]),
    Claim("C18a", "comparable with Li et al. (2019) at x2, within one clip",
          lambda v: _c18(v, _sr(X2))),
    Claim("C18b", "comparable with Li et al. (2019) at x4, within one clip",
          lambda v: _c18(v, _sr(X4))),
    Claim("C19", "(unsaid) some row from 64 pixels is above HR", _c19),
    Claim("C20", "accuracy follows quality: all rank correlations over six rows are above 0", _c20),
]  # fmt: skip


def _weakest(differences: list[Difference]) -> Difference | None:
    """The difference with the least margin; None where one cannot be computed."""
    if any(math.isnan(d.value) for d in differences):
        return None
    return min(differences, key=lambda d: d.value / SCALE[d.unit])


def _interval(difference: Difference, predictions: pd.DataFrame, seed: int) -> tuple[float, float]:
    """95 % interval of an accuracy difference, drawing subjects with their clips (paired)."""
    totals = 0.0
    for cell, weight in difference.cells.items():
        same = np.logical_and.reduce(
            [
                predictions[k] == c
                for k, c in zip(("input", "method", "descriptor"), cell, strict=True)
            ]
        )
        part = predictions[same]
        right = (part.predicted == part.label).groupby(part.subject).agg(["sum", "size"])
        totals = totals + weight * right["sum"].to_numpy()
        sizes = right["size"].to_numpy()
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(sizes), np.full(len(sizes), 1 / len(sizes)), RESAMPLES)
    values = difference.constant + (drawn @ totals) / (drawn @ sizes)
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)


def ledger(
    paper: Mapping[str, pd.DataFrame],
    table1: pd.DataFrame,
    table2: pd.DataFrame,
    predictions: pd.DataFrame,
    *,
    seed: int = 0,
) -> pd.DataFrame:
    """Judge every claim on the paper's tables and on ours.

    Parameters
    ----------
    paper : `mer_core.paper.tables`
    table1, table2, predictions : a run's tables
    seed : of the bootstrap

    Returns
    -------
    DataFrame with columns claim, said, on_paper, on_ours (one of VERDICTS), margin, margin_low,
    margin_high, unit, paper_margin. On ours an accuracy difference whose 95 % interval over
    subjects includes 0 is within the noise; quality differences have no interval here.
    """
    theirs = View(paper["table1"], paper["table2"], paper=True)
    ours = View(table1, table2)
    rows = []
    for claim in CLAIMS:
        said, found = claim.differences(theirs), claim.differences(ours)
        worst, worst_paper = _weakest(found), _weakest(said)
        row = {
            "claim": claim.name,
            "said": claim.said,
            "on_paper": str(all(d.holds for d in said)).lower(),
            "on_ours": "not evaluable",
            "paper_margin": round(worst_paper.value, 6),
            "unit": worst_paper.unit,
        }
        if worst is not None:
            row |= {"margin": round(worst.value, 6), "unit": worst.unit}
            row["on_ours"] = str(all(d.holds for d in found)).lower()
            if worst.cells:
                low, high = _interval(worst, predictions, seed)
                row |= {"margin_low": round(low, 6), "margin_high": round(high, 6)}
                if low <= 0 <= high:
                    row["on_ours"] = "within the noise"
        rows.append(row)
    columns = ["claim", "said", "on_paper", "on_ours", "margin", "margin_low", "margin_high"]
    return pd.DataFrame(rows, columns=[*columns, "unit", "paper_margin"])
