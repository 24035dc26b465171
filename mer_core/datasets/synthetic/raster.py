"""Compiled geometry: normals, and which triangle is nearest at each pixel."""

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
        for k in range(3):
            out[i, k] /= length
    return out


@numba.njit(cache=True)
def rasterise(points, triangles, depth, triangle, edges, step):
    """Nearest triangle at each pixel's centre; back faces are skipped.

    With `step` 2 only pixels whose row + column is even are visited, with 1 all of them.

    points : (n, 3) column, row (pixels, centres at .5) and depth (smaller is nearer);
    depth (H, W) float64 and triangle (H, W) int32 are cleared and filled, -1 is background;
    edges (k, 6) float64 receives the planes of the first two barycentric weights.
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
        if left > right or top > bottom:
            continue
        inverse = 1.0 / area
        p0, q0, r0 = (y1 - y2) * inverse, (x2 - x1) * inverse, (x1 * y2 - x2 * y1) * inverse
        p1, q1, r1 = (y2 - y0) * inverse, (x0 - x2) * inverse, (x2 * y0 - x0 * y2) * inverse
        edges[f, 0], edges[f, 1], edges[f, 2] = p0, q0, r0
        edges[f, 3], edges[f, 4], edges[f, 5] = p1, q1, r1
        u0, u1 = z0 - z2, z1 - z2
        for i in range(top, bottom + 1):
            row0, row1 = q0 * (i + 0.5) + r0, q1 * (i + 0.5) + r1
            first = left + ((left + i) & 1) * (step - 1)
            for j in range(first, right + 1, step):
                w0, w1 = p0 * (j + 0.5) + row0, p1 * (j + 0.5) + row1
                if w0 < -1e-6 or w1 < -1e-6 or w0 + w1 > 1.000001:
                    continue
                z = z2 + w0 * u0 + w1 * u1
                if z < depth[i, j]:
                    depth[i, j] = z
                    triangle[i, j] = f


@numba.njit(cache=True)
def interpolate(triangles, triangle, edges, values, out):
    """Spread per-vertex values (n, k) over the pixels (H, W, k); background stays as it is."""
    height, width = triangle.shape
    for i in range(height):
        for j in range(width):
            f = triangle[i, j]
            if f >= 0:
                a, b, c = triangles[f, 0], triangles[f, 1], triangles[f, 2]
                w0 = edges[f, 0] * (j + 0.5) + edges[f, 1] * (i + 0.5) + edges[f, 2]
                w1 = edges[f, 3] * (j + 0.5) + edges[f, 4] * (i + 0.5) + edges[f, 5]
                for k in range(values.shape[1]):
                    at_c = values[c, k]
                    out[i, j, k] = at_c + w0 * (values[a, k] - at_c) + w1 * (values[b, k] - at_c)
