"""What one clip goes through: degraded, super-resolved, measured, described; each step stored."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata

import numpy as np
import pandas as pd

from mer_core import clip as clips
from mer_core import degrade as degrading
from mer_core import descriptors, quality, superres, temporal
from mer_core.presets import Preset
from mer_core.store import Store, cache_dir, code_digest, digest
from mer_core.superres import engine, isr, nesrgan, networks


@dataclass(frozen=True)
class Condition:
    """One input of the descriptors: HR, LR or SR, by which method, from which scale."""

    input: str  # HR, LR64, SR64, ...: the number is the LR side in pixels
    method: str  # "none" where nothing is super-resolved
    scale: int  # 1 for HR
    source: str | None = None  # of the weights; None for interpolations


CONTROLS = {  # what a preset may add beside its models, to ask what super-resolution adds
    "own-size": "LR described at its own size, with the parameters as they are",
    "own-size-scaled": "LR described at its own size, radii and windows divided by the scale",
    "low-pass": "HR without the frequencies that LR cannot hold",
}


def _controls(preset: Preset, scale: int) -> list[Condition]:
    lr = f"LR{preset.size // scale}"
    return [
        Condition("HR", f"low-pass-x{scale}", scale)
        if name == "low-pass"
        else Condition(lr, name, scale)
        for name in preset.controls
    ]


def is_measured(condition: Condition) -> bool:
    """Whether its picture is compared with HR, in Table 1: a model's is, a control's is not."""
    return condition.method in superres.MODELS


def parameters_of(condition: Condition, parameters: Mapping) -> dict:
    """A descriptor's parameters under the condition."""
    if condition.method == "own-size-scaled":
        return descriptors.scaled(parameters, condition.scale)
    return dict(parameters)


def conditions(preset: Preset) -> list[Condition]:
    """The conditions of a preset in the order of its tables, absent weights included."""
    models = [superres.MODELS[name] for name in preset.models]
    listed = [Condition("HR", "none", 1)]
    for scale in sorted({m.scale for m in models}):
        side = preset.size // scale
        listed.append(Condition(f"LR{side}", "none", scale))
        listed += [
            Condition(f"SR{side}", m.name, scale, preset.source(m.name) if m.sources else None)
            for m in models
            if m.scale == scale
        ]
        listed += _controls(preset, scale)
    return listed


FETCHED = ("npm", "official")  # sources that need nothing from the user


def is_fetched(condition: Condition) -> bool:
    """Whether the weights can be had without the user: from a source that the model has."""
    model = superres.MODELS.get(condition.method)
    return condition.source in FETCHED and condition.source in [s.kind for s in model.sources]


def is_present(condition: Condition) -> bool:
    """Whether the condition can be computed now: False where its weights are not in the cache."""
    model = superres.MODELS.get(condition.method)
    if model is None or not model.sources:
        return True
    from mer_core.superres import weights

    return condition.source is not None and weights.available(model.name, source=condition.source)


def weights_digest(condition: Condition) -> str:
    """What stands beside the numbers: the weights' digest, "none" without weights, or "absent"."""
    model = superres.MODELS.get(condition.method)
    if model is None or not model.sources:
        return "none"
    if not is_present(condition):
        return "absent"
    from mer_core.superres import weights

    return weights.digest(model.name, condition.source)


def store() -> Store:
    """Where the steps of every run are kept."""
    return Store(cache_dir() / "results")


def noise_seed(preset: Preset, clip_id: str) -> int:
    """A seed of its own for each clip: equal noise on all clips would be a watermark."""
    return int(digest(preset.seed, clip_id)[:8], 16)


def degraded(preset: Preset, clip_id: str, hr: np.ndarray, scale: int) -> np.ndarray:
    """The LR clip of `hr` under the preset's degradation."""
    return degrading.degrade(
        hr,
        scale,
        sigma=preset.sigma,
        sampling=preset.sampling,
        noise=preset.noise,
        seed=noise_seed(preset, clip_id),
    )


def super_resolved(lr: np.ndarray, condition: Condition, precision: str = "float32") -> np.ndarray:
    """The SR clip; a network's is stored, an interpolation's is cheaper made than kept."""
    if condition.source is None:
        return superres.super_resolve(lr, condition.method)
    key = {
        "stage": "super-resolution",
        "code": code_digest(engine, isr, nesrgan, networks, superres.super_resolve),
        "openvino": metadata.version("openvino"),
        "clip": digest(lr),
        "model": condition.method,
        "weights": weights_digest(condition),
        "precision": precision,
    }
    return store().get_or_make(
        key,
        lambda: superres.super_resolve(
            lr, condition.method, precision=precision, source=condition.source
        ),
    )


def _quality(hr: np.ndarray, sr: np.ndarray) -> tuple[float, float]:
    key = {"stage": "quality", "code": code_digest(quality, clips), "hr": digest(hr)}
    pair = store().get_or_make(
        key | {"sr": digest(sr)}, lambda: np.array([quality.psnr(hr, sr), quality.ssim(hr, sr)])
    )
    return float(pair[0]), float(pair[1])


def _features_key(grey: np.ndarray, name: str, parameters: Mapping) -> dict:
    return {
        "stage": "features",
        "code": code_digest(descriptors, temporal),
        "clip": digest(grey),
        "descriptor": name,
        "parameters": dict(parameters),
    }


def _described(grey: np.ndarray, name: str, parameters: Mapping) -> dict:
    """Compute and store a descriptor; the key finds it again."""
    key = _features_key(grey, name, parameters)
    store().get_or_make(
        key, lambda: descriptors.describe(grey, name, **parameters).astype(np.float32)
    )
    return key


def process(preset: Preset, row: pd.Series) -> list[dict]:
    """Take one clip through every condition whose weights are present.

    Parameters
    ----------
    preset : the parameters
    row : of the dataset's table, its name the clip_id

    Returns
    -------
    One dict for each condition: clip_id, input, method, digest of the clip, psnr and ssim (None
    where nothing was super-resolved), features (descriptor -> key in the store). Again it costs
    little: all that takes time is stored.
    """
    os.environ.setdefault("TQDM_DISABLE", "1")  # a worker draws no bars of its own
    hr = clips.read_clip(row, size=preset.size, aspect=preset.aspect, frames=preset.frames)
    done = []
    for condition in conditions(preset):
        if not is_present(condition):
            continue
        psnr = ssim = None
        if condition.input == "HR":
            is_whole = condition.scale == 1
            shown = hr if is_whole else degrading.low_pass(hr, condition.scale)
        else:
            lr = degraded(preset, str(row.name), hr, condition.scale)
            if is_measured(condition):
                shown = super_resolved(lr, condition, preset.precision)
                psnr, ssim = _quality(hr, shown)
            elif preset.enlarge is None or condition.method != "none":
                shown = lr
            else:
                shown = clips.resize(lr, hr.shape[1:3], preset.enlarge)
        grey = clips.to_grey(shown)
        found = {
            n: _described(grey, n, parameters_of(condition, p))
            for n, p in preset.descriptors.items()
        }
        done.append(
            {
                "clip_id": str(row.name),
                "input": condition.input,
                "method": condition.method,
                "digest": digest(shown),
                "psnr": psnr,
                "ssim": ssim,
                "features": found,
            }
        )
    return done
