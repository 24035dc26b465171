"""Does super-resolution help, or does only the scale match? And how much do conventions move?

Each seed of the replica draws new people and new performances. Every clip is described as HR, as
LR at its own size and enlarged, and as HR without what LR cannot hold; each with parameters that
read fine detail (the presets') and with parameters four times as wide, which can be scaled down
exactly to both sizes of LR. No network takes part: an interpolation adds no knowledge of faces.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from mer_core import clip as clips
from mer_core import degrade, descriptors, evaluate, temporal
from mer_core.conditions import store
from mer_core.datasets.synthetic import parameters_digest
from mer_core.evaluate import machines, protocols
from mer_core.store import code_digest, digest
from mer_core.studies import material

SCALES = (2, 4)
ENLARGED = ("nearest", "bicubic", "lanczos")
GRID = (5, 5, 1)
READ = {  # descriptor, how wide it reads -> its parameters at HR size
    ("lbp-top", "fine"): {"radii": (1, 1, 2), "grid": GRID},
    ("lbp-top", "wide"): {"radii": (4, 4, 2), "grid": GRID},
    ("lpq-top", "fine"): {"window": (5, 5, 5), "grid": GRID},
    ("lpq-top", "wide"): {"window": (11, 11, 5), "grid": GRID},
}
CONVENTIONS = {  # descriptor, name -> parameters; HR alone; the first of each is what others meet
    **{
        ("lbp-top", f"R = {r}, {convention}, {sampling}, {mapping}"): {
            "radii": (r, r, r),
            "convention": convention,
            "sampling": sampling,
            "mapping": mapping,
            "grid": GRID,
        }
        for r in (1, 3)
        for convention, sampling in (
            ("zhao2007", "nearest"),
            ("zhao2007", "bilinear"),
            ("hong2016", "bilinear"),
        )
        for mapping in ("uniform", "basic")
    },
    ("lpq-top", "window 5"): {"window": (5, 5, 5), "grid": GRID},
    ("lpq-top", "window 3"): {"window": (3, 3, 3), "grid": GRID},
    ("lpq-top", "window 7"): {"window": (7, 7, 7), "grid": GRID},
    ("lpq-top", "window 5, decorrelated (.1, .1)"): {
        "window": (5, 5, 5), "decorrelation": (0.1, 0.1), "grid": GRID,
    },
    ("lpq-top", "window 5, decorrelated (.9, .9)"): {
        "window": (5, 5, 5), "decorrelation": (0.9, 0.9), "grid": GRID,
    },
}  # fmt: skip


def shown(hr: np.ndarray, seed: int) -> Iterator[tuple[str, str, np.ndarray, int]]:
    """The inputs of a clip (T, H, W, 3): name, method, grey clip, what parameters divide by."""
    size = hr.shape[1]
    yield "HR", "none", clips.to_grey(hr), 1
    for scale in SCALES:
        lr = degrade.degrade(hr, scale, seed=seed)
        name = f"LR{size // scale}"
        for method in ENLARGED:
            yield name, method, clips.to_grey(clips.resize(lr, (size, size), method)), 1
        yield name, "own-size", clips.to_grey(lr), 1
        yield name, "own-size-scaled", clips.to_grey(lr), scale
        yield "HR", f"low-pass-x{scale}", clips.to_grey(degrade.low_pass(hr, scale)), 1


def _describe(clip_id: str, seed: int, frames: int, size: int) -> dict[tuple, np.ndarray]:
    """Roots of a clip's histograms, float32, by (part, input, method, descriptor, variant)."""
    hr = material.clip(clip_id, seed, frames=frames, size=size)
    found = {}
    for name, method, grey, factor in shown(hr, material.noise_seed(seed, clip_id)):
        for (descriptor, read), parameters in READ.items():
            options = descriptors.scaled(parameters, factor)
            histogram = descriptors.describe(grey, descriptor, **options)
            found["controls", name, method, descriptor, read] = np.sqrt(histogram, dtype=np.float32)
        if (name, method) == ("HR", "none"):
            for (descriptor, variant), options in CONVENTIONS.items():
                histogram = descriptors.describe(grey, descriptor, **options)
                found["conventions", name, method, descriptor, variant] = np.sqrt(
                    histogram, dtype=np.float32
                )
    return found


def _cells(size: int) -> list[tuple]:
    """The cells of `_describe`, in order."""
    listed = []
    for name, method, _, _ in shown(np.zeros((1, size, size, 3), np.uint8), 0):
        listed += [("controls", name, method, *k) for k in READ]
    return [*listed, *(("conventions", "HR", "none", *k) for k in CONVENTIONS)]


def _grams(seed: int, ids: tuple[str, ...], frames: int, size: int) -> dict[tuple, np.ndarray]:
    """The kernel (n, n) of every cell of one seed; stored."""
    cells = _cells(size)
    key = {
        "stage": "kernels of the controls",
        "dataset": parameters_digest(seed),
        "code": code_digest(descriptors, temporal, degrade, clips, material.gram, shown, _describe),
        "cells": [list(map(str, k)) for k in (*READ.items(), *CONVENTIONS.items())],
        "clips": [*ids, frames, size],
    }

    def make() -> np.ndarray:
        found = [_describe(clip_id, seed, frames, size) for clip_id in ids]
        return np.stack([material.gram(np.stack([f.pop(cell) for f in found])) for cell in cells])

    return dict(zip(cells, store().get_or_make(key, make), strict=True))


