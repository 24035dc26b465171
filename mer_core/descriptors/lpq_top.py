"""LPQ-TOP: local phase quantisation on three orthogonal planes."""

import numpy as np

from mer_core.clip import check_clip
from mer_core.descriptors.planes import grid_edges, real_numbers, whole_numbers

WINDOWS = (3, 5, 7, 9, 11)


def lpq_top(
    clip: np.ndarray,
    *,
    window: tuple[int, int, int] = (5, 5, 5),
    decorrelation: tuple[float, float] | None = None,
    weights: tuple[float, float, float] = (1, 1, 1),
    grid: tuple[int, int, int] = (1, 1, 1),
    normalize: bool = True,
) -> np.ndarray:
    """Histograms of local phase quantisation on three orthogonal planes (LPQ-TOP).

    Parameters
    ----------
    clip : (T, H, W) array of uint8, one aligned face in grey
    window : (wy, wx, wt), odd lengths from 3 to 11, in pixels, pixels, frames
    decorrelation : None, or (rho_s, rho_t), the correlations between neighbours in space and in
        time (the program's default is 0.1, 0.1), each above 0 and below 1
    weights : of the planes XY, XT, YT; not applied to counts
    grid : (gy, gx, gt) blocks; the whole clip is coded first, then its codes are split
    normalize : divide each histogram by its sum, and multiply it by its plane's weight

    Returns
    -------
    (gy * gx * gt, 3, 256) array of float64, each histogram with its weight as sum, or of int64
    counts; blocks in C order of (gy, gx, gt), planes XY, XT, YT

    Raises ValueError for a wrong argument, for a clip with an axis shorter than its window, and
    for a grid that leaves a block empty, saying the least length.

    Follows Päivärinta, Rahtu & Heikkilä (2011), doi:10.1007/978-3-642-21227-7_34, and the
    published program, whose second and third part are our YT and XT. Only windows that fit are
    used, and each plane is coded over all its slices: all T frames, all H rows, all W columns.
    Bits 0 to 7 are the real and the imaginary part at the frequencies (0, a), (b, 0), (b, a)
    and (b, -a) of (row, column), one cycle per window; rows are y, x, y and columns x, t, t.

    Two things are ours. A response of modulus 1e-6 or less counts as 0, and 0 sets the bit;
    the program leaves such ties to rounding noise. And each column of the whitening matrix has
    its largest element positive; the program leaves the signs to its linear algebra library, and
    another sign of column j toggles bit j of every code.
    """
    from mer_core.descriptors.kernels import count_blocks

    weights = real_numbers("weights", weights, ("XY", "XT", "YT"), low=0)
    grid = whole_numbers("grid", grid, ("gy", "gx", "gt"))
    codes = lpq_top_codes(clip, window=window, decorrelation=decorrelation)
    least = np.min([c.shape for c in codes], 0)
    grid_edges(least, grid, clip.shape)  # all planes at once, so that the error says the minimum
    counts = np.zeros((np.prod(grid), 3, 256), np.uint32)
    for plane in range(3):
        edges = grid_edges(codes[plane].shape, grid, clip.shape)
        count_blocks(codes[plane], *edges, plane, counts)
    if not normalize:
        return counts.astype(np.int64)
    return counts / counts.sum(-1, keepdims=True) * np.array(weights)[:, None]


def lpq_top_codes(
    clip: np.ndarray,
    *,
    window: tuple[int, int, int] = (5, 5, 5),
    decorrelation: tuple[float, float] | None = None,
) -> list[np.ndarray]:
    """The code of every voxel whose window fits; parameters as in `lpq_top`.

    Returns
    -------
    three arrays of uint8, planes XY, XT, YT: (T, H - wy + 1, W - wx + 1),
    (T - wt + 1, H, W - wx + 1) and (T - wt + 1, H - wy + 1, W)
    """
    wy, wx, wt = windows = whole_numbers("window", window, ("wy", "wx", "wt"))
    if not set(windows) <= set(WINDOWS):
        raise ValueError(f"window: got {window!r}; odd lengths from 3 to 11 are needed")
    matrices = [np.eye(8)] * 3
    if decorrelation is not None:
        rho_s, rho_t = real_numbers("decorrelation", decorrelation, ("rho_s", "rho_t"))
        if not (0 < rho_s < 1 and 0 < rho_t < 1):
            raise ValueError(
                f"decorrelation: got {decorrelation!r}; None or numbers above 0, below 1 are needed"
            )
        matrices = [
            whitening((wy, wx), (rho_s, None)),
            whitening((wx, wt), (rho_s, rho_t)),
            whitening((wy, wt), (rho_s, rho_t)),
        ]
    check_clip(clip, grey=True, min_shape=(wt, wy, wx))
    return _code_planes(clip, windows, matrices, decorrelation is not None)


