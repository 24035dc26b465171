"""The compiled loops of LBP-TOP and the block histograms; imported when a descriptor first runs.

Compiled once per machine and cached, one thread, the GIL released. The inner loops run over
contiguous memory without branches, so that they become vector code; indices are unsigned where
a sign test would prevent that. No fast-math: single precision is part of the definition.
"""

import numpy as np
from numba import njit, uint64

jit = njit(cache=True, nogil=True, error_model="numpy")


@jit
def count_blocks(codes, y_edges, x_edges, t_edges, plane, counts):
    """Add the histograms of codes (t, y, x) to counts (gy*gx*gt, 3, bins)[:, plane].

    Blocks run in C order of (gy, gx, gt). Columns of `codes` beyond the last edge are ignored.
    """
    gy, gx, gt = len(y_edges) - 1, len(x_edges) - 1, len(t_edges) - 1
    bins = counts.shape[2]
    flat = counts.reshape(-1)
    row = uint64(codes.shape[2])
    frame = uint64(codes.shape[1]) * row
    code = codes.reshape(-1)
    for bt in range(gt):
        for by in range(gy):
            for bx in range(gx):
                base = uint64(((((by * gx + bx) * gt + bt) * 3) + plane) * bins)
                for t in range(t_edges[bt], t_edges[bt + 1]):
                    for y in range(y_edges[by], y_edges[by + 1]):
                        at = uint64(t) * frame + uint64(y) * row
                        for x in range(x_edges[bx], x_edges[bx + 1]):
                            flat[base + uint64(code[at + uint64(x)])] += np.uint32(1)


@jit
def fold_counts(counts, bins, folded):
    """Add counts (blocks, 3, codes) to folded (blocks, 3, bins) by the bin of each code."""
    for block in range(counts.shape[0]):
        for plane in range(counts.shape[1]):
            row, out = counts[block, plane], folded[block, plane]
            for code in range(len(row)):
                out[bins[code]] += row[code]


@jit
def _one(centre, a, bit, out):
    none = out.dtype.type(0)
    for i in range(len(out)):
        out[i] |= bit if a[i] >= centre[i] else none


@jit
def _four(centre, a, b, c, d, bits, out):
    none = out.dtype.type(0)
    bit_a, bit_b, bit_c, bit_d = bits
    for i in range(len(out)):
        k = centre[i]
        code = bit_a if a[i] >= k else none
        code |= bit_b if b[i] >= k else none
        code |= bit_c if c[i] >= k else none
        code |= bit_d if d[i] >= k else none
        out[i] |= code


@jit
def nearest_codes(flat, shape, border, segments, x_at, y_at, t_sin, t_cos, used, codes):
    """Set the bits of the neighbours that fall on voxels, in the codes of all three planes.

    flat : the clip's voxels; shape : (T, H, W); border : (spatial, temporal)
    segments : (n, 4) of one frame: first voxel, length, and a row and a column of the segment;
        within a segment no neighbour changes its place relative to the centre
    x_at, y_at, t_sin, t_cos : (points, length) where a neighbour falls along x, along y, and
        along t in the planes XT and YT
    used : (3, points) bool; codes : (3, T - 2 bt, (H - 2 b) * W), zeros or partly set
    """
    frames, height, width = shape
    b, bt = border
    points = used.shape[1]
    one = codes.dtype.type(1)
    offsets = np.empty(points, np.int64)
    bits = np.empty(points, codes.dtype)
    for t in range(bt, frames - bt):
        for s in range(len(segments)):
            first, n, y, x = segments[s]
            start = t * height * width + first
            centre = flat[start : start + n]
            at = first - b * width - b
            for plane in range(3):
                out = codes[plane, t - bt, at : at + n]
                m = 0
                for p in range(points):
                    if not used[plane, p]:
                        continue
                    dx = x_at[p, x] - x
                    dy = (y_at[p, y] - y) * width
                    if plane == 0:
                        offset = dy + dx
                    elif plane == 1:
                        offset = (t_sin[p, t] - t) * height * width + dx
                    else:
                        offset = (t_cos[p, t] - t) * height * width + dy
                    offsets[m] = start + offset
                    bits[m] = one << p
                    m += 1
                p = 0
                while p + 4 <= m:
                    o = offsets[p : p + 4]
                    _four(
                        centre,
                        flat[o[0] : o[0] + n],
                        flat[o[1] : o[1] + n],
                        flat[o[2] : o[2] + n],
                        flat[o[3] : o[3] + n],
                        (bits[p], bits[p + 1], bits[p + 2], bits[p + 3]),
                        out,
                    )
                    p += 4
                while p < m:
                    _one(centre, flat[offsets[p] : offsets[p] + n], bits[p], out)
                    p += 1


