"""The laboratory: a balanced, factorial set of synthetic clips, of which any slice can be drawn.

Every performance (identity x class x number) exists at every amplitude, noise and resolution, and
nothing that is drawn depends on these three: two clips that differ in one factor differ in
nothing else. Amplitude 0 is a sham: a neutral face under the same disturbances. The identities
are numbers `FIRST` and up of the evaluation stream; the replica of any seed takes the numbers 0
to 15, training networks another stream, so that no face is met twice.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from mer_core import LABELS
from mer_core import clip as clips
from mer_core.datasets.synthetic import camera
from mer_core.datasets.synthetic.anatomy import draw_traits, generator
from mer_core.datasets.synthetic.performance import FPS, Performance, perform
from mer_core.datasets.synthetic.render import Face
from mer_core.datasets.synthetic.replica import CODES, IDENTITY
from mer_core.store import code_digest, digest

FIRST = 1000  # number in the evaluation stream of the laboratory's identity 0
ACTING, GRAIN = 40, 41  # streams of seeds: performances, sensor noise
NUISANCE = 1.0  # level of every disturbance, as in the replica
FACTORS: dict[str, tuple] = {  # what a slice may name, in the order of the columns
    "identities": tuple(range(200)),
    "labels": LABELS,
    "performances": tuple(range(24)),  # of each class; SMIC-HS's largest cell has 22
    "amplitude": (0.0, 0.5, 1.0, 1.5, 2.0, 3.0),  # largest motion at the apex, pixels of 190x230
    "noise": (0.0, 0.75, 1.5, 3.0),  # of the sensor, code values at mid grey
    "resolution": ("190x230", "64", "32"),  # of the camera; 64 and 32 are square
}
DEFAULT = "identities=0-15,labels=all,performances=0-1,amplitude=1.5,noise=1.5,resolution=190x230"
COLUMNS = ("identity", "label", "performance", "amplitude", "noise", "resolution")


def _values(key: str, text: str) -> list:
    """The values that one key of a slice names, in the order of `FACTORS`."""
    allowed = FACTORS[key]
    names = {f"{v:g}" if isinstance(v, int | float) else v: v for v in allowed}
    ordered = list(names)

    def place(word: str) -> int:
        try:
            name = f"{float(word):g}" if word not in names else word
        except ValueError:
            name = word
        if name not in names:
            many = len(ordered) > 8
            shown = f"{ordered[0]} to {ordered[-1]}" if many else ", ".join(ordered)
            raise ValueError(
                f"slice: {key}: got {word!r}; allowed are {shown}, joined by +, "
                f"a range such as {ordered[0]}-{ordered[-1]}, or all"
            )
        return ordered.index(name)

    chosen: set[int] = set()
    for word in text.split("+"):
        word = word.strip()
        first, dash, last = word.partition("-")
        if word == "all":
            chosen |= set(range(len(ordered)))
        elif not (first and dash):
            chosen.add(place(word))
        elif place(first) > place(last):
            raise ValueError(f"slice: {key}: got {word!r}; a range goes upwards")
        else:
            chosen |= set(range(place(first), place(last) + 1))
    return [allowed[k] for k in sorted(chosen)]


def parse(text: str = "") -> dict[str, list]:
    """The values of each factor that a slice names.

    Parameters
    ----------
    text : ``key=values`` joined by commas, such as ``"identities=0-39,amplitude=0+1.5,noise=all"``:
        values are joined by ``+``, ``a-b`` is a range, ``all`` is every one; a key that is left
        out has its value of `DEFAULT`. Keys and values are those of `FACTORS`.

    Raises ValueError, naming the key, what came and what is allowed.
    """
    found: dict[str, list] = {}
    for part in filter(None, (p.strip() for p in str(text).split(","))):
        key, equals, values = (w.strip() for w in part.partition("="))
        if not equals or key not in FACTORS:
            raise ValueError(
                f"slice: got {part!r}; allowed are key=values with the keys {', '.join(FACTORS)}"
            )
        if key in found:
            raise ValueError(f"slice: {key}: named twice; join its values with +")
        found[key] = _values(key, values)
    defaults = dict(part.split("=") for part in DEFAULT.split(","))
    return {key: found.get(key) or _values(key, defaults[key]) for key in FACTORS}


def table(slice: str = "", *, seed: int = 0) -> pd.DataFrame:
    """The clips of a slice, one row each; nothing is drawn.

    Parameters
    ----------
    slice : see `parse`
    seed : another seed draws other identities and performances

    Returns
    -------
    DataFrame indexed by ``clip_id``, sorted, with columns subject, identity, label, performance,
    amplitude (pixels), noise, resolution, seed, fps
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ValueError(f"seed: got {seed!r}; a whole number from 0 on is needed")
    index = pd.MultiIndex.from_product(parse(slice).values(), names=COLUMNS)
    rows = index.to_frame(index=False)
    names = [
        f"i{r.identity:03d}_{CODES[r.label]}_{r.performance:02d}"
        f"_a{r.amplitude:g}_n{r.noise:g}_r{r.resolution}"
        for r in rows.itertuples()
    ]
    rows.insert(0, "subject", [f"i{k:03d}" for k in rows.identity])
    rows = rows.assign(seed=int(seed), fps=FPS)
    return rows.set_index(pd.Index(names, name="clip_id")).sort_index()


