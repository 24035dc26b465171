"""Training: patches, losses, both networks change, a resumed run is the uninterrupted one."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mer_core import cli
from mer_core.clip import resize
from mer_core.degrade import degrade
from mer_core.superres import nesrgan, networks
from mer_core.superres.registry import Network
from mer_core.training import Settings, critics, linear, loop, losses, pictures, recipes
from mer_core.training.losses import Judged
from mer_core.training.patches import Patches
from mer_core.training.players import Players

ROOT = Path(__file__).parents[1]
TINY = Network("face RRDB", 2, C=5, D=1, G=4, G0=8, T=1)
NOISY = Network("face nRRDB", 4, C=5, D=1, G=4, G0=8, T=1)
SETTINGS = Settings(steps=6, check=2, batch=2, patch=16, copies=2, patience=0)
RESUME = """
import sys
from pathlib import Path
import numpy as np
from mer_core.superres.registry import Network
from mer_core.training import Settings, devices, loop, recipes
backend, out = sys.argv[1], Path(sys.argv[2])
devices.use(backend, 1)
settings = Settings(steps=6, check=1, batch=2, patch=16, copies=2)
shown = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3)).astype(np.uint8)
spec = Network("face nRRDB", 4, C=5, D=1, G=4, G0=8, T=1)
for folder, stops in (("whole", [6]), ("parts", [2, 5, 6])):
    for until in stops:
        for stage in Path(sys.argv[3]).rglob("stages/*.npz"):
            stage.unlink()  # each run computes its own first half
        loop.train("face-ngan-x4", settings, shown, shown[:2], out / folder, spec=spec,
                   until=until, progress=False)
