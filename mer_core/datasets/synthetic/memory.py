"""Clips of the replica without files: for studies over many seeds, which read each frame once."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mer_core import clip as clips
from mer_core.datasets.synthetic.anatomy import generator
from mer_core.datasets.synthetic.knobs import check_parameters
from mer_core.datasets.synthetic.replica import (
    CODES,
    GRAIN,
    clip_ids,
    clip_performance,
    subject_face,
)
from mer_core.datasets.synthetic.scene import FRAME


def table() -> pd.DataFrame:
    """The replica's clips: subject and label, index clip_id, in the order of `load`."""
    rows = {c: (subject, label) for c, (subject, label, _) in clip_ids().items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=["subject", "label"]).sort_index()


def clip(
    clip_id: str,
    *,
    seed: int = 0,
    size: int = 128,
    frames: int | None = 10,
    parameters: Mapping | None = None,
) -> np.ndarray:
    """The clip that `mer_core.clip.read_clip` would read from the replica's files.

    Parameters
    ----------
    clip_id : of `table`
    seed : of the replica
    size, frames : as in `read_clip`; only the frames that are needed are drawn
    parameters : of the replica, as in `generate`; None is its defaults

    Returns
    -------
    (T, size, size, 3) array of uint8
    """
    from mer_core.datasets.synthetic.kernels import sense

    known = check_parameters(seed, parameters or {})
    subject, label, number = clip_ids()[clip_id]
    face = subject_face(seed, subject)
    performance = clip_performance(seed, clip_id, known)
    grain = generator(seed, GRAIN, int(subject[1:]), list(CODES).index(label), number)
    wanted = clips.pick(len(performance), frames)
    drawn = {}
    for t in range(wanted.max() + 1):
        noise = grain.standard_normal((*FRAME, 3), dtype=np.float32)  # a stream: none left out
        if t in wanted:
            drawn[t] = np.empty(noise.shape, np.uint8)
            sense(face.draw(performance.state(t + 1)), noise, known["noise"], drawn[t])
    return clips.resize(np.stack([drawn[t] for t in wanted]), (size, size))


def at_amplitudes(
    clip_id: str, amplitudes: Sequence[float], *, seed: int = 0, size: int = 128, frames: int = 10
) -> np.ndarray:
    """What `clip` gives with ``mean_px`` at each of `amplitudes`, in less time.

    Noise, and the frames without expression, are the same at every amplitude: drawn once.

    Returns
    -------
    (amplitudes, T, size, size, 3) array of uint8
    """
    from mer_core.datasets.synthetic.kernels import sense

    subject, label, number = clip_ids()[clip_id]
    knobs = [check_parameters(seed, {"mean_px": a}) for a in amplitudes]
    acted = [clip_performance(seed, clip_id, k) for k in knobs]
    face = subject_face(seed, subject)
    grain = generator(seed, GRAIN, int(subject[1:]), list(CODES).index(label), number)
    wanted = clips.pick(len(acted[0]), frames)
    drawn: dict[tuple[int, int], np.ndarray] = {}
    for t in range(wanted.max() + 1):
        noise = grain.standard_normal((*FRAME, 3), dtype=np.float32)
        picture = None
        for k, performance in enumerate(acted if t in wanted else ()):
            if picture is None or performance.envelope[t] > 0:
                picture = face.draw(performance.state(t + 1))
            drawn[k, t] = np.empty(noise.shape, np.uint8)
            sense(picture, noise, knobs[k]["noise"], drawn[k, t])
    whole = [np.stack([drawn[k, t] for t in wanted]) for k in range(len(acted))]
    return np.stack([clips.resize(c, (size, size)) for c in whole])
