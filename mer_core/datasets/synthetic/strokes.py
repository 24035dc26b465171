"""Everything on a face that is drawn with lines: brows, scalp hair, furrows, freckles.

All maps are (HEIGHT, WIDTH) float32 in the atlas: a cylinder about the head's vertical axis,
240 texels per radian and 256 per decimetre of height.
"""

import numba
import numpy as np
from scipy.ndimage import gaussian_filter

from mer_core.datasets.synthetic.anatomy import Traits, cylinder, head_shape, load_pack

HEIGHT, WIDTH = 616, 720
PER_RADIAN, PER_DM = 240.0, 256.0
TOP = 0.95  # height of the atlas' first row above the eyes, dm
ANGLE = (np.arange(WIDTH) - WIDTH / 2 + 0.5) / PER_RADIAN  # rad, of each column
LEVEL = TOP - (np.arange(HEIGHT) + 0.5) / PER_DM  # dm above the eyes, of each row
ARC = ANGLE * PER_RADIAN / PER_DM  # dm along the skin, of each column


def atlas_xy(vertices):
    """Column and row (..., 2) in the atlas of points (..., 3) of the mean head."""
    turn = cylinder(vertices)
    column = WIDTH / 2 - 0.5 + turn[..., 0] * PER_RADIAN
    return np.stack([column, (TOP - turn[..., 1]) * PER_DM - 0.5], axis=-1)


@numba.njit(cache=True)
def draw(image, x, y, angle, bend, length, width, strength):
    """Draw soft arcs that thin out towards their tips into `image`, by maximum.

    x, y : start, texels; angle : rad, downwards positive; bend : rad over the whole length.
    """
    height, columns = image.shape
    for k in range(x.shape[0]):
        px, py, turn = x[k], y[k], angle[k]
        steps = int(length[k] / 0.6) + 1
        for s in range(steps):
            t = s / steps
            radius = width[k] * (1.0 - 0.7 * t)
            value = strength[k] * (1.0 - 0.4 * t)
            for i in range(max(0, int(py - 2)), min(height, int(py + 4))):
                for j in range(max(0, int(px - 2)), min(columns, int(px + 4))):
                    d = ((i - py) ** 2 + (j - px) ** 2) / (radius * radius)
                    if d < 5.0:
                        image[i, j] = max(image[i, j], value * np.exp(-d))
            px += 0.6 * np.cos(turn)
            py += 0.6 * np.sin(turn)
            turn += bend[k] * 0.6 / length[k]


def blank():
    """An empty map."""
    return np.zeros((HEIGHT, WIDTH), np.float32)


def spots(centres, radius, strength):
    """Round soft spots at `centres` (n, 2): arc and height in dm; radii in texels."""
    image = blank()
    column = WIDTH / 2 + centres[:, 0] * PER_DM
    row = (TOP - centres[:, 1]) * PER_DM
    zero = np.zeros(len(radius))
    draw(image, column, row, zero, zero, zero + 0.4, radius, strength)
    return image


def _rise(traits: Traits, x, y):
    """How far this head lifts the skin at (x, y) (n,) of the mean head's front, dm."""
    base = load_pack().vertices
    front = base[:, 2] > 0
    lifted = (head_shape(traits) - base)[front, 1]
    near = np.hypot(x[:, None] - base[front, 0], y[:, None] - base[front, 1])
    weight = np.exp(-((near / 0.05) ** 2)) + 1e-12
    return weight @ lifted / weight.sum(axis=1)


def brows(rng, traits: Traits):
    """Opacity of the eyebrows.

    Brow hair grows along the bone's rim in a line of its own: where a head's shape would tilt
    the line as if the brow frowned, it is drawn back.
    """
    hairs = blank()
    arch, lift = rng.uniform(-0.01, 0.035), rng.normal(0, 0.012)
    for side in (-1, 1):
        count = int(760 * traits.brow)
        t = rng.beta(1.0, 1.1, count)
        centre = 0.137 + lift + 0.046 * np.sin(np.pi * np.clip(0.8 * t, 0, 1))
        centre += arch * np.sin(np.pi * t) - 0.17 * np.clip(t - 0.68, 0, 1)
        half = 0.044 * traits.brow * (1 - 0.72 * t**2.2) * (0.5 + 0.5 * np.clip(t / 0.15, 0, 1))
        offset = np.clip(rng.normal(0, 0.5, count), -1.0, 1.0)
        x = side * (0.085 + 0.47 * t)
        rise = _rise(traits, x, centre)
        centre -= 0.85 * (rise - rise.mean())
        z = 0.24 - 0.13 * t - 0.2 * t * t
        xy = atlas_xy(np.stack([x, centre + half * offset, z], axis=-1))
        lean = -1.25 * (1 - t) ** 2.2 + 0.3 * offset * (t > 0.2) + 0.05 + 0.25 * t
        angle = np.where(side > 0, lean, np.pi - lean) + rng.normal(0, 0.13, count)
        length = rng.uniform(6, 11, count) * (1 - 0.35 * t)
        strength = np.clip(rng.uniform(0.5, 1.0, count) * (0.55 + 0.45 * traits.brow), 0, 1)
        bend = side * rng.normal(0.3, 0.2, count)
        width = rng.uniform(0.9, 1.35, count)
        draw(hairs, xy[:, 0], xy[:, 1], angle, bend, length, width, strength)
    shadow = gaussian_filter(hairs, 2.5)
    return np.clip(0.95 * hairs * np.clip(1.7 * shadow, 0, 1) + 0.3 * shadow, 0, 0.94)


