"""The replica of SMIC-HS's structure: who takes part, what each clip shows, its frames."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np

from mer_core.datasets.synthetic.anatomy import RACES, draw_traits, generator, pack_digest
from mer_core.datasets.synthetic.knobs import check_parameters
from mer_core.store import code_digest, digest

SUBJECTS = {  # clips of SMIC-HS: subject -> (negative, positive, surprise); the numbers only
    "s01": (3, 2, 1), "s02": (0, 1, 5), "s03": (22, 11, 6), "s04": (10, 4, 5),
    "s05": (1, 0, 1), "s06": (2, 0, 2), "s08": (9, 4, 0), "s09": (0, 1, 3),
    "s11": (3, 3, 1), "s12": (0, 8, 1), "s13": (0, 10, 0), "s14": (3, 2, 5),
    "s15": (1, 1, 2), "s18": (2, 0, 5), "s19": (0, 1, 1), "s20": (14, 3, 5),
}  # fmt: skip
CODES = {"negative": "ne", "positive": "po", "surprise": "sur"}
PERFORMANCES, GRAIN = 2, 3  # streams of seeds beside the identities' 0 and 1


# The files that decide a pixel: other code, other pixels. What reads or stores frames is not here.
DRAWN_BY = (
    *("anatomy", "kernels", "performance", "raster", "render", "replica", "scene", "skin"),
    "strokes",
)
IDENTITY = digest(  # of generator and pack, hex
    "synthetic",
    code_digest(*(Path(__file__).with_name(f"{name}.py") for name in DRAWN_BY)),
    pack_digest(),
)


def clip_ids() -> dict[str, tuple[str, str, int]]:
    """Every clip's id -> (subject, label, number within subject and label)."""
    return {
        f"{subject}_{code}_{number:02d}": (subject, label, number)
        for subject, counts in SUBJECTS.items()
        for (label, code), count in zip(CODES.items(), counts, strict=True)
        for number in range(1, count + 1)
    }


def parameters_digest(seed: int = 0, **parameters) -> str:
    """Hex digest of what decides the dataset's bytes: generator, pack, seed and parameters."""
    return digest(IDENTITY, int(seed), check_parameters(seed, parameters))


def cast(seed: int) -> dict:
    """The subjects' traits: subject -> `Traits`; sexes, ages and skins are spread, not drawn."""
    rng = generator(seed, 0)
    races = rng.permutation([RACES[k] for k in (0,) * 3 + (1,) * 6 + (2,) * 7])
    male = rng.permutation([True] * 9 + [False] * 7)
    ages = rng.permutation(np.r_[np.linspace(20, 36, 12), 41, 46, 52, 60])
    return {
        subject: draw_traits(seed, k, race=str(races[k]), male=bool(male[k]), age=float(ages[k]))
        for k, subject in enumerate(SUBJECTS)
    }


@lru_cache(maxsize=2)
def subject_face(seed: int, subject: str):
    """The `render.Face` of one subject of a seed."""
    from mer_core.datasets.synthetic.render import Face

    return Face(cast(seed)[subject])


def clip_performance(seed: int, clip_id: str, parameters: Mapping):
    """The `performance.Performance` of one clip."""
    from mer_core.datasets.synthetic.performance import perform

    subject, label, number = clip_ids()[clip_id]
    knobs = {k: parameters[k] for k in ("mean_px", "ambig", "nuisance")}
    key = (PERFORMANCES, int(subject[1:]), list(CODES).index(label), number)
    return perform(subject_face(seed, subject), label, seed, key, **knobs)


def render_clip(seed: int, clip_id: str, parameters: Mapping, *, clean: bool = False):
    """The clip (T, 230, 190, 3) uint8 and its `Performance`; `clean` leaves the noise out."""
    from mer_core.datasets.synthetic.kernels import sense

    subject, label, number = clip_ids()[clip_id]
    face = subject_face(seed, subject)
    performance = clip_performance(seed, clip_id, parameters)
    grain = generator(seed, GRAIN, int(subject[1:]), list(CODES).index(label), number)
    clip = np.empty((len(performance), 230, 190, 3), np.uint8)
    for t in range(len(performance)):
        picture = face.draw(performance.state(t + 1))
        noise = grain.standard_normal(picture.shape, dtype=np.float32)
        sense(picture, noise, 0.0 if clean else parameters["noise"], clip[t])
    return clip, performance
