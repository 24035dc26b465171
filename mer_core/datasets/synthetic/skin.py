"""Paint an identity's skin, brows and hair in an atlas around the head; no photograph is used.

The atlas is a cylinder unrolled: 240 texels per radian, 256 per decimetre of height. Colour is
linear RGB reflectance of two pigments, after Tsumura et al. (1999), doi:10.1364/JOSAA.16.002169:
``exp(-(base + melanin * MELANIN + blood * BLOOD))``.
"""

from dataclasses import dataclass

import numba
import numpy as np
from scipy.ndimage import gaussian_filter, zoom

from mer_core.datasets.synthetic.anatomy import Traits, cylinder, generator, load_pack

HEIGHT, WIDTH = 720, 864
PER_RADIAN, PER_DM = 240.0, 256.0
TOP = 1.15  # height of the atlas' first row above the eyes, dm
BASE = np.array((0.16, 0.36, 0.55))
MELANIN = np.array((1.75, 2.25, 2.60))
BLOOD = np.array((0.14, 0.95, 0.85))
CHANNELS = 10  # red, green, blue, gloss, bump x, bump y, furrow x, furrow y, furrow shade, hair


@dataclass(frozen=True, eq=False)
class Skin:
    """atlas : (720, 864, 10) float32, see `CHANNELS`; lips : (3,) factor of the skin's colour;
    volume : (n,) float64, how far the hair lifts each vertex, dm."""

    atlas: np.ndarray
    lips: np.ndarray
    volume: np.ndarray


def atlas_xy(vertices):
    """Column and row (..., 2) in the atlas of points (..., 3) of the mean head."""
    turn = cylinder(vertices)
    column = WIDTH / 2 - 0.5 + turn[..., 0] * PER_RADIAN
    return np.stack([column, (TOP - turn[..., 1]) * PER_DM - 0.5], axis=-1)


@numba.njit(cache=True)
def _strokes(image, x, y, angle, bend, length, width, strength):
    """Draw hairs into `image` (maximum): soft arcs that thin out towards their tips."""
    height, columns = image.shape
    for k in range(x.shape[0]):
        px, py, turn = x[k], y[k], angle[k]
        steps = int(length[k] / 0.5) + 1
        for s in range(steps):
            t = s / steps
            radius = width[k] * (1.0 - 0.7 * t)
            value = strength[k] * (1.0 - 0.4 * t)
            for i in range(max(0, int(py - 2)), min(height, int(py + 4))):
                for j in range(max(0, int(px - 2)), min(columns, int(px + 4))):
                    d = ((i - py) ** 2 + (j - px) ** 2) / (radius * radius)
                    if d < 6.0:
                        v = value * np.exp(-d)
                        if v > image[i, j]:
                            image[i, j] = v
            px += 0.5 * np.cos(turn)
            py += 0.5 * np.sin(turn)
            turn += bend[k] * 0.5 / length[k]