def hairline(angle, traits: Traits):
    """Height (dm) of the hairline at an angle (rad) from the front: forehead, temples."""
    a = np.abs(angle)
    recede = 0.05 * traits.male * np.clip((traits.age - 25) / 40, 0, 1)
    front = traits.hairline + (0.04 + recede) * np.exp(-(((a - 0.42) / 0.16) ** 2))
    side = np.clip((a - 0.50) / 0.50, 0, 1)
    return front - 1.0 * side**1.4


def scalp(rng, traits: Traits):
    """Opacity, tone (factor of the hair's colour) and strands of the scalp's hair."""
    wave = gaussian_filter(rng.standard_normal(WIDTH), 6) * 0.06
    line = hairline(ANGLE, traits) + wave
    burn = -0.30 if traits.male > 0.5 else -0.05
    line = np.maximum(line, burn + 0.05 * wave)
    cap = 1 / (1 + np.exp(-(LEVEL[:, None] - line - 0.05) / 0.026))
    count = 7500
    x, row = rng.uniform(0, WIDTH, count), rng.uniform(0, HEIGHT, count)
    keep = cap[row.astype(int), x.astype(int)] > rng.uniform(0.05, 0.9, count)
    x, row = x[keep], row[keep]
    away = np.where(x > WIDTH / 2 + rng.normal(0, 45), 1.0, -1.0)
    steep = rng.uniform(-0.9, -0.2) if traits.male > 0.5 else rng.uniform(0.3, 0.9)
    lean = steep + 0.9 * np.clip(np.abs(x - WIDTH / 2) / 240 - 0.45, 0, 1)
    angle = np.where(away > 0, lean, np.pi - lean) + rng.normal(0, 0.15, len(x))
    strands = blank()
    bend, length = away * rng.normal(0.35, 0.2, len(x)), rng.uniform(14, 34, len(x))
    width, strength = rng.uniform(0.7, 1.2, len(x)), rng.uniform(0.2, 1.0, len(x))
    draw(strands, x, row, angle, bend, length, width, strength)
    opacity = np.clip(np.maximum(cap**2, 0.9 * strands), 0, 1) * np.clip(cap * 8, 0, 1)
    return opacity, np.clip(0.55 + 0.9 * (strands - 0.4), 0.2, 1.8), strands


def furrows(rng):
    """Depth of the lines that faces fold into: forehead, glabella, eyes, cheeks, mouth, chin."""
    fine, broad = blank(), blank()

    def line(points, width, strength, depth=fine):
        t = np.linspace(0, 1, 60)
        basis = np.stack([(1 - t) ** 2, 2 * t * (1 - t), t**2], axis=1)
        path = basis @ np.asarray(points)
        step = np.diff(path, axis=0)
        length = np.maximum(np.hypot(*step.T) * PER_DM * 1.3, 1.0)
        column = WIDTH / 2 + path[:-1, 0] * PER_DM
        row = (TOP - path[:-1, 1]) * PER_DM
        fade = np.sin(np.pi * (0.04 + 0.92 * t[:-1])) ** 0.6
        along = np.arctan2(-step[:, 1], step[:, 0])
        draw(depth, column, row, along, 0 * length, length, np.full(59, width), strength * fade)

    for k in range(int(rng.integers(3, 5))):
        h = 0.30 + 0.085 * k + rng.normal(0, 0.012)
        w = rng.uniform(0.32, 0.5)
        middle = (rng.normal(0, 0.05), h + 0.05)
        line([(-w, h - 0.05), middle, (w, h - 0.05)], 1.6, rng.uniform(0.5, 1))
    for side in (-1, 1):
        j = rng.normal(0, 0.012, 3)
        line([(side * 0.055, 0.06), (side * 0.05, 0.14 + j[0]), (side * 0.075, 0.22)], 1.7, 0.9)
        fold = [(side * 0.15, -0.40), (side * (0.27 + j[1]), -0.48), (side * 0.335, -0.69)]
        line(fold, 3.0, 1.0, broad)
        line([(side * 0.29, -0.69), (side * 0.31, -0.74), (side * 0.30, -0.80)], 2.5, 0.7, broad)
        line(
            [(side * 0.16, -0.10), (side * 0.28, -0.17 + j[2]), (side * 0.42, -0.09)],
            2.5,
            0.6,
            broad,
        )
        for k in range(4):
            h = 0.03 - 0.045 * k + rng.normal(0, 0.008)
            ray = [(0.485, h * 0.6), (0.54, h), (rng.uniform(0.58, 0.68), h * 1.8 + 0.02)]
            line([(side * x, y) for x, y in ray], 1.2, rng.uniform(0.5, 1))
    line([(-0.1, -0.90), (0, -0.875), (0.1, -0.90)], 3.0, 0.8, broad)
    return 1.3 * gaussian_filter(fine, 1.1) + 2.6 * gaussian_filter(broad, 4.0)
