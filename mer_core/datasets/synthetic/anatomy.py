"""Head shapes: MakeHuman's CC0 head with drawn identities, face units and measures.

Lengths are decimetres. x points to the image's right, y up, z to the camera; the origin is the
midpoint between the eyes of the mean head. ``pack.npz`` is described in this folder's README.md.
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np

PACK = Path(__file__).with_name("pack.npz")
RACES = ("african", "asian", "caucasian")
STREAMS = {"evaluation": 0, "training": 1}
AXIS = -0.9  # z of the vertical axis of the atlas' cylinder


@lru_cache(maxsize=1)
def pack_digest() -> str:
    """sha256 (hex) of ``pack.npz``."""
    return hashlib.sha256(PACK.read_bytes()).hexdigest()


@dataclass(frozen=True, eq=False)
class Pack:
    """What ``pack.npz`` holds, in decimetres.

    Attributes
    ----------
    vertices : (n, 3) float64, the base head
    skin, lashes : (k, 3) int32, triangles, counter-clockwise from outside
    eyes : (2, 72) int32, vertices that mark each eyeball (image left to right swapped: +x first)
    lash_height : (n,) float64, 0 at the root of a lash, 1 at its tip
    masks : name -> (n,) float64 in 0..1: lips, eyelids, ears, inside-mouth
    macro, detail : name -> (ids, (m, 3) displacement)
    units : name -> (n, 3) displacement of the full face unit
    """

    vertices: np.ndarray
    skin: np.ndarray
    lashes: np.ndarray
    eyes: np.ndarray
    lash_height: np.ndarray
    masks: dict
    macro: dict
    detail: dict
    units: dict


@lru_cache(maxsize=1)
def load_pack() -> Pack:
    """Read ``pack.npz``; the arrays are shared, do not write to them."""
    with np.load(PACK, allow_pickle=False) as f:
        data = {name: f[name] for name in f.files}
    coarse, fine = (float(s) for s in data["scales"])

    def sparse(kind, scale):
        start, index = data[f"{kind}_start"], data[f"{kind}_index"].astype(np.int64)
        delta = data[f"{kind}_delta"] / scale
        spans = pairwise(start)
        names = [str(n) for n in data[f"{kind}_names"]]
        return {n: (index[a:b], delta[a:b]) for n, (a, b) in zip(names, spans, strict=True)}

    vertices = data["vertices"] / coarse
    units = {}
    for name, (ids, delta) in sparse("unit", fine).items():
        units[name] = np.zeros_like(vertices)
        units[name][ids] = delta
    masks = {str(n): m / 255 for n, m in zip(data["mask_names"], data["masks"], strict=True)}
    return Pack(
        vertices=vertices,
        skin=data["skin"].astype(np.int32),
        lashes=data["lashes"].astype(np.int32),
        eyes=data["eyes"].astype(np.int32),
        lash_height=np.clip(data["lash_height"] / 1000 / 0.055, 0, 1),
        masks=masks,
        macro=sparse("macro", coarse),
        detail=sparse("detail", coarse),
        units=units,
    )


@dataclass(frozen=True)
class Traits:
    """What makes an identity, apart from its painted skin.

    male : 0..1; age : years; race : weights over `RACES`, sum 1; weight : 0 (thin) .. 1;
    details : one number in -1..1 per opposed pair of the pack's detail targets, in its order;
    asymmetry : how much of the left half's details the right half follows, per pair, about 1;
    melanin, blood : pigments, 0..1; iris, hair : linear RGB; stubble, freckles, brow : 0..1;
    hairline : height of the hairline above the eyes, dm; seed : entropy of the skin painter.
    """

    male: float
    age: float
    race: tuple
    weight: float
    details: tuple
    asymmetry: tuple
    melanin: float
    blood: float
    iris: tuple
    hair: tuple
    stubble: float
    freckles: float
    brow: float
    hairline: float
    seed: tuple


IRISES = {"brown": (0.055, 0.024, 0.011), "hazel": (0.12, 0.075, 0.028)}
IRISES |= {
    "blue": (0.085, 0.115, 0.14),
    "green": (0.085, 0.095, 0.055),
    "dark": (0.022, 0.011, 0.006),
}
HAIRS = {"black": (0.009, 0.008, 0.008), "dark brown": (0.026, 0.015, 0.009)}
HAIRS |= {"brown": (0.062, 0.033, 0.017), "blond": (0.25, 0.15, 0.065), "red": (0.16, 0.05, 0.018)}
GREY = np.array((0.30, 0.29, 0.28))


def generator(seed: int, *key: int) -> np.random.Generator:
    """A generator of its own for every (seed, key)."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


