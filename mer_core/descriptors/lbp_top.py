"""LBP-TOP: local binary patterns on three orthogonal planes."""

import numpy as np

from mer_core.clip import check_clip
from mer_core.descriptors.planes import (
    choice,
    equal_edges,
    grid_edges,
    normalised,
    whole_numbers,
)

SAMPLINGS = ("nearest", "bilinear")
MAPPINGS = ("basic", "uniform")
CONVENTIONS = ("zhao2007", "hong2016")


def uniform_bins(points: int, *, other: str = "first") -> np.ndarray:
    """Bin of every code, (2**points,) int: a bin for each uniform code, one for all the others.

    A code is uniform if its circle of bits changes at most twice. Uniform codes take bins in
    increasing order; the others share bin 0 (`other` "first") or the last bin ("last").
    """
    codes = np.arange(2**points)
    turned = (codes >> 1) | ((codes & 1) << (points - 1))
    changes = sum((codes ^ turned) >> p & 1 for p in range(points))
    uniform = changes <= 2
    rank = np.cumsum(uniform)
    return np.where(uniform, rank, 0) if other == "first" else np.where(uniform, rank - 1, rank[-1])


def _axis_table(length: int, steps: np.ndarray, sampling: str):
    """Where each neighbour falls along one axis: (low, high, fraction), each (points, length).

    The published program adds the step to a one-based index in double precision; nearest rounds
    that, bilinear casts it to single precision first and keeps single precision.
    """
    place = np.arange(1, length + 1) + steps[:, None]
    if sampling == "nearest":
        low = np.floor(place + 0.5)
        return low.astype(int) - 1, low.astype(int) - 1, np.zeros(low.shape, np.float32)
    single = place.astype(np.float32)
    low, high = np.floor(single), np.ceil(single)
    return low.astype(int) - 1, high.astype(int) - 1, single - low


def lbp_top_codes(
    clip: np.ndarray,
    *,
    radii: tuple[int, int, int] = (1, 1, 1),
    points: int = 8,
    sampling: str = "nearest",
    convention: str = "zhao2007",
) -> np.ndarray:
    """The code of every voxel that has all its neighbours; parameters as in `lbp_top`.

    Returns
    -------
    (3, T - 2 rt, H - 2 b, W - 2 b) array of uint8 (uint16 above 8 points); planes XY, XT, YT;
    b = max(rx, ry)
    """
    from mer_core.descriptors.kernels import lbp_rows

    rx, ry, rt = whole_numbers("radii", radii, ("rx", "ry", "rt"))
    choice("points", points, range(4, 17))
    choice("sampling", sampling, SAMPLINGS)
    choice("convention", convention, CONVENTIONS)
    b = max(rx, ry)
    check_clip(clip, grey=True, min_shape=(2 * rt + 1, 2 * b + 1, 2 * b + 1))
    clip = np.ascontiguousarray(clip)
    frames, height, width = clip.shape

    angle = 2 * np.pi * np.arange(points) / points
    cos, sin = np.cos(angle), np.sin(angle)
    x = _axis_table(width, rx * cos, sampling)
    y = _axis_table(height, -(ry * sin), sampling)
    along_t = [_axis_table(frames, rt * f, sampling) for f in (sin, cos)]

    inside = np.arange(b, width - b)
    moved = np.diff(x[0][:, inside] - inside).any(0) | np.diff(x[1][:, inside] - inside).any(0)
    runs = np.concatenate([[b], inside[1:][moved], [width - b]])
    codes = np.empty(
        (3, frames - 2 * rt, height - 2 * b, width - 2 * b), np.uint8 if points <= 8 else np.uint16
    )
    real = clip.astype(np.float32) if sampling == "bilinear" else np.empty((0, 0, 0), np.float32)
    pairs = ((x, y), (x, along_t[0]), (y, along_t[1]))
    for plane, (first, second) in enumerate(pairs):
        lbp_rows(clip, real, plane, first, second, runs, (b, rt), codes[plane])
    return codes


def lbp_top(
    clip: np.ndarray,
    *,
    radii: tuple[int, int, int] = (1, 1, 1),
    points: int = 8,
    sampling: str = "nearest",
    mapping: str = "uniform",
    grid: tuple[int, int, int] = (1, 1, 1),
    convention: str = "zhao2007",
    normalize: bool = True,
) -> np.ndarray:
    """Local binary patterns on three orthogonal planes (LBP-TOP)."""
    from mer_core.descriptors.kernels import count_blocks

    choice("mapping", mapping, MAPPINGS)
    grid = whole_numbers("grid", grid, ("gy", "gx", "gt"))
    codes = lbp_top_codes(
        clip, radii=radii, points=points, sampling=sampling, convention=convention
    )
    edges = grid_edges(codes.shape[1:], grid, clip.shape, equal_edges)
    counts = np.stack([count_blocks(c, *edges, 2**points) for c in codes], axis=1)
    if mapping == "uniform":
        bins = uniform_bins(points)
        folded = np.zeros((*counts.shape[:2], bins.max() + 1), np.int64)
        np.add.at(folded, (slice(None), slice(None), bins), counts)
        counts = folded
    return normalised(counts) if normalize else counts.astype(np.int64)
