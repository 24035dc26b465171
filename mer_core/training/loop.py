"""The one training loop: patches in, weights out; interrupted and resumed at any checkpoint."""

import json
import time
from pathlib import Path

import numpy as np

from mer_core import store
from mer_core.datasets.synthetic import IDENTITY
from mer_core.quality import psnr
from mer_core.superres.registry import Network
from mer_core.training import critics, devices, files, linear, recipes
from mer_core.training.patches import Patches, held_out
from mer_core.training.players import Players
from mer_core.training.recipes import Loss, Settings

COLUMNS = ("step", "pixel", "adversarial", "feature", "discriminator", "psnr", "rate", "seconds",
           "cpu_seconds")  # fmt: skip
STAGE = ("seed", "batch", "patch", "early", "copies", "sigma", "noise", "flat", "precision")

_KEPT: dict = {}


def rate(step: int, settings: Settings) -> float:
    """The learning rate at `step` (from 0): `settings.early` for the first half, then from
    `settings.rate` down to a fiftieth of it, as a cosine."""
    done = (step - settings.warm) / max(1, settings.steps - settings.warm)
    if done < 0:
        return settings.early
    return settings.rate * (0.02 + 0.98 * 0.5 * (1 + float(np.cos(np.pi * done))))


def _patches(pictures: np.ndarray, scale: int, settings: Settings) -> Patches:
    """Those of the run before, where they are the same: degrading takes seconds."""
    key = (id(pictures), scale, settings)
    if key not in _KEPT:
        _KEPT.clear()
        _KEPT[key] = Patches(pictures, scale, settings)
    return _KEPT[key]


def _take_up(players, out: Path, stage: Path, identity: dict, facts: dict) -> tuple[int, list]:
    """Restore a run's own checkpoint, else the shared first half; step and history so far."""
    record, state = out / "run.json", out / "state.npz"
    if record.exists() and state.exists():
        old = json.loads(record.read_text(encoding="utf-8"))
        if other := [k for k in identity if old.get(k) != identity[k]]:
            raise ValueError(
                f"out: {out} holds a run with another {', '.join(other)}; name another folder "
                "or delete it"
            )
        kept = players.restore(state)
        return int(kept["step"]), kept["history"].tolist()
    store.write_text(record, json.dumps(identity | facts, indent=1) + "\n")
    if stage.exists():
        kept = players.restore(stage, generator_only=True)
        return int(kept["step"]), kept["history"].tolist()
    return 0, []


def train(
    name: str,
    settings: Settings,
    pictures: np.ndarray,
    validation: np.ndarray,
    out: Path,
    *,
    features: str = "auto",
    tiles: int = 0,
    spec: Network | None = None,
    loss: Loss | None = None,
    until: int | None = None,
    progress: bool = True,
) -> list[dict]:
    """Train model `name`, or go on where its folder stands; returns its history.

    Parameters
    ----------
    pictures, validation : (n, 128, 128, 3) arrays of uint8, HR
    out : the run's folder: ``run.json``, ``state.npz`` (every `settings.check` steps), ``log.csv``,
        ``losses.png`` and, at the end, ``NAME.safetensors``
    features : of the feature loss, see `critics.choose`
    tiles : how many of the pictures are tiles of photographs, for the record
    spec, loss : in place of the registry's network and the recipe's loss
    until : stop after this step, as an interruption would

    The first half of an adversarial run is the pixel run of the same network, settings and
    pictures; it is kept in the cache and computed once. On one thread a resumed run has the bits
    of an uninterrupted one. A run on the pixel loss ends early after `settings.patience`
    validations without a better PSNR; an adversarial one runs to its end, since PSNR is not what
    it lowers. Raises RuntimeError when a loss is no longer finite.
    """
    from tqdm import tqdm

    loss = loss or recipes.recipe(name)
    spec = spec or recipes.network(name)
    source = critics.choose(features) if loss.feature else "none"
    data = [store.digest(pictures), store.digest(validation)]
    identity = {
        "model": name, "network": str(spec), "loss": recipes.as_dict(loss), "features": source,
        "settings": settings.parameters(), "pictures": data, "backend": devices.current(),
    }  # fmt: skip
    facts = {"device": devices.describe(), "faces": IDENTITY, "tiles": tiles}
    shared = {k: v for k, v in settings.parameters().items() if k in STAGE}
    key = store.digest(str(spec), settings.warm, shared, data, devices.describe())
    stage = store.cache_dir() / "training" / "stages" / f"{key}.npz"
    players = Players(spec, loss, settings, source)
    at, history = _take_up(players, Path(out), stage, identity, facts)
    patches = _patches(pictures, spec.scale, settings)
    if not at:
        players.start(linear.fit(patches))
    low, high = held_out(validation, spec.scale)
    last = min(settings.steps, until or settings.steps)
    sums: dict[str, list[float]] = {}
    started, worked = time.perf_counter(), time.process_time()
    spent = history[-1][-2:] if history else [0.0, 0.0]
    with tqdm(
        total=settings.steps, initial=at, desc=name, unit="step", disable=not progress
    ) as bar:
        while at < last and not _stalled(history, loss, settings):
            against = bool(loss.adversarial) and at >= settings.warm
            now = rate(at, settings)
            for k, v in players.step(*patches.batch(at), now, against).items():
                if not np.isfinite(v):
                    raise RuntimeError(f"{name}: the {k} loss is {v} at step {at}; lower the rate")
                sums.setdefault(k, []).append(v)
            at += 1
            bar.update()
            if at % settings.check and at not in (settings.warm, last):
                continue
            quality = psnr(high, players.enlarge(low))
            row = {k: float(np.mean(v)) for k, v in sums.items()}
            row |= {"step": at, "psnr": quality, "rate": now}
            row["seconds"] = spent[0] + time.perf_counter() - started
            row["cpu_seconds"] = spent[1] + time.process_time() - worked
            history.append([row.get(k, np.nan) for k in COLUMNS])
            sums = {}
            bar.set_postfix(pixel=f"{row['pixel']:.4f}", psnr=f"{quality:.2f}")
            kept = {"step": np.array(at), "history": np.array(history)}
            players.save(Path(out) / "state.npz", **kept)
            if at == settings.warm:
                players.save(stage, **kept)
            files.write_log(Path(out), name, COLUMNS, history, settings.warm)
    if at >= settings.steps or _stalled(history, loss, settings):
        files.write_weights(Path(out) / f"{name}.safetensors", players.tensors(), spec)
    return [dict(zip(COLUMNS, row, strict=True)) for row in history]


def _stalled(history: list, loss: Loss, settings: Settings) -> bool:
    """Has a pixel run gone `patience` validations without a better PSNR?"""
    if loss.adversarial or not settings.patience:
        return False
    values = [row[COLUMNS.index("psnr")] for row in history]
    return len(values) - 1 - int(np.argmax(values)) >= settings.patience if values else False
