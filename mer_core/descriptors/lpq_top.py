"""LPQ-TOP: local phase quantisation on three orthogonal planes."""

import numpy as np

from mer_core.clip import check_clip
from mer_core.descriptors.planes import grid_edges, normalised, whole_numbers

TIE = 1e-6  # a response no larger than this counts as 0, and 0 sets the bit


def lpq_top_codes(clip, *, window=(5, 5, 5), decorrelation=None):
    """The code of every voxel whose windows fit; one array (t, y, x) of uint8 per plane."""
    wy, wx, wt = windows = whole_numbers("window", window, ("wy", "wx", "wt"), 3)
    if any(w % 2 == 0 for w in windows):
        raise ValueError(f"window: got {window!r}; odd lengths from 3 on are needed")
    if decorrelation is not None:
        raise ValueError(f"decorrelation: got {decorrelation!r}; allowed is None")
    check_clip(clip, grey=True, min_shape=(wt, wy, wx))
    size = {0: wt, 1: wy, 2: wx}
    return [_plane_codes(clip, rows, columns, size) for rows, columns in ((1, 2), (2, 0), (1, 0))]


def _sums(values, axis, width):
    """Sums of `values` under a sliding window with weights 1, cos and sin."""
    k = np.arange(width) - width // 2
    length = values.shape[axis] - width + 1
    taps = [values.take(range(i, i + length), axis) for i in range(width)]
    angle = 2 * np.pi * k / width
    return tuple(
        sum(w * f for w, f in zip(ws, taps, strict=True))
        for ws in (np.ones(width), np.cos(angle), np.sin(angle))
    )


def _plane_codes(clip, rows, columns, size):
    one, cos, sin = _sums(clip.astype(float), columns, size[columns])
    re1, im1 = (_sums(f, rows, size[rows])[0] for f in (cos, sin))
    _, re2, im2 = _sums(one, rows, size[rows])
    _, cc, cs = _sums(cos, rows, size[rows])
    _, sc, ss = _sums(sin, rows, size[rows])
    responses = (re1, im1, re2, im2, cc - ss, cs + sc, cc + ss, cs - sc)
    return sum(
        ((r >= -TIE).astype(np.uint8) << np.uint8(b) for b, r in enumerate(responses)),
        np.zeros(re1.shape, np.uint8),
    )


def lpq_top(
    clip: np.ndarray,
    *,
    window: tuple[int, int, int] = (5, 5, 5),
    decorrelation: tuple[float, float] | None = None,
    weights: tuple[float, float, float] = (1, 1, 1),
    grid: tuple[int, int, int] = (1, 1, 1),
    normalize: bool = True,
) -> np.ndarray:
    """Local phase quantisation on three orthogonal planes (LPQ-TOP)."""
    from mer_core.descriptors.kernels import count_blocks

    grid = whole_numbers("grid", grid, ("gy", "gx", "gt"))
    codes = lpq_top_codes(clip, window=window, decorrelation=decorrelation)
    counts = np.stack(
        [count_blocks(c, *grid_edges(c.shape, grid, clip.shape), 256) for c in codes], axis=1
    )
    if not normalize:
        return counts.astype(np.int64)
    return normalised(counts) * np.asarray(weights, float)[:, None]
