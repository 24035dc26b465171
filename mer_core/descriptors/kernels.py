"""The compiled loops: the only file that knows numba. Imported when a descriptor first runs.

Every loop runs along x, the contiguous axis, so that it becomes vector code; compiled once per
machine and cached beside this file (or in numba's cache folder), one thread, the GIL released.
"""

import numpy as np
from numba import njit

jit = njit(cache=True, nogil=True, error_model="numpy")


@jit
def count_blocks(codes, y_edges, x_edges, t_edges, bins):
    """Histograms (gy*gx*gt, bins) of codes (t, y, x), blocks in C order of (gy, gx, gt)."""
    gy, gx, gt = len(y_edges) - 1, len(x_edges) - 1, len(t_edges) - 1
    counts = np.zeros((gy * gx * gt, bins), np.uint32)
    for bt in range(gt):
        for by in range(gy):
            for t in range(t_edges[bt], t_edges[bt + 1]):
                for y in range(y_edges[by], y_edges[by + 1]):
                    for bx in range(gx):
                        block = counts[(by * gx + bx) * gt + bt]
                        for code in codes[t, y, x_edges[bx] : x_edges[bx + 1]]:
                            block[code] += np.uint32(1)
    return counts


@jit
def _at_least(neighbour, centre, bit, out):
    for i in range(len(out)):
        out[i] |= bit * (neighbour[i] >= centre[i])


@jit
def _blend_u(a, b, c, d, u, v, centre, bit, out):
    one = np.float32(1)
    w = one - v
    for i in range(len(out)):
        ui = one - u[i]
        value = a[i] * ui * w + b[i] * ui * v + c[i] * u[i] * w + d[i] * u[i] * v
        out[i] |= bit * (value >= centre[i])


@jit
def lbp_rows(clip, real, plane, first, second, runs, border, codes):
    """Codes (t, y, x) of one plane; `first`, `second`: (low, high, fraction) tables per axis.

    low, high: (points, length) absolute indices; fraction: float32. real: clip as float32.
    runs: edges along x between which no offset changes.
    """
    nt, ny, nx = codes.shape
    by, bt = border
    low1, high1, frac1 = first
    low2, high2, frac2 = second
    points = len(low1)
    whole = np.empty(points, np.bool_)
    for p in range(points):
        whole[p] = frac1[p].max() == 0 and frac2[p].max() == 0
    fraction = np.empty(nx, np.float32)
    for t0 in range(nt):
        t = t0 + bt
        for y0 in range(ny):
            y = y0 + by
            out_row = codes[t0, y0]
            out_row[:] = 0
            for r in range(len(runs) - 1):
                x0, x1 = runs[r], runs[r + 1]
                n = x1 - x0
                out = out_row[x0 - by : x1 - by]
                centre = clip[t, y, x0:x1]
                real_centre = real[t, y, x0:x1]
                bit = codes.dtype.type(1)
                for p in range(points):
                    if plane == 0:
                        ta = tb = t
                        ya, yb = low2[p, y], high2[p, y]
                        xa, xb = low1[p, x0], high1[p, x0]
                        yc, yd, tc, td = ya, yb, t, t
                        v = frac2[p, y]
                    elif plane == 1:
                        ya = yb = yc = yd = y
                        ta, tb = low2[p, t], high2[p, t]
                        tc, td = ta, tb
                        xa, xb = low1[p, x0], high1[p, x0]
                        v = frac2[p, t]
                    else:
                        xa = xb = x0
                        ya, yc = low1[p, y], high1[p, y]
                        yb, yd = ya, yc
                        ta, tb = low2[p, t], high2[p, t]
                        tc, td = ta, tb
                        v = frac2[p, t]
                    if whole[p]:
                        _at_least(clip[ta, ya, xa : xa + n], centre, bit, out)
                    else:
                        if plane == 2:
                            fraction[:n] = frac1[p, y]
                        else:
                            fraction[:n] = frac1[p, x0:x1]
                        _blend_u(
                            real[ta, ya, xa : xa + n],
                            real[tb, yb, xa : xa + n],
                            real[tc, yc, xb : xb + n],
                            real[td, yd, xb : xb + n],
                            fraction[:n],
                            v,
                            real_centre,
                            bit,
                            out,
                        )
                    bit = codes.dtype.type(bit << 1)
