"""The paper's claims as predicates over any pair of tables: its own, and ours.

A claim holds when each of its differences is above zero (or not below it).
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from mer_core.claims.view import (
    DESCRIPTORS,
    GANS_X2,
    GANS_X4,
    HR,
    LR32,
    LR64,
    ROWS,
    X2,
    X4,
    Difference,
    View,
)


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
    ahead = {("psnr-small", "ssim"): 1.0, ("esrgan-x2", "ssim"): -1.0}
    behind = {term: -weight for term, weight in ahead.items()}
    return [
        v.Q(ahead, "SSIM", strict=False),
        v.Q(behind, "SSIM", strict=False, constant=0.001),
    ]


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

    found, rows = [], _sr(X2 + X4)
    for d in DESCRIPTORS:
        cells = tuple((*r, d) for r in rows)
        accuracy = [v.accuracy(cell) for cell in cells]
        for column in ("psnr", "ssim"):
            terms = tuple((method, column) for _, method in rows)
            quality = [v.quality(*term) for term in terms]
            known = np.isfinite([accuracy, quality]).all() and len(set(accuracy)) > 1
            rho = float(spearmanr(accuracy, quality).statistic) if known else math.nan
            found.append(Difference(rho, "rho", ranked=(cells, terms)))
    return found


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
