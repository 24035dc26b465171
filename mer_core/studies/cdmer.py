"""A leak in a published benchmark, shown on real features.

Zong et al. (2018, arXiv:1812.07742) train on SMIC's visible-light clips and test on its
near-infrared ones, and the other way round (V->N and N->V). Both sets are the same 71 events, in
the same order: a linear SVM may have seen the very event that it is tested on.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from mer_core.datasets import cdmer
from mer_core.evaluate import mcnemar, scores
from mer_core.evaluate.machines import fit_predict

PUBLISHED = {("vis", "nir"): (0.6338, 0.6186), ("nir", "vis"): (0.6338, 0.6078)}  # accuracy, F1
AS_PUBLISHED, SAME_OUT, OTHER_OUT = (
    "as published",
    "the same event left out of training",
    "another event of its class left out",
)


def _scores(labels: np.ndarray, predicted: np.ndarray) -> dict:
    # without subjects each clip counts as one of its own
    table = pd.DataFrame({"label": labels, "predicted": predicted})
    found = scores(table.assign(subject=np.arange(len(table)).astype(str)))
    return {k: v for k, v in found.items() if k not in ("recalls", "confusion")}


def leave_out(
    gram: np.ndarray, y: np.ndarray, out: np.ndarray, *, C: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Predict each event of the other set, one training event left out for it.

    Parameters
    ----------
    gram : (2n, 2n) inner products, the training set's n clips first, then the test set's
    y : (n,) labels of the events, the same for both sets
    out : (n, n) bool, out[i, j]: event j may be left out of training when i is tested

    Returns
    -------
    (n,) share of the allowed omissions under which event i is predicted right, and (n,) the
    prediction under the first of them.
    """
    n = len(y)
    both, events = np.concatenate([y, y]), np.arange(n)
    right, first = np.zeros(n), np.empty(n, dtype=y.dtype)
    for j in events:
        tested = np.flatnonzero(out[:, j])
        predicted = fit_predict(gram, both, np.delete(events, j), n + tested, C)
        right[tested] += (predicted == y[tested]) / out[tested].sum(axis=1)
        fresh = out[tested].argmax(axis=1) == j
        first[tested[fresh]] = predicted[fresh]
    return right, first


def transfer(source: np.ndarray, target: np.ndarray, y: np.ndarray) -> tuple[pd.DataFrame, dict]:
    """Scores of one direction as published, and with events left out of training.

    Parameters
    ----------
    source, target : (n, D) features of the same n events by two cameras
    y : (n,) labels

    Returns
    -------
    A table with a row for each way of training, and the paired comparison of the first two.
    """
    n = len(y)
    both = np.vstack([source, target])
    gram, same = both @ both.T, y[:, None] == y
    full = fit_predict(gram, np.concatenate([y, y]), np.arange(n), n + np.arange(n), 1.0)
    _, clean = leave_out(gram, y, np.eye(n, dtype=bool))
    other, _ = leave_out(gram, y, same & ~np.eye(n, dtype=bool))
    rows = [
        {"training": AS_PUBLISHED, **_scores(y, full)},
        {"training": SAME_OUT, **_scores(y, clean)},
        {"training": OTHER_OUT, "n": n, "accuracy": other.mean()},
    ]
    won, lost = int(((full == y) & (clean != y)).sum()), int(((full != y) & (clean == y)).sum())
    paired = {"only_as_published": won, "only_left_out": lost, "p": mcnemar(won, lost)}
    return pd.DataFrame(rows), paired


def twins(queries: np.ndarray, others: np.ndarray) -> float:
    """Share of clips of `queries` whose nearest neighbour among `others` is the same event.

    Euclidean, after each set has been brought to mean 0 and deviation 1 by itself, which takes
    away what the camera adds to all its clips.
    """
    from scipy.spatial.distance import cdist

    def scaled(x: np.ndarray) -> np.ndarray:
        deviation = x.std(axis=0)
        return (x - x.mean(axis=0)) / np.where(deviation == 0, 1, deviation)

    near = cdist(scaled(queries), scaled(others)).argmin(axis=1)
    return float((near == np.arange(len(queries))).mean())


def leave_one_clip_out(features: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Prediction of each clip by a linear SVM, C = 1, trained on all others."""
    gram, n = features @ features.T, len(y)
    parts = [fit_predict(gram, y, np.delete(np.arange(n), i), np.array([i]), 1.0) for i in range(n)]
    return np.concatenate(parts)


def run(*, workers: int, fast: bool, folder: str = "") -> dict[str, pd.DataFrame]:
    """The tables transfer, paired and sets. `folder` holds the files; "" is the cache's."""
    root = Path(folder) if folder else None
    sets = {name: cdmer.load(name, root) for name in ("vis", "nir")}
    labels = sets["vis"][1]
    if not np.array_equal(labels, sets["nir"][1]):
        raise ValueError("cdmer: the labels of vis and nir differ; they are not the same events")
    moved, paired = [], []
    for (source, target), (accuracy, f1) in PUBLISHED.items():
        table, pair = transfer(sets[source][0], sets[target][0], labels)
        table.insert(0, "source", source)
        table.insert(1, "target", target)
        first = table.training == AS_PUBLISHED
        moved.append(table.assign(
            published_accuracy=np.where(first, accuracy, np.nan),
            published_f1=np.where(first, f1, np.nan),
        ))  # fmt: skip
        paired.append({"source": source, "target": target, **pair})
    within = []
    for name, other in (("vis", "nir"), ("nir", "vis")):
        features, y = sets[name]
        within.append({
            "set": name,
            "n": len(y),
            "leave_one_clip_out": (leave_one_clip_out(features, y) == y).mean(),
            "twin_is_nearest": twins(features, sets[other][0]),
            "twin_by_chance": 1 / len(y),
            "sha256": cdmer.FILES[name].sha256,
        })  # fmt: skip
    return {
        "transfer": pd.concat(moved).round(6),
        "paired": pd.DataFrame(paired).round(6),
        "sets": pd.DataFrame(within).round(6),
    }
