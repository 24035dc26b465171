"""A thousand Table 2s: how much of a table of 16 subjects is the draw of the subjects?

The clips of the laboratory are described once, at one amplitude. Then 16 identities are drawn, a
thousand times, and given SMIC-HS's numbers of clips per subject and class; each draw is scored
like a Table 2, leave-one-subject-out, by a linear support vector machine with C = 1 on square
roots of histograms. Nothing but the draw differs between two tables.
"""

from functools import partial
from itertools import product

import numpy as np
import pandas as pd

from mer_core import LABELS, conditions
from mer_core.datasets.smic import HS_COUNTS
from mer_core.datasets.synthetic import lab
from mer_core.store import code_digest, digest
from mer_core.studies import views

BLOCK = 25  # draws that are stored together
# Row -> its view, and the method of the paper's row that it stands beside, where there is one: the
# same network, or one of the same kind. LR is described enlarged, as in the presets.
ROWS = {
    "HR": ("HR", "none"),
    "SR64 nearest": ("nearest-x2", None),
    "SR64 Lanczos": ("lanczos-x2", None),
    "SR64 psnr-small": ("psnr-small", "psnr-small"),
    "SR64 face PSNR": ("face-psnr-x2", "psnr-small"),
    "SR64 face GAN": ("face-gan-x2", "esrgan-x2"),
    "LR64": ("bicubic-x2", "none"),
    "SR32 nearest": ("nearest-x4", None),
    "SR32 Lanczos": ("lanczos-x4", None),
    "SR32 ESRGAN": ("esrgan-x4", "esrgan-x4"),
    "SR32 face PSNR": ("face-psnr-x4", None),
    "SR32 face GAN": ("face-gan-x4", "esrgan-x4"),
    "SR32 face nGAN": ("face-ngan-x4", "nesrgan-plus-x4"),
    "LR32": ("bicubic-x4", "none"),
}


def capped(performances: int) -> np.ndarray:
    """SMIC-HS's clips per subject and class, (16, 3), none above what the laboratory holds."""
    return np.minimum(list(HS_COUNTS.values()), performances)