def draw_traits(
    seed: int,
    index: int,
    *,
    stream: str = "evaluation",
    race: str | None = None,
    male: bool | None = None,
    age: float | None = None,
) -> Traits:
    """Identity `index` of a seed; the streams "evaluation" and "training" never meet.

    `race` (of `RACES`), `male` and `age` (years) fix what is otherwise drawn.
    """
    if stream not in STREAMS:
        raise ValueError(f"stream: {stream!r}; allowed: {', '.join(STREAMS)}")
    rng = generator(seed, STREAMS[stream], index)
    drawn = rng.choice(3, p=(0.2, 0.38, 0.42)), rng.random() < 0.55, 19 + 40 * rng.random() ** 2.2
    main = drawn[0] if race is None else RACES.index(race)
    male = bool(drawn[1]) if male is None else male
    age = float(drawn[2]) if age is None else age
    mix = np.zeros(3)
    mix[main] = rng.uniform(0.78, 0.97)
    mix[(main + rng.integers(1, 3)) % 3] += 1 - mix[main]
    pairs = len(load_pack().detail) // 2
    details = np.clip(rng.normal(0, 0.21, pairs), -0.5, 0.5)
    melanin = float(np.clip(mix @ (0.80, 0.24, 0.11) + rng.normal(0, 0.05), 0.03, 0.95))
    light = mix[2] > 0.7
    iris = rng.choice(["brown", "hazel", "blue", "green"], p=(0.3, 0.2, 0.32, 0.18))
    hair = rng.choice(
        ["black", "dark brown", "brown", "blond", "red"], p=(0.1, 0.3, 0.33, 0.2, 0.07)
    )
    dark_iris = "brown" if rng.random() < 0.45 else "dark"
    tint = np.array(HAIRS[hair if light else "black"]) * rng.lognormal(0, 0.15)
    grey = np.clip((age - 38) / 35, 0, 1) * rng.random()
    return Traits(
        male=float(np.clip(male + rng.normal(0, 0.08) * (0.5 - male) * 2, 0, 1)),
        age=age,
        race=tuple(mix.tolist()),
        weight=float(np.clip(rng.normal(0.47, 0.15), 0.15, 0.85)),
        details=tuple(details.tolist()),
        asymmetry=tuple(np.clip(rng.normal(1, 0.12, pairs), 0.6, 1.4).tolist()),
        melanin=melanin,
        blood=float(np.clip(mix @ (0.36, 0.28, 0.36) + rng.normal(0, 0.06), 0.18, 0.55)),
        iris=IRISES[iris if light else dark_iris],
        hair=tuple(((1 - grey) * tint + grey * GREY).tolist()),
        stubble=float(male * rng.uniform(0.0, 0.9) * (0.45 if mix[1] > 0.5 else 1)),
        freckles=float(rng.random() ** 3 * light),
        brow=float(np.clip(rng.normal(0.95 if male else 0.74, 0.12), 0.55, 1.25)),
        hairline=float(np.clip(rng.normal(0.70, 0.05) + 0.06 * male * rng.random(), 0.58, 0.86)),
        seed=(int(seed), STREAMS[stream], int(index)),
    )


def head_shape(traits: Traits) -> np.ndarray:
    """Vertices (n, 3) float64 of an identity at rest, in dm, its eyes' midpoint at the origin."""
    pack = load_pack()
    out = pack.vertices.copy()

    def add(target, weight):
        ids, delta = target
        out[ids] += weight * delta

    old = float(np.clip((traits.age - 25) / 55, 0, 1))
    fat = {"minweight": max(0, 1 - 2 * traits.weight), "maxweight": max(0, 2 * traits.weight - 1)}
    fat["averageweight"] = 1 - fat["minweight"] - fat["maxweight"]
    for sex, part in (("male", traits.male), ("female", 1 - traits.male)):
        for age, share in (("old", old), ("young", 1 - old)):
            for name, weight in [*zip(RACES, traits.race, strict=True), *fat.items()]:
                add(pack.macro[f"{name}-{sex}-{age}"], part * share * weight)
    names = list(pack.detail)
    value = {names[2 * k][: -len("decr")]: v for k, v in enumerate(traits.details)}
    for k, (weight, side) in enumerate(zip(traits.details, traits.asymmetry, strict=True)):
        low, high = names[2 * k], names[2 * k + 1]
        place, stem = low.split("/")
        if stem.startswith("r-"):  # follows its left twin
            twin = f"{place}/l-{stem[2:]}"[: -len("decr")]
            weight = np.clip(value.get(twin, weight) * side, -0.5, 0.5)
        add(pack.detail[high if weight > 0 else low], abs(weight))
    centre = np.mean([out[ids].mean(axis=0) for ids in pack.eyes], axis=0)
    return _wake(out - centre)


def _wake(head: np.ndarray) -> np.ndarray:
    """Raise drooping upper lids until they leave the pupil free, as an awake person's do.

    The margin is looked for above the middle of each eye; both eyes are raised alike.
    """
    pack = load_pack()
    lids = pack.masks["eyelids"] > 0.3
    raised, lack, gain = np.zeros_like(head), [], []
    for centre, radius, side in zip(*eyeballs(head), ("Left", "Right"), strict=True):
        off = (head - centre) / radius
        lid = lids & (np.abs(off[:, 0]) < 0.3) & (off[:, 1] > 0) & (off[:, 2] > 0.6)
        lid = np.flatnonzero(lid & (np.hypot(off[:, 0], off[:, 1]) < 1.5))
        margin = lid[off[lid, 1].argmin()]
        unit = pack.units[f"eyeWide{side}"]
        lack.append(0.15 - off[margin, 1])  # the lid's edge, lifted over the eye, shows higher
        gain.append(unit[margin, 1] / radius)
        raised += unit
    return head + np.clip(np.mean(lack) / np.mean(gain), 0, 0.8) * raised


def eyeballs(vertices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Centres (2, 3) and radii (2,) of the eyeballs, in dm, +x first."""
    marks = vertices[load_pack().eyes]  # (2, 72, 3)
    low, high = marks.min(axis=1), marks.max(axis=1)
    radius = (high - low)[:, :2].mean(axis=1) / 2
    centre = (low + high) / 2
    centre[:, 2] = high[:, 2] - 1.06 * radius  # the cornea bulges by 6 per cent
    return centre, radius


def cylinder(vertices: np.ndarray) -> np.ndarray:
    """Angle (rad) and height (dm) of points (..., 3) about the head's vertical axis: (..., 2)."""
    angle = np.arctan2(vertices[..., 0], vertices[..., 2] - AXIS)
    return np.stack([angle, vertices[..., 1]], axis=-1)
