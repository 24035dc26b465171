"""What studies on the replica share: its clips without files, and kernels in place of features."""

import json
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pandas as pd

from mer_core import clip as clips
from mer_core.conditions import store
from mer_core.datasets.synthetic import memory, parameters_digest
from mer_core.store import code_digest, digest

CAP = 2
FAST_CLIPS = [f"{s}_{c}_01" for s in ("s01", "s11", "s14", "s20") for c in ("ne", "po", "sur")]


def each(function: Callable, jobs: Iterable[tuple], workers: int, what: str) -> list:
    """``function(*job)`` for every job, in order, with a bar; in processes of one thread each."""
    from joblib import Parallel, delayed, parallel_config
    from tqdm import tqdm

    jobs = list(jobs)
    with tqdm(total=len(jobs), desc=what) as bar:
        if workers == 1:
            found = []
            for job in jobs:
                found.append(function(*job))
                bar.update()
            return found
        found = []
        with parallel_config(backend="loky", inner_max_num_threads=1):
            run = Parallel(n_jobs=workers, return_as="generator")
            for value in run(delayed(function)(*job) for job in jobs):
                found.append(value)
                bar.update()
        return found


def table(fast: bool = False) -> pd.DataFrame:
    """The replica's clips; twelve of four subjects where it is fast."""
    every = memory.table()
    return every.loc[sorted(FAST_CLIPS)] if fast else every


def capped(fast: bool = False) -> pd.DataFrame:
    """At most `CAP` clips of each class of each subject: 65 of 164; nobody outweighs the rest."""
    return table(fast).groupby(["subject", "label"]).head(CAP)


def clip(clip_id: str, seed: int, *, frames: int, size: int) -> np.ndarray:
    """One clip of the replica, (T, size, size, 3) uint8, drawn once and then stored."""
    key = {
        "stage": "replica without files",
        "dataset": parameters_digest(seed),
        "code": code_digest(memory.clip, clips),
        "clip": [clip_id, frames, size],
    }
    return store().get_or_make(
        key, lambda: memory.clip(clip_id, seed=seed, frames=frames, size=size)
    )


def stored(key: dict, make: Callable[[], object]) -> object:
    """What `make` gives, JSON values, kept in the store under `key`."""
    return json.loads(str(store().get_or_make(key, lambda: np.array(json.dumps(make())))))


def noise_seed(seed: int, clip_id: str) -> int:
    """A seed of its own for each clip: equal noise on all clips would be a watermark."""
    return int(digest(seed, clip_id)[:8], 16)


def gram(roots: np.ndarray) -> np.ndarray:
    """Inner products (n, n) float64 of n clips' square roots of histograms: Hellinger's kernel."""
    rows = np.asarray(roots, dtype=float).reshape(len(roots), -1)
    return rows @ rows.T


def surrogate(gram: np.ndarray) -> np.ndarray:
    """Features (n, n) with the inner products `gram`, so that n numbers stand for any number.

    A support vector machine knows clips by their inner products alone: it predicts the same.
    """
    values, vectors = np.linalg.eigh(gram)
    return vectors * np.sqrt(np.maximum(values, 0))


def interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean and 95 % interval of independent repetitions, by Student's t."""
    from scipy.stats import t

    values = np.asarray(values, dtype=float)
    mean = float(values.mean())
    if len(values) < 2:
        return mean, float("nan"), float("nan")
    half = t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return mean, mean - float(half), mean + float(half)
