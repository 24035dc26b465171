"""Two runs -> which of their cells differ by more than the noise, clip by clip."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from mer_core import pipeline, presets, results
from mer_core.evaluate import statistics

CELL = ["input", "method", "descriptor"]
LEVEL = 0.05  # of the adjusted p below which a cell is said to differ
NOT_COMPARED = ("name", "about")


@dataclass(frozen=True)
class Comparison:
    """What two runs share and where they part.

    cells : one row per cell of Table 2 that both have: input, method, descriptor, n (clips in
        both), first, second (accuracies, 0-1), difference, low, high (its 95 % interval, subjects
        resampled), won, lost (clips right only in the second, only in the first), mcnemar, p
        (whole subjects change sides), p_holm (the same, adjusted for the number of cells), differs
    parameters : key -> (in the first run, in the second), where they differ
    only : cells that only one run has
    """

    cells: pd.DataFrame
    parameters: dict[str, tuple[object, object]]
    only: list[str]


def folder(run: str | Path) -> Path:
    """A run's folder: a preset's name (its results), or a path.

    Raises FileNotFoundError, with the command that makes the run, where it is not there.
    """
    named = str(run) in presets.NAMES
    place = pipeline.folder_of(presets.load(run)) if named else Path(run)
    if not (place / "predictions.csv").is_file():
        known = pipeline.folder_of(presets.load("ci")).parent
        there = sorted(f.parent.name for f in known.glob("*/predictions.csv"))
        if (known / str(run) / "predictions.csv").is_file():
            return known / str(run)
        hint = f"`mer run {run}` makes it" if named else f"there are {', '.join(there) or 'none'}"
        raise FileNotFoundError(f"run: {run} has no predictions.csv; {hint}")
    return place


def compare(first: str | Path, second: str | Path, *, seed: int = 0) -> Comparison:
    """Compare two runs on the clips that both have.

    Parameters
    ----------
    first, second : preset names, or folders of runs
    seed : of the bootstrap

    Raises FileNotFoundError for a run that is not there, ValueError for repeated hold-outs, or if
    the runs share no cell or no clip, or give one clip two labels: then they are of different
    data, and nothing is paired.
    """
    a, b = results.read(folder(first)), results.read(folder(second))
    if any("repeat" in r.predictions for r in (a, b)):
        raise ValueError("run: repeated hold-outs are no pairs, clip by clip; compare LOSO runs")
    both = a.predictions.merge(
        b.predictions, on=["clip_id", *CELL], suffixes=("_a", "_b"), validate="one_to_one"
    )
    if both.empty:
        raise ValueError(f"run: {first} and {second} share no clip of any cell")
    odd = both[(both.label_a != both.label_b) | (both.subject_a != both.subject_b)]
    if len(odd):
        raise ValueError(
            f"run: {first} and {second} label {odd.clip_id.iloc[0]} differently; they are of "
            "different data, and their clips are no pairs"
        )
    digests = [r.provenance.get("dataset", {}) for r in (a, b)]
    if {d.get("name") for d in digests} != {digests[0].get("name")}:
        raise ValueError(f"run: {first} is of {digests[0].get('name')}, {second} of another set")
    rows = [_cell(cell, part, seed) for cell, part in both.groupby(CELL, sort=False)]
    cells = pd.DataFrame(rows)
    cells["p_holm"] = statistics.holm(cells.p)
    cells["differs"] = cells.p_holm < LEVEL
    return Comparison(cells, _parameters(a, b), _only(a, b))


def _cell(cell: tuple, part: pd.DataFrame, seed: int) -> dict:
    right_a = (part.predicted_a == part.label_a).to_numpy()
    right_b = (part.predicted_b == part.label_b).to_numpy()
    low, high = difference_interval(right_b, right_a, part.subject_a, seed=seed)
    won, lost = int((right_b & ~right_a).sum()), int((right_a & ~right_b).sum())
    return dict(zip(CELL, cell, strict=True)) | {
        "n": len(part),
        "first": right_a.mean(),
        "second": right_b.mean(),
        "difference": right_b.mean() - right_a.mean(),
        "low": low,
        "high": high,
        "won": won,
        "lost": lost,
        "mcnemar": statistics.mcnemar(won, lost),
        "p": statistics.sign_flip(right_b, right_a, part.subject_a.to_numpy(), seed=seed),
    }


def difference_interval(
    first: np.ndarray, second: np.ndarray, subjects: pd.Series, *, seed: int = 0
) -> tuple[float, float]:
    """95 % interval of mean(first - second) over clips, by a bootstrap that draws subjects.

    Parameters
    ----------
    first, second : (n,) values of the same clips
    subjects : (n,) subject of each
    """
    difference = pd.Series(np.asarray(first, float) - np.asarray(second, float))
    groups = difference.groupby(np.asarray(subjects))
    sums, sizes = groups.sum().to_numpy(), groups.size().to_numpy()
    drawn = statistics.draws(len(sums), seed=seed)
    means = (drawn @ sums) / (drawn @ sizes)
    tail = (1 - statistics.LEVEL) / 2
    return tuple(map(float, np.quantile(means, [tail, 1 - tail])))


def _parameters(a: results.Results, b: results.Results) -> dict[str, tuple[object, object]]:
    one, two = a.provenance.get("parameters", {}), b.provenance.get("parameters", {})
    keys = [k for k in {**one, **two} if k not in NOT_COMPARED]
    found = {k: (one.get(k), two.get(k)) for k in keys if one.get(k) != two.get(k)}
    commits = a.provenance.get("commit", "?"), b.provenance.get("commit", "?")
    return found | ({"commit": commits} if commits[0] != commits[1] else {})


def _only(a: results.Results, b: results.Results) -> list[str]:
    cells = [set(map(tuple, r.predictions[CELL].drop_duplicates().to_numpy())) for r in (a, b)]
    return [" ".join(map(str, c)) for c in sorted(cells[0] ^ cells[1])]


def gain(found: results.Results, *, seed: int = 0) -> dict[str, object] | None:
    """One number for the whole question: what super-resolution by a network adds, on average.

    Returns
    -------
    dict of ``points`` (percentage points of accuracy, mean over all pairs of a network's cell and
    the cell of the LR clips it started from), ``low``, ``high`` (95 %, subjects resampled),
    ``pairs``, ``clips``, ``subjects``; None where the run has no such pair
    """
    table = found.predictions.assign(right=lambda t: (t.predicted == t.label).astype(float))
    columns = ["descriptor", "input", "method"]  # repeated hold-outs: a clip's mean
    wide = table.pivot_table(index="clip_id", columns=columns, values="right", aggfunc="mean")
    networks = set(found.table1.query("weights not in ('none', 'absent')").dropna().method)
    differences = []
    for descriptor, source, method in wide.columns:
        before = (descriptor, source.replace("SR", "LR"), "none")
        if source.startswith("SR") and method in networks and before in wide.columns:
            differences.append(wide[descriptor, source, method] - wide[before])
    if not differences:
        return None
    mean = pd.concat(differences, axis=1).mean(axis=1)
    subjects = table.drop_duplicates("clip_id").set_index("clip_id").subject.loc[mean.index]
    low, high = difference_interval(mean.to_numpy(), np.zeros(len(mean)), subjects, seed=seed)
    return {
        "points": 100 * float(mean.mean()),
        "low": 100 * low,
        "high": 100 * high,
        "pairs": len(differences),
        "clips": len(mean),
        "subjects": int(subjects.nunique()),
    }


def lines(found: Comparison, first: str, second: str) -> list[str]:
    """A comparison for people, one cell a line."""
    said = [f"first: {first}; second: {second}; differences in points of accuracy"]
    said += [f"  {key}: {a} -> {b}" for key, (a, b) in found.parameters.items()]
    if not found.parameters:
        said.append("  the same parameters and code")
    for row in found.cells.itertuples():
        name = f"{row.input} {row.method} {row.descriptor}"
        mark = "differs" if row.differs else "within the noise"
        said.append(
            f"{name:<36} {100 * row.first:5.1f} -> {100 * row.second:5.1f}  "
            f"{100 * row.difference:+5.1f} [{100 * row.low:+.1f}, {100 * row.high:+.1f}]  "
            f"won {row.won}, lost {row.lost} of {row.n}, McNemar p {row.mcnemar:.3f}, "
            f"by subject p {row.p:.3f}, Holm {row.p_holm:.3f}: {mark}"
        )
    if found.only:
        said.append(f"in one run only: {', '.join(found.only)}")
    count = int(found.cells.differs.sum())
    said.append(f"{count} of {len(found.cells)} cells differ beyond the noise (Holm, {LEVEL:g})")
    return said
