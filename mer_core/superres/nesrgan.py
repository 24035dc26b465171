"""RRDB networks in Keras's own layers: nESRGAN+, its authors' file, and the networks of our own.

Rakotonirina & Rasoanaivo (2020), doi:10.1109/ICASSP40776.2020.9054071: ESRGAN's generator with
residuals inside the dense block (the second convolution gets a 1x1 of the block's input, the
fourth gets the second) and multiplicative Gaussian noise after every block, in training only.
Their network has 23 blocks of 64 filters; `Network.T` says how many are built here.

The face networks put one body on one grid, the HR frame's quarter, for both scales, as Wang et
al. do (2021), doi:10.1109/ICCVW54120.2021.00217: at x4 that is the LR frame's own grid, at x2
the first convolution takes steps of two pixels (their space-to-depth and 3x3 convolution are
one 6x6 convolution). What they compute is added to a linear enlargement of the input (layer
``base``, fixed while the network learns), and beside the input they see its detail, the input
less the mean of 3x3 around it, scaled up: so few steps suffice.
"face RRDB" is ESRGAN's block, "face nRRDB" that of nESRGAN+; the rest is the same.
"""

import itertools
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .pth import read_pth
from .registry import Network

if TYPE_CHECKING:
    import keras

BETA = 0.2  # what is kept of a block's output beside its input
SLOPE = 0.2  # of the leaky ReLU
REACH = 3  # LR pixels that the face networks' linear enlargement sees to each side
DETAIL, RESIDUAL = 8.0, 0.1  # scales of what they see beside the input, and of what they add
NOISE = 0.1  # standard deviation of the noise, as a share of the value it is added to


def build(spec: Network) -> "keras.Model":
    """The Keras model, (N, H, W, 3) float32 in [0, 1] to (N, sH, sW, 3).

    H and W are multiples of `spec.stride`. A face network's output is float32 under any policy.
    """
    from .isr import quiet

    with quiet():
        import keras
        from keras import layers

    # x * N(1, s^2) is x + s x N(0, 1); Keras states s^2 as rate / (1 - rate)
    rate, plain = NOISE**2 / (1 + NOISE**2), spec.family == "face RRDB"
    seeds = itertools.count(1)  # each noise layer has its own, so that training repeats

    def conv(x, name, filters, kernel=3, leaky=True, bias=True, **options):
        x = layers.Conv2D(filters, kernel, padding="same", use_bias=bias, name=name, **options)(x)
        return layers.LeakyReLU(negative_slope=SLOPE, name=f"{name}_leaky")(x) if leaky else x

    def enlarge(x, step):
        return layers.UpSampling2D(2, interpolation="nearest", name=f"nearest_{step}")(x)

    def residual(x, block, name):
        small = layers.Rescaling(BETA, name=f"{name}_scale")(block)
        total = layers.Add(name=f"{name}_out")([small, x])
        if plain:
            return total
        return layers.GaussianDropout(rate, seed=next(seeds), name=f"{name}_noise")(total)

    def dense(x, t, d):
        seen = [x]
        for c in range(1, spec.C):
            joined = layers.Concatenate(name=f"join_{t}_{d}_{c}")(seen) if c > 1 else x
            y = conv(joined, f"F_{t}_{d}_{c}", spec.G)
            if c == 2 and not plain:
                skip = conv(x, f"skip_{t}_{d}", spec.G, kernel=1, leaky=False, bias=False)
                y = layers.Add(name=f"add_{t}_{d}_{c}")([y, skip])
            elif c == 4 and not plain:
                y = layers.Add(name=f"add_{t}_{d}_{c}")([y, seen[2]])
            seen.append(y)
        joined = layers.Concatenate(name=f"join_{t}_{d}_{spec.C}")(seen)
        y = conv(joined, f"F_{t}_{d}_{spec.C}", spec.G0, leaky=False)
        return residual(x, y, f"RDB_{t}_{d}")

    image = keras.Input((None, None, 3), name="LR")
    step, shown = spec.stride, image
    if spec.family != "nESRGAN+":
        around = layers.AveragePooling2D(3, strides=1, padding="same", name="around")(image)
        detail = layers.Subtract(name="detail")([image, around])
        detail = layers.Rescaling(DETAIL, name="detail_scale")(detail)
        shown = layers.Concatenate(name="shown")([image, detail])
    first = x = conv(shown, "first", spec.G0, kernel=3 * step, leaky=False, strides=step)
    for t in range(1, spec.T + 1):
        block = x
        for d in range(1, spec.D + 1):
            block = dense(block, t, d)
        x = residual(x, block, f"RRDB_{t}")
    x = layers.Add(name="GRL")([first, conv(x, "trunk", spec.G0, leaky=False)])
    if spec.family == "nESRGAN+":
        for step in (1, 2):
            x = conv(enlarge(x, step), f"up_{step}", spec.G0)
        x = conv(x, "HR_1", spec.G0)
        return keras.Model(image, conv(x, "HR_2", 3, leaky=False), name="nesrgan_plus")
    for step in (1, 2):
        x = conv(enlarge(x, step), f"up_{step}", spec.G0 >> step)
    x = layers.Rescaling(RESIDUAL, name="residual")(conv(x, "last", 3, leaky=False))
    return keras.Model(image, layers.Add(name="SR", dtype="float32")([x, _base(image, spec.scale)]))


