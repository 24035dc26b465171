"""Two-dimensional LPQ of one frame, with the published program's three frequency estimators.

For teaching: plain NumPy, one step after the other. `lpq_top` is the fast descriptor.
"""

import numpy as np

from mer_core.clip import check_clip
from mer_core.descriptors.lpq_top import stack_filters, whitening
from mer_core.descriptors.planes import TIE, choice, whole_numbers

ESTIMATORS = ("uniform", "gaussian", "quadrature")


def lpq_filters(window: int = 5, *, estimator: str = "uniform") -> np.ndarray:
    """The eight real filters, (8, window, window) array of float64: Re1, Im1, ... Re4, Im4.

    Parameters
    ----------
    window : odd side from 3 on, in pixels
    estimator : "uniform" window (a short-term Fourier transform), "gaussian" window with
        sigma (window - 1) / 4 and first-order filters of mean 0, or "quadrature", Gaussian
        derivative filters defined in the frequency domain
    """
    (window,) = whole_numbers("window", (window,), ("w",), 3)
    if window % 2 == 0:
        raise ValueError(f"window: got {window}; an odd length from 3 on is needed")
    choice("estimator", estimator, ESTIMATORS)
    k = np.arange(window) - window // 2
    one = np.ones(window)
    wave = np.exp(2j * np.pi * k / window)
    if estimator == "gaussian":
        sigma = (window - 1) / 4
        bell = np.exp(-0.5 * (k / sigma) ** 2) / (np.sqrt(2 * np.pi) * sigma)
        one, wave = bell, bell * wave
        wave = wave - wave.mean()
    elif estimator == "quadrature":
        sigma = 8 / (window - 1)
        low = np.exp(-2 * (k * sigma) ** 2)
        high = np.where(k > 0, k * np.exp(-((k * sigma) ** 2)), 0)
        one = _space(low / low.max()).real
        wave = _space(high / high.max())
        one = one / one.max()
        # divided by the larger part of the largest element: of three equal ones, an outer one
        peak = wave[-1] if window == 3 else wave[window // 2]
        wave = wave[::-1] / max(abs(peak.real), abs(peak.imag))  # a convolution: flipped
    return stack_filters(one, wave, one, wave)


def _space(spectrum: np.ndarray) -> np.ndarray:
    return np.fft.fftshift(np.fft.ifft(np.fft.ifftshift(spectrum)))


def lpq_responses(frame: np.ndarray, filters: np.ndarray) -> np.ndarray:
    """Responses of a frame (H, W) of uint8 to `lpq_filters`, (8, H - w + 1, W - w + 1) float64."""
    frame = np.asarray(frame)
    if frame.ndim != 2:
        raise ValueError(f"frame: got shape {frame.shape}; (H, W) is needed")
    check_clip(frame[None], grey=True, min_shape=(1, *filters.shape[1:]), argument="frame")
    patches = np.lib.stride_tricks.sliding_window_view(frame.astype(float), filters.shape[1:])
    return np.einsum("fij,yxij->fyx", filters, patches, optimize=True)


def lpq(
    frame: np.ndarray,
    *,
    window: int = 5,
    estimator: str = "uniform",
    decorrelate: bool = True,
) -> np.ndarray:
    """Code image of local phase quantisation.

    Parameters
    ----------
    frame : (H, W) array of uint8
    window, estimator : as in `lpq_filters`
    decorrelate : whiten the responses for a correlation of 0.9 between neighbouring pixels

    Returns
    -------
    (H - window + 1, W - window + 1) array of uint8; bit k is set when response k is above 0

    Follows the published program (Ojansivu & Heikkilä 2008, doi:10.1007/978-3-540-69905-7_27):
    unlike `lpq_top`, a response of 0 leaves the bit unset; here 0 is a modulus up to 1e-6.
    """
    filters = lpq_filters(window, estimator=estimator)
    responses = lpq_responses(frame, filters)
    if decorrelate:
        matrix = whitening((window, window), (0.9, None), filters)
        responses = np.einsum("fyx,fb->byx", responses, matrix)
    bits = (responses > TIE).astype(np.uint8)
    return (bits << np.arange(8, dtype=np.uint8)[:, None, None]).sum(0, dtype=np.uint8)
