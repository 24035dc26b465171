"""Paint an identity's skin and hair in an atlas around the head; no photograph is used.

Colour is linear RGB reflectance of two pigments, after Tsumura et al. (1999),
doi:10.1364/JOSAA.16.002169: ``exp(-(BASE + melanin * MELANIN + blood * BLOOD))``.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter, zoom

from mer_core.datasets.synthetic import strokes
from mer_core.datasets.synthetic.anatomy import Traits, cylinder, generator, load_pack
from mer_core.datasets.synthetic.strokes import ARC, HEIGHT, LEVEL, WIDTH

BASE = np.array((0.16, 0.36, 0.55), np.float32)
MELANIN = np.array((1.80, 2.25, 2.60), np.float32)
BLOOD = np.array((0.14, 0.95, 0.85), np.float32)
CHANNELS = 9  # red, green, blue, gloss, bump x, bump y, furrow x, furrow y, furrow depth


@dataclass(frozen=True, eq=False)
class Skin:
    """atlas : (616, 720, 9) float32, see `CHANNELS`; lips : (3,) factor of the skin's colour;
    volume : (n,) float64, how far the hair lifts each vertex, dm."""

    atlas: np.ndarray
    lips: np.ndarray
    volume: np.ndarray


def _noise(rng, sigma):
    """Gaussian noise of unit deviation and correlation length `sigma` texels."""
    step = max(1, int(sigma / 2))
    small = [-(-n // step) + 2 for n in (HEIGHT, WIDTH)]
    field = gaussian_filter(rng.standard_normal(small, dtype=np.float32), sigma / step, truncate=3)
    if step > 1:
        field = zoom(field, step, order=1, grid_mode=True, mode="nearest")
    field = field[:HEIGHT, :WIDTH]
    return field / field.std()


def _spot(x, y, wide, high, power=2):
    """Soft spot of height 1 at arc x and height y (dm), mirrored when x is not 0."""
    columns = sum(np.exp(-(np.abs((ARC - c) / wide) ** power)) for c in {x, -x})
    rows = np.exp(-(np.abs((LEVEL - y) / high) ** power))
    return np.outer(rows, columns).astype(np.float32)


def _pigments(rng, traits):
    """Melanin and blood of every texel."""
    pale = 1 - 0.55 * traits.melanin
    blood = 1 + 0.04 * _noise(rng, 10) + 0.07 * _noise(rng, 4) + 0.07 * _noise(rng, 2)
    blood *= np.float32(traits.blood * pale)
    flush = rng.uniform(0.4, 1.3)
    for amount, spot in (
        (0.11 * flush, (0.40, -0.34, 0.17, 0.15)),  # cheeks
        (0.10, (0.0, -0.40, 0.10, 0.09)),  # tip of the nose
        (0.06, (0.13, -0.43, 0.06, 0.05)),  # its wings
        (0.05, (0.0, -0.97, 0.16, 0.10)),  # chin
        (0.06, (0.30, -0.02, 0.20, 0.09)),  # lids
    ):
        blood += np.float32(amount * pale) * _spot(*spot)
    grain = 0.0135 + 0.0135 * traits.melanin
    brown = traits.melanin * (1 + 0.02 * _noise(rng, 14))
    brown += np.float32(grain) * (0.7 * _noise(rng, 2.8) + _noise(rng, 1.5) + _noise(rng, 0.8))
    brown += np.float32(0.035 + 0.06 * traits.melanin) * _spot(0.27, -0.01, 0.17, 0.105)
    brown += np.float32(0.025 * rng.uniform(0.3, 1.6)) * _spot(0.24, -0.13, 0.14, 0.05)
    brown += np.float32(0.05 * traits.melanin) * _spot(0, -0.70, 0.38, 0.17)
    count = int(rng.integers(5, 40) + 420 * traits.freckles)
    at = rng.normal((0, -0.22), (0.30, 0.14), (count, 2))
    marks = strokes.spots(at, rng.uniform(0.7, 1.7, count), rng.uniform(0.08, 0.42, count))
    count = int(rng.integers(1, 7))
    at = rng.uniform((-0.6, -0.95), (0.6, 0.5), (count, 2))
    moles = strokes.spots(at, rng.uniform(1.2, 2.6, count), rng.uniform(0.5, 1.1, count))
    brown += np.maximum(marks, moles) * np.float32(0.35 + 0.4 * traits.melanin)
    return brown, blood


def _relief(rng, traits, lips):
    """Height of pores and of the lips' creases; unit about 0.02 mm."""
    pores = 0.6 * _noise(rng, 0.9) + 0.8 * _noise(rng, 1.7) + 1.1 * _noise(rng, 3.4)
    pores += 0.5 * _noise(rng, 6.0)
    where = 0.55 + 0.6 * _spot(0.18, -0.33, 0.22, 0.2) + 0.35 * _spot(0, 0.4, 0.5, 0.25)
    old = np.clip((traits.age - 18) / 50, 0, 1)
    pores *= where * np.float32((0.75 + 0.5 * rng.random()) * (0.85 + 0.4 * old))
    creases = gaussian_filter(rng.standard_normal((HEIGHT, WIDTH), dtype=np.float32), (5.0, 0.9))
    return pores * (1 - 0.7 * lips) + lips * creases * np.float32(0.9 / creases.std())


