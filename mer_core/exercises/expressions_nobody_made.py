"""Exercises of the chapter on expressions that nobody made: what a network invents."""

import numpy as np

from mer_core.exercises.base import Exercise


def false_alarm_rate(moved: list, seen: list) -> float:
    """How often is a movement seen that was not there?

    For each clip, `moved` says whether a movement was made and `seen` whether one was found. Return
    the false alarm rate: of the clips *without* a movement, the share in which one was found.
    """
    still = [s for m, s in zip(moved, seen, strict=True) if not m]
    return sum(still) / len(still)


def invented_motion(hr: np.ndarray, sr: np.ndarray) -> float:
    """How much of the movement is invented?

    `hr` and `sr` are grey clips, (frames, rows, columns) uint8, of the same face. The movement is
    the difference from frame to frame. Return the mean absolute movement in `sr` at those places
    and times where `hr` does not change at all, in grey levels.
    """
    real = np.diff(hr.astype(float), axis=0)
    made = np.diff(sr.astype(float), axis=0)
    return float(np.abs(made[real == 0]).mean())


def _seen() -> list[tuple]:
    rng = np.random.default_rng(19)
    moved = [rng.random(n) < 0.4 for n in (30, 45)]
    return [(m.tolist(), (rng.random(len(m)) < np.where(m, 0.8, 0.3)).tolist()) for m in moved]


def _clips() -> list[tuple]:
    rng = np.random.default_rng(20)
    probes = []
    for shape in ((5, 6, 7), (4, 9, 5)):
        hr = rng.integers(60, 70, shape, dtype=np.uint8)
        still = rng.random(shape[1:]) < 0.6
        hr[:, still] = hr[0, still]
        noise = rng.integers(-9, 10, shape)
        probes.append((hr, (hr.astype(int) + noise).clip(0, 255).astype(np.uint8)))
    return probes


EXERCISES = [
    Exercise(
        45,
        false_alarm_rate,
        _seen,
        wrong={
            "of-all": lambda m, s: sum(b and not a for a, b in zip(m, s, strict=True)) / len(m),
            "of-seen": lambda m, s: sum(b and not a for a, b in zip(m, s, strict=True)) / sum(s),
            "hit-rate": lambda m, s: sum(a and b for a, b in zip(m, s, strict=True)) / sum(m),
            "complement": lambda m, s: 1 - false_alarm_rate(m, s),
            "per-cent": lambda m, s: 100 * false_alarm_rate(m, s),
            "misses": lambda m, s: sum(a and not b for a, b in zip(m, s, strict=True)) / sum(m),
        },
        hints={
            "of-all": "normalisation: divided by all clips; only clips without a movement can "
            "give a false alarm.",
            "of-seen": "normalisation: divided by the clips in which a movement was found. That is "
            "how often an alarm is false, another question.",
            "hit-rate": "this is the hit rate, of the clips *with* a movement.",
            "complement": "this is the share of still clips that were rightly called still.",
            "per-cent": "normalisation: a share from 0 to 1 is asked for, not per cent.",
            "misses": "this is the share of movements that were missed.",
        },
    ),
    Exercise(
        46,
        invented_motion,
        _clips,
        wrong={
            "wraparound": lambda h, s: float(
                np.abs(np.diff(s, axis=0)[np.diff(h, axis=0) == 0].astype(float)).mean()
            ),
            "everywhere": lambda h, s: float(np.abs(np.diff(s.astype(float), axis=0)).mean()),
            "swapped-axes": lambda h, s: float(
                np.abs(
                    np.diff(s.astype(float), axis=1)[np.diff(h.astype(float), axis=1) == 0]
                ).mean()
            ),
            "difference": lambda h, s: float(np.abs(s.astype(float) - h).mean()),
            "all-places": lambda h, s: float(
                np.abs(
                    np.where(np.diff(h.astype(int), axis=0) == 0, np.diff(s.astype(int), axis=0), 0)
                ).mean()
            ),
            "signed": lambda h, s: float(
                np.diff(s.astype(float), axis=0)[np.diff(h.astype(float), axis=0) == 0].mean()
            ),
        },
        hints={
            "wraparound": "bytes wrap around: np.diff of uint8 gives 254 for -2. Turn the clips "
            "into float first.",
            "everywhere": "this is all movement; only where HR stands still is it invented.",
            "swapped-axes": "the axes are swapped: this is the difference from row to row; time is "
            "axis 0.",
            "difference": "this is the difference between the clips; the movement is the "
            "difference from frame to frame.",
            "all-places": "normalisation: the mean is over the still places only, not over all.",
            "signed": "brighter and darker cancel: take the absolute value before the mean.",
        },
        level=3,
    ),
]
