"""The two tables as the claims read them, and the differences that a claim wants above zero."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd

X2 = ("esrgan-x2", "psnr-large", "psnr-small", "noise-cancel")
X4 = ("esrgan-x4", "nesrgan-plus-x4")
GANS_X2, GANS_X4 = ("esrgan-x2", "noise-cancel"), X4
DESCRIPTORS = ("lbp-top", "lpq-top")
HR, LR64, LR32 = ("HR", "none"), ("LR64", "none"), ("LR32", "none")
ROWS = (HR, *(("SR64", m) for m in X2), *(("SR32", m) for m in X4), LR64, LR32)
SCALE = {"dB": 1.0, "SSIM": 0.01, "accuracy": 0.01, "rho": 0.1}  # to find the weakest of a mix

Cell = tuple[str, str, str]  # input, method, descriptor: an accuracy
Quality = tuple[str, str]  # method, "psnr" or "ssim"
Term = Cell | Quality


@dataclass(frozen=True)
class Difference:
    """A number that a claim wants above zero: a weighted sum of terms, or a rank correlation.

    value, unit : as found; strict : False where zero will do
    terms, constant : the value is the constant and the sum of weight x term
    ranked : the two lists of terms whose rank correlation the value is
    """

    value: float
    unit: str
    strict: bool = True
    terms: Mapping[Term, float] = field(default_factory=dict)
    constant: float = 0.0
    ranked: tuple[tuple[Term, ...], tuple[Term, ...]] | None = None

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

    def Q(
        self,
        weights: Mapping[Quality, float],
        unit: str,
        *,
        strict: bool = True,
        constant: float = 0.0,
    ) -> Difference:
        value = constant + sum(w * self.quality(*q) for q, w in weights.items())
        return Difference(value, unit, strict, dict(weights), constant)

    def P(self, better: str, worse: str) -> Difference:
        return self.Q({(better, "psnr"): 1.0, (worse, "psnr"): -1.0}, "dB")

    def S(self, better: str, worse: str) -> Difference:
        return self.Q({(better, "ssim"): 1.0, (worse, "ssim"): -1.0}, "SSIM")

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
