"""The reference cases: manifest, inputs (as clips) and outputs. Origin: reference/descriptors."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parent / "reference" / "descriptors"
FULL = Path(__file__).parents[2] / "shared" / "reference" / "descriptors"

MANIFEST = json.loads((FOLDER / "manifest.json").read_text())["cases"]


def select(program: str, tier: str) -> list:
    """Parameters for pytest: the cases of a program whose tier starts with `tier`."""
    found = [c for c in MANIFEST if c["program"] == program and c["tier"].startswith(tier)]
    return [pytest.param(c, id=f"{c['case']}-{c['input']}") for c in found]


@cache
def archive(name: str, folder: Path = FOLDER) -> dict[str, np.ndarray]:
    with np.load(folder / name) as data:
        return dict(data)


def clip_of(case: dict) -> np.ndarray:
    """The input of a case as a clip (T, H, W)."""
    inputs = archive("inputs.npz")
    if case["input"] not in inputs:
        if not (FULL / "inputs.npz").exists():
            pytest.skip(f"{case['input']} is in the full reference set only")
        inputs = archive("inputs.npz", FULL)
    return np.ascontiguousarray(inputs[case["input"]].transpose(2, 0, 1))


def output(case: dict, name: str) -> np.ndarray | None:
    """An output of a case, such as "counts"; None if it has none."""
    return archive(case["file"]).get(f"{case['case']}_{name}")