"""


@pytest.fixture
def shown() -> np.ndarray:
    """(6, 32, 32, 3) uint8: smooth shapes under a little noise."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0:32, 0:32] / 32
    made = [
        128 + 90 * np.sin((6 + k) * x + 4 * y)[..., None] * (1, 0.8, 0.6) for k in range(6)
    ] + rng.normal(0, 2, (6, 32, 32, 3))
    return np.clip(np.rint(made), 0, 255).astype(np.uint8)


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("MER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def arrays(model) -> list[np.ndarray]:
    return [v.numpy() for v in model.trainable_variables]


def test_a_batch_is_its_number_and_its_lr_is_the_pipelines(shown):
    made = Patches(shown, 2, SETTINGS)
    lr, hr = made.batch(3)
    assert lr.shape == (2, 8, 8, 3) and hr.shape == (2, 16, 16, 3) and lr.dtype == np.float32
    again = Patches(shown, 2, SETTINGS).batch(3)
    np.testing.assert_array_equal(again[0], lr)
    np.testing.assert_array_equal(again[1], hr)
    assert not np.array_equal(made.batch(4)[1], hr)
    whole = Patches(shown, 2, Settings(batch=1, patch=32, copies=1, sigma=(0.5, 0.5), noise=(0, 0)))
    lr, hr = whole.batch(0)
    frame = np.rint(hr * 255).astype(np.uint8)
    expected = degrade(frame, 2, sigma=1.0)
    np.testing.assert_allclose(lr * 255, expected, atol=1e-4)


def test_both_scales_show_the_same_hr_patches(shown):
    two, four = Patches(shown, 2, SETTINGS), Patches(shown, 4, SETTINGS)
    for number in range(4):
        np.testing.assert_array_equal(two.batch(number)[1], four.batch(number)[1])


def test_flat_patches_are_avoided(shown):
    half = shown.copy()
    half[:, :, :16] = 128  # the left half is flat
    _, hr = Patches(half, 2, Settings(batch=40, patch=16, copies=1)).batch(0)
    flat = hr.std(axis=(1, 2, 3)) * 255 < 6
    _, taken = Patches(half, 2, Settings(batch=40, patch=16, copies=1, flat=0.0)).batch(0)
    assert flat.sum() < (taken.std(axis=(1, 2, 3)) * 255 < 6).sum()


@pytest.mark.parametrize("scale", [2, 4])
def test_bicubic_taps_are_pillows_kernel(scale):
    """A network whose residual is 0 and whose base is bicubic, against Pillow, off the borders."""
    spec = Network("face RRDB", scale, C=5, D=1, G=4, G0=8, T=1)
    model = networks.build(spec)
    for variable in model.weights:
        variable.assign(np.zeros(variable.shape))
    taps = nesrgan.bicubic_taps(scale)
    model.get_layer("base").set_weights([nesrgan.base_kernel(taps)])
    low = np.random.default_rng(0).integers(60, 200, (1, 12, 14, 3)).astype(np.uint8)
    found = model.predict_on_batch(low / np.float32(255))[0] * 255
    wanted = resize(low, (12 * scale, 14 * scale))[0]
    inside = slice(2 * scale, -2 * scale)
    assert np.abs(found - wanted)[inside, inside].max() < 1.01  # Pillow rounds after each axis
    flat = model.predict_on_batch(np.full((1, 6, 6, 3), 0.5, np.float32))
    np.testing.assert_allclose(flat, 0.5, atol=1e-6)  # the repeated edge darkens nothing


@pytest.mark.parametrize("scale", [2, 4])
def test_the_linear_start_is_the_best_linear_filter(shown, scale):
    """On its own pairs it cannot be worse than bicubic, itself a filter of that reach; and it
    finds a filter that made the pairs."""
    made = Patches(shown, scale, Settings(copies=1, noise=(0, 0)))
    taps = linear.fit(made)
    models = {}
    for name, chosen in (("fit", taps), ("bicubic", nesrgan.bicubic_taps(scale))):
        model = networks.build(Network("face RRDB", scale, C=5, D=1, G=4, G0=8, T=1))
        for variable in model.weights:
            variable.assign(np.zeros(variable.shape))
        model.get_layer("base").set_weights([nesrgan.base_kernel(chosen)])
        models[name] = model.predict_on_batch(made.lr[:, 0] / np.float32(255))
    errors = {k: np.mean((v - shown / 255) ** 2) for k, v in models.items()}
    assert errors["fit"] < errors["bicubic"]
    rng = np.random.default_rng(1)
    true = rng.normal(0, 0.1, taps.shape)
    model.get_layer("base").set_weights([nesrgan.base_kernel(true)])
    made.lr = rng.integers(0, 256, made.lr.shape).astype(np.uint8)  # all frequencies are there
    made.hr = 255 * model.predict_on_batch(made.lr[:, 0] / np.float32(255))
    np.testing.assert_allclose(linear.fit(made), true, atol=0.01)


def test_losses_by_hand():
    """Two logits a side, 0 and 2; log(1 + e^x) is softplus."""
    import keras

    def soft(x):
        return np.log1p(np.exp(x))

    judged = Judged(
        keras.ops.convert_to_tensor([[0.0], [2.0]]), keras.ops.convert_to_tensor([[1.0], [-1.0]]),
        [], [],
    )  # fmt: skip
    plain, relative = recipes.ISR_GAN, recipes.NESRGAN
    wanted = (soft(0) / 2 + soft(-2) / 2 + soft(1) / 2 + soft(-1) / 2) / 2
    assert float(losses.discriminator(plain, judged)) == pytest.approx(wanted)
    assert float(losses.adversarial(plain, judged)) == pytest.approx((soft(-1) + soft(1)) / 2)
    real, fake = [0 - 0, 2 - 0], [1 - 1, -1 - 1]  # less the other side's mean
    g = np.mean([soft(-x) for x in fake]) / 2 + np.mean([soft(x) for x in real]) / 2
    d = np.mean([soft(-x) for x in real]) / 2 + np.mean([soft(x) for x in fake]) / 2
    assert float(losses.adversarial(relative, judged)) == pytest.approx(g)
    assert float(losses.discriminator(relative, judged)) == pytest.approx(d)
    ones, threes = (keras.ops.ones((1, 2, 2, 1)) * k for k in (1.0, 3.0))
    squared = losses.feature(plain, [ones], [threes], relative=False)
    assert float(squared) == pytest.approx(4)
    assert float(losses.feature(relative, [threes], [ones], relative=True)) == pytest.approx(2 / 3)


@pytest.mark.parametrize(("name", "spec"), [("face-gan-x2", TINY), ("face-ngan-x4", NOISY)])
def test_a_step_changes_both_networks(shown, name, spec):
    players = Players(spec, recipes.recipe(name), SETTINGS, "discriminator")
    made = Patches(shown, spec.scale, SETTINGS)
    before = arrays(players.generator), arrays(players.critic)
    for number in range(3):  # the last convolution starts at 0 and moves first
        values = players.step(*made.batch(number), 1e-3, True)
    assert set(values) == {"pixel", "adversarial", "feature", "discriminator"}
    for old, model in zip(before, (players.generator, players.critic), strict=True):
        for a, b, variable in zip(old, arrays(model), model.trainable_variables, strict=True):
            assert not np.array_equal(a, b), variable.path
    critic = arrays(players.critic)
    players.step(*made.batch(3), 1e-3, False)
    for a, b in zip(critic, arrays(players.critic), strict=True):
        np.testing.assert_array_equal(a, b)  # a step on the pixel loss leaves the discriminator


def test_first_weights_come_from_the_seed_and_the_layers_own_name():
    one, two, other = (
        Players(TINY, recipes.PIXEL, Settings(seed=s), "none").tensors() for s in (0, 0, 1)
    )
    kernels = [k for k in one if k.endswith("kernel") and k not in ("base/kernel", "last/kernel")]
    for name in one:
        np.testing.assert_array_equal(one[name], two[name])
    assert all(not np.array_equal(one[k], other[k]) for k in kernels)
    flat = [one[k].ravel()[:9].tobytes() for k in kernels]
    assert len(set(flat)) == len(flat)  # no two layers start alike
    noisy = Players(NOISY, recipes.PIXEL, Settings(), "none").tensors()
    np.testing.assert_array_equal(one["F_1_1_2/kernel"], noisy["F_1_1_2/kernel"])


def test_noise_is_there_in_training_only(shown):
    def both(spec):
        model = Players(spec, recipes.PIXEL, SETTINGS, "none").generator
        model.get_layer("last").set_weights([np.ones((3, 3, 2, 3)), np.zeros(3)])
        low = degrade(shown[:1], spec.scale) / np.float32(255)
        return [[model(low, training=mode).numpy() for _ in range(2)] for mode in (True, False)]

    (first, second), (a, b) = both(NOISY)
    assert np.abs(first - second).max() > 0
    np.testing.assert_array_equal(a, b)
    training, without = both(TINY)
    np.testing.assert_array_equal(training[0], training[1])
    np.testing.assert_array_equal(training[0], without[0])


def separate(code: str, *words: object, **variables: str) -> subprocess.CompletedProcess:
    """Run `code` in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        env=os.environ | {"OMP_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"} | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_resumed_run_is_the_uninterrupted_one_bit_for_bit(tmp_path, cache):
    """nESRGAN+'s losses, with noise; stopped in both halves; one thread."""
    done = separate(RESUME, "tensorflow", tmp_path, cache, MER_CACHE=str(cache))
    assert done.returncode == 0, done.stderr[-2000:]
    whole, parts = (np.load(tmp_path / f / "state.npz") for f in ("whole", "parts"))
    assert set(whole.files) == set(parts.files)
    for key in set(whole.files) - {"history"}:
        np.testing.assert_array_equal(whole[key], parts[key], err_msg=key)
    np.testing.assert_array_equal(whole["history"][:, :7], parts["history"][:, :7])
    files = [(tmp_path / f / "face-ngan-x4.safetensors").read_bytes() for f in ("whole", "parts")]
    assert files[0] == files[1]


def test_the_adversarial_run_takes_over_the_pixel_runs_first_half(tmp_path, cache, shown):
    def run(name):
        history = loop.train(
            name, SETTINGS, shown, shown[:2], tmp_path / name, spec=TINY, progress=False
        )
        return {row["step"]: row for row in history}

    pixel, against = run("face-psnr-x2"), run("face-gan-x2")
    assert len(list(cache.glob("training/stages/*.npz"))) == 1
    assert against[2] == pytest.approx(pixel[2], nan_ok=True)
    assert against[3] == pytest.approx(pixel[3], nan_ok=True)
    assert np.isfinite(against[6]["discriminator"]) and np.isnan(pixel[6]["discriminator"])
    log = (tmp_path / "face-gan-x2" / "log.csv").read_text(encoding="utf-8").splitlines()
    assert log[0].startswith("step,pixel,adversarial,feature,discriminator,psnr")
    assert (tmp_path / "face-gan-x2" / "losses.png").stat().st_size > 1000
    with pytest.raises(ValueError, match="another settings; name another folder"):
        loop.train("face-gan-x2", Settings(steps=8, batch=2, patch=16, copies=2), shown, shown[:2],
                   tmp_path / "face-gan-x2", spec=TINY)  # fmt: skip
    (tmp_path / "face-gan-x2" / "state.npz").write_bytes(b"cut short")
    with pytest.raises(ValueError, match=r"state.npz cannot be read"):
        run("face-gan-x2")


def test_early_stop_waits_for_a_better_psnr():
    columns = loop.COLUMNS.index("psnr")
    history = []
    for value in (30.0, 31.0, 30.5, 30.9):
        history.append([np.nan] * len(loop.COLUMNS))
        history[-1][columns] = value
    patient, hasty = Settings(patience=3), Settings(patience=2)
    assert not loop._stalled(history, recipes.PIXEL, patient)
    assert loop._stalled(history, recipes.PIXEL, hasty)
    assert not loop._stalled(history, recipes.ISR_GAN, hasty)
    assert not loop._stalled(history, recipes.PIXEL, Settings(patience=0))


def test_the_learning_rate_by_hand():
    s = Settings(steps=10, early=1e-3, rate=4e-4)
    assert [loop.rate(k, s) for k in (0, 4)] == [1e-3, 1e-3]
    assert loop.rate(5, s) == pytest.approx(4e-4)
    assert loop.rate(10, s) == pytest.approx(4e-4 / 50)


def test_a_loss_that_is_not_finite_ends_the_run(tmp_path, cache, shown, monkeypatch):
    monkeypatch.setattr(Players, "step", lambda *words: {"pixel": float("nan")})
    with pytest.raises(RuntimeError, match="the pixel loss is nan at step 0; lower the rate"):
        loop.train("face-psnr-x2", SETTINGS, shown, shown[:2], tmp_path, spec=TINY, progress=False)


def test_mixed_precision_keeps_weights_and_output_in_float32(shown):
    settings = Settings(batch=2, patch=16, copies=1, precision="mixed_bfloat16")
    players = Players(TINY, recipes.ISR_GAN, settings, "discriminator")
    assert players.generator.get_layer("trunk").compute_dtype == "bfloat16"
    assert {v.dtype for v in players.generator.trainable_variables} == {"float32"}
    values = players.step(*Patches(shown, 2, settings).batch(0), 1e-3, True)
    assert all(np.isfinite(v) for v in values.values())
    import keras

    assert keras.config.dtype_policy().name == "float32"


def test_vgg19_is_taken_where_keras_has_it(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert critics.choose("auto") == "discriminator"
    with pytest.raises(ValueError, match="got 'vgg19', but Keras's folder has no vgg19_weights"):
        critics.choose("vgg19")
    with pytest.raises(ValueError, match="allowed are auto, vgg19, discriminator"):
        critics.choose("resnet")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / critics.VGG19).touch()
    assert critics.choose("auto") == "vgg19"
    model = critics.vgg19(recipes.ISR_GAN, None)
    shapes = [tuple(f.shape) for f in model(np.zeros((1, 32, 32, 3), np.float32))]
    assert shapes == [(1, 16, 16, 128), (1, 8, 8, 256)]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"patch": 12}, "patch: got 12"),
        ({"steps": 0}, "steps: got 0"),
        ({"sigma": (0.6, 0.3)}, "sigma: got 0.6, 0.3"),
        ({"precision": "float16"}, "precision: got 'float16'"),
        ({"rate": -1.0}, "rate: got -1.0"),
    ],
)
def test_wrong_settings_name_themselves(wrong, words):
    with pytest.raises(ValueError, match=words):
        Settings(**wrong)


