"""What can be recognised in the synthetic replica: by its true motion, by estimated motion, and by
the paper's two descriptors, on seeds that nothing was chosen on."""

import importlib

import numpy as np
import pandas as pd

from mer_core import clip as clips
from mer_core import presets, quality
from mer_core.datasets.synthetic import memory, truth
from mer_core.datasets.synthetic.knobs import DEFAULTS
from mer_core.datasets.synthetic.replica import (
    IDENTITY,
    SUBJECTS,
    clip_ids,
    clip_performance,
    subject_face,
)
from mer_core.store import Store, cache_dir, code_digest

FIRST = 1  # seed 0 is the presets', 1000 to 1009 are the calibration's
GRID = 8  # blocks a side of the flow's features
FLOWS = {  # name -> what it is
    "expression flow": "true motion of the expression alone",
    "true motion": "true motion of everything: expression, stray unit, blink, drift of the head",
    "optical flow": "motion estimated from the noisy frames (iterative Lucas-Kanade)",
}


def block_means(flow: np.ndarray) -> np.ndarray:
    """Mean flow of each of GRID x GRID blocks: (H, W, 2) -> (GRID * GRID * 2,) float32.

    Signed, right and down, pixels; nan (no skin) counts as no motion.
    """
    filled = np.nan_to_num(flow)
    rows = np.array_split(filled, GRID)
    parts = [block.mean(axis=(0, 1)) for row in rows for block in np.array_split(row, GRID, axis=1)]
    return np.ravel(parts).astype(np.float32)


def _clip(seed: int, clip_id: str, subject: str) -> list[np.ndarray]:
    """The features of one clip: the three flows', then the descriptors' in the preset's order.

    Motion is that from the first frame to the one nearest to the apex among those read.
    """
    from mer_core import descriptors

    preset = presets.load("quick")
    face, acted = subject_face(seed, subject), clip_performance(seed, clip_id, DEFAULTS)
    numbers = 1 + clips.pick(len(acted), preset.frames)
    place = int(np.abs(numbers - acted.apex).argmin())
    known = truth.truth(face, acted, int(numbers[place]), size=preset.size)
    grey = clips.to_grey(memory.clip(clip_id, seed=seed, size=preset.size, frames=preset.frames))
    flows = known.expression, known.motion, quality.optical_flow(grey[0], grey[place])
    skin = known.skin[..., None]
    out = [block_means(np.where(skin, flow, np.nan)) for flow in flows]
    for name, parameters in preset.descriptors.items():
        out.append(descriptors.describe(grey, name, **parameters).ravel().astype(np.float32))
    return out


def _features(seed: int, subject: str) -> np.ndarray:
    """All features of one subject's clips, one after the other: (clips, n) float32."""
    preset = presets.load("quick")
    names = ("lbp_top", "lpq_top", "lpq_kernels", "kernels", "planes")
    described = [importlib.import_module(f"mer_core.descriptors.{name}") for name in names]
    key = {
        "study": "replica",
        "faces": IDENTITY,
        "knobs": DEFAULTS,
        "code": code_digest(memory, truth, clips, quality.optical_flow, _clip, block_means),
        "descriptors": code_digest(*described),
        "grid": GRID,
        "size": preset.size,
        "frames": preset.frames,
        "parameters": {name: dict(p) for name, p in preset.descriptors.items()},
        "seed": seed,
        "subject": subject,
    }
    owned = [c for c, (owner, *_) in clip_ids().items() if owner == subject]
    return Store(cache_dir() / "studies").get_or_make(
        key, lambda: np.stack([np.concatenate(_clip(seed, c, subject)) for c in owned])
    )


def score(seed: int, subjects: tuple[str, ...]) -> list[dict]:
    """LOSO by each kind of feature on the replica of one seed: one row each."""
    from mer_core import evaluate

    preset = presets.load("quick")
    owned = {c: v for s in subjects for c, v in clip_ids().items() if v[0] == s}
    table = pd.DataFrame.from_dict(owned, orient="index", columns=["subject", "label", "number"])
    drawn = np.concatenate([_features(seed, s) for s in subjects])
    order = np.argsort(table.index)  # of `load`
    width = 2 * GRID * GRID
    whole = np.split(drawn[order], [width, 2 * width, 3 * width], axis=1)
    bins = {"lbp-top": 59, "lpq-top": 256}  # uniform codes; all codes
    blocks = {n: int(np.prod(p["grid"])) * 3 * bins[n] for n, p in preset.descriptors.items()}
    parts = dict(zip(FLOWS, whole[:3], strict=True))
    edges = np.cumsum([0, *blocks.values()])
    parts |= {n: whole[3][:, a:b] for n, a, b in zip(blocks, edges[:-1], edges[1:], strict=True)}
    rows = []
    for name, features in parts.items():
        predicted = evaluate.loso(
            features,
            table.label.to_numpy()[order],
            table.subject.to_numpy()[order],
            kernel=preset.kernel,
            C=preset.C,
            transform="standard" if name in FLOWS else preset.transform,
            seed=preset.seed,
        )
        found = evaluate.scores(predicted)
        row = {"seed": seed, "features": name, "clips": len(table)}
        rows.append(row | {k: round(found[k], 6) for k in ("accuracy", "uf1", "uar")})
    return rows


def summarise(rates: pd.DataFrame) -> pd.DataFrame:
    """Mean over the seeds for each kind of feature, with its 95 % t-interval."""
    from scipy.stats import t

    grouped = rates.groupby("features", sort=False)
    table = grouped.accuracy.agg(seeds="count", accuracy="mean", sd="std").reset_index()
    half = t.ppf(0.975, table.seeds - 1) * table.sd / np.sqrt(table.seeds)
    table["accuracy_low"], table["accuracy_high"] = table.accuracy - half, table.accuracy + half
    for name in ("uf1", "uar"):
        table[name] = grouped[name].mean().to_numpy()
    return table.round(6)


def run(*, workers: int, fast: bool, seeds: int = 5) -> dict[str, pd.DataFrame]:
    """Tables ``rates`` (every seed and kind of feature) and ``summary`` (means and intervals)."""
    from joblib import Parallel, delayed
    from tqdm import tqdm

    subjects = tuple(SUBJECTS)
    if fast:
        subjects, seeds = ("s02", "s05", "s18"), 2
    numbers = range(FIRST, FIRST + seeds)
    jobs = [(seed, subject) for seed in numbers for subject in subjects]
    parallel = Parallel(n_jobs=workers, return_as="generator", inner_max_num_threads=1)
    made = parallel(delayed(_features)(*job) for job in jobs)
    for _ in tqdm(made, total=len(jobs), desc="replica", unit="face"):
        pass
    rates = pd.DataFrame([row for seed in numbers for row in score(seed, subjects)])
    return {"rates": rates, "summary": summarise(rates)}
