"""LBP-TOP: local binary patterns on three orthogonal planes."""

from functools import cache, lru_cache
from itertools import pairwise

import numpy as np

from mer_core.clip import check_clip
from mer_core.descriptors.planes import choice, equal_edges, grid_edges, whole_numbers

SAMPLINGS = ("nearest", "bilinear")
MAPPINGS = ("basic", "uniform")
CONVENTIONS = ("zhao2007", "hong2016")
POINTS = range(4, 17)


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
    """Histograms of local binary patterns on three orthogonal planes (LBP-TOP).

    Parameters
    ----------
    clip : (T, H, W) array of uint8, one aligned face in grey
    radii : (rx, ry, rt), in pixels, pixels, frames
    points : neighbours on each circle, 4 to 16; bit p is set when neighbour p >= centre
    sampling : "nearest" voxel, or "bilinear" interpolation
    mapping : "basic", 2**points bins, or "uniform": points * (points - 1) + 2 bins of the codes
        with at most two changes around the circle, in increasing order, and one of the others
    grid : (gy, gx, gt) blocks; the whole clip is coded first, then its codes are split
    convention : "zhao2007" or "hong2016"
    normalize : divide each histogram by its sum

    Returns
    -------
    (gy * gx * gt, 3, bins) array of float64, each histogram with sum 1, or of int64 counts;
    blocks in C order of (gy, gx, gt), planes XY, XT, YT

    Raises ValueError for a wrong argument, for a clip with an axis shorter than twice its radius
    plus 1, and for a grid that leaves a block empty, saying the least length.

    Convention "zhao2007" gives the counts of the program of Zhao & Pietikäinen (2007),
    doi:10.1109/TPAMI.2007.1110: the first neighbour is right (XY, XT) or later (YT), the others
    follow counter-clockwise with y upwards and, in XT, t upwards; max(rx, ry) pixels are
    dropped on each side, rt frames at each end; others share the first uniform bin. Its bilinear
    sampling works in single precision on one-based coordinates, so that equal grey levels can
    interpolate to just below the centre; this is kept. Blocks are ours: block i of k holds the
    codes i*n//k up to (i+1)*n//k.

    Convention "hong2016" gives those of Hong, Xu & Zhao (2016), doi:10.1007/978-3-319-54407-6_34:
    one radius, bilinear only, weights to six decimals and sums to four; in XT and YT time runs
    the other way and YT starts at +y; others come last; blocks have ceil(n/k) codes, the last
    block the rest.
    """
    from mer_core.descriptors.kernels import count_blocks, fold_counts

    choice("mapping", mapping, MAPPINGS)
    grid = whole_numbers("grid", grid, ("gy", "gx", "gt"))
    codes, width = _codes(clip, radii, points, sampling, convention)
    points = int(points)
    theirs = convention == "hong2016"
    edges = grid_edges(
        (*codes.shape[1:3], width), grid, clip.shape, _ceil_edges if theirs else equal_edges
    )
    uniform = mapping == "uniform"
    bins = uniform_bins(points, convention=convention)
    direct = uniform and points > 8  # few bins at once; up to 8 points, fold 256 bins at the end
    counts = np.zeros((np.prod(grid), 3, bins.max() + 1 if direct else 2**points), np.uint32)
    for plane in range(3):
        plane_codes = bins.astype(np.uint8)[codes[plane]] if direct else codes[plane]
        count_blocks(plane_codes, *edges, plane, counts)
    if uniform and not direct:
        folded = np.zeros((*counts.shape[:2], bins.max() + 1), np.uint32)
        fold_counts(counts, bins, folded)
        counts = folded
    dy, dx, dt = (np.diff(e) for e in edges)
    sizes = (dy[:, None, None] * dx[:, None] * dt).reshape(-1, 1, 1)
    return counts / sizes if normalize else counts.astype(np.int64)


