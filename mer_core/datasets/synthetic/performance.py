"""Who moves what, and when: one performance is one micro-expression with its disturbances.

Face units carry ARKit-like names; the comment behind each prototype gives its FACS action units.
Timing: about N(34, 7) frames at 100 frames a second, raised-cosine onset, short hold, offset.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from mer_core.datasets.synthetic.anatomy import generator
from mer_core.datasets.synthetic.knobs import nuisance_levels
from mer_core.datasets.synthetic.render import Face
from mer_core.datasets.synthetic.scene import State

FPS = 100.0
LABELS = ("negative", "positive", "surprise")
ACTIONS = {  # FACS action unit -> face units (both sides where there are two)
    "1": ("browInnerUp",),
    "2": ("browOuterUp",),
    "4": ("browDown",),
    "5": ("eyeWide",),
    "6": ("cheekSquint",),
    "7": ("eyeSquint",),
    "9": ("noseSneer",),
    "10": ("mouthUpperUp",),
    "12": ("mouthSmile",),
    "14": ("mouthDimple",),
    "15": ("mouthFrown",),
    "17": ("mouthShrugLower",),
    "20": ("mouthStretch",),
    "24": ("mouthPress",),
    "25": ("mouthLowerDown",),
}
PROTOTYPES = {  # label -> ((share, action units), ...); L and R: the subject's left or right alone
    "negative": (
        (0.28, "4"),
        (0.22, "4+7"),
        (0.13, "15"),
        (0.13, "9+10"),
        (0.09, "1+4"),
        (0.09, "17"),
        (0.06, "4+9"),
    ),
    "positive": ((0.40, "12"), (0.33, "6+12"), (0.16, "12+25"), (0.11, "6+7+12")),
    "surprise": (
        (0.36, "1+2"),
        (0.26, "1+2+5"),
        (0.14, "5"),
        (0.14, "1+2+25"),
        (0.05, "L2"),
        (0.05, "R2"),
    ),
}
STRAY = ("4", "7", "12", "14", "15", "17", "20", "24", "25", "1+2", "5", "6")


@dataclass(frozen=True, eq=False)
class Performance:
    """One clip's motion: T frames.

    label; actions : FACS units such as "6+12"; intensity : largest motion of the skin in the
    image at the apex, pixels; units : (32,) activation at the apex; envelope : (T,) 0..1;
    apex : frame number from 1; ambiguous : whether the units ignore the label;
    stray, blink : (T, 32) activations; turn (T, 3) rad; shift (T, 2) dm; zoom; lamps (4,);
    gain (T,); gaze (T, 2) rad; disturbance : names and sizes for the record.
    """

    label: str
    actions: str
    intensity: float
    units: np.ndarray
    envelope: np.ndarray
    apex: int
    ambiguous: bool
    stray: np.ndarray
    turn: np.ndarray
    shift: np.ndarray
    zoom: float
    lamps: np.ndarray
    gain: np.ndarray
    gaze: np.ndarray
    disturbance: dict

    def __len__(self):
        return len(self.envelope)

    def state(self, frame: int, *, expression=None, rigid=None) -> State:
        """State at `frame` (from 1); `expression` and `rigid` take their part from another frame.

        The true expression flow of frame t is ``face.flow(p.state(1), p.state(1, expression=t))``,
        its rigid flow ``face.flow(p.state(1), p.state(1, rigid=t))``.
        """
        for name, value in (("frame", frame), ("expression", expression), ("rigid", rigid)):
            if value is not None and not 1 <= value <= len(self):
                raise ValueError(f"{name}: {value}; allowed: 1 to {len(self)}")
        t = frame - 1
        e = t if expression is None else expression - 1
        r = t if rigid is None else rigid - 1
        return State(
            units=self.units * self.envelope[e] + self.stray[t],
            turn=tuple(self.turn[r]),
            shift=tuple(self.shift[r]),
            zoom=self.zoom,
            lamps=self.lamps,
            gain=float(self.gain[t]),
            gaze=tuple(self.gaze[t]),
        )


def activation(face: Face, actions: str, pixels: float, rng: np.random.Generator) -> np.ndarray:
    """Activations (32,) of the units behind `actions`, whose largest motion in the image is
    `pixels`; sides and units differ a little, as drawn from `rng`. "L2" is the left side alone."""
    out = np.zeros(len(face.unit_names))
    for action in actions.split("+"):
        other = {"L": "Right", "R": "Left"}.get(action[0], "both")
        for u, name in enumerate(face.unit_names):
            stem = name.removesuffix("Left").removesuffix("Right")
            if stem in ACTIONS[action.lstrip("LR")] and not name.endswith(other):
                share = float(np.clip(rng.normal(1, 0.13), 0.6, 1.4))
                out[u] += share / np.linalg.norm(face.units[u], axis=1).max()
    return out * (pixels / reach(face, out))


def reach(face: Face, units: np.ndarray) -> float:
    """Largest motion of the skin in the image, pixels, for activations (32,), seen frontally."""
    move = np.tensordot(units, face.units, axes=1)
    return float(face.px * np.hypot(move[:, 0], move[:, 1]).max())


def envelope(frames: int, apex: float, hold: float) -> np.ndarray:
    """Raised cosine (frames,): 0 at both ends, 1 from `apex` for `hold` (shares of the clip)."""
    s = np.linspace(0, 1, frames)
    ramp = np.clip(np.minimum(s / apex, (1 - s) / (1 - apex - hold)), 0, 1)
    return 0.5 - 0.5 * np.cos(np.pi * ramp)


def _wander(rng, frames, size, memory):
    """Smooth random path (frames,) from 0: an Ornstein-Uhlenbeck process, `memory` in frames."""
    keep = np.exp(-1 / memory)
    kicks = size * np.sqrt(1 - keep * keep) * rng.standard_normal(frames)
    path = np.zeros(frames)
    for t in range(1, frames):
        path[t] = keep * path[t - 1] + kicks[t]
    return gaussian_filter1d(path, 1.5)


def perform(
    face: Face,
    label: str,
    seed: int,
    key: tuple,
    *,
    mean_px: float = 2.0,
    ambig: float = 0.0,
    nuisance: float | Mapping[str, float] = 1.0,
    intensity: float | None = None,
) -> Performance:
    """Draw the performance `key` of a seed.

    mean_px : median of the log-normal intensity, pixels; ambig : chance that the units ignore
    the label; `intensity` fixes the pixels. What is drawn does not depend on the levels, so two
    calls that differ in one knob differ in nothing else.
    """
    if label not in LABELS:
        raise ValueError(f"label: {label!r}; allowed: {', '.join(LABELS)}")
    rng = generator(seed, *key)
    level = nuisance_levels(nuisance)
    frames = int(np.clip(round(rng.normal(34, 7)), 14, 50))
    ambiguous = bool(rng.random() < ambig)
    other = LABELS[rng.integers(3)]
    shares, choices = zip(*PROTOTYPES[other if ambiguous else label], strict=True)
    actions = choices[min(np.searchsorted(np.cumsum(shares), rng.random()), len(shares) - 1)]
    drawn = float(np.clip(mean_px * np.exp(rng.normal(0, 0.35)), 0.25 * mean_px, 2.5 * mean_px))
    pixels = drawn if intensity is None else float(intensity)
    units = activation(face, actions, pixels, rng)
    shape = envelope(frames, rng.uniform(0.35, 0.6), rng.uniform(0.0, 0.1))

    stray_action = STRAY[rng.integers(len(STRAY))]
    stray_px = 0.35 * level["stray"]
    stray_units = activation(face, stray_action, 1.0, rng) * stray_px
    s, middle = np.linspace(0, 1, frames), rng.uniform(0.2, 0.8)
    stray = np.exp(-(((s - middle) / 0.18) ** 2))[:, None] * stray_units
    blinks, when = bool(rng.random() < 0.08 * level["blink"]), rng.integers(0, frames)
    lid = 0.9 * blinks * np.exp(-(((np.arange(frames) - when) / 4.0) ** 2))
    for u, name in enumerate(face.unit_names):
        if name.startswith("eyeBlink"):
            stray[:, u] += lid

    pose = level["pose"] * rng.normal(0, (0.035, 0.05, 0.02))
    offset = level["pose"] * rng.normal(0, (1.5, 1.5)) / face.px
    zoom = 1 + level["pose"] * rng.normal(0, 0.015)
    drift = level["drift"]
    turn = [_wander(rng, frames, drift * size, 25) for size in (0.005, 0.006, 0.004)]
    shift = [_wander(rng, frames, drift * 0.6 / face.px, 25) for _ in range(2)]
    look = level["gaze"] * rng.normal(0, 0.02, 2)
    gaze = [look[k] + _wander(rng, frames, level["gaze"] * 0.012, 15) for k in range(2)]
    lamps = np.clip(1 + 0.15 * level["lamps"] * rng.standard_normal(4), 0.3, 2.0)
    gain = 1 + _wander(rng, frames, 0.008 * level["flicker"], 6)
    return Performance(
        label=label,
        actions=actions,
        intensity=pixels,
        units=units,
        envelope=shape,
        apex=1 + int(np.argmax(shape)),
        ambiguous=ambiguous,
        stray=stray,
        turn=pose + np.stack(turn, axis=1),
        shift=offset + np.stack(shift, axis=1),
        zoom=float(zoom),
        lamps=lamps,
        gain=gain,
        gaze=np.stack(gaze, axis=1),
        disturbance={"stray": stray_action, "stray_px": stray_px, "blink": blinks},
    )
