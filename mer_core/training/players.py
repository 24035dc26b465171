"""Generator, discriminator and their optimisers: built from a seed, stepped, saved, restored."""

import zlib
from pathlib import Path

import numpy as np

from mer_core.store import atomic_write
from mer_core.superres import nesrgan, networks
from mer_core.superres.registry import Network
from mer_core.training import critics, devices, losses
from mer_core.training.recipes import Loss, Settings

RESIDUAL, DENSE = 0.1, ("F_", "skip_")  # scale of the dense blocks' first weights, as in ESRGAN
LAST = "last"  # starts at 0, so that training starts from the linear enlargement


def seeded(model, seed: int) -> None:
    """Set every kernel from (seed, its own name), He's normal for a leaky ReLU; biases are 0.

    A layer's first weights depend on neither the backend, nor the other layers, nor their order.
    """
    for layer in model.layers:
        if layer.name == "base":  # bicubic, until it is fitted
            scale = layer.kernel_size[0] // (2 * nesrgan.REACH)
            layer.set_weights([nesrgan.base_kernel(nesrgan.bicubic_taps(scale))])
    for variable in model.trainable_variables:
        layer, part = variable.path.split("/")[-2:]
        if part != "kernel":
            variable.assign(np.zeros(variable.shape, np.float32))
            continue
        rng = np.random.default_rng([seed, zlib.crc32(layer.encode())])
        fan = int(np.prod(variable.shape[:-1]))
        gain = (2 / (1 + 0.2**2) / fan) ** 0.5
        scale = gain * (0 if layer == LAST else RESIDUAL if layer.startswith(DENSE) else 1)
        variable.assign(rng.normal(0, scale, variable.shape).astype(np.float32))


class Players:
    """The networks of one run. The discriminator is there where the loss is adversarial.

    features : "vgg19" or "discriminator", see `critics.choose`
    """

    def __init__(self, spec: Network, loss: Loss, settings: Settings, features: str) -> None:
        import keras

        self.loss, self.settings, self.scale = loss, settings, spec.scale
        before = keras.config.dtype_policy()
        keras.config.set_dtype_policy(settings.precision)
        try:
            self.generator = networks.build(spec)
            self.critic = critics.discriminator() if loss.adversarial else None
            self.extractor = None
            if loss.feature and features == "vgg19":
                self.extractor = critics.vgg19(loss, critics.vgg19_file())
        finally:
            keras.config.set_dtype_policy(before)
        seeded(self.generator, settings.seed)
        self.optimizer = keras.optimizers.Adam(settings.rate)
        self.optimizer.build(self.generator.trainable_variables)
        self.critic_optimizer = None
        if self.critic:
            seeded(self.critic, settings.seed)
            self.critic_optimizer = keras.optimizers.Adam(settings.discriminator_rate, beta_1=0.5)
            self.critic_optimizer.build(self.critic.trainable_variables)
        self._steps: dict = {}

    def start(self, taps: np.ndarray) -> None:
        """Set the linear enlargement that the network adds to; see `linear.fit`."""
        self.generator.get_layer("base").set_weights([nesrgan.base_kernel(taps)])

    def losses(self, lr, hr, against: bool):
        """({name: value}, what the generator lowers, what the discriminator lowers)."""
        from keras import ops

        sr = ops.cast(self.generator(lr, training=True), "float32")
        values = {"pixel": losses.pixel(sr, hr)}
        if not against:
            return values, values["pixel"], None
        half = ops.shape(hr)[0]
        both = ops.concatenate([hr, sr])
        judged = losses.Judged(*_halves(*self.critic(both), half=half))
        real, fake = judged.real_features, judged.fake_features
        if self.extractor:
            real, fake = _halves(None, *self.extractor(both), half=half)[2:]
        values["adversarial"] = losses.adversarial(self.loss, judged)
        values["feature"] = losses.feature(self.loss, real, fake, relative=not self.extractor)
        values["discriminator"] = losses.discriminator(self.loss, judged)
        wanted = sum(getattr(self.loss, k) * values[k] for k in ("pixel", "adversarial", "feature"))
        return values, wanted, values["discriminator"]

    def step(self, lr: np.ndarray, hr: np.ndarray, rate: float, against: bool) -> dict[str, float]:
        """One optimisation step at Adam's `rate`; the losses before it.

        The discriminator's rate falls in the same proportion.
        """
        if against not in self._steps:
            if devices.current() == "torch":
                from mer_core.training.on_torch import make_step
            else:
                from mer_core.training.on_tensorflow import make_step
            self._steps[against] = make_step(self, against)
        self.optimizer.learning_rate = rate
        if against:
            share = rate / self.settings.rate
            self.critic_optimizer.learning_rate = self.settings.discriminator_rate * share
        return {k: float(v) for k, v in self._steps[against](lr, hr).items()}

    def enlarge(self, clip: np.ndarray) -> np.ndarray:
        """(T, H, W, 3) uint8 to (T, sH, sW, 3) uint8, rounded once, as `super_resolve` does."""
        frames = [
            self.generator.predict_on_batch(clip[k : k + 8] / np.float32(255))
            for k in range(0, len(clip), 8)
        ]
        raw = np.concatenate(frames).astype(np.float32)
        return np.rint(np.clip(raw, 0, 1) * np.float32(255)).astype(np.uint8)

    def _variables(self) -> dict:
        owners = {"generator": self.generator, "optimizer": self.optimizer}
        if self.critic:
            owners |= {"critic": self.critic, "critic_optimizer": self.critic_optimizer}
        return {
            f"{owner}/{n:04d}": variable
            for owner, model in owners.items()
            for n, variable in enumerate(model.variables)
        }

    def save(self, file: Path, **more: np.ndarray) -> None:
        """Write everything that the next step depends on, whole or not at all (.npz, no pickle)."""
        from keras import ops

        arrays = {k: ops.convert_to_numpy(v.value) for k, v in self._variables().items()}
        with atomic_write(file) as temporary, open(temporary, "wb") as stream:
            np.savez(stream, **arrays, **more)

    def restore(self, file: Path, *, generator_only: bool = False) -> dict[str, np.ndarray]:
        """Take up a saved state; returns what else the file holds.

        Raises ValueError for a file that is damaged or of other networks.
        """
        wanted = self._variables()
        if generator_only:
            wanted = {k: v for k, v in wanted.items() if not k.startswith("critic")}
        try:
            with np.load(file, allow_pickle=False) as archive:
                arrays = {k: archive[k] for k in archive.files}
        except Exception as error:
            raise ValueError(f"out: {file} cannot be read ({error}); delete it") from error
        shapes = {k: tuple(v.shape) for k, v in wanted.items()}
        if any(k not in arrays or arrays[k].shape != s for k, s in shapes.items()):
            raise ValueError(f"out: {file} is of other networks; name another folder")
        for key, variable in wanted.items():
            variable.assign(arrays[key])
        return {k: v for k, v in arrays.items() if "/" not in k}

    def tensors(self) -> dict[str, np.ndarray]:
        """The generator's weights, float32, by ``layer/kernel`` and ``layer/bias``."""
        from keras import ops

        return {
            "/".join(v.path.split("/")[-2:]): ops.convert_to_numpy(v.value).astype(np.float32)
            for v in self.generator.weights
        }


def _halves(logits, *features, half):
    """Real and fake halves of (2B, ...) tensors: logits, logits, features, features."""
    first = (None, None) if logits is None else (logits[:half], logits[half:])
    return (*first, [f[:half] for f in features], [f[half:] for f in features])
