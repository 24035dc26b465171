"""Compiled loops of the renderer. No fast mathematics: the order of every sum is written here."""

import numba
import numpy as np


@numba.njit(cache=True)
def normals(vertices, triangles):
    """Unit normals (n, 3) float64 of vertices (n, 3), weighted by the triangles' areas."""
    out = np.zeros_like(vertices)
    for f in range(triangles.shape[0]):
        a, b, c = triangles[f, 0], triangles[f, 1], triangles[f, 2]
        ux, uy, uz = (
            vertices[b, 0] - vertices[a, 0],
            vertices[b, 1] - vertices[a, 1],
            vertices[b, 2] - vertices[a, 2],
        )
        vx, vy, vz = (
            vertices[c, 0] - vertices[a, 0],
            vertices[c, 1] - vertices[a, 1],
            vertices[c, 2] - vertices[a, 2],
        )
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for i in (a, b, c):
            out[i, 0] += nx
            out[i, 1] += ny
            out[i, 2] += nz
    for i in range(out.shape[0]):
        length = np.sqrt(out[i, 0] ** 2 + out[i, 1] ** 2 + out[i, 2] ** 2) + 1e-12
        out[i] /= length
    return out


@numba.njit(cache=True)
def rasterise(points, triangles, depth, triangle):
    """Nearest triangle at each pixel's centre; back faces are skipped.

    points : (n, 3) column, row (pixels, centres at .5) and depth (smaller is nearer);
    depth (H, W) float64 and triangle (H, W) int32 are cleared and filled; -1 is background.
    """
    height, width = depth.shape
    depth[:] = 1e9
    triangle[:] = -1
    for f in range(triangles.shape[0]):
        a, b, c = triangles[f, 0], triangles[f, 1], triangles[f, 2]
        x0, y0, z0 = points[a, 0], points[a, 1], points[a, 2]
        x1, y1, z1 = points[b, 0], points[b, 1], points[b, 2]
        x2, y2, z2 = points[c, 0], points[c, 1], points[c, 2]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if area >= -1e-9:
            continue
        left = max(0, int(np.ceil(min(x0, x1, x2) - 0.5)))
        right = min(width - 1, int(np.floor(max(x0, x1, x2) - 0.5)))
        top = max(0, int(np.ceil(min(y0, y1, y2) - 0.5)))
        bottom = min(height - 1, int(np.floor(max(y0, y1, y2) - 0.5)))
        inverse = 1.0 / area
        for i in range(top, bottom + 1):
            py = i + 0.5
            for j in range(left, right + 1):
                px = j + 0.5
                w0 = ((x1 - px) * (y2 - py) - (x2 - px) * (y1 - py)) * inverse
                w1 = ((x2 - px) * (y0 - py) - (x0 - px) * (y2 - py)) * inverse
                w2 = 1.0 - w0 - w1
                if w0 < -1e-6 or w1 < -1e-6 or w2 < -1e-6:
                    continue
                z = w0 * z0 + w1 * z1 + w2 * z2
                if z < depth[i, j]:
                    depth[i, j] = z
                    triangle[i, j] = f


@numba.njit(cache=True, inline="always")
def _weights(points, a, b, c, px, py):
    """Barycentric weights of pixel (px, py) in the triangle a, b, c."""
    x0, y0, x1, y1, x2, y2 = (
        points[a, 0],
        points[a, 1],
        points[b, 0],
        points[b, 1],
        points[c, 0],
        points[c, 1],
    )
    inverse = 1.0 / ((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0))
    w0 = ((x1 - px) * (y2 - py) - (x2 - px) * (y1 - py)) * inverse
    w1 = ((x2 - px) * (y0 - py) - (x0 - px) * (y2 - py)) * inverse
    return w0, w1, 1.0 - w0 - w1


@numba.njit(cache=True)
def interpolate(points, triangles, triangle, values, out):
    """Spread per-vertex values (n, k) over the pixels (H, W, k); background stays as it is."""
    height, width = triangle.shape
    for i in range(height):
        for j in range(width):
            f = triangle[i, j]
            if f >= 0:
                a, b, c = triangles[f, 0], triangles[f, 1], triangles[f, 2]
                w0, w1, w2 = _weights(points, a, b, c, j + 0.5, i + 0.5)
                for k in range(values.shape[1]):
                    out[i, j, k] = w0 * values[a, k] + w1 * values[b, k] + w2 * values[c, k]


