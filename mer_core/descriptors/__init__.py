"""Descriptors: a grey clip becomes histograms of local codes on the planes XY, XT and YT.

Planes come in the order XY, XT, YT, blocks in C order of ``grid=(gy, gx, gt)``. The loops are
compiled by numba when first used and cached; `prepare` does it before a run starts.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from inspect import signature

import numpy as np

from mer_core.descriptors.lbp_top import lbp_top
from mer_core.descriptors.lpq_top import lpq_top
from mer_core.temporal import METHODS, resample

__all__ = [
    "DESCRIPTORS",
    "Descriptor",
    "describe",
    "describe_all",
    "lbp_top",
    "lpq_top",
    "prepare",
    "scaled",
]


@dataclass(frozen=True)
class Descriptor:
    """A descriptor that a preset can name."""

    name: str
    source: str  # the paper
    compute: Callable[..., np.ndarray]  # clip, keyword parameters -> (blocks, 3, bins)

    @property
    def parameters(self) -> dict[str, object]:
        """What `describe` takes for it, with the defaults."""
        own, shared = (signature(f).parameters.values() for f in (self.compute, describe))
        return {p.name: p.default for p in (*own, *shared) if p.kind is p.KEYWORD_ONLY}


DESCRIPTORS = {
    d.name: d
    for d in [
        Descriptor("lbp-top", "doi:10.1109/TPAMI.2007.1110", lbp_top),
        Descriptor("lpq-top", "doi:10.1007/978-3-642-21227-7_34", lpq_top),
    ]
}


def describe(
    clip: np.ndarray,
    name: str,
    *,
    frames: int | None = None,
    resampling: str = "select",
    **parameters: object,
) -> np.ndarray:
    """Describe a grey clip with the descriptor `name`.

    Parameters
    ----------
    clip : (T, H, W) array of uint8
    name : a key of DESCRIPTORS: "lbp-top" or "lpq-top"
    frames : bring the clip to this length first; None leaves it
    resampling : "select" or "tim", as in `mer_core.temporal.resample`
    parameters : those of `lbp_top` or `lpq_top`

    Returns
    -------
    (blocks, 3, bins) array of float64 (int64 with ``normalize=False``); planes XY, XT, YT

    Raises ValueError for an unknown name or parameter, listing the known ones.
    """
    compute = _checked(name, parameters).compute
    if resampling not in METHODS:
        raise ValueError(f"resampling: got {resampling!r}; allowed are {', '.join(METHODS)}")
    if frames is not None:
        clip = resample(clip, frames, method=resampling)
    return compute(clip, **parameters)


def describe_all(
    clips: Iterable[np.ndarray], name: str, *, workers: int = 1, **parameters: object
) -> np.ndarray:
    """Describe many clips, each in one thread; the loops release the GIL, so threads suffice.

    Parameters
    ----------
    clips : grey clips; their sizes may differ
    workers : threads
    name, parameters : as in `describe`

    Returns
    -------
    (clips, blocks, 3, bins) array, in the order of `clips`
    """
    from concurrent.futures import ThreadPoolExecutor

    if not isinstance(workers, int | np.integer) or workers < 1:
        raise ValueError(f"workers: got {workers!r}; a whole number from 1 on is needed")
    clips = list(clips)
    if not clips:
        raise ValueError("clips: got none; at least one clip is needed")
    first = describe(clips[0], name, **parameters)  # compiles, before the threads start
    found = np.empty((len(clips), *first.shape), first.dtype)
    found[0] = first

    def fill(place: int) -> None:  # each thread writes its rows: stacking them after is serial
        found[place] = describe(clips[place], name, **parameters)

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(fill, range(1, len(clips))))
    return found


def scaled(parameters: Mapping[str, object], factor: float) -> dict[str, object]:
    """A descriptor's parameters for pixels `factor` times as large, so that it reads one scale.

    Radii along x and y are divided by `factor` and rounded (a half goes up), at least 1; windows
    become the nearest odd number from 3 to 11. Time stays as it is, and so does the grid, which
    counts blocks. A `factor` below 1 widens: ``scaled(parameters, 1 / 2)`` doubles the radii.
    """
    found = dict(parameters)
    if "radii" in found:
        *across, rt = found["radii"]
        found["radii"] = (*(max(1, int(r / factor + 0.5)) for r in across), rt)
    if "window" in found:
        *across, wt = found["window"]
        odd = (2 * int(w / factor / 2) + 1 for w in across)  # 2k to 2k + 2 become 2k + 1
        found["window"] = (*(min(11, max(3, w)) for w in odd), wt)
    return found


def prepare(name: str, **parameters: object) -> None:
    """Compile, or load from the cache, the loops that `describe` needs; seconds, once a machine."""
    _checked(name, parameters)
    needed = 2 * max((1, *parameters.get("radii", ()), *parameters.get("window", ()))) + 5
    parameters = {k: v for k, v in parameters.items() if k not in ("frames", "grid")}
    describe(np.zeros((needed, needed, needed), np.uint8), name, **parameters)


def _checked(name: str, parameters: dict[str, object]) -> Descriptor:
    if name not in DESCRIPTORS:
        raise ValueError(f"name: got {name!r}; allowed are {', '.join(DESCRIPTORS)}")
    known = DESCRIPTORS[name].parameters
    unknown = sorted(set(parameters) - set(known))
    if unknown:
        raise ValueError(
            f"parameters: got {', '.join(unknown)} for {name}; allowed are {', '.join(known)}"
        )
    return DESCRIPTORS[name]
