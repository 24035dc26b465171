"""How near a clip is to its reference: each frame (PSNR, SSIM), and how it changes and moves.

The temporal measures see what PSNR does not: a clip whose frames err differently each time
flickers, and descriptors on the planes XT and YT take that for movement.
"""

import numbers

import numpy as np

from mer_core.clip import LUMA, check_clip

CHANNELS = ("y", "rgb")
SSIM_SIDE, SSIM_SIGMA = 11, 1.5  # Wang et al.'s window
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def _planes(clip: np.ndarray, channel: str) -> np.ndarray:
    """(T, H, W, C) float64, C = 1 for luma and for grey clips."""
    if clip.ndim == 3:
        return clip[..., None].astype(float)
    return (clip @ LUMA / 1000)[..., None] if channel == "y" else clip.astype(float)


def _pair(
    reference: np.ndarray, test: np.ndarray, channel: str, border: int
) -> tuple[np.ndarray, np.ndarray]:
    check_clip(reference, argument="reference")
    check_clip(test, argument="test")
    if reference.shape != test.shape:
        raise ValueError(
            f"test: got shape {test.shape}; the reference's shape {reference.shape} is needed"
        )
    if channel not in CHANNELS:
        raise ValueError(f"channel: got {channel!r}; allowed are {', '.join(CHANNELS)}")
    side = min(reference.shape[1:3])
    if isinstance(border, bool) or not isinstance(border, numbers.Integral) or border < 0:
        raise ValueError(f"border: got {border!r}; a whole number of pixels from 0 on is needed")
    if side - 2 * border < 1:
        raise ValueError(f"border: got {border}; it leaves nothing of {side} pixels")
    keep = slice(border, -border if border else None)
    a, b = _planes(reference, channel), _planes(test, channel)
    return a[:, keep, keep], b[:, keep, keep]


def psnr(reference: np.ndarray, test: np.ndarray, *, channel: str = "y", border: int = 0) -> float:
    """Peak signal-to-noise ratio in dB, peak 255, the mean of the frames' values.

    Parameters
    ----------
    reference, test : (T, H, W, 3) or (T, H, W) arrays of uint8 of one shape
    channel : "y" compares the unrounded BT.601 luma at full range (the studio-range Y of other
        programs, 16-235, reads 20 log10(255/219) = 1.32 dB higher); "rgb" all three channels.
        A grey clip is its own luma.
    border : pixels left out on each side

    Returns inf where a frame equals its reference. Raises ValueError, naming the argument.
    """
    a, b = _pair(reference, test, channel, border)
    mse = ((a - b) ** 2).mean(axis=(1, 2, 3))
    with np.errstate(divide="ignore"):
        return float(np.mean(10 * np.log10(255**2 / mse)))


def ssim(reference: np.ndarray, test: np.ndarray, *, channel: str = "y", border: int = 0) -> float:
    """Structural similarity, the mean of the frames' values; 1 means equal.

    Parameters: as `psnr`; at least 11 pixels a side must be left.

    Follows Wang et al. 2004, doi:10.1109/TIP.2003.819861: 11x11 Gaussian window, sigma 1.5,
    K = (.01, .03), population covariance, the mean over the places where the whole window fits.
    """
    from scipy.ndimage import gaussian_filter

    a, b = _pair(reference, test, channel, border)
    if min(a.shape[1:3]) < SSIM_SIDE:
        raise ValueError(
            f"reference: {a.shape[2]}x{a.shape[1]} pixels are left; "
            f"SSIM's window needs {SSIM_SIDE}x{SSIM_SIDE}"
        )
    radius = SSIM_SIDE // 2

    def blur(x: np.ndarray) -> np.ndarray:
        return gaussian_filter(x, SSIM_SIGMA, axes=(1, 2), radius=radius, mode="reflect")

    mean_a, mean_b = blur(a), blur(b)
    var_a, var_b = blur(a * a) - mean_a**2, blur(b * b) - mean_b**2
    covariance = blur(a * b) - mean_a * mean_b
    index = ((2 * mean_a * mean_b + C1) * (2 * covariance + C2)) / (
        (mean_a**2 + mean_b**2 + C1) * (var_a + var_b + C2)
    )
    return float(index[:, radius:-radius, radius:-radius].mean())


def flicker(reference: np.ndarray, test: np.ndarray) -> float:
    """Temporal error in grey levels: how differently the luma changes from frame to frame.

    The root mean square of (change of `test` - change of `reference`) over all pixels and all
    pairs of neighbouring frames; 0 for a clip that differs from its reference by a still image.

    Parameters
    ----------
    reference, test : (T, H, W, 3) or (T, H, W) arrays of uint8 of one shape, T from 2 on
    """
    a, b = _pair(reference, test, "y", 0)
    if len(a) < 2:
        raise ValueError(f"reference: got {len(a)} frame; at least 2 are needed")
    return float(np.sqrt(np.mean(np.diff(b - a, axis=0) ** 2)))


def optical_flow(first: np.ndarray, second: np.ndarray, *, radius: int = 5) -> np.ndarray:
    """Estimated motion from one frame to another, right and down, in pixels.

    Parameters
    ----------
    first, second : (H, W, 3) or (H, W) arrays of uint8 of one shape
    radius : of the window that is taken to move as one, in pixels

    Returns
    -------
    (H, W, 2) array of float32

    scikit-image's iterative Lucas-Kanade, with 5 warps: Le Besnerais & Champagnat 2005,
    doi:10.1109/ICIP.2005.1529706.
    """
    from skimage.registration import optical_flow_ilk

    a, b = _pair(first[None], second[None], "y", 0)
    scale = np.float32(1 / 255)
    rows, columns = optical_flow_ilk(
        a[0, ..., 0].astype(np.float32) * scale,
        b[0, ..., 0].astype(np.float32) * scale,
        radius=radius,
        num_warp=5,
    )
    return np.stack([columns, rows], axis=-1).astype(np.float32)


def motion_error(
    reference: np.ndarray,
    test: np.ndarray,
    *,
    frames: tuple[int, int] | None = None,
    radius: int = 5,
) -> float:
    """Motion fidelity in pixels: how far the flow within `test` is from that within `reference`.

    The mean length of the difference between the two optical flows, estimated alike; 0 is best.

    Parameters
    ----------
    reference, test : (T, H, W, 3) or (T, H, W) arrays of uint8 of one shape, T from 2 on
    frames : between which frames, from 0; None is the first and the middle one
    radius : as in `optical_flow`
    """
    _pair(reference, test, "y", 0)
    start, end = frames or (0, len(reference) // 2)
    for number in (start, end):
        if not 0 <= number < len(reference) or start == end:
            raise ValueError(
                f"frames: got {(start, end)}; two different ones from 0 to "
                f"{len(reference) - 1} are needed"
            )
    flows = [optical_flow(c[start], c[end], radius=radius) for c in (reference, test)]
    return float(np.linalg.norm(flows[1] - flows[0], axis=-1).mean())
