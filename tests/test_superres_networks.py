"""Networks: the list of convolutions against the built layers, strict loading, nESRGAN+."""

import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from mer_core.superres import MODELS, layers, nesrgan, networks
from mer_core.superres.pth import read_pth
from mer_core.superres.registry import Network

REFERENCE = Path(__file__).parent / "reference" / "superres"
SMALL = {
    "RDN": Network("RDN", 2, C=2, D=3, G=4, G0=5),
    "RRDN": Network("RRDN", 4, C=2, D=3, G=4, G0=5, T=2),
    "nESRGAN+": Network("nESRGAN+", 4, C=5, D=3, G=3, G0=6, T=2),
    "face RRDB": Network("face RRDB", 2, C=5, D=2, G=3, G0=8, T=2),
    "face nRRDB": Network("face nRRDB", 4, C=5, D=2, G=3, G0=8, T=2),
}
TORCH = SMALL["nESRGAN+"]  # the fixture's


def random_tensors(spec, seed=0):
    rng = np.random.default_rng(seed)
    return {
        name: rng.normal(0, 0.1, shape).astype(np.float32)
        for name, shape in networks.expected(spec).items()
    }


@pytest.mark.parametrize("family", SMALL)
def test_the_list_of_convolutions_is_that_of_the_built_layers(family):
    spec = SMALL[family]
    built = networks.build(spec)
    shapes = {"/".join(v.path.split("/")[-2:]): tuple(v.shape) for v in built.weights}
    assert shapes == networks.expected(spec)
    sides = {layer.name: layer for layer in built.layers}
    out = built(np.zeros((1, 6, 8, 3), np.float32))
    assert out.shape == (1, 6 * spec.scale, 8 * spec.scale, 3)
    for conv in networks.convolutions(spec):
        kernel = sides[conv.name].kernel.shape
        assert tuple(kernel) == (conv.kernel, conv.kernel, conv.inputs, conv.filters)


def test_flops_of_one_convolution_by_hand(monkeypatch):
    """SR of an x2 RDN: 3x3, 12 to 3 channels, at 4 output pixels for each input pixel."""
    (last,) = [c for c in networks.convolutions(SMALL["RDN"]) if c.name == "SR"]
    assert last == ("SR", 3, 12, 3, 2, True)
    monkeypatch.setattr(networks, "convolutions", lambda spec: [last])
    assert networks.flops("psnr-small", 1, 1) == 2 * 9 * 12 * 3 * 4


@pytest.mark.parametrize(
    ("name", "gflop"), [("psnr-small", 21.44), ("psnr-large", 133.9), ("esrgan-x2", 59.26)]
)
def test_flops_of_a_64x64_frame(name, gflop):
    assert networks.flops(name, 64, 64) / 1e9 == pytest.approx(gflop, rel=1e-3)
    assert networks.flops("bicubic-x2", 64, 64) == 0


def test_loading_reports_every_fault_at_once():
    spec = SMALL["RDN"]
    tensors = random_tensors(spec)
    del tensors["SR/bias"]
    tensors["F_0/kernel"] = tensors["F_0/kernel"][:2]
    tensors["stray/kernel"] = np.zeros(3, np.float32)
    tensors["GFF_1/bias"] = tensors["GFF_1/bias"].astype(np.float64)
    tensors["F_m1/bias"][0] = np.nan
    with pytest.raises(ValueError, match="missing SR/bias") as caught:
        networks.assign(networks.build(spec), tensors, origin="the file")
    for part in (
        "F_0/kernel has shape (2, 3, 5, 5), not (3, 3, 5, 5)",
        "extra stray/kernel",
        "GFF_1/bias has dtype float64",
        "F_m1/bias has values",
        "the file",
    ):
        assert part in str(caught.value)


@pytest.mark.parametrize("name", layers.DRAWN)
def test_describe_network_gives_the_real_layers(name):
    """The file that the diagrams read, and the parameters counted from shapes, against Keras."""
    built = networks.build(MODELS[name].network)
    assert layers.describe_network(name) == networks.describe(built)
    assert layers.parameters(name) == built.count_params()


def test_describe_network_by_hand():
    found = {layer["name"]: layer for layer in layers.describe_network("psnr-small")}
    assert found["F_1_2"] == {
        "name": "F_1_2",
        "type": "Conv2D",
        "kernel": 3,
        "filters": 64,
        "inputs": ["RDB_Concat_1_1"],
    }
    assert found["LRL_2"]["inputs"] == ["LFF_2", "LRL_1"]
    assert sum(layer["type"] == "Conv2D" for layer in found.values()) == 48
    assert layers.parameters("bicubic-x2") == 0
    with pytest.raises(ValueError, match="bicubic-x2"):
        layers.describe_network("bicubic-x2")


