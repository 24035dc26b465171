"""What no camera knows: motion, occlusion, landmarks and muscle activity of a synthetic clip.

Everything is exact up to the mesh: the motion of a pixel is that of the point of the head it
shows. Flow is (right, down) in pixels of the grid it is given on, at the pixels' centres. A grid
is the frame itself (230 x 190), or the square clip that `mer_core.clip.read_clip` makes of it.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mer_core.clip import ASPECTS
from mer_core.datasets.synthetic import landmarks, raster
from mer_core.datasets.synthetic.performance import FPS, Performance
from mer_core.datasets.synthetic.render import Face
from mer_core.datasets.synthetic.scene import FRAME, State

TOUCH = 0.02  # dm, how far behind the nearest surface a point still counts as seen


@dataclass(frozen=True, eq=False)
class Truth:
    """From frame `start` to frame `end` of a clip, on the grid (H, W) of frame `start`.

    expression, rigid : (H, W, 2) float32, pixels: the motion of the expression alone, and of head
    and camera alone, each with all else held as at `start`; motion : of everything, blink and
    stray unit included (not the sum of the two). nan on the background.
    skin : (H, W) bool, skin with lips; not the eyes, whose iris moves by gaze, nor the background.
    hidden : (H, W) bool, seen at `start` and covered or outside the picture at `end`.
    revealed : (H, W) bool on the grid of `end`: seen at `end` and not at `start`.
    landmarks : (2, 68, 2) float64, column and row at `start` and `end`, see `landmarks`.
    """

    start: int
    end: int
    expression: np.ndarray
    rigid: np.ndarray
    motion: np.ndarray
    skin: np.ndarray
    hidden: np.ndarray
    revealed: np.ndarray
    landmarks: np.ndarray


def grid(size: int | None = 128, aspect: str = "stretch") -> tuple[tuple[int, int], np.ndarray]:
    """Shape (H, W) of a clip's frames, and the affine (3, 2) from column and row of the frame.

    size, aspect : as in `mer_core.clip.read_clip`; None is the frame itself
    """
    if aspect not in ASPECTS:
        raise ValueError(f"aspect: got {aspect!r}; allowed are {', '.join(ASPECTS)}")
    height, width = FRAME
    if size is None:
        return FRAME, np.array([[1.0, 0], [0, 1], [0, 0]])
    if isinstance(size, bool) or not isinstance(size, int | np.integer) or size < 1:
        raise ValueError(f"size: got {size!r}; a whole number of pixels from 1 on is needed")
    side = min(height, width)
    rows, columns = (height, width) if aspect == "stretch" else (side, side)
    x, y = size / columns, size / rows
    return (size, size), np.array(
        [[x, 0], [0, y], [-((width - columns) // 2) * x, -((height - rows) // 2) * y]]
    )


class _View:
    """A face at one state on one grid: where every vertex is, and what each pixel shows."""

    def __init__(self, face: Face, state: State, shape: tuple[int, int], affine: np.ndarray):
        self.face, self.shape, self.affine = face, shape, affine
        self.points = self.place(state)
        self.depth, self.hit = np.empty(shape), np.empty(shape, np.int32)
        self.edges = np.empty((len(face.triangles), 6))
        raster.rasterise(self.points, face.triangles, self.depth, self.hit, self.edges, 1)

    def place(self, state: State) -> np.ndarray:
        """Column, row and depth (n, 3) of every vertex on this grid at a state."""
        face = self.face
        points = face.project(face.place(face.deform(state.units), state), state)
        points[:, :2] = points[:, :2] @ self.affine[:2] + self.affine[2]
        return points

    def spread(self, values: np.ndarray) -> np.ndarray:
        """Values of the vertices (n, k) on the pixels (H, W, k); nan on the background."""
        out = np.full((*self.shape, values.shape[1]), np.nan)
        raster.interpolate(self.face.triangles, self.hit, self.edges, values, out)
        return out

    def motion(self, state: State) -> np.ndarray:
        """Flow (H, W, 2) float32 from this view to a state."""
        return self.spread((self.place(state) - self.points)[:, :2]).astype(np.float32)

    def lost(self, other: "_View") -> np.ndarray:
        """Pixels (H, W) of this view that the other does not show."""
        target = self.spread(other.points)
        column, row = (np.nan_to_num(target[..., k], nan=-1.0) for k in (0, 1))
        height, width = self.shape
        inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
        at = np.clip(row, 0, height - 1).astype(int), np.clip(column, 0, width - 1).astype(int)
        # A pixel's nearest neighbours may stand for it: a slope covers some depth in one pixel.
        near = np.full(self.shape, -np.inf)
        for dy in (-1, 0, 1):
            for dx in (-1, 0, 1):
                r, c = np.clip(at[0] + dy, 0, height - 1), np.clip(at[1] + dx, 0, width - 1)
                depth = other.depth[r, c]
                near = np.maximum(near, np.where(depth < 1e8, depth, np.inf))
        covered = ~inside | (target[..., 2] > near + TOUCH)
        return covered & np.isfinite(target[..., 2])


def truth(
    face: Face,
    performance: Performance,
    end: int | None = None,
    *,
    start: int = 1,
    size: int | None = 128,
    aspect: str = "stretch",
) -> Truth:
    """The truth between two frames of a clip, see `Truth`.

    Parameters
    ----------
    face, performance : of the clip: `replica.subject_face` and `replica.clip_performance`, or
        `lab.face` and `lab.performance`
    end : frame from 1; None is the apex
    start : frame from 1; after `end`, the motion is that back to it
    size, aspect : of the clip, as in `mer_core.clip.read_clip`; size None is the 230 x 190 frame

    Raises ValueError for a frame that the clip does not have, or a wrong size or aspect.
    """
    end = performance.apex if end is None else end
    shape, affine = grid(size, aspect)
    before, after = performance.state(start), performance.state(end)
    view = _View(face, before, shape, affine)
    later = _View(face, after, shape, affine)
    return Truth(
        start=start,
        end=end,
        expression=view.motion(performance.state(start, expression=end)),
        rigid=view.motion(performance.state(start, rigid=end)),
        motion=view.motion(after),
        skin=(view.hit >= 0) & (view.hit < face.eye_from),
        hidden=view.lost(later),
        revealed=later.lost(view),
        landmarks=np.stack([landmarks.on(v.points[:, :2]) for v in (view, later)]),
    )


def expression_flow(
    face: Face,
    performance: Performance,
    end: int | None = None,
    *,
    start: int = 1,
    size: int | None = 128,
    aspect: str = "stretch",
) -> np.ndarray:
    """`Truth.expression` alone: (H, W, 2) float32, nan on the background."""
    end = performance.apex if end is None else end
    view = _View(face, performance.state(start), *grid(size, aspect))
    return view.motion(performance.state(start, expression=end))


def activity(face: Face, performance: Performance) -> pd.DataFrame:
    """Who moves when: one row a frame (from 1).

    Columns: seconds; intensity_px, the largest motion of the expression, pixels of the frontal
    230 x 190 face; one for each face unit that is ever active, 1 = full, with stray unit and
    blink; gain of the light; pitch, yaw and roll, rad; gaze_right, gaze_up, rad.
    """
    p = performance
    units = p.units * p.envelope[:, None] + p.stray
    table = pd.DataFrame(
        {"seconds": np.arange(len(p)) / FPS, "intensity_px": p.intensity * p.envelope},
        index=pd.RangeIndex(1, len(p) + 1, name="frame"),
    )
    for k, name in enumerate(face.unit_names):
        if units[:, k].any():
            table[name] = units[:, k]
    table["gain"] = p.gain
    for k, name in enumerate(("pitch", "yaw", "roll")):
        table[name] = p.turn[:, k]
    table["gaze_right"], table["gaze_up"] = p.gaze[:, 0], p.gaze[:, 1]
    return table
