"""What every test shares: a small clip, a folder tree as SMIC's, a small preset."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mer_core import presets

LABELS = {"ne": "negative", "po": "positive", "sur": "surprise"}


@pytest.fixture
def clip() -> np.ndarray:
    """(5, 32, 32, 3) uint8: a pattern that moves, with a little noise."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0:32, 0:32] / 32
    frames = [120 + 60 * np.sin(9 * x + 3 * y + k / 3) * np.cos(7 * y) for k in range(5)]
    noisy = np.stack(frames)[..., None] + rng.normal(0, 2, (5, 32, 32, 3))
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


def write_tree(root: Path, counts: dict, *, frames: int = 8, long: bool = False) -> Path:
    """A tree as SMIC's under `root`: (negative, positive, surprise) clips for each subject.

    Frames are 40x48, grey noise around a level that the class decides; `long` pads the numbers
    of the subjects (s01), as some copies do.
    """
    rng = np.random.default_rng(0)
    for subject, numbers in counts.items():
        name = subject if long else f"s{int(subject[1:])}"
        for (code, label), n in zip(LABELS.items(), numbers, strict=True):
            for k in range(1, n + 1):
                folder = root / "HS" / name / "micro" / label / f"{name}_{code}_{k:02d}"
                folder.mkdir(parents=True)
                level = 80 + 40 * list(LABELS).index(code)
                for t in range(frames):
                    image = rng.normal(level + 3 * t, 12, (48, 40, 3)).clip(0, 255)
                    file = folder / f"reg_image{t + 1001:06d}.png"
                    Image.fromarray(image.astype(np.uint8)).save(file)
    return root


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Three subjects, two clips of each class."""
    return write_tree(tmp_path / "smic", dict.fromkeys(("s01", "s02", "s03"), (2, 2, 2)))


@pytest.fixture
def small(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> presets.Preset:
    """A preset on the small tree, interpolations only, with a cache of its own."""
    monkeypatch.setenv("MER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MER_DATA_SMIC_VIS", str(tree))
    # SMIC-VIS has no table of counts, so that a small tree is a whole one
    (tree / "HS").rename(tree / "VIS")
    return presets.build(
        {
            "name": "small",
            "about": "three subjects, interpolations only",
            "dataset": "smic-vis",
            "frames": 6,
            "size": 32,
            "models": ["bicubic-x2", "nearest-x4", "psnr-large"],
            "descriptors": {
                "lbp-top": {"radii": [1, 1, 1], "grid": [2, 2, 1]},
                "lpq-top": {"window": [3, 3, 3]},
            },
            "C": 1.0,
        }
    )
