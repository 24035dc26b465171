"""clip -> larger clip: interpolations, and networks whose weights have a known origin."""

import numpy as np

from mer_core.clip import check_clip, resize

from .registry import MODELS, SRModel, find, find_source

__all__ = ["MODELS", "SRModel", "super_resolve"]

LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # BT.601


def _finish(frame: np.ndarray) -> np.ndarray:
    """(H, W, 3) float32, about [0, 1], to uint8: clipped, rounded once."""
    return np.rint(np.clip(frame, 0, 1) * np.float32(255)).astype(np.uint8)


def _finish_grey(frame: np.ndarray) -> np.ndarray:
    """The BT.601 luma of the clipped output, rounded once."""
    return np.rint(np.clip(frame, 0, 1) @ (LUMA * np.float32(255))).astype(np.uint8)


def super_resolve(
    clip: np.ndarray,
    name: str,
    *,
    precision: str = "float32",
    source: str | None = None,
    threads: int | None = None,
    engine: str = "openvino",
) -> np.ndarray:
    """Enlarge every frame of a clip with the method `name`.

    Parameters
    ----------
    clip : (T, H, W, 3) or (T, H, W) array of uint8
    name : a name of MODELS
    precision : "float32", or "bfloat16" on a CPU that has it
    source : of the weights; None is the model's first
    threads : frames at a time; None is ``$MER_THREADS``, else every core
    engine : "openvino", or "tensorflow" where OpenVINO is missing

    Returns
    -------
    (T, sH, sW, 3) or (T, sH, sW) array of uint8, clipped and rounded once (ISR itself truncates)

    A grey clip goes through a network once, as three equal channels; what comes back is the
    BT.601 luma of the output. Interpolations are Pillow's.

    Raises ValueError for a wrong argument, `weights.AbsentWeights` (a FileNotFoundError) where
    the weights are not in the cache: nothing is fetched here and nothing takes their place.
    """
    check_clip(clip)
    model = find(name)
    if precision not in ("float32", "bfloat16"):
        raise ValueError(f"precision: got {precision!r}; allowed are float32, bfloat16")
    if model.network is None:
        method, size = name.rpartition("-x")[0], [model.scale * side for side in clip.shape[1:3]]
        return resize(clip, tuple(size), method)
    find_source(name, source)
    from . import engine as engines

    return engines.run(
        clip,
        name,
        _finish if clip.ndim == 4 else _finish_grey,
        source=source,
        precision=precision,
        threads=threads,
        engine=engine,
    )
