"""Draw a face: deform the head, light it, rasterise it at twice the size, shrink, encode.

Pixels are (row, column) with centres at .5; the camera stands 11 dm before the eyes.
"""

import numpy as np

from mer_core.datasets.synthetic import kernels, raster
from mer_core.datasets.synthetic.anatomy import Traits, eyeballs, head_shape, load_pack
from mer_core.datasets.synthetic.scene import (
    AMBIENT,
    CURVE,
    DISTANCE,
    FOLDS,
    FRAME,
    HALF,
    LAMPS,
    POWERS,
    SIGHTS,
    WRAP,
    State,
    rotation,
)
from mer_core.datasets.synthetic.skin import paint
from mer_core.datasets.synthetic.strokes import atlas_xy


def _sphere(rings=9, sectors=20, reach=1.45):
    """Unit cap about +z: directions (rings * sectors + 1, 3) and triangles."""
    polar = np.repeat(np.linspace(0, reach, rings + 1)[1:], sectors)
    turn = np.tile(np.arange(sectors) * 2 * np.pi / sectors, rings)
    cap = np.stack([np.sin(polar) * np.cos(turn), np.sin(polar) * np.sin(turn), np.cos(polar)], 1)
    triangles = []
    for j in range(sectors):
        k = (j + 1) % sectors
        triangles.append((0, 1 + j, 1 + k))
        for r in range(rings - 1):
            a, b = 1 + r * sectors, 1 + (r + 1) * sectors
            triangles += [(a + j, b + j, b + k), (a + j, b + k, a + k)]
    return np.vstack([[0, 0, 1.0], cap]), np.array(triangles, np.int32)


def _weigh(x, y, spread, points):
    """Soft spot 0..1 of each point (n, 3), mirrored when x is not 0."""
    side = np.abs(points[:, 0]) - x if x else points[:, 0]
    distance = (side / spread[0]) ** 2 + ((points[:, 1] - y) / spread[1]) ** 2
    return np.exp(-(distance**2))


