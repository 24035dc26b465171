"""Why would nESRGAN+ end 6 dB below ESRGAN? Random 1x1 convolutions, tried on trained networks.

nESRGAN+ is ESRGAN with two residuals more in each dense block: a 1x1 convolution of the block's
input added to the second convolution's output, and that sum added to the fourth's. A file of plain
ESRGAN loaded with ``strict=False`` leaves those 1x1 convolutions as PyTorch drew them. Here the
same is done to networks that can be had: a plain RRDN gets the residuals of nESRGAN+, and a
network of nESRGAN+'s kind gets its own 1x1 convolutions drawn anew.
"""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mer_core import conditions, quality
from mer_core.degrade import degrade
from mer_core.store import digest
from mer_core.studies.reconstruction import frames
from mer_core.superres import MODELS, networks, super_resolve, weights
from mer_core.superres.registry import Network

if TYPE_CHECKING:
    import keras

CARRIERS = ("esrgan-x4", "face-gan-x4", "face-ngan-x4")
# a 1x1 convolution before training: PyTorch's default, and the draw of ESRGAN's training code
DRAWS = ("PyTorch's default", "Kaiming x 0.1")


def draw(shape: tuple[int, ...], how: str, rng: np.random.Generator) -> np.ndarray:
    """A 1x1 kernel (1, 1, in, out) of float32 as a fresh PyTorch layer has it.

    PyTorch's default is uniform within 1 / sqrt(inputs); ESRGAN's code draws Kaiming's normal,
    of variance 2 / inputs, times 0.1.
    """
    inputs = shape[2]
    if how == DRAWS[0]:
        return rng.uniform(-1, 1, shape).astype(np.float32) / np.float32(np.sqrt(inputs))
    if how == DRAWS[1]:
        return (0.1 * np.sqrt(2 / inputs) * rng.normal(size=shape)).astype(np.float32)
    raise ValueError(f"how: got {how!r}; allowed are {', '.join(DRAWS)}")


def with_residuals(plain: "keras.Model", spec: Network) -> "keras.Model":
    """A trained RRDN, its layers kept, with nESRGAN+'s two residuals in each dense block.

    Its new layers are ``skip_T_D``, 1x1 convolutions of G0 to G channels without bias. All-zero
    kernels still leave the sum of the second and the fourth convolution, which no parameter
    switches off.
    """
    import keras

    made: dict[str, object] = {}
    for step in plain.operations:  # layers, and what stands between them
        if isinstance(step, keras.layers.InputLayer):
            made[step.name] = image = keras.Input((None, None, 3))
            continue
        inputs = [made[name] for name in _inputs(step)]
        x = step(inputs if len(inputs) > 1 else inputs[0])
        words = step.name.split("_")  # F_T_D_C_Relu, or F_T_D_C_leaky
        if words[0] == "F" and len(words) == 5:
            t, d, c, activation = words[1:]
            if c == "2":
                block = made[_inputs(plain.get_layer(f"F_{t}_{d}_1"))[0]]
                skip = keras.layers.Conv2D(spec.G, 1, use_bias=False, name=f"skip_{t}_{d}")
                x = keras.layers.Add()([x, skip(block)])
            elif c == "4":
                x = keras.layers.Add()([x, made[f"F_{t}_{d}_2_{activation}"]])
        made[step.name] = x
    return keras.Model(image, made[plain.operations[-1].name])


def _inputs(step: "keras.Operation") -> list[str]:
    """Names of what `step` reads in the model it was made for."""
    return [t._keras_history.operation.name for t in step._inbound_nodes[0].input_tensors]


def _with_skips(name: str) -> "keras.Model":
    """Model `name` with its own weights, and with the 1x1 convolutions of nESRGAN+."""
    spec = MODELS[name].network
    model = networks.build(spec)
    networks.assign(model, weights.load(name), origin=name)
    own = any(layer.name.startswith("skip_") for layer in model.layers)
    return model if own else with_residuals(model, spec)


def _enlarge(name: str, lr: np.ndarray, draws: list[tuple[str, int]]) -> list[np.ndarray]:
    """What model `name` makes of `lr` with its 1x1 convolutions drawn so, for each (how, seed)."""
    from mer_core.superres.isr import quiet

    found, spec = [], MODELS[name].network
    skips = [f"skip_{t}_{d}" for t in range(1, spec.T + 1) for d in range(1, spec.D + 1)]
    with quiet():
        import tensorflow as tf

        model = _with_skips(name)
        enlarge = tf.function(lambda x: model(x, training=False))
        for how, seed in draws:
            rng = np.random.default_rng(seed)
            for skip in skips:
                model.get_layer(skip).kernel.assign(draw((1, 1, spec.G0, spec.G), how, rng))
            floats = [enlarge(f[None] / np.float32(255)).numpy()[0] for f in lr]
            found.append(np.rint(np.clip(floats, 0, 1) * 255).astype(np.uint8))
    return found


def _drawn(name: str, lr: np.ndarray, draws: list[tuple[str, int]]) -> np.ndarray:
    """The same as one array, (draws, T, 4H, 4W, 3) uint8; stored."""
    key = {"stage": "nesrgan_gap", "clip": digest(lr), "weights": weights.digest(name)}
    return conditions.store().get_or_make(
        key | {"of": name, "draws": draws}, lambda: np.stack(_enlarge(name, lr, draws))
    )


def _row(hr: np.ndarray, sr: np.ndarray) -> dict:
    """PSNR and SSIM, and PSNR again once each frame's mean colour is set right."""
    shift = hr.mean(axis=(1, 2), keepdims=True) - sr.mean(axis=(1, 2), keepdims=True)
    level = np.clip(np.rint(sr + shift), 0, 255).astype(np.uint8)
    return {
        "psnr": round(quality.psnr(hr, sr), 3),
        "ssim": round(quality.ssim(hr, sr), 5),
        "psnr_level": round(quality.psnr(hr, level), 3),
        "frames": len(hr),
    }


def run(
    *, workers: int, fast: bool = False, subjects: int = 10, seeds: int = 5, seed: int = 0
) -> dict[str, pd.DataFrame]:
    """Each carrier as it is, beside bicubic, and with 1x1 convolutions of each draw and seed."""
    hr = frames(2 if fast else subjects, seed=seed)
    lr = degrade(hr, 4)
    rows = [{"model": "bicubic-x4", "skips": "none", "seed": 0}]
    rows[0] |= _row(hr, super_resolve(lr, "bicubic-x4"))
    for name in CARRIERS[:1] if fast else CARRIERS:
        if not weights.available(name):
            continue
        own = "its own" if MODELS[name].network.family == "nESRGAN+" else "none"
        rows.append({"model": name, "skips": own, "seed": 0} | _row(hr, super_resolve(lr, name)))
        draws = [(how, k) for how in DRAWS for k in range(1 if fast else seeds)]
        for (how, k), sr in zip(draws, _drawn(name, lr, draws), strict=True):
            rows.append({"model": name, "skips": how, "seed": k} | _row(hr, sr))
    return {"skips": pd.DataFrame(rows)}
