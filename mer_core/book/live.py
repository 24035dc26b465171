"""What the live pages load when a reader asks for it: TensorFlow.js, networks, a face.

A page opened from the disk may not read files, only run scripts. So everything is a script that
hands text to ``mer.receive``: binary parts in base64, networks as one byte a weight where their
tensors have no more than 256 values each, which is what the npm copies are; nothing is rounded
here. What cannot be had (offline, for one) is named in ``contents.js`` with the reason, the page
says so, and the book is built without it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mer_core import fetching
from mer_core.live import webp, webp_address
from mer_core.store import cache_dir, write_text
from mer_core.superres import weights
from mer_core.superres.registry import find
from mer_core.superres.sources import staging

if TYPE_CHECKING:
    from mer_core.example import Example

TFJS = "4.22.0"
LIBRARY = {  # npm package -> its file, the file's sha256; in the order in which they are run
    "@tensorflow/tfjs-core": (
        "dist/tf-core.es2017.min.js",
        "c55367325aa628ed685164d5c4210892e31c6d2d0e8c163a827b15ad330d1eba",
    ),
    "@tensorflow/tfjs-backend-cpu": (
        "dist/tf-backend-cpu.es2017.min.js",
        "5d703dd6791356c98c3131aa6340ca48d82806228dfad8b439e83bcaedbb508e",
    ),
    "@tensorflow/tfjs-backend-wasm": (
        "dist/tf-backend-wasm.es2017.min.js",
        "bdd8c3c1fb0b37601bc2a122efa20b8d78e2936d104b03a44591be4188c63f65",
    ),
}
WASM = (
    "dist/tfjs-backend-wasm-simd.wasm",
    "77ebb28a6d34f371dbbf2086b7f2de8994acd8ea5a3cf1fa24d2c26c840cac7b",
)
NETWORKS = {"psnr-small": "npm", "esrgan-x4": "npm"}  # run in the page: name -> source
REASONS = (fetching.FetchFailed, FileNotFoundError, ValueError, OSError)


def library() -> Path:
    """Folder with the files of TensorFlow.js, each checked; fetched through npm when first used.

    Raises FetchFailed where npm cannot be reached, ValueError for a file that is not the pinned
    one.
    """
    place = cache_dir() / "live" / f"tfjs-{TFJS}"
    pinned = {Path(member).name: sha for member, sha in (*LIBRARY.values(), WASM)}
    if not place.is_dir():
        with staging(place) as stage:
            for package, (member, _) in LIBRARY.items():
                also = [WASM[0]] if package.endswith("wasm") else []
                fetching.npm_pack(f"{package}@{TFJS}", stage, [member, *also])
            _check(stage, pinned)
    _check(place, pinned)
    return place


def _check(folder: Path, pinned: dict[str, str]) -> None:
    for name, wanted in pinned.items():
        if (found := fetching.sha256(folder / name)) != wanted:
            raise ValueError(f"{folder / name} has sha256 {found}, not {wanted}; delete the folder")


def pack(tensors: dict[str, np.ndarray]) -> tuple[list[dict], bytes]:
    """Tensors as one string of bytes, without loss.

    Parameters
    ----------
    tensors : float32 arrays by name

    Returns
    -------
    list of {name, shape, values} in the order of the bytes, and the bytes: where ``values`` is
    n > 0, n float32 values in increasing order and one byte an element, its value's place; where
    it is 0, float32. Little-endian, C order.
    """
    entries, data = [], []
    for name, tensor in tensors.items():
        values, places = np.unique(tensor, return_inverse=True)
        few = len(values) <= 256 and tensor.size > len(values)
        entries.append({"name": name, "shape": tensor.shape, "values": len(values) * few})
        if few:
            data += [values.astype("<f4").tobytes(), places.astype(np.uint8).tobytes()]
        else:
            data.append(np.ascontiguousarray(tensor, "<f4").tobytes())
    return entries, b"".join(data)


def _script(file: Path, part: object) -> None:
    """A script that gives `part` to the page under the file's name."""
    write_text(file, f"mer.receive({json.dumps(file.stem)}, {json.dumps(part)});\n")


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def write(target: Path, shown: Example) -> dict[str, str]:
    """Write the scripts into `target`, and return what is absent with the reason.

    Parameters
    ----------
    target : folder of the built book
    shown : the face that the page starts from
    """
    absent: dict[str, str] = {}

    def attempt(name: str, make: Callable[[], object]) -> None:
        try:
            _script(target / f"{name}.js", make())
        except REASONS as error:
            said = str(error).removeprefix("weights: ")
            absent[name] = said.replace(str(cache_dir()), "the cache")

    def network(name: str) -> dict:
        entries, data = pack(weights.load(name, NETWORKS[name]))
        spec = find(name).network
        letters = {k: getattr(spec, k) for k in ("family", "scale", "C", "D", "G", "G0", "T")}
        return {"network": letters, "tensors": entries, "data": _base64(data)}

    def tfjs() -> dict:
        place = library()
        scripts = [(place / Path(m).name).read_text("utf-8") for m, _ in LIBRARY.values()]
        return {"scripts": scripts, "wasm": _base64((place / Path(WASM[0]).name).read_bytes())}

    def size(name: str) -> int:
        return 0 if name in absent else (target / f"{name}.js").stat().st_size

    target.mkdir(parents=True, exist_ok=True)
    attempt("tfjs", tfjs)
    for name in NETWORKS:
        attempt(name, lambda name=name: network(name))
    face = shown.hr[shown.frame]
    contents = {
        "face": webp_address(face),
        "about": f"{shown.row.name}, frame {shown.frame} of the dataset {shown.row.dataset}",
        "networks": {n: {"scale": find(n).scale, "bytes": size(n)} for n in NETWORKS},
        "absent": absent,
    }
    _script(target / "contents.js", contents)
    (target / "still.webp").write_bytes(webp(_still(face, "psnr-small" not in absent)))
    return absent


def _still(face: np.ndarray, network: bool) -> np.ndarray:
    """What the demo shows first, for pages without JavaScript: the face, reduced, enlarged."""
    from mer_core.clip import resize
    from mer_core.degrade import degrade
    from mer_core.superres import super_resolve

    hr = face[None]
    small = degrade(hr, 2)
    shown = [hr, resize(small, hr.shape[1:3], "nearest"), resize(small, hr.shape[1:3], "bicubic")]
    if network:
        shown.append(super_resolve(small, "psnr-small", source=NETWORKS["psnr-small"]))
    gap = np.full((len(face), 8, 3), 255, np.uint8)
    tiles = [tile for picture in shown for tile in (picture[0], gap)]
    return np.concatenate(tiles[:-1], axis=1)
