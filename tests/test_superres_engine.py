"""The engine: converted once, equal to ISR's own network, whatever the threads and the clip."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mer_core.superres import MODELS, SRModel, engine, isr, super_resolve, weights
from mer_core.superres import networks as nets
from mer_core.superres.registry import LOCAL, Network

SPECS = {
    "tiny-rdn": Network("RDN", 2, C=2, D=2, G=8, G0=8),
    "tiny-rrdn": Network("RRDN", 4, C=2, D=2, G=8, G0=8, T=2),
    "tiny-nesrgan": Network("nESRGAN+", 4, C=5, D=3, G=4, G0=8, T=1),
}


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    """A cache of its own, with the three small models in it."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MER_CACHE", str(folder))
        for name, spec in SPECS.items():
            patch.setitem(MODELS, name, SRModel(name, spec.scale, "none", spec, (LOCAL,)))
            rng = np.random.default_rng(1)
            tensors = {
                n: rng.normal(0, 0.5 / np.sqrt(np.prod(s[:-1]) + 1), s).astype(np.float32)
                for n, s in nets.expected(spec).items()
            }
            tensors[[n for n in tensors if n.endswith("bias")][-1]][:] = 0.5
            np.savez(folder / f"{name}.npz", **tensors)
            weights.fetch(name, file=folder / f"{name}.npz", progress=False)
        yield folder


@pytest.fixture(scope="module")
def clip():
    return np.random.default_rng(0).integers(0, 256, (5, 12, 16, 3), dtype=np.uint8)


def raw(clip, name, **options):
    """The network's output before rounding."""
    return engine.run(clip, name, lambda frame: frame, dtype=np.float32, **options)


@pytest.mark.parametrize("name", ["tiny-rdn", "tiny-rrdn"])
def test_equal_to_isr_s_own_predict(name, clip):
    """ISR truncates where this package rounds: equal before that, and never more than 1 apart."""
    own = isr.network(SPECS[name])
    nets.assign(own.model, weights.load(name), origin=name)
    floats = np.concatenate([own.model.predict(f[None] / 255.0) for f in clip])
    np.testing.assert_allclose(raw(clip, name), floats, rtol=0, atol=1e-5)
    ours, theirs = super_resolve(clip, name), isr.predict(own, clip)
    assert set(np.unique(ours.astype(int) - theirs)) <= {0, 1}
    apart = ours != np.rint(floats.clip(0, 1) * 255)  # only where a value is half-way, to 1e-5
    assert apart.mean() < 1e-3
    assert 0 < ours.std() < 120


@pytest.mark.parametrize("name", SPECS)
def test_openvino_agrees_with_tensorflow(name, clip):
    both = [raw(clip, name, engine=e) for e in engine.ENGINES]
    np.testing.assert_allclose(*both, rtol=0, atol=1e-5)
    assert both[0].std() > 0.01


@pytest.mark.parametrize("name", SPECS)
def test_the_result_depends_neither_on_threads_nor_on_the_clip_s_length(name, clip):
    whole = raw(clip, name, threads=1)
    np.testing.assert_array_equal(whole, raw(clip, name, threads=2))
    np.testing.assert_array_equal(whole, raw(clip, name, threads=3))
    apart = np.concatenate([raw(frame[None], name, threads=2) for frame in clip])
    np.testing.assert_array_equal(whole, apart)


def test_grey_is_the_luma_of_one_pass(clip, monkeypatch):
    grey = clip[..., 0]
    calls = []
    monkeypatch.setattr(engine, "_input", lambda f, real=engine._input: calls.append(1) or real(f))
    found = super_resolve(grey, "tiny-rdn")
    assert len(calls) == len(clip)
    colour = raw(np.repeat(grey[..., None], 3, axis=-1), "tiny-rdn").clip(0, 1)
    want = np.rint(255 * (colour @ np.array([0.299, 0.587, 0.114])))
    assert found.shape == (5, 24, 32) and found.dtype == np.uint8
    assert np.abs(found - want).max() <= 1 and (found != want).mean() < 1e-3


