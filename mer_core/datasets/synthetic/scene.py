"""What stands before and around a face: camera, lamps, the state of one instant."""

from dataclasses import dataclass, field

import numpy as np

FRAME = (230, 190)  # rows, columns
DISTANCE = 11.0  # camera to eyes, dm
SIGHTS = 40  # directions of light whose shadows are kept
WRAP = np.array((0.34, 0.16, 0.10))
LAMPS = np.array([[-0.62, 0.62, 0.60], [0.62, 0.62, 0.60], [-0.6, -0.1, 0.8], [0.6, -0.1, 0.8]])
LAMPS /= np.linalg.norm(LAMPS, axis=1, keepdims=True)
HALF = LAMPS + np.array((0.0, 0.0, 1.0))
HALF /= np.linalg.norm(HALF, axis=1, keepdims=True)
POWERS = np.array((1.08, 0.92, 0.42, 0.36))
AMBIENT = 0.19
FOLDS = {  # region: (units that fold it, x, y, spread in x and y, dm; mirrored when x is not 0)
    "forehead": (("browInnerUp", "browOuterUp"), 0.0, 0.46, 0.60, 0.17),
    "glabella": (("browDown",), 0.0, 0.15, 0.12, 0.16),
    "eye corner": (("cheekSquint", "eyeSquint", "mouthSmile"), 0.60, -0.03, 0.16, 0.17),
    "under eye": (("cheekSquint", "eyeSquint"), 0.29, -0.15, 0.18, 0.08),
    "cheek": (("mouthSmile", "noseSneer", "mouthUpperUp"), 0.25, -0.53, 0.18, 0.17),
    "mouth corner": (("mouthFrown", "mouthDimple"), 0.31, -0.75, 0.08, 0.08),
    "chin": (("mouthShrugLower",), 0.0, -0.90, 0.18, 0.08),
}


def _encoding():
    """sRGB transfer function as 4097 code values, with a soft shoulder above 0.8."""
    light = np.linspace(0, 1, 4097) * 2.0
    light = np.where(light > 0.6, 0.6 + 0.4 * (1 - np.exp(-(light - 0.6) / 0.4)), light)
    code = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return (255 * code).astype(np.float32)


CURVE = _encoding()  # over linear light 0..2


@dataclass
class State:
    """One instant of a face before the camera.

    units : (32,) activation of each face unit, 1 = full, in the pack's order; turn : pitch, yaw,
    roll, rad; shift : right and up, dm; zoom : factor; lamps : (4,) factor of each lamp; gain :
    factor of all light; gaze : right and up, rad, from the camera.
    """

    units: np.ndarray
    turn: tuple = (0.0, 0.0, 0.0)
    shift: tuple = (0.0, 0.0)
    zoom: float = 1.0
    lamps: np.ndarray = field(default_factory=lambda: np.ones(4))
    gain: float = 1.0
    gaze: tuple = (0.0, 0.0)


def rotation(pitch, yaw, roll):
    """Rotation matrix (3, 3): pitch, then yaw, then roll, rad."""
    (cx, cy, cz), (sx, sy, sz) = np.cos((pitch, yaw, roll)), np.sin((pitch, yaw, roll))
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return about_z @ about_y @ about_x