def lbp_top_codes(
    clip: np.ndarray,
    *,
    radii: tuple[int, int, int] = (1, 1, 1),
    points: int = 8,
    sampling: str = "nearest",
    convention: str = "zhao2007",
) -> np.ndarray:
    """The basic code of every voxel that has all its neighbours; parameters as in `lbp_top`.

    Returns
    -------
    (3, T - 2 rt, H - 2 b, W - 2 b) array of uint8, of uint16 above 8 points; planes XY, XT, YT;
    b = max(rx, ry)
    """
    codes, width = _codes(clip, radii, points, sampling, convention)
    return codes[..., :width]


@cache
def uniform_bins(points: int, *, convention: str = "zhao2007") -> np.ndarray:
    """The uniform bin of every basic code, (2**points,) array of int, not to be changed.

    Codes with at most two changes around their circle of bits have a bin each, in increasing
    order; the others share the first bin (zhao2007) or the last (hong2016).
    """
    codes = np.arange(2**points)
    turned = codes >> 1 | (codes & 1) << points - 1
    uniform = sum((codes ^ turned) >> p & 1 for p in range(points)) <= 2
    rank = np.cumsum(uniform)
    last = convention == "hong2016"
    bins = np.where(uniform, rank - 1, rank[-1]) if last else np.where(uniform, rank, 0)
    bins.flags.writeable = False  # it is cached
    return bins


