"""The 68 landmarks of the ibug scheme on every head, fixed once.

Each is a point of the skin: it was chosen on the front view of the average head and is attached
to the triangle it lies on there, so it follows every identity and every movement. Order, from the
image's left to its right unless said otherwise: 0-16 the jaw from ear to ear; 17-21 and 22-26
the brows' upper edge; 27-30 the bridge of the nose downwards; 31-35 its base; 36-41 the eye on
the image's left, from its left corner clockwise; 42-47 the other, from its inner corner; 48-59 the
lips' outline clockwise from the corner on the left; 60-67 their inner edge, likewise. Sagonas et
al. 2013, doi:10.1109/ICCVW.2013.59, number them from 1 and place them by eye.
"""

from functools import lru_cache

import numpy as np

from mer_core.datasets.synthetic.anatomy import Traits, head_shape, load_pack
from mer_core.datasets.synthetic.scene import DISTANCE

JAW = ((9, 76), (10, 98), (11.5, 119), (15.5, 141), (21, 164), (32, 190), (47, 205), (66, 217))
CHIN = (95, 221.5)
BROW = ((19.5, 57.5), (30, 50.5), (45, 49.5), (62, 51), (81, 54.5))
BRIDGE = ((95, 74), (95, 91), (95, 108), (95, 126))
BASE = ((77, 132), (86, 133), (95, 138.5))
EYE = ((37.6, 73.6), (47, 68.6), (60, 69), (69.3, 76.8), (60, 80), (47, 79.4))
LIPS = ((62.5, 168), (73, 160.5), (86, 155.5), (95, 157))  # the upper half, to the middle
CHINWARD = ((95, 187), (85, 185.5), (72, 179))  # the lower half, from the middle
INNER = ((66, 168), (82, 166.4), (95, 166.4), (95, 168.9), (82, 168.9))
MIDDLE, LEVEL, SCALE = 95.0, 72.67, 138.6  # of the front view: column, row, pixels per dm


def _points() -> np.ndarray:
    """Column and row (68, 2) on the front view of the average head."""

    def other(points):
        return [(2 * MIDDLE - x, y) for x, y in points]

    def swapped(points):  # the other side's, still from left to right
        return other(points)[::-1]

    eye = other(EYE)
    out = [*JAW, CHIN, *swapped(JAW), *BROW, *swapped(BROW), *BRIDGE, *BASE, *swapped(BASE[:2])]
    out += [*EYE, eye[3], eye[2], eye[1], eye[0], eye[5], eye[4]]
    out += [*LIPS, *swapped(LIPS[:3]), *swapped(CHINWARD[1:]), *CHINWARD]
    out += [*INNER[:3], *swapped(INNER[:2]), *other(INNER[4:]), *INNER[3:]]
    return np.array(out, float)


def average_head() -> np.ndarray:
    """Vertices (n, 3), dm, of the head without traits of its own."""
    pairs = len(load_pack().detail) // 2
    traits = Traits(
        male=0.5, age=25.0, race=(1 / 3,) * 3, weight=0.5, details=(0.0,) * pairs,
        asymmetry=(1.0,) * pairs, melanin=0.3, blood=0.3, iris=(0.1,) * 3, hair=(0.1,) * 3,
        stubble=0.0, freckles=0.0, brow=0.8, hairline=0.7, seed=(0, 0, 0),
    )  # fmt: skip
    return head_shape(traits)


@lru_cache(maxsize=1)
def attachments() -> tuple[np.ndarray, np.ndarray]:
    """Vertices (68, 3) int and their weights (68, 3), sum 1, of every landmark."""
    head, triangles = average_head(), load_pack().skin
    near = DISTANCE / (DISTANCE - head[:, 2])
    view = np.stack(
        [MIDDLE + SCALE * near * head[:, 0], LEVEL - SCALE * near * head[:, 1], head[:, 2]], axis=1
    )
    a, b, c = (view[triangles[:, k]] for k in range(3))
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])
    front = area < -1e-9  # rows run downwards
    where = np.empty((68, 3), int)
    weights = np.empty((68, 3))
    for k, (x, y) in enumerate(_points()):
        with np.errstate(divide="ignore", invalid="ignore"):
            u = ((b[:, 0] - x) * (c[:, 1] - y) - (c[:, 0] - x) * (b[:, 1] - y)) / area
            v = ((c[:, 0] - x) * (a[:, 1] - y) - (a[:, 0] - x) * (c[:, 1] - y)) / area
        inside = np.flatnonzero(front & (u >= -1e-9) & (v >= -1e-9) & (u + v <= 1 + 1e-9))
        depth = u * a[:, 2] + v * b[:, 2] + (1 - u - v) * c[:, 2]
        nearest = inside[depth[inside].argmax()]
        where[k] = triangles[nearest]
        weights[k] = u[nearest], v[nearest], 1 - u[nearest] - v[nearest]
    return where, weights


def on(points: np.ndarray) -> np.ndarray:
    """The landmarks (68, k) of anything given on the vertices (n, k), such as their pixels."""
    where, weights = attachments()
    return np.einsum("lv,lvk->lk", weights, points[where])