def test_describe_does_not_depend_on_what_was_built_before():
    first = networks.describe(networks.build(SMALL["RRDN"]))
    assert first == networks.describe(networks.build(SMALL["RRDN"]))
    assert [d["name"] for d in first if d["type"] == "Scale"][:2] == ["Scale_1", "Scale_2"]
    assert [d["name"] for d in first if d["type"] == "PixelShuffle"] == ["PixelShuffle"]


@pytest.mark.parametrize("layout", ["zip", "row"])
def test_nesrgan_plus_agrees_with_pytorch(layout):
    """Weights, image and output: reference/superres, written by its make_nesrgan.py."""
    tensors = nesrgan.read(REFERENCE / f"nesrgan_{layout}.pth", TORCH)
    model = networks.build(TORCH)
    networks.assign(model, tensors, origin="fixture")
    fixture = np.load(REFERENCE / "nesrgan_output.npz")
    found = np.asarray(model(fixture["image"], training=False))
    np.testing.assert_allclose(found, fixture["output"], rtol=0, atol=1e-6)


def test_nesrgan_plus_adds_noise_in_training_only():
    model = networks.build(TORCH)
    image = np.random.default_rng(0).random((1, 8, 8, 3), np.float32)
    still = [np.asarray(model(image, training=False)) for _ in range(2)]
    noisy = [np.asarray(model(image, training=True)) for _ in range(2)]
    np.testing.assert_array_equal(*still)
    assert np.abs(noisy[0] - noisy[1]).max() > 0
    noise = model.get_layer("RDB_1_1_noise")
    ones = np.ones((1, 100, 100, 6), np.float32)
    drawn = np.asarray(noise(ones, training=True))
    assert drawn.mean() == pytest.approx(1, abs=2e-3)
    assert drawn.std() == pytest.approx(0.1, rel=0.02)


def test_the_paper_s_nesrgan_plus_has_23_blocks():
    assert MODELS["nesrgan-plus-x4"].network.T == 23
    count = sum(np.prod(s) for s in networks.expected(MODELS["nesrgan-plus-x4"].network).values())
    # ESRGAN's published generator has 16 697 987 parameters; each of the 69 dense blocks adds
    # a 1x1 convolution of 64 to 32 channels without bias
    assert count == 16_697_987 + 69 * 64 * 32


def test_a_plain_esrgan_file_is_refused(tmp_path):
    """Loaded loosely, as its authors' test script does, its 1x1 convolutions would be random."""
    tensors = nesrgan.read(REFERENCE / "nesrgan_zip.pth", TORCH)
    plain = {name: t for name, t in tensors.items() if not name.startswith("skip")}
    with pytest.raises(ValueError, match=r"missing skip_1_1/kernel .* missing skip_2_3/kernel"):
        networks.check_tensors(plain, networks.expected(TORCH), origin="ESRGAN.pth")


class Harmful:
    def __reduce__(self):
        return (print, ("this code has run",))


def test_a_pth_file_cannot_run_code(tmp_path, capsys):
    file = tmp_path / "bad.pth"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("bad/data.pkl", pickle.dumps({"w": Harmful()}, protocol=2))
    with pytest.raises(ValueError, match=r"names __builtin__.print"):
        read_pth(file)
    file.write_bytes(pickle.dumps(Harmful(), protocol=2))
    with pytest.raises(ValueError, match=r"names __builtin__.print"):
        read_pth(file)
    file.write_bytes(pickle.dumps(Harmful(), protocol=4))
    with pytest.raises(ValueError, match=r"holds .*STACK_GLOBAL"):
        read_pth(file)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("layout", ["zip", "row"])
def test_a_pth_file_with_damaged_bytes_is_a_value_error_or_reads(tmp_path, layout):
    """Whatever the damage, nothing but ValueError comes out (the old layout has no checksum)."""
    whole = (REFERENCE / f"nesrgan_{layout}.pth").read_bytes()
    rng, file, refused = np.random.default_rng(0), tmp_path / "x.pth", 0
    for _ in range(60):
        data = bytearray(whole)
        for place in rng.integers(0, 4000, 4):
            data[place] = rng.integers(0, 256)
        file.write_bytes(data)
        try:
            read_pth(file)
        except ValueError:
            refused += 1
    assert refused > 30


@pytest.mark.parametrize("layout", ["zip", "row"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_truncated_pth_file_is_refused(tmp_path, layout, share):
    whole = (REFERENCE / f"nesrgan_{layout}.pth").read_bytes()
    file = tmp_path / "short.pth"
    file.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(ValueError, match=r"short.pth cannot be read"):
        read_pth(file)


def test_a_pickle_of_something_else_is_no_state_dict(tmp_path):
    file = tmp_path / "list.pth"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("list/data.pkl", pickle.dumps([1, 2], protocol=2))
    with pytest.raises(ValueError, match="not a state dict"):
        read_pth(file)