class Face:
    """An identity ready to be drawn; setting it up takes about half a second.

    Attributes: vertices (n, 3) at rest, dm; px: pixels per dm at the eyes; unit_names.
    """

    def __init__(self, traits: Traits):
        pack = load_pack()
        self.traits, self.skin = traits, paint(traits)
        head = head_shape(traits)
        centre, radius = eyeballs(head)
        self.eyes = np.column_stack([centre, radius])
        self.clearance = self._lids(pack, head)
        lift = raster.normals(head, pack.skin) * self.skin.volume[:, None]
        cap, cap_triangles = _sphere()
        caps = [c + r * cap for c, r in zip(centre, radius, strict=True)]
        self.count = len(head)
        self.vertices = np.vstack([head + lift, *caps])
        first = [self.count, self.count + len(cap)]
        self.triangles = np.vstack([pack.skin, *(cap_triangles + f for f in first)]).astype(
            np.int32
        )
        self.eye_from = len(pack.skin)
        self.lash_triangles = pack.lashes
        self.unit_names = list(pack.units)
        self.units = np.stack([pack.units[n] for n in self.unit_names])  # (32, n, 3)
        self._prepare_values(pack, len(cap))
        self._prepare_frame(head)
        size = (2 * FRAME[0], 2 * FRAME[1])
        self._depth, self._hit = np.empty(size), np.empty(size, np.int32)
        self._lash_depth, self._lash_hit = np.empty(size), np.empty(size, np.int32)
        self._edges = np.empty((len(self.triangles), 6))
        self._lash_edges = np.empty((len(self.lash_triangles), 6))
        self._picture = np.empty((*size, 3), np.float32)
        self._see()

    def _lids(self, pack, head):
        """Vertices near each eyeball and how close to its centre they may come."""
        out = []
        for centre, radius in zip(self.eyes[:, :3], self.eyes[:, 3], strict=True):
            gap = np.linalg.norm(head - centre, axis=1)
            near = np.flatnonzero((pack.masks["eyelids"] > 0.02) & (gap < 2 * radius))
            out.append((near, np.minimum(gap[near], 1.02 * radius)))
        return out

    def _prepare_values(self, pack, cap):
        """Fill what does not change from frame to frame in the per-vertex table."""
        base = pack.vertices
        values = np.zeros((len(self.vertices), 15), np.float32)
        values[: self.count, 6:8] = atlas_xy(base)
        values[: self.count, 8] = pack.masks["lips"]
        inside = pack.masks["inside-mouth"] * (1 - pack.masks["lips"])
        values[: self.count, 9] = inside
        values[:, 11:14] = self.vertices
        values[self.count + cap :, 14] = 1
        self.values = values
        old = 0.55 * np.clip((self.traits.age - 24) / 45, 0, 1)
        halves = 1 / (1 + np.exp(-base[:, 0] / 0.06)), 1 / (1 + np.exp(base[:, 0] / 0.06))
        self.fold_areas = np.stack(
            [
                half * _weigh(x, y, (sx, sy), base)
                for half in halves
                for _, x, y, sx, sy in FOLDS.values()
            ]
        )
        self.fold_rest = old
        self.fold_units = np.zeros((2, len(FOLDS), len(self.unit_names)))
        for k, (units, *_) in enumerate(FOLDS.values()):
            for u, name in enumerate(self.unit_names):
                stem = name.removesuffix("Left").removesuffix("Right")
                if stem in units:
                    share = (0.5, 0.5) if stem == name else (1, 0) if "Left" in name else (0, 1)
                    self.fold_units[:, k, u] = share
        self.fold_units = self.fold_units.reshape(2 * len(FOLDS), -1)
        rng = np.random.default_rng(self.traits.seed)
        turn = np.linspace(-np.pi, np.pi, 720)
        waves = [rng.normal() * np.cos(k * turn + rng.uniform(0, 6.3)) for k in range(8, 40, 2)]
        self.fibres = np.sum(waves, axis=0) / 5
        along = base[:, 0] * 150 + 0.4 * np.sin(base[:, 0] * 61)
        thick = np.where(base[:, 1] > 0.0, 0.85, 0.30) * (1.05 - 0.25 * self.traits.male)
        self.lash_phase = np.column_stack([along, thick])
        self.lash_height = pack.lash_height

    def _prepare_frame(self, head):
        """Choose scale and place so that the face fills the frame, brows to chin, ears cut."""
        rows, columns = FRAME
        middle = head[(np.abs(head[:, 0]) < 0.15) & (head[:, 2] > 0.0)]
        chin = middle[:, 1].min()
        cheek = head[(head[:, 2] > -0.35) & (head[:, 1] < 0.1) & (head[:, 1] > -0.6)]
        wide = np.ptp(cheek[:, 0])
        self.px = (0.615 * rows / -chin) ** 0.5 * (1.01 * columns / wide) ** 0.5
        self.eye_row = 0.972 * rows + chin * self.px
        tone = np.exp(-(0.3 + 2.2 * self.traits.melanin + 0.6 * self.traits.blood))
        self.exposure = np.full(3, 0.93 * (0.40 / tone) ** 0.25) * (1.0, 0.985, 0.96)
        self.background = np.array((0.11, 0.115, 0.12))

    def _see(self, size=420):
        """Which of the directions each vertex sees, 0..1: soft shadows and ambient occlusion."""
        k = np.arange(SIGHTS) + 0.5
        turn, z = np.pi * (1 + 5**0.5) * k, 1 - 1.25 * k / SIGHTS
        flat = np.sqrt(1 - z * z)
        self.directions = np.stack([flat * np.cos(turn), flat * np.sin(turn), z], axis=1)
        self.visible = np.empty((SIGHTS, len(self.vertices)), np.float32)
        depth, hit = np.empty((size, size)), np.empty((size, size), np.int32)
        middle = np.array((0, -0.25, -0.4))
        for j, towards in enumerate(self.directions):
            right = np.cross((0, 1, 0.01), towards)
            right /= np.linalg.norm(right)
            up = np.cross(towards, right)
            seen = (self.vertices - middle) @ np.stack([right, -up, -towards], axis=1)
            points = np.column_stack([size / 2 + seen[:, :2] * size / 3.2, seen[:, 2]])
            raster.rasterise(points, self.triangles, depth, hit, self._edges, 1)
            at = np.clip(points[:, :2].astype(int), 1, size - 2)
            near = [
                points[:, 2] < depth[at[:, 1] + dy, at[:, 0] + dx] + 0.02
                for dx in (-1, 0, 1)
                for dy in (-1, 0, 1)
            ]
            self.visible[j] = np.mean(near, axis=0)

    def deform(self, units) -> np.ndarray:
        """Vertices (n, 3) in the head's frame, dm, for unit activations (32,)."""
        out = self.vertices.copy()
        active = np.flatnonzero(units)
        for u in active:
            out[: self.count] += units[u] * self.units[u]
        if len(active):
            for (near, closest), centre in zip(self.clearance, self.eyes[:, :3], strict=True):
                away = out[near] - centre
                gap = np.linalg.norm(away, axis=1)
                out[near] = centre + away * np.maximum(1, closest / gap)[:, None]
        return out

    def place(self, vertices, state: State) -> np.ndarray:
        """Turn and shift vertices (n, 3) of the head's frame into the room's, dm."""
        pivot = np.array((0, -0.6, -1.0))
        turned = (vertices - pivot) @ rotation(*state.turn).T
        return turned + pivot + (*state.shift, 0.0)

    def project(self, placed, state: State, scale=1.0) -> np.ndarray:
        """Column, row (pixels times `scale`) and depth (dm) of placed vertices: (n, 3)."""
        depth = DISTANCE - placed[:, 2]
        focal = self.px * state.zoom * DISTANCE * scale
        column = FRAME[1] * scale / 2 + placed[:, 0] * focal / depth
        row = self.eye_row * scale - placed[:, 1] * focal / depth
        return np.stack([column, row, depth], axis=1)

    def pixels(self, state: State) -> np.ndarray:
        """Column and row (n, 2) of every vertex at `state`: the exact motion between two states
        is the difference of two such arrays."""
        return self.project(self.place(self.deform(state.units), state), state)[:, :2]

    def flow(self, start: State, end: State) -> np.ndarray:
        """True motion (230, 190, 2) float64 from `start` to `end`, right and down, in pixels.

        Given on the pixels of `start`; nan on the background.
        """
        placed = self.place(self.deform(start.units), start)
        points = self.project(placed, start)
        depth, hit = np.empty(FRAME), np.empty(FRAME, np.int32)
        raster.rasterise(points, self.triangles, depth, hit, self._edges, 1)
        out = np.full((*FRAME, 2), np.nan)
        moved = self.pixels(end) - points[:, :2]
        raster.interpolate(self.triangles, hit, self._edges, moved, out)
        return out

    def draw(self, state: State) -> np.ndarray:
        """The noise-free frame (230, 190, 3) float32, code values 0..255, not yet rounded."""
        turn = rotation(*state.turn)
        deformed = self.deform(state.units)
        normal = raster.normals(deformed, self.triangles)
        powers = POWERS * state.lamps
        light = np.full(SIGHTS, AMBIENT * 2 / SIGHTS)
        for towards, power in zip(LAMPS @ turn, powers, strict=True):
            lobe = np.exp(14 * (self.directions @ towards - 1))
            light += 0.62 * power * lobe / lobe.sum()
        values = self.values
        values[:, :3] = normal @ turn.T
        values[:, 3:6] = kernels.irradiance(normal, self.visible, self.directions, light, WRAP)
        folded = 1 - np.exp(-3.0 * self.fold_units @ np.clip(state.units, 0, None))
        values[: self.count, 10] = np.minimum(1.5, self.fold_rest + folded @ self.fold_areas)
        placed = self.place(deformed, state)
        points = self.project(placed, state, 2.0)
        raster.rasterise(points, self.triangles, self._depth, self._hit, self._edges, 2)
        target = np.array((0, 0, DISTANCE)) + DISTANCE * np.array((*np.tan(state.gaze), 0.0))
        looks = (target - self.place(self.eyes[:, :3], state)) @ turn
        looks /= np.linalg.norm(looks, axis=1, keepdims=True)
        single = np.float32
        kernels.shade(
            self.triangles, self._hit, self._edges, values, self.skin.atlas, self.eye_from,
            self.eyes, looks, np.array(self.traits.iris), self.fibres,
            self.skin.lips.astype(single), HALF.astype(single), powers.astype(single),
            (powers @ LAMPS / powers.sum()).astype(single), self.background, self._picture,
        )  # fmt: skip
        lash_points = points[self.lash_triangles.ravel()]
        rows = np.clip([lash_points[:, 1].min(), lash_points[:, 1].max() + 1], 0, 2 * FRAME[0])
        raster.rasterise(
            points, self.lash_triangles, self._lash_depth, self._lash_hit, self._lash_edges, 2
        )
        kernels.lashes(
            self.lash_triangles, self._lash_hit, self._lash_edges, self._lash_depth, self._depth,
            rows.astype(int), self.lash_height, self.lash_phase, np.array((0.008, 0.007, 0.006)),
            self._picture,
        )  # fmt: skip
        out = np.empty((*FRAME, 3), np.float32)
        kernels.shrink(self._picture, self.exposure * state.gain / 2, CURVE, out)
        return out
