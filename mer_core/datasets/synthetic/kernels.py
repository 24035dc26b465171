"""Compiled loops of the renderer. No fast mathematics: the order of every sum is written here."""

import numba
import numpy as np

BUMP = 0.130  # how strongly the relief tilts the skin


@numba.njit(cache=True)
def irradiance(normal, visible, directions, light, wrap):
    """Light (n, 3) float32 that falls on each vertex from all directions it sees.

    normal (n, 3); visible (d, n) float32 0..1; directions (d, 3); light (d,); wrap (3,) per
    colour: how far light creeps round the terminator under the skin. Runs over vertices inside,
    so that every sum has one order on every processor.
    """
    d, count = visible.shape
    x, y, z = np.empty(count, np.float32), np.empty(count, np.float32), np.empty(count, np.float32)
    for i in range(count):
        x[i], y[i], z[i] = normal[i, 0], normal[i, 1], normal[i, 2]
    total = np.zeros((3, count), np.float32)
    for j in range(d):
        dx, dy, dz = (
            np.float32(directions[j, 0]),
            np.float32(directions[j, 1]),
            np.float32(directions[j, 2]),
        )
        for k in range(3):
            scale = np.float32(light[j] / (1.0 + wrap[k]))
            shift = np.float32(wrap[k])
            row, seen = total[k], visible[j]
            for i in range(count):
                lit = max(x[i] * dx + y[i] * dy + z[i] * dz + shift, np.float32(0))
                row[i] += seen[i] * scale * lit
    return total.T


@numba.njit(cache=True)
def _mix(values, a, b, c, w0, w1, w2, k):
    return w0 * values[a, k] + w1 * values[b, k] + w2 * values[c, k]


@numba.njit(cache=True)
def _look(atlas, row, column, q0, q1, q2, q3, k):
    return (
        q0 * atlas[row, column, k]
        + q1 * atlas[row, column + 1, k]
        + q2 * atlas[row + 1, column, k]
        + q3 * atlas[row + 1, column + 1, k]
    )


