"""Under which degradation do reconstructions of our frames come nearest to the paper's Table 1?

First frames of clips (a neutral face, whatever the movement) are degraded in many ways, enlarged
by each method and compared with HR. The images differ from the paper's, so the nearest degradation
is a hint about what the numbers could mean, not a finding about what was done.
"""

import itertools

import numpy as np
import pandas as pd

from mer_core import conditions, degrade, quality
from mer_core.conditions import Condition
from mer_core.datasets.synthetic import parameters_digest
from mer_core.quality import psnr, ssim
from mer_core.store import code_digest
from mer_core.studies import material
from mer_core.superres import MODELS, super_resolve

SIGMAS = (0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8)  # times the factor, HR pixels
NOISES = (0.0, 2.0, 5.0)
CLIPS = ("s01_ne_01", "s12_po_01")  # two faces
PLAIN = tuple(f"{m}-x{s}" for s in (2, 4) for m in ("nearest", "bicubic", "lanczos"))
NETWORKS = (  # with weights that anybody can have
    *("psnr-small", "esrgan-x2", "esrgan-x4"),
    *("face-psnr-x2", "face-gan-x2", "face-gan-x4", "face-ngan-x4"),
)
SLOW = ("esrgan-x2",)  # a second a frame: without noise alone
VIEWS = (("y", 0), ("y", 1), ("rgb", 0))  # channel; border left out, times the scale


def _conditions(fast: bool) -> list[Condition]:
    """The methods whose weights are at hand; those that npm carries are fetched."""
    from mer_core.superres import engine, weights

    found = [Condition("", name, MODELS[name].scale) for name in PLAIN]
    for name in () if fast else [n for n in NETWORKS if n in MODELS]:
        model = MODELS[name]
        condition = Condition("", name, model.scale, model.sources[0].kind)
        if conditions.is_fetched(condition):
            weights.fetch(name, source=condition.source)
        if conditions.is_present(condition):
            engine.prepare(name, condition.source)
            found.append(condition)
    return found


def _measure(
    condition: Condition, degradation: tuple[float, str, float], seed: int, size: int
) -> np.ndarray:
    """Mean PSNR and SSIM of one method under one degradation, (VIEWS, 2)."""
    sigma, sampling, noise = degradation
    measured = []
    for number, clip_id in enumerate(CLIPS):
        hr = material.clip(clip_id, seed, frames=10, size=size)[:1]
        lr = degrade.degrade(
            hr,
            condition.scale,
            sigma=sigma * condition.scale,
            sampling=sampling,
            noise=noise,
            seed=number,
        )
        sr = super_resolve(lr, condition.method, source=condition.source)
        measured.append(
            [
                [f(hr, sr, channel=c, border=cut * condition.scale) for f in (psnr, ssim)]
                for c, cut in VIEWS
            ]
        )
    return np.mean(measured, axis=0)


def _rows(
    condition: Condition, sigma: float, sampling: str, noise: float, seed: int, size: int
) -> list[dict]:
    """Quality of one method under one degradation, for each way to measure it; stored."""
    key = {
        "stage": "forensics",
        "dataset": parameters_digest(seed),
        "code": code_digest(degrade, quality, _measure),  # the engine's is held by its own tests
        "frames": [*CLIPS, size],
        "method": [condition.method, conditions.weights_digest(condition)],
        "degradation": [sigma, sampling, noise],
        "views": VIEWS,
    }
    found = conditions.store().get_or_make(
        key, lambda: _measure(condition, (sigma, sampling, noise), seed, size)
    )
    named = {"method": condition.method, "scale": condition.scale, "sigma": sigma}
    named |= {"sampling": sampling, "noise": noise, "frames": len(CLIPS)}
    return [
        named
        | {"channel": channel, "border": cut * condition.scale}
        | {"psnr": round(float(p), 4), "ssim": round(float(s), 6)}
        for (channel, cut), (p, s) in zip(VIEWS, found, strict=True)
    ]


def table(*, seed: int = 0, fast: bool = False, workers: int = 1) -> pd.DataFrame:
    """One row for each method, degradation and way to measure: mean PSNR (dB) and SSIM."""
    sigmas, size = ((0.4,), 64) if fast else (SIGMAS, 128)
    degradations = list(itertools.product(sigmas, degrade.SAMPLINGS, NOISES))
    jobs = [
        (c, *d, seed, size)
        for c in _conditions(fast)
        for d in degradations
        if c.method not in SLOW or d[2] == 0
    ]
    found = material.each(_rows, jobs, workers, "forensics")
    return pd.DataFrame([row for rows in found for row in rows])


def nearest(rows: pd.DataFrame, paper: pd.DataFrame) -> pd.DataFrame:
    """For each network of the paper that is here: the degradation nearest to the paper's PSNR.

    Parameters
    ----------
    rows : of `table`
    paper : the paper's Table 1, `mer_core.paper.tables`
    """
    both = rows.merge(paper[["method", "psnr", "ssim"]], on="method", suffixes=("", "_paper"))
    both["gap"] = both.psnr - both.psnr_paper
    first = both.assign(size=both.gap.abs()).sort_values("size", kind="stable")
    return first.groupby("method", sort=False).head(1).drop(columns="size")


def together(rows: pd.DataFrame, paper: pd.DataFrame) -> pd.DataFrame:
    """Root mean square gap (dB) to the paper's PSNRs over the networks that are here, for each
    degradation and way to measure, and how many networks that were; the nearest first.

    Degradations that all networks were measured under come first.
    """
    both = rows.merge(paper[["method", "psnr", "ssim"]], on="method", suffixes=("", "_paper"))
    both["square"] = (both.psnr - both.psnr_paper) ** 2
    both["cut"] = both.border > 0
    keys = ["sigma", "sampling", "noise", "channel", "cut"]
    found = both.groupby(keys).square.agg(gap="mean", networks="count").reset_index()
    found["gap"] **= 0.5
    return found.sort_values(
        ["networks", "gap"], ascending=[False, True], kind="stable", ignore_index=True
    )
