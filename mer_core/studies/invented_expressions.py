"""Expressions that nobody made: what super-resolution moves in a face that shows none.

The clips are shams of the laboratory: neutral faces that drift, blink and are noisy. What truly
moves is known exactly, so whatever the optical flow of a super-resolved clip has beyond it is
invented, by the network or by the estimator; the HR clip, which no network has touched, says how
much the estimator invents alone.
"""

import numpy as np
import pandas as pd

from mer_core import LABELS
from mer_core.datasets.synthetic import lab
from mer_core.studies import views

CELLS = 16  # of a side of the fields that are kept for the figure
QUANTILE = 0.95  # of the lengths of invented flow in a face: its largest, outliers aside
ALLOWED = 0.05  # share of HR shams above the threshold, which is set on them
MARGIN = 1.0  # of a one-against-rest machine: further from its boundary than its own margin
MEASURES = ("psnr", "ssim", "flicker", "motion_error")


def invented(clip: views.LabClip, name: str) -> np.ndarray:
    """Optical flow of a view less the true motion, (SIZE, SIZE, 2) pixels; nan off the skin."""
    return clip.flow(name) - clip.true_flow("true motion")


def size(flow: np.ndarray) -> float:
    """The `QUANTILE` of the lengths of a flow where it is known."""
    return float(np.nanquantile(np.hypot(flow[..., 0], flow[..., 1]), QUANTILE))


def cells(flow: np.ndarray) -> np.ndarray:
    """Means of a flow over CELLS x CELLS squares, (CELLS, CELLS, 2); nan where mostly unknown."""
    side = flow.shape[0] // CELLS
    blocks = flow.reshape(CELLS, side, CELLS, side, 2)
    known = np.isfinite(blocks[..., 0]).mean(axis=(1, 3))
    count = np.isfinite(blocks).sum(axis=(1, 3))
    mean = np.nansum(blocks, axis=(1, 3)) / np.maximum(count, 1)
    return np.where(known[..., None] >= 0.5, mean, np.nan)


def largest_score(
    X: np.ndarray,
    labels: np.ndarray,
    groups: np.ndarray,
    shams: np.ndarray,
    sham_groups: np.ndarray,
) -> np.ndarray:
    """The largest one-against-rest score of each sham, by machines trained on other identities.

    X, shams : (n, D) and (m, D) features; labels : class of each real clip; groups : identities
    """
    from sklearn.svm import SVC

    gram, across = X @ X.T, shams @ X.T
    out = np.full(len(shams), -np.inf)
    for group in np.unique(sham_groups):
        train, test = np.flatnonzero(groups != group), np.flatnonzero(sham_groups == group)
        inner = gram[np.ix_(train, train)].astype(float)
        outer = across[np.ix_(test, train)].astype(float)
        for label in LABELS:
            machine = SVC(C=1.0, kernel="precomputed").fit(inner, labels[train] == label)
            out[test] = np.maximum(out[test], machine.decision_function(outer))
    return out


def run(
    *,
    workers: int,
    fast: bool,
    identities: int = 32,
    performances: int = 2,
    amplitude: float = 2.0,
    noise: float = 1.5,
    networks: str = "all",
    seed: int = 0,
) -> dict[str, pd.DataFrame]:
    """Tables ``clips`` (one row per clip and input), ``fields`` (one sham's flows), ``inputs``,
    ``sizes``.

    identities, performances : of each class, of the laboratory, from 0; amplitude : of the real
    expressions that the machines learn and that fidelity is measured on, pixels; noise : of the
    sensor; networks : which of them, joined by +, all or none
    """
    names = [n for n, v in views.VIEWS.items() if v.kind in ("HR", "SR")]
    names = [n for n in names if not n.startswith(("nearest", "lanczos"))]  # beside bicubic
    names = views.choose(names, networks)
    if fast:
        identities, performances, names = 3, 1, ["HR", "bicubic-x4"]
    listed = views.inputs(names)
    names = views.present(names)
    table = lab.table(
        f"identities=0-{identities - 1},performances=0-{performances - 1},"
        f"amplitude=0+{amplitude:g},noise={noise:g}",
        seed=seed,
    )
    views.prepare(table, names, workers=workers, measured=table.index, about="invented_expressions")
    sham, real = table[table.amplitude == 0], table[table.amplitude > 0]
    rows, flows = [], {}
    for clip_id, row in table.iterrows():
        clip = views.LabClip(row)
        for name in names:
            measured = dict(zip(MEASURES, clip.measures(name), strict=True))
            found = {"clip_id": clip_id, "subject": row.subject, "input": name}
            found |= {"amplitude": row.amplitude, **measured}
            if row.amplitude == 0:
                flow = invented(clip, name)
                found["invented"] = size(flow)
                flows[name, clip_id] = cells(flow)
            rows.append(found)
    told = pd.DataFrame(rows)
    scores = []
    labels, groups = real.label.to_numpy(), real.identity.to_numpy()
    for name in names:
        learnt, neutral = (views.matrices(part, name) for part in (real, sham))
        for descriptor, X in learnt.items():
            for part, features in ((sham, neutral[descriptor]), (real, X)):
                held = part.identity.to_numpy()
                best = largest_score(X, labels, groups, features, held)
                named = {"clip_id": part.index, "input": name, "descriptor": descriptor}
                scores.append(pd.DataFrame(named | {"score": best}))
    return {
        "clips": told.replace(np.inf, np.nan).round(4),
        "scores": pd.concat(scores).round(4),
        "fields": _fields(sham, names, flows),
        "inputs": listed,
        "sizes": views.sizes(
            identities=identities,
            performances=performances,
            amplitude=amplitude,
            shams=len(sham),
            frames=views.FRAMES,
        ),
    }


def _fields(sham: pd.DataFrame, names: list[str], flows: dict) -> pd.DataFrame:
    """The invented flow of the sham that is typical: whose HR flow is of the middle size."""
    sizes = pd.Series({c: np.nanmean(np.hypot(*flows["HR", c].T)) for c in sham.index})
    typical = sizes.sort_values().index[len(sizes) // 2]
    parts = []
    for name in names:
        row, column = np.mgrid[0:CELLS, 0:CELLS]
        field = flows[name, typical].reshape(-1, 2)
        parts.append(
            pd.DataFrame(
                {
                    "clip_id": typical,
                    "input": name,
                    "row": row.ravel(),
                    "column": column.ravel(),
                    "right": field[:, 0],
                    "down": field[:, 1],
                }
            )
        )
    return pd.concat(parts).dropna().round(3)