@numba.njit(cache=True)
def shade(triangles, triangle, edges, values, atlas, eye_from, eyes, gaze, iris, fibres, lips,
          half, powers, mean, background, out):  # fmt: skip
    """Linear RGB (H, W, 3) float32 of every pixel whose row + column is even.

    values : (n, 15) float32 per vertex: normal 3, light 3, atlas column and row, lips, mouth,
    furrow, position in the head 3, eyeball (0 image right, 1 image left); atlas : see `skin`;
    eye_from : first eye triangle; eyes (2, 4) : centre, radius; gaze (2, 3) unit; iris (3,);
    fibres (720,); lips (3,); half (4, 3) : unit, half way from camera to lamp; powers (4,);
    mean (3,) : the lamps' mean direction; background (3,).
    """
    height, width = triangle.shape
    last_row, last_column = np.float32(atlas.shape[0] - 1.01), np.float32(atlas.shape[1] - 1.01)
    zero, one = np.float32(0), np.float32(1)
    for i in range(height):
        for j in range(i & 1, width, 2):
            f = triangle[i, j]
            if f < 0:
                for k in range(3):
                    out[i, j, k] = background[k] * (1.1 - 0.3 * i / height)
                continue
            a, b, c = triangles[f, 0], triangles[f, 1], triangles[f, 2]
            w0 = np.float32(edges[f, 0] * (j + 0.5) + edges[f, 1] * (i + 0.5) + edges[f, 2])
            w1 = np.float32(edges[f, 3] * (j + 0.5) + edges[f, 4] * (i + 0.5) + edges[f, 5])
            w2 = one - w0 - w1
            nx = _mix(values, a, b, c, w0, w1, w2, 0)
            ny = _mix(values, a, b, c, w0, w1, w2, 1)
            nz = _mix(values, a, b, c, w0, w1, w2, 2)
            red = _mix(values, a, b, c, w0, w1, w2, 3)
            green = _mix(values, a, b, c, w0, w1, w2, 4)
            blue = _mix(values, a, b, c, w0, w1, w2, 5)
            if f >= eye_from:
                e = int(values[a, 14])
                px = _mix(values, a, b, c, w0, w1, w2, 11) - eyes[e, 0]
                py = _mix(values, a, b, c, w0, w1, w2, 12) - eyes[e, 1]
                pz = _mix(values, a, b, c, w0, w1, w2, 13) - eyes[e, 2]
                _eye(px, py, pz, nx, ny, nz, (red, green, blue), gaze[e], iris, fibres, half,
                     powers, out[i, j])  # fmt: skip
                continue
            column = min(max(_mix(values, a, b, c, w0, w1, w2, 6), zero), last_column)
            row = min(max(_mix(values, a, b, c, w0, w1, w2, 7), zero), last_row)
            lip = _mix(values, a, b, c, w0, w1, w2, 8)
            mouth = _mix(values, a, b, c, w0, w1, w2, 9)
            fold = _mix(values, a, b, c, w0, w1, w2, 10)
            c0, r0 = int(column), int(row)
            fx, fy = column - np.float32(c0), row - np.float32(r0)
            q0, q1, q2, q3 = (one - fx) * (one - fy), fx * (one - fy), (one - fx) * fy, fx * fy
            gx = _look(atlas, r0, c0, q0, q1, q2, q3, 4)
            gy = _look(atlas, r0, c0, q0, q1, q2, q3, 5)
            gx = (gx + fold * _look(atlas, r0, c0, q0, q1, q2, q3, 6)) * np.float32(BUMP)
            gy = (gy + fold * _look(atlas, r0, c0, q0, q1, q2, q3, 7)) * np.float32(BUMP)
            across = one / np.sqrt(nx * nx + nz * nz + np.float32(1e-9))  # tangent (nz, 0, -nx)
            bx, by, bz = nx - gx * nz * across, ny + gy, nz + gx * nx * across
            tilt = (bx - nx) * mean[0] + (by - ny) * mean[1] + (bz - nz) * mean[2]
            length = one / np.sqrt(bx * bx + by * by + bz * bz)
            bx, by, bz = bx * length, by * length, bz * length
            tilt = max(one + np.float32(1.1) * tilt, np.float32(0.2))
            crease = min(one, fold * _look(atlas, r0, c0, q0, q1, q2, q3, 8))
            tilt *= one - np.float32(0.35) * crease
            shine = zero
            for m in range(4):
                d = bx * half[m, 0] + by * half[m, 1] + bz * half[m, 2]
                if d > zero:
                    d4 = d * d * d * d
                    d12 = d4 * d4 * d4
                    d48 = d12 * d12 * d12 * d12
                    shine += powers[m] * (np.float32(0.018) * d12 + np.float32(0.095) * d48)
            rim = one - min(one, max(zero, nz))
            bright = min(np.float32(1.3), (red + green + blue) * np.float32(1 / 3))
            shine *= np.float32(0.6) + np.float32(0.8) * rim * rim
            gloss = _look(atlas, r0, c0, q0, q1, q2, q3, 3) + np.float32(0.5) * lip
            shine *= gloss * bright * (one - mouth)
            tilt *= one - np.float32(0.9) * mouth
            for k, light in enumerate((red, green, blue)):
                colour = _look(atlas, r0, c0, q0, q1, q2, q3, k)
                out[i, j, k] = colour * (one - lip * (one - lips[k])) * light * tilt + shine


@numba.njit(cache=True)
def _eye(px, py, pz, nx, ny, nz, light, gaze, iris, fibres, half, powers, out):
    """Shade one pixel of an eyeball: sclera, limbus, iris with its fibres, pupil, highlights."""
    length = 1.0 / np.sqrt(px * px + py * py + pz * pz + 1e-12)
    px, py, pz = px * length, py * length, pz * length
    cosine = px * gaze[0] + py * gaze[1] + pz * gaze[2]
    angle = np.arccos(min(1.0, max(-1.0, cosine)))
    turn = np.arctan2(py - gaze[1], px - gaze[0])
    fibre = fibres[int((turn + np.pi) / (2 * np.pi) * (fibres.shape[0] - 1))]
    ring = min(1.0, max(0.0, (angle - 0.17) / 0.28))
    white = min(1.0, max(0.0, (angle - 0.45) / 0.07 + 0.5))
    pupil = min(1.0, max(0.0, (angle - 0.165) / 0.05 + 0.5))
    limbus = 1.0 - 0.65 * min(1.0, max(0.0, (angle - 0.36) / 0.10))
    globe = 1.0 - 0.55 * min(1.0, max(0.0, (angle - 0.5) / 0.8))
    glint = 0.0
    nx, ny = 1.5 * nx, 1.5 * ny  # the cornea is rounder than the eyeball
    length = 1.0 / np.sqrt(nx * nx + ny * ny + nz * nz + 1e-12)
    nx, ny, nz = nx * length, ny * length, nz * length
    for m in range(2):
        d = nx * half[m, 0] + ny * half[m, 1] + nz * half[m, 2]
        if d > 0.94:
            d4 = d * d * d * d
            d16 = d4 * d4 * d4 * d4
            d64 = d16 * d16 * d16 * d16
            glint += powers[m] * d64 * d64 * d64 * d64
    for k, white_of in enumerate((0.42, 0.365, 0.335)):
        inner = iris[k] * (1.0 + 0.4 * fibre * ring) * limbus * pupil + 0.004
        fall = min(1.0, light[k])
        colour = inner * (1.0 - white) + white_of * globe * white
        out[k] = colour * fall * fall + 0.9 * glint * fall