@numba.njit(cache=True)
def irradiance(normal, visible, directions, light, wrap):
    """Light (n, 3) that falls on each vertex from all directions it sees.

    normal (n, 3); visible (n, d) 0..1; directions (d, 3); light (d,); wrap (3,) per colour: how
    far light creeps round the terminator under the skin.
    """
    count, d = visible.shape
    out = np.zeros((count, 3))
    for i in range(count):
        for j in range(d):
            cosine = (
                normal[i, 0] * directions[j, 0]
                + normal[i, 1] * directions[j, 1]
                + normal[i, 2] * directions[j, 2]
            )
            amount = visible[i, j] * light[j]
            for k in range(3):
                lit = (cosine + wrap[k]) / (1.0 + wrap[k])
                if lit > 0.0:
                    out[i, k] += amount * lit
    return out


@numba.njit(cache=True)
def shade(
    points,
    triangles,
    triangle,
    values,
    atlas,
    eye_from,
    eyes,
    gaze,
    iris,
    fibres,
    lips,
    lamps,
    powers,
    background,
    out,
):
    """Linear RGB (H, W, 3) float32 of every pixel.

    values : (n, 15) per vertex: normal 3, light 3, atlas column and row, lips, mouth, furrow,
    position in the head 3, eyeball (0 image right, 1 image left); eye_from: first eye triangle;
    eyes (2, 4): centre, radius; gaze (2, 3) unit; iris (3,); fibres (720,); lips (3,);
    lamps (4, 3) unit, towards the lamp; powers (4,); background (3,).
    """
    height, width = triangle.shape
    half = np.empty_like(lamps)
    mean = np.zeros(3)
    for m in range(lamps.shape[0]):
        hx, hy, hz = lamps[m, 0], lamps[m, 1], lamps[m, 2] + 1.0
        length = np.sqrt(hx * hx + hy * hy + hz * hz)
        half[m, 0], half[m, 1], half[m, 2] = hx / length, hy / length, hz / length
        mean += powers[m] * lamps[m] / powers.sum()
    last_row, last_column = atlas.shape[0] - 1.001, atlas.shape[1] - 1.001
    v = np.empty(15)
    t = np.empty(atlas.shape[2], np.float32)
    for i in range(height):
        for j in range(width):
            f = triangle[i, j]
            if f < 0:
                for k in range(3):
                    out[i, j, k] = background[k] * (1.1 - 0.3 * i / height)
                continue
            a, b, c = triangles[f, 0], triangles[f, 1], triangles[f, 2]
            w0, w1, w2 = _weights(points, a, b, c, j + 0.5, i + 0.5)
            for k in range(15):
                v[k] = w0 * values[a, k] + w1 * values[b, k] + w2 * values[c, k]
            length = 1.0 / np.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2] + 1e-12)
            nx, ny, nz = v[0] * length, v[1] * length, v[2] * length
            if f >= eye_from:
                _eye(v, nx, ny, nz, eyes, gaze, iris, fibres, half, powers, out[i, j])
                continue
            column = min(max(v[6], 0.0), last_column)
            row = min(max(v[7], 0.0), last_row)
            c0, r0 = int(column), int(row)
            fx, fy = np.float32(column - c0), np.float32(row - r0)
            one = np.float32(1.0)
            q0, q1, q2, q3 = (one - fx) * (one - fy), fx * (one - fy), (one - fx) * fy, fx * fy
            for k in range(t.shape[0]):
                t[k] = (
                    q0 * atlas[r0, c0, k]
                    + q1 * atlas[r0, c0 + 1, k]
                    + q2 * atlas[r0 + 1, c0, k]
                    + q3 * atlas[r0 + 1, c0 + 1, k]
                )
            fold = v[10]
            gx, gy = 0.075 * (t[4] + fold * t[6]), 0.075 * (t[5] + fold * t[7])
            across = 1.0 / np.sqrt(nx * nx + nz * nz + 1e-9)  # tangent (nz, 0, -nx)
            bx, by, bz = nx - gx * nz * across, ny + gy, nz + gx * nx * across
            length = 1.0 / np.sqrt(bx * bx + by * by + bz * bz)
            bx, by, bz = bx * length, by * length, bz * length
            tilt = 1.0 + 1.1 * ((bx - nx) * mean[0] + (by - ny) * mean[1] + (bz - nz) * mean[2])
            tilt = max(tilt, 0.2) * (1.0 - 0.35 * min(1.0, fold * t[8]))
            shine = 0.0
            for m in range(lamps.shape[0]):
                d = bx * half[m, 0] + by * half[m, 1] + bz * half[m, 2]
                if d > 0.0:
                    d4 = d * d * d * d
                    d12 = d4 * d4 * d4
                    d48 = d12 * d12 * d12 * d12
                    shine += powers[m] * (0.050 * d12 + 0.085 * d48)
            rim = 1.0 - min(1.0, max(0.0, nz))
            light = (v[3] + v[4] + v[5]) / 3.0
            shine *= (t[3] + 0.5 * v[8]) * (0.6 + 0.8 * rim * rim) * min(1.3, light) * (1.0 - v[9])
            dark = 1.0 - 0.9 * v[9]
            for k in range(3):
                tint = 1.0 - v[8] * (1.0 - lips[k])
                out[i, j, k] = t[k] * tint * dark * v[3 + k] * tilt + shine


