"""Degradation, clip -> clip: the paper's L = S Y Z + x (its equation 1) from HR directly."""

import functools
import numbers

import numpy as np

from mer_core.clip import check_clip

SAMPLINGS = ("centred", "decimate")
SIGMA_PER_FACTOR = 0.4  # HR pixels of blur for each unit of the factor, where sigma is None


def default_sigma(factor: int) -> float:
    """The blur that ``sigma=None`` means, in HR pixels: 0.4 x factor."""
    return SIGMA_PER_FACTOR * factor


@functools.lru_cache(maxsize=32)
def sampling_matrix(size: int, factor: int, sigma: float, sampling: str) -> np.ndarray:
    """Blur and reduction of one axis, as a matrix whose rows sum to 1.

    Parameters
    ----------
    size : samples of the HR axis, a multiple of `factor`
    factor : HR samples per LR sample
    sigma : of the Gaussian, in HR samples; 0 takes the nearest sample ("centred" at an even
        factor: the mean of the two nearest)
    sampling : "centred" or "decimate", see `degrade`

    Returns
    -------
    (size // factor, size) array of float64, read-only; borders are reflected (d c b a | a b c d)
    """
    start = (factor - 1) / 2 if sampling == "centred" else 0.0
    centres = start + factor * np.arange(size // factor)
    reach = int(np.ceil(6 * sigma)) + 1  # exp(-18) = 1.5e-8: far below half a grey level
    offsets = np.arange(-reach, reach + 1)
    columns = np.floor(centres)[:, None].astype(int) + offsets  # (rows, taps)
    distance = columns - centres[:, None]
    squares = distance**2 - (distance**2).min(axis=1, keepdims=True)  # the nearest weighs 1,
    weights = np.exp(-0.5 * squares / max(sigma, 1e-3) ** 2)  # and alone as sigma goes to 0
    weights /= weights.sum(axis=1, keepdims=True)
    period = columns % (2 * size)  # half-sample symmetric reflection has period 2 * size
    columns = np.where(period < size, period, 2 * size - 1 - period)
    matrix = np.zeros((len(centres), size))
    np.add.at(matrix, (np.arange(len(centres))[:, None], columns), weights)
    matrix.setflags(write=False)
    return matrix


@functools.lru_cache(maxsize=8)
def _band(size: int, factor: int) -> np.ndarray:
    """The projection (size, size) of one axis on its size // factor lowest cosines (DCT-II)."""
    k = np.arange(size // factor)
    cosines = np.cos(np.pi * np.outer(k, np.arange(size) + 0.5) / size) * np.sqrt(2 / size)
    cosines[0] = np.sqrt(1 / size)
    matrix = cosines.T @ cosines
    matrix.setflags(write=False)
    return matrix


def low_pass(clip: np.ndarray, factor: int) -> np.ndarray:
    """A clip of the same size that holds only what a clip reduced by `factor` could hold.

    Parameters
    ----------
    clip : (T, H, W, 3) or (T, H, W) array of uint8; H and W multiples of `factor`
    factor : of the reduction whose band is kept, a whole number from 1 on

    Returns
    -------
    array of uint8 of the clip's shape, rounded once: of each axis the lowest n // factor of its n
    cosines (DCT-II, so borders are reflected), up to the Nyquist frequency of the reduced axis.
    Nothing is attenuated below it and nothing folds back: a control, not a degradation.
    """
    height, width = _check_factor(clip, factor)
    rows, columns = _band(height, int(factor)), _band(width, int(factor))
    planes = clip if clip.ndim == 3 else np.moveaxis(clip, -1, 1)  # (T[, 3], H, W)
    kept = rows @ planes.astype(float) @ columns
    if clip.ndim == 4:
        kept = np.moveaxis(kept, 1, -1)
    return np.clip(np.rint(kept), 0, 255).astype(np.uint8)


def _check_factor(clip: np.ndarray, factor: int) -> tuple[int, int]:
    """Height and width of the clip, which `factor` must divide."""
    check_clip(clip)
    if isinstance(factor, bool) or not isinstance(factor, numbers.Integral) or factor < 1:
        raise ValueError(f"factor: got {factor!r}; a whole number from 1 on is needed")
    height, width = clip.shape[1:3]
    if height % factor or width % factor:
        raise ValueError(f"factor: got {factor}; it must divide the clip's {width}x{height} pixels")
    return height, width


def _check_number(argument: str, value: object, least: float) -> float:
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not least <= value < 1e6:
        raise ValueError(f"{argument}: got {value!r}; a number from {least:g} on is needed")
    return float(value)


def degrade(
    clip: np.ndarray,
    factor: int,
    *,
    sigma: float | None = None,
    sampling: str = "centred",
    noise: float = 0.0,
    seed: int = 0,
) -> np.ndarray:
    """Blur, reduce and add noise: L = S Y Z + x, with Z the clip, Y the blur, S the sampling.

    Parameters
    ----------
    clip : (T, H, W, 3) or (T, H, W) array of uint8; H and W multiples of `factor`
    factor : reduction per axis, a whole number from 1 on
    sigma : of the Gaussian, in HR pixels; None means 0.4 x factor
    sampling : "centred" evaluates the Gaussian at the centre of each LR pixel, which at even
        factors lies between HR pixels; "decimate" blurs on the HR grid and takes every
        factor-th pixel from the first on, which shifts the image by (factor - 1) / 2 HR pixels
    noise : standard deviation of x, white and Gaussian, in grey levels
    seed : of the noise

    Returns
    -------
    (T, H // factor, W // factor[, 3]) array of uint8, rounded once after the noise

    Raises ValueError, naming the argument. The paper gives neither kernel, sigma, sampling,
    border nor noise; these defaults are ours, and each is a parameter.
    """
    height, width = _check_factor(clip, factor)
    if sampling not in SAMPLINGS:
        raise ValueError(f"sampling: got {sampling!r}; allowed are {', '.join(SAMPLINGS)}")
    sigma = default_sigma(factor) if sigma is None else _check_number("sigma", sigma, 0)
    noise = _check_number("noise", noise, 0)
    rows = sampling_matrix(height, int(factor), sigma, sampling)
    columns = sampling_matrix(width, int(factor), sigma, sampling)
    planes = clip if clip.ndim == 3 else np.moveaxis(clip, -1, 1)  # (T[, 3], H, W)
    reduced = rows @ planes.astype(float) @ columns.T
    if clip.ndim == 4:
        reduced = np.moveaxis(reduced, 1, -1)
    if noise > 0:
        reduced = reduced + np.random.default_rng(seed).normal(0.0, noise, reduced.shape)
    return np.clip(np.rint(reduced), 0, 255).astype(np.uint8)