@numba.njit(cache=True)
def lashes(triangles, triangle, edges, depth, behind, rows, height_of, phase, colour, out):
    """Blend the lashes over the picture `out`, where they lie before `behind` (H, W).

    height_of (n,) : 0 root .. 1 tip; phase (n, 2) : along the lid (rad), opacity; colour (3,);
    rows : first and last that lashes may touch.
    """
    for i in range(rows[0], rows[1]):
        for j in range(i & 1, triangle.shape[1], 2):
            f = triangle[i, j]
            if f < 0 or depth[i, j] >= behind[i, j] + 0.03:
                continue
            a, b, c = triangles[f, 0], triangles[f, 1], triangles[f, 2]
            w0 = edges[f, 0] * (j + 0.5) + edges[f, 1] * (i + 0.5) + edges[f, 2]
            w1 = edges[f, 3] * (j + 0.5) + edges[f, 4] * (i + 0.5) + edges[f, 5]
            w2 = 1.0 - w0 - w1
            tip = w0 * height_of[a] + w1 * height_of[b] + w2 * height_of[c]
            comb = 0.72 + 0.28 * np.sin(_mix(phase, a, b, c, w0, w1, w2, 0))
            cover = min(1.0, max(0.0, 1.0 - tip)) * comb * _mix(phase, a, b, c, w0, w1, w2, 1)
            for k in range(3):
                out[i, j, k] += cover * (colour[k] - out[i, j, k])


@numba.njit(cache=True)
def shrink(picture, exposure, curve, out):
    """Halve (2H, 2W, 3) linear light, expose, encode to code values 0..255 float32.

    Only pixels whose row + column is even are read: with weights 1 3 3 1 along both axes they
    make up exactly half of the sum, so a quincunx of half the samples serves as well.
    curve : (4097,) float32, code value of light k / 4096.
    """
    height, width, _ = out.shape
    rows, columns, _ = picture.shape
    weights = np.array((1.0, 3.0, 3.0, 1.0), np.float32) / np.float32(np.sqrt(32.0))
    for i in range(height):
        for j in range(width):
            red, green, blue = np.float32(0), np.float32(0), np.float32(0)
            for di in range(4):
                y = 2 * i - 1 + di
                y = 1 if y < 0 else (rows - 2 if y >= rows else y)  # mirrored: keeps its parity
                for dj in range(di & 1, 4, 2):
                    x = 2 * j - 1 + dj
                    x = 1 if x < 0 else (columns - 2 if x >= columns else x)
                    weight = weights[di] * weights[dj]
                    red += weight * picture[y, x, 0]
                    green += weight * picture[y, x, 1]
                    blue += weight * picture[y, x, 2]
            for k, light in enumerate((red, green, blue)):
                at = min(max(light * exposure[k], 0.0), 0.99999) * 4096
                n = int(at)
                out[i, j, k] = curve[n] + (at - n) * (curve[n + 1] - curve[n])


@numba.njit(cache=True)
def sense(picture, grain, sigma, out):
    """Add sensor noise and round: variance half constant, half proportional to the code value."""
    height, width, _ = picture.shape
    for i in range(height):
        for j in range(width):
            for k in range(3):
                level = picture[i, j, k]
                value = level + grain[i, j, k] * sigma * np.sqrt(0.5 + level / 256.0)
                out[i, j, k] = min(255, max(0, int(np.floor(value + 0.5))))
