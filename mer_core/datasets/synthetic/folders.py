"""Folders of generated clips: written whole or not at all, found again, checked later.

A root holds one generated dataset: its ``dataset.json`` says which and names its clips; each clip
is a folder of PNG frames with a ``truth.json``, which holds what decided them and their sha256.
"""

import hashlib
import json
import os
import shutil
import struct
import zlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from mer_core.store import atomic_write, digest

PARTIAL = ".partial-"


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


def write_clip(final: Path, clip: np.ndarray, truth: dict) -> None:
    """Write frames and ``truth.json`` into a folder beside `final`, then move it there.

    Parameters
    ----------
    final : the clip's folder; one that is there is replaced
    clip : (T, H, W, 3) array of uint8
    truth : JSON values; sizes and digests of the frames are added
    """
    partial = final.with_name(f"{PARTIAL}{os.getpid()}-{final.name}")
    partial.mkdir(parents=True, exist_ok=True)
    try:
        files = {}
        for t, frame in enumerate(clip, start=1):
            path = partial / f"reg_image{t:06d}.png"
            path.write_bytes(encode_png(frame))
            files[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
        size = sum((partial / name).stat().st_size for name in files)
        truth = truth | {"bytes": size, "files": files, "digest": digest(files)}
        (partial / "truth.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
        if final.exists():  # damaged, or finished meanwhile by another process
            shutil.rmtree(final)
        os.rename(partial, final)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def read_truth(folder: Path) -> dict | None:
    """What ``truth.json`` says; None where it is missing or damaged."""
    try:
        return json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None


def complete(folder: Path) -> bool:
    """Whether all files of a clip are there with their sizes; their bytes are not read."""
    truth = read_truth(folder)
    try:
        return bool(truth) and truth["bytes"] == sum(
            (folder / name).stat().st_size for name in truth["files"]
        )
    except (KeyError, FileNotFoundError):
        return False


def sweep(root: Path, above: str) -> None:
    """Remove what killed runs left in folders `above` (a pattern); what is being written stays."""
    for folder in root.glob(f"{above}/{PARTIAL}*"):
        pid = int(folder.name.removeprefix(PARTIAL).split("-")[0])
        try:
            alive = os.name != "posix" or os.kill(pid, 0) is None
        except OSError:
            alive = False
        if not alive:
            shutil.rmtree(folder, ignore_errors=True)


def register(root: Path, record: dict, wanted: Sequence[str]) -> None:
    """Write or check ``dataset.json``: one root holds one seed and one set of parameters.

    record : JSON values that decide the content, and ``digest``, that of all of them
    """
    path = root / "dataset.json"
    known = set()
    try:
        root.mkdir(parents=True, exist_ok=True)
        exists = path.exists()
    except OSError as error:
        raise OSError(
            f"root: cannot make {root}: {error.strerror}; name a writable folder"
        ) from error
    if exists:
        old = read_record(path)
        if old["digest"] != record["digest"]:
            decides = [k for k in record if k not in ("digest", "clips")]
            other = [k for k in decides if old.get(k) != record[k]]
            raise ValueError(
                f"root: {root} holds a dataset made with another {', '.join(other) or 'digest'}; "
                f"name another folder or delete this one"
            )
        known = set(old["clips"])
    if not exists or not known >= set(wanted):
        record = record | {"clips": sorted(known | set(wanted))}
        with atomic_write(path) as temporary:
            temporary.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def read_record(path: Path) -> dict:
    """What ``dataset.json`` says; raises FileNotFoundError or ValueError."""
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


def work(
    jobs: Sequence[Sequence[str]],
    write: Callable[[str], None],
    workers: int,
    progress: bool,
    name: str,
) -> None:
    """Call ``write(clip_id)`` for every id of every job, a job in one process.

    name : of the dataset, before the progress bar
    """
    from joblib import Parallel, delayed, parallel_config
    from tqdm import tqdm

    total = sum(map(len, jobs))
    with tqdm(total=total, desc=name, unit="clip", disable=not (progress and total)) as bar:
        if workers <= 1:
            for clip_id in (clip_id for ids in jobs for clip_id in ids):
                write(clip_id)
                bar.update()
            return
        with parallel_config(backend="loky", inner_max_num_threads=1):
            run = Parallel(n_jobs=workers, return_as="generator_unordered")
            for done in run(delayed(_each)(write, ids) for ids in jobs):
                bar.update(done)


def _each(write: Callable[[str], None], ids: Sequence[str]) -> int:
    for clip_id in ids:
        write(clip_id)
    return len(ids)


def faults(folders: Iterable[tuple[str, Path]]) -> list[str]:
    """One line for every missing, truncated or altered clip of (clip_id, folder) pairs."""
    found = []
    for clip_id, folder in folders:
        truth = read_truth(folder)
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