@lru_cache(maxsize=1)
def generator_digest() -> str:
    """What decides the laboratory's pixels: generator, pack, the small cameras, this file."""
    return digest(IDENTITY, code_digest(Path(__file__), Path(camera.__file__)))


@lru_cache(maxsize=2)
def face(seed: int, identity: int) -> Face:
    """The face of one identity; setting it up takes about a second, two are kept."""
    return Face(draw_traits(seed, FIRST + identity))


def _key(row: pd.Series) -> tuple[int, int, int]:
    return int(row.identity), LABELS.index(row.label), int(row.performance)


@lru_cache(maxsize=8)
def _perform(seed: int, key: tuple[int, int, int], amplitude: float) -> Performance:
    return perform(
        face(seed, key[0]),
        LABELS[key[1]],
        seed,
        (ACTING, *key),
        nuisance=NUISANCE,
        intensity=amplitude,
    )


@lru_cache(maxsize=64)
def _picture(seed: int, key: tuple[int, int, int], amplitude: float, t: int) -> np.ndarray:
    """A noise-free frame (230, 190, 3) float32, kept for the other cameras; not to be written."""
    return face(seed, key[0]).draw(_perform(seed, key, amplitude).state(t))


def performance(row: pd.Series) -> Performance:
    """Who moves what and when in the clip of one row; sham and real share every disturbance."""
    return _perform(int(row.seed), _key(row), float(row.amplitude))


def render(
    row: pd.Series, numbers: Sequence[int] | None = None, *, clean: bool = False
) -> np.ndarray:
    """Frames of one clip as the camera gives them.

    Parameters
    ----------
    row : of `table`
    numbers : of the frames, from 1; None is all. Each frame has noise of its own, so that it is
        the same whichever others are drawn.
    clean : leave the sensor noise out

    Returns
    -------
    (len(numbers), H, W, 3) array of uint8: 230 x 190, or the row's resolution squared, each pixel
    integrating the light on its area (`camera.integrate`)
    """
    from mer_core.datasets.synthetic.kernels import sense

    seed, native = int(row.seed), row.resolution != "190x230"
    numbers = range(1, len(performance(row)) + 1) if numbers is None else numbers
    out = []
    for t in numbers:
        picture = _picture(seed, _key(row), float(row.amplitude), int(t))
        if native:
            picture = camera.integrate(picture, int(row.resolution))
        grain = generator(seed, GRAIN, *_key(row), int(t))
        noise = grain.standard_normal(picture.shape, dtype=np.float32)
        frame = np.empty(picture.shape, np.uint8)
        sense(picture, noise, 0.0 if clean else float(row.noise), frame)
        out.append(frame)
    return np.stack(out)


def clip(
    row: pd.Series, *, size: int = 128, frames: int | None = None, clean: bool = False
) -> np.ndarray:
    """The clip that `mer_core.clip.read_clip` would read from the row's files, without files.

    Parameters
    ----------
    row : of `table`
    size, frames : as in `read_clip`; only the frames that are needed are drawn
    clean : leave the sensor noise out

    Returns
    -------
    (T, size, size, 3) array of uint8
    """
    numbers = 1 + clips.pick(len(performance(row)), frames)
    return clips.resize(render(row, numbers, clean=clean), (size, size))
