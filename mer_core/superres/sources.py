"""From a source to tensors by name: bring its files, check each, convert; whole or not at all."""

import dataclasses
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from mer_core import fetching
from mer_core.store import FULL

from . import formats
from .registry import Network, Source

# Where ISR 2.2.0 looks for its weights; $MER_WEIGHTS_URL or `base_url` names a mirror.
OFFICIAL_URL = "https://public-asai-dl-models.s3.eu-central-1.amazonaws.com/ISR/"

# The number of an RRDB, from 0 in its authors' names and from 1 in ours
BLOCK = re.compile(r"model\.1\.sub\.(\d+)\.RDB|F_(\d+)_")


@contextmanager
def staging(place: Path) -> Iterator[Path]:
    """Yield a folder beside `place` that becomes `place` on success and is removed otherwise.

    Raises OSError, naming `place`, where it cannot be made or the disk is full.
    """
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
    except OSError as error:
        raise OSError(
            f"cannot write {place}: {error.strerror}; set MER_CACHE to a writable folder"
        ) from error
    try:
        yield stage
        stage.chmod(0o755)  # mkdtemp makes private folders
        shutil.rmtree(place, ignore_errors=True)
        try:
            os.replace(stage, place)
        except OSError:
            if not place.is_dir():  # else another process was quicker, with the same content
                raise
    except OSError as error:  # or one that names a file of the stage, which will not be there
        found = [getattr(e, "errno", None) for e in (error, error.__cause__)]
        if full := [number for number in found if number in FULL]:
            raise OSError(
                f"cannot write {place}: {os.strerror(full[0])}; free some space or set "
                "MER_CACHE to another folder"
            ) from error
        raise
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def gather(
    source: Source, stage: Path, file: Path | None, *, base_url: str | None, progress: bool
) -> list[Path]:
    """Bring the source's files into `stage`, each checked against the registry.

    A broken download leaves what arrived beside `stage`, as ``.NAME.part``, for the next try.
    """
    if file is not None:
        if not Path(file).is_file():
            raise FileNotFoundError(f"file: {file} does not exist; the path of a file is needed")
        (name,) = names = list(source.sha256) or [f"given{Path(file).suffix.lower()}"]
        shutil.copyfile(file, stage / name)
    elif source.kind == "npm":
        package, _, rest = source.address.rpartition("@")
        version, _, folder = rest.partition("/")
        names = list(source.sha256)
        fetching.npm_pack(f"{package}@{version}", stage, [f"{folder}/{n}" for n in names])
    else:
        (name,) = names = list(source.sha256)
        base = base_url or os.environ.get("MER_WEIGHTS_URL") or OFFICIAL_URL
        part = stage.parent / f".{name}.part"
        fetching.download(f"{base.rstrip('/')}/{source.address}", part, progress=progress)
        os.replace(part, stage / name)
    for name in names:
        found, wanted = fetching.sha256(stage / name), source.sha256.get(name)
        if wanted and found != wanted:
            raise ValueError(f"weights: {name} has sha256 {found}, not {wanted}; it is not kept")
    return [stage / name for name in names]


def blocks(names: Iterable[str]) -> int:
    """How many RRDBs the tensors of a file belong to, by their names."""
    found = filter(None, map(BLOCK.match, names))
    return max((int(m[1]) + 1 if m[1] else int(m[2]) for m in found), default=0)


def convert(
    files: list[Path], network: Network, depths: tuple[int, ...] = ()
) -> tuple[dict[str, np.ndarray], Network]:
    """Tensors by name from a source's files, and the network they are of.

    That is `network`, unless `depths` names other numbers of blocks that the file may have; then
    the file's own number is taken. Raises ValueError for what is wrong with the files.
    """
    file = next((f for f in files if f.suffix == ".json"), files[0])
    tensors = _read(file, network)
    if depths and (found := blocks(tensors)) != network.T:
        if found not in depths:
            allowed = ", ".join(map(str, depths))
            raise ValueError(
                f"file: got {found} block{'s' * (found != 1)}; allowed for {network.family} are "
                f"{allowed}"
            )
        network = dataclasses.replace(network, T=found)
        tensors = _read(file, network)  # which of their names is what depends on the number
    return tensors, network


def _read(file: Path, network: Network) -> dict[str, np.ndarray]:
    suffix, theirs = file.suffix.lower(), network.family == "nESRGAN+"
    if suffix == ".json":
        return formats.read_tfjs(file)
    if suffix in (".hdf5", ".h5"):
        return formats.read_hdf5(file)
    if suffix == ".npz":
        return formats.read_npz(file)
    if suffix == ".safetensors":
        return formats.read_safetensors(file)
    if suffix in (".pth", ".pt") and theirs:
        from . import nesrgan

        return nesrgan.read(file, network)
    allowed = ".hdf5, .h5, .npz, .safetensors" + (", .pth, .pt" if theirs else "")
    raise ValueError(f"file: got {suffix!r}; allowed for {network} are {allowed}")