def _base(image, scale: int):
    """The linear enlargement, at full precision: REACH LR pixels to each side, edges repeated."""
    from keras import layers, ops

    x = image
    for _ in range(REACH):  # symmetric by one pixel is the edge repeated, in every backend
        x = ops.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="symmetric")
    side = 2 * REACH * scale
    x = layers.Conv2DTranspose(
        3, side, strides=scale, use_bias=False, trainable=False, name="base", dtype="float32"
    )(x)
    return layers.Cropping2D(side - scale // 2, name="crop", dtype="float32")(x)


def base_kernel(taps: np.ndarray) -> np.ndarray:
    """(k, k) taps of one channel as the weights of layer ``base``, (k, k, 3, 3)."""
    return (taps[:, :, None, None] * np.eye(3)).astype(np.float32)


def bicubic_taps(scale: int) -> np.ndarray:
    """The taps of bicubic interpolation (Keys, a = -0.5), (6s, 6s) float64."""
    t = np.abs((np.arange(2 * REACH * scale) + 0.5) / scale - REACH)
    near = 1.5 * t**3 - 2.5 * t**2 + 1
    far = -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2
    line = np.where(t < 1, near, np.where(t < 2, far, 0.0))
    return np.outer(line, line)


def torch_names(spec: Network) -> dict[str, str]:
    """Our layer -> its module in the authors' state dict (written by their BasicSR code)."""
    names = {"first": "model.0", "trunk": f"model.1.sub.{spec.T}"}
    names |= {"up_1": "model.3", "up_2": "model.6", "HR_1": "model.8", "HR_2": "model.10"}
    for t in range(1, spec.T + 1):
        for d in range(1, spec.D + 1):
            block = f"model.1.sub.{t - 1}.RDB{d}"
            names |= {f"F_{t}_{d}_{c}": f"{block}.conv{c}.0" for c in range(1, spec.C + 1)}
            names[f"skip_{t}_{d}"] = f"{block}.conv1x1"
    return names


def read(file: Path, spec: Network) -> dict[str, np.ndarray]:
    """Tensors of the authors' .pth file under our names: kernels (k, k, in, out), float32.

    What the file has beyond the network keeps its own name, so that strict loading reports it;
    a plain ESRGAN file lacks the 1x1 convolutions and is refused for that.
    """
    ours = {theirs: name for name, theirs in torch_names(spec).items()}
    tensors = {}
    for name, tensor in read_pth(file).items():
        module, _, part = name.rpartition(".")
        if module in ours and part == "weight" and tensor.ndim == 4:
            tensors[f"{ours[module]}/kernel"] = np.ascontiguousarray(
                tensor.transpose(2, 3, 1, 0),
                np.float32,  # (out, in, k, k) in PyTorch
            )
        elif module in ours and part == "bias":
            tensors[f"{ours[module]}/bias"] = np.asarray(tensor, np.float32)
        else:
            tensors[name] = tensor
    return tensors