def _seed(seed: int, ids: tuple[str, ...], frames: int, size: int) -> list[dict]:
    """The scores of every cell of one seed; stored."""
    grams = _grams(seed, ids, frames, size)
    key = {
        "stage": "scores of the controls",
        "code": code_digest(machines, protocols, _scores),
        "kernels": digest(*grams.values()),
        "cells": list(grams),
        "clips": [*ids, seed],
    }
    return material.stored(key, lambda: _scores(seed, ids, grams))


def _scores(seed: int, ids: tuple[str, ...], grams: dict[tuple, np.ndarray]) -> list[dict]:
    table = material.table().loc[list(ids)]
    fine = [c for c in grams if c[0] == "controls" and c[4] == "fine"]
    chosen = [c for c in fine if c[2] in ("none", "bicubic")]  # the presets' rows; C takes long
    rows = []
    for cell, gram in grams.items():
        features = material.surrogate(gram)
        for C in (1.0, None) if cell in chosen else (1.0,):
            predicted = evaluate.loso(features, table.label, table.subject, C=C, transform=None)
            scores = evaluate.scores(predicted, resamples=1)
            right = int((predicted.predicted == predicted.label).sum())
            row = dict(zip(("part", "input", "method", "descriptor", "variant"), cell, strict=True))
            row |= {"C": "chosen" if C is None else "1", "seed": seed}
            row |= {"n": scores["n"], "right": right}
            rows.append(row | {k: round(scores[k], 6) for k in ("accuracy", "uf1", "uar")})
    return rows


KEYS = ["input", "method", "descriptor", "variant", "C"]


def _wide(scores: pd.DataFrame, part: str) -> pd.DataFrame:
    """Accuracies of a part: a row for each seed, a column for each cell, in the tables' order."""
    rows = scores[scores.part == part]
    wide = rows.assign(accuracy=rows.right / rows.n).pivot(
        index="seed", columns=KEYS, values="accuracy"
    )
    return wide[list(rows[KEYS].drop_duplicates().itertuples(index=False, name=None))]


def _spread(name: str, values: pd.Series) -> dict[str, float]:
    found = material.interval(values)
    return {
        f"{name}{end}": round(v, 6) for end, v in zip(("", "_low", "_high"), found, strict=True)
    }


def controls(scores: pd.DataFrame) -> pd.DataFrame:
    """Means over seeds with 95 % intervals, and paired differences from HR and from LR.

    LR is the clip of the same size enlarged by bicubic interpolation, read the same way; HR in
    the band of a size is compared with the LR of that size.
    """
    wide = _wide(scores, "controls")
    sides = sorted({name for name, *_ in wide.columns if name != "HR"}, key=lambda n: -int(n[2:]))
    lr_of = dict(zip((f"low-pass-x{s}" for s in SCALES), sides, strict=True))
    rows = []
    for cell in wide.columns:
        name, method, *rest = cell
        row = dict(zip(KEYS, cell, strict=True)) | {"seeds": len(wide)}
        row |= _spread("accuracy", wide[cell])
        if method != "none":
            lr = (lr_of.get(method, name), "bicubic", *rest)
            row |= _spread("from_hr", wide[cell] - wide["HR", "none", *rest])
            row |= _spread("from_lr", wide[cell] - wide[lr])
        rows.append(row)
    return pd.DataFrame(rows)


def conventions(scores: pd.DataFrame) -> pd.DataFrame:
    """Means over seeds with 95 % intervals, and paired differences from the first of each kind."""
    wide = _wide(scores, "conventions")
    rows = []
    for cell in wide.columns:
        kind = [c for c in wide.columns if c[2] == cell[2]]
        first = next((c for c in kind if c[3].split(",")[0] == cell[3].split(",")[0]), kind[0])
        first = kind[0] if cell[2] == "lpq-top" else first
        row = dict(zip(KEYS, cell, strict=True)) | {"seeds": len(wide), "against": first[3]}
        row |= _spread("accuracy", wide[cell])
        rows.append(row | _spread("difference", wide[cell] - wide[first]))
    return pd.DataFrame(rows)


def run(*, workers: int, fast: bool, seeds: int = 5) -> dict[str, pd.DataFrame]:
    """Tables `scores`, a row for each cell and seed, `controls` and `conventions`, over seeds.

    seeds : of the replica, from 0; each draws its own people and performances
    """
    table = material.table(fast)
    frames, size = (7, 64) if fast else (10, 128)
    seeds = min(seeds, 2) if fast else seeds
    for name, parameters in (READ | CONVENTIONS).items():
        descriptors.prepare(name[0], **parameters)
    jobs = [(seed, tuple(table.index), frames, size) for seed in range(seeds)]
    found = material.each(_seed, jobs, workers, "seeds")
    scores = pd.DataFrame([row for rows in found for row in rows]).assign(frames=frames)
    return {
        "scores": scores,
        "controls": controls(scores),
        "conventions": conventions(scores),
    }
