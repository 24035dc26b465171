"""The networks trained here: shipped whole, loaded strictly, above bicubic; one step on torch."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mer_core.clip import resize
from mer_core.quality import psnr
from mer_core.superres import MODELS, engine, formats, networks, super_resolve, weights
from mer_core.superres.registry import Network
from mer_core.training import RECIPES, patches, pictures

ROOT = Path(__file__).parents[1]
TORCH = """
import sys
import numpy as np
from mer_core.training import Settings, devices, recipes
devices.use("torch", 1)
from mer_core.superres.registry import Network
from mer_core.training.patches import Patches
from mer_core.training.players import Players
spec = Network("face nRRDB", 4, C=5, D=1, G=4, G0=8, T=1)
settings = Settings(batch=2, patch=16, copies=1)
shown = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3)).astype(np.uint8)
players = Players(spec, recipes.recipe("face-ngan-x4"), settings, "discriminator")
before = [v.numpy().copy() for v in players.critic.trainable_variables]
players.generator.get_layer("last").set_weights([np.full((3, 3, 2, 3), 0.1), np.zeros(3)])
out = players.generator.predict_on_batch(shown[:1] / np.float32(255))
made = Patches(shown, 4, settings)
tensors = players.tensors()
values = players.step(*made.batch(0), 1e-3, True)
after = players.tensors()
assert "tensorflow" not in sys.modules
same = [k for k in after if np.array_equal(after[k], tensors[k]) and k != "base/kernel"]
still = [v.path for v, b in zip(players.critic.trainable_variables, before)
         if np.array_equal(v.numpy(), b)]
