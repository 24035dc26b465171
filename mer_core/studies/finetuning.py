"""Does a super-resolution network that was fine-tuned on the test subjects lift a score?

The subjects are dealt into two halves. From the shipped network start one that is fine-tuned on all
subjects and one for each half; all have equal steps on HR frames under the degradation of the test.
A network enlarges all clips, those that the classifier learns from too. Honest: the clips of a half
are predicted from what the network of the other half enlarged, which saw none of their subjects.
One leak takes the network of all subjects. It has also seen more people, so the other leak takes
that of the tested half, which saw as many. C is 1 throughout: choosing it would add noise to paired
differences.

Smaller than a run of the presets: x4, at most two clips of a class from each subject, seven frames.
"""

import dataclasses
import functools

import numpy as np
import pandas as pd

from mer_core import clip as clips
from mer_core import degrade, descriptors, evaluate, presets, quality
from mer_core.conditions import store
from mer_core.datasets.synthetic import parameters_digest
from mer_core.evaluate import FIXED_C, machines, protocols
from mer_core.store import code_digest, digest
from mer_core.studies import material, paired
from mer_core.superres import find, nesrgan, networks, weights
from mer_core.training import devices, losses, patches, players, recipes

NETWORK, SCALE, HALVES = "face-psnr-x4", 4, 2
FIRST = 1  # seed of the replica; 0 is the presets'
STEPS, RATE = 300, 4e-4  # Adam's rate, constant: where the family's second half of training starts
_SIGMA = degrade.default_sigma(1)
SETTINGS = recipes.Settings(copies=1, sigma=(_SIGMA, _SIGMA), noise=(0.0, 0.0), batch=4, patch=32)
BICUBIC, SHIPPED, ALL = "bicubic", "as shipped", "all subjects"  # what enlarges
HONEST = "fine-tuned on the other subjects"
LEAK = "fine-tuned on all subjects"
AS_MANY = "fine-tuned on as many subjects, the tested among them"
MEASURES = ("accuracy", "psnr")
AGAINST = {SHIPPED: BICUBIC, HONEST: SHIPPED, LEAK: HONEST, AS_MANY: HONEST}


def halves(table: pd.DataFrame) -> np.ndarray:
    """(n,) half of each clip, 0 or 1: its subject's place in the alphabet, even or odd."""
    return np.unique(table.subject, return_inverse=True)[1] % HALVES


def seen(table: pd.DataFrame) -> dict[str, list[str]]:
    """Network -> the clips that it is fine-tuned on."""
    half = halves(table)
    taught = {f"half {k}": list(table.index[half == k]) for k in range(HALVES)}
    return {SHIPPED: [], ALL: list(table.index)} | taught


def enlarged_by(table: pd.DataFrame) -> pd.DataFrame:
    """For each clip, by which network's enlargements each evaluation predicts it."""
    half = halves(table)
    made = {BICUBIC: BICUBIC, SHIPPED: SHIPPED, HONEST: [f"half {1 - k}" for k in half]}
    made |= {LEAK: ALL, AS_MANY: [f"half {k}" for k in half]}
    return pd.DataFrame(made, index=table.index)


@functools.cache
def _players() -> players.Players:
    """Built once: the graph of a step takes longer than a hundred steps."""
    return players.Players(find(NETWORK).network, recipes.recipe(NETWORK), SETTINGS, "none")


def tune(pictures: np.ndarray | None, steps: int, seed: int) -> players.Players:
    """The shipped network after `steps` on `pictures` (n, H, W, 3) uint8; None leaves it.

    What it returns is that network until the next call.
    """
    tuned = _players()
    networks.assign(tuned.generator, weights.load(NETWORK), origin=NETWORK)
    for variable in tuned.optimizer.variables:  # Adam's moments and its count of steps
        variable.assign(np.zeros(variable.shape))
    if pictures is not None:
        drawn = patches.Patches(pictures, SCALE, dataclasses.replace(SETTINGS, seed=seed))
        for number in range(steps):
            tuned.step(*drawn.batch(number), RATE, False)
    return tuned


def _measure(hr: list[np.ndarray], enlarge) -> np.ndarray:
    """Kernels (n, n) by descriptor, one below the other, and a last row (n,): PSNR in dB."""
    made = [enlarge(degrade.degrade(clip, SCALE)) for clip in hr]
    rows = []
    for name, parameters in presets.load("quick").descriptors.items():
        described = [descriptors.describe(clips.to_grey(c), name, **parameters) for c in made]
        rows.append(material.gram(np.sqrt(described)))
    return np.vstack([*rows, [quality.psnr(a, b) for a, b in zip(hr, made, strict=True)]])


