"""How far does Table 1 depend on what the paper leaves open?

One frame a subject, at the apex of its first clip, is reduced with every blur and sampling of the
grid, enlarged by every method whose weights are here, and compared on every channel and border.
"""

import numpy as np
import pandas as pd

from mer_core import conditions, datasets, quality
from mer_core.clip import read_clip
from mer_core.conditions import Condition
from mer_core.degrade import degrade
from mer_core.superres import MODELS

SIGMAS = (0.3, 0.5, 0.8, 1.0, 1.3, 1.6, 2.0)  # HR pixels
SAMPLINGS = ("centred", "decimate")
CHANNELS = ("y", "rgb")
BORDERS = (0, 4)  # pixels left out on each side
SIZE = 128


def first_clips() -> tuple[str, ...]:
    """The first clip of each of the 16 subjects: negative, else positive, else surprise."""
    names = []
    for subject, counts in datasets.HS_COUNTS.items():
        code = next(c for c, n in zip(("ne", "po", "sur"), counts, strict=True) if n)
        names.append(f"{subject}_{code}_01")
    return tuple(names)


def frames(count: int = 16, *, seed: int = 0) -> np.ndarray:
    """(count, 128, 128, 3) uint8: the apex frame of the first clip of `count` subjects."""
    names = first_clips()[:count]
    table = datasets.load("synthetic", seed=seed, clips=names)
    return np.stack([_apex(table.loc[name]) for name in names])


def _apex(row: pd.Series) -> np.ndarray:
    clip = read_clip(row, size=SIZE)
    return clip[min(max(int(row.apex) - int(row.onset), 0), len(clip) - 1)]


def methods(scale: int) -> list[Condition]:
    """Every method of this scale that can run here, with the first source of its weights."""
    listed = []
    for model in MODELS.values():
        source = model.sources[0].kind if model.sources else None
        condition = Condition(f"SR{SIZE // scale}", model.name, scale, source)
        if model.scale == scale and conditions.is_present(condition):
            listed.append(condition)
    return listed


def _cell(hr: np.ndarray, scale: int, sigma: float, sampling: str) -> list[dict]:
    lr, rows = degrade(hr, scale, sigma=sigma, sampling=sampling), []
    for condition in methods(scale):
        sr = conditions.super_resolved(lr, condition)
        for channel in CHANNELS:
            for border in BORDERS:
                how = {"channel": channel, "border": border}
                pairs = [(hr[[k]], sr[[k]]) for k in range(len(hr))]
                rows.append(
                    {"method": condition.method, "scale": scale, "sigma": sigma}
                    | {"sampling": sampling, **how}
                    | {"psnr": np.array([quality.psnr(a, b, **how) for a, b in pairs])}
                    | {"ssim": np.array([quality.ssim(a, b, **how) for a, b in pairs])}
                )
    return rows


def _against_bicubic(rows: list[dict]) -> pd.DataFrame:
    """Means over the frames, and the mean paired gain over bicubic with its 95 % interval."""
    from scipy.stats import t

    keys = ("scale", "sigma", "sampling", "channel", "border")
    bicubic = {tuple(r[k] for k in keys): r for r in rows if r["method"].startswith("bicubic")}
    found = []
    for row in rows:
        gain = row["psnr"] - bicubic[tuple(row[k] for k in keys)]["psnr"]
        count = len(gain)
        half = t.ppf(0.975, count - 1) * gain.std(ddof=1) / np.sqrt(count) if count > 1 else np.nan
        found.append(
            {k: row[k] for k in ("method", *keys)}
            | {"psnr": row["psnr"].mean(), "ssim": row["ssim"].mean(), "gain": gain.mean()}
            | {"gain_low": gain.mean() - half, "gain_high": gain.mean() + half, "frames": count}
        )
    digits = dict.fromkeys(("psnr", "gain", "gain_low", "gain_high"), 3) | {"ssim": 5}
    return pd.DataFrame(found).round(digits)


def run(
    *, workers: int, fast: bool = False, subjects: int = 10, seed: int = 0
) -> dict[str, pd.DataFrame]:
    """The grid, a row for each method, blur, sampling, channel and border; and the methods."""
    from joblib import Parallel, delayed

    sigmas = (0.5, 1.6) if fast else SIGMAS
    hr = frames(2 if fast else subjects, seed=seed)
    for scale in (2, 4):  # converted once, not by every worker
        for condition in methods(scale):
            conditions.super_resolved(degrade(hr[:1], scale), condition)
    cells = [(scale, sigma, s) for scale in (2, 4) for sigma in sigmas for s in SAMPLINGS]
    parallel = Parallel(n_jobs=workers, inner_max_num_threads=1)
    found = parallel(delayed(_cell)(hr, *cell) for cell in cells)
    used = [
        {"method": c.method, "source": c.source or "none", "weights": conditions.weights_digest(c)}
        for scale in (2, 4)
        for c in methods(scale)
    ]
    return {
        "grid": _against_bicubic([row for rows in found for row in rows]),
        "methods": pd.DataFrame(used),
    }