def _stubble(rng, traits):
    """Opacity of shaven hair on upper lip, chin and jaw."""
    jaw = np.outer(np.exp(-(((LEVEL + 0.93) / 0.30) ** 4)), np.exp(-((ARC / 0.85) ** 4)))
    lip = np.outer(np.exp(-(((LEVEL + 0.52) / 0.065) ** 2)), np.exp(-((ARC / 0.26) ** 4)))
    where = np.maximum(jaw, lip) * (1 - _spot(0, -0.685, 0.27, 0.10))
    where *= 1 - np.minimum(1, _spot(0.33, -0.42, 0.2, 0.17))
    dots = (rng.random((HEIGHT, WIDTH), dtype=np.float32) < 0.16).astype(np.float32)
    dots = gaussian_filter(dots, 0.62)
    return np.clip(traits.stubble * where * (0.16 + 1.15 * dots), 0, 0.85).astype(np.float32)


def paint(traits: Traits) -> Skin:
    """Paint one identity; the same traits give the same skin."""
    rng = generator(*traits.seed, 1)
    brown, blood = _pigments(rng, traits)
    lips = np.outer(np.exp(-(((LEVEL + 0.685) / 0.11) ** 4)), np.exp(-((ARC / 0.26) ** 4)))
    lips = lips.astype(np.float32)
    relief = _relief(rng, traits, lips)
    stubble = _stubble(rng, traits)
    brow = strokes.brows(rng, traits)
    hair, tone, strands = strokes.scalp(rng, traits)
    furrow = strokes.furrows(rng) * (1 - hair)
    tint = np.array(traits.hair, np.float32)

    atlas = np.empty((HEIGHT, WIDTH, CHANNELS), np.float32)
    for k in range(3):
        colour = np.exp(-(BASE[k] + brown * MELANIN[k] + np.clip(blood, 0, 1.5) * BLOOD[k]))
        colour += stubble * (0.55 * tint[k] + 0.012 - colour)
        colour += brow * (0.7 * tint[k] + 0.003 - colour)
        colour += hair * (tint[k] * tone - colour)
        atlas[..., k] = colour
    gloss = 0.75 + 0.45 * _spot(0, -0.1, 0.12, 0.5) + 0.35 * _spot(0, 0.42, 0.4, 0.2)
    gloss *= (1 + 0.10 * _noise(rng, 2.2)) * np.float32(rng.uniform(0.7, 1.3))
    atlas[..., 3] = gloss * (1 - 0.85 * brow) * (1 - 0.7 * hair)
    atlas[..., 5], atlas[..., 4] = np.gradient(
        relief * (1 - hair) * (1 - brow) + 1.5 * hair * strands
    )
    atlas[..., 7], atlas[..., 6] = np.gradient(-4.0 * furrow)
    atlas[..., 8] = furrow

    pack = load_pack()
    turn = cylinder(pack.vertices)
    above = np.clip((turn[:, 1] - strokes.hairline(turn[:, 0], traits)) / 0.45, 0, 1)
    above = above * above * (3 - 2 * above)
    volume = rng.uniform(0.05, 0.14) * above * (1 - pack.masks["ears"])
    full = rng.uniform(0.25, 0.5) * np.array((0.9, 1.9, 1.5))
    return Skin(atlas, np.exp(-full * (1 - 0.45 * traits.melanin)), volume)