print(same, still, sorted(values))
np.savez(sys.argv[1], out=out)
"""


@pytest.fixture(scope="module")
def held_out() -> np.ndarray:
    """(4, 128, 128, 3) uint8: two identities that neither training nor a card has seen."""
    return pictures.faces(7, range(2), 2, stream="evaluation", progress=False).reshape(
        -1, 128, 128, 3
    )


def test_the_family_is_whole_small_and_alike():
    files = [weights.SHIPPED / f"{name}.safetensors" for name in RECIPES]
    assert sum(f.stat().st_size for f in files) <= 15_000_000
    cards = {name: weights.card(name) for name in RECIPES}
    for name, card in cards.items():
        (source, *_) = MODELS[name].sources
        assert source.kind == "trained here" and source.tensors == card["tensors"]
        assert source.sha256 == {f"{name}.safetensors": card["sha256"]}
        assert card["parameters"] >= 1_000_000
        assert card["network"] == str(MODELS[name].network)
        assert card["seconds"] > 0 and card["device"]["threads"] >= 0
    first = cards["face-psnr-x2"]
    for card in cards.values():  # the loss is the only difference
        assert card["settings"] == first["settings"] and card["steps"] == first["steps"]
        assert card["faces"] == first["faces"] and card["device"] == first["device"]


@pytest.mark.parametrize("name", RECIPES)
def test_shipped_weights_load_strictly_and_are_float16_widened(name):
    tensors = weights.load(name)
    assert {t.dtype for t in tensors.values()} == {np.dtype(np.float32)}
    for tensor in tensors.values():
        np.testing.assert_array_equal(tensor, tensor.astype(np.float16).astype(np.float32))
    assert weights.verify(name) == weights.digest(name) == MODELS[name].sources[0].tensors
    assert weights.fetch(name, progress=False) == weights.SHIPPED
    assert weights.describe(name)["status"] == "present"


def test_a_wrong_or_damaged_file_cannot_pass(tmp_path, monkeypatch):
    name, other = "face-psnr-x4", "face-gan-x4"  # of one network: only the digest tells
    monkeypatch.setattr(weights, "SHIPPED", tmp_path)
    with pytest.raises(weights.AbsentWeights, match=r"face-psnr-x4 .* absent.*`mer train"):
        weights.load(name)
    real = Path(weights.__file__).with_name("faces")
    shutil.copyfile(real / f"{other}.safetensors", tmp_path / f"{name}.safetensors")
    with pytest.raises(ValueError, match=r"face-psnr-x4.safetensors has digest"):
        weights.load(name)
    data = bytearray((real / f"{name}.safetensors").read_bytes())
    data[-5] ^= 1
    (tmp_path / f"{name}.safetensors").write_bytes(data)
    with pytest.raises(ValueError, match=r"has sha256 .* install the package anew"):
        weights.verify(name)
    (tmp_path / f"{name}.safetensors").write_bytes(data[: len(data) // 2])
    with pytest.raises(ValueError, match="cannot be read; install the package anew"):
        weights.load(name)
    assert (tmp_path / f"{name}.safetensors").exists()  # what is not the cache's is not removed


def test_a_users_own_training_comes_in_as_a_file(tmp_path, monkeypatch):
    monkeypatch.setenv("MER_CACHE", str(tmp_path))
    file = weights.SHIPPED / "face-gan-x2.safetensors"
    weights.fetch("face-psnr-x2", file=file, progress=False)
    found = weights.load("face-psnr-x2", "file")
    for key, tensor in formats.read_safetensors(file).items():
        np.testing.assert_array_equal(found[key], tensor)
    with pytest.raises(ValueError, match=r"does not fit the network: .*first/kernel has shape"):
        weights.fetch("face-psnr-x4", file=file, progress=False)


@pytest.mark.parametrize("name", ["face-psnr-x2", "face-psnr-x4"])
def test_face_psnr_beats_bicubic_on_faces_it_has_never_seen(held_out, name):
    scale = MODELS[name].scale
    low, high = patches.held_out(held_out, scale)
    bicubic = psnr(high, resize(low, (128, 128)))
    assert psnr(high, super_resolve(low, name)) > bicubic + 0.5


@pytest.mark.parametrize("name", ["face-psnr-x2", "face-psnr-x4"])
def test_the_card_says_by_how_much_and_on_every_seed(name):
    """What the family promises: face-psnr above bicubic, and above psnr-small at its scale."""
    card = weights.card(name)
    assert len(card["measured"]["identities"]["seeds"]) == 5
    gains = card["measured"]["gain"]
    promised = [f"bicubic-x{MODELS[name].scale}", *(["psnr-small"] if name.endswith("x2") else [])]
    for peer in promised:
        assert gains[peer]["least"] > 0, peer


def test_an_odd_side_is_enlarged_whole(held_out):
    low, _ = patches.held_out(held_out[:1], 2)
    odd = low[:, :63, :61]
    found = super_resolve(odd, "face-psnr-x2")
    assert found.shape == (1, 126, 122, 3)
    whole = super_resolve(low, "face-psnr-x2")
    inside = np.abs(found[:, :80, :80].astype(int) - whole[:, :80, :80])
    assert np.percentile(inside, 99) <= 1  # what was cut off is far away
    grey = super_resolve(odd[..., 0], "face-psnr-x2")
    assert grey.shape == (1, 126, 122)


def test_tensorflow_and_openvino_agree(held_out):
    low, _ = patches.held_out(held_out[:1], 4)

    def raw(name):
        return engine.run(low, "face-ngan-x4", lambda f: f, dtype=np.float32, engine=name)

    np.testing.assert_allclose(raw("openvino"), raw("tensorflow"), rtol=0, atol=1e-5)


def site_packages() -> str | None:
    """Where `.ci/run` put PyTorch, which is no dependency of this project."""
    found = sorted(ROOT.glob(".torch/lib/python3*/site-packages/torch/__init__.py"))
    return str(found[0].parents[1]) if found else None


@pytest.mark.skipif(site_packages() is None, reason="no PyTorch in .torch (.ci/run puts it there)")
def test_a_step_on_torch_changes_both_networks_and_the_networks_are_the_same(tmp_path):
    """In a process of its own, without TensorFlow; the first weights give TensorFlow's output."""
    done = subprocess.run(
        [sys.executable, "-c", TORCH, str(tmp_path / "out.npz")],
        env=os.environ | {"PYTHONPATH": site_packages(), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    losses = ["adversarial", "discriminator", "feature", "pixel"]
    assert done.stdout.strip().splitlines()[-1] == f"[] [] {losses}"
    from mer_core.training.players import seeded

    model = networks.build(Network("face nRRDB", 4, C=5, D=1, G=4, G0=8, T=1))
    seeded(model, 0)
    model.get_layer("last").set_weights([np.full((3, 3, 2, 3), 0.1), np.zeros(3)])
    shown = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3)).astype(np.uint8)
    ours = model.predict_on_batch(shown[:1] / np.float32(255))
    difference = np.abs(np.load(tmp_path / "out.npz")["out"] - ours).max()
    assert difference < 1e-5