def _measured(
    seed: int, table: pd.DataFrame, network: str, frames: int, size: int, steps: int
) -> np.ndarray:
    """What `_measure` gives for one network on one seed's clips; stored."""
    taught = seen(table).get(network, [])
    key = {
        "stage": "kernels after fine-tuning",
        "dataset": parameters_digest(seed),
        "code": code_digest(
            *(descriptors, degrade, clips, quality, material.clip, material.gram, _measure),
            *(players, patches, losses, recipes.Settings, networks, nesrgan, _players, tune),
        ),
        "descriptors": {k: dict(v) for k, v in presets.load("quick").descriptors.items()},
        "network": [network, *taught],
        "weights": "" if network == BICUBIC else weights.digest(NETWORK),
        "steps": [steps, RATE, SETTINGS.parameters()] if taught else [],
        "clips": [*table.index, frames, size],
    }

    def make() -> np.ndarray:
        read = functools.partial(material.clip, seed=seed, frames=frames, size=size)
        hr = [read(clip_id) for clip_id in table.index]
        if network == BICUBIC:
            return _measure(hr, lambda low: clips.resize(low, (size, size)))
        devices.use("tensorflow", 1)  # on one thread it has the same bits again
        pictures = np.concatenate([read(clip_id) for clip_id in taught]) if taught else None
        return _measure(hr, tune(pictures, steps, seed).enlarge)

    return store().get_or_make(key, make)


def _scores(table: pd.DataFrame, measured: dict[str, np.ndarray]) -> list[dict]:
    """A row for each descriptor and evaluation: accuracy, UF1, UAR, PSNR over all clips."""
    rows, n = [], len(table)
    for place, descriptor in enumerate(presets.load("quick").descriptors):
        predicted = {}
        for network, found in measured.items():
            few = material.surrogate(found[place * n : (place + 1) * n])
            predicted[network] = evaluate.loso(
                few, table.label, table.subject, C=FIXED_C, transform=None
            )
        for name, by in enlarged_by(table).items():
            parts = [predicted[network][by == network] for network in by.unique()]
            scores = evaluate.scores(pd.concat(parts).loc[table.index], resamples=1)
            psnr = np.mean([measured[network][-1, k] for k, network in enumerate(by)])
            row = {"descriptor": descriptor, "evaluation": name, "n": scores["n"]}
            row |= {k: round(scores[k], 6) for k in ("accuracy", "uf1", "uar")}
            rows.append(row | {"psnr": round(float(psnr), 6)})
    return rows


def _seed(seed: int, ids: tuple[str, ...], frames: int, size: int, steps: int) -> list[dict]:
    """The scores of one seed; stored."""
    table = material.table().loc[list(ids)]
    names = [BICUBIC, *seen(table)]
    measured = {name: _measured(seed, table, name, frames, size, steps) for name in names}
    key = {
        "stage": "scores after fine-tuning",
        "code": code_digest(machines, protocols, material.surrogate, halves, enlarged_by, _scores),
        "measured": digest(*measured.values()),
        "clips": list(ids),
    }
    found = material.stored(key, lambda: _scores(table, measured))
    return [{"seed": seed} | row for row in found]


def run(*, workers: int, fast: bool, seeds: int = 4, steps: int = STEPS) -> dict[str, pd.DataFrame]:
    """Tables ``scores``, a row for each seed, descriptor and evaluation, and ``lifts``.

    seeds : of the replica, from 1; steps : of fine-tuning, each of four patches of 32x32 HR pixels
    """
    frames, size = (5, 32) if fast else (7, 128)
    seeds, steps = (1, 2) if fast else (seeds, steps)
    for name, parameters in presets.load("quick").descriptors.items():
        descriptors.prepare(name, **parameters)
    ids = tuple(material.capped(fast).index)
    jobs = [(seed, ids, frames, size, steps) for seed in range(FIRST, FIRST + seeds)]
    found = material.each(_seed, jobs, workers, "replicas")
    scores = pd.DataFrame([row for rows in found for row in rows])
    return {"scores": scores, "lifts": paired.lifts(scores, AGAINST, MEASURES)}
