"""Does an honest evaluation of pure noise stay at chance?

The labels and subjects are those of SMIC-HS's 164 clips, the features are drawn from a normal
distribution and know neither. Each seed is scored as a chapter scores a descriptor: leaving one
subject out, C chosen among the training subjects, scaled inside the fold.
"""

import numpy as np
import pandas as pd

from mer_core import evaluate, leaks
from mer_core.evaluate import machines, protocols, scoring
from mer_core.store import code_digest
from mer_core.studies import material

WIDTH = 300  # features of a clip: more than clips, as histograms have


def _right(seed: int, clips: int) -> dict:
    """Scores of one draw of noise; stored.

    clips : every clip, or the first of them in an order that mixes classes and subjects
    """
    labels, subjects = leaks.structure()
    if clips < len(labels):
        place = np.sort(np.random.default_rng(0).permutation(len(labels))[:clips])
        labels, subjects = labels[place], subjects[place]
    key = {
        "stage": "scores of noise",
        "code": code_digest(machines, protocols, scoring, _scores),
        "clips": [labels.tolist(), subjects.tolist()],
        "width": WIDTH,
        "seed": seed,
    }
    return material.stored(key, lambda: _scores(seed, labels, subjects))


def _scores(seed: int, labels: np.ndarray, subjects: np.ndarray) -> dict:
    features = np.random.default_rng(seed).normal(size=(len(labels), WIDTH))
    found = evaluate.loso(features, labels, subjects, transform="standard", seed=seed)
    scores = evaluate.scores(found, resamples=1)
    right = int((found.predicted == found.label).sum())
    rates = {k: round(scores[k], 6) for k in ("accuracy", "uf1", "uar")}
    return {"seed": seed, "n": len(labels), "right": right} | rates


def summarise(scores: pd.DataFrame) -> pd.DataFrame:
    """A row for each score: mean over the seeds with its 95 % t-interval, sd, smallest, largest."""
    rows = []
    for name in ("uar", "uf1", "accuracy"):
        values = scores[name]
        mean, low, high = material.interval(values)
        rows.append({"score": name, "seeds": len(values), "mean": mean, "mean_low": low,
                     "mean_high": high, "sd": values.std(), "smallest": values.min(),
                     "largest": values.max()})  # fmt: skip
    return pd.DataFrame(rows).round(6)


def run(*, workers: int, fast: bool, seeds: int = 200) -> dict[str, pd.DataFrame]:
    """Tables ``scores``, a row for each seed, and ``summary``, over them."""
    clips = 48 if fast else len(leaks.structure()[0])
    jobs = [(seed, clips) for seed in range(min(seeds, 4) if fast else seeds)]
    scores = pd.DataFrame(material.each(_right, jobs, workers, "noise"))
    return {"scores": scores, "summary": summarise(scores)}
