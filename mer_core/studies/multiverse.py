"""How much of the paper rests on what it leaves open? A fractional factorial sweep, seeded.

A world is a degradation with a channel and a number of frames; in it the replica's clips are
reduced, enlarged and super-resolved once. A specification adds how clips are described, whether LR
is enlarged first, and how they are classified; it gives a table of accuracies, on which claims of
the paper are judged. What stands for the paper's six networks is an interpolation, or, in as many
worlds as are asked for, small networks of our own. `forensics` turns the question round: under
which degradation do reconstructions come nearest to the paper's Table 1?
"""

import itertools
from dataclasses import asdict, dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from mer_core import clip as clips
from mer_core import degrade, descriptors, evaluate, temporal
from mer_core.claims import CLAIMS, View
from mer_core.claims.view import DESCRIPTORS, ROWS, X2, X4
from mer_core.conditions import Condition, store, super_resolved
from mer_core.datasets.synthetic import parameters_digest
from mer_core.evaluate import machines, protocols
from mer_core.store import code_digest, digest
from mer_core.studies import material
from mer_core.superres import MODELS, super_resolve

SIGMAS = (0.2, 0.4, 0.6, 0.8)  # of the blur, times the factor, HR pixels
NOISES = (0.0, 2.0, 5.0)  # grey levels
GRIDS = ((1, 1, 1), (4, 4, 1), (5, 5, 1), (8, 8, 1), (8, 8, 2))
RADII = ((1, 1, 1), (1, 1, 2), (2, 2, 2), (3, 3, 1), (3, 3, 2))
WINDOWS = ((3, 3, 3), (3, 3, 5), (5, 5, 3), (5, 5, 5), (7, 7, 5))
MACHINES = (  # kernel, C, protocol
    ("linear", 1.0, "loso"),
    ("linear", 0.01, "loso"),
    ("linear", 100.0, "loso"),
    ("rbf", 10.0, "loso"),
    ("poly", 1.0, "loso"),
    ("linear", 1.0, "kfold"),
    ("linear", 1.0, "holdout"),
    ("linear", 1.0, "by-clip"),
)
CHOSEN = ("linear", None, "loso")  # C chosen inside: slow, so in every eighth world alone
READS, PER_READ = 1, 5  # ways to describe a world, machines for each of them
LR = ("own size", "enlarged")
STANDS_FOR = {  # what stands in the rows of the paper's networks
    "interpolation": {m: f"lanczos-x{2 if m in X2 else 4}" for m in X2 + X4},
    "face networks": {
        "psnr-small": "face-psnr-x2",
        "psnr-large": "face-psnr-x2",
        "noise-cancel": "face-gan-x2",
        "esrgan-x2": "face-gan-x2",
        "esrgan-x4": "face-gan-x4",
        "nesrgan-plus-x4": "face-ngan-x4",
    },
}
JUDGED = {  # a row that stands for two counts once in an "every" or a "some", and in a mean of both
    "interpolation": ("C8a", "C8b", "C11", "C15", "C17", "C19"),
    "face networks": ("C8a", "C8b", "C11", "C15", "C16a", "C16b", "C17", "C19"),
}


@dataclass(frozen=True)
class World:
    """What the pictures of a specification are: how LR is made, and what is read of a clip."""

    sigma: float  # times the factor
    sampling: str
    noise: float
    channel: str  # of the descriptors: "luma", or "green" alone
    frames: int
    sr: str  # a key of STANDS_FOR


@dataclass(frozen=True)
class Read:
    """How clips are described: parameters of both descriptors on one grid."""

    grid: tuple[int, int, int]
    radii: tuple[int, int, int]
    points: int
    interpolation: str  # of LBP-TOP's neighbours
    mapping: str
    window: tuple[int, int, int]
    decorrelation: tuple[float, float] | None

    def parameters(self) -> dict[str, dict]:
        """Descriptor -> its parameters."""
        own = asdict(self)
        lbp = {k: own[k] for k in ("radii", "points", "mapping", "grid")}
        lbp["sampling"] = self.interpolation
        lpq = {k: own[k] for k in ("window", "decorrelation", "grid")}
        return {"lbp-top": lbp, "lpq-top": lpq}


