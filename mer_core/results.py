"""What a run leaves: predictions, Table 1, Table 2, their claims; written whole, read back."""

import json
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from mer_core import conditions, evaluate, presets
from mer_core.presets import Preset
from mer_core.store import atomic_write, code_digest, digest

TABLES = ("table1", "table2", "predictions", "quality", "claims")
DIGITS = {"psnr": 4, "psnr_sd": 4, "ssim": 6, "ssim_sd": 6}
MEASURES = ("psnr", "ssim")
SCORES = ("accuracy", "uf1", "uar")


@dataclass(frozen=True)
class Results:
    """What a run left: its tables, its provenance, its folder."""

    table1: pd.DataFrame
    table2: pd.DataFrame
    predictions: pd.DataFrame
    quality: pd.DataFrame
    claims: pd.DataFrame
    provenance: dict
    folder: Path


def _evaluate(parameters: dict, table: pd.DataFrame, keys: list[dict]) -> np.ndarray:
    """Of every prediction: the clip's row, the repeat, class, kernel, C, class at a fixed C.

    As text, stored. Without repeats the clips come once, in order, and the repeat is 0.
    """
    from mer_core.evaluate import machines, protocols

    preset, store = presets.build(parameters), conditions.store()
    chosen = ("protocol", "folds", "kernel", "C", "transform", "seed")
    settings = {k: parameters[k] for k in chosen}
    labels, subjects = list(table.label), list(table.subject)
    key = {
        "stage": "evaluation",
        "code": code_digest(machines, protocols),
        "features": [digest(k) for k in keys],
        "labels": labels,
        "subjects": subjects,
        "settings": settings,
    }

    def predict() -> np.ndarray:
        features = np.stack([store.get(k).ravel() for k in keys])
        options = {k: getattr(preset, k) for k in chosen}
        found = evaluate.predict(features, labels, subjects, **options)
        fixed = evaluate.predict(
            features, labels, subjects, **options | {"C": preset.C or evaluate.FIXED_C}
        )
        found = found.assign(fixed=fixed.predicted.to_numpy()).rename_axis("row").reset_index()
        found["repeat"] = found.get("repeat", 0)
        columns = ["row", "repeat", "predicted", "kernel", "C", "fixed"]
        return found[columns].astype(str).to_numpy(dtype="U16")

    return store.get_or_make(key, predict)


def predictions(
    preset: Preset, table: pd.DataFrame, records: pd.DataFrame, workers: int
) -> pd.DataFrame:
    """One row per clip and condition, in the tables' order.

    Columns clip_id, subject, label, input, method, descriptor, predicted, kernel, C, and fixed,
    the class that C = 1 predicts; repeated hold-outs have a row each time, and a column repeat.
    """
    from joblib import Parallel, delayed
    from tqdm import tqdm

    cells = []
    for (condition, method), part in records.groupby(["input", "method"], sort=False):
        features = part.set_index("clip_id").features.loc[table.index]
        cells += [(condition, method, n, [f[n] for f in features]) for n in preset.descriptors]
    parameters = preset.parameters()
    parallel = Parallel(n_jobs=workers, return_as="generator", inner_max_num_threads=1)
    jobs = (delayed(_evaluate)(parameters, table, keys) for *_, keys in cells)
    label = preset.protocol.upper() if preset.protocol == "loso" else preset.protocol
    bar = tqdm(parallel(jobs), total=len(cells), desc=label, unit="cell", file=sys.stderr)
    found = []
    for (condition, method, name, _), values in zip(cells, bar, strict=True):
        row, repeat, predicted, kernel, c, fixed = values.T
        rows = table.iloc[row.astype(int)][["subject", "label"]].assign(
            input=condition, method=method, descriptor=name, predicted=predicted
        )
        if evaluate.PROTOCOLS[preset.protocol].repeated:
            rows["repeat"] = repeat.astype(int)
        found.append(rows.assign(kernel=kernel, C=c, fixed=fixed))
    return pd.concat(found).reset_index()


def quality(table: pd.DataFrame, records: pd.DataFrame) -> pd.DataFrame:
    """PSNR in dB and SSIM of every clip and method: clip_id, subject, input (LR), method."""
    part = records[records.method != "none"]
    found = part[["clip_id", "input", "method", *MEASURES]].astype({m: float for m in MEASURES})
    found.insert(1, "subject", table.subject.loc[found.clip_id].to_numpy())
    found = found.assign(input=found.input.str.replace("SR", "LR"))
    return found.sort_values(["input", "method", "clip_id"], kind="stable").round(DIGITS)


def table1(preset: Preset, records: pd.DataFrame) -> pd.DataFrame:
    """Quality of each method: mean and standard deviation over clips; absent rows are empty."""
    rows = []
    for c in conditions.conditions(preset):
        if not conditions.is_measured(c):
            continue
        part = records[(records.method == c.method) & (records.input == c.input)]
        row = {"method": c.method, "input": c.input.replace("SR", "LR"), "scale": c.scale}
        for name in MEASURES:
            values = part[name].astype(float)
            row |= {name: values.mean(), f"{name}_sd": values.std(ddof=1)}
        rows.append(row | {"clips": len(part), "weights": conditions.weights_digest(c)})
    return pd.DataFrame(rows).round(DIGITS)


def table2(preset: Preset, predicted: pd.DataFrame) -> pd.DataFrame:
    """Recognition under each condition, C chosen and (``_fixed``) C = 1; absent rows are empty."""
    groups = dict(list(predicted.groupby(["input", "method", "descriptor"])))
    rows = []
    for c in conditions.conditions(preset):
        for name in preset.descriptors:
            row: dict = {"input": c.input, "method": c.method, "descriptor": name}
            part = groups.get((c.input, c.method, name))
            if part is not None:
                row |= evaluate.scores(part, seed=preset.seed)
                fixed = evaluate.scores(part.assign(predicted=part.fixed), resamples=1)
                row |= {f"{s}_fixed": fixed[s] for s in SCORES}
            rows.append({"n": 0} | row)
    scores = [f"{s}{end}" for s in SCORES for end in ("", "_low", "_high")]
    scores += [f"{s}_fixed" for s in SCORES]
    table = pd.DataFrame(rows, columns=["input", "method", "descriptor", *scores, "n"])
    return table.round(dict.fromkeys(scores, 6))


def check_writable(folder: Path) -> None:
    """Raise OSError, naming the folder, unless files can be written there."""
    with atomic_write(Path(folder) / ".writable"):
        pass
    (Path(folder) / ".writable").unlink()


def write(folder: Path, tables: dict[str, pd.DataFrame], stamp: dict) -> None:
    """The tables and their provenance, all or none: what was there stays until all are written.

    They are put in place one after the other, the provenance last: it says that the rest is whole.
    """
    last = folder / "provenance.json"
    with ExitStack() as stack:  # what is entered first is put in place last
        text = json.dumps(stamp, indent=1, sort_keys=True) + "\n"
        stack.enter_context(atomic_write(last)).write_text(text, encoding="utf-8", newline="\n")
        for name, table in tables.items():
            temporary = stack.enter_context(atomic_write(folder / f"{name}.csv"))
            table.to_csv(temporary, index=False, lineterminator="\n")
        last.unlink(missing_ok=True)


def read(folder: Path) -> Results:
    """The tables and the provenance that `write` left in `folder`."""
    tables = {
        name: pd.read_csv(folder / f"{name}.csv", keep_default_na=False, na_values=[""])
        for name in TABLES  # "none" is a method's name, not a missing value
    }
    stamp = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    return Results(**tables, provenance=stamp, folder=folder)