def _noise(rng, sigma, shape=(HEIGHT, WIDTH)):
    """Gaussian noise of unit deviation and correlation length `sigma` texels."""
    step = max(1, int(sigma / 2))
    small = [-(-n // step) + 2 for n in shape]
    field = gaussian_filter(rng.standard_normal(small, dtype=np.float32), sigma / step)
    if step > 1:
        field = zoom(field, step, order=1, grid_mode=True, mode="nearest")
    field = field[: shape[0], : shape[1]]
    return field / field.std()


def _bump(s, y, at, spread):
    """Soft spot of height 1 at (s, y), mirrored to both sides when its s is not zero."""
    spots = [
        np.exp(-(((s - c) / spread[0]) ** 2) - ((y - at[1]) / spread[1]) ** 2)
        for c in {at[0], -at[0]}
    ]
    return sum(spots)


def _brows(rng, traits):
    """Opacity (H, W) of the eyebrows' hairs."""
    out = np.zeros((HEIGHT, WIDTH), np.float32)
    arch, lift = rng.uniform(-0.01, 0.035), rng.normal(0, 0.012)
    for side in (-1, 1):
        count = int(430 * traits.brow)
        t = rng.beta(1.0, 1.1, count)
        centre = 0.125 + lift + 0.055 * np.sin(np.pi * np.clip(0.8 * t, 0, 1))
        centre += arch * np.sin(np.pi * t) - 0.17 * np.clip(t - 0.68, 0, 1)
        half = 0.044 * traits.brow * (1 - 0.72 * t**2.2) * (0.55 + 0.45 * np.clip(t / 0.12, 0, 1))
        offset = rng.uniform(-1, 1, count)
        x = side * (0.085 + 0.47 * t)
        z = 0.24 - 0.13 * t - 0.2 * t * t
        xy = atlas_xy(np.stack([x, centre + half * offset, z], axis=-1))
        lean = -1.25 * (1 - t) ** 2.2 + 0.25 * offset * (t > 0.2) + 0.05 + 0.25 * t
        angle = np.where(side > 0, lean, np.pi - lean) + rng.normal(0, 0.13, count)
        length = rng.uniform(8, 16, count) * (1 - 0.4 * t)
        strength = rng.uniform(0.25, 0.75, count) * min(1.0, 0.5 + 0.5 * traits.brow)
        _strokes(
            out,
            xy[:, 0],
            xy[:, 1],
            angle,
            side * rng.normal(0.3, 0.2, count),
            length,
            rng.uniform(0.7, 1.0, count),
            strength,
        )
    return np.clip(0.9 * out + 0.28 * gaussian_filter(out, 3.0), 0, 0.93)


def _hairline(angle, traits, rng_wave):
    """Height (dm) of the hairline at an angle (rad): forehead, temples, sideburns."""
    a = np.abs(angle)
    recede = 0.05 * traits.male * np.clip((traits.age - 25) / 40, 0, 1)
    front = traits.hairline + (0.05 + recede) * np.exp(-(((a - 0.42) / 0.16) ** 2))
    side = np.clip((a - 0.52) / 0.42, 0, 1)
    return front - 0.85 * side**1.5 + rng_wave


def _hair(rng, traits, angle, y):
    """Opacity and tone (H, W) of the scalp's hair, and its height field."""
    wave = gaussian_filter(rng.standard_normal(WIDTH), 6) * 0.05
    line = _hairline(angle, traits, wave)
    sideburn = np.where(traits.male > 0.5, -0.25, -0.02) + 0 * angle
    behind = np.abs(angle) > 0.98
    line = np.where(behind, np.maximum(line, sideburn), line)
    cap = 1 / (1 + np.exp(-(y - line - 0.03) / 0.022))
    count = 9000
    x, row = rng.uniform(0, WIDTH, count), rng.uniform(0, HEIGHT, count)
    keep = cap[row.astype(int), x.astype(int)] > rng.uniform(0.08, 0.9, count)
    x, row = x[keep], row[keep]
    part = WIDTH / 2 + rng.normal(0, 45)
    away = np.where(x > part, 1.0, -1.0)
    steep = rng.uniform(-0.9, -0.2) if traits.male > 0.5 else rng.uniform(0.3, 0.9)
    lean = steep + 0.8 * np.clip(np.abs(x - WIDTH / 2) / 240 - 0.45, 0, 1)
    angle0 = np.where(away > 0, lean, np.pi - lean) + rng.normal(0, 0.13, len(x))
    strands = np.zeros((HEIGHT, WIDTH), np.float32)
    _strokes(
        strands,
        x,
        row,
        angle0,
        away * rng.normal(0.35, 0.2, len(x)),
        rng.uniform(16, 40, len(x)),
        rng.uniform(0.7, 1.2, len(x)),
        rng.uniform(0.2, 1.0, len(x)),
    )
    opacity = np.clip(np.maximum(cap**1.5, 0.85 * strands), 0, 1) * np.clip(cap * 6, 0, 1) ** 0.5
    tone = 0.55 + 0.9 * (strands - 0.4) + 0.12 * _noise(rng, 1.0)
    return opacity, np.clip(tone, 0.2, 1.8), strands


def _furrows(rng, s, y):
    """Depth (H, W) of the lines that faces fold into: forehead, glabella, eye corners, cheeks."""
    depth = np.zeros((HEIGHT, WIDTH), np.float32)

    def line(points, width, strength):
        points = np.asarray(points)
        t = np.linspace(0, 1, 60)
        basis = np.stack([(1 - t) ** 2, 2 * t * (1 - t), t**2], axis=1)
        path = basis @ points
        step = np.diff(path, axis=0)
        length = np.maximum(np.hypot(*step.T) * PER_DM * 1.3, 1.0)
        column = WIDTH / 2 + path[:-1, 0] * PER_DM
        row = (TOP - path[:-1, 1]) * PER_DM
        fade = np.sin(np.pi * (0.04 + 0.92 * t[:-1])) ** 0.6
        _strokes(
            depth,
            column,
            row,
            np.arctan2(-step[:, 1], step[:, 0]),
            0 * length,
            length,
            np.full(59, width),
            strength * fade,
        )

    for k in range(int(rng.integers(3, 5))):
        h = 0.30 + 0.085 * k + rng.normal(0, 0.012)
        w = rng.uniform(0.32, 0.5)
        line(
            [(-w, h - 0.05), (rng.normal(0, 0.05), h + 0.05), (w, h - 0.05)],
            1.6,
            rng.uniform(0.5, 1),
        )
    for side in (-1, 1):
        j = rng.normal(0, 0.012, 6)
        line([(side * 0.055, 0.06), (side * 0.05, 0.14 + j[0]), (side * 0.075, 0.22)], 1.7, 0.9)
        line([(side * 0.15, -0.40), (side * (0.27 + j[1]), -0.48), (side * 0.335, -0.69)], 2.2, 1.0)
        line([(side * 0.29, -0.69), (side * 0.31, -0.74), (side * 0.30, -0.80)], 1.7, 0.5)
        line([(side * 0.16, -0.10), (side * 0.28, -0.17 + j[2]), (side * 0.42, -0.09)], 1.5, 0.5)
        for k in range(4):
            h = 0.03 - 0.045 * k + rng.normal(0, 0.008)
            reach = rng.uniform(0.58, 0.68)
            line(
                [(side * 0.485, h * 0.6), (side * 0.54, h), (side * reach, h * 1.8 + 0.02)],
                1.2,
                rng.uniform(0.5, 1),
            )
    line([(-0.1, -0.90), (0, -0.875), (0.1, -0.90)], 2.2, 0.8)
    return gaussian_filter(depth, 0.7)


def paint(traits: Traits) -> Skin:
    """Paint one identity; the same traits give the same skin."""
    rng = generator(*traits.seed, 1)
    angle = (np.arange(WIDTH) - WIDTH / 2 + 0.5) / PER_RADIAN
    y = (TOP - (np.arange(HEIGHT) + 0.5) / PER_DM)[:, None]
    s = (angle * PER_RADIAN / PER_DM)[None, :]
    young = 1 - np.clip((traits.age - 18) / 50, 0, 1)

    blood = traits.blood * (1 + 0.05 * _noise(rng, 10) + 0.04 * _noise(rng, 3))
    blood += 0.10 * rng.uniform(0.4, 1.3) * _bump(s, y, (0.40, -0.34), (0.17, 0.15))
    blood += 0.10 * _bump(s, y, (0.0, -0.40), (0.10, 0.09)) + 0.06 * _bump(
        s, y, (0.13, -0.43), (0.06, 0.05)
    )
    blood += 0.05 * _bump(s, y, (0, -0.97), (0.16, 0.10)) + 0.05 * _bump(
        s, y, (0.3, -0.02), (0.2, 0.09)
    )
    brown = traits.melanin * (
        1 + 0.03 * _noise(rng, 14) + 0.05 * _noise(rng, 1.6) + 0.05 * _noise(rng, 0.8)
    )
    brown += (0.035 + 0.06 * traits.melanin) * _bump(s, y, (0.27, -0.01), (0.17, 0.105))
    brown += 0.025 * rng.uniform(0.3, 1.6) * _bump(s, y, (0.24, -0.13), (0.14, 0.05))
    brown += 0.04 * traits.melanin * _bump(s, y, (0, -0.70), (0.38, 0.17))
    spots = np.zeros((HEIGHT, WIDTH), np.float32)
    count = int(rng.integers(5, 40) + 420 * traits.freckles)
    scatter = rng.normal(0, (0.30, 0.14), (count, 2)) + (0, -0.22)
    _spots(spots, scatter, rng.uniform(0.7, 1.7, count), rng.uniform(0.08, 0.42, count))
    count = int(rng.integers(1, 7))
    scatter = rng.uniform((-0.6, -0.95), (0.6, 0.5), (count, 2))
    _spots(spots, scatter, rng.uniform(1.2, 2.6, count), rng.uniform(0.5, 1.1, count))
    brown += spots * (0.35 + 0.4 * traits.melanin)
    colour = np.exp(
        -(BASE + brown[..., None] * MELANIN + np.clip(blood, 0, 1.5)[..., None] * BLOOD)
    )

    pores = _noise(rng, 0.9) * 0.55 + _noise(rng, 1.7) * 0.45 + _noise(rng, 3.2) * 0.3
    pore_area = (
        0.55
        + 0.6 * _bump(s, y, (0.18, -0.33), (0.22, 0.2))
        + 0.35 * _bump(s, y, (0, 0.4), (0.5, 0.25))
    )
    pores *= pore_area * (0.75 + 0.5 * rng.random()) * (1.1 - 0.25 * young)
    lips = np.exp(-((np.abs(s) / 0.26) ** 4)) * np.exp(-(((y + 0.685) / 0.11) ** 4))
    creases = gaussian_filter(rng.standard_normal((HEIGHT, WIDTH), dtype=np.float32), (5.0, 0.9))
    relief = pores * (1 - 0.7 * lips) + lips * creases / creases.std() * 0.9
    furrow = _furrows(rng, s, y)

    beard = np.exp(-(((y + 0.93) / 0.30) ** 4)) * np.exp(-((s / 0.85) ** 4))
    beard = np.maximum(beard, np.exp(-(((y + 0.52) / 0.065) ** 2) - (s / 0.26) ** 4))
    beard = (
        beard
        * (1 - _bump(s, y, (0, -0.685), (0.27, 0.10)).clip(0, 1))
        * (1 - _bump(s, y, (0.33, -0.42), (0.2, 0.17)))
    )
    dots = gaussian_filter((rng.random((HEIGHT, WIDTH)) < 0.16).astype(np.float32), 0.62)
    stubble = traits.stubble * np.clip(beard, 0, 1) * (0.16 + 1.15 * dots)
    hair = np.array(traits.hair)
    colour += np.clip(stubble, 0, 0.85)[..., None] * (0.55 * hair + 0.012 - colour)
    brow = _brows(rng, traits)[..., None]
    colour += brow * (0.8 * hair + 0.004 - colour)
    opacity, tone, strands = _hair(rng, traits, angle, y)
    colour += opacity[..., None] * (hair * tone[..., None] - colour)
    gloss = (
        0.75
        + 0.45 * _bump(s, y, (0, -0.1), (0.12, 0.5))
        + 0.35 * _bump(s, y, (0, 0.42), (0.4, 0.2))
    )
    gloss = gloss * (1 + 0.10 * _noise(rng, 2.2)) * rng.uniform(0.7, 1.3)
    gloss = gloss * (1 - 0.8 * brow[..., 0]) * (1 - 0.75 * opacity)
    relief = relief * (1 - opacity) + 1.2 * opacity * strands + 0.8 * brow[..., 0]

    atlas = np.empty((HEIGHT, WIDTH, CHANNELS), np.float32)
    atlas[..., :3] = colour
    atlas[..., 3] = gloss
    atlas[..., 5], atlas[..., 4] = np.gradient(relief)
    furrow = furrow * (1 - opacity)
    atlas[..., 7], atlas[..., 6] = np.gradient(-4.0 * furrow)
    atlas[..., 8] = furrow
    atlas[..., 9] = opacity
    pack = load_pack()
    turn = cylinder(pack.vertices)
    above = np.clip((turn[:, 1] - _hairline(turn[:, 0], traits, 0) - 0.02) / 0.3, 0, 1)
    volume = rng.uniform(0.04, 0.12) * np.sqrt(above) * (1 - pack.masks["ears"])
    full = rng.uniform(0.25, 0.5) * np.array((0.9, 1.9, 1.5))
    return Skin(atlas, np.exp(-full * (1 - 0.35 * traits.melanin)), volume)


def _spots(image, centres, radius, strength):
    """Add round soft spots at (s, y) in dm, with radii in texels."""
    column = WIDTH / 2 + centres[:, 0] * PER_DM
    row = (TOP - centres[:, 1]) * PER_DM
    zero = np.zeros(len(radius))
    _strokes(image, column, row, zero, zero, zero + 0.4, radius, strength)