def test_photographs_are_cut_into_tiles(tmp_path):
    with pytest.raises(ValueError, match="is no folder"):
        pictures.photographs(tmp_path / "nowhere", 0)
    with pytest.raises(ValueError, match="has none of 128x128 pixels"):
        pictures.photographs(tmp_path, 0)
    image = np.random.default_rng(0).integers(0, 256, (300, 400, 3)).astype(np.uint8)
    Image.fromarray(image).save(tmp_path / "a.png")
    tiles = pictures.photographs(tmp_path, 0)
    assert tiles.shape == (6, 128, 128, 3)
    places = {(y, x): image[128 * y : 128 * (y + 1), 128 * x : 128 * (x + 1)]
              for y in range(2) for x in range(3)}  # fmt: skip
    for tile in tiles:
        assert any(np.array_equal(tile, place) for place in places.values())
    (tmp_path / "b.jpg").write_bytes(b"no image")
    with pytest.raises(ValueError, match=r"b.jpg cannot be read as an image"):
        pictures.photographs(tmp_path, 0)


def test_faces_are_kept_and_streams_never_meet(cache):
    drawn = pictures.faces(0, range(1), 1, progress=False)
    assert drawn.shape == (1, 1, 128, 128, 3) and pictures.missing(0, range(2), 1) == 1
    np.testing.assert_array_equal(drawn, pictures.faces(0, range(1), 1, progress=False))
    other = pictures.faces(0, range(1), 1, stream="evaluation", progress=False)
    assert np.abs(drawn.astype(int) - other).mean() > 5


@pytest.mark.parametrize(
    "words, message",
    [
        (["psnr-small"], "name: got 'psnr-small'; `mer train` has face-psnr-x2"),
        (["face-psnr-x2", "--backend", "jax"], "backend: got 'jax'; allowed are tensorflow"),
        (["face-psnr-x2", "--photographs", "nowhere"], "is no folder"),
    ],
)
def test_mistakes_on_the_command_line_are_one_line(words, message, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["mer", "train", *words])
    with pytest.raises(SystemExit) as end:
        cli.main()
    said = capsys.readouterr().err.strip().splitlines()
    assert end.value.code == 1 and len(said) == 1 and message in said[0]