def whitening(
    window: tuple[int, int], correlation: tuple[float, float | None], filters=None
) -> np.ndarray:
    """The (8, 8) matrix that decorrelates the responses of a plane: row of responses @ matrix.

    Parameters
    ----------
    window : (rows, columns), the window of the plane
    correlation : between neighbours along rows and along columns; None as the second makes the
        first hold for the Euclidean distance, as in the plane XY
    filters : the eight real filters, (8, rows, columns); by default those of `lpq_top`

    Columns come in order of decreasing variance, each with its largest element positive. Even
    (real) and odd (imaginary) filters are uncorrelated, so a column mixes four responses only.
    """
    if filters is None:
        filters = uniform_filters(window)
    r, c = (i.ravel() for i in np.indices(window))
    dr, dc = abs(r[:, None] - r), abs(c[:, None] - c)
    rho_r, rho_c = correlation
    if rho_c is None:
        covariance = rho_r ** np.hypot(dr, dc)
    else:
        covariance = rho_r**dr * rho_c ** dc.astype(float)
    flat = filters.reshape(8, -1)
    tilt = 1 + np.arange(7, -1, -1) * 1e-6  # the program's, against equal variances
    spread = tilt[:, None] * (flat @ covariance @ flat.T) * tilt
    values, vectors = np.zeros(8), np.zeros((8, 8))
    for kind in (0, 1):
        values[kind::2], vectors[kind::2, kind::2] = np.linalg.eigh(spread[kind::2, kind::2])
    vectors = vectors[:, np.argsort(-values, kind="stable")]
    return vectors * np.sign(np.take_along_axis(vectors, abs(vectors).argmax(0)[None], 0))


def uniform_filters(window: tuple[int, int]) -> np.ndarray:
    """The eight real filters (8, rows, columns) of a uniform window: Re1, Im1, ... Re4, Im4."""
    (row_one, row_wave), (column_one, column_wave) = (
        (np.ones(w), np.exp(2j * np.pi * (np.arange(w) - w // 2) / w)) for w in window
    )
    return stack_filters(row_one, row_wave, column_one, column_wave)


def stack_filters(row_one, row_wave, column_one, column_wave) -> np.ndarray:
    """Real and imaginary parts of the products of 1-D filters at the four frequencies."""
    pairs = (
        (row_one, column_wave),
        (row_wave, column_one),
        (row_wave, column_wave),
        (row_wave, column_wave.conj()),
    )
    complex_filters = [np.outer(r, c) for r, c in pairs]
    return np.stack([part for f in complex_filters for part in (f.real, f.imag)])


def _split(matrix, swap):
    """A whitening matrix as the kernel's rows of weights and bits; real and imaginary apart.

    swap : the plane's rows are the kernel's first axis, so frequencies 1 and 2 change places and
    the last imaginary response changes its sign
    """
    bits = 2 ** np.arange(8)
    order, signs = ([1, 0, 2, 3], [1, 1, 1, -1]) if swap else ([0, 1, 2, 3], [1, 1, 1, 1])
    is_odd = abs(matrix[1::2]).max(0) > abs(matrix[::2]).max(0)
    even, odd = matrix[::2, ~is_odd].T[:, order], matrix[1::2, is_odd].T[:, order] * signs
    even_bits, odd_bits = bits[~is_odd], bits[is_odd]
    if np.array_equal(matrix, np.eye(8)):  # bits of responses, in the kernel's order
        even_bits, odd_bits = even_bits[order], odd_bits[order]
    return (
        *(tuple(map(tuple, m.tolist())) for m in (even, odd)),
        *(tuple(b.tolist()) for b in (even_bits, odd_bits)),
    )


def _code_planes(clip, windows, matrices, whiten):
    from mer_core.descriptors.lpq_kernels import STRIDE, TILE, plane_coder

    frames, height, width = clip.shape
    wy, wx, wt = windows
    rows, columns, times = height - wy + 1, width - wx + 1, frames - wt + 1
    codes = [
        np.empty(shape, np.uint8)
        for shape in ((frames, rows, columns), (times, height, columns), (times, rows, width))
    ]
    frame = height * STRIDE
    row, time = (height, STRIDE), (frames, frame)
    # the kernel's first axis is x, x, y: the plane's columns in XY, its rows in XT and YT
    plans = (
        (plane_coder(wx // 2, wy // 2, False, whiten), time, row, (0, 1)),
        (plane_coder(wx // 2, wt // 2, False, whiten), row, time, (1, 0)),
        (plane_coder(wy // 2, wt // 2, True, whiten), (rows, STRIDE), time, (1, 0)),
    )
    mixing = [_split(m, swap) for m, swap in zip(matrices, (False, True, True), strict=True)]
    strip = np.empty((frames, height, STRIDE), np.uint8)
    for x in range(0, width, TILE):
        part = clip[:, :, x : x + STRIDE]
        strip[..., : part.shape[2]] = part
        strip[..., part.shape[2] :] = 0
        for plane, (coder, outer, inner, axes) in enumerate(plans):
            out = codes[plane]
            n = min(TILE, out.shape[2] - x)
            if n > 0:
                steps = tuple(out.strides[axis] for axis in axes)
                coder(strip.reshape(-1), outer, inner, mixing[plane], out.reshape(-1)[x:], steps, n)
    return codes
