"""The length of a clip: pick frames, or interpolate between them."""

import numpy as np

from mer_core.clip import check_clip

METHODS = ("select", "tim")


def resample(clip: np.ndarray, frames: int, *, method: str = "select") -> np.ndarray:
    """Bring a clip to a number of frames, evenly from its first to its last.

    Parameters
    ----------
    clip : (T, H, W, 3) or (T, H, W) array of uint8
    frames : the new length, from 1 on; 1 takes the first frame
    method : "select" repeats or drops whole frames, the nearest in time; "tim" interpolates
        (the temporal interpolation model)

    Returns
    -------
    clip of uint8 with `frames` frames, rounded once and cut to 0-255

    Zhou, Zhao & Pietikäinen (2011), doi:10.1109/CVPR.2011.5995345, map the frames to a path graph
    and walk along its Laplacian's eigenvectors, which are cosines. Their program learns the map
    with an SVD of the frames; it cancels out, and what is left is a cosine series in time through
    all frames, whose weights `tim_weights` gives. So frames may depend on one another here, where
    the program refuses them.
    """
    check_clip(clip)
    if method not in METHODS:
        raise ValueError(f"method: got {method!r}; allowed are {', '.join(METHODS)}")
    whole = isinstance(frames, int | np.integer) and not isinstance(frames, bool)
    if not whole or frames < 1:
        raise ValueError(f"frames: got {frames!r}; a whole number from 1 on is needed")
    count = len(clip)
    if method == "select":
        return clip[np.rint(np.linspace(0, count - 1, frames)).astype(int)]
    values = tim_weights(count, frames) @ clip.reshape(count, -1).astype(float)
    values = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return values.reshape(frames, *clip.shape[1:])


def tim_weights(count: int, frames: int) -> np.ndarray:
    """The weights of `count` frames in each of `frames` interpolated ones; every row sums to 1.

    Returns
    -------
    (frames, count) array of float64; the identity if both are equal
    """
    k = np.arange(1, count)
    basis = np.cos(np.pi * np.outer(np.arange(count) + 0.5, k) / count)
    place = np.linspace(0, count - 1, frames)
    curve = np.cos(np.pi * np.outer(place + 0.5, k) / count)
    return 1 / count + 2 / count * curve @ basis.T
