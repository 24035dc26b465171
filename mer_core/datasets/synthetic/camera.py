"""A true low-resolution camera: larger pixels before the same scene, beside simulated reduction.

Each of its pixels integrates the light on its own area, and only then is the sum encoded and
given noise. A degraded clip goes the other way: noise and encoding first, reduction afterwards.
"""

from collections.abc import Sequence

import numpy as np

from mer_core.datasets.synthetic.performance import Performance
from mer_core.datasets.synthetic.render import Face
from mer_core.datasets.synthetic.scene import CURVE
from mer_core.datasets.synthetic.truth import grid

LIGHT = np.arange(len(CURVE)) / (len(CURVE) - 1)


def shares(pixels: int, low: float, high: float, out: int) -> np.ndarray:
    """How much of each of `out` equal cells between `low` and `high` each pixel fills: rows sum
    to 1 where the span lies inside (out, pixels)."""
    step = (high - low) / out
    left = low + step * np.arange(out)[:, None]
    pixel = np.arange(pixels)
    overlap = np.minimum(left + step, pixel + 1) - np.maximum(left, pixel)
    return np.clip(overlap, 0, None) / step


def integrate(picture: np.ndarray, size: int, aspect: str = "stretch") -> np.ndarray:
    """The picture of a camera with `size` x `size` pixels, from that of one with many more.

    Parameters
    ----------
    picture : (230, 190, 3) float32 from `Face.draw`: code values 0..255, noise-free, not rounded
    size, aspect : as in `mer_core.clip.read_clip`: the field of view is that of the read clip

    Returns
    -------
    (size, size, 3) float32, code values 0..255: the mean light on each pixel's area, encoded
    """
    (rows, columns), affine = grid(size, aspect)
    x, y = affine[0, 0], affine[1, 1]
    left, top = -affine[2, 0] / x, -affine[2, 1] / y
    light = np.interp(picture, CURVE, LIGHT)
    down = shares(picture.shape[0], top, top + rows / y, rows)
    across = shares(picture.shape[1], left, left + columns / x, columns)
    mean = np.einsum("ri,ijk,cj->rck", down, light, across, optimize=True)
    return np.interp(mean, LIGHT, CURVE).astype(np.float32)


def film(
    face: Face,
    performance: Performance,
    size: int,
    *,
    numbers: Sequence[int] | None = None,
    noise: float = 1.5,
    rng: np.random.Generator,
    aspect: str = "stretch",
) -> np.ndarray:
    """A clip as the camera with `size` x `size` pixels takes it.

    Parameters
    ----------
    face, performance : of the clip, as in `truth`
    size, aspect : as in `integrate`; 64 and 32 stand beside the paper's degraded clips
    numbers : of the frames, from 1; None is all
    noise : the sensor's at mid grey, code values of 255: a setting of this camera, not what
        averaging the large one's pixels would leave
    rng : draws the noise, frame by frame

    Returns
    -------
    (T, size, size, 3) array of uint8
    """
    from mer_core.datasets.synthetic.kernels import sense

    numbers = range(1, len(performance) + 1) if numbers is None else numbers
    out = np.empty((len(numbers), size, size, 3), np.uint8)
    for k, number in enumerate(numbers):
        picture = integrate(face.draw(performance.state(int(number))), size, aspect)
        grain = rng.standard_normal(picture.shape, dtype=np.float32)
        sense(picture, grain, noise, out[k])
    return out