def test_output_is_clipped_and_rounded_once():
    from mer_core.superres import _finish, _finish_grey

    frame = np.array([-0.1, 0.49 / 255, 0.51 / 255, 254.51 / 255, 1.2], np.float32)
    rgb = np.repeat(frame[None, :, None], 3, axis=-1)
    np.testing.assert_array_equal(_finish(rgb)[0, :, 1], [0, 0, 1, 255, 255])
    np.testing.assert_array_equal(_finish_grey(rgb)[0], [0, 0, 1, 255, 255])
    red = np.array([[[1, 0, 0], [0, 1, 0], [0, 0, 1]]], np.float32)
    np.testing.assert_array_equal(_finish_grey(red), [[76, 150, 29]])  # BT.601, by hand


def test_a_second_process_needs_neither_tensorflow_nor_isr(clip, cache, tmp_path):
    want = super_resolve(clip, "tiny-rdn")
    np.save(tmp_path / "clip.npy", clip)
    script = (
        "import sys, numpy as np\n"
        "from mer_core.superres import MODELS, SRModel, super_resolve\n"
        "from mer_core.superres.registry import LOCAL, Network\n"
        f"MODELS['tiny-rdn'] = SRModel('tiny-rdn', 2, '', {SPECS['tiny-rdn']!r}, (LOCAL,))\n"
        "np.save('out.npy', super_resolve(np.load('clip.npy'), 'tiny-rdn'))\n"
        "heavy = ('tensorflow', 'keras', 'ISR', 'h5py', 'openvino.tools.ovc')\n"
        "print([m for m in heavy if m in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")
    np.testing.assert_array_equal(np.load(tmp_path / "out.npy"), want)


def test_memory_does_not_grow_with_the_clip(cache, tmp_path):
    """Beyond the clip that goes in and the one that comes out, 2000 frames take what four take."""
    script = (
        "import numpy as np\n"
        "from mer_core.superres import MODELS, SRModel, super_resolve\n"
        "from mer_core.superres.registry import LOCAL, Network\n"
        f"MODELS['tiny-rdn'] = SRModel('tiny-rdn', 2, '', {SPECS['tiny-rdn']!r}, (LOCAL,))\n"
        "def peak():\n"
        "    with open('/proc/self/status') as f:\n"
        "        return next(int(l.split()[1]) << 10 for l in f if l.startswith('VmHWM'))\n"
        "super_resolve(np.zeros((4, 48, 48, 3), np.uint8), 'tiny-rdn')\n"
        "clip, before = np.zeros((2000, 48, 48, 3), np.uint8), peak()\n"
        "out = super_resolve(clip, 'tiny-rdn')\n"
        "print(peak() - before - out.nbytes - clip.nbytes)\n"
    )
    if not Path("/proc/self/status").exists():
        pytest.skip("the peak is read from /proc")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stderr == ""
    assert int(done.stdout) < 32 * 2**20  # the input's pages count only once they are touched


def test_frames_under_way_are_as_many_as_threads_and_memory_allow(monkeypatch):
    small, large = MODELS["psnr-small"].network, MODELS["nesrgan-plus-x4"].network
    assert engine.streams(small, 64, 64, frames=100, threads=2) == 2
    assert engine.streams(small, 64, 64, frames=1, threads=2) == 1
    assert engine.streams(small, 64, 64, frames=1000, threads=128) == 11  # of 44 MiB each
    assert engine.streams(large, 512, 512, frames=9, threads=9) == 1, "one at least"
    # by hand: GFF_1 reads 10 x 64 channels and writes 64, the most of psnr-small's convolutions
    assert nets.memory(small, 64, 64) == 4 * 4 * (640 + 64) * 64 * 64


def test_a_worker_s_thread_is_one(clip, monkeypatch):
    """Workers side by side have ``$MER_THREADS`` = 1: one stream of one thread each."""
    made = []
    real = engine._compiled.__wrapped__
    monkeypatch.setattr(engine, "_compiled", lambda *a: made.append(real(*a)) or made[-1])
    monkeypatch.setenv("MER_THREADS", "1")
    super_resolve(clip, "tiny-rdn")
    assert made[0].get_property("INFERENCE_NUM_THREADS") == 1
    assert made[0].get_property("NUM_STREAMS") == 1


