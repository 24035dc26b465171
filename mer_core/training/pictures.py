"""HR pictures to learn from: faces of identities that no dataset contains, and photographs.

Faces come from the stream "training" of the synthetic identities, which never meets the stream
of the datasets; they are reduced to 128x128 by the pipeline's own code. Photographs come from a
folder that the user names; none is part of the project.
"""

from pathlib import Path

import numpy as np

from mer_core import store
from mer_core.clip import resize
from mer_core.datasets.synthetic import DEFAULTS, IDENTITY

SIZE = 128
FACE_SECONDS, FRAME_SECONDS = 1.5, 0.03  # setting up an identity, drawing one frame
TRAINING = 7  # stream of performances and grain beside those of the datasets
TILES = 48  # at most, of one photograph
LABELS = ("negative", "positive", "surprise")


def _draw(seed: int, index: int, states: int, stream: str) -> np.ndarray:
    from mer_core.datasets.synthetic.anatomy import draw_traits, generator
    from mer_core.datasets.synthetic.kernels import sense
    from mer_core.datasets.synthetic.performance import perform
    from mer_core.datasets.synthetic.render import Face

    face = Face(draw_traits(seed, index, stream=stream))
    frames = []
    for k in range(states):
        key = (TRAINING, index, k)
        played = perform(face, LABELS[k % 3], seed, key)
        grain = generator(seed, *key, 1)
        picture = face.draw(played.state(int(grain.integers(1, len(played) + 1))))
        frame = np.empty(picture.shape, np.uint8)
        noise = grain.standard_normal(picture.shape, dtype=np.float32)
        sense(picture, noise, DEFAULTS["noise"], frame)
        frames.append(frame)
    return resize(np.stack(frames), (SIZE, SIZE))


def _store() -> store.Store:
    return store.Store(store.cache_dir() / "training")


def _key(seed: int, index: int, states: int, stream: str) -> dict:
    return {"faces": IDENTITY, "seed": seed, "index": index, "states": states, "stream": stream,
            "size": SIZE}  # fmt: skip


def missing(seed: int, indices: range, states: int, *, stream: str = "training") -> int:
    """How many of the identities are not in the cache yet."""
    keys = (_key(seed, i, states, stream) for i in indices)
    return sum(not _store().path(key).exists() for key in keys)


def faces(
    seed: int, indices: range, states: int, *, stream: str = "training", progress: bool = True
) -> np.ndarray:
    """Frames (identities, states, 128, 128, 3) uint8: performances at a drawn instant, with noise.

    Parameters
    ----------
    seed, indices : of `draw_traits`
    states : frames of each identity, its three expressions in turn
    stream : "training", or "evaluation" for those of the model cards

    What was drawn once is kept in the cache, by the generator's digest.
    """
    from tqdm import tqdm

    kept, out = _store(), []
    lacking = missing(seed, indices, states, stream=stream)
    for index in tqdm(indices, "faces", unit="identity", disable=not (progress and lacking)):
        key = _key(seed, index, states, stream)
        out.append(kept.get_or_make(key, lambda i=index: _draw(seed, i, states, stream)))
    return np.stack(out)


def photographs(folder: Path, seed: int) -> np.ndarray:
    """Tiles (n, 128, 128, 3) uint8 of the photographs in `folder`, at most 48 of each.

    A photograph with a side beyond 2048 pixels is halved until it has none, which also removes
    most of what JPEG left. Raises ValueError for a folder without any, or a file that is none.
    """
    from PIL import Image

    folder = Path(folder)
    if not folder.is_dir():
        raise ValueError(f"photographs: {folder} is no folder; a folder of images is needed")
    suffixes = {".jpg", ".jpeg", ".png", ".webp"}
    files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in suffixes)
    tiles = []
    for number, file in enumerate(files):
        try:
            with Image.open(file) as image:
                image = image.convert("RGB")
        except (OSError, SyntaxError, ValueError) as error:
            raise ValueError(f"photographs: {file} cannot be read as an image ({error})") from error
        while max(image.size) > 2048:
            image = image.reduce(2)
        columns, rows = image.width // SIZE, image.height // SIZE
        places = np.random.default_rng([seed, number]).permutation(columns * rows)[:TILES]
        pixels = np.asarray(image)
        for y, x in (divmod(int(p), columns) for p in places):
            tiles.append(pixels[y * SIZE : (y + 1) * SIZE, x * SIZE : (x + 1) * SIZE])
    if not tiles:
        raise ValueError(
            f"photographs: {folder} has none of {SIZE}x{SIZE} pixels or more "
            f"({', '.join(sorted(suffixes))})"
        )
    return np.stack(tiles)
