"""The one clip that a chapter shows, with the preset's parameters; a chapter may override some."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mer_core import pipeline, presets
from mer_core.clip import frame_files, read_clip
from mer_core.degrade import default_sigma, degrade
from mer_core.superres import MODELS, super_resolve

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Example:
    """A clip, and the parameters of what the chapters do with it.

    preset : the preset, overrides included
    row : of the dataset's table; its ``dataset`` is "synthetic" where the preset's dataset may
        not be shown
    hr : (T, size, size, 3) array of uint8, all frames
    frame : the one shown, from 0
    """

    preset: presets.Preset
    row: pd.Series
    hr: np.ndarray
    frame: int

    def reduced(self, clip: np.ndarray, factor: int | None = None) -> np.ndarray:
        """`clip` degraded as the preset says; factor None is the preset's."""
        p = self.preset
        settings = {"sigma": p.sigma, "sampling": p.sampling, "noise": p.noise, "seed": p.seed}
        return degrade(clip, factor or p.factor, **settings)

    def enlarged(self, names: Iterable[str]) -> dict[str, np.ndarray]:
        """Figure 7's pictures: the frame shown, as "HR", then by each method of `names`.

        Each is (size, size, 3) uint8; the method's own factor says from which size it starts.
        Raises `weights.AbsentWeights` for a network whose weights are not in the cache.
        """
        hr = self.hr[[self.frame]]  # one frame: a network takes seconds for each
        pictures = {"HR": hr[0]}
        for name in names:
            source = self.preset.source(name) if MODELS[name].sources else None
            lr = self.reduced(hr, MODELS[name].scale)
            pictures[name] = super_resolve(lr, name, source=source)[0]
        return pictures

    @property
    def sigma(self) -> float:
        """Width of the blur before a reduction by the preset's factor, in HR pixels."""
        p = self.preset
        return default_sigma(p.factor) if p.sigma is None else p.sigma

    @property
    def choices(self) -> dict[str, object]:
        """What is shown, for the table at the end of a chapter."""
        return {
            "clip shown": f"{self.row.name}, frame {self.frame} ({self.row.dataset})",
            "factor in close looks": self.preset.factor,
            "blur σ there, HR pixels": f"{self.sigma:g}",
        }


def example(preset: str, **overrides: object) -> Example:
    """Read the clip that a preset shows.

    Parameters
    ----------
    preset : a preset's name, or the path of a preset file
    overrides : keys of a preset; None means as the preset says

    Raises ValueError for an unknown key, a clip that the dataset lacks, or a frame beyond its end.
    """
    given = {key: value for key, value in overrides.items() if value is not None}
    p = presets.load(preset, **given)
    row = pipeline.shown(p)
    hr = read_clip(row, size=p.size, aspect=p.aspect)
    frame = _apex(row, len(hr)) if p.frame is None else p.frame
    if not 0 <= frame < len(hr):
        raise ValueError(f"frame: got {frame}; {row.name} has frames 0 to {len(hr) - 1}")
    return Example(preset=p, row=row, hr=hr, frame=frame)


def _apex(row: pd.Series, frames: int) -> int:
    """Position of the apex among the clip's frames, or the middle one where it is not known."""
    import pandas as pd

    if pd.isna(row.apex):
        return frames // 2
    numbers = [int("".join(filter(str.isdigit, f.stem))) for f in frame_files(row.folder)]
    return int(np.abs(np.array(numbers) - int(row.apex)).argmin())