def test_a_full_disk_leaves_no_half_converted_model(clip, monkeypatch, tmp_path, cache):
    import shutil

    import openvino

    def full(graph, path, **options):  # what OpenVINO says and leaves behind
        Path(path).write_bytes(b"<half a mod")
        raise RuntimeError("basic_ios::clear: iostream error")

    shutil.copytree(cache / "weights", tmp_path / "weights")
    monkeypatch.setenv("MER_CACHE", str(tmp_path))
    monkeypatch.setattr(openvino, "save_model", full)
    with pytest.raises(OSError, match=r"converted model of tiny-rdn .* is the disk full\?"):
        super_resolve(clip, "tiny-rdn")
    assert [p for p in (tmp_path / "engines").rglob("*") if p.is_file()] == []


def test_importing_superres_is_light():
    script = (
        "import sys, mer_core.superres.engine as e; print(len(sys.modules.keys() & {*sys.argv}))"
    )
    done = subprocess.run([sys.executable, "-c", script, "tensorflow", "openvino", "PIL", "h5py"],
                          capture_output=True, text=True)  # fmt: skip
    assert done.stdout == "0\n", done.stderr


@pytest.mark.parametrize("file", ["model.xml", "model.bin", "sha256.json"])
def test_a_damaged_conversion_is_made_again(clip, file):
    want = super_resolve(clip, "tiny-rdn")
    place = engine.prepare("tiny-rdn").parent
    (place / file).write_bytes((place / file).read_bytes()[:-9])
    engine._compiled.cache_clear()
    np.testing.assert_array_equal(super_resolve(clip, "tiny-rdn"), want)
    assert engine._intact(place)
    assert not [p for p in place.parent.iterdir() if p.name.startswith(".")]


def test_other_weights_are_another_conversion(clip, cache):
    first = engine.prepare("tiny-rdn")
    with np.load(cache / "tiny-rdn.npz") as archive:
        tensors = {n: archive[n] * np.float32(0.9) for n in archive.files}
    np.savez(cache / "other.npz", **tensors)
    before = super_resolve(clip, "tiny-rdn")
    weights.fetch("tiny-rdn", file=cache / "other.npz", progress=False)
    assert engine.prepare("tiny-rdn") != first
    assert (super_resolve(clip, "tiny-rdn") != before).any()
    weights.fetch("tiny-rdn", file=cache / "tiny-rdn.npz", progress=False)
    np.testing.assert_array_equal(super_resolve(clip, "tiny-rdn"), before)


def test_threads(monkeypatch):
    monkeypatch.delenv("MER_THREADS", raising=False)
    assert engine.thread_count() >= 1
    monkeypatch.setenv("MER_THREADS", "3")
    assert (engine.thread_count(), engine.thread_count(2)) == (3, 2)
    engine.set_threads(1)
    assert engine.thread_count() == 1
    engine.set_threads(None)
    monkeypatch.setenv("MER_THREADS", "many")
    with pytest.raises(ValueError, match="threads: got 'many'"):
        engine.thread_count()
    with pytest.raises(ValueError, match="count: got 0"):
        engine.set_threads(0)


def test_bfloat16_runs_or_says_that_the_cpu_lacks_it(clip):
    import openvino

    if "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        found = super_resolve(clip, "tiny-rdn", precision="bfloat16").astype(int)
        assert np.abs(found - super_resolve(clip, "tiny-rdn")).max() <= 8
    else:
        with pytest.raises(ValueError, match="'bfloat16', which this CPU lacks; float32"):
            super_resolve(clip, "tiny-rdn", precision="bfloat16")
    with pytest.raises(ValueError, match="engine 'tensorflow' has float32"):
        super_resolve(clip, "tiny-rdn", precision="bfloat16", engine="tensorflow")


def test_without_openvino_nothing_else_takes_its_place(clip, monkeypatch):
    monkeypatch.setattr(engine.util, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match="choose engine='tensorflow'") as caught:
        super_resolve(clip, "tiny-rdn")
    assert "\n" not in str(caught.value)
    assert super_resolve(clip, "tiny-rdn", engine="tensorflow").shape == (5, 24, 32, 3)