def worlds(seed: int, faces: int) -> list[World]:
    """All degradations, channels and frames spread evenly over them; then `faces` with networks."""
    rng = np.random.default_rng([seed, 0])
    listed = list(itertools.product(SIGMAS, degrade.SAMPLINGS, NOISES))
    others = list(itertools.product(("luma", "green"), (6, 8))) * (len(listed) // 4)
    found = [
        World(*d, *others[k], "interpolation")
        for d, k in zip(listed, rng.permutation(len(listed)), strict=True)
    ]
    spread = np.linspace(0, len(found) - 1, max(faces, 1)).round().astype(int)
    chosen = rng.permutation(len(found))[spread][:faces]
    return found + [
        replace(found[k], channel="luma", frames=6, sr="face networks") for k in sorted(chosen)
    ]


def _draw(rng: np.random.Generator) -> Read:
    one = lambda values: values[rng.integers(len(values))]  # noqa: E731
    return Read(
        grid=one(GRIDS),
        radii=one(RADII),
        points=one((4, 8, 8)),
        interpolation=one(("nearest", "bilinear")),
        mapping=one(("uniform", "basic")),
        window=one(WINDOWS),
        decorrelation=one((None, (0.1, 0.1))),
    )


def specifications(seed: int, faces: int) -> pd.DataFrame:
    """One row for each specification: its world, what is read, LR, kernel, C, protocol."""
    rows = []
    for number, world in enumerate(worlds(seed, faces)):
        rng = np.random.default_rng([seed, 1, number])
        for k in range(READS):
            read = _draw(rng)
            machines = [MACHINES[m] for m in rng.permutation(len(MACHINES))[:PER_READ]]
            if number % 8 == 0:
                machines[-1] = CHOSEN
            for (kernel, C, protocol), lr in itertools.product(machines, LR):
                rows.append(
                    {"world": number, "read": k, **asdict(world), **asdict(read)}
                    | {"blocks": "x".join(map(str, read.grid)), "lr": lr}
                    | {"kernel": kernel, "C": "chosen" if C is None else f"{C:g}"}
                    | {"protocol": protocol}
                )
    return pd.DataFrame(rows).rename_axis("specification").reset_index()


def _grey(clip: np.ndarray, channel: str) -> np.ndarray:
    return clips.to_grey(clip) if channel == "luma" else np.ascontiguousarray(clip[..., 1])


def _inputs(world: World) -> list[tuple[str, str, str]]:
    """The inputs of a world: name (as at 128 pixels), method, and how LR is shown."""
    listed = [("HR", "none", "any")]
    for side, named in (("64", X2), ("32", X4)):
        listed += [(f"LR{side}", "none", lr) for lr in LR]
        methods = dict.fromkeys(STANDS_FOR[world.sr][m] for m in named)
        listed += [(f"SR{side}", m, "any") for m in methods]
    return listed


def _pictures(world: World, clip_id: str, seed: int, size: int) -> list[np.ndarray]:
    """Grey clips of `_inputs`."""
    hr = material.clip(clip_id, seed, frames=10, size=size)
    hr = hr[clips.pick(len(hr), world.frames)]
    has_networks = world.sr != "interpolation"
    source = hr if has_networks else _grey(hr, world.channel)
    lrs = {
        scale: degrade.degrade(
            source,
            scale,
            sigma=world.sigma * scale,
            sampling=world.sampling,
            noise=world.noise,
            seed=material.noise_seed(seed, clip_id),
        )
        for scale in (2, 4)
    }
    found = [_grey(hr, world.channel)]
    for name, method, lr_shown in _inputs(world)[1:]:
        scale = 2 if name.endswith("64") else 4
        lr = lrs[scale]
        if lr_shown == "enlarged":
            lr = clips.resize(lr, (size, size))
        elif has_networks and method != "none":
            condition = Condition(name, method, scale, MODELS[method].sources[0].kind)
            lr = super_resolved(lr, condition)
        elif method != "none":
            lr = super_resolve(lr, method)
        found.append(_grey(lr, world.channel) if has_networks else lr)
    return found


def _cells(world: World, reads: list[Read]) -> list[tuple]:
    """Number of the read, input, method, how LR is shown, descriptor."""
    return [
        (k, *where, name)
        for where in _inputs(world)
        for k, read in enumerate(reads)
        for name in read.parameters()
    ]


def _kernels(world: World, reads: list[Read], ids: list[str], seed: int, size: int) -> dict:
    """Cell -> inner products (n, n) of the clips; stored."""
    cells = _cells(world, reads)
    key = {
        "stage": "kernels of a world",
        "dataset": parameters_digest(seed),
        "code": code_digest(descriptors, temporal, degrade, clips, material.gram, _pictures),
        "world": asdict(world),
        "reads": [asdict(r) for r in reads],
        "cells": cells,
        "clips": [*ids, size],
    }

    def make() -> np.ndarray:
        rows: list[list] = [[] for _ in cells]
        for clip_id in ids:
            pictures = _pictures(world, clip_id, seed, size)
            described = (
                descriptors.describe(grey, name, **parameters)
                for grey in pictures
                for read in reads
                for name, parameters in read.parameters().items()
            )
            for row, histogram in zip(rows, described, strict=True):
                row.append(np.sqrt(histogram, dtype=np.float32))
        return np.stack([material.gram(np.stack(row)) for row in rows])

    return dict(zip(cells, store().get_or_make(key, make), strict=True))


def _accuracy(gram: np.ndarray, table: pd.DataFrame, spec: pd.Series, seed: int) -> float:
    squares = np.diag(gram)
    distances = squares[:, None] + squares - 2 * gram
    gamma = {"rbf": 1 / np.median(distances[distances > 0]), "poly": 1 / squares.mean()}
    predicted = evaluate.predict(
        material.surrogate(gram),
        table.label,
        table.subject,
        protocol=spec.protocol,
        kernel=spec.kernel,
        C=None if spec.C == "chosen" else float(spec.C),
        gamma=gamma.get(spec.kernel),
        transform=None,
        seed=seed,
    )
    return float((predicted.predicted == predicted.label).mean())


def _judge(spec: pd.Series, accuracies: dict[tuple, float], clips_: int) -> list[dict]:
    """The claims' margins and verdicts on one specification's Table 2."""
    stands = STANDS_FOR[spec.sr]
    rows = []
    for name, method in ROWS:
        shown = stands.get(method, method)
        for d in DESCRIPTORS:
            found = accuracies[name, shown, d]
            rows.append({"input": name, "method": method, "descriptor": d, "accuracy": found})
    table2 = pd.DataFrame(rows).assign(n=clips_)
    view = View(pd.DataFrame({"method": [], "psnr": [], "ssim": []}), table2)
    judged = []
    for claim in [c for c in CLAIMS if c.name in JUDGED[spec.sr]]:
        differences = claim.differences(view)
        judged.append(
            {
                "specification": spec.specification,
                "claim": claim.name,
                "margin": round(min(d.value for d in differences), 6),
                "holds": all(d.holds for d in differences),
                "met": sum(d.holds for d in differences),
                "needed": len(differences),
            }
        )
    return judged


def _world(number: int, seed: int, faces: int, ids: list[str], size: int) -> tuple[list, list]:
    """Accuracies and verdicts of every specification of one world."""
    specs = specifications(seed, faces)
    specs = specs[specs.world == number]
    world = worlds(seed, faces)[number]
    table = material.table().loc[ids]
    fields = Read.__dataclass_fields__
    reads = [Read(**{f: s[f] for f in fields}) for _, s in specs.drop_duplicates("read").iterrows()]
    grams = _kernels(world, reads, list(table.index), seed, size)
    known: dict[tuple, float] = {}
    scores, verdicts = [], []
    for _, spec in specs.iterrows():
        found = {}
        for (read, name, method, lr, descriptor), gram in grams.items():
            if read != spec["read"] or lr not in ("any", spec.lr):
                continue
            cell = (read, name, method, lr, descriptor, spec.kernel, spec.C, spec.protocol)
            if cell not in known:
                machine = [spec.kernel, spec.C, spec.protocol, seed]
                key = {
                    "stage": "accuracy of a specification",
                    "code": code_digest(machines, protocols, _accuracy),
                    "kernel": [digest(gram), *machine, *table.index],
                }
                make = partial(_accuracy, gram, table, spec, seed)
                known[cell] = float(store().get_or_make(key, make))
            found[name, method, descriptor] = known[cell]
        for (name, method, descriptor), accuracy in found.items():
            row = {"specification": spec.specification, "input": name, "method": method}
            scores.append(row | {"descriptor": descriptor, "accuracy": round(accuracy, 6)})
        verdicts += _judge(spec, found, len(table))
    return scores, verdicts


def run(
    *, workers: int, fast: bool, seed: int = 0, faces: int = 0, first: int = 0
) -> dict[str, pd.DataFrame]:
    """Tables `specifications`, `accuracies`, `verdicts` and `forensics`.

    seed : of the replica, and of every draw of the design
    faces : worlds in which networks of ours stand for the paper's; each takes a core for minutes
    first : stop after so many worlds; 0 does all
    """
    from mer_core.studies import forensics

    table = material.capped(fast)
    size = 64 if fast else 128
    faces = 0 if fast else faces
    count = len(worlds(seed, faces))
    numbers = [0, count - 1] if fast else range(min(first, count) if first else count)
    jobs = [(n, seed, faces, list(table.index), size) for n in numbers]
    found = material.each(_world, jobs, workers, "worlds")
    specs = specifications(seed, faces)
    return {
        "specifications": specs[specs.world.isin(list(numbers))],
        "accuracies": pd.DataFrame([row for scores, _ in found for row in scores]),
        "verdicts": pd.DataFrame([row for _, judged in found for row in judged]),
        "forensics": forensics.table(seed=seed, fast=fast, workers=workers),
    }
