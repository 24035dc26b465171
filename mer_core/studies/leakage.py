"""How far does each leak lift a score on the replica?

Each seed of the replica draws new people and performances; its HR clips are described by LBP-TOP
and LPQ-TOP with the presets' parameters. Every leak stands beside the honest evaluation that it
differs from in nothing else. A super-resolution network fine-tuned on the test subjects is the
study `finetuning`.
"""

import numpy as np
import pandas as pd

from mer_core import evaluate, leaks, presets
from mer_core.datasets.synthetic.replica import SUBJECTS, clip_ids
from mer_core.evaluate import C_GRID, FIXED_C, machines, protocols
from mer_core.store import code_digest, digest
from mer_core.studies import material, paired
from mer_core.studies.replica import FIRST, FLOWS, GRID, _features

BINS = {"lbp-top": 59, "lpq-top": 256}  # uniform codes; all codes
NESTED, FIXED = "honest: C chosen inside", "honest: C = 1"
SCALED = "honest: C = 1, scaled inside the fold"
ORACLE = "the subject's other clips, no picture"
MEASURES = ("accuracy", "uar")
AGAINST = {  # leak -> the honest evaluation that it differs from in nothing else
    "folds of clips": FIXED,
    "folds of clips, C chosen inside": NESTED,
    "scaled outside the fold": SCALED,
    "C chosen on the test subject": NESTED,
    ORACLE: NESTED,
}


def _roots(seed: int, subjects: tuple[str, ...]) -> tuple[dict[str, np.ndarray], pd.DataFrame]:
    """Roots of the histograms (n, D) by descriptor, from the study `replica`; and the clips."""
    owned = {c: v for s in subjects for c, v in clip_ids().items() if v[0] == s}
    table = pd.DataFrame.from_dict(owned, orient="index", columns=["subject", "label", "number"])
    drawn = np.concatenate([_features(seed, s) for s in subjects])
    order = np.argsort(table.index)  # of `load`
    at = len(FLOWS) * 2 * GRID * GRID
    found = {}
    for name, parameters in presets.load("quick").descriptors.items():
        width = int(np.prod(parameters["grid"])) * 3 * BINS[name]
        found[name] = np.sqrt(drawn[order, at : at + width], dtype=float)
        at += width
    return found, table.iloc[order]


def _predictions(
    roots: np.ndarray, labels: np.ndarray, subjects: np.ndarray, seed: int
) -> dict[str, pd.DataFrame]:
    """Predictions of each evaluation by its name."""
    deviation = roots.std(axis=0)
    outside = (roots - roots.mean(axis=0)) / np.where(deviation == 0, 1, deviation)
    few = material.surrogate(material.gram(roots))
    same = {"labels": labels, "subjects": subjects, "seed": seed}
    plain = {"transform": None, **same}
    each = {C: evaluate.predict(few, C=C, **plain) for C in C_GRID}
    every = material.surrogate(outside @ outside.T)
    return {
        NESTED: evaluate.predict(few, **plain),
        FIXED: each[FIXED_C],
        SCALED: evaluate.predict(roots, C=FIXED_C, transform="standard", **same),
        "folds of clips": evaluate.predict(few, protocol="by-clip", C=FIXED_C, **plain),
        "folds of clips, C chosen inside": evaluate.predict(few, protocol="by-clip", **plain),
        "scaled outside the fold": evaluate.predict(every, C=FIXED_C, **plain),
        "C chosen on the test subject": leaks.chosen_on_test(each),
    }


def _scores(roots: np.ndarray, table: pd.DataFrame, seed: int) -> list[dict]:
    rows = []
    labels, subjects = table.label.to_numpy(), table.subject.to_numpy()
    for name, predicted in _predictions(roots, labels, subjects, seed).items():
        scores = evaluate.scores(predicted, resamples=1)
        rates = {k: round(scores[k], 6) for k in ("accuracy", "uf1", "uar")}
        rows.append({"evaluation": name, "n": scores["n"]} | rates)
    return rows


def _seed(seed: int, subjects: tuple[str, ...]) -> list[dict]:
    """The scores of one seed, by descriptor and evaluation; stored."""
    rows = []
    described, table = _roots(seed, subjects)
    for name, roots in described.items():
        key = {
            "stage": "scores of leaks",
            "code": code_digest(
                machines, protocols, leaks.chosen_on_test, material.surrogate, _predictions, _scores
            ),
            "roots": digest(roots),
            "clips": [list(table.index), seed],
        }
        found = material.stored(key, lambda r=roots: _scores(r, table, seed))
        rows += [{"seed": seed, "descriptor": name} | row for row in found]
    return rows


def with_oracle(scores: pd.DataFrame) -> pd.DataFrame:
    """`scores` and, for each seed and descriptor, what knowing the subject alone scores.

    That is the most frequent class of the subject's other clips, by SMIC-HS's labels, which the
    replica has; a tie is split evenly.
    """
    known = leaks.oracle().set_index("knows").loc["its other clips"]
    rows = scores.drop_duplicates(["seed", "descriptor"])[["seed", "descriptor"]]
    rows = rows.assign(evaluation=ORACLE, n=int(known.n), accuracy=round(known.accuracy, 6))
    return pd.concat([scores, rows], ignore_index=True)


def run(*, workers: int, fast: bool, seeds: int = 5) -> dict[str, pd.DataFrame]:
    """Tables ``scores``, a row for each seed, descriptor and evaluation, and ``lifts``.

    seeds : of the replica, from 1; their clips are described by the study `replica`
    """
    subjects = ("s02", "s05", "s18") if fast else tuple(SUBJECTS)
    seeds = min(seeds, 2) if fast else seeds
    jobs = [(seed, subjects) for seed in range(FIRST, FIRST + seeds)]
    found = material.each(_seed, jobs, workers, "replicas")
    scores = with_oracle(pd.DataFrame([row for rows in found for row in rows]))
    return {"scores": scores, "lifts": paired.lifts(scores, AGAINST, MEASURES)}