@numba.njit(cache=True)
def _eye(v, nx, ny, nz, eyes, gaze, iris, fibres, half, powers, out):
    """Shade one pixel of an eyeball: sclera, limbus, iris with its fibres, pupil, highlights."""
    e = int(v[14] + 0.5)
    px, py, pz = v[11] - eyes[e, 0], v[12] - eyes[e, 1], v[13] - eyes[e, 2]
    length = 1.0 / np.sqrt(px * px + py * py + pz * pz + 1e-12)
    px, py, pz = px * length, py * length, pz * length
    cosine = px * gaze[e, 0] + py * gaze[e, 1] + pz * gaze[e, 2]
    angle = np.arccos(min(1.0, max(-1.0, cosine)))
    turn = np.arctan2(py - gaze[e, 1], px - gaze[e, 0])
    fibre = fibres[int((turn + np.pi) / (2 * np.pi) * (fibres.shape[0] - 1))]
    ring = min(1.0, max(0.0, (angle - 0.17) / 0.28))
    white = min(1.0, max(0.0, (angle - 0.45) / 0.07 + 0.5))
    pupil = min(1.0, max(0.0, (angle - 0.165) / 0.05 + 0.5))
    limbus = 1.0 - 0.65 * min(1.0, max(0.0, (angle - 0.36) / 0.10))
    globe = 1.0 - 0.55 * min(1.0, max(0.0, (angle - 0.5) / 0.8))
    glint = 0.0
    for m in range(2):
        d = nx * half[m, 0] + ny * half[m, 1] + nz * half[m, 2]
        if d > 0.94:
            glint += powers[m] * d**260
    for k in range(3):
        inner = iris[k] * (1.0 + 0.4 * fibre * ring) * limbus * pupil + 0.004
        sclera = (0.46, 0.405, 0.375)[k] * globe
        light = min(1.0, v[3 + k])
        out[k] = (inner * (1.0 - white) + sclera * white) * light * light + 0.55 * glint * light


@numba.njit(cache=True)
def lashes(points, triangles, depth, triangle, behind, height_of, phase, colour, out):
    """Blend the lashes over the picture `out`, where they lie before `behind` (H, W)."""
    rows, columns = triangle.shape
    for i in range(rows):
        for j in range(columns):
            f = triangle[i, j]
            if f < 0 or depth[i, j] >= behind[i, j] + 0.03:
                continue
            a, b, c = triangles[f, 0], triangles[f, 1], triangles[f, 2]
            w0, w1, w2 = _weights(points, a, b, c, j + 0.5, i + 0.5)
            tip = w0 * height_of[a] + w1 * height_of[b] + w2 * height_of[c]
            u = w0 * phase[a, 0] + w1 * phase[b, 0] + w2 * phase[c, 0]
            thick = w0 * phase[a, 1] + w1 * phase[b, 1] + w2 * phase[c, 1]
            cover = min(1.0, max(0.0, 1.0 - tip)) * (0.72 + 0.28 * np.sin(u)) * thick
            for k in range(3):
                out[i, j, k] += cover * (colour[k] - out[i, j, k])


@numba.njit(cache=True)
def shrink(picture, exposure, curve, out):
    """Halve (2H, 2W, 3) linear light with weights 1 3 3 1, expose, encode to 0..255 float32.

    curve : (4097,) float32, code value of linear light k / 4096.
    """
    height, width, _ = out.shape
    rows, columns, _ = picture.shape
    line = np.empty((rows, width, 3), np.float32)
    for i in range(rows):
        for j in range(width):
            l0, r0 = max(2 * j - 1, 0), min(2 * j + 2, columns - 1)
            for k in range(3):
                line[i, j, k] = (
                    picture[i, l0, k]
                    + picture[i, r0, k]
                    + 3 * (picture[i, 2 * j, k] + picture[i, 2 * j + 1, k])
                ) * np.float32(0.125)
    for i in range(height):
        t0, b0 = max(2 * i - 1, 0), min(2 * i + 2, rows - 1)
        for j in range(width):
            for k in range(3):
                light = (
                    line[t0, j, k]
                    + line[b0, j, k]
                    + 3 * (line[2 * i, j, k] + line[2 * i + 1, j, k])
                ) * 0.125
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
