"""The linear enlargement that a face network starts from: least squares on the training pairs."""

import numpy as np

from mer_core.superres.nesrgan import REACH
from mer_core.training.patches import Patches

PAIRS = 256  # pictures, at most, one degradation of each
RIDGE = 1e-5  # of the mean variance, so that the taps are decided everywhere


def fit(patches: Patches) -> np.ndarray:
    """Taps (6s, 6s) float64 whose enlargement is nearest to HR in the mean square, s the scale.

    Every HR pixel is a weighted sum of 6x6 LR pixels, with weights that depend on its place in
    the LR pixel's s x s block; all three channels share them. The best of all linear filters of
    that reach, so at least as good on these pairs as any interpolation, sharpened or not.
    """
    s, width = patches.scale, 2 * REACH
    grams = np.zeros((2, 2, width**2, width**2))
    moments = np.zeros((s, s, width**2))
    step = max(1, len(patches.hr) // PAIRS)
    for n in range(0, len(patches.hr), step):
        low = patches.lr[n, n // step % patches.settings.copies] / 255
        high = patches.hr[n] / 255
        rows, columns = low.shape[:2]
        padded = np.pad(low, ((REACH, REACH), (REACH, REACH), (0, 0)), mode="edge")
        seen = np.lib.stride_tricks.sliding_window_view(padded, (width, width), axis=(0, 1))
        for later_y, later_x in np.ndindex(2, 2):  # pixels right of the LR centre look one further
            part = seen[later_y : later_y + rows, later_x : later_x + columns]
            x = np.ascontiguousarray(part).reshape(-1, width**2)
            grams[later_y, later_x] += x.T @ x
            for y, z in np.ndindex(s // 2, s // 2):
                py, px = y + later_y * s // 2, z + later_x * s // 2
                moments[py, px] += x.T @ high[py::s, px::s].reshape(-1)
    taps = np.zeros((width * s, width * s))
    for py, px in np.ndindex(s, s):
        gram = grams[2 * py // s, 2 * px // s]
        ridge = RIDGE * np.trace(gram) / len(gram) * np.eye(len(gram))
        best = np.linalg.solve(gram + ridge, moments[py, px]).reshape(width, width)
        taps[(py + s // 2) % s :: s, (px + s // 2) % s :: s] = best[::-1, ::-1]
    return taps
