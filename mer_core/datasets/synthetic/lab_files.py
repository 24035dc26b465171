"""The laboratory's clips as files: any slice is generated, resumably, and checked later.

A clip lies in ``<root>/<subject>/<label>/<clip id>/``. The index and the pixels are `lab`'s; what
only reads frames in memory needs no file and calls `lab.clip`.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pandas as pd

from mer_core.datasets.synthetic import folders, lab
from mer_core.datasets.synthetic.anatomy import pack_digest
from mer_core.store import digest

FRAME_SECONDS, CLIP_FRAMES, FRAME_BYTES = 0.02, 34, 76_000  # of an estimate, one core


def content_digest(seed: int = 0) -> str:
    """Hex digest of what decides the bytes of every clip of a seed."""
    return digest(lab.generator_digest(), int(seed), lab.NUISANCE)


def estimate(slice: str, *, seed: int = 0) -> str:
    """One line: how many clips a slice has, and what they cost in time and disk."""
    rows = lab.table(slice, seed=seed)
    n = len(rows)
    seconds = n * CLIP_FRAMES * FRAME_SECONDS + 1.4 * rows.identity.nunique()
    size = n * CLIP_FRAMES * FRAME_BYTES / 1e6
    return f"{n} clips: about {seconds / 60:.1f} minutes of one core and {size:.0f} MB"


def clip_folder(root: Path, row: pd.Series | Mapping, clip_id: str) -> Path:
    """Where a clip lies under `root`."""
    return Path(root) / row["subject"] / row["label"] / clip_id


def _write(root: Path, rows: dict[str, dict], clip_id: str) -> None:
    row = pd.Series(rows[clip_id], name=clip_id)
    acted = lab.performance(row)
    names = lab.face(int(row.seed), int(row.identity)).unit_names
    moved = {n: round(float(u), 6) for n, u in zip(names, acted.units, strict=True) if u}
    truth = {"clip_id": clip_id, **rows[clip_id]}
    truth |= {"actions": acted.actions, "units": moved, "intensity_px": acted.intensity}
    truth |= {"onset": 1, "apex": acted.apex, "offset": len(acted), **acted.disturbance}
    folders.write_clip(clip_folder(root, row, clip_id), lab.render(row), truth)


def generate(
    root: Path,
    slice: str = "",
    *,
    seed: int = 0,
    workers: int | None = None,
    progress: bool = True,
) -> None:
    """Write the clips of a slice under `root`; what is complete is kept.

    Parameters
    ----------
    root : folder; other slices of the same seed may lie there
    slice : see `lab.parse`
    seed : draws identities and performances
    workers : processes; None takes every core; the bytes do not depend on it

    Raises ValueError for a slice that cannot be and for a root that holds other data, OSError for
    a root that cannot be written. A killed run leaves no partial clip in place.
    """
    from joblib import cpu_count

    table = lab.table(slice, seed=seed)
    if workers is not None and (not isinstance(workers, int) or workers < 1):
        raise ValueError(f"workers: got {workers!r}; a whole number from 1 on or None is needed")
    rows = table.to_dict("index")
    root = Path(root).absolute()
    record = {"name": "synthetic-lab", "seed": int(seed), "nuisance": lab.NUISANCE}
    record |= {"generator": lab.generator_digest(), "pack": pack_digest()}
    folders.register(root, record | {"digest": content_digest(seed)}, list(rows))
    folders.sweep(root, "*/*")
    missing = [c for c, r in rows.items() if not folders.complete(clip_folder(root, r, c))]
    by_identity: dict[str, list[str]] = {}
    for clip_id in missing:
        by_identity.setdefault(rows[clip_id]["subject"], []).append(clip_id)
    jobs = list(by_identity.values())  # a face is set up once a job
    workers = min(workers or cpu_count(), len(jobs))
    folders.work(jobs, partial(_write, root, rows), workers, progress, "synthetic-lab")


def load(root: Path, slice: str = "", *, seed: int = 0) -> pd.DataFrame:
    """The clips of a slice, generated where they are not there: the contract's columns, then
    the factors (identity, performance, amplitude, noise, resolution, seed)."""
    generate(root, slice, seed=seed)
    table = lab.table(slice, seed=seed)
    places = [clip_folder(Path(root).absolute(), row, c) for c, row in table.iterrows()]
    truth = [folders.read_truth(place) for place in places]
    table["folder"] = [str(place) for place in places]
    for column in ("onset", "apex", "offset"):
        table[column] = pd.array([t[column] for t in truth], dtype="Int64")
    first = ["subject", "label", "onset", "apex", "offset", "fps", "folder"]
    return table[[*first, *(c for c in table.columns if c not in first)]]


def verify(root: Path) -> list[str]:
    """One line for every clip that ``dataset.json`` names and is missing or altered."""
    root = Path(root)
    codes = {code: label for label, code in lab.CODES.items()}
    named = folders.read_record(root / "dataset.json")["clips"]
    parts = [(clip_id, clip_id.split("_")) for clip_id in named]
    return folders.faults((c, root / p[0] / codes[p[1]] / c) for c, p in parts)