def _ceil_edges(length: int, parts: int) -> np.ndarray:
    return np.append(np.arange(parts) * -(-length // parts), length)


def _codes(clip, radii, points, sampling, convention) -> tuple[np.ndarray, int]:
    """Codes (3, t, y, W) with 2 b meaningless columns at the end, and the meaningful width."""
    radii = rx, ry, rt = whole_numbers("radii", radii, ("rx", "ry", "rt"))
    choice("points", points, POINTS)
    choice("sampling", sampling, SAMPLINGS)
    choice("convention", convention, CONVENTIONS)
    b = max(rx, ry)
    check_clip(clip, grey=True, min_shape=(2 * rt + 1, 2 * b + 1, 2 * b + 1))
    clip = np.require(clip, requirements=["C", "W"])  # a read-only type would compile anew
    frames, height, width = clip.shape
    shape = (3, frames - 2 * rt, height - 2 * b, width)
    codes = np.zeros(shape, np.uint8 if points <= 8 else np.uint16)
    flat_codes = codes.reshape(3, shape[1], -1)
    if convention == "hong2016":
        if len(set(radii)) > 1:
            raise ValueError(f"radii: got {radii}; hong2016 needs three equal radii")
        if sampling != "bilinear":
            raise ValueError(f"sampling: got {sampling!r}; hong2016 allows bilinear")
        _hong2016(clip, rx, points, flat_codes)
    else:
        _zhao2007(clip, radii, points, sampling, flat_codes)
    return codes, width - 2 * b


def _axis_table(length, steps, sampling):
    """Where neighbours fall along one axis: (low, high, fraction), each (points, length).

    The program adds the step to a one-based index in double precision. Nearest rounds that;
    bilinear casts it to single precision and stays there.
    """
    place = np.arange(1, length + 1) + steps[:, None]
    if sampling == "nearest":
        index = np.floor(place + 0.5).astype(np.int64) - 1
        return index, index, np.zeros(place.shape, np.float32)
    single = place.astype(np.float32)
    low, high = np.floor(single), np.ceil(single)
    return low.astype(np.int64) - 1, high.astype(np.int64) - 1, single - low


def _runs(table, length, border):
    """Edges between which no neighbour changes its place relative to the centre.

    Rounding half a voxel depends on the position: with 6 or 12 points it makes more than one run.
    """
    inside = np.arange(border, length - border)
    low, high, _ = table
    moved = np.diff(low[:, inside] - inside).any(0) | np.diff(high[:, inside] - inside).any(0)
    return np.concatenate([[border], inside[1:][moved], [length - border]])


@lru_cache(maxsize=64)
def _plan(shape, radii, points, sampling):
    """What every clip of a shape shares: tables (low, high, fraction) of x, y, and of t along sin
    and cos; which neighbours fall on voxels; runs along x; segments of a frame."""
    rx, ry, rt = radii
    b = max(rx, ry)
    frames, height, width = shape
    angle = 2 * np.pi * np.arange(points) / points
    cos, sin = np.cos(angle), np.sin(angle)
    x = _axis_table(width, rx * cos, sampling)
    y = _axis_table(height, -(ry * sin), sampling)
    t_sin = _axis_table(frames, rt * sin, sampling)
    t_cos = _axis_table(frames, rt * cos, sampling)
    insides = ((b, b), (b, rt), (b, rt))
    whole = np.array(
        [
            ~(f[:, i:-i].any(1) | g[:, j:-j].any(1))
            for ((_, _, f), (_, _, g)), (i, j) in zip(
                ((x, y), (x, t_sin), (y, t_cos)), insides, strict=True
            )
        ]
    )
    x_runs, y_runs = _runs(x, width, b), _runs(y, height, b)
    if len(x_runs) == 2:  # rows run into one another; the seams are cut off with the border
        segments = [(r * width + b, (s - r) * width - 2 * b, r, b) for r, s in pairwise(y_runs)]
    else:
        segments = [
            (row * width + q, e - q, r, q)
            for r, s in pairwise(y_runs)
            for row in range(r, s)
            for q, e in pairwise(x_runs)
        ]
    return x, y, t_sin, t_cos, whole, x_runs, np.array(segments)


def _zhao2007(clip, radii, points, sampling, codes):
    from mer_core.descriptors.kernels import bilinear_codes, nearest_codes

    border = max(radii[:2]), radii[2]
    x, y, t_sin, t_cos, whole, x_runs, segments = _plan(clip.shape, radii, points, sampling)
    nearest_codes(
        clip.reshape(-1), clip.shape, border, segments,
        x[0], y[0], t_sin[0], t_cos[0], whole, codes,
    )  # fmt: skip
    if whole.all():
        return
    real = clip.astype(np.float32).reshape(-1)
    for plane, (first, second) in enumerate(((x, y), (x, t_sin), (y, t_cos))):
        bilinear_codes(
            real, clip.shape, border, x_runs, plane, first, second, ~whole[plane], codes[plane]
        )


def _hong2016(clip, radius, points, codes):
    from mer_core.descriptors.kernels import weighted_codes

    _, height, width = clip.shape
    frame = height * width
    angle = np.arange(points) * (2 * np.pi / points)
    origin = radius + 1  # the program's coordinates, one-based: they decide the last digit
    row, column = origin - radius * np.sin(angle), origin + radius * np.cos(angle)
    whole = (abs(row - np.rint(row)) < 1e-6) & (abs(column - np.rint(column)) < 1e-6)
    row, column = (np.where(whole, np.rint(a), a) for a in (row, column))
    low_r, low_c = np.floor(row), np.floor(column)
    r, c = row - low_r, column - low_c
    weights = [_rounded(w) for w in ((1 - c) * (1 - r), c * (1 - r), (1 - c) * r)]
    weights.append(_rounded(1 - weights[0] - weights[1] - weights[2]))
    corners = [
        (f(row) - origin, g(column) - origin)
        for f in (np.floor, np.ceil)
        for g in (np.floor, np.ceil)
    ]
    for plane, (row_step, column_step) in enumerate(((width, 1), (frame, 1), (frame, width))):
        offsets = np.stack([i * row_step + j * column_step for i, j in corners], 1)
        first = radius * width + radius
        n = codes.shape[2] - 2 * radius
        weighted_codes(
            clip.reshape(-1),
            frame,
            radius,
            first,
            offsets.astype(np.int64),
            np.stack(weights, 1),
            codes[plane, :, :n],
        )


def _rounded(weight):
    return np.floor(weight * 1e6 + 0.5) / 1e6