@jit
def _blend(a, b, c, d, u, v, centre, bit, out):
    none = out.dtype.type(0)
    one = np.float32(1)
    w = one - v
    for i in range(len(out)):
        r = one - u[i]
        value = a[i] * r * w + b[i] * r * v + c[i] * u[i] * w + d[i] * u[i] * v
        out[i] |= bit if value >= centre[i] else none


@jit
def bilinear_codes(real, shape, border, runs, plane, first, second, used, codes):
    """Set the bits of interpolated neighbours in the codes (T - 2 bt, (H - 2 b) * W) of a plane.

    real : the clip's voxels as float32; runs : edges along x between which no offset changes
    first, second : (low, high, fraction) tables, each (points, length), of the plane's axes
        x and y, x and t, or y and t; fractions are float32
    """
    frames, height, width = shape
    frame = height * width
    b, bt = border
    low1, high1, fraction1 = first
    low2, high2, fraction2 = second
    constant = np.empty(width, np.float32)
    for t in range(bt, frames - bt):
        for y in range(b, height - b):
            for r in range(len(runs) - 1):
                x, n = runs[r], runs[r + 1] - runs[r]
                start = t * frame + y * width + x
                centre = real[start : start + n]
                at = (y - b) * width + x - b
                out = codes[t - bt, at : at + n]
                for p in range(len(used)):
                    if not used[p]:
                        continue
                    if plane == 0:
                        low_a, high_a, v = low1[p, x] - x, high1[p, x] - x, fraction2[p, y]
                        low_b, high_b = (low2[p, y] - y) * width, (high2[p, y] - y) * width
                    elif plane == 1:
                        low_a, high_a, v = low1[p, x] - x, high1[p, x] - x, fraction2[p, t]
                        low_b, high_b = (low2[p, t] - t) * frame, (high2[p, t] - t) * frame
                    else:
                        low_a, high_a = (low1[p, y] - y) * width, (high1[p, y] - y) * width
                        low_b, high_b = (low2[p, t] - t) * frame, (high2[p, t] - t) * frame
                        v = fraction2[p, t]
                    u = constant[:n]
                    if plane == 2:
                        u[:] = fraction1[p, y]
                    else:
                        u = fraction1[p, x : x + n]
                    low, high = start + low_a, start + high_a
                    _blend(
                        real[low + low_b : low + low_b + n],
                        real[low + high_b : low + high_b + n],
                        real[high + low_b : high + low_b + n],
                        real[high + high_b : high + high_b + n],
                        u,
                        v,
                        centre,
                        codes.dtype.type(1) << p,
                        out,
                    )


@jit
def _weighted(a, b, c, d, weights, centre, bit, out):
    none = out.dtype.type(0)
    wa, wb, wc, wd = weights
    for i in range(len(out)):
        value = (
            wa * np.float64(a[i])
            + wb * np.float64(b[i])
            + wc * np.float64(c[i])
            + wd * np.float64(d[i])
        )
        out[i] |= bit if 1e4 * value >= 1e4 * np.float64(centre[i]) - 0.5 else none


@jit
def weighted_codes(flat, frame, radius, first, offsets, weights, codes):
    """Codes (T - 2 radius, n) from four weighted voxels per neighbour, sums to four decimals.

    frame : voxels per frame; first : the first centre of a frame; offsets, weights : (points, 4);
    a first weight of 1 takes the voxel itself
    """
    n = codes.shape[1]
    for t in range(len(codes)):
        start = (t + radius) * frame + first
        centre = flat[start : start + n]
        for p in range(len(offsets)):
            bit = codes.dtype.type(1) << p
            a, b, c, d = start + offsets[p]
            if weights[p, 0] == 1:
                _one(centre, flat[a : a + n], bit, codes[t])
            else:
                w = weights[p]
                _weighted(
                    flat[a : a + n],
                    flat[b : b + n],
                    flat[c : c + n],
                    flat[d : d + n],
                    (w[0], w[1], w[2], w[3]),
                    centre,
                    bit,
                    codes[t],
                )
