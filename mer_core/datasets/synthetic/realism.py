"""How far a drawn face is from a photograph: spectrum, sharpness and noise at one scale.

The photograph is scikit-image's ``astronaut`` (NASA, public domain). Pictures are compared over
the same part of the face, brows to nose, at the photograph's eye distance; it smiles, so the
mouth is left out.
"""

from itertools import pairwise

import numpy as np

from mer_core.datasets.synthetic.render import Face
from mer_core.datasets.synthetic.scene import State

LUMA = np.array([0.299, 0.587, 0.114])
PUPILS = ((100, 203), (103, 246))  # row and column of both in ``skimage.data.astronaut()``
APART = 43.0  # columns between them
ABOVE, BELOW, BESIDE = 0.37, 0.75, 0.80  # of the eye distance, from the point between the eyes
EDGES = np.array([0.03, 0.06, 0.09, 0.12, 0.16, 0.20, 0.25, 0.30, 0.35, 0.40, 0.45, 0.50])


def crop(middle: tuple[float, float]) -> tuple[slice, slice]:
    """Rows and columns, brows to nose, about the point between eyes that are `APART` apart."""
    row, column = middle
    return (
        slice(int(row - ABOVE * APART), int(row + BELOW * APART)),
        slice(int(column - BESIDE * APART), int(column + BESIDE * APART)),
    )


def photograph() -> np.ndarray:
    """Luma (48, 68) float64 of the photograph's part: rows 85 to 133, columns 190 to 258."""
    from skimage import data

    middle = np.mean(PUPILS, axis=0)
    return (data.astronaut() @ LUMA)[crop(tuple(middle))]


def drawn(face: Face, *, noise: float = 1.5, seed: int = 0) -> np.ndarray:
    """Luma of the same part of a face at rest, with sensor noise, at the photograph's scale."""
    from PIL import Image

    from mer_core.datasets.synthetic.kernels import sense

    rest = State(np.zeros(len(face.unit_names)))
    picture = face.draw(rest)
    frame = np.empty(picture.shape, np.uint8)
    grain = np.random.default_rng(seed).standard_normal(picture.shape, dtype=np.float32)
    sense(picture, grain, noise, frame)
    eyes = face.project(face.eyes[:, :3], rest)[:, :2]
    scale = APART / abs(eyes[0, 0] - eyes[1, 0])
    size = [round(n * scale) for n in frame.shape[1::-1]]
    small = np.asarray(Image.fromarray(frame).resize(size, Image.Resampling.LANCZOS)) @ LUMA
    column, row = eyes.mean(axis=0) * scale
    return small[crop((row, column))]


def spectrum(patch: np.ndarray) -> np.ndarray:
    """Mean power of a luma patch (H, W) in rings of frequency between `EDGES`, cycles a pixel.

    After subtracting the mean and a Hann window of unit power; white noise of variance v has
    power v in every ring.
    """
    window = np.hanning(patch.shape[0])[:, None] * np.hanning(patch.shape[1])
    window /= np.sqrt((window**2).mean())
    power = np.abs(np.fft.fft2((patch - patch.mean()) * window)) ** 2 / patch.size
    rows, columns = (np.fft.fftfreq(n) for n in patch.shape)
    frequency = np.hypot(rows[:, None], columns)
    rings = pairwise(EDGES)
    return np.array([power[(frequency >= low) & (frequency < high)].mean() for low, high in rings])


def sharpness(patch: np.ndarray) -> float:
    """Mean length of the Laplacian over the patch's standard deviation: 0 for a blur."""
    from scipy.ndimage import laplace

    return float(np.abs(laplace(patch)).mean() / patch.std())


def noise(patch: np.ndarray) -> float:
    """Noise in grey levels by Immerkær's mask; what is finest in the skin counts with it.

    The median replaces his mean, so that edges count little. 1996, doi:10.1006/cviu.1996.0060.
    """
    from scipy.signal import convolve2d

    mask = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]])
    return float(np.median(np.abs(convolve2d(patch, mask, "valid"))) / 0.6745 / 6)
