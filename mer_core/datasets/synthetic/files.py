"""Write the dataset's clips, whole or not at all, and check them again later."""

import hashlib
import json
import os
import shutil
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mer_core.datasets.synthetic.anatomy import pack_digest
from mer_core.datasets.synthetic.knobs import check_parameters
from mer_core.datasets.synthetic.replica import (
    IDENTITY,
    clip_ids,
    parameters_digest,
    render_clip,
    subject_face,
)
from mer_core.store import atomic_write, digest

PARTIAL = ".partial-"


def clip_folder(root: Path, clip_id: str) -> Path:
    """Where a clip lies under `root`."""
    subject, label, _ = clip_ids()[clip_id]
    return Path(root) / "HS" / subject / "micro" / label / clip_id


def encode_png(frame: np.ndarray) -> bytes:
    """A lossless PNG file of a frame (H, W, 3) uint8: filter "up", Huffman codes.

    On noisy frames this is smaller than what Pillow writes at level 1, in a third of its time.
    """
    height, width, _ = frame.shape
    lines = np.full((height, 1 + 3 * width), 2, np.uint8)  # 2 is the filter's number
    lines[:, 1:] = frame.reshape(height, -1)
    lines[1:, 1:] -= frame[:-1].reshape(height - 1, -1)
    packer = zlib.compressobj(1, zlib.DEFLATED, 15, 9, zlib.Z_HUFFMAN_ONLY)
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", packer.compress(lines.tobytes()) + packer.flush()),
        (b"IEND", b""),
    )
    parts = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _write_clip(root, clip_id, seed, parameters):
    """Render one clip into a folder beside its place, then move it there."""
    clip, performance = render_clip(seed, clip_id, parameters)
    subject, label, _ = clip_ids()[clip_id]
    final = clip_folder(root, clip_id)
    partial = final.with_name(f"{PARTIAL}{os.getpid()}-{clip_id}")
    partial.mkdir(parents=True, exist_ok=True)
    try:
        files = {}
        for t, frame in enumerate(clip, start=1):
            path = partial / f"reg_image{t:06d}.png"
            path.write_bytes(encode_png(frame))
            files[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
        names = subject_face(seed, subject).unit_names
        units = {
            name: round(float(u), 6) for name, u in zip(names, performance.units, strict=True) if u
        }
        truth = {
            "clip_id": clip_id, "subject": subject, "label": label, "seed": seed,
            "parameters": dict(parameters), "actions": performance.actions,
            "units": units,
            "intensity_px": round(performance.intensity, 4),
            "onset": 1, "apex": performance.apex, "offset": len(performance), "fps": 100.0,
            "ambiguous": performance.ambiguous, **performance.disturbance,
            "bytes": sum((partial / name).stat().st_size for name in files),
            "files": files, "digest": digest(files),
        }  # fmt: skip
        (partial / "truth.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
        if final.exists():  # damaged, or finished meanwhile by another process
            shutil.rmtree(final)
        os.rename(partial, final)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _write_clips(root, ids, seed, parameters):
    for clip_id in ids:
        _write_clip(root, clip_id, seed, parameters)
    return len(ids)


def _read_truth(folder: Path) -> dict | None:
    try:
        return json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None


def _complete(folder: Path) -> bool:
    """Whether all files of a clip are there with their sizes; their bytes are not read."""
    truth = _read_truth(folder)
    try:
        return bool(truth) and truth["bytes"] == sum(
            (folder / name).stat().st_size for name in truth["files"]
        )
    except (KeyError, FileNotFoundError):
        return False


def _sweep(root: Path) -> None:
    """Remove what killed runs left behind; what a living process writes stays."""
    for folder in root.glob(f"HS/*/micro/*/{PARTIAL}*"):
        pid = int(folder.name.removeprefix(PARTIAL).split("-")[0])
        try:
            alive = os.name != "posix" or os.kill(pid, 0) is None
        except OSError:
            alive = False
        if not alive:
            shutil.rmtree(folder, ignore_errors=True)


def _register(root: Path, seed: int, parameters: dict, wanted: list) -> None:
    """Write or check ``dataset.json``: one root holds one seed and one set of parameters."""
    path = root / "dataset.json"
    record = {"name": "synthetic", "seed": int(seed), "parameters": parameters}
    record |= {"generator": IDENTITY, "pack": pack_digest()}
    record["digest"] = parameters_digest(seed, **parameters)
    known = set()
    try:
        root.mkdir(parents=True, exist_ok=True)
        exists = path.exists()
    except OSError as error:
        raise OSError(
            f"root: cannot make {root}: {error.strerror}; name a writable folder"
        ) from error
    if exists:
        old = _read_record(path)
        if old["digest"] != record["digest"]:
            other = [
                k for k in ("generator", "pack", "seed", "parameters") if old.get(k) != record[k]
            ]
            raise ValueError(
                f"root: {root} holds a dataset made with another {', '.join(other) or 'digest'}; "
                f"name another folder or delete this one"
            )
        known = set(old["clips"])
    if not exists or not known >= set(wanted):
        record["clips"] = sorted(known | set(wanted))
        with atomic_write(path) as temporary:
            temporary.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def _read_record(path: Path) -> dict:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(record["digest"], str) and isinstance(record["clips"], list):
            return record
    except FileNotFoundError:
        raise FileNotFoundError(
            f"root: {path.parent} has no dataset.json; generate it first"
        ) from None
    except (KeyError, TypeError, ValueError):
        pass
    raise ValueError(f"root: {path} is damaged; delete it, the clips beside it are kept")


def generate(
    root: Path,
    *,
    seed: int = 0,
    workers: int | None = None,
    clips: Sequence[str] | None = None,
    progress: bool = True,
    **parameters,
) -> None:
    """Write the dataset, or the `clips` named, under `root`; what is complete is kept.

    Parameters
    ----------
    root : folder; clips go to ``HS/<subject>/micro/<label>/<clip id>/reg_image000001.png`` ...
    seed : draws identities and performances
    workers : processes; None takes every core; the bytes do not depend on it
    clips : ids such as ``s03_ne_01``; None writes all 164
    progress : whether a line on stderr counts the clips
    parameters : ``mean_px`` (median of the largest motion, pixels), ``ambig`` (share of clips
        whose motion ignores the label), ``nuisance`` (level of all disturbances, or a mapping
        of single ones), ``noise`` (sensor noise at mid grey, code values); see `DEFAULTS`

    Raises ValueError for an unknown clip or parameter, for a root that holds other data, and
    OSError for a root that cannot be written. A killed run leaves no partial clip in place.
    """
    parameters = check_parameters(seed, parameters)
    known = clip_ids()
    wanted = list(known) if clips is None else list(dict.fromkeys(clips))
    unknown = [c for c in wanted if c not in known]
    if unknown:
        raise ValueError(
            f"clips: unknown {unknown[:5]}; allowed: {next(iter(known))} ... {list(known)[-1]}"
        )
    if workers is not None and (not isinstance(workers, int) or workers < 1):
        raise ValueError(f"workers: {workers!r}; allowed: None or a whole number from 1")
    from joblib import cpu_count

    root = Path(root).absolute()
    _register(root, seed, parameters, wanted)
    _sweep(root)
    missing = [c for c in wanted if not _complete(clip_folder(root, c))]
    workers = workers or cpu_count()
    by_subject = {}
    for clip_id in missing:
        by_subject.setdefault(known[clip_id][0], []).append(clip_id)
    size = max(3, -(-len(missing) // (6 * workers)))  # a face is set up once a job
    jobs = [ids[k : k + size] for ids in by_subject.values() for k in range(0, len(ids), size)]
    jobs.sort(key=len, reverse=True)
    _work(root, jobs, seed, parameters, min(workers, len(jobs)), progress)


def _work(root, jobs, seed, parameters, workers, progress):
    from joblib import Parallel, delayed, parallel_config
    from tqdm import tqdm

    total = sum(map(len, jobs))
    with tqdm(total=total, desc="synthetic", unit="clip", disable=not (progress and total)) as bar:
        if workers <= 1:
            for ids in jobs:
                for clip_id in ids:
                    bar.update(_write_clips(root, [clip_id], seed, parameters))
            return
        with parallel_config(backend="loky", inner_max_num_threads=1):
            run = Parallel(n_jobs=workers, return_as="generator_unordered")
            for done in run(delayed(_write_clips)(root, ids, seed, parameters) for ids in jobs):
                bar.update(done)


def verify(root: Path, *, clips: Sequence[str] | None = None) -> list[str]:
    """One line for every missing, truncated or altered clip; an empty list when all is well.

    Checks `clips`, or every clip that ``dataset.json`` names.
    """
    root = Path(root)
    wanted = _read_record(root / "dataset.json")["clips"] if clips is None else list(clips)
    found = []
    for clip_id in wanted:
        folder = clip_folder(root, clip_id)
        truth = _read_truth(folder)
        if truth is None or "files" not in truth:
            found.append(
                f"{clip_id}: " + ("truth.json is damaged" if folder.exists() else "missing")
            )
            continue
        for name, expected in truth["files"].items():
            file = folder / name
            if not file.exists():
                found.append(f"{clip_id}: {name} is missing")
            elif hashlib.sha256(file.read_bytes()).hexdigest() != expected:
                found.append(f"{clip_id}: {name} is truncated or altered")
        if truth.get("digest") != digest(truth["files"]):
            found.append(f"{clip_id}: truth.json is altered")
    return found