def draw(table: pd.DataFrame, counts: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """One table's clips: identities without replacement, for each the clips of one subject.

    table : the clips to draw from, one row each; counts : (subjects, classes)

    Returns rows of `table` with a column ``place``, their place in it from 0.
    """
    placed = table.assign(place=np.arange(len(table)))
    cast = rng.permutation(table.identity.unique())[: len(counts)]
    parts = []
    for identity, row in zip(cast, counts, strict=True):
        for label, n in zip(LABELS, row, strict=True):
            pool = placed[(placed.identity == identity) & (placed.label == label)]
            parts.append(pool.iloc[np.sort(rng.permutation(len(pool))[:n])])
    return pd.concat(parts)


def right_of(gram: np.ndarray, labels: np.ndarray, groups: np.ndarray, C: float = 1.0) -> int:
    """Clips recognised, each group left out in turn, on a given linear kernel (n, n) of float64.

    What `evaluate.loso` counts, by the same libsvm; its own checks and scikit-learn's cost four
    times the fit, 16 x 16 x 1000 times. labels : (n,) whole numbers.
    """
    from sklearn.svm import _libsvm as libsvm

    libsvm.set_verbosity_wrap(0)
    right, kind = 0, {"svm_type": 0, "kernel": "precomputed"}
    for group in np.unique(groups):
        test, train = np.flatnonzero(groups == group), np.flatnonzero(groups != group)
        inner, outer = gram[np.ix_(train, train)], gram[np.ix_(test, train)]
        machine = libsvm.fit(inner, labels[train].astype(float), C=C, **kind)
        predicted = libsvm.predict(outer, *machine[:7], **kind)
        right += int((predicted == labels[test]).sum())
    return right


def _block(
    table: pd.DataFrame, grams: np.ndarray, counts: np.ndarray, seed: int, first: int, n: int
) -> np.ndarray:
    """Clips recognised and clips, (n, 1 + columns), of draws `first` and on."""
    out = np.empty((n, 1 + len(grams)), np.int64)
    codes = {label: k for k, label in enumerate(LABELS)}
    for k in range(n):
        chosen = draw(table, counts, np.random.default_rng([seed, first + k]))
        place, groups = chosen.place.to_numpy(), chosen.identity.to_numpy()
        labels = chosen.label.map(codes).to_numpy()
        out[k, 0] = len(chosen)
        for m, gram in enumerate(grams):
            out[k, 1 + m] = right_of(gram[np.ix_(place, place)].astype(float), labels, groups)
    return out


def _stored_block(
    table: pd.DataFrame, grams: np.ndarray, counts: np.ndarray, seed: int, key: dict, first: int
) -> np.ndarray:
    make = partial(_block, table, grams, counts, seed, first, BLOCK)
    return conditions.store().get_or_make(key | {"first": first}, make)


def run(
    *,
    workers: int,
    fast: bool,
    identities: int = 32,
    performances: int = 6,
    amplitude: float = 2.0,
    noise: float = 1.5,
    draws: int = 1000,
    networks: str = "all",
    seed: int = 0,
) -> dict[str, pd.DataFrame]:
    """Tables ``draws`` (clips recognised in each draw), ``rows``, ``counts``, ``inputs`` and
    ``sizes``.

    identities, performances : of each class, of the laboratory, from 0; amplitude : pixels, the
    one near the replica's; noise : of the sensor; draws : tables; networks : which of them, joined
    by +, all or none
    """
    rows = dict(ROWS)
    if fast:
        identities, performances, draws = 3, 1, 4
        rows = {k: rows[k] for k in ("HR", "LR32")}
    elif identities < len(HS_COUNTS):
        raise ValueError(f"identities: got {identities}; {len(HS_COUNTS)} are drawn, so more")
    chosen = views.choose([view for view, _ in rows.values()], networks)
    listed = views.inputs(chosen)
    rows = {k: v for k, v in rows.items() if v[0] in chosen}
    rows = {k: v for k, v in rows.items() if v[0] in views.present([v[0]])}
    table = lab.table(
        f"identities=0-{identities - 1},performances=0-{performances - 1},"
        f"amplitude={amplitude:g},noise={noise:g}",
        seed=seed,
    )
    names = [view for view, _ in rows.values()]
    views.prepare(table, names, workers=workers, about="thousand_tables")
    counts = capped(performances)
    if fast:
        counts = np.ones((3, 3), int)
    columns = list(product(rows, views.DESCRIPTORS))
    grams = []
    for row in rows:
        grams += [X @ X.T for X in views.matrices(table, rows[row][0]).values()]
    right = _score(table, np.stack(grams), counts, draws, seed, workers)
    scored = pd.DataFrame(right[:, 1:], columns=[f"{r}, {d}" for r, d in columns])
    scored.insert(0, "n", right[:, 0])
    structure = pd.DataFrame(counts, columns=list(LABELS))
    structure.insert(0, "subject", list(HS_COUNTS)[: len(counts)])
    known = [{"row": k, "input": view, "paper": paper} for k, (view, paper) in rows.items()]
    return {
        "draws": scored,
        "rows": pd.DataFrame(known),
        "counts": structure,
        "inputs": listed,
        "sizes": views.sizes(
            identities=identities,
            performances=performances,
            amplitude=amplitude,
            draws=draws,
            clips=len(table),
            frames=views.FRAMES,
        ),
    }


def _score(
    table: pd.DataFrame, grams: np.ndarray, counts: np.ndarray, draws: int, seed: int, workers: int
) -> np.ndarray:
    from joblib import Parallel, delayed
    from tqdm import tqdm

    key = {"stage": "thousand tables", "code": code_digest(draw, right_of, _block)}
    key |= {"grams": digest(grams), "counts": counts.tolist(), "seed": seed, "block": BLOCK}
    firsts = range(0, draws, BLOCK)
    run = Parallel(n_jobs=workers, return_as="generator")
    jobs = (delayed(_stored_block)(table, grams, counts, seed, key, first) for first in firsts)
    with tqdm(total=draws, desc="draws", unit="table") as bar:
        found = []
        for block in run(jobs):
            found.append(block)
            bar.update(min(BLOCK, draws - bar.n))
    return np.concatenate(found)[:draws]
