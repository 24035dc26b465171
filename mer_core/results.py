"""What a run leaves: predictions, Table 1, Table 2, their claims; written whole, read back."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from mer_core import conditions, evaluate, presets
from mer_core.presets import Preset
from mer_core.store import atomic_write, code_digest, digest, write_text

TABLES = ("table1", "table2", "predictions", "claims")
DIGITS = {"psnr": 4, "psnr_sd": 4, "ssim": 6, "ssim_sd": 6}


@dataclass(frozen=True)
class Results:
    """What a run left: its tables, its provenance, its folder."""

    table1: pd.DataFrame
    table2: pd.DataFrame
    predictions: pd.DataFrame
    claims: pd.DataFrame
    provenance: dict
    folder: Path


def _evaluate(parameters: dict, table: pd.DataFrame, keys: list[dict]) -> np.ndarray:
    """Predicted class, kernel and C of every clip, as text; stored."""
    preset, store = presets.build(parameters), conditions.store()
    settings = {k: parameters[k] for k in ("kernel", "C", "transform", "seed")}
    labels, subjects = list(table.label), list(table.subject)
    key = {
        "stage": "evaluation",
        "code": code_digest(evaluate),
        "features": [digest(k) for k in keys],
        "labels": labels,
        "subjects": subjects,
        "settings": settings,
    }

    def predict() -> np.ndarray:
        features = np.stack([store.get(k).ravel() for k in keys])
        found = evaluate.loso(
            features,
            labels,
            subjects,
            kernel=preset.kernel,
            C=preset.C,
            transform=preset.transform,
            seed=preset.seed,
        )
        return found[["predicted", "kernel", "C"]].astype(str).to_numpy(dtype="U16")

    return store.get_or_make(key, predict)


def predictions(
    preset: Preset, table: pd.DataFrame, records: pd.DataFrame, workers: int
) -> pd.DataFrame:
    """One row per clip and condition, in the tables' order."""
    from joblib import Parallel, delayed
    from tqdm import tqdm

    cells = []
    for (condition, method), part in records.groupby(["input", "method"], sort=False):
        features = part.set_index("clip_id").features.loc[table.index]
        cells += [(condition, method, n, [f[n] for f in features]) for n in preset.descriptors]
    parameters = preset.parameters()
    parallel = Parallel(n_jobs=workers, return_as="generator", inner_max_num_threads=1)
    jobs = (delayed(_evaluate)(parameters, table, keys) for *_, keys in cells)
    bar = tqdm(parallel(jobs), total=len(cells), desc="LOSO", unit="cell", file=sys.stderr)
    found = []
    for (condition, method, name, _), predicted in zip(cells, bar, strict=True):
        rows = table[["subject", "label"]].assign(
            input=condition, method=method, descriptor=name, predicted=predicted[:, 0]
        )
        found.append(rows.assign(kernel=predicted[:, 1], C=predicted[:, 2]))
    return pd.concat(found).reset_index()


def table1(preset: Preset, records: pd.DataFrame) -> pd.DataFrame:
    """Quality of each method: mean and standard deviation over clips; absent rows are empty."""
    rows = []
    for c in conditions.conditions(preset):
        if not conditions.is_measured(c):
            continue
        part = records[(records.method == c.method) & (records.input == c.input)]
        row = {"method": c.method, "input": c.input.replace("SR", "LR"), "scale": c.scale}
        for name in ("psnr", "ssim"):
            values = part[name].astype(float)
            row |= {name: values.mean(), f"{name}_sd": values.std(ddof=1)}
        rows.append(row | {"clips": len(part), "weights": conditions.weights_digest(c)})
    return pd.DataFrame(rows).round(DIGITS)


def table2(preset: Preset, predicted: pd.DataFrame) -> pd.DataFrame:
    """Recognition under each condition; rows of absent weights are empty."""
    groups = dict(list(predicted.groupby(["input", "method", "descriptor"])))
    rows = []
    for c in conditions.conditions(preset):
        for name in preset.descriptors:
            row: dict = {"input": c.input, "method": c.method, "descriptor": name}
            part = groups.get((c.input, c.method, name))
            found = {"n": 0} if part is None else evaluate.scores(part, seed=preset.seed)
            rows.append(row | {k: v for k, v in found.items() if k != "confusion"})
    scores = [f"{s}{end}" for s in ("accuracy", "uf1", "uar") for end in ("", "_low", "_high")]
    table = pd.DataFrame(rows, columns=["input", "method", "descriptor", *scores, "n"])
    return table.round(dict.fromkeys(scores, 6))


def check_writable(folder: Path) -> None:
    """Raise OSError, naming the folder, unless files can be written there."""
    with atomic_write(Path(folder) / ".writable"):
        pass
    (Path(folder) / ".writable").unlink()


def write(folder: Path, tables: dict[str, pd.DataFrame], stamp: dict) -> None:
    """The tables first, the provenance last: it says that the rest is whole."""
    (folder / "provenance.json").unlink(missing_ok=True)
    for name, table in tables.items():
        with atomic_write(folder / f"{name}.csv") as temporary:
            table.to_csv(temporary, index=False, lineterminator="\n")
    write_text(folder / "provenance.json", json.dumps(stamp, indent=1, sort_keys=True) + "\n")


def read(folder: Path) -> Results:
    """The tables and the provenance that `write` left in `folder`."""
    tables = {
        name: pd.read_csv(folder / f"{name}.csv", keep_default_na=False, na_values=[""])
        for name in TABLES  # "none" is a method's name, not a missing value
    }
    stamp = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    return Results(**tables, provenance=stamp, folder=folder)
