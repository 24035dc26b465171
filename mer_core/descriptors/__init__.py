"""Descriptors: a grey clip becomes histograms of local codes on the planes XY, XT and YT."""

from collections.abc import Callable
from dataclasses import dataclass
from inspect import signature

import numpy as np

from mer_core.descriptors.lbp_top import lbp_top
from mer_core.descriptors.lpq_top import lpq_top

__all__ = ["DESCRIPTORS", "Descriptor", "describe", "lbp_top", "lpq_top"]


@dataclass(frozen=True)
class Descriptor:
    """A descriptor that a preset can name."""

    name: str
    source: str
    compute: Callable[..., np.ndarray]  # clip, parameters -> (blocks, 3, bins)

    @property
    def parameters(self) -> dict[str, object]:
        """The parameters and their defaults."""
        found = signature(self.compute).parameters.values()
        return {p.name: p.default for p in found if p.kind is p.KEYWORD_ONLY}


DESCRIPTORS = {
    d.name: d
    for d in [
        Descriptor("lbp-top", "doi:10.1109/TPAMI.2007.1110", lbp_top),
        Descriptor("lpq-top", "doi:10.1109/FG.2011.5771348", lpq_top),
    ]
}


def describe(clip: np.ndarray, name: str, **parameters) -> np.ndarray:
    """Describe a grey clip with the descriptor `name` of DESCRIPTORS.

    Parameters
    ----------
    clip : (T, H, W) array of uint8
    name : "lbp-top" or "lpq-top"
    parameters : as in `lbp_top` or `lpq_top`

    Returns
    -------
    (blocks, 3, bins) array of float64 (int64 with ``normalize=False``); planes XY, XT, YT

    Raises ValueError for an unknown name or parameter, listing the known ones.
    """
    if name not in DESCRIPTORS:
        raise ValueError(f"name: got {name!r}; allowed are {', '.join(DESCRIPTORS)}")
    known = DESCRIPTORS[name].parameters
    unknown = sorted(set(parameters) - set(known))
    if unknown:
        raise ValueError(
            f"parameters: {name} got {', '.join(unknown)}; allowed are {', '.join(known)}"
        )
    return DESCRIPTORS[name].compute(clip, **parameters)
